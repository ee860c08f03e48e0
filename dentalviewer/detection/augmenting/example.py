"""A radiograph to learn from, with what is on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box


@dataclass(frozen=True, slots=True)
class Boxes:
    """(N, 4) float32 corners x_min, y_min, x_max, y_max with what is in them.

    `label_indices` is (N,) int64; `ignored` is (N,) bool, True for boxes that the loss
    leaves out.
    """

    corners: NDArray[np.float32]
    label_indices: NDArray[np.int64]
    ignored: NDArray[np.bool_]

    def where(self, kept: NDArray[np.bool_]) -> Boxes:
        return Boxes(self.corners[kept], self.label_indices[kept], self.ignored[kept])

    def joined(self, other: Boxes) -> Boxes:
        return Boxes(
            np.concatenate([self.corners, other.corners]),
            np.concatenate([self.label_indices, other.label_indices]),
            np.concatenate([self.ignored, other.ignored]),
        )


@dataclass(frozen=True, slots=True)
class ToothOutline:
    """A permanent tooth and its outline, (N, 2) float32 points in pixels."""

    tooth: Tooth
    points: NDArray[np.float32]

    @property
    def bounds(self) -> NDArray[np.float32]:
        """x_min, y_min, x_max, y_max."""
        return np.concatenate([self.points.min(axis=0), self.points.max(axis=0)])


@dataclass(frozen=True, slots=True)
class Example:
    """Grey pixels (H, W) uint8, the arches' window on them, and boxes for each head.

    `mirrored` gives, for a head whose labels change when left and right are exchanged,
    the label index that each becomes; `upturned` likewise for up and down. `teeth` are
    those whose outlines are known, until the example is reframed.
    """

    pixels: NDArray[np.uint8]
    window: Box
    boxes: Mapping[str, Boxes]
    mirrored: Mapping[str, NDArray[np.int64]]
    upturned: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    teeth: tuple[ToothOutline, ...] = ()


def areas(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) of (N, 4) corners."""
    return np.asarray((corners[:, 2:] - corners[:, :2]).prod(axis=1), np.float32)


def covered(
    corners: NDArray[np.float32], area: NDArray[np.floating]
) -> NDArray[np.float32]:
    """(N,) which part of each box lies in the area."""
    left_top = np.maximum(corners[:, :2], area[:2])
    right_bottom = np.minimum(corners[:, 2:], area[2:])
    shared = np.clip(right_bottom - left_top, 0, None).prod(axis=1)
    return np.asarray(shared / np.maximum(areas(corners), 1e-6), np.float32)
