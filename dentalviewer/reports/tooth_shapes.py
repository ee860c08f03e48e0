"""Teeth as simple outlines, and where they stand in the dental chart.

Nothing here paints: the window, the PDF and the web page all take these curves. A unit
is about a millimetre; x goes to the right, y down. A shape has its middle at x = 0 and
the root tip at y = 0, the crown below it, as a tooth of the patient's upper right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dentalviewer.arch import (
    LOWER_DECIDUOUS_ROW,
    LOWER_ROW,
    UPPER_DECIDUOUS_ROW,
    UPPER_ROW,
)
from dentalviewer.dentition import Tooth

Point = tuple[float, float]
Curve = tuple[Point, ...]
"""A start, then three points for each cubic Bezier segment."""

NECK, EDGE = 16.0, 26.0
# Mesiodistal widths of upper and lower teeth, position 1 to 8 (after Wheeler).
_UPPER_WIDTHS = (8.5, 6.8, 7.6, 7.0, 6.8, 10.0, 9.4, 8.8)
_LOWER_WIDTHS = (5.4, 6.0, 7.0, 7.0, 7.2, 11.0, 10.4, 9.8)
# Of deciduous teeth, which stand in the place of these permanent ones.
_DECIDUOUS_KINDS = (1, 2, 3, 6, 7)
_DECIDUOUS_SIZE = 0.82
_SPACE, _MIDLINE = 1.7, 2.4
_TOP, _NUMBERS = 1.0, 11.0

CHART_HEIGHT = 2 * (_TOP + EDGE + 1) + _NUMBERS


@dataclass(frozen=True, slots=True)
class Shape:
    """The outlines of one kind of tooth; `canals` are the middles of its roots."""

    width: float
    crown: Curve
    roots: tuple[Curve, ...]
    canals: tuple[Curve, ...]
    implant: Curve


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tooth stands in the chart: the middle of its shape, and which way up.

    `left` and `width` are those of its column; `number_y` the middle of its number.
    """

    tooth: Tooth
    x: float
    y: float
    flipped_x: bool
    flipped_y: bool
    left: float
    width: float
    number_y: float
    size: float

    def put(self, curve: Curve) -> Curve:
        """A curve of the shape, in the units of the chart."""
        across = -self.size if self.flipped_x else self.size
        down = -self.size if self.flipped_y else self.size
        return tuple((self.x + across * x, self.y + down * y) for x, y in curve)


def chart_width(*, deciduous: bool = False) -> float:
    return _rows(deciduous)[0][-1].left + _rows(deciduous)[0][-1].width


def places(*, deciduous: bool = False) -> tuple[Place, ...]:
    """Two rows, the patient's right on the left."""
    return tuple(place for row in _rows(deciduous) for place in row)


def retained_place(tooth: Tooth, place: Place) -> Place:
    """A deciduous tooth where its successor would stand, its crown in the row."""
    rest = (1 - _DECIDUOUS_SIZE) * EDGE
    y = place.y - rest if place.flipped_y else place.y + rest
    return replace(place, tooth=tooth, y=y, size=_DECIDUOUS_SIZE)


def _rows(deciduous: bool) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    upper, lower = (
        (UPPER_DECIDUOUS_ROW, LOWER_DECIDUOUS_ROW)
        if deciduous
        else (UPPER_ROW, LOWER_ROW)
    )
    size = _DECIDUOUS_SIZE if deciduous else 1.0
    top, bottom = _TOP, CHART_HEIGHT - _TOP
    left = 0.0
    rows: tuple[list[Place], list[Place]] = ([], [])
    for above, below in zip(upper, lower, strict=True):
        if above.position == 1 and above.quadrant in (2, 6):
            left += _MIDLINE
        width = size * max(_width(above), _width(below)) + _SPACE
        flipped = above.quadrant in (2, 6)
        middle = CHART_HEIGHT / 2
        rest = (1 - size) * EDGE
        rows[0].append(
            Place(above, left + width / 2, top + rest, flipped, False, left, width,
                  middle - 2.9, size)
        )  # fmt: skip
        rows[1].append(
            Place(below, left + width / 2, bottom - rest, flipped, True, left, width,
                  middle + 2.9, size)
        )  # fmt: skip
        left += width
    return tuple(rows[0]), tuple(rows[1])


def _kind(tooth: Tooth) -> int:
    return _DECIDUOUS_KINDS[tooth.position - 1] if tooth.deciduous else tooth.position


def _width(tooth: Tooth) -> float:
    widths = _UPPER_WIDTHS if tooth.is_upper else _LOWER_WIDTHS
    return widths[_kind(tooth) - 1]


def shape_of(tooth: Tooth) -> Shape:
    kind, width = _kind(tooth), _width(tooth)
    half = width / 2
    neck = half * (0.74 if kind < 6 else 0.84)
    if kind < 6:
        tip = {1: 2.5, 2: 3.5, 3: 0.0, 4: 3.0, 5: 2.5}[kind]
        lean = 0.12 * half
        roots: tuple[Curve, ...] = (_root(-neck, neck, lean, tip),)
        canals: tuple[Curve, ...] = (_canal(0.0, lean, tip),)
    elif tooth.is_upper:
        roots = (
            _root(-0.34 * half, 0.34 * half, 0.0, 2.0),
            _root(-neck, 0.02 * half, -0.52 * half, 3.0),
            _root(-0.02 * half, neck, 0.56 * half, 3.5),
        )
        canals = (
            _canal(-0.36 * half, -0.52 * half, 3.0),
            _canal(0.0, 0.0, 2.0),
            _canal(0.38 * half, 0.56 * half, 3.5),
        )
    else:
        roots = (
            _root(-neck, 0.06 * half, -0.46 * half, 2.5),
            _root(-0.06 * half, neck, 0.60 * half, 3.0),
        )
        canals = (
            _canal(-0.40 * half, -0.46 * half, 2.5),
            _canal(0.40 * half, 0.60 * half, 3.0),
        )
    return Shape(width, _crown(kind, half, neck), roots, canals, _implant(half))


def _crown(kind: int, half: float, neck: float) -> Curve:
    sides = ((-neck, NECK), (-half, NECK + 5.2))
    if kind <= 2:
        edge: tuple[Point, ...] = (
            (-0.90 * half, EDGE - 0.7), (-0.4 * half, EDGE), (0.4 * half, EDGE),
            (0.90 * half, EDGE - 0.7),
        )  # fmt: skip
    elif kind == 3:
        edge = (
            (-0.72 * half, EDGE - 2.2), (0.0, EDGE + 0.6), (0.72 * half, EDGE - 2.2),
        )  # fmt: skip
    elif kind < 6:
        edge = (
            (-0.78 * half, EDGE - 2.0), (0.0, EDGE), (0.78 * half, EDGE - 2.0),
        )  # fmt: skip
    else:
        edge = (
            (-0.86 * half, EDGE - 1.6), (-0.5 * half, EDGE - 0.2),
            (0.0, EDGE - 1.5), (0.5 * half, EDGE - 0.2), (0.86 * half, EDGE - 1.6),
        )  # fmt: skip
    neck_line = ((neck, NECK), (0.0, NECK + 1.3))
    return smooth((*sides, *edge, (half, NECK + 5.2), *neck_line), closed=True)


def _root(left: float, right: float, tip_x: float, tip: float) -> Curve:
    """From the neck to the tip and back, open below the crown."""
    length = NECK - tip
    broad = (right - left) / 2
    middle = (left + right) / 2
    bend = middle + (tip_x - middle) * 0.55
    return smooth(
        (
            (left, NECK + 0.6),
            (bend - broad * 0.74, tip + 0.48 * length),
            (tip_x - 0.55, tip + 0.7),
            (tip_x + 0.55, tip + 0.7),
            (bend + broad * 0.74, tip + 0.48 * length),
            (right, NECK + 0.6),
        )
    )


def _canal(neck_x: float, tip_x: float, tip: float) -> Curve:
    length = NECK - tip
    bend = neck_x + (tip_x - neck_x) * 0.55
    return smooth(
        (
            (neck_x * 0.7, NECK + 2.4),
            (bend, tip + 0.48 * length),
            (tip_x, tip + 2.0),
        )
    )


def _implant(half: float) -> Curve:
    """A screw: straight sides that taper, with threads."""
    top, bottom, threads = 3.5, NECK - 0.4, 5
    broad, narrow = min(0.46 * half, 2.3), min(0.32 * half, 1.6)
    pitch = (bottom - top) / threads
    right = []
    for n in range(threads + 1):
        y = top + n * pitch
        reach = narrow + (broad - narrow) * n / threads
        right += [(reach, y), (reach + 0.75, y + pitch / 2)]
    right = right[:-1]
    points = [*((-x, y) for x, y in reversed(right)), *right]
    return _straight([*points, points[0]])


def _straight(points: Sequence[Point]) -> Curve:
    curve = [points[0]]
    for start, end in pairwise(points):
        curve += [start, end, end]
    return tuple(curve)


def smooth(points: Sequence[Point], *, closed: bool = False) -> Curve:
    """A curve through all points (Catmull & Rom 1974)."""
    count = len(points)
    ends = count if closed else count - 1
    curve = [points[0]]
    for i in range(ends):
        if closed:
            around = [points[(i + k) % count] for k in (-1, 0, 1, 2)]
        else:
            around = [points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2)]
        before, start, end, after = around
        curve += [
            (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6),
            (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6),
            end,
        ]
    return tuple(curve)
