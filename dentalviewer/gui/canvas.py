"""The radiograph with its marks: shows them, and tells what the pointer did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from dentalviewer.geometry import Box, Size
from dentalviewer.gui.marks import HANDLE_SIZE, Mark, paint_marks, paint_new_box
from dentalviewer.gui.palette import CANVAS_COLOR, CANVAS_MUTED
from dentalviewer.gui.radiograph_image import RadiographImage
from dentalviewer.gui.shaping import (
    Handle,
    handle_at,
    mark_at,
    moved_inside,
    resized,
    spanned,
)
from dentalviewer.gui.viewport import Viewport
from dentalviewer.labels import RESTORATION

ZOOM_STEP = 1.2
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


class Canvas(QWidget):
    """Pointer coordinates stay in here; what leaves is in pixels of the radiograph."""

    mark_clicked = Signal(object)
    mark_activated = Signal(int)
    box_dragged = Signal(int, Box)
    box_drawn = Signal(Box)
    window_dragged = Signal(float, float)
    window_drag_started = Signal()
    menu_requested = Signal(object)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(200, 150))
        self.setAccessibleName("Radiograph")
        self._image: RadiographImage | None = None
        self._message = ""
        self._marks: tuple[Mark, ...] = ()
        self._selected: int | None = None
        self._viewport = Viewport()
        self._fitted = True
        self._tool = Tool.SELECT
        self._opacity = 1.0
        self._new_label = RESTORATION
        self._drag: _Drag | None = None

    # What is shown

    def show_radiograph(self, image: RadiographImage | None, message: str = "") -> None:
        """Show a radiograph, whole, or a message where there is none."""
        self._image = image
        self._message = message
        self._drag = None
        self._marks = ()
        self._selected = None
        self.fit()

    def show_marks(self, marks: Iterable[Mark], *, selected: int | None) -> None:
        self._marks = tuple(marks)
        self._selected = selected
        self.update()

    def reveal(self, box: Box) -> None:
        """Bring a box into sight; nothing moves if it is there already."""
        self._show_part(self._viewport.showing(box, self._widget_size))

    def show_closely(self, box: Box) -> None:
        """A box with its surroundings, or the whole radiograph if that is in sight."""
        if self._image is None:
            return
        viewport = Viewport.around(box, self._widget_size).kept_in_sight(
            self._image.size, self._widget_size
        )
        if viewport == self._viewport:
            self.fit()
        else:
            self._show_part(viewport)

    def set_tool(self, tool: Tool) -> None:
        self._tool = tool
        self._update_cursor(None)

    def set_new_label(self, label: str) -> None:
        self._new_label = label

    def set_opacity(self, opacity: float) -> None:
        """How strongly marks are drawn, 0 to 1."""
        self._opacity = opacity
        self.update()

    def refresh(self) -> None:
        """The image was enhanced differently."""
        self.update()

    @property
    def viewport(self) -> Viewport:
        return self._viewport

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Those in sight."""
        return self._marks

    @property
    def has_radiograph(self) -> bool:
        return self._image is not None

    # Zoom and pan

    def fit(self) -> None:
        self._fitted = True
        if self._image is not None:
            self._viewport = Viewport.fitting(self._image.size, self._widget_size)
        self.view_changed.emit()
        self.update()

    def actual_size(self) -> None:
        """One pixel of the radiograph on one pixel of the screen."""
        if self._image is not None:
            wanted = 1.0 / self.devicePixelRatioF()
            self.zoom(wanted / self._viewport.scale)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom at a point of the widget, the middle by default."""
        if self._image is None:
            return
        point = at or QPointF(self.width() / 2, self.height() / 2)
        whole = Viewport.fitting(self._image.size, self._widget_size).scale
        self._show_part(
            self._viewport.zoomed(factor, point.x(), point.y(), least=whole / 2)
        )

    def pan(self, dx: float, dy: float) -> None:
        self._show_part(self._viewport.panned(dx, dy))

    @property
    def _widget_size(self) -> Size:
        return Size(max(self.width(), 1), max(self.height(), 1))

    def _show_part(self, viewport: Viewport) -> None:
        if self._image is None or viewport == self._viewport:
            return
        self._fitted = False
        self._viewport = viewport.kept_in_sight(self._image.size, self._widget_size)
        self.view_changed.emit()
        self.update()

    # Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        elif self._image is not None:
            old, new = event.oldSize(), event.size()
            self.pan((new.width() - old.width()) / 2, (new.height() - old.height()) / 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), CANVAS_COLOR)
        if self._image is None:
            self._paint_message(painter)
            return
        self._paint_radiograph(painter, self._image)
        self._paint_sides(painter, self._image.size)
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

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            delta = event.angleDelta()
            self.pan(delta.x() + delta.y(), 0)
        else:
            turned = event.angleDelta().y() / 120
            self.zoom(ZOOM_STEP**turned, event.position())
        event.accept()

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
        mark = self._mark_under(start)
        if mark is None:
            return _Drag(DragKind.PAN, start, view)
        self.mark_clicked.emit(mark.item_id)
        return _Drag(DragKind.MOVE, start, view, mark)

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

    def _mark_under(self, position: QPointF) -> Mark | None:
        x, y = self._viewport.to_radiograph(position.x(), position.y())
        return mark_at(self._marks, x, y, reach=HIT_REACH / self._viewport.scale)

    def _handle_under(self, position: QPointF) -> Handle | None:
        selected = self._selected_mark
        if selected is None:
            return None
        box = self._viewport.box_to_widget(selected.box)
        return handle_at(box, position.x(), position.y(), reach=HANDLE_SIZE * 0.75)

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

    # Painting

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(QColor(CANVAS_MUTED))
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        painter.setFont(font)
        painter.drawText(
            self.rect().adjusted(24, 24, -24, -24),
            Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
            self._message,
        )

    def _paint_radiograph(self, painter: QPainter, image: RadiographImage) -> None:
        view = self._viewport
        scale = view.scale * self.devicePixelRatioF()
        picture = image.at_scale(scale)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=scale < 4.0)
        # Only the part in sight is painted, which matters when zoomed in.
        left, top = view.to_radiograph(0, 0)
        right, bottom = view.to_radiograph(self.width(), self.height())
        x_min, y_min = max(int(left) - 1, 0), max(int(top) - 1, 0)
        x_max = min(int(right) + 2, image.size.width)
        y_max = min(int(bottom) + 2, image.size.height)
        if x_max <= x_min or y_max <= y_min:
            return
        x, y = view.to_widget(x_min, y_min)
        width, height = x_max - x_min, y_max - y_min
        x_factor = picture.width() / image.size.width
        y_factor = picture.height() / image.size.height
        painter.drawImage(
            QRectF(x, y, width * view.scale, height * view.scale),
            picture,
            QRectF(
                x_min * x_factor, y_min * y_factor, width * x_factor, height * y_factor
            ),
        )

    def _paint_sides(self, painter: QPainter, size: Size) -> None:
        """R and L in the corners: the patient's right is on the left, always."""
        font = painter.font()
        font.setPointSizeF(15)
        font.setBold(True)
        painter.save()
        painter.setFont(font)
        left, top = self._viewport.to_widget(0, 0)
        right, _ = self._viewport.to_widget(size.width, 0)
        box = QRectF(
            max(left, 0) + 14,
            max(top, 0) + 10,
            min(right, self.width()) - max(left, 0) - 28,
            30,
        )
        for text, side in (
            ("R", Qt.AlignmentFlag.AlignLeft),
            ("L", Qt.AlignmentFlag.AlignRight),
        ):
            painter.setPen(QColor(0, 0, 0, 200))
            painter.drawText(box.translated(1, 1), side, text)
            painter.setPen(QColor(255, 255, 255, 210))
            painter.drawText(box, side, text)
        painter.restore()


def _cursor_for(handle: Handle) -> Qt.CursorShape:
    if handle.x == 0:
        return Qt.CursorShape.SizeVerCursor
    if handle.y == 0:
        return Qt.CursorShape.SizeHorCursor
    if handle.x == handle.y:
        return Qt.CursorShape.SizeFDiagCursor
    return Qt.CursorShape.SizeBDiagCursor
