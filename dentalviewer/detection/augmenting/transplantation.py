"""Brings a treatment from one radiograph to another, with what is around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.example import Boxes, Example, covered
from dentalviewer.detection.augmenting.opacity import enlarged

# How much of its surroundings comes along, of the treatment's sides.
MARGIN = 0.2
# What is hidden by more of the patch is no longer asked for; by more, it is gone.
TOUCHED, GONE = 0.15, 0.6
# More of a treatment is as good as all of it.
WHOLE = 0.95


@dataclass(frozen=True, slots=True)
class Move:
    """Where points of one radiograph lie on another: scaled, then shifted.

    A negative factor exchanges left and right, or up and down.
    """

    factors: NDArray[np.float64]
    shift: NDArray[np.float64]

    def corners(self, corners: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 4) corners as they lie on the other radiograph."""
        pairs = corners.reshape(*corners.shape[:-1], 2, 2) * self.factors + self.shift
        low, high = pairs.min(axis=-2), pairs.max(axis=-2)
        return np.asarray(np.concatenate([low, high], axis=-1), np.float64)


def transplant(
    donor: Example, index: int, host: Example, head: str = "treatments"
) -> Example:
    """`host` with a treatment of `donor`, at the same place of the arches."""
    scale = host.window.width / donor.window.width
    shift = np.array(host.window.center) - np.array(donor.window.center) * scale
    patch = enlarged(donor.boxes[head].corners[index].astype(np.float64), MARGIN)
    return brought(donor, patch, host, Move(np.array([scale, scale]), shift))


def brought(
    donor: Example,
    patch: NDArray[np.float64],
    host: Example,
    move: Move,
    *,
    own_heads: frozenset[str] | None = None,
) -> Example:
    """`host` with the patch of `donor`, matched in grey value and softly blended in.

    `patch` are corners on the donor. What it hides is no longer asked for; what it
    brings whole is, in `own_heads` alone if they are given: elsewhere it means
    something else here. What it brings a part of is ignored. `host` itself if the patch
    does not lie within it.
    """
    left, top, right, bottom = np.round(move.corners(patch)).astype(int).tolist()
    height, width = host.pixels.shape
    if left < 0 or top < 0 or right > width or bottom > height:
        return host
    # Pixel centres lie half a pixel after the edges that the move maps.
    offset = move.shift + move.factors * 0.5 - 0.5 - [left, top]
    new = cv2.warpAffine(
        donor.pixels,
        np.column_stack([np.diag(move.factors), offset]),
        (right - left, bottom - top),
        borderMode=cv2.BORDER_REFLECT,
    )
    pixels = host.pixels.copy()
    below = pixels[top:bottom, left:right]
    pixels[top:bottom, left:right] = _blended(np.asarray(new, np.uint8), below)
    area = np.array([left, top, right, bottom], dtype=np.float32)
    boxes = {}
    for name, found in host.boxes.items():
        hidden = covered(found.corners, area)
        kept = replace(found, ignored=found.ignored | (hidden > TOUCHED))
        boxes[name] = kept.where(hidden < GONE).joined(
            _brought_boxes(donor.boxes[name], move, area, name, own_heads)
        )
    teeth = tuple(
        outline for outline in host.teeth if covered(outline.bounds[None], area) < GONE
    )
    return replace(host, pixels=pixels, boxes=boxes, teeth=teeth)


def _brought_boxes(
    boxes: Boxes,
    move: Move,
    area: NDArray[np.float32],
    name: str,
    own_heads: frozenset[str] | None,
) -> Boxes:
    moved = replace(boxes, corners=move.corners(boxes.corners).astype(np.float32))
    brought_along = covered(moved.corners, area)
    in_part = brought_along <= WHOLE
    if own_heads is not None and name not in own_heads:
        in_part[:] = True
    cut = np.concatenate(
        [
            np.maximum(moved.corners[:, :2], area[:2]),
            np.minimum(moved.corners[:, 2:], area[2:]),
        ],
        axis=1,
    )
    corners = np.where(in_part[:, None], cut, moved.corners)
    found = Boxes(corners, moved.label_indices, moved.ignored | in_part)
    return found.where(brought_along > TOUCHED)


def _blended(new: NDArray[np.uint8], below: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = below.shape
    rim_x, rim_y = max(2, width // 7), max(2, height // 7)
    across = np.minimum(np.arange(width) + 0.5, width - np.arange(width) - 0.5)
    down = np.minimum(np.arange(height) + 0.5, height - np.arange(height) - 0.5)
    opacity = np.outer(np.minimum(down / rim_y, 1), np.minimum(across / rim_x, 1))
    # Bone around the treatment tells how bright the patch has to be.
    rim = opacity < 0.5
    shifted = matched(new, float(np.median(new[rim])), float(np.median(below[rim])))
    mixed = opacity * shifted + (1 - opacity) * below
    return np.clip(mixed.round(), 0, 255).astype(np.uint8)


def matched(
    grey: NDArray[np.uint8], ground: float, wanted: float
) -> NDArray[np.float64]:
    """Grey values with the `ground` as bright as wanted; what is white stays so."""
    share = (255.0 - grey) / max(255.0 - ground, 1.0)
    return np.asarray(grey + (wanted - ground) * share, np.float64)
