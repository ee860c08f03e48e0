"""Which findings of two readers lie at the same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dentalviewer.geometry import iou
from dentalviewer.study import Finding

# The extent of a restoration or a root filling is a convention that readers draw
# differently, so the same place needs less overlap than in COCO (0.5).
SAME_PLACE_IOU = 0.3


@dataclass(frozen=True, slots=True)
class Matching:
    """Indices of pairs, and of what found no partner, in the order given."""

    pairs: tuple[tuple[int, int], ...]
    only_first: tuple[int, ...]
    only_second: tuple[int, ...]


def match(
    first: Sequence[Finding],
    second: Sequence[Finding],
    *,
    min_iou: float = SAME_PLACE_IOU,
    same_label: bool = True,
) -> Matching:
    """Pair findings one to one, the pair that overlaps most first.

    With `same_label`, only findings of one class are paired.
    """
    overlaps = sorted(
        (
            (iou(a.box, b.box), i, j)
            for i, a in enumerate(first)
            for j, b in enumerate(second)
            if not same_label or a.label == b.label
        ),
        key=lambda overlap: (-overlap[0], overlap[1], overlap[2]),
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for overlap, i, j in overlaps:
        if overlap >= min_iou and i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    return Matching(
        tuple(sorted(partner.items())),
        tuple(i for i in range(len(first)) if i not in partner),
        tuple(j for j in range(len(second)) if j not in taken),
    )
