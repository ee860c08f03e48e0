from __future__ import annotations

import pytest

from dentalviewer.evaluation.agreement_report import place_in_words
from dentalviewer.evaluation.readers import ReaderComparison, compare_readers
from dentalviewer.labels import IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import reader, square


def test_each_reader_has_a_place_among_the_others() -> None:
    # a and b agree on all four, c (a detector) on two of them.
    four = tuple(square(20 * n, 0) for n in range(4))
    detector = tuple(square(20 * n, 0, score=0.9) for n in range(2))

    comparison = compare_readers(
        [reader("a", four), reader("b", four), reader("c", detector)]
    )

    # F1 of a and b is 1; of either with c 2 x 2 / (4 + 2) = 2/3.
    standings = {s.reader: s for s in comparison.standings if s.label == RESTORATION}
    assert standings["a"].mean_f1.value == pytest.approx(1)
    assert standings["c"].mean_f1.value == pytest.approx(2 / 3)
    assert [standings[name].rank for name in "abc"] == [1, 1, 3]
    assert standings["c"].others == (1, 1)
    assert comparison.detectors == ("c",)


def test_readers_who_mark_the_same_have_one_place_whatever_the_last_digit() -> None:
    # Means of the same three numbers, added in another order each time.
    marks = {"a": (0, 1, 2), "b": (0, 1, 3, 4, 5), "c": (0, 2, 3, 6, 7, 8, 9)}
    marks["d"] = marks["a"]
    readers = [
        reader(name, tuple(square(20 * n, 0) for n in places))
        for name, places in marks.items()
    ]

    for first in range(4):
        standings = compare_readers(readers[first:] + readers[:first]).standings
        ranks = {s.reader: s.rank for s in standings if s.label == RESTORATION}
        assert ranks["a"] == ranks["d"]


def test_a_detector_is_judged_by_people_and_not_by_another_detector() -> None:
    four = tuple(square(20 * n, 0) for n in range(4))
    detector = tuple(square(20 * n, 0, score=0.9) for n in range(2))

    comparison = compare_readers(
        [
            reader("a", four),
            reader("b", four[:3]),
            reader("c", detector),
            reader("d", detector),
        ]
    )

    # F1 of c with a is 2 x 2 / 6, with b 2 x 2 / 5, with d 1; of a with b 6 / 7.
    standings = {s.reader: s for s in comparison.standings if s.label == RESTORATION}
    assert standings["c"].mean_f1.value == pytest.approx((4 / 6 + 4 / 5) / 2)
    assert standings["c"].others == pytest.approx((6 / 7, 6 / 7))
    # A single radiograph tells nothing of others.
    assert standings["c"].difference is None
    assert not standings["c"].is_clear
    # Between people there is no pair without a.
    assert standings["a"].mean_f1.value == pytest.approx(6 / 7)
    assert standings["a"].others is None


def words(comparison: ReaderComparison, reader: str, label: str = RESTORATION) -> str:
    (found,) = (
        place_in_words(comparison, standing)
        for standing in comparison.standings
        if (standing.reader, standing.label) == (reader, label)
    )
    return found


def marks(count: int, **fields: object) -> tuple[Finding, ...]:
    return tuple(square(20 * n, 0, **fields) for n in range(count))  # type: ignore[arg-type]


def test_who_agrees_less_with_people_on_every_radiograph_is_below_them() -> None:
    detector = reader("c", *[marks(2, score=0.9)] * 5)

    comparison = compare_readers(
        [reader("a", *[marks(4)] * 5), reader("b", *[marks(4)] * 5), detector]
    )

    # On each of five radiographs F1 of a and b is 1, of either with c 2/3: less by
    # 1/3 whichever are drawn.
    standing = next(s for s in comparison.standings if s.reader == "c")
    assert standing.difference is not None
    assert standing.difference.value == pytest.approx(-1 / 3)
    assert standing.difference.high == pytest.approx(-1 / 3)
    assert words(comparison, "c") == "below people"


def test_who_agrees_more_with_people_than_they_do_is_above_them() -> None:
    # c marks the two that a and b share; F1 with either is 2 x 2 / (3 + 2) = 4/5, of
    # a with b 2 x 2 / (3 + 3) = 2/3.
    shared = marks(2)
    a, b = (*shared, square(60, 50)), (*shared, square(80, 50))
    detector = reader("c", *[marks(2, score=0.9)] * 5)

    comparison = compare_readers(
        [reader("a", *[a] * 5), reader("b", *[b] * 5), detector]
    )

    assert words(comparison, "c") == "above people"


def test_a_place_that_other_radiographs_would_change_is_no_verdict() -> None:
    # On the first radiograph c misses half of what a and b share, on the second a and b
    # share nothing and c is with a: either, drawn twice, says the opposite.
    comparison = compare_readers(
        [
            reader("a", *[marks(2), marks(2)] * 3),
            reader("b", *[marks(2), (square(60, 50),)] * 3),
            reader("c", *[marks(1, score=0.9), marks(2, score=0.9)] * 3),
        ]
    )

    # Of every two, F1 of a and b is 2 x 2 / (4 + 3) = 4/7, of c with a
    # 2 x 3 / (3 + 4) = 6/7, with b 2 x 1 / (3 + 3) = 1/3: their mean is 25/42, more
    # by 1/42.
    standing = next(s for s in comparison.standings if s.reader == "c")
    assert standing.mean_f1.value == pytest.approx(25 / 42)
    assert standing.difference is not None
    assert standing.difference.value == pytest.approx(1 / 42)
    assert words(comparison, "c") == "not distinguishable from people"


def test_detectors_are_never_called_people() -> None:
    # The two detectors agree wholly with each other, and less with the only person.
    detectors = [reader(name, *[marks(2, score=0.9)] * 5) for name in ("b", "c")]

    comparison = compare_readers([reader("a", *[marks(4)] * 5), *detectors])

    assert {s.others for s in comparison.standings} == {None}
    for name in "abc":
        assert words(comparison, name) == ("no verdict: fewer than two other people")


def test_of_two_people_neither_is_judged_by_the_other_alone() -> None:
    comparison = compare_readers(
        [
            reader("a", *[marks(4)] * 5),
            reader("b", *[marks(3)] * 5),
            reader("c", *[marks(2, score=0.9)] * 5),
        ]
    )

    assert words(comparison, "a") == "no verdict: fewer than two other people"
    assert words(comparison, "c") == "below people"


def test_what_the_other_people_do_not_mark_gives_no_verdict() -> None:
    implant = square(50, 50, IMPLANT, score=0.9)
    detector = reader("c", *[(*marks(2, score=0.9), implant)] * 5)

    comparison = compare_readers(
        [reader("a", *[marks(4)] * 5), reader("b", *[marks(4)] * 5), detector]
    )

    assert words(comparison, "c", IMPLANT) == "no verdict: the other people mark none"


def test_two_readers_alone_have_no_places() -> None:
    one = reader("a", (square(0, 0),))

    assert compare_readers([one, one]).standings == ()
