"""The radiograph with its marks: shows them, and tells what the pointer did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QWidget

from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.dragging import Drag, DragKind
from dentalviewer.gui.canvas.mark_layer import MarkLayer
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.outlines import (
    area_of_words,
    paint_frame,
    paint_new_box,
    paint_notes,
    paint_pointed_out,
    paint_words,
)
from dentalviewer.gui.canvas.pointing import SeenMarks, Tool
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.canvas.radiograph_view import RadiographView
from dentalviewer.gui.canvas.shaping import marks_framed
from dentalviewer.gui.canvas.tooth_layer import ToothLayer
from dentalviewer.gui.canvas.tooth_numbers import PlacedNumber, overlap, paint_numbers
from dentalviewer.labels import RESTORATION

# A click that trembles is no drag.
DRAG_DISTANCE = 4.0
_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Canvas(RadiographView):
    """Pointer coordinates stay in here; what leaves is in pixels of the radiograph.

    `mark_clicked` tells an item's id, or None beside all marks; `mark_added` that it
    was clicked together with those selected already. `tooth_clicked` tells the number
    of the tooth that lies beside all marks where was clicked, or None;
    `tooth_menu_requested` the tooth, which may have no number, and where.
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
    tooth_clicked = Signal(object)
    tooth_menu_requested = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._layer = MarkLayer()
        self._tool = Tool.SELECT
        self._opacity = 1.0
        self._new_label = RESTORATION
        self._drag: Drag | None = None
        self._teeth = ToothLayer()
        self._teeth_seen = False
        self._tooth: Box | None = None
        self._tooth_words = ""
        self._place: Box | None = None
        self._notes: tuple[str, ...] = ()

    # What is shown

    def show_radiograph(
        self,
        image: RadiographImage | None,
        message: str = "",
        *,
        same_part: bool = False,
    ) -> None:
        self._drag = None
        self._layer = MarkLayer()
        self._tooth = None
        super().show_radiograph(image, message, same_part=same_part)

    def show_marks(self, marks: Iterable[Mark], *, selected: Collection[int]) -> None:
        self._layer = MarkLayer(marks, selected, self._layer.spots)
        self.update()

    def show_teeth(self, teeth: ToothLayer) -> None:
        """Know where the teeth are; they are painted once they are to be seen."""
        self._teeth = teeth
        self.update()

    def see_teeth(self, seen: bool) -> None:
        """Paint the teeth with their numbers, or leave them out."""
        self._teeth_seen = seen
        self.update()

    def show_tooth(self, box: Box | None, words: str = "") -> None:
        """Outline a tooth that was chosen in the chart, with `words` beside it."""
        self._tooth = box
        self._tooth_words = words
        self.update()

    def show_place(self, box: Box | None) -> None:
        """Outline a place that is in question and has no mark."""
        self._place = box
        self.update()

    def show_notes(self, notes: Iterable[str]) -> None:
        """Say on the radiograph what of its marks is not in sight."""
        self._notes = tuple(notes)
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
        return self._layer.marks

    @property
    def caption_spots(self) -> Mapping[int, int]:
        """In which of the spots beside its box each caption stands, by its item."""
        return self._layer.spots

    @property
    def outlined_tooth(self) -> Box | None:
        return self._tooth

    @property
    def outlined_words(self) -> str:
        """What stands beside the outlined tooth."""
        return self._tooth_words if self._tooth else ""

    @property
    def shown_teeth(self) -> tuple[str, ...]:
        """The numbers of the teeth in sight."""
        teeth = self._teeth
        return tuple(map(teeth.number_of, teeth.teeth)) if self._teeth_seen else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands at the lower edge."""
        return self._notes

    @property
    def outlined_place(self) -> Box | None:
        return self._place

    def paint_over(self, painter: QPainter) -> None:
        if self._teeth_seen:
            self._teeth.paint(painter, self._viewport, self._widget_size)
        for outlined in filter(None, (self._tooth, self._place)):
            paint_pointed_out(painter, outlined, self._viewport)
        drag, layer = self._drag, self._layer
        if drag is not None and drag.boxes:
            layer = MarkLayer(drag.shown(layer.marks), layer.selected, layer.spots)
        words = self._paint_words(painter, layer)
        layer.keep_clear((*(number.area for number in self._numbers), *words))
        if self._image is not None:
            size = self._widget_size
            layer.keep_within(self._viewport.around_whole(self._image.size, size))
        layer.paint(painter, self._viewport, self._widget_size, opacity=self._opacity)
        self._paint_numbers(painter, (*words, *layer.plates))
        paint_notes(painter, self._notes, self._widget_size)
        if drag is None or drag.frame is None:
            return
        if drag.kind is DragKind.DRAW:
            paint_new_box(painter, drag.frame, self._viewport, self._new_label)
        else:
            paint_frame(painter, drag.frame, self._viewport)

    def _paint_words(self, painter: QPainter, layer: MarkLayer) -> tuple[Box, ...]:
        """What is said of the outlined tooth; what that covers, as for `keep_clear`."""
        view, words = self._viewport, self.outlined_words
        if self._tooth is None or not words:
            return ()
        offset = view.x_offset, view.y_offset
        size = self._widget_size
        sight = Box(0, 0, size.width, size.height).moved(-offset[0], -offset[1])
        box = self._tooth.scaled(view.scale, view.scale)
        area = area_of_words(painter, words, box, layer.places(view.scale), sight)
        paint_words(painter, words, area, offset)
        return (area,)

    def _paint_numbers(self, painter: QPainter, covered: Iterable[Box]) -> None:
        """Over the lines of boxes, and not where words cover them."""
        words = tuple(covered)
        readable = [
            number
            for number in self._numbers
            if not any(overlap(number.area, area) for area in words)
        ]
        paint_numbers(
            painter, readable, (self._viewport.x_offset, self._viewport.y_offset)
        )

    # Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._image is None or self._drag is not None:
            return
        adding = bool(event.modifiers() & _ADDING)
        position, button = event.position(), event.button()
        drag = self._seen.drag_from(position, button, self._tool, adding=adding)
        if drag is not None and drag.pressed is not None:
            self.mark_clicked.emit(drag.pressed.item_id)
        self._drag = drag
        if drag is not None and drag.kind is not DragKind.PAN:
            self._update_cursor(position)

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
            self.marks_framed.emit(marks_framed(self._layer.marks, drag.frame))
        elif drag.boxes:
            self.boxes_dragged.emit(drag.boxes)
        self._update_cursor(event.position())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        under = self._seen.under(event.position())
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
            self._request_menu(drag.start, event.globalPosition().toPoint())
        elif event.button() is not Qt.MouseButton.LeftButton:
            return
        elif drag.kind is DragKind.FRAME and clicked is not None:
            self.mark_added.emit(clicked.item_id)
        elif drag.kind is DragKind.PAN and not drag.on_mark:
            self.mark_clicked.emit(None)
            found = self._teeth.numbered_at(*self._in_radiograph(drag.start))
            self.tooth_clicked.emit(found.tooth if found else None)
        elif clicked is not None:
            self.mark_clicked.emit(self._seen.following(clicked, drag.start).item_id)

    def _request_menu(self, point: QPointF, position: QPoint) -> None:
        """That of a tooth, where one is seen and no mark lies on it."""
        found = self._teeth.at(*self._in_radiograph(point))
        if self._teeth_seen and found is not None and not self._seen.under(point):
            self.tooth_menu_requested.emit(found, position)
        else:
            self.menu_requested.emit(position)

    @property
    def _numbers(self) -> tuple[PlacedNumber, ...]:
        """Those of the teeth, if they are to be seen; no drag moves them."""
        if not self._teeth_seen:
            return ()
        boxes = tuple(mark.box for mark in self._layer.marks)
        return self._teeth.numbers(self._viewport.scale, boxes)

    def _in_radiograph(self, point: QPointF) -> tuple[float, float]:
        return self._viewport.to_radiograph(point.x(), point.y())

    @property
    def _seen(self) -> SeenMarks:
        layer = self._layer
        return SeenMarks(layer.marks, layer.selected_marks, self._viewport)

    def _update_cursor(self, position: QPointF | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._tool is Tool.DRAW:
            shape = Qt.CursorShape.CrossCursor
        elif position is not None and self._image is not None:
            shape = self._seen.cursor_at(position)
        self.setCursor(shape)
