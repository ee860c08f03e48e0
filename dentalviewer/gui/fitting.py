"""Dialogs whose words come and go, and are never cut off."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QDialog


class _Fitting(QObject):
    """Makes the dialog that it watches taller when its words need more lines."""

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        dialog.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (
            QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.Resize,
        ):  # fmt: skip
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        layout, dialog = self._dialog.layout(), self._dialog
        if layout is None:
            return
        needed = layout.minimumSize().height()
        if layout.hasHeightForWidth():
            needed = max(needed, layout.totalMinimumHeightForWidth(dialog.width()))
        room = dialog.screen().availableGeometry().height()
        if needed > dialog.height():
            dialog.resize(dialog.width(), min(needed, room))


def keep_fitting(dialog: QDialog) -> None:
    """From now on the dialog is always high enough for what is in it, if the screen is.

    It never becomes smaller again by itself, so that nothing jumps.
    """
    _Fitting(dialog)
