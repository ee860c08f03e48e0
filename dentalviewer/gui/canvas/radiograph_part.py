"""A part of a radiograph with boxes on it, for dialogs that ask about one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dentalviewer.errors import DentalViewerError
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.caption_painting import paint_captions
from dentalviewer.gui.canvas.captions import Caption
from dentalviewer.gui.canvas.marks import DASHES
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.widgets.palette import CANVAS_COLOR, CANVAS_MUTED, label_color
from dentalviewer.gui.work.background import Background
from dentalviewer.radiograph import read_radiograph

# Of the view's width or height; the rest is what lies around.
SHARE = 0.4
KEPT_IMAGES = 4


@dataclass(frozen=True, slots=True)
class PartMark:
    """A box in pixels of the radiograph; `side` tells by its lines who drew it."""

    box: Box
    label: str
    caption: str
    side: int = 0


class RadiographPart(QWidget):
    """Reads pictures off the GUI thread; the last few stay in memory."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(280, 220)
        self._images: dict[Path, RadiographImage] = {}
        self._path: Path | None = None
        self._box: Box | None = None
        self._marks: tuple[PartMark, ...] = ()
        self._fault = ""
        self._background = Background("radiograph part", self, failed=self._on_failed)
        self._background.answered.connect(self._on_read)

    @property
    def is_shown(self) -> bool:
        """Whether the picture is there already."""
        return self._path in self._images

    def show_part(self, path: Path, box: Box, marks: Sequence[PartMark]) -> None:
        """Show what lies around a box, once it has been read."""
        self._path, self._box, self._marks = path, box, tuple(marks)
        self._fault = ""
        if path not in self._images:
            self._background.request(
                lambda: (path, RadiographImage(read_radiograph(path).pixels))
            )
        self.update()

    def show_nothing(self) -> None:
        self._path, self._box, self._marks, self._fault = None, None, (), ""
        self.update()

    def stop(self) -> None:
        self._background.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), CANVAS_COLOR)
        image = self._images.get(self._path) if self._path else None
        if self._box is None:
            return
        view = Viewport.around(
            self._box, Size(self.width(), self.height()), share=SHARE
        )
        if image is not None:
            corners = view.box_to_widget(Box(0, 0, image.size.width, image.size.height))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            scale = view.scale * self.devicePixelRatioF()
            painter.drawImage(_rect(corners), image.at_scale(scale))
        else:
            painter.setPen(QColor(CANVAS_MUTED))
            text = self._fault or "Reading the radiograph …"
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(20, 20, -20, -20), flags, text)
        for mark in self._marks:
            _paint_mark(painter, mark, view)
        _paint_captions(painter, self._marks, view)

    def _on_read(self, answer: tuple[Path, RadiographImage]) -> None:
        path, image = answer
        while len(self._images) >= KEPT_IMAGES:
            del self._images[next(iter(self._images))]
        self._images[path] = image
        self.update()

    def _on_failed(self, error: Exception) -> None:
        expected = isinstance(error, DentalViewerError)
        self._fault = str(error) if expected else f"It failed with {error!r}."
        self.update()


def _paint_mark(painter: QPainter, mark: PartMark, view: Viewport) -> None:
    rect = _rect(view.box_to_widget(mark.box))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line below keeps the coloured one visible on bright metal.
    painter.setPen(QPen(QColor(0, 0, 0, 150), 4.0))
    painter.drawRect(rect)
    pen = QPen(label_color(mark.label), 2.2)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if mark.side == 1:
        pen.setDashPattern(DASHES)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    elif mark.side > 1:
        pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.drawRect(rect)


def _paint_captions(
    painter: QPainter, marks: Sequence[PartMark], view: Viewport
) -> None:
    scale = view.scale
    captions = tuple(
        Caption((m.caption,), m.label, m.box.scaled(scale, scale), bool(m.side), True)
        for m in marks
    )
    boxes = tuple(mark.box.scaled(scale, scale) for mark in marks)
    paint_captions(
        painter, captions, boxes, offset=(view.x_offset, view.y_offset), opacity=1.0
    )


def _rect(box: Box) -> QRectF:
    return QRectF(QPointF(box.x_min, box.y_min), QPointF(box.x_max, box.y_max))
