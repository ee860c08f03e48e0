"""Words as high as they need, which are scrolled where they get less."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy


class ScrolledWords(QScrollArea):
    """A label that breaks its lines. Scrolled, its end is in sight: what is new."""

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        self._label = label
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(label)
        # The ground is that of what they stand on.
        self.viewport().setAutoFillBackground(False)
        label.setAutoFillBackground(False)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))

    def show_words(self, words: str) -> None:
        self._label.setText(words)
        # What is scrolled does not tell of its size by itself.
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._label.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """A line."""
        return QSize(1, self._label.fontMetrics().lineSpacing())

    def heightForWidth(self, width: int) -> int:
        return self._label.heightForWidth(width)
