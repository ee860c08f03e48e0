"""Small parts that many panels are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton, QSlider


def muted(text: str = "") -> QLabel:
    """Quiet explaining words. Text, never markup: it may hold names of files."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def heading(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


class HintedList(QListWidget):
    """Says what is to come, or to do, while nothing is in it."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.count():
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().placeholderText().color())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.viewport().rect(), flags, self._hint)
        painter.end()


def slider(name: str, least: int, most: int) -> QSlider:
    """From left to right; `name` is for those who hear it."""
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(least, most)
    made.setAccessibleName(name)
    return made


def without_mnemonic(text: str) -> str:
    """What a button or menu shows just so: an ampersand in a name marks no key."""
    return text.replace("&", "&&")


def quiet_button(text: str, key: str = "") -> QPushButton:
    """One that leaves the focus alone when clicked: Enter goes on to mean "accept"."""
    button = QPushButton(text)
    button.setToolTip(key)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
