"""What the chart and the report say of a tooth, by hand."""

from __future__ import annotations

import pytest

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box
from dentalviewer.reports.chart_drawing import Role, draw_chart
from dentalviewer.reports.tooth_states import (
    ToothState,
    in_order,
    sentence,
    tooth_states,
)
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import Placing

FIRST_MOLAR = Tooth(3, 6)


@pytest.mark.parametrize(
    ("labels", "seen", "words"),
    [
        (("restoration",), True, "restored"),
        (("restoration", "endodontic"), True, "root-filled and restored"),
        (("endodontic",), True, "root-filled"),
        (("implant",), False, "implant"),
        (("restoration", "implant"), False, "implant with a crown"),
        (("restoration", "endodontic", "?"), True, "root-filled, restored and ?"),
        ((), False, "not seen"),
        ((), True, ""),
        ((), None, ""),
    ],
)  # fmt: skip
def test_each_tooth_in_a_few_words(
    labels: tuple[str, ...], seen: bool | None, words: str
) -> None:
    assert sentence(ToothState(FIRST_MOLAR, seen, labels)) == words


def test_a_bridge_is_told_of_its_pillars_and_of_what_it_replaces() -> None:
    span = (Tooth(3, 4), Tooth(3, 5), Tooth(3, 6))
    teeth = [Finding(Box(0, 0, 1, 1), "34", Tooth(3, 4))]
    states = tooth_states([("restoration", Placing(span))], teeth)
    assert sentence(states[Tooth(3, 4)]) == "carries a bridge from 34 to 36"
    assert sentence(states[Tooth(3, 5)]) == "replaced by a bridge from 34 to 36"


def test_nobody_knows_which_teeth_are_there_where_none_was_numbered() -> None:
    states = tooth_states([], [Finding(Box(0, 0, 1, 1), "tooth")])
    assert len(states) == 32
    assert all(state.seen is None for state in states.values())


def test_teeth_go_along_the_upper_jaw_then_along_the_lower() -> None:
    mixed = [Tooth.from_fdi(n) for n in (36, 46, 11, 21, 18, 55)]
    assert [t.fdi_number for t in in_order(mixed)] == [18, 11, 21, 55, 46, 36]


def roles(number: int, state: ToothState) -> list[Role]:
    for drawn in draw_chart({state.tooth: state}):
        if drawn.place.tooth.fdi_number == number:
            return [part.role for part in drawn.parts]
    raise KeyError(number)


def test_a_missing_tooth_is_crossed_and_a_sound_one_is_not() -> None:
    missing = ToothState(FIRST_MOLAR, False)
    assert roles(36, missing).count(Role.CROSS) == 2
    assert Role.CROSS not in roles(36, ToothState(FIRST_MOLAR, True))
    assert Role.CROSS not in roles(36, ToothState(FIRST_MOLAR, None))


def test_every_root_of_a_molar_is_filled() -> None:
    """Two roots in the lower jaw, three in the upper."""
    lower = ToothState(FIRST_MOLAR, True, ("endodontic",))
    upper = ToothState(Tooth(2, 6), True, ("endodontic",))
    assert roles(36, lower).count(Role.CANAL) == 2
    assert roles(26, upper).count(Role.CANAL) == 3


def test_the_chart_mirrors_left_and_right() -> None:
    by_tooth = {drawn.place.tooth: drawn for drawn in draw_chart({})}
    width = max(d.place.left + d.place.width for d in by_tooth.values())
    for tooth in ARCH_TEETH:
        x, other = by_tooth[tooth].place.x, by_tooth[tooth.mirrored()].place.x
        assert x + other == pytest.approx(width)
