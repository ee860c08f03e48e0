from __future__ import annotations

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.confusion import confusion
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square

LABELS = (RESTORATION, ENDODONTIC)


def test_every_place_is_counted_once() -> None:
    annotated = (
        square(0, 0, RESTORATION),
        square(20, 0, RESTORATION),
        square(40, 0, RESTORATION),
        square(60, 0, ENDODONTIC),
    )
    predicted = [
        square(0, 0, RESTORATION),
        square(20, 0, ENDODONTIC),
        square(60, 0, ENDODONTIC),
        square(80, 0, ENDODONTIC),
    ]

    result = confusion([Reading("1.png", FRAME, annotated)], [predicted], LABELS)

    # One right, one taken for endodontic, one missed; one right; one false alarm.
    assert result.counts == ((1, 1, 1), (0, 1, 0), (0, 1, 0))


def test_the_same_class_is_paired_before_a_nearer_box_of_another() -> None:
    annotated = (square(0, 0, RESTORATION),)
    predicted = [square(0, 0, ENDODONTIC), square(3, 0, RESTORATION)]

    result = confusion([Reading("1.png", FRAME, annotated)], [predicted], LABELS)

    assert result.counts == ((1, 0, 0), (0, 0, 0), (0, 1, 0))


def test_a_prediction_on_something_uncertain_is_not_counted() -> None:
    doubtful = Reading("1.png", FRAME, (), (square(0, 0, ENDODONTIC),))
    # The small box covers a fifth of the uncertain one, but lies wholly on it.
    small = Finding(Box(0, 0, 4, 5), ENDODONTIC)

    result = confusion([doubtful], [[small, square(0, 0, RESTORATION)]], LABELS)

    assert result.counts == ((0, 0, 0), (0, 0, 0), (1, 0, 0))


def test_classes_that_are_not_asked_for_are_left_out() -> None:
    annotated = (square(0, 0, "caries"),)

    result = confusion(
        [Reading("1.png", FRAME, annotated)], [[square(50, 0, "caries")]], LABELS
    )

    assert result.counts == ((0, 0, 0), (0, 0, 0), (0, 0, 0))
