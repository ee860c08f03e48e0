"""Implants where there was none: in a gap of the row, or in place of a tooth.

There are few implants to learn from, and each stands at one place. What a radiograph
shows of one is brought to another place with the bone around it, turned over where the
jaw is the other one, and its boxes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dentalviewer.arch import ARCH_TEETH, LOWER_ROW, UPPER_ROW, arch_in
from dentalviewer.dentition import Tooth
from dentalviewer.detection.augmenting.example import (
    Boxes,
    Example,
    ToothOutline,
    covered,
)
from dentalviewer.detection.augmenting.opacity import enlarged
from dentalviewer.detection.augmenting.transplantation import MARGIN, Move, brought

# How much larger or smaller an implant may become.
LEAST_SCALE, MOST_SCALE = 0.75, 1.3
# A gap narrower than this part of the teeth beside it has no room.
LEAST_ROOM = 0.55
# An implant is narrower than a tooth: how much more of its surroundings may come along
# to hide it.
MOST_MARGIN = 0.5


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


def implant(
    donor: Example, index: int, host: Example, site: Site, head: str = "treatments"
) -> Example:
    """`host` with an implant of `donor` where a tooth of the site's size would be.

    `host` itself if the implant does not fit there.
    """
    box = donor.boxes[head].corners[index].astype(np.float64)
    size, room = box[2:] - box[:2], site.corners[2:] - site.corners[:2]
    scale = float(room[1] / size[1])
    hiding = 0.0 if site.is_gap else (1.1 * room[0] / scale / size[0] - 1) / 2
    margin = max(MARGIN, hiding)
    if not LEAST_SCALE <= scale <= MOST_SCALE or margin > MOST_MARGIN:
        return host
    turns_over = _is_upper(donor, box) != site.is_upper
    factors = np.array([scale, -scale if turns_over else scale])
    center = (site.corners[:2] + site.corners[2:]) / 2
    move = Move(factors, center - (box[:2] + box[2:]) / 2 * factors)
    patch = enlarged(box, MARGIN)
    patch[[0, 2]] = box[0] - margin * size[0], box[2] + margin * size[0]
    # The teeth that come along would bear the numbers of another place.
    return brought(donor, patch, host, move, own_heads=frozenset({head}))


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
) -> list[tuple[Example, int]]:
    """Each implant that is sure, with the radiograph that shows it."""
    return [
        (example, index)
        for example in examples
        for index in np.flatnonzero(
            (example.boxes[head].label_indices == label_index)
            & ~example.boxes[head].ignored
        ).tolist()
    ]
