from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from dentalviewer.errors import AnnotationFileError, NothingInCommonError
from dentalviewer.evaluation.agreement_report import agreement_csv, agreement_markdown
from dentalviewer.evaluation.annotation_set import (
    AnnotationSet,
    Reading,
    in_common,
    with_most_in_common,
)
from dentalviewer.evaluation.readers import ALL_LABELS, compare_readers
from dentalviewer.evaluation.tables import as_json
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
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


def test_what_both_marked_counts_even_where_one_was_uncertain_as_well() -> None:
    both = (square(0, 0), square(50, 0))
    around = Finding(Box(0, 0, 80, 20), RESTORATION)
    doubtful = AnnotationSet(
        Path("b.json"), (RESTORATION,), (Reading("1.png", FRAME, both, (around,)),)
    )

    pair = pair_of(compare_readers([reader("a", both), doubtful]), RESTORATION)

    assert (pair.both, pair.only_first, pair.only_second) == (2, 0, 0)


def test_kappa_per_place_is_not_told_where_no_place_can_be_a_no_of_both() -> None:
    # Eight shared of nine and nine: F1 is 16 / 18. With a single class, observed
    # agreement 8/10 is less than by chance, 0.9 x 0.9, though nothing is amiss.
    shared = tuple(square(11 * n, 0) for n in range(8))
    one = reader("a", (*shared, square(0, 50)))
    other = reader("b", (*shared, square(50, 50)))

    pair = pair_of(compare_readers([one, other]), RESTORATION)

    assert pair.f1 is not None
    assert pair.f1.value == pytest.approx(16 / 18)
    assert pair.kappa is None


def test_readers_of_one_name_are_told_apart() -> None:
    one = reader("a", (square(0, 0),))

    assert compare_readers([one, one]).readers == ("a (1)", "a (2)")


def test_only_radiographs_that_all_have_read_are_compared() -> None:
    two = reader("a", (square(0, 0),), (square(0, 0),))
    first_only = reader("b", (square(0, 0),))

    comparison = compare_readers([two, first_only])

    assert comparison.images == 1
    assert pair_of(comparison, ALL_LABELS).only_first == 0


def test_of_three_readers_all_must_have_read_a_radiograph() -> None:
    """The third has not seen the second one, nor the second the third."""
    everywhere = reader("a", *[(square(0, 0),)] * 3)
    other = reader("b", (square(0, 0),), (square(0, 0),))
    third = AnnotationSet(
        Path("c.json"),
        (RESTORATION,),
        tuple(Reading(f"{n}.png", FRAME, (square(0, 0),)) for n in (1, 3)),
    )

    comparison = compare_readers([everywhere, other, third])

    assert comparison.images == 1
    assert [pair.both for pair in comparison.pairs] == [1] * 6


def test_a_reader_who_states_no_size_is_taken_to_mean_that_of_the_others() -> None:
    sized = reader("a", (square(0, 0),))
    bare = AnnotationSet(
        Path("b.json"), (RESTORATION,), (Reading("1.png", None, (square(0, 0),)),)
    )

    for sets in ([sized, bare], [bare, sized]):
        for each in in_common(sets):
            # The first reader's, where it states one.
            expected = FRAME if each.name == "a" or sets[0] is sized else None
            assert [reading.size for reading in each.readings] == [expected]


def test_only_the_classes_that_are_asked_for_are_compared() -> None:
    findings = (square(0, 0), square(20, 0, IMPLANT))

    comparison = compare_readers(
        [reader("a", findings), reader("b", findings[:1])], labels=[RESTORATION]
    )

    assert comparison.labels == (RESTORATION,)
    assert [(p.label, p.both, p.only_first) for p in comparison.pairs] == [
        (RESTORATION, 1, 0),
        (ALL_LABELS, 1, 0),
    ]


def test_kappa_per_place_is_told_if_one_radiograph_has_a_no_of_both() -> None:
    """Of implants, where both marked a restoration; on the second radiograph is none.

    Of three places they agree on the implant of one and on none at two: kappa is 1.
    """
    first = (square(0, 0), square(20, 0), square(40, 0, IMPLANT))
    second = (square(0, 0, IMPLANT),)
    one, other = reader("a", first, second), reader("b", first, second)

    pair = pair_of(compare_readers([one, other]), IMPLANT)

    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(1)


def test_readers_with_nothing_in_common_are_refused() -> None:
    one = reader("a", (square(0, 0),))
    other = AnnotationSet(
        Path("b.json"), (RESTORATION,), (Reading("9.png", FRAME, ()),)
    )

    with pytest.raises(NothingInCommonError, match="no radiograph in common with b"):
        compare_readers([one, other])


def test_the_table_tells_pairs_and_places() -> None:
    four = tuple(square(20 * n, 0) for n in range(4))
    detector = tuple(square(20 * n, 0, score=0.9) for n in range(2))

    text = agreement_markdown(
        compare_readers([reader("a", four), reader("b", four), reader("c", detector)]),
        resamples=1000,
    )

    assert "a, b, c (detector): 1 radiograph that all of them read." in text
    assert "| a | c | restoration | 2 | 2 | 0 | 0.67 | - | - | 4 | place |" in text
    assert (
        "| restoration | c | 3 | 0.67 | 1.00 | - |"
        " no verdict: fewer than 5 radiographs |" in text
    )


def test_people_read_the_name_of_a_class_and_files_its_short_form() -> None:
    root = (square(0, 0, ENDODONTIC),)
    comparison = compare_readers([reader(name, root) for name in "abc"])

    text, rows = agreement_markdown(comparison, resamples=10), agreement_csv(comparison)

    assert "| a | b | endodontic treatment | 1 | 0 | 0 |" in text
    assert "\n| endodontic treatment | a | 1 |" in text
    assert "\na,b,endodontic treatment,1," in rows.replace("\r", "")
    assert "endodontic treatment" not in as_json(comparison).decode()


@pytest.mark.parametrize("count", [4, 5])
def test_intervals_are_told_from_five_radiographs_on(count: int) -> None:
    comparison = compare_readers([reader(n, *[(square(0, 0),)] * count) for n in "ab"])

    text = agreement_markdown(comparison, resamples=1000)
    first = agreement_csv(comparison).splitlines()[1].split(",")

    told = count == 5
    assert ("| 1.00 (1.00-1.00) |" in text) == told
    assert first[6:9] == (["1.0000"] * 3 if told else ["1.0000", "", ""])
    # What programs read keeps them all.
    f1 = pair_of(comparison, RESTORATION).f1
    assert f1 is not None
    assert (f1.low, f1.high) == (1, 1)


def _read(name: str, numbers: Iterable[int]) -> AnnotationSet:
    readings = tuple(Reading(f"{number}.png", FRAME, ()) for number in numbers)
    return AnnotationSet(Path(f"{name}.json"), (RESTORATION,), readings)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ([], set()),
        ([range(30)], {0}),
        ([range(30), range(30), range(1)], {0, 1}),
        ([range(1), range(30), range(30)], {1, 2}),
        # With the third, half of what the others share is left.
        ([range(30), range(30), range(15)], {0, 1, 2}),
        # The largest set is about other radiographs.
        ([range(100, 900), range(30), range(20)], {1, 2}),
        # Each of the last two would leave half, but not both.
        ([range(20), range(20), range(10), range(10, 20)], {0, 1, 2}),
    ],
)
def test_those_with_most_radiographs_in_common_are_compared_at_first(
    read: list[range], expected: set[int]
) -> None:
    sets = [_read(str(place), numbers) for place, numbers in enumerate(read)]

    assert with_most_in_common(sets) == expected


def test_a_radiograph_is_the_same_whatever_the_folder_and_the_suffix() -> None:
    sets = [
        AnnotationSet(Path("x.json"), (), (Reading(name, FRAME, ()),))
        for name in ("1.png", "2.png", "folder/1.jpg")
    ]

    assert with_most_in_common(sets) == {0, 2}
