"""How much many boxes overlap, at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dentalviewer.geometry import Box

Floats = NDArray[np.float64]


def corners_of(boxes: Sequence[Box]) -> Floats:
    """(N, 4): x_min, y_min, x_max, y_max."""
    return np.array([box.corners for box in boxes], np.float64).reshape(-1, 4)


def ious(first: Floats, second: Floats) -> Floats:
    """(N, M): the IoU of each of (N, 4) corners with each of (M, 4)."""
    x_min, y_min, x_max, y_max = (column[:, None] for column in first.T)
    width = np.minimum(x_max, second[:, 2]) - np.maximum(x_min, second[:, 0])
    height = np.minimum(y_max, second[:, 3]) - np.maximum(y_min, second[:, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    both = _areas(first)[:, None] + _areas(second)
    return np.asarray(shared / (both - shared), np.float64)


def _areas(corners: Floats) -> Floats:
    return np.asarray((corners[:, 2:] - corners[:, :2]).prod(axis=1), np.float64)
