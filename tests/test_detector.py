"""How candidates become predictions."""

from __future__ import annotations

from dentalviewer.detector import DetectionSettings, left_out, select
from dentalviewer.geometry import Box
from dentalviewer.study import Finding

CROWN = Finding(Box(0, 0, 10, 10), "restoration", score=0.9)
# 10 x 10 each, moved by 2: 80 shared of 120, an IoU of 2/3.
SAME_CROWN = Finding(Box(2, 0, 12, 10), "restoration", score=0.8)
ROOT_THERE = Finding(Box(2, 0, 12, 10), "endodontic", score=0.7)
FAR_CROWN = Finding(Box(50, 0, 60, 10), "restoration", score=0.4)


def test_each_class_has_a_threshold_of_its_own() -> None:
    settings = DetectionSettings({"restoration": 0.85}, default_threshold=0.6)

    assert select([SAME_CROWN, ROOT_THERE, CROWN], settings) == (CROWN, ROOT_THERE)


def test_of_two_candidates_on_one_place_the_better_is_shown() -> None:
    settings = DetectionSettings(nms_iou=0.5, default_threshold=0.3)

    assert select([SAME_CROWN, CROWN, FAR_CROWN], settings) == (CROWN, FAR_CROWN)


def test_candidates_that_overlap_less_are_both_shown() -> None:
    settings = DetectionSettings(nms_iou=0.67, default_threshold=0.3)

    assert select([SAME_CROWN, CROWN], settings) == (CROWN, SAME_CROWN)


def test_candidates_that_overlap_just_as_much_as_allowed_are_both_shown() -> None:
    """15 x 10 pixels each, of which 10 x 10 are shared: 100 of 200."""
    first = Finding(Box(0, 0, 15, 10), "restoration", score=0.9)
    second = Finding(Box(5, 0, 20, 10), "restoration", score=0.8)

    shown = select([first, second], DetectionSettings(nms_iou=0.5))

    assert shown == (first, second)
    assert select([first, second], DetectionSettings(nms_iou=0.49)) == (first,)


def test_a_class_without_a_threshold_of_its_own_is_shown_from_a_half_on() -> None:
    sure = Finding(Box(0, 0, 10, 10), "bracket", score=0.5)
    unsure = Finding(Box(50, 0, 60, 10), "bracket", score=0.49)

    assert select([sure, unsure], DetectionSettings({"implant": 0.9})) == (sure,)


def test_what_a_human_marked_without_a_score_is_sure() -> None:
    drawn = Finding(Box(100, 0, 110, 10), "restoration")

    assert select([FAR_CROWN, drawn], DetectionSettings()) == (drawn,)


def test_a_score_equal_to_the_threshold_is_shown() -> None:
    assert select([CROWN], DetectionSettings({"restoration": 0.9})) == (CROWN,)


def test_the_best_are_shown_where_there_are_too_many() -> None:
    settings = DetectionSettings(nms_iou=1.0, max_findings=2, default_threshold=0.0)

    found = select([FAR_CROWN, ROOT_THERE, SAME_CROWN, CROWN], settings)

    assert found == (CROWN, SAME_CROWN)
    assert left_out([FAR_CROWN, ROOT_THERE, SAME_CROWN, CROWN], settings) == 2


def test_what_is_suppressed_or_below_its_threshold_is_not_left_out() -> None:
    settings = DetectionSettings(max_findings=1, default_threshold=0.5)

    assert select([CROWN, SAME_CROWN], settings) == (CROWN,)
    assert left_out([CROWN, SAME_CROWN], settings) == 0
    assert left_out([], settings) == 0


def test_candidates_stay_what_they_were() -> None:
    candidates = [FAR_CROWN, CROWN]

    select(candidates, DetectionSettings(default_threshold=0.95))

    assert candidates == [FAR_CROWN, CROWN]
