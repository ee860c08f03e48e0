"""Boxes that are no findings: one being drawn, a frame, a place that is pointed out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.caption_room import Room, spots_apart, spots_beside
from dentalviewer.gui.canvas.marks import pen_for
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.review import Source


def paint_new_box(painter: QPainter, box: Box, viewport: Viewport, label: str) -> None:
    painter.setPen(pen_for(label, Source.DENTIST, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(_rect(box, viewport))


def paint_frame(painter: QPainter, box: Box, viewport: Viewport) -> None:
    """Around what is to be selected."""
    painter.setPen(QPen(QColor(255, 255, 255, 220), 1.0, Qt.PenStyle.DashLine))
    painter.setBrush(QColor(255, 255, 255, 30))
    painter.drawRect(_rect(box, viewport))


def paint_pointed_out(painter: QPainter, box: Box, viewport: Viewport) -> None:
    """A dotted outline, unlike that of any finding."""
    for color, width in ((QColor(0, 0, 0, 160), 3.0), (QColor("#ffffff"), 1.4)):
        pen = QPen(color, width, Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(_rect(box, viewport), 5, 5)


def area_of_words(
    painter: QPainter, words: str, box: Box, findings: Iterable[Box], sight: Box
) -> Box:
    """Where words about a box hide none of the findings: above it if they can.

    All in points from the corner of the radiograph, of which `sight` is seen.
    """
    plate = _plate(painter, words)
    width, height = plate.width(), plate.height()
    room, middle = Room(height, findings), box.center[0] - width / 2
    spots = [
        (middle, box.y_min - 3 - height),
        (middle, box.y_max + 3),
        *spots_beside(box, width, height, above=True),
        *spots_apart(box, width, height),
    ]
    areas = [Box(x, y, x + width, y + height) for x, y in spots]
    seen = [area for area in areas if _is_within(area, sight)]
    free = (a for a in seen if room.hides_nothing(a.x_min, a.y_min, width, box, 0.0))
    # Of what is much enlarged no side may be in sight.
    inside = (max(sight.x_min, middle), max(sight.y_min, box.y_min) + 3)
    return next(free, None) or Box(*inside, inside[0] + width, inside[1] + height)


def paint_words(
    painter: QPainter, words: str, area: Box, offset: tuple[float, float]
) -> None:
    """On a plate in their area; `offset` is where the corner of the radiograph lies."""
    x, y = area.x_min + offset[0], area.y_min + offset[1]
    _paint_plate(painter, QRectF(x, y, area.width, area.height), words)


def paint_notes(painter: QPainter, notes: Sequence[str], size: Size) -> None:
    """One below the other, at the lower edge of a widget of this size in points."""
    bottom = size.height - 8.0
    for words in reversed(notes):
        plate = _plate(painter, words)
        plate.moveCenter(QPointF(size.width / 2, bottom - plate.height() / 2))
        _paint_plate(painter, plate, words)
        bottom = plate.top() - 4


def _is_within(area: Box, sight: Box) -> bool:
    return (
        sight.x_min <= area.x_min
        and area.x_max <= sight.x_max
        and sight.y_min <= area.y_min
        and area.y_max <= sight.y_max
    )


def _plate(painter: QPainter, words: str) -> QRectF:
    """As large as the words need."""
    metrics = painter.fontMetrics()
    return QRectF(0, 0, metrics.horizontalAdvance(words) + 10, metrics.height() + 4)


def _paint_plate(painter: QPainter, plate: QRectF, words: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def _rect(box: Box, viewport: Viewport) -> QRectF:
    seen = viewport.box_to_widget(box)
    return QRectF(QPointF(seen.x_min, seen.y_min), QPointF(seen.x_max, seen.y_max))
