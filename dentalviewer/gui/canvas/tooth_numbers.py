"""Numbers beside the roots of teeth: none lies over another, and lines of boxes cut
them only where there is no other room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from dentalviewer.geometry import Box

COLOR = QColor(226, 236, 245, 215)
# In points of the screen.
SIZE = 9.0
GAP = 2.0
# Less of a tooth is no place for a number.
LEAST_WIDTH = 14.0
# Of the line of a box, half of which lies inside.
LINE = 2.0


@dataclass(frozen=True, slots=True)
class NumberedTooth:
    """A tooth to be numbered; its box is in points from the corner of the
    radiograph. The roots of an `upper` one are on top.
    """

    text: str
    box: Box
    upper: bool


@dataclass(frozen=True, slots=True)
class PlacedNumber:
    """`area` is what the number covers, in points from the corner of the radiograph."""

    text: str
    area: Box


def arrange_numbers(
    teeth: Iterable[NumberedTooth], boxes: Sequence[Box], font_name: str
) -> tuple[PlacedNumber, ...]:
    """Find a place for each number; those for which there is none are left out.

    `boxes` are those whose lines are best avoided.
    """
    placed: list[PlacedNumber] = []
    for tooth in sorted(teeth, key=lambda each: each.box.center[0]):
        if tooth.box.width < LEAST_WIDTH:
            continue
        width, height = _size(tooth.text, font_name)
        free = [
            area
            for area in _choices(tooth, width, height)
            if not any(overlap(area, other.area) for other in placed)
        ]
        near = [box for box in boxes if overlap(box, _around(tooth.box, width, height))]
        uncut = (a for a in free if not any(_cuts(box, a) for box in near))
        area = next(uncut, None) or next(iter(free), None)
        if area is not None:
            placed.append(PlacedNumber(tooth.text, area))
    return tuple(placed)


def paint_numbers(
    painter: QPainter, numbers: Iterable[PlacedNumber], offset: tuple[float, float]
) -> None:
    """As they were arranged; `offset` is where the corner of the radiograph lies."""
    ratio, font_name = painter.device().devicePixelRatioF(), QFont().toString()
    for number in numbers:
        # On whole pixels of the screen, or the letters would be blurred.
        x = round((number.area.x_min + offset[0]) * ratio) / ratio
        y = round((number.area.y_min + offset[1]) * ratio) / ratio
        painter.drawImage(QPointF(x, y), _picture(number.text, font_name, ratio))


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x_min < other.x_max
        and other.x_min < one.x_max
        and one.y_min < other.y_max
        and other.y_min < one.y_max
    )


def _choices(tooth: NumberedTooth, width: float, height: float) -> Iterator[Box]:
    """At the end of the root, beyond it, or nearer to the crown; within the tooth's
    own breadth.
    """
    box = tooth.box
    inside, beyond = box.y_min + GAP, box.y_min - GAP - height
    further = inside + height
    if not tooth.upper:
        inside, beyond = box.y_max - GAP - height, box.y_max + GAP
        further = inside - height
    middle, aside = box.center[0] - width / 2, box.width / 4
    for y in (inside, beyond, further):
        for x in (middle, middle - aside, middle + aside):
            yield Box(x, y, x + width, y + height)


def _around(box: Box, width: float, height: float) -> Box:
    """All that a number of this tooth may touch."""
    reach = height + GAP + LINE
    return Box(
        box.x_min - width, box.y_min - reach, box.x_max + width, box.y_max + reach
    )


def _cuts(box: Box, area: Box) -> bool:
    """Whether a line of the box goes through it."""
    inside = (
        box.x_min + LINE <= area.x_min
        and area.x_max <= box.x_max - LINE
        and box.y_min + LINE <= area.y_min
        and area.y_max <= box.y_max - LINE
    )
    apart = (
        area.x_max <= box.x_min - LINE
        or box.x_max + LINE <= area.x_min
        or area.y_max <= box.y_min - LINE
        or box.y_max + LINE <= area.y_min
    )
    return not inside and not apart


def _font(font_name: str) -> QFont:
    font = QFont()
    font.fromString(font_name)
    font.setPointSizeF(SIZE)
    return font


@lru_cache(maxsize=256)
def _size(text: str, font_name: str) -> tuple[float, float]:
    """Of the letters with the dark line around them: no room for tails of letters, as
    numbers have none.
    """
    metrics = QFontMetricsF(_font(font_name))
    return metrics.horizontalAdvance(text) + 2, metrics.capHeight() + 4


@lru_cache(maxsize=256)
def _picture(text: str, font_name: str, ratio: float) -> QImage:
    """Painting an image is many times faster than laying out text at every frame."""
    area = QRectF(0, 0, *_size(text, font_name))
    image = QImage(
        (area.size() * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setFont(_font(font_name))
    painter.setPen(QColor(0, 0, 0, 190))
    start = QPointF(1, area.height() - 2)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(start + QPointF(dx, dy), text)
    painter.setPen(COLOR)
    painter.drawText(start, text)
    painter.end()
    return image
