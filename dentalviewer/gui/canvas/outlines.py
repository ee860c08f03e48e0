"""Boxes that are no findings: one being drawn, a frame, a place that is pointed out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from dentalviewer.geometry import Box, Size
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


def paint_pointed_out(
    painter: QPainter, box: Box, viewport: Viewport, words: str = ""
) -> Box | None:
    """A dotted outline, unlike that of any finding, and `words` above it.

    Returns what the words cover, in points of the widget; None if there are none.
    """
    for color, width in ((QColor(0, 0, 0, 160), 3.0), (QColor("#ffffff"), 1.4)):
        pen = QPen(color, width, Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(_rect(box, viewport), 5, 5)
    return _paint_words(painter, _rect(box, viewport), words) if words else None


def paint_notes(painter: QPainter, notes: Sequence[str], size: Size) -> None:
    """One below the other, at the lower edge of a widget of this size in points."""
    bottom = size.height - 8.0
    for words in reversed(notes):
        plate = _plate(painter, words)
        plate.moveCenter(QPointF(size.width / 2, bottom - plate.height() / 2))
        _paint_plate(painter, plate, words)
        bottom = plate.top() - 4


def _paint_words(painter: QPainter, area: QRectF, words: str) -> Box:
    """On a plate over the upper edge, or under it where that is out of sight."""
    plate = _plate(painter, words)
    plate.moveCenter(area.center())
    plate.moveBottom(area.top() - 3)
    if plate.top() < 0:
        plate.moveTop(area.top() + 3)
    _paint_plate(painter, plate, words)
    return Box(plate.left(), plate.top(), plate.right(), plate.bottom())


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
