"""Looks at one radiograph that differ, in size or as in a mirror, are surer than one.

Looking several times is known as test-time augmentation; what the looks say is joined
as by Solovyev et al., "Weighted boxes fusion" (Image and Vision Computing 107, 2021):
boxes that agree are averaged by score, and what only some looks have counts less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import mul

import numpy as np

from dentalviewer.detection.inference.overlaps import corners_of, ious
from dentalviewer.geometry import Box, iou
from dentalviewer.study import Finding

# Candidates of one label that overlap by more mean the same place.
SAME_PLACE_IOU = 0.6
# What overlaps a place's mean box by more than SAME_PLACE_IOU overlaps its first one,
# which the mean overlaps as much, by more than this: 1 - IoU is a distance.
NEAR_IOU = 2 * SAME_PLACE_IOU - 1.01
# Candidates of two looks that overlap by more are a pair.
PAIR_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Looks:
    """A radiograph's candidates as seen in three ways, each best first.

    Those of `straight` and `mirrored` lie where they are on the radiograph, but bear
    the labels as they were seen; those of `upside_down` lie on the one turned over.
    `extent` is where the radiograph lies in its picture, should that be a page.
    """

    straight: tuple[Finding, ...]
    mirrored: tuple[Finding, ...]
    upside_down: tuple[Finding, ...]
    extent: Box


def fused(looks: Sequence[Sequence[Finding]]) -> list[Finding]:
    """What several looks at one radiograph found, best first.

    Of the candidates of one look at one place, the best counts; a score is the mean
    over all looks, 0 where a look has nothing there.
    """
    candidates: dict[str, list[tuple[int, Finding]]] = {}
    for look, found in enumerate(looks):
        for each in found:
            candidates.setdefault(each.label, []).append((look, each))
    together = [
        each
        for alike in candidates.values()
        for each in _fused(alike, of_looks=len(looks))
    ]
    return sorted(together, key=score_of, reverse=True)


def _fused(candidates: list[tuple[int, Finding]], *, of_looks: int) -> list[Finding]:
    """The same of candidates of one label, each with the number of its look."""
    ordered = sorted(candidates, key=lambda entry: -score_of(entry[1]))
    corners = corners_of([candidate.box for _, candidate in ordered])
    near = ious(corners, corners) > NEAR_IOU
    places: dict[int, _Place] = {}
    for index, (look, candidate) in enumerate(ordered):
        known = [
            places[i]
            for i in np.flatnonzero(near[index, :index]).tolist()
            if i in places
        ]
        overlaps = [iou(candidate.box, place.box) for place in known]
        if max(overlaps, default=0.0) <= SAME_PLACE_IOU:
            places[index] = _Place(candidate.box, {look: candidate})
        else:
            known[overlaps.index(max(overlaps))].take(look, candidate)
    return [
        replace(
            next(iter(place.found.values())),
            box=place.box,
            score=sum(map(score_of, place.found.values())) / of_looks,
        )
        for place in places.values()
    ]


@dataclass(slots=True)
class _Place:
    """Each look's best candidate there, the very best first, and their mean box."""

    box: Box
    found: dict[int, Finding]

    def take(self, look: int, candidate: Finding) -> None:
        if look in self.found:
            return
        self.found[look] = candidate
        together = self.found.values()
        weights = [max(score_of(each), 1e-9) for each in together]
        self.box = Box(
            *(
                sum(map(mul, weights, sides)) / sum(weights)
                for sides in zip(*(each.box.corners for each in together), strict=True)
            )
        )


def joined(first: Sequence[Finding], second: Sequence[Finding]) -> list[Finding]:
    """The mean of two looks, for who gathers what they have at one place himself.

    Each candidate is kept, with the one of the other look or, at half its score, alone.
    """
    left: dict[str, list[Finding]] = {}
    for candidate in second:
        left.setdefault(candidate.label, []).append(candidate)
    together = []
    for candidate in first:
        rivals = left.get(candidate.label, [])
        other = max(rivals, key=lambda r: iou(r.box, candidate.box), default=None)
        if other is None or iou(other.box, candidate.box) <= PAIR_IOU:
            together.append(replace(candidate, score=score_of(candidate) / 2))
        else:
            rivals.remove(other)
            together.append(_mean(candidate, other))
    for rivals in left.values():
        together += [replace(each, score=score_of(each) / 2) for each in rivals]
    return together


def score_of(finding: Finding) -> float:
    """A finding without a score was made by a human, who is sure."""
    return 1.0 if finding.score is None else finding.score


def _mean(a: Finding, b: Finding) -> Finding:
    share = score_of(a) / max(score_of(a) + score_of(b), 1e-9)
    box = Box(
        *(
            share * p + (1 - share) * q
            for p, q in zip(a.box.corners, b.box.corners, strict=True)
        )
    )
    return replace(a, box=box, score=(score_of(a) + score_of(b)) / 2)
