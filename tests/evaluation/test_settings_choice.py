from __future__ import annotations

import pytest

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


def test_the_maximum_leaves_room_for_twice_the_most_annotated() -> None:
    many = tuple(square(10 * (n % 10), 10 * (n // 10)) for n in range(12))
    found = [Finding(f.box, f.label, score=0.9) for f in many]

    settings, _ = choose_settings(
        [Reading("1.png", FRAME, many)], [found], [RESTORATION]
    )

    assert settings.max_findings == 25


def test_a_maximum_that_costs_findings_is_not_chosen(radiographs: Set) -> None:
    truth, found = radiographs
    # Twelve implants with higher scores, on one radiograph, use up the first places.
    implants = [
        square(15 * (n % 6), 40 + 20 * (n // 6), IMPLANT, score=0.95) for n in range(12)
    ]
    truth = [*truth, Reading("3.png", FRAME, (square(20, 0),))]
    found = [*found, [*implants, square(20, 0, score=0.9)]]

    settings, _ = choose_settings(truth, found, [RESTORATION])

    assert settings.max_findings == 15


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


def test_only_the_last_table_tells_how_many_are_shown_at_most(
    radiographs: Set,
) -> None:
    settings, sweep = choose_settings(*radiographs, [RESTORATION])

    lines = sweep_table(sweep).splitlines()

    heads = [line for line in lines if line.startswith("| class ")]
    rest = "threshold | precision | sensitivity | F1 | F1 at IoU 0.3 |"
    assert heads == [
        f"| class | NMS IoU | {rest}",
        f"| class | NMS IoU | {rest}",
        f"| class | NMS IoU | at most | {rest}",
    ]
    columns = {line.count("|") for line in lines[lines.index(heads[2]) :] if line}
    assert columns == {heads[2].count("|")}
    threshold = f"{settings.threshold(RESTORATION):.2f}"
    # Both restorations are found, and nothing else.
    shown = f"| {threshold} | 1.000 | 1.000 | 1.000 | 1.000 |"
    assert any(line.startswith("| restoration") and shown in line for line in lines)
