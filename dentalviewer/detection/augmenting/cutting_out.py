"""Cuts what is as bright as metal out of one radiograph, and stands it in another.

Only the thing itself is brought along, so that no seam is left around it: an implant,
with its crown if that is its own. Teeth in whose place it stands are taken out first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.example import (
    Boxes,
    Example,
    ToothOutline,
    covered,
)
from dentalviewer.detection.augmenting.moves import Move, matched
from dentalviewer.detection.augmenting.opacity import (
    Area,
    box_filled,
    enlarged,
    filled,
    grown,
    pixel_area,
    union,
)

# A crown that is wider than what it stands on by more is joined to others.
WIDEST_CROWN = 2.6
# How much brighter than the bone a thing has to be for its edge to be seen.
LEAST_CONTRAST = 30
# An outline that fills its box by less, or by more, is that of something else.
LEAST_FILLED, MOST_FILLED = 0.35, 0.97
# A thing may go on outside its box along this part of its edge, as into a bridge.
MOST_CUT = 0.18
# How soft an edge is, in pixels.
EDGE = 0.7
# A tooth that is covered by more, of its box, cannot be there any more.
REPLACED = 0.25
# What is hidden by more is no longer asked for; by more, it is gone.
TOUCHED, GONE = 0.15, 0.6
# Grey values by which neighbouring pixels of bone differ at most.
GRAIN = 12


@dataclass(frozen=True, slots=True)
class CutOut:
    """A finding without what is around it.

    `pixels` and `opacity`, 0 to 1, are (h, w); `boxes` lie on them, its own first and
    that of its own crown after it. `ground` is the grey value of the bone around it,
    `origin` (2,) where on its radiograph they begin.
    """

    pixels: NDArray[np.uint8]
    opacity: NDArray[np.float64]
    boxes: Boxes
    ground: float
    origin: NDArray[np.float64]

    @property
    def reach(self) -> NDArray[np.float64]:
        """x_min, y_min, x_max, y_max of all of it."""
        return union(self.boxes.corners.astype(np.float64))


def cut_out(example: Example, index: int, head: str = "treatments") -> CutOut | None:
    """The finding of this index; None where it is not brighter than what is around it,
    or fills its box as nothing does that has an edge of its own.
    """
    boxes = example.boxes[head]
    near = [index, *_in_line(boxes, index)]
    reach = union(boxes.corners[near].astype(np.float64))
    left, top, right, bottom = area = pixel_area(enlarged(reach, 0.35), example.pixels)
    grey = example.pixels[top:bottom, left:right]
    insides = [
        box_filled(enlarged(boxes.corners[each], 0.03), area) > 0.5 for each in near
    ]
    inside = np.any(insides, axis=0)
    if inside.all() or not inside.any():
        return None
    outline = _outline(grey, inside)
    if outline is None:
        return None
    ground = float(np.median(grey[~inside]))
    shares = [float(outline[each].mean()) for each in insides]
    contrast = float(np.median(grey[outline])) - ground
    if contrast < LEAST_CONTRAST or not LEAST_FILLED < shares[0] < MOST_FILLED:
        return None
    kept = [
        each for each, share in zip(near, shares, strict=True) if share > LEAST_FILLED
    ]
    corners = np.asarray(boxes.corners[kept] - [left, top, left, top], np.float32)
    soft = cv2.GaussianBlur(outline.astype(np.float64), (0, 0), EDGE)
    return CutOut(
        grey.copy(),
        np.asarray(soft, np.float64),
        Boxes(corners, boxes.label_indices[kept], boxes.ignored[kept]),
        ground,
        np.array([left, top], np.float64),
    )


def _outline(
    grey: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """The largest bright thing `inside`, with what is dark within it, such as the
    channel of a screw; None where it goes on outside along more than MOST_CUT.
    """
    level, _ = cv2.threshold(grey[inside], 0, 255, cv2.THRESH_OTSU)
    bright = grey > level
    metal = (bright & inside).astype(np.uint8)
    contours, _ = cv2.findContours(metal, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    drawn = np.zeros_like(metal)
    largest = max(contours, key=cv2.contourArea)
    outline = cv2.drawContours(drawn, [largest], -1, 1, cv2.FILLED)
    around = (cv2.dilate(outline, np.ones((3, 3), np.uint8)) > outline) & ~inside
    cut = np.count_nonzero(around & bright) / len(largest)
    return None if cut > MOST_CUT else outline > 0


def _in_line(boxes: Boxes, index: int) -> list[int]:
    """Of a crown that may stand on this alone; empty if there is none."""
    own, corners = boxes.corners[index], boxes.corners
    touches = covered(corners, enlarged(own, 0.15)) > 0
    is_narrow = corners[:, 2] - corners[:, 0] <= WIDEST_CROWN * (own[2] - own[0])
    middles = (corners[:, 0] + corners[:, 2]) / 2
    is_in_line = (middles > own[0]) & (middles < own[2])
    is_other = boxes.label_indices != boxes.label_indices[index]
    found = touches & is_narrow & is_in_line & is_other & ~boxes.ignored
    return [int(each) for each in np.flatnonzero(found)[:1]]


def stand(
    thing: CutOut,
    host: Example,
    move: Move,
    head: str = "treatments",
    *,
    place: NDArray[np.float64] | None = None,
) -> Example:
    """`host` with what was cut out; itself if that does not lie within it.

    What it covers is no longer asked for. Teeth in whose place it stands are taken out,
    where their outlines are known, and their boxes with them: those that it covers, or
    that stand in its `place`, x_min, y_min, x_max, y_max.
    """
    corners = move.corners(thing.boxes.corners)
    reach = union(corners)
    place = reach if place is None else place
    height, width = host.pixels.shape
    if (reach < 0).any() or reach[2] > width or reach[3] > height:
        return host
    pixels, teeth, boxes = host.pixels.copy(), [], dict(host.boxes)
    for outline in host.teeth:
        own = outline.bounds[None]
        if covered(own, reach) <= REPLACED and covered(own, place) < GONE:
            teeth.append(outline)
            continue
        _take_out(pixels, outline)
        boxes = {name: unhidden(b, outline.bounds) for name, b in boxes.items()}
    made = replace(thing.boxes, corners=corners.astype(np.float32))
    boxes[head] = unhidden(boxes[head], reach).joined(made)
    _put(pixels, thing, move, pixel_area(enlarged(reach, 0.3), pixels))
    return replace(host, pixels=pixels, boxes=boxes, teeth=tuple(teeth))


def unhidden(boxes: Boxes, area: NDArray[np.floating]) -> Boxes:
    """What is still there once the area shows something else."""
    hidden = covered(boxes.corners, area)
    kept = replace(boxes, ignored=boxes.ignored | (hidden > TOUCHED))
    return kept.where(hidden < GONE)


def _put(pixels: NDArray[np.uint8], thing: CutOut, move: Move, area: Area) -> None:
    left, top, right, bottom = area
    grey = move.warped(thing.pixels, area)
    opacity = move.warped(thing.opacity, area, around=cv2.BORDER_CONSTANT)
    below = pixels[top:bottom, left:right]
    around = float(np.median(below[opacity < 0.05]))
    mixed = opacity * matched(grey, thing.ground, around) + (1 - opacity) * below
    pixels[top:bottom, left:right] = np.clip(mixed.round(), 0, 255)


def _take_out(pixels: NDArray[np.uint8], outline: ToothOutline) -> None:
    """As if the tooth had been lost and the bone had healed."""
    area = pixel_area(enlarged(outline.bounds, 0.4), pixels)
    left, top, right, bottom = area
    hole = filled(grown(outline.points, 1.12), area)
    below = pixels[top:bottom, left:right]
    healed = cv2.inpaint(below, (hole > 0.05).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    width = float(outline.bounds[2] - outline.bounds[0])
    smooth = cv2.GaussianBlur(healed.astype(np.float64), (0, 0), width / 8)
    # The grain of the picture stays, without which it would look wiped.
    grain = below - cv2.GaussianBlur(below.astype(np.float64), (0, 0), 1.2)
    whole = smooth + np.clip(grain, -GRAIN, GRAIN)
    soft = cv2.GaussianBlur(hole, (0, 0), width / 16)
    mixed = soft * whole + (1 - soft) * np.where(hole > 0.05, healed, below)
    pixels[top:bottom, left:right] = np.clip(mixed.round(), 0, 255)
