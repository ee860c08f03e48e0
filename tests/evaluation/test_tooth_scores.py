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
