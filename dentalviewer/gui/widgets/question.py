"""Asks whether to do what cannot be taken back, or would lose something."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def goes_ahead(
    window: QWidget,
    title: str,
    text: str,
    *,
    go: str,
    stay: str = "Stay",
    more: str = "",
    loses: bool = True,
) -> bool:
    """Whether the reader chooses to `go` rather than to `stay`, which Enter and Esc do.

    The buttons say what they do. Unless it `loses` anything, it is a question and no
    warning.
    """
    box = QMessageBox(window)
    icon = QMessageBox.Icon
    box.setIcon(icon.Warning if loses else icon.Question)
    box.setWindowTitle(title)
    # A path may hold anything; it is text, never markup.
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(more.replace("<", "‹"))
    role = QMessageBox.ButtonRole
    going = box.addButton(go, role.DestructiveRole if loses else role.AcceptRole)
    staying = box.addButton(stay, role.RejectRole)
    box.setDefaultButton(staying)
    box.setEscapeButton(staying)
    box.exec()
    gone = box.clickedButton() is going
    box.deleteLater()
    return gone
