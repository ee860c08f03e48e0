"""Implants where there was none: in a gap of the row, or in place of a tooth.

There are few implants to learn from, and each stands at one place. One is cut out of
the bone around it and put where a tooth was, turned over where the jaw is the other
one, and its boxes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dentalviewer.arch import ARCH_TEETH, LOWER_ROW, UPPER_ROW, arch_in
from dentalviewer.dentition import Tooth
from dentalviewer.detection.augmenting.cutting_out import CutOut, cut_out, stand
from dentalviewer.detection.augmenting.example import (
    Boxes,
    Example,
    ToothOutline,
    covered,
)
from dentalviewer.detection.augmenting.moves import Move
from dentalviewer.detection.augmenting.opacity import enlarged

# How much larger or smaller an implant may become.
LEAST_SCALE, MOST_SCALE = 0.75, 1.3
# A gap narrower than this part of the teeth beside it has no room.
LEAST_ROOM = 0.55
# Of a tooth's height, what an implant without a crown takes, at the root.
FIXTURE_SHARE = 0.64
# How much wider than the room for it an implant may be.
MOST_WIDTH = 1.1


@dataclass(frozen=True, slots=True)
class Implant:
    """One that can be brought to other radiographs, and the one that shows it, where
    its box has this index.
    """

    example: Example
    index: int
    thing: CutOut
    is_upper: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Room for an implant: x_min, y_min, x_max, y_max of a tooth, or of a gap."""

    corners: NDArray[np.float64]
    is_upper: bool
    is_gap: bool = False


def sites(example: Example, head: str = "treatments") -> list[Site]:
    """The gaps between teeth, and the teeth themselves, where nothing was treated."""
    outlines = {outline.tooth: outline for outline in example.teeth}
    found = []
    for is_upper, row in ((True, UPPER_ROW), (False, LOWER_ROW)):
        present = [tooth for tooth in row if tooth in outlines]
        bounds = [outlines[tooth].bounds.astype(np.float64) for tooth in present]
        found += [Site(corners, is_upper) for corners in bounds]
        for before, after in pairwise(present):
            missing = row.index(after) - row.index(before) - 1
            gaps = _gaps(outlines[before], outlines[after], missing)
            found += [Site(corners, is_upper, is_gap=True) for corners in gaps]
    return [site for site in found if _is_free(site.corners, example.boxes[head])]


def implanted(
    implant: Implant, host: Example, site: Site, head: str = "treatments"
) -> Example:
    """`host` with an implant where a tooth of the site's size would be, or is.

    `host` itself if it does not fit there.
    """
    move = _move(implant, site)
    if move is None:
        return host
    reach = enlarged(move.corners(implant.thing.reach), 0.05)
    if (covered(host.boxes[head].corners, reach) > 0).any():
        return host
    return stand(implant.thing, host, move, head, place=site.corners)


def _move(implant: Implant, site: Site) -> Move | None:
    """From where it was cut out to its site; None where it does not fit."""
    whole, room = implant.thing.reach, site.corners.copy()
    if len(implant.thing.boxes.corners) == 1:
        # Where a crown would be, nothing is.
        crown = (1 - FIXTURE_SHARE) * (room[3] - room[1])
        room += [0, 0, 0, -crown] if site.is_upper else [0, crown, 0, 0]
    size, wanted = whole[2:] - whole[:2], room[2:] - room[:2]
    scale = float(wanted[1] / size[1])
    fits = size[0] * scale <= wanted[0] * MOST_WIDTH
    if not LEAST_SCALE <= scale <= MOST_SCALE or not fits:
        return None
    turns_over = implant.is_upper != site.is_upper
    factors = np.array([scale, -scale if turns_over else scale])
    centers = [(each[:2] + each[2:]) / 2 for each in (room, whole)]
    return Move(factors, centers[0] - centers[1] * factors)


def _gaps(
    before: ToothOutline, after: ToothOutline, missing: int
) -> list[NDArray[np.float64]]:
    """Where the missing teeth between two would stand, if there is room for them."""
    first, last = before.bounds, after.bounds
    width = (last[0] - first[2]) / max(missing, 1)
    usual = (first[2] - first[0] + last[2] - last[0]) / 2
    if not missing or width < LEAST_ROOM * usual:
        return []
    top, bottom = (first[1] + last[1]) / 2, (first[3] + last[3]) / 2
    lefts = first[2] + width * np.arange(missing)
    return [np.array([x, top, x + width, bottom], np.float64) for x in lefts]


def _is_free(corners: NDArray[np.float64], boxes: Boxes) -> bool:
    return not (covered(boxes.corners, enlarged(corners, 0.1)) > 0).any()


def _is_upper(example: Example, corners: NDArray[np.float64]) -> bool:
    """By the tooth of the usual arches that stands nearest."""
    arch = arch_in(example.window)
    x, y = (corners[:2] + corners[2:]) / 2

    def away(tooth: Tooth) -> float:
        place = arch.place(tooth)
        return float(np.hypot(place[0] - x, place[1] - y))

    return min(ARCH_TEETH, key=away).is_upper


def find_implants(
    examples: Sequence[Example], label_index: int, head: str = "treatments"
) -> list[Implant]:
    """Each implant that is sure and whose edge is seen."""
    found = []
    for example in examples:
        boxes = example.boxes[head]
        sure = (boxes.label_indices == label_index) & ~boxes.ignored
        for index in np.flatnonzero(sure).tolist():
            thing = cut_out(example, index, head)
            if thing is not None:
                box = boxes.corners[index].astype(np.float64)
                found.append(Implant(example, index, thing, _is_upper(example, box)))
    return found
