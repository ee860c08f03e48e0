"""What a coordinate means.

Coordinates are pixels of the upright radiograph (EXIF orientation applied), origin
at the top left corner of the top left pixel, x to the right, y down. They name pixel
*edges*: a box over the first pixel alone is (0, 0, 1, 1). A box may reach outside
the radiograph; nothing here clamps.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixel edges; the maxima are one past the last pixel.

    Raises ValueError if a coordinate is not finite or the box has no area.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float

    def __post_init__(self) -> None:
        # In one go, for a hundred thousand boxes are made of a set.
        if (
            -math.inf < self.x_min < self.x_max < math.inf
            and -math.inf < self.y_min < self.y_max < math.inf
        ):
            return
        if not all(map(math.isfinite, self.corners)):
            raise ValueError(f"a box needs finite coordinates, not {self.corners}")
        raise ValueError(f"a box needs max > min, not {self.corners}")

    @property
    def corners(self) -> tuple[float, float, float, float]:
        return (self.x_min, self.y_min, self.x_max, self.y_max)

    @property
    def width(self) -> float:
        return self.x_max - self.x_min

    @property
    def height(self) -> float:
        return self.y_max - self.y_min

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return ((self.x_min + self.x_max) / 2, (self.y_min + self.y_max) / 2)

    def moved(self, dx: float, dy: float) -> "Box":
        return Box(self.x_min + dx, self.y_min + dy, self.x_max + dx, self.y_max + dy)

    def scaled(self, x_factor: float, y_factor: float) -> "Box":
        """The same box in a frame `x_factor` times as wide, `y_factor` as high."""
        return Box(
            self.x_min * x_factor,
            self.y_min * y_factor,
            self.x_max * x_factor,
            self.y_max * y_factor,
        )

    def about_center(self, factor: float) -> "Box":
        """The same box `factor` times as wide and high, its centre kept."""
        x, y = self.center
        half_width, half_height = self.width * factor / 2, self.height * factor / 2
        return Box(x - half_width, y - half_height, x + half_width, y + half_height)

    def clipped(self, size: Size) -> "Box | None":
        """The part inside the radiograph, None where nothing of it is inside."""
        x_min, y_min = max(self.x_min, 0.0), max(self.y_min, 0.0)
        x_max, y_max = min(self.x_max, size.width), min(self.y_max, size.height)
        if x_max <= x_min or y_max <= y_min:
            return None
        return Box(x_min, y_min, x_max, y_max)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all of them, one or more."""
    corners = [box.corners for box in boxes]
    left, top, right, bottom = zip(*corners, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def shared_area(a: Box, b: Box) -> float:
    """Of what lies in both boxes, in square pixels; 0 where they lie apart."""
    width = min(a.x_max, b.x_max) - max(a.x_min, b.x_min)
    height = min(a.y_max, b.y_max) - max(a.y_min, b.y_min)
    return max(width, 0.0) * max(height, 0.0)


def shared_of_smaller(a: Box, b: Box) -> float:
    """The area that two boxes share, as a share of the smaller one, from 0 to 1."""
    return shared_area(a, b) / min(a.area, b.area)


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1 (Jaccard 1912)."""
    # Most pairs lie apart, and a radiograph's candidates make twenty thousand pairs.
    if a.x_max <= b.x_min or b.x_max <= a.x_min:
        return 0.0
    if a.y_max <= b.y_min or b.y_max <= a.y_min:
        return 0.0
    width = min(a.x_max, b.x_max) - max(a.x_min, b.x_min)
    height = min(a.y_max, b.y_max) - max(a.y_min, b.y_min)
    shared = width * height
    return shared / (a.area + b.area - shared)
