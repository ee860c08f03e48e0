"""The teeth on a radiograph by their numbers, painted below whatever was found on them.

They are quiet: a thin line and a number at the end of the root, where no crown lies.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import hypot

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from dentalviewer.arch import UPPER_DECIDUOUS_ROW, UPPER_ROW
from dentalviewer.dentition import Notation
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.box_lines import Edges, Line, paint_boxes
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.study import Finding

LINE = QColor(214, 228, 240, 120)
SHADOW = QColor(0, 0, 0, 80)
NUMBER = QColor(226, 236, 245, 215)
# In points of the screen.
NUMBER_SIZE = 9.0
LEAST_WIDTH = 14.0
UNNUMBERED = "?"


class ToothLayer:
    """Which teeth there are, and where."""

    def __init__(
        self, teeth: Iterable[Finding] = (), notation: Notation = Notation.FDI
    ) -> None:
        self.teeth = tuple(teeth)
        self._notation = notation

    def at(self, x: float, y: float) -> Finding | None:
        """The tooth that lies there, in pixels of the radiograph: of neighbours whose
        boxes overlap the one whose middle is nearer.
        """
        here = [each for each in self.teeth if _contains(each.box, x, y)]
        return min(here, key=lambda each: _distance(each.box, x, y), default=None)

    def numbered_at(self, x: float, y: float) -> Finding | None:
        """As `at`, among the teeth that have a number."""
        numbered = [each for each in self.teeth if each.tooth]
        return ToothLayer(numbered).at(x, y)

    def number_of(self, found: Finding) -> str:
        return UNNUMBERED if not found.tooth else self._notation.number_of(found.tooth)

    def paint(self, painter: QPainter, viewport: Viewport, sight: Size) -> None:
        """Paint in widget coordinates, of which `sight` is what is seen."""
        ratio = painter.device().devicePixelRatioF()
        seen = [(each, viewport.box_to_widget(each.box)) for each in self.teeth]
        whole = round(sight.width * ratio) + 1, round(sight.height * ratio) + 1
        thin = max(1, round(ratio))
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for found_by_detector, dashes in ((True, None), (False, (4 * thin, 3 * thin))):
            edges = [
                _edges(box, ratio)
                for found, box in seen
                # A tooth that only a person saw has no outline of its own.
                if (found.score is not None) is found_by_detector
            ]
            paint_boxes(painter, edges, Line(SHADOW.rgba(), 3 * thin), whole)
            paint_boxes(painter, edges, Line(LINE.rgba(), thin, dashes), whole)
        painter.restore()
        for found, box in seen:
            if box.width >= LEAST_WIDTH:
                self._paint_number(painter, found, box, ratio)

    def _paint_number(
        self, painter: QPainter, found: Finding, box: Box, ratio: float
    ) -> None:
        plate = _number(self.number_of(found), QFont().toString(), ratio)
        size = plate.deviceIndependentSize()
        upper = found.tooth in UPPER_ROW or found.tooth in UPPER_DECIDUOUS_ROW
        y = box.y_min + 2 if upper else box.y_max - size.height() - 2
        # On whole points, or the letters would be blurred.
        x = round(box.center[0] - size.width() / 2)
        painter.drawImage(QPointF(x, round(y)), plate)


def _edges(box: Box, ratio: float) -> Edges:
    left, top, right, bottom = (round(each * ratio) for each in box.corners)
    return left, top, right, bottom


@lru_cache(maxsize=256)
def _number(text: str, font_name: str, ratio: float) -> QImage:
    """Painting an image is many times faster than laying out text at every frame."""
    font = QFont()
    font.fromString(font_name)
    font.setPointSizeF(NUMBER_SIZE)
    metrics = QFontMetricsF(font)
    area = QRectF(0, 0, metrics.horizontalAdvance(text) + 4, metrics.height() + 2)
    image = QImage(
        (area.size() * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setFont(font)
    painter.setPen(QColor(0, 0, 0, 190))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(area.translated(dx, dy), Qt.AlignmentFlag.AlignCenter, text)
    painter.setPen(NUMBER)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return image


def _contains(box: Box, x: float, y: float) -> bool:
    return box.x_min <= x < box.x_max and box.y_min <= y < box.y_max


def _distance(box: Box, x: float, y: float) -> float:
    """From the middle, in the box's own size."""
    center_x, center_y = box.center
    return hypot((x - center_x) / box.width, (y - center_y) / box.height)
