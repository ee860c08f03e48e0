"""The radiograph with its marks: shows them, and tells what the pointer did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
from dentalviewer.gui.marks import (
    HANDLE_SIZE,
    Mark,
    paint_marks,
    paint_new_box,
    paint_tooth_outline,
)
from dentalviewer.gui.radiograph_image import RadiographImage
from dentalviewer.gui.radiograph_view import RadiographView
from dentalviewer.gui.shaping import (
    Handle,
    handle_at,
    marks_at,
    moved_inside,
    resized,
    spanned,
)
from dentalviewer.gui.viewport import Viewport
from dentalviewer.labels import RESTORATION

# A click that trembles is no drag.
DRAG_DISTANCE = 4.0
HIT_REACH = 3.0


class Tool(Enum):
    """What the left button does on the radiograph."""

    SELECT = "select"
    DRAW = "draw"


class DragKind(Enum):
    PAN = "pan"
    MOVE = "move"
    RESIZE = "resize"
    DRAW = "draw"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class _Drag:
    kind: DragKind
    start: QPointF
    viewport: Viewport
    mark: Mark | None = None
    handle: Handle | None = None
    preview: Box | None = None
    under_way: bool = False
    newly: bool = False


class Canvas(RadiographView):
    """Pointer coordinates stay in here; what leaves is in pixels of the radiograph."""

    mark_clicked = Signal(object)
    mark_activated = Signal(int)
    box_dragged = Signal(int, Box)
    box_drawn = Signal(Box)
    window_dragged = Signal(float, float)
    window_drag_started = Signal()
    menu_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._marks: tuple[Mark, ...] = ()
        self._selected: int | None = None
        self._tool = Tool.SELECT
        self._opacity = 1.0
        self._new_label = RESTORATION
        self._drag: _Drag | None = None
        self._tooth: Box | None = None

    # What is shown

    def show_radiograph(self, image: RadiographImage | None, message: str = "") -> None:
        self._drag = None
        self._marks = ()
        self._selected = None
        self._tooth = None
        super().show_radiograph(image, message)

    def show_marks(self, marks: Iterable[Mark], *, selected: int | None) -> None:
        self._marks = tuple(marks)
        self._selected = selected
        self.update()

    def show_tooth(self, box: Box | None) -> None:
        """Outline a tooth that was chosen in the chart."""
        self._tooth = box
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

    def paint_over(self, painter: QPainter) -> None:
        if self._tooth is not None:
            paint_tooth_outline(painter, self._tooth, self._viewport)
        paint_marks(
            painter,
            self._marks_as_dragged(),
            self._viewport,
            selected=self._selected,
            opacity=self._opacity,
        )
        drag = self._drag
        if drag is not None and drag.kind is DragKind.DRAW and drag.preview is not None:
            paint_new_box(painter, drag.preview, self._viewport, self._new_label)

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
            if drag.kind is DragKind.WINDOW:
                self.menu_requested.emit(event.globalPosition().toPoint())
            elif drag.kind is DragKind.PAN and drag.mark is None:
                self.mark_clicked.emit(None)
            elif drag.kind is DragKind.MOVE and not drag.newly:
                self._click_through(drag)
        elif drag.kind is DragKind.DRAW and drag.preview is not None:
            self.box_drawn.emit(drag.preview)
        elif drag.mark is not None and drag.preview is not None:
            self.box_dragged.emit(drag.mark.item_id, drag.preview)
        self._update_cursor(event.position())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        mark = self._mark_under(event.position())
        if mark is not None:
            self.mark_activated.emit(mark.item_id)

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

    def _drag_from(self, event: QMouseEvent) -> _Drag | None:
        start, view = event.position(), self._viewport
        button = event.button()
        if button is Qt.MouseButton.MiddleButton:
            return _Drag(DragKind.PAN, start, view, self._mark_under(start))
        if button is Qt.MouseButton.RightButton:
            mark = self._mark_under(start)
            if mark is not None:
                self.mark_clicked.emit(mark.item_id)
            return _Drag(DragKind.WINDOW, start, view)
        if button is not Qt.MouseButton.LeftButton:
            return None
        if self._tool is Tool.DRAW:
            return _Drag(DragKind.DRAW, start, view)
        selected = self._selected_mark
        if selected is not None:
            handle = self._handle_under(start)
            if handle is not None:
                return _Drag(DragKind.RESIZE, start, view, selected, handle)
        under = self._marks_under(start)
        if not under:
            return _Drag(DragKind.PAN, start, view)
        if selected in under:
            # It may be dragged by where another lies over it; a mere click goes on to
            # that other one, on release.
            return _Drag(DragKind.MOVE, start, view, selected)
        self.mark_clicked.emit(under[0].item_id)
        return _Drag(DragKind.MOVE, start, view, under[0], newly=True)

    def _dragged(self, drag: _Drag, position: QPointF) -> _Drag:
        assert self._image is not None
        size = self._image.size
        moved = position - drag.start
        dx, dy = moved.x() / self._viewport.scale, moved.y() / self._viewport.scale
        if drag.kind is DragKind.PAN:
            self._show_part(drag.viewport.panned(moved.x(), moved.y()))
            return drag
        if drag.kind is DragKind.WINDOW:
            self.window_dragged.emit(moved.x(), moved.y())
            return drag
        if drag.kind is DragKind.DRAW:
            start = self._viewport.to_radiograph(drag.start.x(), drag.start.y())
            end = self._viewport.to_radiograph(position.x(), position.y())
            return replace(drag, preview=spanned(start, end, size))
        assert drag.mark is not None
        if drag.handle is not None:
            return replace(drag, preview=resized(drag.mark.box, drag.handle, dx, dy))
        return replace(drag, preview=moved_inside(drag.mark.box, dx, dy, size))

    def _marks_as_dragged(self) -> tuple[Mark, ...]:
        drag = self._drag
        if drag is None or drag.mark is None or drag.preview is None:
            return self._marks
        return tuple(
            replace(mark, box=drag.preview)
            if mark.item_id == drag.mark.item_id
            else mark
            for mark in self._marks
        )

    @property
    def _selected_mark(self) -> Mark | None:
        return next((m for m in self._marks if m.item_id == self._selected), None)

    def _marks_under(self, position: QPointF) -> list[Mark]:
        x, y = self._viewport.to_radiograph(position.x(), position.y())
        return marks_at(self._marks, x, y, reach=HIT_REACH / self._viewport.scale)

    def _mark_under(self, position: QPointF) -> Mark | None:
        return next(iter(self._marks_under(position)), None)

    def _click_through(self, drag: _Drag) -> None:
        """Each click on boxes that lie on each other goes on to the next of them."""
        under = self._marks_under(drag.start)
        if drag.mark in under and len(under) > 1:
            following = under[(under.index(drag.mark) + 1) % len(under)]
            self.mark_clicked.emit(following.item_id)

    def _handle_under(self, position: QPointF) -> Handle | None:
        selected = self._selected_mark
        if selected is None:
            return None
        box = self._viewport.box_to_widget(selected.box)
        # The middle of a small box stays free: there it is taken to be moved.
        reach = min(HANDLE_SIZE * 0.75, min(box.width, box.height) / 4)
        return handle_at(box, position.x(), position.y(), reach=reach)

    def _update_cursor(self, position: QPointF | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._tool is Tool.DRAW:
            shape = Qt.CursorShape.CrossCursor
        elif position is not None and self._image is not None:
            handle = self._handle_under(position)
            if handle is not None:
                shape = _cursor_for(handle)
            elif self._mark_under(position) is not None:
                shape = Qt.CursorShape.SizeAllCursor
        self.setCursor(shape)


def _cursor_for(handle: Handle) -> Qt.CursorShape:
    if handle.x == 0:
        return Qt.CursorShape.SizeVerCursor
    if handle.y == 0:
        return Qt.CursorShape.SizeHorCursor
    if handle.x == handle.y:
        return Qt.CursorShape.SizeFDiagCursor
    return Qt.CursorShape.SizeBDiagCursor
