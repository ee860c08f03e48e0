from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.evaluation.reader_decisions import Unit, cohen_kappa
from dentalviewer.evaluation.readers import compare_readers
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import pair_of, reader, square


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


def test_of_one_class_the_teeth_of_another_do_not_count() -> None:
    first = reader("a", (on_tooth(11, RESTORATION), on_tooth(12)))
    second = reader("b", (on_tooth(11), on_tooth(12, RESTORATION)))

    pair = pair_of(compare_readers([first, second]), RESTORATION)

    # One has a restoration on 11, the other on 12. Observed 30/32; chance
    # (1 x 1 + 31 x 31) / 32² = 962/1024; kappa (960 - 962) / (1024 - 962).
    assert (pair.unit, pair.decisions) == (Unit.TOOTH, 32)
    assert pair.tooth_f1 is not None
    assert pair.tooth_f1.value == 0
    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(-2 / 62)


def test_at_one_place_findings_of_one_class_belong_together_first() -> None:
    """Even where that of another class has nearly the same box."""
    filling = Finding(Box(0, 0, 10, 9), ENDODONTIC)
    low = Finding(Box(0, 0, 10, 6), RESTORATION)
    first, second = reader("a", (square(0, 0),)), reader("b", (filling, low))

    pair = pair_of(compare_readers([first, second]), RESTORATION)

    # A restoration of both, and a place where neither has one.
    assert (pair.unit, pair.decisions) == (Unit.PLACE, 2)
    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(1)


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


def test_where_no_tooth_is_left_only_what_was_marked_is_a_decision() -> None:
    teeth = reader("teeth", ())
    first = reader("a", (square(0, 0, IMPLANT), square(40, 0, IMPLANT)))
    second = reader("b", (square(0, 0, IMPLANT), square(80, 0, IMPLANT)))

    pair = pair_of(compare_readers([first, second], teeth=teeth), IMPLANT)

    assert (pair.both, pair.only_first, pair.only_second) == (1, 1, 1)
    assert (pair.unit, pair.decisions) == (Unit.TOOTH, 3)


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
