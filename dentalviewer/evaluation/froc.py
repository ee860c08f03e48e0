"""FROC: sensitivity against false alarms per radiograph (Bunch et al., 1978)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dentalviewer.evaluation.bootstrap import Floats, interval, ratio
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.matches import LabelMatches

# The rates read off by Setio et al., Med Image Anal 2017 (LUNA16).
RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Froc:
    """The curve of one label: what is found at the cost of how many false alarms.

    Points from the highest threshold down; `false_alarms` is per radiograph. `at` gives
    the highest sensitivity that costs no more than each of RATES; its mean is
    `competition_metric` (LUNA16's CPM). None where nothing is annotated.
    """

    label: str
    min_iou: float
    thresholds: tuple[float, ...]
    false_alarms: tuple[float, ...]
    sensitivity: tuple[float, ...]
    precision: tuple[float, ...]
    at: Mapping[float, Estimate | None]
    competition_metric: Estimate | None


def froc(matches: LabelMatches, weights: Floats, *, min_iou: float = 0.5) -> Froc:
    """The curve of one label's candidates; `weights` are bootstrap.resample's."""
    column = matches.ious.index(min_iou)
    images = len(matches.annotations)
    # Candidates of one score are shown or hidden together.
    ends = np.append(np.flatnonzero(np.diff(matches.scores)), len(matches.scores) - 1)
    ends = ends[ends >= 0]
    everything = np.ones((1, images))
    right, wrong = (c[0, ends] for c in _cumulative(matches, column, everything))
    total = max(matches.count, 1)
    values = _read_off(matches, column, everything, ends)[0]
    resampled = _read_off(matches, column, weights, ends)
    return Froc(
        matches.label,
        min_iou,
        tuple(matches.scores[ends].tolist()),
        tuple((wrong / images).tolist()),
        tuple((right / total).tolist()),
        tuple(ratio(right, right + wrong).tolist()),
        {
            rate: interval(float(values[index]), resampled[:, index])
            for index, rate in enumerate(RATES)
        },
        interval(float(values.mean()), resampled.mean(axis=1)),
    )


def _cumulative(
    matches: LabelMatches, column: int, weights: Floats
) -> tuple[Floats, Floats]:
    """Right candidates and false alarms down to each candidate: (resamples, n)."""
    each = weights[:, matches.image_indices]
    is_right = matches.right[column]
    is_wrong = ~is_right & ~matches.ignored[column]
    return np.cumsum(each * is_right, axis=1), np.cumsum(each * is_wrong, axis=1)


def _read_off(
    matches: LabelMatches,
    column: int,
    weights: Floats,
    ends: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Floats:
    """Sensitivity at each of RATES: (resamples, rates); NaN without annotations."""
    images = weights.shape[1]
    result = np.zeros((len(weights), len(RATES)))
    total = weights @ matches.annotations
    for start in range(0, len(weights), 100):
        part = slice(start, start + 100)
        right, wrong = _cumulative(matches, column, weights[part])
        right = np.pad(right[:, ends], ((0, 0), (1, 0)))
        wrong = np.pad(wrong[:, ends], ((0, 0), (1, 0)))
        for index, rate in enumerate(RATES):
            last = (wrong <= rate * images).sum(axis=1) - 1
            result[part, index] = right[np.arange(len(right)), last]
    return ratio(result, total[:, None])
