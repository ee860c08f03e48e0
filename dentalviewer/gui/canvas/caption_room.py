"""Where there is room for a caption beside a box, in points of the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dentalviewer.geometry import Box

GAP = 5.0
# A plate so near to another box would be taken for that one's.
CLEARANCE = 7.0
# Within this of a box a plate is read as one with it, if it lies along no other more.
SIGHT = 2 * CLEARANCE
# Where there is no such room it may hide so much of an edge; the middle matters more.
EDGE = 3.0
# Of plates that lie apart: so many heights away at most.
FURTHEST = 8

Spot = tuple[float, float]
"""The upper left corner of a plate."""


class Room:
    """Where plates and boxes lie already, and what is to be kept `clear`.

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
        right, bottom = x + width, y + self._strip
        least = _along(x, y, right, bottom, own)
        for row in self._rows(y):
            for box in self._boxes.get(row, ()):
                if _along(x, y, right, bottom, box) > least and box != own:
                    return False
        return True

    def hidden_by(self, x: float, y: float, width: float, own: Box) -> float:
        """How much a plate here would cover of boxes other than its `own`."""
        hidden, right = 0.0, x + width
        for row in self._rows(y):
            top = max(y, row * self._strip)
            bottom = min(y + self._strip, (row + 1) * self._strip)
            for box in self._boxes.get(row, ()):
                across = min(right, box.x_max) - max(x, box.x_min)
                down = min(bottom, box.y_max) - max(top, box.y_min)
                if across > 0 and down > 0 and box != own:
                    hidden += across * down
        return hidden

    def take(self, x: float, y: float, width: float) -> None:
        for row in self._rows(y):
            self._taken[row].append((x, x + width))

    def leave(self, x: float, y: float, width: float) -> None:
        """What was taken is free again."""
        for row in self._rows(y):
            self._taken[row].remove((x, x + width))

    def _rows(self, y: float) -> tuple[int, int]:
        """A plate lies in two strips, the lower of them perhaps by a hair."""
        row = int(y // self._strip)
        return row, row + 1


def spots_beside(box: Box, width: float, height: float, *, above: bool) -> list[Spot]:
    """Along the sides of a box, the best first."""
    up, down = box.y_min - GAP - height, box.y_max + GAP
    first, second = (up, down) if above else (down, up)
    left, right = box.x_min - GAP - width, box.x_max + GAP
    top, bottom = box.y_min, box.y_max - height
    start, end = box.x_min, box.x_max - width
    return [
        (start, first), (end, first), (start, second), (end, second),
        (right, top), (left, top), (right, bottom), (left, bottom),
    ]  # fmt: skip


def spots_at_corners(
    box: Box, width: float, height: float, *, above: bool
) -> list[Spot]:
    """Where the corner of the plate meets that of the box, and over its middle."""
    up, down = box.y_min - GAP - height, box.y_max + GAP
    middle = box.center[0] - width / 2
    return [
        (x, y)
        for y in ((up, down) if above else (down, up))
        for x in (middle, box.x_max, box.x_min - width)
    ]


def spots_apart(box: Box, width: float, height: float) -> Iterator[Spot]:
    """Further and further away on all sides; such a plate needs a line to its box."""
    columns = (box.center[0] - width / 2, box.x_min, box.x_max - width)
    for away in range(1, FURTHEST + 1):
        step = GAP + away * height
        for y in (box.y_min - step - height, box.y_max + step):
            for x in (*columns, box.x_max, box.x_min - width):
                yield x, y
        for x in (box.x_max + step, box.x_min - step - width):
            for y in (box.center[1] - height / 2, box.y_min, box.y_max - height):
                yield x, y


def distance(plate: Box, box: Box) -> float:
    """From the one to the other, along the longer way of the two."""
    across = max(plate.x_min - box.x_max, box.x_min - plate.x_max)
    down = max(plate.y_min - box.y_max, box.y_min - plate.y_max)
    return max(across, down, 0.0)


def _along(x: float, y: float, right: float, bottom: float, box: Box) -> float:
    """How much of its sides a plate has near a box, as one reads them together."""
    across = min(right, box.x_max) - max(x, box.x_min)
    if across < -SIGHT:
        return 0.0
    down = min(bottom, box.y_max) - max(y, box.y_min)
    if down < -SIGHT:
        return 0.0
    return max(across, down, 0.0)
