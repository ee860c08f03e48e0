from __future__ import annotations

import pytest

from dentalviewer.detector import DetectionSettings
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.settings_choice import choose_settings, sweep_table
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square

Set = tuple[list[Reading], list[list[Finding]]]


@pytest.fixture
def radiographs() -> Set:
    """Two restorations found with 0.9 and 0.6, each twice; a false alarm with 0.3."""
    truth = [Reading(f"{n}.png", FRAME, (square(20, 0),)) for n in (1, 2)]
    # 5.5 of 10 rows shared: an IoU of 0.55.
    again = Box(20, 0, 30, 5.5)
    found = [
        [square(20, 0, score=0.9), Finding(again, RESTORATION, score=0.65)],
        [
            square(20, 0, score=0.6),
            Finding(again, RESTORATION, score=0.55),
            square(70, 70, score=0.3),
        ],
    ]
    return truth, found


def test_the_threshold_lies_midway_between_false_alarm_and_finding(
    radiographs: Set,
) -> None:
    settings, _ = choose_settings(*radiographs, [RESTORATION])

    # From 0.31 to 0.60 all is right; 0.45 is the fifteenth of these thirty.
    assert settings.thresholds == {RESTORATION: 0.45}


def test_each_measure_is_told_at_the_overlap_that_it_is_named_for() -> None:
    """Of two restorations one is found by a box with an IoU of 0.4, and a third box is
    a false alarm: 0 right of 2 shown and 2 annotated at 0.5, 1 at 0.3.
    """
    truth = [Reading("1.png", FRAME, (square(0, 0), square(50, 0)))]
    low = Finding(Box(0, 0, 10, 4), RESTORATION, score=0.9)
    found = [[low, square(80, 80, score=0.9)]]

    _, sweep = choose_settings(truth, found, [RESTORATION])

    row = next(row for row in sweep.by_threshold if row.threshold == 0.5)
    assert (row.label, row.threshold) == (RESTORATION, 0.5)
    assert (row.precision, row.sensitivity, row.f1) == (0, 0, 0)
    assert row.f1_iou30 == pytest.approx(2 * 1 / (2 + 2))


def test_the_overlap_is_the_middle_of_those_that_remove_what_is_doubled(
    radiographs: Set,
) -> None:
    settings, sweep = choose_settings(*radiographs, [RESTORATION])

    best = {row.nms_iou: row.f1 for row in sweep.by_nms_iou}
    # 0.2 to 0.5 suppress the second box, 0.6 and 0.7 do not: both of the first
    # radiograph are then shown above the 0.6 of the second.
    assert [best[iou] for iou in (0.2, 0.3, 0.4, 0.5)] == [1, 1, 1, 1]
    assert best[0.6] == best[0.7] == pytest.approx(4 / 5)
    assert settings.nms_iou == 0.3


def test_a_class_that_is_kept_has_the_threshold_that_it_had(radiographs: Set) -> None:
    truth, found = radiographs
    truth = [*truth, Reading("3.png", FRAME, (square(20, 0, ENDODONTIC),))]
    found = [*found, [square(20, 0, ENDODONTIC, score=0.9)]]
    start = DetectionSettings({RESTORATION: 0.7, ENDODONTIC: 0.65}, 0.45, 20, 0.6)

    settings, _ = choose_settings(
        truth, found, [RESTORATION, ENDODONTIC], start=start, kept=[ENDODONTIC]
    )

    # The overlap is that of restorations alone, and no maximum is chosen.
    assert settings == DetectionSettings(
        {RESTORATION: 0.45, ENDODONTIC: 0.65}, 0.3, 20, 0.6
    )


def test_where_every_class_is_kept_all_settings_are_and_it_is_told_how_they_do(
    radiographs: Set,
) -> None:
    start = DetectionSettings({RESTORATION: 0.7}, 0.45, 20, 0.6)

    settings, sweep = choose_settings(
        *radiographs, [RESTORATION], start=start, kept=[RESTORATION]
    )

    assert settings == start
    # Above 0.70 one of two restorations is shown, at an overlap that is seldom tried.
    row = next(row for row in sweep.by_threshold if row.threshold == 0.7)
    assert (row.nms_iou, row.precision, row.sensitivity) == (0.45, 1, 0.5)
    assert 0.45 in {row.nms_iou for row in sweep.by_nms_iou}


def test_a_class_nowhere_annotated_keeps_the_default(radiographs: Set) -> None:
    settings, sweep = choose_settings(*radiographs, [RESTORATION, IMPLANT])

    assert IMPLANT not in settings.thresholds
    assert {row.label for row in sweep.by_threshold} == {RESTORATION}


def test_the_table_has_the_names_that_people_know_classes_by(
    radiographs: Set,
) -> None:
    truth, found = radiographs
    truth = [*truth, Reading("3.png", FRAME, (square(20, 0, ENDODONTIC),))]
    found = [*found, [square(20, 0, ENDODONTIC, score=0.9)]]

    settings, sweep = choose_settings(truth, found, [RESTORATION, ENDODONTIC])

    lines = sweep_table(sweep).splitlines()
    assert sum("| endodontic treatment |" in line for line in lines) > 10
    assert not [line for line in lines if "endodontic |" in line]
    assert ENDODONTIC in settings.thresholds


def test_the_table_shows_thresholds_in_steps_of_a_twentieth(radiographs: Set) -> None:
    _, sweep = choose_settings(*radiographs, [RESTORATION])

    lines = sweep_table(sweep).splitlines()

    # At 0.30 the false alarm is shown: precision 2/3, sensitivity 1, F1 4/5.
    assert "| restoration | 0.3 | 0.30 | 0.667 | 1.000 | 0.800 | 0.800 |" in lines
    assert "| restoration | 0.3 | 0.45 | 1.000 | 1.000 | 1.000 | 1.000 |" in lines
    assert not [line for line in lines if "| 0.31 |" in line]


def test_both_tables_have_the_same_columns(radiographs: Set) -> None:
    settings, sweep = choose_settings(*radiographs, [RESTORATION])

    lines = sweep_table(sweep).splitlines()

    heads = [line for line in lines if line.startswith("| class ")]
    columns = "threshold | precision | sensitivity | F1 | F1 at IoU 0.3 |"
    assert heads == [f"| class | NMS IoU | {columns}"] * 2
    threshold = f"{settings.threshold(RESTORATION):.2f}"
    # Both restorations are found, and nothing else.
    shown = f"| {threshold} | 1.000 | 1.000 | 1.000 | 1.000 |"
    assert any(line.startswith("| restoration") and shown in line for line in lines)
