"""Dialogs whose words come and go, are never cut off, and fit on the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFormLayout,
    QFrame,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

# What the frame of a window takes of the screen.
_FRAME = QSize(20, 60)


class _Fitting(QObject):
    """Makes the dialog that it watches taller when its words need more lines, and has
    it scroll where the screen is too small for what is in it.
    """

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._scrolls = False
        dialog.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (
            QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.Resize,
        ):  # fmt: skip
            shows = event.type() == QEvent.Type.Show
            moved = self._dialog.testAttribute(Qt.WidgetAttribute.WA_Moved)
            if shows:
                room = room_on_screen(self._dialog)
                self._dialog.resize(self._dialog.size().boundedTo(room))
            self._fit()
            if shows:
                # Unless someone put it elsewhere, Qt now centres it over its window.
                self._dialog.setAttribute(Qt.WidgetAttribute.WA_Moved, moved)
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        layout, dialog = self._dialog.layout(), self._dialog
        if layout is None or self._scrolls or not dialog.isVisible():
            return
        room = room_on_screen(dialog)
        least = layout.minimumSize().expandedTo(dialog.minimumSize())
        height = least.height()
        if layout.hasHeightForWidth():
            width = min(dialog.width(), room.width())
            height = max(height, layout.totalMinimumHeightForWidth(width))
        if least.width() > room.width() or height > room.height():
            self._scrolls = True
            _let_scroll(dialog)
        elif height > dialog.height():
            grow(dialog, QSize(dialog.width(), height))


def keep_fitting(dialog: QDialog) -> None:
    """From now on the dialog is always high enough for what is in it, if the screen is;
    where it is not, all but the last row, which has the buttons, can be scrolled.

    It never becomes smaller again by itself, so that nothing jumps.
    """
    _Fitting(dialog)


def room_on_screen(dialog: QDialog) -> QSize:
    """What a dialog can take of its screen, without its frame."""
    return dialog.screen().availableSize() - _FRAME


def grow(dialog: QDialog, wanted: QSize) -> None:
    """No smaller than it is and no larger than its screen, on which it stays whole.

    It stands in the middle of its window and grows downwards, so that its buttons would
    leave the screen before it is too high.
    """
    room = room_on_screen(dialog)
    dialog.resize(dialog.size().expandedTo(wanted).boundedTo(room))
    if not dialog.isVisible():
        return
    frame, screen = dialog.frameGeometry(), dialog.screen().availableGeometry()
    place = frame.topLeft()
    frame.moveBottom(min(frame.bottom(), screen.bottom()))
    frame.moveRight(min(frame.right(), screen.right()))
    frame.moveTop(max(frame.top(), screen.top()))
    frame.moveLeft(max(frame.left(), screen.left()))
    if frame.topLeft() != place:
        dialog.move(frame.topLeft())


def _let_scroll(dialog: QDialog) -> None:
    layout = dialog.layout()
    if not isinstance(layout, QBoxLayout):
        return
    margins, focused = layout.contentsMargins(), dialog.focusWidget()
    below = layout.takeAt(layout.count() - 1)
    body = QWidget()
    body.setLayout(layout)
    for form in body.findChildren(QFormLayout):
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    # The keys are for the fields; the one that has them is always in sight.
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(body)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(area, 1)
    if below is not None:
        holder = QWidget()
        row = QVBoxLayout(holder)
        row.setContentsMargins(margins)
        _move(below.layout(), below.widget(), row)
        column.addWidget(holder)
        holder.show()
    area.show()
    if focused is not None:
        # Whoever is typing goes on doing so.
        focused.setFocus()
    dialog.setMinimumSize(0, 0)
    grow(dialog, dialog.size())


def _move(layout: QLayout | None, widget: QWidget | None, row: QVBoxLayout) -> None:
    """From the layout it was in to another."""
    if layout is not None:
        layout.setParent(None)
        row.addLayout(layout)
    elif widget is not None:
        row.addWidget(widget)
