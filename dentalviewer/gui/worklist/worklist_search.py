"""The field that the worklist is searched with."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from dentalviewer.dentition import Notation, Tooth

_EXAMPLE = Tooth(3, 6)
_LEAVING_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SearchField(QLineEdit):
    """Esc empties it; Enter and Esc give the keyboard back."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_notation(Notation.FDI)
        self.setAccessibleName("Search the worklist")
        self.setClearButtonEnabled(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def set_notation(self, notation: Notation) -> None:
        """How a tooth is written here."""
        typed = f"tooth:{notation.number_of(_EXAMPLE)}"
        self.setPlaceholderText(f"Search by name, or {typed}")
        self.setToolTip(
            "Parts of the name, in any order."
            f" {typed} finds radiographs with a finding at that tooth."
        )

    def event(self, event: QEvent) -> bool:
        """Here these keys are not the window's."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and cast("QKeyEvent", event).key() in _LEAVING_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        if event.key() in _LEAVING_KEYS:
            self.left.emit()
        else:
            super().keyPressEvent(event)
