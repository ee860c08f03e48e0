"""Confidence intervals: what another draw of radiographs would have shown.

The percentile bootstrap (Efron 1979) over whole radiographs, since the findings on one
radiograph are not independent of each other. Every statistic is computed from sums over
radiographs, so a resample is a weighting of radiographs and nothing is matched twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalviewer.evaluation.estimate import Estimate

RESAMPLES = 1000
CONFIDENCE = 0.95

Floats = NDArray[np.float64]


def resample(images: int, *, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """How often each resample, drawn with replacement, holds each radiograph.

    Returns (resamples, images); each row sums to `images`.
    """
    random = np.random.default_rng(seed)
    shares = np.full(images, 1 / images)
    return random.multinomial(images, shares, size=resamples).astype(np.float64)


def interval(value: float, resampled: NDArray[Any]) -> Estimate | None:
    """The value with the middle 95 % of what the resamples gave.

    None where the value is not defined (NaN); resamples without one are left out.
    """
    if not np.isfinite(value):
        return None
    defined = resampled[np.isfinite(resampled)]
    if not defined.size:
        return Estimate(float(value), float(value), float(value))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    return Estimate(float(value), float(low), float(high))


def bootstrap(
    counts: NDArray[Any], statistic: Callable[[Floats], Floats], weights: Floats
) -> Estimate | None:
    """A statistic of counts summed over radiographs, with its interval.

    `counts` is (images, k). `statistic` maps sums (n, k) to values (n,), NaN where it
    is not defined. `weights` is what `resample` returned for these radiographs.
    """
    counts = np.asarray(counts, np.float64)
    value = statistic(counts.sum(axis=0, keepdims=True))[0]
    return interval(float(value), statistic(weights @ counts))


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN where the denominator is 0."""
    undefined = denominator == 0
    quotient = numerator / np.where(undefined, 1.0, denominator)
    return np.where(undefined, np.nan, quotient)
