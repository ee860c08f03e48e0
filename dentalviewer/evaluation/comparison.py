"""Two detectors on the same radiographs, and whether one is better.

The bootstrap is paired: each resample draws the same radiographs for both, so that what
makes a radiograph hard for both cancels out in the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detector import DetectionSettings, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import resampled_average_precision
from dentalviewer.evaluation.bootstrap import RESAMPLES, Floats, interval, resample
from dentalviewer.evaluation.estimate import ENOUGH_FOR_INTERVALS, Estimate
from dentalviewer.evaluation.matches import LabelMatches, match_candidates
from dentalviewer.evaluation.operating_point import (
    REPORTED_IOUS,
    count,
    f1,
    precision,
    sensitivity,
)
from dentalviewer.study import Finding

# Measured on `val`: with so many radiographs the interval of a difference in F1 reaches
# 0.06 to either side, with 10 of them 0.09, with 5 of them 0.15.
ENOUGH_TO_COMPARE = 20
# Of a class of which fewer are annotated, one finding may make the difference: draws
# of a few radiographs then seldom differ, and their interval is much too narrow.
ENOUGH_TO_JUDGE = 10

_POINTS: Mapping[str, Callable[[Floats], Floats]] = {
    "precision": precision,
    "sensitivity": sensitivity,
    "F1": f1,
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A detector's candidates, a sequence for each reading, and how they are shown.

    What it cannot find is not among its `labels`; None if that is not known.
    """

    name: str
    candidates: Sequence[Sequence[Finding]]
    settings: DetectionSettings
    labels: Sequence[str] | None = None

    def knows(self, label: str) -> bool:
        return self.labels is None or label in self.labels


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of one class: the value of each, and second minus first.

    `first` and `second` are None where a value is not defined or the detector does not
    know the class; then so is `difference`. `min_iou` is None for AP and AP50.
    """

    label: str
    measure: str
    min_iou: float | None
    first: Estimate | None
    second: Estimate | None
    difference: Estimate | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference is to one side of 0."""
        found = self.difference
        return found is not None and (found.low > 0 or found.high < 0)

    @property
    def alone(self) -> Difference:
        """The values without their intervals, none of them clear."""
        values = (self.first, self.second, self.difference)
        first, second, difference = (each and each.alone for each in values)
        return replace(self, first=first, second=second, difference=difference)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every measure of every class, over `images` radiographs; n by `counts`.

    `kept` tells that the set keeps them for comparing: what was trained with it has
    chosen nothing by them. None where they are of no set to train with. `notes` are
    what else is to be known before it is believed, in sentences.
    """

    first: str
    second: str
    images: int
    counts: Mapping[str, int]
    differences: tuple[Difference, ...]
    kept: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def has_intervals(self) -> bool:
        """Whether there are enough radiographs for an interval to be told."""
        return self.images >= ENOUGH_FOR_INTERVALS

    def is_judged(self, label: str) -> bool:
        """Whether there is enough of a class to call a detector better at it."""
        return self.has_intervals and self.counts[label] >= ENOUGH_TO_JUDGE

    @property
    def told(self) -> Comparison:
        """As it is to be shown: without intervals where there are to be none."""
        told = (e if self.is_judged(e.label) else e.alone for e in self.differences)
        return replace(self, differences=tuple(told))

    def of_label(self, label: str) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.label == label)


def compare_detectors(
    truth: Sequence[Reading],
    first: Contender,
    second: Contender,
    labels: Sequence[str],
    *,
    kept: bool | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Measure both on the classes that are annotated; `kept` is as of Comparison.

    Raises DentalViewerError if pycocotools is not installed.
    """
    weights = resample(len(truth), resamples=resamples, seed=seed)
    annotated = [
        label for label in labels if any(reading.of_label(label) for reading in truth)
    ]
    both = [_measured(truth, each, annotated, weights) for each in (first, second)]
    differences = [
        _difference(
            label, name, min_iou, *(each[label, name, min_iou] for each in both)
        )
        for label, name, min_iou in both[0]
    ]
    counts = {
        label: sum(len(reading.of_label(label)) for reading in truth)
        for label in annotated
    }
    return Comparison(
        first.name, second.name, len(truth), counts, tuple(differences), kept
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """A value, NaN where it is not defined, and what each resample gave (n,)."""

    value: float
    resampled: Floats


_Key = tuple[str, str, float | None]


def _measured(
    truth: Sequence[Reading],
    contender: Contender,
    labels: Sequence[str],
    weights: Floats,
) -> dict[_Key, _Samples]:
    shown = [select(found, contender.settings) for found in contender.candidates]
    candidates = match_candidates(truth, contender.candidates, labels)
    points = match_candidates(truth, shown, labels, ious=REPORTED_IOUS)
    measured: dict[_Key, _Samples] = {}
    for every, visible in zip(candidates, points, strict=True):
        found = {
            **_average_precision(every, weights),
            **_operating_points(visible, weights),
        }
        if not contender.knows(every.label):
            found = dict.fromkeys(found, _undefined(len(weights)))
        measured |= {(every.label, *key): samples for key, samples in found.items()}
    return measured


def _average_precision(
    matches: LabelMatches, weights: Floats
) -> dict[tuple[str, float | None], _Samples]:
    once = np.ones((1, len(matches.annotations)))
    value = resampled_average_precision(matches, once)[0]
    resampled = resampled_average_precision(matches, weights)
    return {
        ("AP50", None): _Samples(float(value[0]), resampled[:, 0]),
        ("AP", None): _Samples(float(value.mean()), resampled.mean(axis=1)),
    }


def _operating_points(
    matches: LabelMatches, weights: Floats
) -> dict[tuple[str, float | None], _Samples]:
    measured: dict[tuple[str, float | None], _Samples] = {}
    for column, min_iou in enumerate(matches.ious):
        counts: NDArray[np.float64] = count(matches, column).astype(np.float64)
        sums = counts.sum(axis=0, keepdims=True)
        for name, statistic in _POINTS.items():
            measured[name, min_iou] = _Samples(
                float(statistic(sums)[0]), statistic(weights @ counts)
            )
    return measured


def _undefined(resamples: int) -> _Samples:
    return _Samples(np.nan, np.full(resamples, np.nan))


def _difference(
    label: str,
    measure: str,
    min_iou: float | None,
    first: _Samples,
    second: _Samples,
) -> Difference:
    return Difference(
        label,
        measure,
        min_iou,
        interval(first.value, first.resampled),
        interval(second.value, second.resampled),
        interval(second.value - first.value, second.resampled - first.resampled),
    )
