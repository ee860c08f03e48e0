"""Brings a treatment from one radiograph to another, with what is around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.cutting_out import (
    GONE,
    TOUCHED,
    CutOut,
    stand,
    unhidden,
)
from dentalviewer.detection.augmenting.example import Boxes, Example, covered
from dentalviewer.detection.augmenting.moves import Move, matched
from dentalviewer.detection.augmenting.opacity import enlarged

# How much of its surroundings comes along, of the treatment's sides.
MARGIN = 0.2
# More of a treatment is as good as all of it.
WHOLE = 0.95


@dataclass(frozen=True, slots=True)
class Donor:
    """The radiograph with the finding of this index, which may be brought to others.

    `thing` is what was cut out, of an implant: it stands for itself, where any other
    treatment belongs to the tooth around it.
    """

    example: Example
    index: int
    thing: CutOut | None = None


def transplant(donor: Donor, host: Example, head: str = "treatments") -> Example:
    """`host` with a treatment of `donor`, at the same place of the arches.

    What was cut out stands there; else it comes with what is around it, matched in grey
    value and softly blended in: what that hides is no longer asked for, what it brings
    whole is, and what it brings a part of is ignored. `host` itself if it does not lie
    within it.
    """
    shown = donor.example
    scale = host.window.width / shown.window.width
    shift = np.array(host.window.center) - np.array(shown.window.center) * scale
    move = Move(np.array([scale, scale]), shift)
    if donor.thing is not None:
        moved = replace(move, shift=shift + donor.thing.origin * scale)
        return stand(donor.thing, host, moved, head)
    own = shown.boxes[head].corners[donor.index]
    patch = enlarged(own.astype(np.float64), MARGIN)
    left, top, right, bottom = np.round(move.corners(patch)).astype(int).tolist()
    height, width = host.pixels.shape
    if left < 0 or top < 0 or right > width or bottom > height:
        return host
    new = move.warped(shown.pixels, (left, top, right, bottom))
    pixels = host.pixels.copy()
    below = pixels[top:bottom, left:right]
    pixels[top:bottom, left:right] = _blended(new, below)
    area = np.array([left, top, right, bottom], dtype=np.float32)
    boxes = {}
    for name, found in host.boxes.items():
        brought = _brought_boxes(shown.boxes[name], move, area)
        boxes[name] = unhidden(found, area).joined(brought)
    teeth = tuple(
        outline for outline in host.teeth if covered(outline.bounds[None], area) < GONE
    )
    return replace(host, pixels=pixels, boxes=boxes, teeth=teeth)


def _brought_boxes(boxes: Boxes, move: Move, area: NDArray[np.float32]) -> Boxes:
    moved = replace(boxes, corners=move.corners(boxes.corners).astype(np.float32))
    brought_along = covered(moved.corners, area)
    in_part = brought_along <= WHOLE
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
