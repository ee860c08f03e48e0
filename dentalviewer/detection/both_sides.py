"""Two looks at one radiograph, as it is and mirrored, are surer than one.

Their mean is known as test-time augmentation; boxes that agree are averaged by score as
by Solovyev et al., "Weighted boxes fusion" (Image and Vision Computing 107, 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dentalviewer.geometry import Box, iou
from dentalviewer.study import Finding

# Candidates of one label that overlap by more mean the same place.
SAME_PLACE_IOU = 0.5


def turned_box(box: Box, width: float) -> Box:
    """A box on a mirrored picture of that width as it is on the straight one."""
    return Box(width - box.x_max, box.y_min, width - box.x_min, box.y_max)


def joined(first: Sequence[Finding], second: Sequence[Finding]) -> list[Finding]:
    """The mean of two looks, in no order: what only one of them has counts half."""
    left: dict[str, list[Finding]] = {}
    for candidate in second:
        left.setdefault(candidate.label, []).append(candidate)
    together = []
    for candidate in first:
        rivals = left.get(candidate.label, [])
        other = max(rivals, key=lambda r: iou(r.box, candidate.box), default=None)
        if other is None or iou(other.box, candidate.box) <= SAME_PLACE_IOU:
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
