"""From a network's tooth candidates to teeth whose numbers obey anatomy.

Each jaw has sixteen places in a row. The candidates of a jaw, ordered from the
patient's right to left, are assigned to places so that no place is taken twice and
their order is kept, by dynamic programming over the whole arch: an order-preserving
alignment with gaps (Needleman & Wunsch 1970), maximising the sum of what the network
says for each number and of how well the distances between neighbours suit the numbers.
A tooth that fits no place is kept without a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dentalviewer.dentition import Tooth
from dentalviewer.detection.arch import ARCH_TEETH
from dentalviewer.geometry import Box, iou
from dentalviewer.study import Finding

UPPER = tuple(Tooth(1, n) for n in range(8, 0, -1)) + tuple(
    Tooth(2, n) for n in range(1, 9)
)
LOWER = tuple(Tooth(4, n) for n in range(8, 0, -1)) + tuple(
    Tooth(3, n) for n in range(1, 9)
)

# Two candidates that overlap by more are one tooth, whatever numbers they bear.
SAME_TOOTH_IOU = 0.5
# What a number is worth that the network does not mention for a tooth.
UNMENTIONED = 0.004
# A tooth is left without a number where the best that fits is worth less than this.
UNNUMBERED = 0.02
# How much the distances between neighbours count beside the network's word, and how
# far, in arch units, they usually are from the template's.
SPACING_WEIGHT = 0.5
SPACING_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class _Found:
    """One tooth: its best box, and the best score for each number."""

    box: Box
    score: float
    scores: Mapping[Tooth, float]

    @property
    def is_upper(self) -> bool:
        upper = sum(s for tooth, s in self.scores.items() if tooth.quadrant in (1, 2))
        return upper * 2 >= sum(self.scores.values())

    def worth(self, tooth: Tooth) -> float:
        return math.log(self.scores.get(tooth, UNMENTIONED))


def number_teeth(
    candidates: Sequence[Finding], *, threshold: float = 0.3
) -> tuple[Finding, ...]:
    """The teeth among candidates labelled by FDI number, each number at most once.

    A finding's label is its number as text, "tooth" for one that fits no place of the
    row; its score is the best of its candidates. Teeth below `threshold` are left out.
    """
    found = [tooth for tooth in _gathered(candidates) if tooth.score >= threshold]
    upper = [tooth for tooth in found if tooth.is_upper]
    lower = [tooth for tooth in found if not tooth.is_upper]
    scale = _arch_scale(found)
    numbered = [
        *_numbered(upper, UPPER, scale),
        *_numbered(lower, LOWER, scale),
    ]
    return tuple(
        Finding(tooth.box, str(number or "tooth"), number, tooth.score)
        for tooth, number in numbered
    )


def _gathered(candidates: Sequence[Finding]) -> list[_Found]:
    """One entry for each tooth, best first; the scores of all its candidates."""
    boxes: list[Box] = []
    scores: list[dict[Tooth, float]] = []
    for candidate in sorted(candidates, key=lambda f: f.score or 0.0, reverse=True):
        tooth, score = Tooth.from_fdi(int(candidate.label)), candidate.score or 0.0
        overlaps = [iou(candidate.box, box) for box in boxes]
        nearest = max(range(len(boxes)), key=overlaps.__getitem__, default=-1)
        if nearest < 0 or overlaps[nearest] < SAME_TOOTH_IOU:
            boxes.append(candidate.box)
            scores.append({tooth: score})
        else:
            known = scores[nearest]
            known[tooth] = max(known.get(tooth, 0.0), score)
    return [
        _Found(box, max(by_tooth.values()), by_tooth)
        for box, by_tooth in zip(boxes, scores, strict=True)
    ]


def _arch_scale(found: Sequence[_Found]) -> float:
    """Pixels per arch unit, by the distances between surely numbered teeth."""
    sure = [
        (
            tooth.box.center[0],
            ARCH_TEETH[max(tooth.scores, key=tooth.scores.__getitem__)][0],
        )
        for tooth in found
        if tooth.score > 0.5
    ]
    if len(sure) < 2:
        return 0.0
    mean_x = sum(x for x, _ in sure) / len(sure)
    mean_place = sum(place for _, place in sure) / len(sure)
    spread = sum((place - mean_place) ** 2 for _, place in sure)
    shared = sum((x - mean_x) * (place - mean_place) for x, place in sure)
    return max(shared / spread, 0.0) if spread > 0 else 0.0


def _numbered(
    found: Sequence[_Found], row: Sequence[Tooth], scale: float
) -> list[tuple[_Found, Tooth | None]]:
    """The best order-preserving assignment of a jaw's teeth to its places.

    `best[i][p]` is the worth of the best assignment of the first i + 1 teeth in which
    tooth i has place p; teeth without a number in between pay for it.
    """
    teeth = sorted(found, key=lambda tooth: tooth.box.center[0])
    start = (-1, -1)
    # (last numbered tooth, its place) -> worth and the state before.
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {start: (0.0, start)}
    unnumbered = math.log(UNNUMBERED)
    for index, tooth in enumerate(teeth):
        for place, number in enumerate(row):
            own = tooth.worth(number)
            options = [
                (
                    worth
                    + (index - before[0] - 1) * unnumbered
                    + own
                    + _spacing(teeth, row, before, (index, place), scale),
                    before,
                )
                for before, (worth, _) in best.items()
                if before[0] < index and before[1] < place
            ]
            best[index, place] = max(options, key=lambda option: option[0])
    state = max(best, key=lambda s: best[s][0] + (len(teeth) - 1 - s[0]) * unnumbered)
    places: dict[int, Tooth] = {}
    while state != start:
        places[state[0]] = row[state[1]]
        state = best[state][1]
    return [(tooth, places.get(index)) for index, tooth in enumerate(teeth)]


def _spacing(
    teeth: Sequence[_Found],
    row: Sequence[Tooth],
    before: tuple[int, int],
    after: tuple[int, int],
    scale: float,
) -> float:
    """How well the distance between two numbered neighbours suits their places."""
    if before[0] < 0 or scale <= 0:
        return 0.0
    distance = teeth[after[0]].box.center[0] - teeth[before[0]].box.center[0]
    expected = ARCH_TEETH[row[after[1]]][0] - ARCH_TEETH[row[before[1]]][0]
    off = (distance / scale - expected) / SPACING_SPREAD
    # A few missing teeth let the others wander: beyond two spreads it counts no more.
    return -SPACING_WEIGHT * min(off * off / 2, 2.0)
