"""What a score means: of findings with a score of 0.8, 80 % should be right.

A network's scores keep the order, not the share. They are mapped by Platt's method
("Probabilistic outputs for support vector machines", 1999), with his targets for few
examples, as found by Newton's method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detector import Calibration, DetectionSettings, logit, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.matches import match_candidates
from dentalviewer.study import Finding

RIGHT_IOU = 0.5
# With fewer right, or wrong, of a label all labels are taken together.
FEWEST = 10
STEPS = 100
# The order of the scores must stay.
LEAST_SLOPE = 0.1


def fit_calibrations(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    settings: DetectionSettings,
) -> Mapping[str, Calibration]:
    """For each label: how its scores become the share that is right, at an IoU of 0.5.

    Of the candidates, those count that non-maximum suppression leaves; thresholds do
    not. What is found of a label that nobody annotated teaches nothing. Empty if there
    is nothing to learn from. Raises DentalViewerError if pycocotools is not installed.
    """
    every = DetectionSettings({}, settings.nms_iou, 100, default_threshold=0.0)
    shown = [select(found, every) for found in candidates]
    samples, annotated = {}, []
    for matches in match_candidates(truth, shown, labels, ious=(RIGHT_IOU,)):
        counted = ~matches.ignored[0]
        samples[matches.label] = (matches.scores[counted], matches.right[0][counted])
        if matches.count:
            annotated.append(samples[matches.label])
    if not annotated:
        return {}
    together = tuple(np.concatenate(each) for each in zip(*annotated, strict=True))
    if not _suffices(together[1]):
        return {}
    return {
        label: fit_calibration(*(own if _suffices(own[1]) else together))
        for label, own in samples.items()
    }


def fit_calibration(
    scores: NDArray[np.float64], right: NDArray[np.bool_]
) -> Calibration:
    """From (n,) scores between 0 and 1 and whether each finding was right."""
    logits = logit(scores)
    inputs = np.column_stack([logits, np.ones(len(scores))])
    hits = int(right.sum())
    # Nothing is certain after a few examples.
    wanted = np.where(right, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    slope, offset = _fitted(inputs, wanted, (1.0, 0.0))
    if slope < LEAST_SLOPE:
        slope = LEAST_SLOPE
        # The offset was meant for another slope.
        (offset,) = _fitted(inputs[:, 1:], wanted, (0.0,), given=slope * logits)
    return Calibration(slope, offset)


def _fitted(
    inputs: NDArray[np.float64],
    wanted: NDArray[np.float64],
    start: tuple[float, ...],
    given: NDArray[np.float64] | float = 0.0,
) -> list[float]:
    """The weights of (n, m) inputs, added to what is given, for (n,) wanted shares."""
    weights = np.array(start)
    for _ in range(STEPS):
        shares = 1 / (1 + np.exp(-inputs @ weights - given))
        gradient = inputs.T @ (shares - wanted)
        spread = shares * (1 - shares)
        curvature = (inputs * spread[:, None]).T @ inputs + 1e-6 * np.eye(len(start))
        step = np.linalg.solve(curvature, gradient)
        # Where the curve is flat, Newton's step would be much too long.
        weights = weights - step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return [float(weight) for weight in weights]


def _suffices(right: NDArray[np.bool_]) -> bool:
    return int(right.sum()) >= FEWEST and int((~right).sum()) >= FEWEST
