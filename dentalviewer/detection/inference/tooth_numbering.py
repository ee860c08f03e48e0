"""From a network's tooth candidates to teeth whose numbers obey anatomy.

Each jaw has sixteen places in a row. The candidates of a jaw, ordered from the
patient's right to left, are assigned to places so that no place is taken twice and
their order is kept, by dynamic programming over the whole arch (`RowAlignment`),
maximising the sum of what the network says for each number and of how well the
distances between neighbours suit the numbers. A sure tooth that fits no place is kept
without a number; a doubtful one is a tooth only where it fits the row. A number is in
doubt where other numberings of the row, that give the tooth another one, are worth
nearly as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np

from dentalviewer.arch import (
    ARCH_TEETH,
    LOWER_ROW,
    UPPER_ROW,
    USUAL_HEIGHT,
    USUAL_SCALE,
    USUAL_WIDTH,
    Arch,
    fit_arch,
)
from dentalviewer.dentition import Tooth
from dentalviewer.detection.inference.overlaps import corners_of, ious
from dentalviewer.detection.inference.row_alignment import Floats, RowAlignment
from dentalviewer.geometry import Box, iou
from dentalviewer.stated_teeth import UNNUMBERED_LABEL
from dentalviewer.study import Finding

# Two candidates that overlap by more are one tooth, whatever numbers they bear.
SAME_TOOTH_IOU = 0.4
# Of one tooth's candidates, those that overlap the best by more have a say on its box.
SAME_OUTLINE_IOU = 0.6
# A tooth is one by itself from SURE on; between the two where it fits into the row.
SURE, LEAST = 0.4, 0.2
# What a number is worth that the network does not mention for a tooth.
UNMENTIONED = 0.02
# A sure tooth is left without a number where no free place suits it better than this.
UNNUMBERED = 0.012
# A doubtful one is left out where its number is worth less.
DOUBTFUL = 0.35
# How much the distances between neighbours count beside the network's word; how far, in
# arch units, they usually are from the template's; and what a fitting one is worth.
SPACING_WEIGHT = 0.5
SPACING_SPREAD = 0.04
SPACING_FITS = 0.3
# A number that fewer of the possible numberings agree on is in doubt. On the validation
# radiographs these are 4 of 100 numbers, and among them half of those that are wrong.
TEMPERATURE, AS_GOOD_AS_SURE = 0.7, 0.7
# Fewer teeth, or teeth that lie further from the template than this, in arch units and
# on average, are no dental arches; one in 266 radiographs with its seven teeth apart
# from each other is further away than 0.062.
FEWEST, FURTHEST = 4, 0.085
# How much of the arches a picture has to show, in arch units: they are 1 wide. All of
# 299 radiographs are 1.65 wide or more, cropped to their teeth 1.00, and the midline is
# 0.46 or more from either rim. Of 798 cuts of a third of the width three show as much.
NARROWEST, MIDLINE_INSIDE = 0.98, 0.35
# How tall the teeth may be for their width and their arch, the usual ones being 1. On
# 299 radiographs it is 1.93 at most; stretched to double their height they have 2.38 or
# more, and wrong numbers.
TALLEST = 2.15


@dataclass(frozen=True, slots=True)
class _Found:
    """One tooth: its box, and the best score for each number."""

    box: Box
    score: float
    scores: Mapping[Tooth, float]

    @property
    def is_upper(self) -> bool:
        upper = sum(s for tooth, s in self.scores.items() if tooth.is_upper)
        return upper * 2 >= sum(self.scores.values())


@dataclass(frozen=True, slots=True)
class _Numbered:
    found: _Found
    number: Tooth | None = None
    in_doubt: bool = False


def number_teeth(candidates: Sequence[Finding], extent: Box) -> tuple[Finding, ...]:
    """The teeth among candidates labelled by FDI number, each number at most once.

    A finding's label is its number as text, UNNUMBERED_LABEL for one that fits no place
    of the row; its score is the best of its candidates, and its tooth is in doubt where
    another number would do nearly as well. Where they do not form dental
    arches, as in a photograph, or `extent` does not show those of both sides, none
    has a number.
    """
    found = [tooth for tooth in _gathered(candidates) if tooth.score >= LEAST]
    scale = _arch_scale(found)
    numbered = []
    for is_upper, row in ((True, UPPER_ROW), (False, LOWER_ROW)):
        jaw = [tooth for tooth in found if tooth.is_upper is is_upper]
        numbered += _numbered(jaw, row, scale)
    numbered.sort(key=lambda each: -each.found.score)
    boxes = {each.number: each.found.box for each in numbered if each.number}
    if not are_arches(boxes, extent):
        sure = (each.found for each in numbered if each.found.score >= SURE)
        numbered = [_Numbered(tooth) for tooth in sure]
    return tuple(
        Finding(
            each.found.box,
            str(each.number or UNNUMBERED_LABEL),
            each.number,
            each.found.score,
            tooth_in_doubt=each.in_doubt,
        )
        for each in numbered
    )


def are_arches(teeth: Mapping[Tooth, Box], extent: Box) -> bool:
    """Whether numbered teeth lie as on a panoramic radiograph that lies there."""
    if len(teeth) < FEWEST:
        return False
    tooth_width = sum(box.width for box in teeth.values()) / len(teeth)
    arch = fit_arch(teeth, tooth_width / USUAL_WIDTH / USUAL_SCALE)
    if not _shows(extent, arch):
        return False
    if _tallness(teeth, arch) > TALLEST:
        return False
    places = np.array([arch.place(tooth) for tooth in teeth])
    centers = np.array([box.center for box in teeth.values()])
    away = np.hypot(*(centers - places).T) / arch.scale
    return float(np.sqrt((away**2).mean())) <= FURTHEST


def _shows(extent: Box, arch: Arch) -> bool:
    """Whether the arches lie on it with both sides, as far as the hindmost molars."""
    beside = min(arch.x - extent.x_min, extent.x_max - arch.x) / arch.scale
    return extent.width >= NARROWEST * arch.scale and beside >= MIDLINE_INSIDE


def _tallness(teeth: Mapping[Tooth, Box], arch: Arch) -> float:
    """How tall teeth are for their width and for their arch: 1 for the usual ones.

    The square of their mean height, which stretching doubles, by what it leaves alone.
    """
    width = sum(box.width for box in teeth.values()) / len(teeth)
    height = sum(box.height for box in teeth.values()) / len(teeth)
    usual = USUAL_HEIGHT**2 / USUAL_WIDTH
    return height**2 / (width * arch.scale) / usual


def _gathered(candidates: Sequence[Finding]) -> list[_Found]:
    """One entry for each tooth, best first; the scores of all its candidates."""
    ordered = sorted(candidates, key=_score, reverse=True)
    corners = corners_of([candidate.box for candidate in ordered])
    overlaps = ious(corners, corners)
    groups: dict[int, list[Finding]] = {}
    for index, candidate in enumerate(ordered):
        best = list(groups)
        nearest = int(overlaps[index, best].argmax()) if best else -1
        if nearest < 0 or overlaps[index, best[nearest]] < SAME_TOOTH_IOU:
            groups[index] = [candidate]
        else:
            groups[best[nearest]].append(candidate)
    return [_joined(group) for group in groups.values()]


def _joined(group: Sequence[Finding]) -> _Found:
    """One tooth of its candidates, best first; the box is their weighted mean."""
    scores: dict[Tooth, float] = {}
    for candidate in group:
        scores.setdefault(Tooth.from_fdi(int(candidate.label)), _score(candidate))
    best = group[0]
    alike = [c for c in group if iou(c.box, best.box) >= SAME_OUTLINE_IOU]
    weights = [_score(c) for c in alike]
    sides = zip(*(c.box.corners for c in alike), strict=True)
    corners = (sum(map(mul, weights, side)) / sum(weights) for side in sides)
    return _Found(Box(*corners), _score(best), scores)


def _score(candidate: Finding) -> float:
    return 1.0 if candidate.score is None else candidate.score


def _arch_scale(found: Sequence[_Found]) -> float:
    """Pixels per arch unit, by the distances between surely numbered teeth."""
    sure = [tooth for tooth in found if tooth.score > SURE]
    if len(sure) < 2:
        return 0.0
    named = [max(tooth.scores, key=tooth.scores.__getitem__) for tooth in sure]
    places = np.array([ARCH_TEETH[tooth][0] for tooth in named])
    centers = np.array([tooth.box.center[0] for tooth in sure])
    spread = places - places.mean()
    if not spread.any():
        return 0.0
    return max(float(spread @ (centers - centers.mean()) / (spread @ spread)), 0.0)


def _numbered(
    found: Sequence[_Found], row: Sequence[Tooth], scale: float
) -> list[_Numbered]:
    """A jaw's teeth with the numbers that are worth most together."""
    teeth = sorted(found, key=lambda tooth: tooth.box.center[0])
    if not teeth:
        return []
    own = np.array([[_worth(tooth, number) for number in row] for tooth in teeth])
    aside = np.array([_worth_aside(tooth) for tooth in teeth])
    centers = np.array([tooth.box.center[0] for tooth in teeth])
    places = np.array([ARCH_TEETH[number][0] for number in row])
    alignment = RowAlignment(own, aside, _spacings(centers, places, scale))
    chosen, shares = alignment.best(), alignment.shares(TEMPERATURE)
    return [
        _Numbered(tooth, row[chosen[i]], bool(shares[i, chosen[i]] < AS_GOOD_AS_SURE))
        if i in chosen
        else _Numbered(tooth)
        for i, tooth in enumerate(teeth)
        if i in chosen or tooth.score >= SURE
    ]


def _worth(tooth: _Found, number: Tooth) -> float:
    score = tooth.scores.get(number, UNMENTIONED)
    return math.log(score if tooth.score >= SURE else score / DOUBTFUL)


def _worth_aside(tooth: _Found) -> float:
    """Of a sure tooth without a number, of a doubtful one that is none."""
    return math.log(UNNUMBERED) if tooth.score >= SURE else 0.0


def _spacings(centers: Floats, places: Floats, scale: float) -> Floats:
    """How well the distances between (n,) teeth suit (p,) places: (n, n, p, p).

    Minus infinity where the order would not be kept.
    """
    expected = places[None, :] - places[:, None]
    kept = np.where(expected > 0, 0.0, -np.inf)
    if scale <= 0:
        return np.broadcast_to(kept, (len(centers), len(centers), *kept.shape))
    distances = centers[None, :] - centers[:, None]
    off = (distances[:, :, None, None] / scale - expected) / SPACING_SPREAD
    # A few missing teeth let the others wander: beyond two spreads it counts no more.
    unlike = np.minimum(off * off / 2, 2.0)
    return np.asarray(kept + SPACING_WEIGHT * (SPACING_FITS - unlike))
