"""The radiograph with its marks: shows them, and tells what the pointer did."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QWidget

from dentalviewer.geometry import Box
from dentalviewer.gui.dragging import Drag, DragKind
from dentalviewer.gui.marks import (
    HANDLE_SIZE,
    Mark,
    paint_frame,
    paint_marks,
    paint_new_box,
    paint_tooth_outline,
)
from dentalviewer.gui.radiograph_image import RadiographImage
from dentalviewer.gui.radiograph_view import RadiographView
from dentalviewer.gui.shaping import Handle, handle_at, marks_at, marks_framed
from dentalviewer.gui.viewport import Viewport
from dentalviewer.labels import RESTORATION

# A click that trembles is no drag.
DRAG_DISTANCE = 4.0
HIT_REACH = 3.0
_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_SHAPES = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}


class Tool(Enum):
    """What the left button does on the radiograph."""

    SELECT = "select"
    DRAW = "draw"


class Canvas(RadiographView):
    """Pointer coordinates stay in here; what leaves is in pixels of the radiograph.

    `mark_clicked` tells an item's id, or None beside all marks; `mark_added` that it
    was clicked together with those selected already.
    """

    mark_clicked = Signal(object)
    mark_added = Signal(int)
    marks_framed = Signal(object)
    mark_activated = Signal(int)
    boxes_dragged = Signal(object)
    box_drawn = Signal(Box)
    window_dragged = Signal(float, float)
    window_drag_started = Signal()
    menu_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._marks: tuple[Mark, ...] = ()
        self._selected: frozenset[int] = frozenset()
        self._tool = Tool.SELECT
        self._opacity = 1.0
        self._new_label = RESTORATION
        self._drag: Drag | None = None
        self._tooth: Box | None = None
        self._place: Box | None = None

    # What is shown

    def show_radiograph(
        self,
        image: RadiographImage | None,
        message: str = "",
        *,
        same_part: bool = False,
    ) -> None:
        self._drag = None
        self._marks = ()
        self._selected = frozenset()
        self._tooth = None
        super().show_radiograph(image, message, same_part=same_part)

    def show_marks(self, marks: Iterable[Mark], *, selected: Collection[int]) -> None:
        self._marks = tuple(marks)
        self._selected = frozenset(selected)
        self.update()

    def show_tooth(self, box: Box | None) -> None:
        """Outline a tooth that was chosen in the chart."""
        self._tooth = box
        self.update()

    def show_place(self, box: Box | None) -> None:
        """Outline a place that is in question and has no mark."""
        self._place = box
        self.update()

    def set_tool(self, tool: Tool) -> None:
        self._tool = tool
        self._update_cursor(None)

    def set_new_label(self, label: str) -> None:
        self._new_label = label

    def set_opacity(self, opacity: float) -> None:
        """How strongly marks are drawn, 0 to 1."""
        self._opacity = opacity
        self.update()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Those in sight."""
        return self._marks

    @property
    def outlined_tooth(self) -> Box | None:
        return self._tooth

    @property
    def outlined_place(self) -> Box | None:
        return self._place

    def paint_over(self, painter: QPainter) -> None:
        drag = self._drag
        for outlined in (self._tooth, self._place):
            if outlined is not None:
                paint_tooth_outline(painter, outlined, self._viewport)
        paint_marks(
            painter,
            drag.shown(self._marks) if drag is not None else self._marks,
            self._viewport,
            selected=self._selected,
            opacity=self._opacity,
        )
        if drag is None or drag.frame is None:
            return
        if drag.kind is DragKind.DRAW:
            paint_new_box(painter, drag.frame, self._viewport, self._new_label)
        else:
            paint_frame(painter, drag.frame, self._viewport)

    # Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._image is None or self._drag is not None:
            return
        self._drag = self._drag_from(event)
        if self._drag is not None and self._drag.kind is not DragKind.PAN:
            self._update_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        drag = self._drag
        if drag is None:
            self._update_cursor(event.position())
            return
        moved = event.position() - drag.start
        if not drag.under_way:
            if moved.manhattanLength() < DRAG_DISTANCE:
                return
            drag = replace(drag, under_way=True)
            if drag.kind is DragKind.WINDOW:
                self.window_drag_started.emit()
        self._drag = self._dragged(drag, event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is None:
            return
        if not drag.under_way:
            self._click(drag, event)
        elif drag.kind is DragKind.DRAW and drag.frame is not None:
            self.box_drawn.emit(drag.frame)
        elif drag.kind is DragKind.FRAME and drag.frame is not None:
            self.marks_framed.emit(marks_framed(self._marks, drag.frame))
        elif drag.boxes:
            self.boxes_dragged.emit(drag.boxes)
        self._update_cursor(event.position())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        under = self._marks_under(event.position())
        if len(under) == 1 and not event.modifiers() & _ADDING:
            self.mark_activated.emit(under[0].item_id)
        else:
            # Two quick clicks on boxes that lie on each other are two clicks.
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # The right button opens the menu on release, after it is known to be no drag.
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.menu_requested.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            # Letting go of a drag: nothing was changed yet.
            self._drag = None
            self.update()
            return
        super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._drag is None:
            self.unsetCursor()

    # Dragging

    def _drag_from(self, event: QMouseEvent) -> Drag | None:
        start, view = event.position(), self._viewport
        button, under = event.button(), self._marks_under(event.position())
        if button is Qt.MouseButton.MiddleButton:
            return Drag(DragKind.PAN, start, view)
        if button is Qt.MouseButton.RightButton:
            if under and not any(m.item_id in self._selected for m in under):
                self.mark_clicked.emit(under[0].item_id)
            return Drag(DragKind.WINDOW, start, view)
        if button is not Qt.MouseButton.LeftButton:
            return None
        if self._tool is Tool.DRAW:
            return Drag(DragKind.DRAW, start, view)
        if event.modifiers() & _ADDING:
            return Drag(DragKind.FRAME, start, view, clicked=next(iter(under), None))
        handle = self._handle_under(start)
        if handle is not None:
            return Drag(DragKind.RESIZE, start, view, self._selected_marks, handle)
        if not under:
            return Drag(DragKind.PAN, start, view)
        clicked = next((m for m in under if m.item_id in self._selected), None)
        if clicked is None:
            self.mark_clicked.emit(under[0].item_id)
            return _move(start, view, under[:1])
        # They may be dragged by where another lies over them; a mere click goes on to
        # that other one, on release.
        return _move(start, view, self._selected_marks, clicked)

    def _dragged(self, drag: Drag, position: QPointF) -> Drag:
        assert self._image is not None
        moved = position - drag.start
        if drag.kind is DragKind.PAN:
            self._show_part(drag.viewport.panned(moved.x(), moved.y()))
        elif drag.kind is DragKind.WINDOW:
            self.window_dragged.emit(moved.x(), moved.y())
        else:
            return drag.to(position, self._viewport, self._image.size)
        return drag

    def _click(self, drag: Drag, event: QMouseEvent) -> None:
        """The pointer was pressed and released at one place."""
        clicked = drag.clicked
        if drag.kind is DragKind.WINDOW:
            self.menu_requested.emit(event.globalPosition().toPoint())
        elif event.button() is not Qt.MouseButton.LeftButton:
            return
        elif drag.kind is DragKind.FRAME and clicked is not None:
            self.mark_added.emit(clicked.item_id)
        elif drag.kind is DragKind.PAN and not drag.on_mark:
            self.mark_clicked.emit(None)
        elif clicked is not None:
            self.mark_clicked.emit(self._following(clicked, drag.start).item_id)

    @property
    def _selected_marks(self) -> tuple[Mark, ...]:
        return tuple(mark for mark in self._marks if mark.item_id in self._selected)

    def _marks_under(self, position: QPointF) -> list[Mark]:
        x, y = self._viewport.to_radiograph(position.x(), position.y())
        return marks_at(self._marks, x, y, reach=HIT_REACH / self._viewport.scale)

    def _following(self, clicked: Mark, position: QPointF) -> Mark:
        """Each click on boxes that lie on each other goes on to the next of them; one
        of several that are selected is first selected alone.
        """
        under = self._marks_under(position)
        if len(self._selected) > 1 or clicked not in under:
            return clicked
        return under[(under.index(clicked) + 1) % len(under)]

    def _handle_under(self, position: QPointF) -> Handle | None:
        """Of the one box that is selected and free to be moved."""
        selected = self._selected_marks
        if len(selected) != 1 or selected[0].locked:
            return None
        box = self._viewport.box_to_widget(selected[0].box)
        # The middle of a small box stays free: there it is taken to be moved.
        reach = min(HANDLE_SIZE * 0.75, min(box.width, box.height) / 4)
        return handle_at(box, position.x(), position.y(), reach=reach)

    def _update_cursor(self, position: QPointF | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._tool is Tool.DRAW:
            shape = Qt.CursorShape.CrossCursor
        elif position is not None and self._image is not None:
            handle = self._handle_under(position)
            under = self._marks_under(position)
            if handle is not None:
                shape = _cursor_for(handle)
            elif under and not under[0].locked:
                shape = Qt.CursorShape.SizeAllCursor
        self.setCursor(shape)


def _move(
    start: QPointF,
    viewport: Viewport,
    marks: Iterable[Mark],
    clicked: Mark | None = None,
) -> Drag:
    """Of those that are not locked; where all are, the radiograph is panned."""
    free = tuple(mark for mark in marks if not mark.locked)
    kind = DragKind.MOVE if free else DragKind.PAN
    return Drag(kind, start, viewport, free, clicked=clicked, on_mark=True)


def _cursor_for(handle: Handle) -> Qt.CursorShape:
    if handle.x < 0:
        handle = Handle(-handle.x, -handle.y)
    return _SHAPES[handle.x, handle.y if handle.x else abs(handle.y)]
