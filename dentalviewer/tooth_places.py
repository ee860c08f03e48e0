"""Where the places of both jaws lie on a radiograph, teeth being there or not.

Where teeth are missing, their places are estimated from the neighbours that are there
and the template of the arch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dentalviewer.arch import (
    ARCH_TEETH,
    LOWER_DECIDUOUS_ROW,
    LOWER_ROW,
    UPPER_DECIDUOUS_ROW,
    UPPER_ROW,
    USUAL_HEIGHT,
    USUAL_SCALE,
    USUAL_WIDTH,
    Arch,
    fit_arch,
)
from dentalviewer.dentition import Tooth, successor_of
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

# The root region of a tooth's box is its apical 62 %, as the training data have it.
ROOT_SHARE = 0.62
# A restoration ends somewhere in the crown; roots of the tooth above do not reach here.
CROWN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Places:
    """The box of every place of both jaws; `found` are those of teeth that are there.

    A place is that of a permanent tooth, or of a deciduous one that was found. `vacant`
    are those where a person pointed at what is no such tooth, `doubted` those found
    whose number may be another. `unit` is the usual width of a tooth in pixels;
    `crowns` are the crown regions of the upper and the lower jaw, `roots` the root
    regions of the `found` and the `vacant`.
    """

    boxes: Mapping[Tooth, Box]
    found: frozenset[Tooth]
    unit: float
    crowns: tuple[Mapping[Tooth, Box], ...]
    roots: Mapping[Tooth, Box]
    vacant: frozenset[Tooth] = frozenset()
    doubted: frozenset[Tooth] = frozenset()


# While a review is edited its teeth stay the same.
@lru_cache(maxsize=8)
def places_of(
    teeth: tuple[Finding, ...], vacant: tuple[tuple[Tooth, Box], ...] = ()
) -> Places | None:
    """Of numbered teeth, in pixels; None if none is permanent or they fit no mouth.

    `vacant` are places that have no tooth; neither they nor deciduous teeth tell where
    others lie.
    """
    known = {t.tooth: t.box for t in teeth if t.tooth}
    permanent = {tooth: box for tooth, box in known.items() if tooth in ARCH_TEETH}
    if not permanent:
        return None
    arch = _arch_of(permanent)
    if arch.scale <= 0:
        return None
    free = {t: box for t, box in vacant if t in ARCH_TEETH and t not in known}
    pointed_at = known | free
    jaws = [
        _row_boxes(row, permanent, arch)
        | {t: pointed_at[t] for t in (*row, *deciduous) if t in pointed_at}
        for row, deciduous in (
            (UPPER_ROW, UPPER_DECIDUOUS_ROW),
            (LOWER_ROW, LOWER_DECIDUOUS_ROW),
        )
    ]
    boxes = {tooth: box for jaw in jaws for tooth, box in jaw.items()}
    return Places(
        boxes,
        frozenset(known),
        USUAL_WIDTH * arch.scale,
        tuple(
            {tooth: crown_region(tooth, box) for tooth, box in jaw.items()}
            for jaw in jaws
        ),
        {
            tooth: root_region(tooth, box)
            for tooth, box in boxes.items()
            if tooth in pointed_at
        },
        frozenset(free),
        frozenset(t.tooth for t in teeth if t.tooth and t.tooth_in_doubt),
    )


def off_picture(places: Places, size: Size) -> frozenset[Tooth]:
    """The places that a picture of that size does not show whole: of none of them can
    be told that its tooth is missing. Of a jaw without teeth where most are such, all;
    where a deciduous tooth would stand goes by its successor.
    """
    off: set[Tooth] = set()
    for row in (UPPER_ROW, LOWER_ROW):
        cut = {
            tooth
            for tooth in row
            if tooth not in places.found
            and not _is_whole(places.boxes[tooth], places.unit, size)
        }
        alone = places.found.isdisjoint(row) and 2 * len(cut) > len(row)
        off |= set(row) if alone else cut
    deciduous = (*UPPER_DECIDUOUS_ROW, *LOWER_DECIDUOUS_ROW)
    off |= {tooth for tooth in deciduous if successor_of(tooth) in off}
    return frozenset(off - places.found)


def _is_whole(box: Box, unit: float, size: Size) -> bool:
    """Whether a tooth of the usual size is inside the picture there.

    Teeth that a rim cuts are found up to it, and places beside them are estimated as
    low as they are: the end away from the rim tells where a tooth lies.
    """
    width = max(box.width, unit)
    height = max(box.height, unit * USUAL_HEIGHT / USUAL_WIDTH)
    return (
        width <= box.x_max
        and box.x_min + width <= size.width
        and height <= box.y_max
        and box.y_min + height <= size.height
    )


def _row_boxes(
    row: Sequence[Tooth], known: Mapping[Tooth, Box], arch: Arch
) -> dict[Tooth, Box]:
    """Every place of a row: as found, or as the template and the neighbours say."""
    there = [index for index, tooth in enumerate(row) if tooth in known]
    heights = [known[row[index]].height for index in there]
    height = sum(heights) / len(heights) if heights else USUAL_HEIGHT * arch.scale
    boxes = {}
    for index, tooth in enumerate(row):
        if tooth in known:
            boxes[tooth] = known[tooth]
            continue
        x, y = arch.place(tooth)
        dx, dy = _shift(index, row, there, known, arch)
        half = USUAL_WIDTH * arch.scale / 2
        x, y = x + dx, y + dy
        boxes[tooth] = Box(x - half, y - height / 2, x + half, y + height / 2)
    return boxes


def _shift(
    index: int,
    row: Sequence[Tooth],
    there: Sequence[int],
    known: Mapping[Tooth, Box],
    arch: Arch,
) -> tuple[float, float]:
    """How far from the template a missing tooth lies: as its neighbours do."""
    shifts = []
    for neighbour in (
        max((i for i in there if i < index), default=None),
        min((i for i in there if i > index), default=None),
    ):
        if neighbour is not None:
            (x, y), (own_x, own_y) = (
                known[row[neighbour]].center,
                arch.place(row[neighbour]),
            )
            shifts.append((abs(index - neighbour), x - own_x, y - own_y))
    if not shifts:
        return 0.0, 0.0
    # The nearer neighbour tells more.
    weights = [1 / distance for distance, _, _ in shifts]
    total = sum(weights)
    return (
        sum(w * dx for w, (_, dx, _) in zip(weights, shifts, strict=True)) / total,
        sum(w * dy for w, (_, _, dy) in zip(weights, shifts, strict=True)) / total,
    )


def root_region(tooth: Tooth, box: Box) -> Box:
    """The apical part of a tooth's box, where a root filling lies."""
    height = ROOT_SHARE * box.height
    if _is_upper(tooth):
        return Box(box.x_min, box.y_min, box.x_max, box.y_min + height)
    return Box(box.x_min, box.y_max - height, box.x_max, box.y_max)


def crown_region(tooth: Tooth, box: Box) -> Box:
    """The part of a tooth's box where a restoration lies."""
    height = CROWN_SHARE * box.height
    if _is_upper(tooth):
        return Box(box.x_min, box.y_max - height, box.x_max, box.y_max)
    return Box(box.x_min, box.y_min, box.x_max, box.y_min + height)


def _is_upper(tooth: Tooth) -> bool:
    return tooth in UPPER_ROW or tooth in UPPER_DECIDUOUS_ROW


def _arch_of(teeth: Mapping[Tooth, Box]) -> Arch:
    # The size of the arch, so far as the place of the teeth does not tell it.
    width = sum(box.width for box in teeth.values()) / len(teeth)
    return fit_arch(teeth, width / USUAL_WIDTH / USUAL_SCALE)
