"""How much of each pixel a shape covers: what treatments are painted and grafted with.

An area is whole pixels of a picture: left, top, right, bottom. Opacities are (h, w) of
an area, 0 to 1; points and corners are in pixel edges of the picture.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

# Shapes are drawn at this many times the resolution, then shrunk: soft edges.
SUPERSAMPLING = 4

Area = tuple[int, int, int, int]


def bounds(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def union(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])


def enlarged(corners: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    margin = (corners[2:] - corners[:2]).astype(np.float64) * share
    return np.concatenate([corners[:2] - margin, corners[2:] + margin])


def grown(points: NDArray[np.float32], factor: float) -> NDArray[np.float64]:
    middle = points.mean(axis=0)
    return np.asarray(middle + (points - middle) * factor, np.float64)


def pixel_area(corners: NDArray[np.float64], pixels: NDArray[np.uint8]) -> Area:
    """Whole pixels of the picture around the corners: left, top, right, bottom."""
    height, width = pixels.shape
    left, top = np.floor(corners[:2]).astype(int)
    right, bottom = np.ceil(corners[2:]).astype(int)
    return (
        int(np.clip(left, 0, width - 1)),
        int(np.clip(top, 0, height - 1)),
        int(np.clip(right, 1, width)),
        int(np.clip(bottom, 1, height)),
    )


def filled(points: NDArray[np.floating], area: Area) -> NDArray[np.float64]:
    """(h, w): how much of each pixel of the area a polygon covers, 0 to 1."""
    left, top, right, bottom = area
    size = ((right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING)
    mask = np.zeros(size[::-1], np.uint8)
    placed = np.round((points - [left, top]) * SUPERSAMPLING).astype(np.int32)
    cv2.fillPoly(mask, [placed], 255)
    return _shrunk(mask, area)


def box_filled(corners: NDArray[np.floating], area: Area) -> NDArray[np.float64]:
    left, top, right, bottom = corners
    outline = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return filled(outline, area)


def line(
    points: NDArray[np.float64], area: Area, thickness: float
) -> NDArray[np.float64]:
    """(h, w) opacity of a line that grows thinner towards its end."""
    left, top, right, bottom = area
    size = ((right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING)
    mask = np.zeros(size[::-1], np.uint8)
    placed = np.round((points - [left, top]) * SUPERSAMPLING).astype(np.int32)
    for index, (start, end) in enumerate(pairwise(placed)):
        taper = 1 - 0.6 * index / len(placed)
        pen = max(1, round(thickness * SUPERSAMPLING * taper))
        cv2.line(mask, start.tolist(), end.tolist(), 255, pen)
    return _shrunk(mask, area)


def _shrunk(mask: NDArray[np.uint8], area: Area) -> NDArray[np.float64]:
    left, top, right, bottom = area
    shrunk = cv2.resize(
        mask, (right - left, bottom - top), interpolation=cv2.INTER_AREA
    )
    return np.asarray(shrunk, np.float64) / 255


def softened(opacity: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """A rim outside what is covered, fading over `spread` pixels."""
    grown = cv2.dilate(opacity, np.ones((3, 3)), iterations=max(1, round(spread)))
    blurred = cv2.GaussianBlur(grown, (0, 0), max(0.6, spread / 2))
    return np.asarray(np.maximum(blurred, 0), np.float64)
