from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.agreement_report import (
    agreement_markdown,
    place_in_words,
)
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading
from dentalviewer.evaluation.readers import (
    ALL_LABELS,
    PairAgreement,
    ReaderComparison,
    Unit,
    cohen_kappa,
    compare_readers,
)
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square


def reader(name: str, *radiographs: tuple[Finding, ...]) -> AnnotationSet:
    readings = tuple(
        Reading(f"{number}.png", FRAME, findings)
        for number, findings in enumerate(radiographs, 1)
    )
    labels = dict.fromkeys(f.label for findings in radiographs for f in findings)
    return AnnotationSet(Path(f"{name}.json"), tuple(labels), readings)


def pair_of(
    comparison: ReaderComparison, label: str, first: str = "a", second: str = "b"
) -> PairAgreement:
    (found,) = (
        pair
        for pair in comparison.pairs
        if (pair.first, pair.second, pair.label) == (first, second, label)
    )
    return found


def on_tooth(number: int, label: str = ENDODONTIC) -> Finding:
    """A finding of one tooth, in a place of its own."""
    return square(10 * (number % 10), 10 * (number // 10), label,
                  tooth=Tooth.from_fdi(number))  # fmt: skip


def test_kappa_of_a_worked_example() -> None:
    # 20 and 15 decided alike, 5 and 10 not: observed 0.70; chance is
    # 25/50 x 30/50 + 25/50 x 20/50 = 0.50; so (0.70 - 0.50) / (1 - 0.50).
    kappa = cohen_kappa(np.array([[20, 5, 10, 15]]))

    assert kappa[0] == pytest.approx(0.4)


def test_kappa_is_not_defined_where_both_always_say_the_same() -> None:
    assert np.isnan(cohen_kappa(np.array([[0, 0, 0, 32], [7, 0, 0, 0]]))).all()


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


def test_kappa_is_per_tooth_where_all_findings_name_theirs() -> None:
    first = reader("a", (on_tooth(11), on_tooth(12)))
    second = reader("b", (on_tooth(12), on_tooth(13)))

    pair = pair_of(compare_readers([first, second]), ENDODONTIC)

    # Of 32 teeth 1 both, 1 and 1 by one reader, 29 neither. Observed 30/32; chance
    # (2 x 2 + 30 x 30) / 32² = 904/1024; kappa (960 - 904) / (1024 - 904).
    assert (pair.unit, pair.decisions) == (Unit.TOOTH, 32)
    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(56 / 120)
    # Of 2 and 2 teeth 1 is shared.
    assert pair.tooth_f1 is not None
    assert pair.tooth_f1.value == pytest.approx(1 / 2)


def test_a_deciduous_tooth_is_one_more_decision() -> None:
    both = (on_tooth(55),)

    pair = pair_of(compare_readers([reader("a", both), reader("b", both)]), ENDODONTIC)

    assert pair.decisions == 33
    assert pair.kappa is not None
    assert pair.kappa.value == 1


def test_kappa_is_per_marked_place_where_teeth_are_not_known() -> None:
    first = reader("a", (square(0, 0), square(20, 0, ENDODONTIC),
                         square(60, 0, ENDODONTIC)))  # fmt: skip
    second = reader("b", (square(0, 0), square(20, 0), square(40, 0),
                          square(60, 0, ENDODONTIC)))  # fmt: skip

    pair = pair_of(compare_readers([first, second]), RESTORATION)

    # Restoration: yes-yes, no-yes (named differently), no-yes (only b), no-no.
    # Observed 2/4; chance (1 x 3 + 3 x 1) / 16; kappa (8 - 6) / (16 - 6).
    assert (pair.unit, pair.decisions) == (Unit.PLACE, 4)
    assert pair.tooth_f1 is None
    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(0.2)


def test_outlines_of_the_teeth_tell_which_tooth_a_finding_is_on() -> None:
    # Three upper teeth side by side, 30 high; a lower one that the crowns just touch.
    upper = [
        Finding(Box(0, 0, 10, 30), "18"),
        Finding(Box(10, 0, 22, 30), "17"),
        Finding(Box(22, 0, 30, 30), "16"),
    ]
    teeth = reader("teeth", (*upper, Finding(Box(0, 28, 10, 60), "48")))
    bridge = Finding(Box(0, 15, 30, 30), RESTORATION)
    crowns = tuple(
        Finding(Box(x_min, 15, x_max, 30), RESTORATION)
        for x_min, x_max in ((0, 10), (10, 22))
    )

    comparison = compare_readers(
        [reader("a", (bridge,)), reader("b", crowns)], teeth=teeth
    )

    pair = pair_of(comparison, RESTORATION)
    # The bridge is paired with the wider crown alone (IoU 12/30), yet both readers have
    # a restoration on 18 and 17, and only a on 16. Observed 3/4; chance
    # (3 x 2 + 1 x 2) / 16 = 1/2; kappa 1/2. Of 3 and 2 teeth 2 are shared.
    assert (pair.both, pair.only_first, pair.only_second) == (1, 0, 1)
    assert (pair.unit, pair.decisions) == (Unit.TOOTH, 4)
    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(1 / 2)
    assert pair.tooth_f1 is not None
    assert pair.tooth_f1.value == pytest.approx(4 / 5)


def test_an_implant_in_a_gap_is_a_decision_of_its_own() -> None:
    teeth = reader("teeth", (Finding(Box(0, 0, 10, 30), "17"),))
    implant = (Finding(Box(40, 0, 50, 20), IMPLANT),)

    comparison = compare_readers(
        [reader("a", implant), reader("b", implant)], teeth=teeth
    )

    pair = pair_of(comparison, IMPLANT)
    assert pair.decisions == 2
    assert pair.kappa is not None
    assert pair.kappa.value == 1


def test_an_implant_named_by_its_gap_is_the_one_that_another_leaves_unnamed() -> None:
    teeth = reader("teeth", (Finding(Box(0, 0, 10, 30), "17"),))
    box = Box(40, 0, 50, 20)
    unnamed, named = Finding(box, IMPLANT), Finding(box, IMPLANT, Tooth(1, 5))

    comparison = compare_readers(
        [reader("a", (unnamed,)), reader("b", (named,))], teeth=teeth
    )

    pair = pair_of(comparison, IMPLANT)
    assert pair.tooth_f1 is not None
    assert pair.tooth_f1.value == 1


def test_a_bridge_named_by_its_ends_lies_on_the_teeth_that_are_there() -> None:
    # 15 is missing; the box covers both teeth beside the gap wholly.
    teeth = reader(
        "teeth",
        (Finding(Box(0, 0, 10, 30), "16"), Finding(Box(20, 0, 30, 30), "14")),
    )
    box = Box(0, 0, 30, 20)
    drawn = Finding(box, RESTORATION)
    named = Finding(box, RESTORATION, Tooth(1, 6), last_tooth=Tooth(1, 4))

    comparison = compare_readers(
        [reader("a", (drawn,)), reader("b", (named,))], teeth=teeth
    )

    pair = pair_of(comparison, RESTORATION)
    assert pair.decisions == 2
    assert pair.tooth_f1 is not None
    assert pair.tooth_f1.value == 1


def test_outlines_must_be_named_by_teeth() -> None:
    one = reader("a", (square(0, 0),))

    with pytest.raises(AnnotationFileError, match="restoration"):
        compare_readers([one, one], teeth=one)


def test_what_one_reader_was_uncertain_about_is_not_held_against_the_other() -> None:
    sure = reader("a", (square(0, 0), square(50, 0)))
    doubtful = AnnotationSet(
        Path("b.json"),
        (RESTORATION,),
        (Reading("1.png", FRAME, (square(50, 0),), (square(0, 0),)),),
    )

    pair = pair_of(compare_readers([sure, doubtful]), RESTORATION)

    assert (pair.both, pair.only_first, pair.only_second) == (1, 0, 0)


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
    detector = reader("c", *[marks(2, score=0.9)] * 3)

    comparison = compare_readers(
        [reader("a", *[marks(4)] * 3), reader("b", *[marks(4)] * 3), detector]
    )

    # On each of three radiographs F1 of a and b is 1, of either with c 2/3: less by
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
    detector = reader("c", *[marks(2, score=0.9)] * 2)

    comparison = compare_readers([reader("a", a, a), reader("b", b, b), detector])

    assert words(comparison, "c") == "above people"


def test_a_place_that_other_radiographs_would_change_is_no_verdict() -> None:
    # On the first radiograph c misses half of what a and b share, on the second a and b
    # share nothing and c is with a: either, drawn twice, says the opposite.
    comparison = compare_readers(
        [
            reader("a", marks(2), marks(2)),
            reader("b", marks(2), (square(60, 50),)),
            reader("c", marks(1, score=0.9), marks(2, score=0.9)),
        ]
    )

    # F1 of a and b is 2 x 2 / (4 + 3) = 4/7, of c with a 2 x 3 / (3 + 4) = 6/7, with
    # b 2 x 1 / (3 + 3) = 1/3: their mean is 25/42, more by 1/42.
    standing = next(s for s in comparison.standings if s.reader == "c")
    assert standing.mean_f1.value == pytest.approx(25 / 42)
    assert standing.difference is not None
    assert standing.difference.value == pytest.approx(1 / 42)
    assert words(comparison, "c") == "not distinguishable from people"


def test_detectors_are_never_called_people() -> None:
    # The two detectors agree wholly with each other, and less with the only person.
    detectors = [reader(name, *[marks(2, score=0.9)] * 2) for name in ("b", "c")]

    comparison = compare_readers([reader("a", *[marks(4)] * 2), *detectors])

    assert {s.others for s in comparison.standings} == {None}
    for name in "abc":
        assert words(comparison, name) == ("no verdict: fewer than two other people")


def test_of_two_people_neither_is_judged_by_the_other_alone() -> None:
    comparison = compare_readers(
        [
            reader("a", *[marks(4)] * 2),
            reader("b", *[marks(3)] * 2),
            reader("c", *[marks(2, score=0.9)] * 2),
        ]
    )

    assert words(comparison, "a") == "no verdict: fewer than two other people"
    assert words(comparison, "c") == "below people"


def test_what_the_other_people_do_not_mark_gives_no_verdict() -> None:
    implant = square(50, 50, IMPLANT, score=0.9)
    detector = reader("c", *[(*marks(2, score=0.9), implant)] * 2)

    comparison = compare_readers(
        [reader("a", *[marks(4)] * 2), reader("b", *[marks(4)] * 2), detector]
    )

    assert words(comparison, "c", IMPLANT) == "no verdict: the other people mark none"


def test_two_readers_alone_have_no_places() -> None:
    one = reader("a", (square(0, 0),))

    assert compare_readers([one, one]).standings == ()


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
