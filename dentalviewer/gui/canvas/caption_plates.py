"""Captions beside boxes: small dark plates that cover neither each other, nor what
another box is about, nor the numbers of teeth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from dentalviewer.geometry import Box
from dentalviewer.gui.widgets.palette import label_color

POINT_SIZE = 9.0
GAP = 5.0
# A plate so near to another box would be taken for that one's.
CLEARANCE = 7.0
# Within this of a box a plate is read as one with it, if it lies along no other more.
SIGHT = 2 * CLEARANCE
# Where there is no such room it may hide so much of an edge; the middle matters more.
EDGE = 3.0
# With so many captions there is room for few words only.
MANY = 60


class Places:
    """Where plates and boxes lie already, and what is to be kept `clear`, in points.

    Kept by strips of the height of a plate, so that a few comparisons suffice.
    """

    def __init__(
        self, strip: float, boxes: Iterable[Box] = (), clear: Iterable[Box] = ()
    ) -> None:
        self._strip = max(strip, 1.0)
        self._taken: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._boxes: dict[int, list[Box]] = defaultdict(list)
        for box in boxes:
            first = int((box.y_min - SIGHT) // self._strip)
            last = int((box.y_max + SIGHT) // self._strip)
            for row in range(first, last + 1):
                self._boxes[row].append(box)
        self._clear: dict[int, list[Box]] = defaultdict(list)
        for area in clear:
            first, last = int(area.y_min // self._strip), int(area.y_max // self._strip)
            for row in range(first, last + 1):
                self._clear[row].append(area)

    def is_free(self, x: float, y: float, width: float) -> bool:
        """Whether a plate here would cover no other plate, and nothing kept clear."""
        end, bottom = x + width, y + self._strip
        for row in self._rows(y):
            for left, right in self._taken.get(row, ()):
                if x < right and left < end:
                    return False
            for area in self._clear.get(row, ()):
                if (
                    x < area.x_max
                    and area.x_min < end
                    and y < area.y_max
                    and area.y_min < bottom
                ):
                    return False
        return True

    def hides_nothing(
        self, x: float, y: float, width: float, own: Box, margin: float = -EDGE
    ) -> bool:
        """Whether a plate here keeps its distance from all boxes, its `own` apart."""
        right, bottom = x + width + margin, y + self._strip + margin
        x, y = x - margin, y - margin
        for row in self._rows(y + margin):
            for box in self._boxes.get(row, ()):
                if (
                    box.x_min < right
                    and x < box.x_max
                    and box.y_min < bottom
                    and y < box.y_max
                    and box != own
                ):
                    return False
        return True

    def belongs(self, x: float, y: float, width: float, own: Box) -> bool:
        """Whether a plate here lies along no other box more than along its `own`."""
        plate = Box(x, y, x + width, y + self._strip)
        least = _along(plate, own)
        return all(
            _along(plate, box) <= least
            for row in self._rows(y)
            for box in self._boxes.get(row, ())
            if box != own
        )

    def take(self, x: float, y: float, width: float) -> None:
        for row in self._rows(y):
            self._taken[row].append((x, x + width))

    def _rows(self, y: float) -> tuple[int, int]:
        """A plate lies in two strips, the lower of them perhaps by a hair."""
        row = int(y // self._strip)
        return row, row + 1


@dataclass(frozen=True, slots=True)
class Caption:
    """What is to be said beside a box: the first of `texts` that there is room for.

    One that `must` be painted comes before all others. The box is in points from the
    corner of the radiograph, so that panning moves no caption against its box.
    """

    texts: tuple[str, ...]
    label: str
    box: Box
    above: bool
    must: bool = False


Placed = tuple[int, str, tuple[float, float]]
"""Which caption, by which of its texts, and where."""


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
    paint_plates(painter, captions, placed, offset=offset, opacity=opacity)


def paint_plates(
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
    colors = {label: label_color(label).rgba() for label in labels}
    for index, text, place in placed:
        caption = captions[index]
        painter.setOpacity(1.0 if caption.must else opacity)
        # On whole pixels of the screen, or the letters blur.
        x = round((place[0] + offset[0]) * ratio) / ratio
        y = round((place[1] + offset[1]) * ratio) / ratio
        plate = _plate(text, colors[caption.label], font_name, ratio)
        painter.drawImage(QPointF(x, y), plate)


def arrange(
    captions: tuple[Caption, ...],
    boxes: tuple[Box, ...],
    font_name: str,
    clear: tuple[Box, ...] = (),
) -> tuple[Placed, ...]:
    """Find a place for each caption; those for which there is none are left out.

    What is to be kept `clear`, no caption covers but one that must be painted.
    """
    # So many are tried at fewer places, so that zooming stays smooth.
    crowded = len(captions) > MANY
    margins = (-EDGE,) if crowded else (CLEARANCE, -EDGE)
    order = sorted(range(len(captions)), key=lambda i: not captions[i].must)
    height = plate_height()

    def place(order: Iterable[int], brief: Container[int]) -> tuple[Placed, ...]:
        places = Places(height, boxes, clear)
        placed = []
        for index in order:
            caption = captions[index]
            texts = caption.texts[-1:] if index in brief else caption.texts
            for margin, text in product(margins, texts):
                width = _plate_width(text, font_name)
                # Few words only, or most of them would stand beside another box.
                corners = text == caption.texts[-1] and not crowded
                found = _place(caption, width, height, places, margin, corners=corners)
                if found is not None:
                    places.take(*found, width)
                    placed.append((index, text, found))
                    break
        return tuple(placed)

    if crowded:
        return place(order, range(len(captions)))
    placed = place(order, ())
    found = {index for index, _, _ in placed}
    missing = [index for index in order if index not in found]
    if not missing:
        return placed
    # Now those first that found no room, in few words, before others spread.
    return place(
        sorted(order, key=lambda i: (not captions[i].must, i in found)), missing
    )


def _place(
    caption: Caption,
    width: float,
    height: float,
    places: Places,
    margin: float,
    *,
    corners: bool,
) -> tuple[float, float] | None:
    box, above = caption.box, caption.above
    choices = _choices(box, width, height, above=above)
    if corners:
        choices = chain(choices, _at_corners(box, width, height, above=above))
    for x, y in choices:
        if (
            places.is_free(x, y, width)
            and places.hides_nothing(x, y, width, box, margin)
            and places.belongs(x, y, width, box)
        ):
            return x, y
    if caption.must and margin < 0:
        return next(iter(_choices(box, width, height, above=above)))
    return None


def _along(plate: Box, box: Box) -> float:
    """How much of its sides a plate has near a box, as one reads them together."""
    across = min(plate.x_max, box.x_max) - max(plate.x_min, box.x_min)
    down = min(plate.y_max, box.y_max) - max(plate.y_min, box.y_min)
    if min(across, down) < -SIGHT:
        return 0.0
    return max(across, down, 0.0)


def plate_height() -> float:
    return QFontMetricsF(_font(QFont().toString())).height() + 2


def plate_area(text: str, place: tuple[float, float]) -> Box:
    """What a caption that was arranged covers."""
    x, y = place
    return Box(x, y, x + _plate_width(text, QFont().toString()), y + plate_height())


def _choices(
    box: Box, width: float, height: float, *, above: bool
) -> Iterable[tuple[float, float]]:
    up, down = box.y_min - GAP - height, box.y_max + GAP
    for y in (up, down) if above else (down, up):
        yield box.x_min, y
        yield box.x_max - width, y
    left, right = box.x_min - GAP - width, box.x_max + GAP
    for y in (box.y_min, box.y_max - height):
        yield right, y
        yield left, y


def _at_corners(
    box: Box, width: float, height: float, *, above: bool
) -> Iterable[tuple[float, float]]:
    """Where the corner of the plate meets that of the box, and over its middle."""
    up, down = box.y_min - GAP - height, box.y_max + GAP
    for y in (up, down) if above else (down, up):
        yield box.center[0] - width / 2, y
        yield box.x_max, y
        yield box.x_min - width, y


def _font(font_name: str) -> QFont:
    font = QFont()
    font.fromString(font_name)
    font.setPointSizeF(POINT_SIZE)
    return font


@lru_cache(maxsize=1024)
def _plate_width(text: str, font_name: str) -> int:
    return round(QFontMetricsF(_font(font_name)).horizontalAdvance(text) + 8)


@lru_cache(maxsize=1024)
def _plate(text: str, rgba: int, font_name: str, ratio: float) -> QImage:
    """Painting an image is many times faster than laying out text at every frame."""
    width, height = _plate_width(text, font_name), plate_height()
    image = QImage(
        round(width * ratio),
        round(height * ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(_font(font_name))
    area = QRectF(0, 0, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(area, 3, 3)
    painter.setPen(QColor.fromRgba(rgba))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return image
