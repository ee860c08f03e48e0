"""Two looks at one radiograph, as it is and mirrored, are surer than one.

Looking several times is known as test-time augmentation; what the looks say is joined
as by Solovyev et al., "Weighted boxes fusion" (Image and Vision Computing 107, 2021):
boxes that agree are averaged by score, and what only some looks have counts less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dentalviewer.geometry import Box, iou
from dentalviewer.study import Finding

# Candidates of one label that overlap by more mean the same place.
SAME_PLACE_IOU = 0.6
# Candidates of two looks that overlap by more are a pair.
PAIR_IOU = 0.5


@dataclass(slots=True)
class _Place:
    """Where looks found a label: the mean box, and each look's best candidate there."""

    box: Box
    found: dict[int, Finding]

    def join(self, look: int, candidate: Finding) -> None:
        self.found[look] = candidate
        weights = [score_of(each) for each in self.found.values()]
        total = max(sum(weights), 1e-9)
        corners = zip(*(each.box.corners for each in self.found.values()), strict=True)
        self.box = Box(
            *(
                sum(w * c for w, c in zip(weights, side, strict=True)) / total
                for side in corners
            )
        )


def fused(looks: Sequence[Sequence[Finding]]) -> list[Finding]:
    """What several looks at one radiograph found, best first.

    Of the candidates of one look at one place, the best counts; a score is the mean
    over all looks, 0 where a look has nothing there.
    """
    candidates = sorted(
        (
            (score_of(each), look, each)
            for look, found in enumerate(looks)
            for each in found
        ),
        key=lambda entry: -entry[0],
    )
    places: dict[str, list[_Place]] = {}
    for _, look, candidate in candidates:
        known = places.setdefault(candidate.label, [])
        overlaps = [iou(place.box, candidate.box) for place in known]
        nearest = max(range(len(known)), key=overlaps.__getitem__, default=-1)
        if nearest < 0 or overlaps[nearest] <= SAME_PLACE_IOU:
            known.append(_Place(candidate.box, {look: candidate}))
        elif look not in known[nearest].found:
            known[nearest].join(look, candidate)
    together = [
        replace(
            next(iter(place.found.values())),
            box=place.box,
            score=sum(map(score_of, place.found.values())) / len(looks),
        )
        for known in places.values()
        for place in known
    ]
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


def turned_box(box: Box, width: float) -> Box:
    """A box on a mirrored picture of that width as it is on the straight one."""
    return Box(width - box.x_max, box.y_min, width - box.x_min, box.y_max)


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
