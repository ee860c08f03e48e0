"""Captions beside boxes: small dark plates that never cover each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from dentalviewer.geometry import Box
from dentalviewer.gui.palette import label_color

POINT_SIZE = 9.0
GAP = 5.0


class Places:
    """Where plates lie already, in widget coordinates.

    Kept by strips of the height of a plate, so that a few comparisons suffice.
    """

    def __init__(self, strip: float) -> None:
        self._strip = max(strip, 1.0)
        self._taken: dict[int, list[tuple[float, float]]] = defaultdict(list)

    def is_free(self, x: float, y: float, width: float) -> bool:
        return all(
            x >= right or x + width <= left
            for row in self._rows(y)
            for left, right in self._taken.get(row, ())
        )

    def take(self, x: float, y: float, width: float) -> None:
        for row in self._rows(y):
            self._taken[row].append((x, x + width))

    def _rows(self, y: float) -> tuple[int, int]:
        """A plate lies in two strips, the lower of them perhaps by a hair."""
        row = int(y // self._strip)
        return row, row + 1


def paint_caption(
    painter: QPainter,
    text: str,
    label: str,
    box: Box,
    places: Places,
    *,
    above: bool,
    must: bool,
) -> None:
    """Above the box or below it, where there is room; nowhere if there is none, unless
    it `must` be painted. What is left out here appears when the reader zooms in.
    """
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    plate = _plate(text, label, QFont().toString(), ratio)
    size = plate.deviceIndependentSize()
    choices = list(_choices(box, size, above=above))
    free = (c for c in choices if places.is_free(*c, size.width()))
    place = next(free, choices[0] if must else None)
    if place is not None:
        places.take(*place, size.width())
        # On whole pixels of the screen, or the letters blur.
        x, y = (round(value * ratio) / ratio for value in place)
        painter.drawImage(QPointF(x, y), plate)


def plate_height() -> float:
    return QFontMetricsF(_font(QFont())).height() + 2


def _choices(box: Box, size: QSizeF, *, above: bool) -> Iterable[tuple[float, float]]:
    up, down = box.y_min - GAP - size.height(), box.y_max + GAP
    for y in (up, down) if above else (down, up):
        yield box.x_min, y
        yield box.x_max - size.width(), y
    yield box.x_max + GAP, box.y_min
    yield box.x_min - GAP - size.width(), box.y_min


def _font(font: QFont) -> QFont:
    font.setPointSizeF(POINT_SIZE)
    return font


@lru_cache(maxsize=512)
def _plate(text: str, label: str, font_name: str, ratio: float) -> QImage:
    """Painting an image is many times faster than laying out text at every frame."""
    font = QFont()
    font.fromString(font_name)
    font = _font(font)
    metrics = QFontMetricsF(font)
    width, height = round(metrics.horizontalAdvance(text) + 8), plate_height()
    image = QImage(
        round(width * ratio),
        round(height * ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    area = QRectF(0, 0, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(area, 3, 3)
    painter.setPen(label_color(label))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return image
