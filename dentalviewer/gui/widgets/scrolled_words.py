"""Words as high as they need, which are scrolled where they get less."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy

_SCROLLING = {
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip
# Beside a line, so that what was rounded does not break it.
_AIR = 4


class ScrolledWords(QScrollArea):
    """A label that breaks its lines. Scrolled, its end is in sight: what is new, and
    Tab comes to it, so that the keyboard can reach the rest.
    """

    def __init__(self, label: QLabel, *, newest_last: bool = False) -> None:
        """The first words are in sight, or the last where those are the newest."""
        super().__init__()
        self._label = label
        self._newest_last = newest_last
        self.setObjectName("scrolledWords")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(label)
        # The ground is that of what they stand on.
        self.viewport().setAutoFillBackground(False)
        label.setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)

    def show_words(self, words: str) -> None:
        self._label.setText(words)
        # What is scrolled does not tell of its size by itself.
        self.updateGeometry()
        self._show_bar()

    @property
    def longest_line(self) -> int:
        """How wide it has to be to break none."""
        metrics, lines = self._label.fontMetrics(), self._label.text().split("\n")
        return max(map(metrics.horizontalAdvance, lines)) + self._frame + _AIR

    def sizeHint(self) -> QSize:
        return self._label.sizeHint() + QSize(self._frame, self._frame)

    def minimumSizeHint(self) -> QSize:
        """A line."""
        return QSize(1, self._label.fontMetrics().lineSpacing() + self._frame)

    def heightForWidth(self, width: int) -> int:
        return self._label.heightForWidth(width - self._frame) + self._frame

    @property
    def _frame(self) -> int:
        """What the line around it takes, of both sides."""
        return 2 * self.frameWidth()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._show_bar()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        """While the keyboard is here, it scrolls, whatever these keys do elsewhere."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _SCROLLING
            and self.verticalScrollBar().maximum()
        ):
            event.accept()
            return True
        return super().event(event)

    def _show_bar(self) -> None:
        """Only where it is needed: left to Qt, one that is there makes the words need
        more lines, for which it stays.
        """
        policy = Qt.ScrollBarPolicy
        fits = self.heightForWidth(self.width()) <= self.height()
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOff if fits else policy.ScrollBarAsNeeded
        )

    def _on_range_changed(self, _least: int, most: int) -> None:
        self.verticalScrollBar().setValue(most if self._newest_last else 0)
        policy = Qt.FocusPolicy
        self.setFocusPolicy(policy.TabFocus if most else policy.NoFocus)
