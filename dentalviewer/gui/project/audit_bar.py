"""The strip over the radiograph where one contradiction after another is decided."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
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
from dentalviewer.gui.widgets.wrapping import Wrapping

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
        self._words.setText(f"Comparing labels and detector: {done} of {total} …")
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._say(progress=True, decisions=False, close="Cancel")

    def show_place(self, title: str, words: str) -> None:
        self._heading.setText(title)
        self._words.setText(words)
        self._say(progress=False, decisions=True, close="Close")

    def show_end(self, words: str) -> None:
        self._heading.setText("Label audit")
        self._words.setText(words)
        self._say(progress=False, decisions=False, close="Close")

    def _say(self, *, progress: bool, decisions: bool, close: str) -> None:
        self._progress.setVisible(progress)
        for button in self._buttons.values():
            button.setVisible(decisions)
        self._close.setText(close)
        self.show()

    def _arrange(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        for widget in (self._heading, self._words, self._progress):
            texts.addWidget(widget)
        above = QHBoxLayout()
        above.addLayout(texts, 1)
        above.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        below = Wrapping()
        below.setSpacing(6)
        below.add_group(self._buttons.values())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(above)
        layout.addLayout(below)


def _name(button: QPushButton, action: QAction) -> None:
    words, key = action.text().replace("&", ""), first_key(action)
    button.setText(f"{words}  ({key})" if key else words)
    button.setEnabled(action.isEnabled())
