"""The teeth on a radiograph: outlines below whatever was found on them, and numbers.

They are quiet: a thin line and a number at the end of the root, where no crown lies.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

from PySide6.QtGui import QColor, QFont, QPainter

from dentalviewer.arch import UPPER_DECIDUOUS_ROW, UPPER_ROW
from dentalviewer.dentition import Notation
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.box_lines import Edges, Line, paint_boxes
from dentalviewer.gui.canvas.tooth_numbers import (
    NumberedTooth,
    PlacedNumber,
    arrange_numbers,
)
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.study import Finding

LINE = QColor(214, 228, 240, 120)
SHADOW = QColor(0, 0, 0, 80)
IN_DOUBT = "?"


class ToothLayer:
    """Which teeth there are, and where.

    Numbers keep their places until the scale or the boxes change.
    """

    def __init__(
        self, teeth: Iterable[Finding] = (), notation: Notation = Notation.FDI
    ) -> None:
        self.teeth = tuple(teeth)
        self._notation = notation
        self._placed: tuple[PlacedNumber, ...] = ()
        self._placed_for: tuple[float, str, tuple[Box, ...]] | None = None

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
        """With a question mark where it is in doubt, which alone stands for none."""
        number = self._notation.number_of(found.tooth) if found.tooth else ""
        return f"{number}{IN_DOUBT}" if found.tooth_in_doubt or not number else number

    def numbers(self, scale: float, boxes: tuple[Box, ...]) -> tuple[PlacedNumber, ...]:
        """The numbers where there is room for them; `boxes` of findings, in pixels of
        the radiograph, best do not cut them.
        """
        wanted = scale, QFont().toString(), boxes
        if wanted != self._placed_for:
            teeth = [
                NumberedTooth(
                    self.number_of(each), each.box.scaled(scale, scale), _is_upper(each)
                )
                for each in self.teeth
            ]
            seen = [box.scaled(scale, scale) for box in boxes]
            self._placed = arrange_numbers(teeth, seen, wanted[1])
            self._placed_for = wanted
        return self._placed

    def paint(self, painter: QPainter, viewport: Viewport, sight: Size) -> None:
        """Paint outlines in widget coordinates, of which `sight` is what is seen."""
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


def _is_upper(found: Finding) -> bool:
    return found.tooth in UPPER_ROW or found.tooth in UPPER_DECIDUOUS_ROW


def _edges(box: Box, ratio: float) -> Edges:
    left, top, right, bottom = (round(each * ratio) for each in box.corners)
    return left, top, right, bottom


def _contains(box: Box, x: float, y: float) -> bool:
    return box.x_min <= x < box.x_max and box.y_min <= y < box.y_max


def _distance(box: Box, x: float, y: float) -> float:
    """From the middle, in the box's own size."""
    center_x, center_y = box.center
    return hypot((x - center_x) / box.width, (y - center_y) / box.height)
