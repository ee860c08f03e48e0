from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.evaluation.bootstrap import (
    Floats,
    bootstrap,
    interval,
    ratio,
    resample,
)
from dentalviewer.evaluation.estimate import Estimate


def _share(sums: Floats) -> Floats:
    return ratio(sums[:, 0], sums[:, 1])


def test_a_resample_draws_as_many_radiographs_as_there_are() -> None:
    weights = resample(33, resamples=50)

    assert weights.shape == (50, 33)
    assert (weights.sum(axis=1) == 33).all()


def test_the_same_seed_draws_the_same() -> None:
    assert (resample(10, seed=4) == resample(10, seed=4)).all()
    assert (resample(10, seed=4) != resample(10, seed=5)).any()


def test_an_interval_is_the_middle_95_per_cent() -> None:
    resampled = np.arange(1001) / 1000

    estimate = interval(0.5, resampled)

    assert estimate == Estimate(0.5, pytest.approx(0.025), pytest.approx(0.975))


def test_what_is_not_defined_has_no_estimate() -> None:
    assert interval(float("nan"), np.array([0.5])) is None
    nothing = np.zeros((3, 2))
    assert bootstrap(nothing, _share, resample(3)) is None


def test_draws_without_any_annotation_are_left_out() -> None:
    estimate = interval(0.5, np.array([np.nan, 0.25, 0.25, np.nan]))

    assert estimate == Estimate(0.5, 0.25, 0.25)


def test_nineteen_of_twenty_intervals_hold_the_true_share() -> None:
    random = np.random.default_rng(1)
    held = 0
    for seed in range(400):
        # 50 radiographs of 4 findings each, each found with a chance of 0.7.
        counts = np.column_stack([random.binomial(4, 0.7, 50), np.full(50, 4)])
        estimate = bootstrap(counts, _share, resample(50, resamples=400, seed=seed))
        assert estimate is not None
        held += estimate.low <= 0.7 <= estimate.high

    assert 0.91 <= held / 400 <= 0.98


def test_findings_that_stand_or_fall_together_widen_the_interval() -> None:
    weights = resample(40)
    # Half of 160 findings are found either way: all or none of a radiograph, or two.
    together = bootstrap(np.array([[4, 4], [0, 4]] * 20), _share, weights)
    evenly = bootstrap(np.array([[2, 4]] * 40), _share, weights)

    assert together is not None
    assert evenly == Estimate(0.5, 0.5, 0.5)
    # The standard error of a share of 40 independent radiographs is 0.079.
    assert together.high - together.low == pytest.approx(2 * 1.96 * 0.079, rel=0.15)
