from __future__ import annotations

from pathlib import Path

import pytest

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.agreement_report import agreement_markdown
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading
from dentalviewer.evaluation.readers import ALL_LABELS, compare_readers
from dentalviewer.labels import RESTORATION
from tests.evaluation.conftest import FRAME, pair_of, reader, square


def test_f1_counts_the_findings_that_two_readers_share() -> None:
    first = reader("a", (square(0, 0), square(20, 0)), (square(0, 0),))
    second = reader("b", (square(0, 0),), (square(0, 0), square(50, 50)))

    pair = pair_of(compare_readers([first, second]), RESTORATION)

    # 2 shared of 3 and 3 findings: 2 x 2 / 6.
    assert (pair.both, pair.only_first, pair.only_second) == (2, 1, 1)
    assert pair.f1 is not None
    assert pair.f1.value == pytest.approx(2 / 3)
    # Either radiograph alone has 1 shared of 2 and 1: the interval has no width.
    assert (pair.f1.low, pair.f1.high) == pytest.approx((2 / 3, 2 / 3))


def test_outlines_must_be_named_by_teeth() -> None:
    one = reader("a", (square(0, 0),))

    with pytest.raises(AnnotationFileError, match="restoration"):
        compare_readers([one, one], teeth=one)


def test_where_nobody_marked_anything_there_is_no_agreement_to_speak_of() -> None:
    nothing = [reader("a", ()), reader("b", ())]

    (pair,) = compare_readers(nothing).pairs

    assert pair.label == ALL_LABELS
    assert (pair.both, pair.only_first, pair.only_second, pair.decisions) == (0,) * 4
    assert (pair.f1, pair.tooth_f1, pair.kappa) == (None, None, None)


def test_what_one_reader_was_uncertain_about_is_not_held_against_the_other() -> None:
    sure = reader("a", (square(0, 0), square(50, 0)))
    doubtful = AnnotationSet(
        Path("b.json"),
        (RESTORATION,),
        (Reading("1.png", FRAME, (square(50, 0),), (square(0, 0),)),),
    )

    pair = pair_of(compare_readers([sure, doubtful]), RESTORATION)

    assert (pair.both, pair.only_first, pair.only_second) == (1, 0, 0)


def test_readers_of_one_name_are_told_apart() -> None:
    one = reader("a", (square(0, 0),))

    assert compare_readers([one, one]).readers == ("a (1)", "a (2)")


def test_only_radiographs_that_all_have_read_are_compared() -> None:
    two = reader("a", (square(0, 0),), (square(0, 0),))
    first_only = reader("b", (square(0, 0),))

    comparison = compare_readers([two, first_only])

    assert comparison.images == 1
    assert pair_of(comparison, ALL_LABELS).only_first == 0


def test_readers_with_nothing_in_common_are_refused() -> None:
    one = reader("a", (square(0, 0),))
    other = AnnotationSet(
        Path("b.json"), (RESTORATION,), (Reading("9.png", FRAME, ()),)
    )

    with pytest.raises(AnnotationFileError, match="no radiograph in common with b"):
        compare_readers([one, other])


def test_the_table_tells_pairs_and_places() -> None:
    four = tuple(square(20 * n, 0) for n in range(4))
    detector = tuple(square(20 * n, 0, score=0.9) for n in range(2))

    text = agreement_markdown(
        compare_readers([reader("a", four), reader("b", four), reader("c", detector)]),
        resamples=1000,
    )

    assert "a, b, c (detector): 1 radiograph that all of them read." in text
    assert (
        "| a | c | restoration | 2 | 2 | 0 | 0.67 (0.67-0.67) | - | 0.00 (0.00-0.00) |"
        " 4 | place |" in text
    )
    assert (
        "| restoration | c | 3 | 0.67 (0.67-0.67) | 1.00 | - |"
        " no verdict: a single radiograph |" in text
    )
