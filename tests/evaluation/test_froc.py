from __future__ import annotations

import pytest

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.froc import Froc, froc
from dentalviewer.evaluation.matches import match_candidates
from dentalviewer.geometry import Box
from dentalviewer.labels import RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square


def _curve(truth: tuple[Reading, ...], candidates: list[tuple[Finding, ...]]) -> Froc:
    (matches,) = match_candidates(truth, candidates, [RESTORATION])
    return froc(matches, resample(len(truth)))


def test_each_score_is_a_point_of_the_curve(
    truth: tuple[Reading, ...], candidates: list[tuple[Finding, ...]]
) -> None:
    curve = _curve(truth, candidates)

    assert curve.thresholds == pytest.approx((0.9, 0.8, 0.7))
    assert curve.false_alarms == pytest.approx((0, 1 / 3, 1 / 3))
    assert curve.sensitivity == pytest.approx((1 / 3, 1 / 3, 2 / 3))
    assert curve.precision == pytest.approx((1, 1 / 2, 2 / 3))


def test_sensitivity_is_read_off_at_seven_rates(
    truth: tuple[Reading, ...], candidates: list[tuple[Finding, ...]]
) -> None:
    curve = _curve(truth, candidates)

    values = [estimate.value for estimate in curve.at.values() if estimate]
    # A third of a false alarm per radiograph is more than 1/8 and 1/4 allow.
    assert values == pytest.approx([1 / 3] * 2 + [2 / 3] * 5)
    assert curve.competition_metric is not None
    assert curve.competition_metric.value == pytest.approx(4 / 7)


def test_candidates_of_one_score_are_shown_together() -> None:
    truth = (Reading("1.png", FRAME, (square(0, 0),)),)

    curve = _curve(truth, [(square(0, 0, score=0.5), square(50, 50, score=0.5))])

    assert curve.thresholds == (0.5,)
    assert curve.false_alarms == (1.0,)
    # So no rate below 1 has the finding without the false alarm.
    assert [e.value for e in curve.at.values() if e] == [0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(("height", "found"), [(4.8, 0), (5.2, 1)])
def test_a_box_hits_from_an_overlap_of_a_half_on(height: float, found: int) -> None:
    truth = (Reading("1.png", FRAME, (square(0, 0),)),)

    curve = _curve(truth, [(Finding(Box(0, 0, 10, height), RESTORATION, score=0.9),)])

    assert curve.sensitivity == (found,)
    assert curve.false_alarms == (1 - found,)


def test_a_silent_detector_has_an_empty_curve(truth: tuple[Reading, ...]) -> None:
    curve = _curve(truth, [(), (), ()])

    assert curve.thresholds == ()
    assert curve.at[8.0] is not None
    assert curve.at[8.0].value == 0
