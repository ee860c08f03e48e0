"""Paints captions on their plates, with a line to what lies apart from them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.caption_plates import plate_image
from dentalviewer.gui.canvas.caption_room import SIGHT, distance
from dentalviewer.gui.canvas.captions import Caption, Placed, arrange, plate_area
from dentalviewer.gui.widgets.palette import label_color


def paint_captions(
    painter: QPainter,
    captions: tuple[Caption, ...],
    boxes: tuple[Box, ...],
    *,
    offset: tuple[float, float],
    opacity: float,
) -> None:
    """Beside each box where there is room; `boxes` are those that none may lie over.

    `offset` is where the corner of the radiograph lies. What is left out here appears
    when the reader zooms in.
    """
    placed = arrange(captions, boxes, QFont().toString())
    paint_placed(painter, captions, placed, offset=offset, opacity=opacity)


def paint_placed(
    painter: QPainter,
    captions: tuple[Caption, ...],
    placed: Iterable[Placed],
    *,
    offset: tuple[float, float],
    opacity: float,
) -> None:
    """The captions as they were arranged; `offset` as for `paint_captions`."""
    ratio, font_name = painter.device().devicePixelRatioF(), QFont().toString()
    labels = {caption.label for caption in captions}
    colors = {label: label_color(label) for label in labels}
    for each in placed:
        caption = captions[each.caption]
        color = colors[caption.label]
        painter.setOpacity(1.0 if caption.must else opacity)
        if caption.must:
            _paint_leader(painter, plate_area(each), caption.box, offset, color)
        # On whole pixels of the screen, or the letters blur.
        x = round((each.place[0] + offset[0]) * ratio) / ratio
        y = round((each.place[1] + offset[1]) * ratio) / ratio
        plate = plate_image(each.text, color.rgba(), font_name, ratio)
        painter.drawImage(QPointF(x, y), plate)


def _paint_leader(
    painter: QPainter, plate: Box, box: Box, offset: tuple[float, float], color: QColor
) -> None:
    """To a box that the plate does not lie at."""
    if distance(plate, box) <= SIGHT:
        return
    (start_x, end_x), (start_y, end_y) = (
        _nearest(plate.x_min, plate.x_max, box.x_min, box.x_max),
        _nearest(plate.y_min, plate.y_max, box.y_min, box.y_max),
    )
    start = QPointF(start_x + offset[0], start_y + offset[1])
    end = QPointF(end_x + offset[0], end_y + offset[1])
    for shade, width in ((QColor(0, 0, 0, 190), 3.0), (color, 1.2)):
        painter.setPen(QPen(shade, width))
        painter.drawLine(start, end)


def _nearest(
    low: float, high: float, other_low: float, other_high: float
) -> tuple[float, float]:
    """Of two lengths on one line, the points of each that are nearest to the other."""
    if high < other_low:
        return high, other_low
    if other_high < low:
        return low, other_high
    middle = (max(low, other_low) + min(high, other_high)) / 2
    return middle, middle
