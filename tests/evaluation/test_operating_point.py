from __future__ import annotations

import pytest

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.operating_point import operating_points
from dentalviewer.geometry import Box
from dentalviewer.labels import IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square


def test_precision_sensitivity_and_f1_are_counted(
    truth: tuple[Reading, ...], candidates: list[tuple[Finding, ...]]
) -> None:
    (point,) = operating_points(
        truth, candidates, [RESTORATION], resample(3), min_ious=[0.5]
    )

    # Two right, one false alarm, one missed: 2/3, 2/3, and so 2/3.
    assert (point.right, point.false_alarms, point.missed) == (2, 1, 1)
    for estimate in (point.precision, point.sensitivity, point.f1):
        assert estimate is not None
        assert estimate.value == pytest.approx(2 / 3)
        assert estimate.low < estimate.value < estimate.high


def test_a_box_half_the_size_is_right_at_an_iou_of_03_alone() -> None:
    truth = [Reading("1.png", FRAME, (square(0, 0),))]
    half = Finding(Box(0, 0, 10, 4), RESTORATION, score=0.9)

    lenient, strict = operating_points(truth, [[half]], [RESTORATION], resample(1))

    assert (lenient.min_iou, lenient.right, lenient.false_alarms) == (0.3, 1, 0)
    assert (strict.min_iou, strict.right, strict.false_alarms) == (0.5, 0, 1)


def test_a_second_box_on_one_annotation_is_a_false_alarm() -> None:
    truth = [Reading("1.png", FRAME, (square(0, 0),))]
    twice = [square(0, 0, score=0.9), square(1, 0, score=0.8)]

    lenient, _ = operating_points(truth, [twice], [RESTORATION], resample(1))

    assert (lenient.right, lenient.false_alarms, lenient.missed) == (1, 1, 0)


def test_two_boxes_on_something_uncertain_are_no_false_alarms() -> None:
    truth = [Reading("1.png", FRAME, (), (square(0, 0),))]
    twice = [square(0, 0, score=0.9), square(1, 0, score=0.8)]

    lenient, _ = operating_points(truth, [twice], [RESTORATION], resample(1))

    assert (lenient.annotations, lenient.right, lenient.false_alarms) == (0, 0, 0)
    assert lenient.f1 is None


def test_a_class_nowhere_annotated_has_a_precision_but_no_sensitivity(
    truth: tuple[Reading, ...],
) -> None:
    alarms = [(square(50, 50, IMPLANT, score=0.9),), (), ()]

    lenient, _ = operating_points(truth, alarms, [IMPLANT], resample(3))

    assert lenient.precision is not None
    assert lenient.precision.value == 0
    assert lenient.sensitivity is None
