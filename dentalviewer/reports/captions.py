"""Where the captions of boxes go, so that they cover neither each other nor findings.

Rectangles are (x_min, y_min, x_max, y_max) in pixels of the picture, as in Box.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dentalviewer.geometry import Box, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How bad it is to lie wholly on another caption, on a box of another finding and on
# one's own; and to be as far from one's box as a caption is high.
_ON_CAPTION = 1000.0
_ON_OTHER = 30.0
_ON_OWN = 60.0
_AWAY = 5.0
# How many captions high the search goes above and below a box.
_STEPS = 9


def place_captions(
    boxes: Sequence[Box], sizes: Sequence[tuple[float, float]], picture: Size
) -> tuple[Box, ...]:
    """A rectangle of `sizes` (width, height) for each box, inside the picture.

    Each goes to the best place that those before it have left; in the upper half of
    the picture above its box rather than below, in the lower half the other way round.
    """
    corners = np.array([box.corners for box in boxes], dtype=float).reshape(-1, 4)
    placed = np.empty((0, 4))
    for index, (width, height) in enumerate(sizes):
        own = corners[index]
        choices = _choices(own, width, height, picture)
        others = np.delete(corners, index, axis=0)
        cost = (
            _ON_CAPTION * _covered(choices, placed)
            + _ON_OTHER * _covered(choices, others)
            + _ON_OWN * _covered(choices, own[None])
            + _AWAY * _distance(choices, own) / height
            # Among equals the first.
            + 0.01 * np.arange(len(choices))
        )
        placed = np.vstack([placed, choices[np.argmin(cost)]])
    return tuple(Box(*map(float, rectangle)) for rectangle in placed)


def _choices(
    own: NDArray[np.float64], width: float, height: float, picture: Size
) -> NDArray[np.float64]:
    x_min, y_min, x_max, y_max = own
    middle = (x_min + x_max - width) / 2
    above, below = y_min - height, y_max
    near, far = (above, below) if y_min + y_max < picture.height else (below, above)
    corners = [(x, y) for y in (near, far) for x in (x_min, x_max - width, middle)]
    corners += [(x, y) for x in (x_max, x_min - width) for y in (y_min, y_max - height)]
    for step in range(1, _STEPS + 1):
        rise = step * height * 1.1
        for y in (above - rise, below + rise):
            corners += [(middle + shift * width * 0.6, y) for shift in range(-4, 5)]
    places = np.array(corners)
    places[:, 0] = np.clip(places[:, 0], 0, max(picture.width - width, 0))
    places[:, 1] = np.clip(places[:, 1], 0, max(picture.height - height, 0))
    return np.hstack([places, places + np.array([width, height])])


def _covered(
    choices: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The share of each choice that lies on any of the others, summed over them."""
    low = np.maximum(choices[:, None, :2], others[None, :, :2])
    high = np.minimum(choices[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2).sum(axis=1)
    area = np.prod(choices[:, 2:] - choices[:, :2], axis=1)
    return np.asarray(shared / area)


def _distance(
    choices: NDArray[np.float64], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The gap between a choice and the box, 0 where they touch."""
    gap = np.maximum(choices[:, :2] - own[2:], own[:2] - choices[:, 2:])
    return np.asarray(np.hypot(*np.clip(gap, 0, None).T))
