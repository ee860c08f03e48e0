"""Two looks at one radiograph, as it is and mirrored, are surer than one.

Looking several times is known as test-time augmentation; what the looks say is joined
as by Solovyev et al., "Weighted boxes fusion" (Image and Vision Computing 107, 2021):
boxes that agree are averaged by score, and what only some looks have counts less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dentalviewer.detection.overlaps import corners_of, ious
from dentalviewer.geometry import Box, iou
from dentalviewer.study import Finding

# Candidates of one label that overlap by more mean the same place.
SAME_PLACE_IOU = 0.6
# Candidates of two looks that overlap by more are a pair.
PAIR_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Looks:
    """A radiograph's candidates as seen in three ways, each best first.

    Those of `straight` and `mirrored` lie where they are on the radiograph, but bear
    the labels as they were seen; those of `upside_down` lie on the one turned over.
    """

    straight: tuple[Finding, ...]
    mirrored: tuple[Finding, ...]
    upside_down: tuple[Finding, ...]


class _Places:
    """Where looks found one label: mean boxes, and each look's best candidate there."""

    def __init__(self, most: int) -> None:
        self.found: list[dict[int, Finding]] = []
        self._corners = np.empty((most, 4))

    def take(self, look: int, candidate: Finding) -> None:
        """To be called with the best candidate first."""
        index = self._nearest(candidate.box)
        if index is None:
            self._corners[len(self.found)] = candidate.box.corners
            self.found.append({look: candidate})
        elif look not in self.found[index]:
            self.found[index][look] = candidate
            together = list(self.found[index].values())
            weights = np.array([max(score_of(each), 1e-9) for each in together])
            corners = corners_of([each.box for each in together])
            self._corners[index] = weights @ corners / weights.sum()

    def _nearest(self, box: Box) -> int | None:
        """The place that the box overlaps most, if it overlaps one enough."""
        if not self.found:
            return None
        known = self._corners[: len(self.found)]
        overlaps = ious(corners_of([box]), known)[0]
        best = int(overlaps.argmax())
        return best if overlaps[best] > SAME_PLACE_IOU else None

    def fused(self, looks: int) -> list[Finding]:
        return [
            replace(
                next(iter(found.values())),
                box=Box(*self._corners[index].tolist()),
                score=sum(map(score_of, found.values())) / looks,
            )
            for index, found in enumerate(self.found)
        ]


def fused(looks: Sequence[Sequence[Finding]]) -> list[Finding]:
    """What several looks at one radiograph found, best first.

    Of the candidates of one look at one place, the best counts; a score is the mean
    over all looks, 0 where a look has nothing there.
    """
    candidates = [(look, each) for look, found in enumerate(looks) for each in found]
    candidates.sort(key=lambda entry: -score_of(entry[1]))
    places: dict[str, _Places] = {}
    for look, candidate in candidates:
        if candidate.label not in places:
            places[candidate.label] = _Places(len(candidates))
        places[candidate.label].take(look, candidate)
    together = [each for known in places.values() for each in known.fused(len(looks))]
    return sorted(together, key=score_of, reverse=True)


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
