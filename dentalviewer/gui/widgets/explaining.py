"""Quiet words below the fields of a form: what a field is for, or what is wrong."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


def explained(widget: QWidget, words: QLabel) -> QWidget:
    """A row of a form: the widget, and closely below it what is to be said of it."""
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(widget)
    layout.addWidget(words)
    return holder


def label_of(widget: QWidget, text: str) -> QLabel:
    """Names a row of a form, and its Alt key goes to the widget, which may stand in
    that row with others: a form knows none but the row as a whole.
    """
    label = QLabel(text)
    label.setBuddy(widget)
    return label


def show_as_fault(label: QLabel, is_fault: bool) -> None:
    """Whether the quiet words say what is wrong, and are to be seen as such."""
    label.setObjectName("fault" if is_fault else "muted")
    label.style().unpolish(label)
    label.style().polish(label)


def breakable(text: str) -> str:
    """Where a path is too long for its line it may go on after a slash."""
    for slash in "/\\":
        text = text.replace(slash, f"{slash}\u200b")
    return text
