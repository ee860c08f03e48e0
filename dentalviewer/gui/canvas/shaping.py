"""Where a pointer hits boxes, and what dragging makes of them. Pure values.

Points and distances are in the same pixels as the boxes given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dentalviewer.geometry import Box, Size, iou

if TYPE_CHECKING:
    from dentalviewer.gui.canvas.marks import Mark

LEAST_SIDE = 2.0


@dataclass(frozen=True, slots=True)
class Handle:
    """A corner or side to drag: -1 is the lower, 1 the upper edge, 0 neither."""

    x: int
    y: int


# Corners before sides: where they lie close together the corner wins.
HANDLES = tuple(
    sorted(
        (Handle(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y),
        key=lambda handle: -abs(handle.x) - abs(handle.y),
    )
)


def handle_point(box: Box, handle: Handle) -> tuple[float, float]:
    x, y = box.center
    return x + handle.x * box.width / 2, y + handle.y * box.height / 2


def handle_at(box: Box, x: float, y: float, *, reach: float) -> Handle | None:
    """The handle within `reach` of a point."""
    for handle in HANDLES:
        handle_x, handle_y = handle_point(box, handle)
        if abs(handle_x - x) <= reach and abs(handle_y - y) <= reach:
            return handle
    return None


def resized(box: Box, handle: Handle, dx: float, dy: float) -> Box:
    """The box with one handle dragged; it never turns inside out."""
    x_min, y_min, x_max, y_max = box.corners
    if handle.x < 0:
        x_min = min(x_min + dx, x_max - LEAST_SIDE)
    if handle.x > 0:
        x_max = max(x_max + dx, x_min + LEAST_SIDE)
    if handle.y < 0:
        y_min = min(y_min + dy, y_max - LEAST_SIDE)
    if handle.y > 0:
        y_max = max(y_max + dy, y_min + LEAST_SIDE)
    return Box(x_min, y_min, x_max, y_max)


def moved_inside(box: Box, dx: float, dy: float, size: Size) -> Box:
    """The box moved, as far as its centre stays on the radiograph."""
    x, y = box.center
    return box.moved(
        min(max(x + dx, 0), size.width) - x, min(max(y + dy, 0), size.height) - y
    )


def spanned(a: tuple[float, float], b: tuple[float, float], size: Size) -> Box | None:
    """The box between two points, clipped; None if it is too small to be meant."""
    x_min, x_max = sorted((a[0], b[0]))
    y_min, y_max = sorted((a[1], b[1]))
    if x_max - x_min < LEAST_SIDE or y_max - y_min < LEAST_SIDE:
        return None
    clipped = Box(x_min, y_min, x_max, y_max).clipped(size)
    if clipped is None or min(clipped.width, clipped.height) < LEAST_SIDE:
        return None
    return clipped


def marks_at(marks: Iterable[Mark], x: float, y: float, *, reach: float) -> list[Mark]:
    """The boxes around a point, the smallest first: it may lie under a bigger one."""
    hit = [
        mark
        for mark in marks
        if mark.box.x_min - reach <= x <= mark.box.x_max + reach
        and mark.box.y_min - reach <= y <= mark.box.y_max + reach
    ]
    return sorted(hit, key=lambda mark: mark.box.area)


def marks_framed(marks: Iterable[Mark], frame: Box) -> list[Mark]:
    """The boxes whose middle lies in the frame: one need not go around long ones."""
    return [
        mark
        for mark in marks
        for x, y in [mark.box.center]
        if frame.x_min <= x <= frame.x_max and frame.y_min <= y <= frame.y_max
    ]


def overlapping(marks: Iterable[Mark], mark: Mark) -> list[Mark]:
    """A box and those that share area with it, the smallest first."""
    around = [each for each in marks if each is mark or iou(each.box, mark.box) > 0]
    return sorted(around, key=lambda each: each.box.area)
