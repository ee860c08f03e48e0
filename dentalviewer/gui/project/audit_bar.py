"""The strip over the radiograph where one contradiction after another is decided."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QMargins, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.actions import first_key
from dentalviewer.gui.widgets.parts import heading, muted, quiet_button
from dentalviewer.gui.widgets.scrolled_words import ScrolledWords
from dentalviewer.gui.widgets.wrapping import Wrapping

_MARGINS = QMargins(12, 8, 8, 8)
# Between the lines of words, and between these and the buttons.
_LINES, _APART = 2, 6
# What can be decided, by the action that does it.
DECISIONS = ("audit_label", "audit_detector", "audit_skip", "audit_back")


class AuditBar(QFrame):
    """Announces what is wished; the desk decides what comes of it."""

    wished = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("newsBar")
        self._heading = heading()
        self._words = muted()
        self._heading.setWordWrap(True)
        # Long names must not make the window wider.
        self._heading.setMinimumWidth(1)
        self._words.setMinimumWidth(1)
        self._scrolled = ScrolledWords(self._words)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName("Radiographs compared")
        self._progress.setFixedHeight(6)
        self._buttons = {name: quiet_button("") for name in DECISIONS}
        for name, button in self._buttons.items():
            button.clicked.connect(lambda _=False, wish=name: self.wished.emit(wish))
        self._close = quiet_button("Close")
        self._close.clicked.connect(self.closed)
        self._arrange()
        self.hide()

    @property
    def text(self) -> str:
        """What it says now."""
        return f"{self._heading.text()}\n{self._words.text()}".strip()

    def button(self, name: str) -> QPushButton:
        return self._buttons[name]

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Buttons say what the actions do, and with which key, however it changes."""
        for name, button in self._buttons.items():
            action = actions[name]
            action.changed.connect(lambda b=button, a=action: _name(b, a))
            _name(button, action)

    def show_progress(self, done: int, total: int) -> None:
        self._heading.setText("Label audit")
        words = f"Comparing labels and detector: {done} of {total} …"
        self._scrolled.show_words(words)
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._say(progress=True, decisions=False, close="Cancel")

    def show_place(self, title: str, words: str) -> None:
        self._heading.setText(title)
        self._scrolled.show_words(words)
        self._say(progress=False, decisions=True, close="Close")

    def show_end(self, words: str) -> None:
        self._heading.setText("Label audit")
        self._scrolled.show_words(words)
        self._say(progress=False, decisions=False, close="Close")

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(size.width(), self.heightForWidth(size.width()))

    def heightForWidth(self, width: int) -> int:
        """With all words in sight."""
        room = self._room_for_words(width)
        return self._height(width, self._scrolled.heightForWidth(room))

    def least_height(self, width: int) -> int:
        """With a line of what explains the question in sight, and all buttons."""
        return self._height(width, self._scrolled.minimumSizeHint().height())

    def _height(self, width: int, words: int) -> int:
        edges, heading = self._edges, self._heading
        texts = heading.heightForWidth(self._room_for_words(width)) + _LINES + words
        if not self._progress.isHidden():
            texts += _LINES + self._progress.height()
        buttons = self._below.heightForWidth(width - edges.width())
        above = max(texts, self._close.sizeHint().height())
        return edges.height() + above + (_APART + buttons if buttons else 0)

    def _room_for_words(self, width: int) -> int:
        beside = self._close.sizeHint().width() + self._above.spacing()
        return max(width - self._edges.width() - beside, 1)

    @property
    def _edges(self) -> QSize:
        """What margins and line around it take, of both sides."""
        around = _MARGINS + self.contentsMargins()
        return QSize(around.left() + around.right(), around.top() + around.bottom())

    def _say(self, *, progress: bool, decisions: bool, close: str) -> None:
        self._progress.setVisible(progress)
        for button in self._buttons.values():
            button.setVisible(decisions)
        self._close.setText(close)
        self._fit_words()
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        """They alone give way: beside a heading of several lines Qt lowers nothing."""
        width, least = self.width(), self._scrolled.minimumSizeHint().height()
        spare = max(self.height() - self.least_height(width), 0)
        needed = self._scrolled.heightForWidth(self._room_for_words(width))
        self._scrolled.setFixedHeight(max(min(needed, least + spare), least))

    def _arrange(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(_LINES)
        texts.addWidget(self._heading)
        texts.addWidget(self._scrolled, 1)
        texts.addWidget(self._progress)
        above = self._above = QHBoxLayout()
        above.addLayout(texts, 1)
        above.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        below = self._below = Wrapping()
        below.setSpacing(_APART)
        below.add_group(self._buttons.values())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGINS)
        layout.setSpacing(_APART)
        layout.addLayout(above, 1)
        layout.addLayout(below)


def _name(button: QPushButton, action: QAction) -> None:
    words, key = action.text().replace("&", ""), first_key(action)
    button.setText(f"{words}  ({key})" if key else words)
    button.setEnabled(action.isEnabled())
