"""Teeth of 10 x 20 pixels in a row; every count is worked out by hand."""

from __future__ import annotations

import pytest

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.tooth_scores import are_teeth, score_teeth, tooth_table
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding


def tooth(place: int, label: str) -> Finding:
    return Finding(Box(20 * place, 0, 20 * place + 10, 20), label, score=0.9)


def test_finding_and_numbering_are_told_apart() -> None:
    # Four teeth; three found, one misnumbered, one without a number; a false alarm:
    # detection F1 = 2 * 3 / (4 + 4), number 1 / 3, numbering F1 = 2 * 1 / (4 + 3).
    truth = [tooth(0, "11"), tooth(1, "12"), tooth(2, "13"), tooth(3, "14")]
    shown = [tooth(0, "11"), tooth(1, "13"), tooth(2, "tooth"), tooth(9, "28")]
    reading = Reading("a.png", Size(200, 20), tuple(truth))
    scores = score_teeth([reading], [shown], resample(1))
    assert (scores.annotated, scores.shown, scores.numbered) == (4, 4, 3)
    assert (scores.found, scores.right) == (3, 1)
    assert scores.detection_f1 is not None
    assert scores.detection_f1.value == pytest.approx(6 / 8)
    assert scores.number_right is not None
    assert scores.number_right.value == pytest.approx(1 / 3)
    assert scores.numbering_f1 is not None
    assert scores.numbering_f1.value == pytest.approx(2 / 7)
    assert "0.75" in tooth_table(scores)


def test_the_table_has_every_count_under_its_own_heading() -> None:
    # Five teeth; of six shown, of which five bear a number, four lie on them and three
    # have theirs: F1 = 2 * 4 / (5 + 6), number 3 / 4, F1 = 2 * 3 / (5 + 5).
    truth = [tooth(place, str(11 + place)) for place in range(5)]
    shown = [*truth[:3], tooth(3, "tooth"), tooth(8, "27"), tooth(9, "28")]
    reading = Reading("a.png", Size(200, 20), tuple(truth))

    scores = score_teeth([reading], [shown], resample(1))

    assert (scores.annotated, scores.shown, scores.numbered) == (5, 6, 5)
    assert (scores.found, scores.right) == (4, 3)
    header, rule, row = tooth_table(scores).splitlines()
    assert header == (
        "| teeth | shown | found | number right | detection F1 | number right if found"
        " | numbering F1 |"
    )
    assert set(rule) <= set("|-: ")
    assert [cell.split(" ")[0] for cell in row.strip("| ").split(" | ")] == [
        *("5", "6", "4", "3"),
        *("0.73", "0.75", "0.60"),
    ]


@pytest.mark.parametrize(("height", "found"), [(9.6, 0), (10.4, 1)])
def test_a_tooth_is_found_from_an_overlap_of_a_half_on(
    height: float, found: int
) -> None:
    reading = Reading("a.png", Size(200, 20), (tooth(0, "11"),))
    low = Finding(Box(0, 0, 10, height), "11", score=0.9)

    scores = score_teeth([reading], [[low]], resample(1))

    assert (scores.found, scores.right) == (found, found)


def test_uncertain_teeth_count_neither_for_nor_against() -> None:
    reading = Reading(
        "a.png", Size(200, 20), (tooth(0, "11"),), uncertain=(tooth(1, "12"),)
    )
    scores = score_teeth([reading], [[tooth(0, "11"), tooth(1, "13")]], resample(1))
    assert (scores.annotated, scores.shown, scores.found, scores.right) == (1, 1, 1, 1)


def test_labels_are_teeth_only_if_all_are_fdi_numbers() -> None:
    assert are_teeth(["11", "85"])
    assert not are_teeth(["11", "restoration"])
    assert not are_teeth(["19"])
    assert not are_teeth([])
