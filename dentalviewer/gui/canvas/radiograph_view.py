"""The radiograph, large and dark: zoomed, panned, with R and L at its sides."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.widgets.palette import CANVAS_COLOR, CANVAS_MUTED
from dentalviewer.gui.widgets.side_plate import paint_side_plate
from dentalviewer.review import Sides

ZOOM_STEP = 1.2


class RadiographView(QWidget):
    """Shows a radiograph, or a message where there is none."""

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(QSize(200, 150))
        # It paints all of itself: nothing below needs to be painted first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Radiograph")
        self._image: RadiographImage | None = None
        self._message = ""
        self._viewport = Viewport()
        self._fitted = True
        self._sides = Sides.ASSUMED
        self._covered = QRect()

    def show_radiograph(
        self,
        image: RadiographImage | None,
        message: str = "",
        *,
        same_part: bool = False,
    ) -> None:
        """Show a radiograph, or a message where there is none: whole, or the
        `same_part` as of the one before.
        """
        before, self._image = self._image, image
        self._message = message
        if not same_part or self._fitted or before is None or image is None:
            self.fit()
            return
        self._show_part(
            self._viewport.carried_over(before.size, image.size, self._widget_size)
        )
        self.update()

    def reveal(self, box: Box) -> None:
        """Bring a box into sight; nothing moves if it is there already."""
        seen = self._viewport.showing(box, self._widget_size, top=self._uncovered_top)
        self._show_part(seen)

    def show_closely(self, box: Box) -> None:
        """A box with its surroundings, or the whole radiograph if that is in sight."""
        before = self._viewport
        self.show_around(box)
        if self._image is not None and self._viewport == before:
            self.fit()

    def show_around(self, box: Box) -> None:
        """A box with its surroundings."""
        if self._image is not None:
            top = self._uncovered_top
            viewport = Viewport.around(box, self._widget_size, top=top)
            self._show_part(viewport.kept_in_sight(self._image.size, self._widget_size))

    def show_covered(self, area: QRect) -> None:
        """A part at the upper edge that lies under something else; none if empty."""
        self._covered = area
        self.update()

    @property
    def _uncovered_top(self) -> int:
        return self._covered.top() + self._covered.height()

    def refresh(self) -> None:
        """The image was enhanced differently."""
        self.update()

    @property
    def viewport(self) -> Viewport:
        return self._viewport

    @property
    def has_radiograph(self) -> bool:
        return self._image is not None

    @property
    def side_letters(self) -> tuple[str, str]:
        """What stands on the left and on the right of the radiograph."""
        return self._sides.letters

    def show_sides(self, sides: Sides) -> None:
        """Which half of the picture is the patient's right."""
        if sides is not self._sides:
            self._sides = sides
            self.update()

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
        self.paint_over(painter)

    def paint_over(self, painter: QPainter) -> None:
        """What else is to be seen on the radiograph, in widget coordinates."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            delta = event.angleDelta()
            self.pan(delta.x() + delta.y(), 0)
        else:
            turned = event.angleDelta().y() / 120
            self.zoom(ZOOM_STEP**turned, event.position())
        event.accept()

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
        """R and L in the corners, with question marks where they are in doubt, and on
        plates where they are the other way round than usual.
        """
        painter.save()
        font = painter.font()
        font.setPointSizeF(15)
        font.setBold(True)
        painter.setFont(font)
        left, top = self._viewport.to_widget(0, 0)
        right, _ = self._viewport.to_widget(size.width, 0)
        left, right = max(left, 0) + 12, min(right, self.width()) - 12
        width = painter.fontMetrics().horizontalAdvance("R?")
        place = QRectF(left, max(top, 0) + 10, width, 28)
        places = place, place.translated(right - width - left, 0)
        if any(QRectF(self._covered).intersects(each) for each in places):
            for each in places:
                each.moveTop(self._covered.bottom() + 10)
        for letter, at in zip(self.side_letters, places, strict=True):
            if self._sides is Sides.MIRRORED:
                paint_side_plate(painter, letter, at)
                continue
            middle = Qt.AlignmentFlag.AlignCenter
            painter.setPen(QColor(0, 0, 0, 200))
            painter.drawText(at.translated(1, 1), middle, letter)
            painter.setPen(QColor(255, 255, 255, 210))
            painter.drawText(at, middle, letter)
        painter.restore()
