"""Small parts that many panels are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QSlider


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


def slider(name: str, least: int, most: int) -> QSlider:
    """From left to right; `name` is for those who hear it."""
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(least, most)
    made.setAccessibleName(name)
    return made


def quiet_button(text: str, key: str = "") -> QPushButton:
    """One that leaves the focus alone when clicked: Enter goes on to mean "accept"."""
    button = QPushButton(text)
    button.setToolTip(key)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
