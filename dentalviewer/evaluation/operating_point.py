"""What a reader of the predictions sees: precision, sensitivity and F1 as shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import Floats, bootstrap, ratio
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.matches import LabelMatches, match_candidates
from dentalviewer.study import Finding

# COCO's, and that of the glossary's agreement: a box's extent is a convention.
REPORTED_IOUS = (0.3, 0.5)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """How the predictions of one label did; they are right from `min_iou` on.

    An estimate is None where it is not defined: the precision of no prediction, the
    sensitivity to no annotation.
    """

    label: str
    min_iou: float
    annotations: int
    right: int
    false_alarms: int
    precision: Estimate | None
    sensitivity: Estimate | None
    f1: Estimate | None

    @property
    def missed(self) -> int:
        return self.annotations - self.right


def operating_points(
    truth: Sequence[Reading],
    predictions: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    weights: Floats,
    *,
    min_ious: Sequence[float] = REPORTED_IOUS,
) -> tuple[OperatingPoint, ...]:
    """Every label at every IoU, of predictions as they are shown.

    `predictions` holds one sequence for each reading; `weights` are
    bootstrap.resample's. Raises DentalViewerError if pycocotools is not installed.
    """
    return tuple(
        _operating_point(matches, column, weights)
        for matches in match_candidates(truth, predictions, labels, ious=min_ious)
        for column in range(len(min_ious))
    )


def _operating_point(
    matches: LabelMatches, column: int, weights: Floats
) -> OperatingPoint:
    counts = count(matches, column)
    right, wrong, annotations = counts.sum(axis=0)
    return OperatingPoint(
        matches.label,
        matches.ious[column],
        int(annotations),
        int(right),
        int(wrong),
        bootstrap(counts, precision, weights),
        bootstrap(counts, sensitivity, weights),
        bootstrap(counts, f1, weights),
    )


def count(
    matches: LabelMatches, column: int, least_score: float = 0.0
) -> NDArray[np.int64]:
    """Right, false alarms and annotations of each radiograph: (images, 3)."""
    shown = matches.scores >= least_score
    right = matches.right[column] & shown
    wrong = ~matches.right[column] & ~matches.ignored[column] & shown
    images = len(matches.annotations)
    return np.column_stack(
        [
            np.bincount(matches.image_indices[right], minlength=images),
            np.bincount(matches.image_indices[wrong], minlength=images),
            matches.annotations,
        ]
    )


def precision(sums: Floats) -> Floats:
    """Right / shown, of sums (n, 3) as `count` has them."""
    return ratio(sums[:, 0], sums[:, 0] + sums[:, 1])


def sensitivity(sums: Floats) -> Floats:
    """Right / annotated."""
    return ratio(sums[:, 0], sums[:, 2])


def f1(sums: Floats) -> Floats:
    """2 right / (shown + annotated): the harmonic mean of the two above."""
    return ratio(2 * sums[:, 0], sums[:, 0] + sums[:, 1] + sums[:, 2])
