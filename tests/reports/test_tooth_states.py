"""What the chart and the report say of a tooth, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.geometry import Box
from dentalviewer.placing import Placing
from dentalviewer.reports.chart_drawing import (
    Role,
    dentitions,
    draw_chart,
    report_charts,
)
from dentalviewer.reports.tooth_shapes import EDGE
from dentalviewer.reports.tooth_states import (
    Placed,
    ToothState,
    few_words,
    in_order,
    in_short,
    sentence,
    told_of,
    tooth_states,
)
from dentalviewer.review import ToothWords
from dentalviewer.study import Finding

FIRST_MOLAR = Tooth(3, 6)


def test_a_tooth_is_in_doubt_as_soon_as_one_of_its_findings_is() -> None:
    sure, doubtful = Placing((FIRST_MOLAR,)), Placing((FIRST_MOLAR,), doubtful=True)

    for placed in (
        [Placed("restoration", sure), Placed("endodontic", doubtful)],
        [Placed("restoration", doubtful), Placed("endodontic", sure)],
    ):
        state = tooth_states(placed, ())[FIRST_MOLAR]
        assert state.doubtful
        assert state.labels == ("restoration", "endodontic")
    assert not tooth_states([Placed("restoration", sure)], ())[FIRST_MOLAR].doubtful


def test_a_tooth_whose_number_is_in_doubt_bears_a_question_mark_untreated_too() -> None:
    box = Box(0, 0, 10, 30)
    doubted = Finding(box, "36", FIRST_MOLAR, 0.5, tooth_in_doubt=True)
    for placed in ([], [Placed("restoration", Placing((FIRST_MOLAR,), doubtful=True))]):
        states = tooth_states(placed, [doubted])
        assert [t for t, state in states.items() if state.questioned] == [FIRST_MOLAR]
    assert not sentence(tooth_states([], [doubted])[FIRST_MOLAR])


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
    assert few_words(ToothState(FIRST_MOLAR, seen, labels)) == words


@pytest.mark.parametrize(
    ("labels", "seen", "words"),
    [
        (("restoration",), True, "is restored"),
        (("restoration", "endodontic"), True, "is root-filled and restored"),
        (("implant",), False, "is replaced by an implant"),
        (("restoration", "implant"), False, "is replaced by an implant with a crown"),
        (("endodontic", "cyst"), True, "is root-filled and is marked as cyst"),
        ((), False, "was not seen"),
    ],
)  # fmt: skip
def test_each_tooth_in_a_sentence_that_a_patient_can_read(
    labels: tuple[str, ...], seen: bool | None, words: str
) -> None:
    state = ToothState(FIRST_MOLAR, seen, labels)
    assert sentence(state) == f"The lower left first molar (36) {words}."
    assert sentence(state, Notation.UNIVERSAL) == (
        f"The lower left first molar (19) {words}."
    )


def test_a_sentence_says_what_is_in_doubt_or_stated() -> None:
    tooth = ToothState(FIRST_MOLAR, True, ("restoration",))
    start = "The lower left first molar (36)"
    for state, words in (
        (replace(tooth, doubtful=True), "is restored (tooth number in doubt)."),
        (replace(tooth, seen=False, stated=True, labels=()), "is missing."),
    ):
        assert sentence(state) == f"{start} {words}"
    assert sentence(ToothState(FIRST_MOLAR, True)) == ""
    assert sentence(ToothState(FIRST_MOLAR)) == ""


def test_a_bridge_is_told_in_sentences_too() -> None:
    states = {
        tooth: sentence(state)
        for tooth, state in tooth_states(
            [Placed("restoration", Placing((Tooth(3, 4), Tooth(3, 5), FIRST_MOLAR)))],
            found(34, 36),
        ).items()
    }
    assert states[Tooth(3, 4)] == (
        "The lower left first premolar (34) carries a bridge from 34 to 36."
    )
    assert states[Tooth(3, 5)] == (
        "The lower left second premolar (35) is replaced by a bridge from 34 to 36."
    )


def test_own_words_stand_alone_where_they_name_the_tooth_and_else_after_its_name() -> (
    None
):
    """What was said before there were sentences are words without a name."""
    full = "The lower left first premolar (34) has a gold crown."
    for words, fdi, universal in (
        (full, full, "The lower left first premolar (21) has a gold crown."),
        (
            "gold crown",
            "Lower left first premolar (34): gold crown",
            "Lower left first premolar (21): gold crown",
        ),
        (
            f"{full} As on 24.",
            f"{full} As on 24.",
            f"{full} As on 24. (in FDI numbers)",
        ),
    ):
        own = ToothWords(Tooth(3, 4), words, notation=Notation.FDI)
        state = tooth_states([], found(34), [own])[Tooth(3, 4)]
        assert told_of(state) == fdi
        assert told_of(state, Notation.UNIVERSAL) == universal


def test_a_root_filling_where_a_tooth_was_said_to_be_missing_is_told_apart() -> None:
    labels = ("restoration", "endodontic")
    state = ToothState(FIRST_MOLAR, False, labels, doubtful=True, stated=True)

    check = "but a root filling is marked there; please check"
    assert few_words(state) == f"missing and replaced, {check}"
    unreplaced = replace(state, labels=labels[1:])
    assert few_words(unreplaced) == f"missing, {check}"
    told = f"The lower left first molar (36) is recorded as missing, {check}."
    assert sentence(unreplaced) == told


def found(*numbers: int) -> list[Finding]:
    return [Finding(Box(0, 0, 1, 1), str(n), Tooth.from_fdi(n)) for n in numbers]


def told(
    *placed: tuple[str, tuple[int, ...]], teeth: tuple[int, ...]
) -> dict[int, str]:
    """The sentence of each tooth of which there is one, but that it was not seen."""
    findings = [
        Placed(label, Placing(tuple(map(Tooth.from_fdi, numbers))))
        for label, numbers in placed
    ]
    sentences = {
        tooth.fdi_number: few_words(state)
        for tooth, state in tooth_states(findings, found(*teeth)).items()
    }
    return {n: words for n, words in sentences.items() if words not in ("", "not seen")}


def test_a_bridge_is_told_of_its_pillars_and_of_what_it_replaces() -> None:
    assert told(("restoration", (34, 35, 36)), teeth=(34, 36)) == {
        34: "carries a bridge from 34 to 36",
        35: "replaced by a bridge from 34 to 36",
        36: "carries a bridge from 34 to 36",
    }


def test_what_covers_teeth_that_are_all_there_is_no_bridge() -> None:
    """It may be joined crowns, or fillings side by side: one box does not tell."""
    assert told(
        ("restoration", (41, 31)), ("endodontic", (41,)), teeth=(42, 41, 31, 32)
    ) == {
        41: "root-filled and restored (joined or adjoining, 41 to 31)",
        31: "restored (joined or adjoining, 41 to 31)",
    }


def test_nobody_knows_whether_it_is_a_bridge_where_no_tooth_was_numbered() -> None:
    unclear = "part of a bridge, or of neighbouring restorations, from 34 to 35"
    assert told(("restoration", (34, 35)), teeth=()) == {34: unclear, 35: unclear}


def test_a_person_who_says_that_a_tooth_is_missing_makes_it_a_bridge() -> None:
    span = Placing((Tooth(3, 4), Tooth(3, 5), Tooth(3, 6)))
    states = tooth_states(
        [Placed("restoration", span)], [], stated={Tooth(3, 5): False}
    )
    assert few_words(states[Tooth(3, 5)]) == "replaced by a bridge from 34 to 36"


def test_implants_carry_a_bridge_too() -> None:
    assert told(
        ("implant", (34,)),
        ("implant", (36,)),
        ("restoration", (34, 35, 36)),
        teeth=(33, 37),
    ) == {
        34: "implant carrying a bridge from 34 to 36",
        35: "replaced by a bridge from 34 to 36",
        36: "implant carrying a bridge from 34 to 36",
    }


def test_two_implants_with_one_box_over_them_carry_crowns() -> None:
    crowned = "implant with a crown (joined or adjoining, 35 to 36)"
    assert told(
        ("implant", (35,)), ("implant", (36,)), ("restoration", (35, 36)), teeth=(34,)
    ) == {35: crowned, 36: crowned}


def test_a_tooth_between_two_bridges_carries_both() -> None:
    said = told(
        ("restoration", (32, 33, 34)), ("restoration", (34, 35, 36)), teeth=(32, 34, 36)
    )
    assert said[34] == "carries a bridge from 32 to 34 and a bridge from 34 to 36"
    assert said[33] == "replaced by a bridge from 32 to 34"
    assert said[35] == "replaced by a bridge from 34 to 36"


def test_other_classes_make_no_bridge_however_wide() -> None:
    assert told(("calculus", (41, 31)), teeth=(41, 31)) == {
        41: "calculus",
        31: "calculus",
    }


def test_own_words_are_said_while_what_they_were_said_of_holds() -> None:
    """34 was root-filled and restored when the reader reworded it."""
    placing = Placing((Tooth(3, 4),))
    words = [
        ToothWords(Tooth(3, 4), "root-filled and crowned", "root-filled and restored")
    ]
    both = [Placed("endodontic", placing), Placed("restoration", placing)]
    then = tooth_states(both, found(34), words)[Tooth(3, 4)]
    now = tooth_states(both[1:], found(34), words)[Tooth(3, 4)]
    assert in_short(then) == "root-filled and crowned"
    assert in_short(now) == "restored"


@pytest.mark.parametrize(
    ("words", "said_in", "told"),
    [
        ("crown as on 24", Notation.FDI, "crown as on 24"),
        ("crown as on 12", Notation.UNIVERSAL, "crown as on 12 (in Universal numbers)"),
        ("crown of 2019", Notation.UNIVERSAL, "crown of 2019"),
        ("A crown as T", Notation.UNIVERSAL, "A crown as T (in Universal numbers)"),
        ("A crown", Notation.UNIVERSAL, "A crown"),
        ("crown as on 12", None, "crown as on 12"),
    ],
)  # fmt: skip
def test_own_words_name_the_system_of_their_numbers_where_it_is_another(
    words: str, said_in: Notation | None, told: str
) -> None:
    """The report is in FDI numbers; of some words nobody kept the system."""
    own = ToothWords(Tooth(3, 4), words, notation=said_in)
    state = tooth_states([], found(34), [own])[Tooth(3, 4)]
    assert in_short(state, Notation.FDI) == told


def test_a_sentence_in_fdi_numbers_says_so_in_a_report_in_universal_ones() -> None:
    own = ToothWords(Tooth(3, 4), "crown as on 24", notation=Notation.FDI)
    state = tooth_states([], found(34), [own])[Tooth(3, 4)]
    told = in_short(state, Notation.UNIVERSAL)
    assert told == "crown as on 24 (in FDI numbers)"


def test_own_words_in_doubt_are_not_said() -> None:
    own = ToothWords(Tooth(3, 4), "gold crown", in_doubt=True)
    state = tooth_states([], found(34), [own])[Tooth(3, 4)]
    assert in_short(state) == ""


@pytest.mark.parametrize(
    ("labels", "earlier"),
    [
        (("restoration",), "restored (the tooth is in doubt)"),
        (("endodontic",), "missing, yet a root filling is marked here: please check"),
    ],
)
def test_own_words_are_kept_that_stand_for_an_earlier_wording_of_the_same(
    labels: tuple[str, ...], earlier: str
) -> None:
    place = Placing((FIRST_MOLAR,), doubtful=True)
    stated = {} if labels == ("restoration",) else {FIRST_MOLAR: False}
    own = ToothWords(FIRST_MOLAR, "gold crown", instead_of=earlier)
    placed = [Placed(label, place) for label in labels]
    states = tooth_states(placed, found(36), [own], stated)
    assert in_short(states[FIRST_MOLAR]) == "gold crown"


def test_own_words_are_kept_of_what_may_have_been_called_a_bridge_before() -> None:
    earlier = "part of a bridge or of adjoining restorations from 34 to 35"
    own = ToothWords(Tooth(3, 4), "bridge", instead_of=earlier)
    span = Placed("restoration", Placing((Tooth(3, 4), Tooth(3, 5))))
    assert in_short(tooth_states([span], (), [own])[Tooth(3, 4)]) == "bridge"


def test_own_words_of_earlier_reviews_are_said_of_whatever_is_there() -> None:
    words = [ToothWords(Tooth(3, 4), "crowned")]
    state = tooth_states([], found(34), words)[Tooth(3, 4)]
    assert in_short(state) == "crowned"


def test_who_numbers_permanent_teeth_has_not_looked_for_deciduous_ones() -> None:
    crown = [Placed("restoration", Placing((Tooth(8, 5),)))]
    states = tooth_states(crown, found(46, 47))
    assert states[Tooth(8, 5)].seen is None
    assert states[Tooth(4, 5)].seen is False


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


def test_a_tooth_said_to_be_missing_is_crossed_otherwise_than_one_not_seen() -> None:
    not_seen = ToothState(FIRST_MOLAR, False)
    missing = replace(not_seen, stated=True)
    assert roles(36, missing).count(Role.MISSING) == 2
    assert Role.NOT_SEEN not in roles(36, missing)
    assert roles(36, not_seen).count(Role.NOT_SEEN) == 2
    assert Role.MISSING not in roles(36, not_seen)
    for there in (True, None):
        crosses = {Role.MISSING, Role.NOT_SEEN}
        assert not crosses & {*roles(36, ToothState(FIRST_MOLAR, there))}


def test_who_says_at_which_tooth_a_root_filling_is_says_that_the_tooth_is_there() -> (
    None
):
    """36 was not seen; a crown may stand there for it all the same."""
    stated = Placing((FIRST_MOLAR,), stated=True)
    worked_out = Placing((FIRST_MOLAR,))
    for label, placing, there in (
        ("endodontic", stated, True),
        ("endodontic", worked_out, False),
        ("restoration", stated, False),
    ):
        placed = [Placed(label, placing)]
        state = tooth_states(placed, found(34, 35))[FIRST_MOLAR]
        assert (state.seen, Role.NOT_SEEN not in roles(36, state)) == (there, there)
    placed = [Placed("endodontic", stated)]
    assert tooth_states(placed, found(34))[FIRST_MOLAR].in_words == "present"
    # Nobody looked for teeth; or somebody says both.
    assert tooth_states(placed, ())[FIRST_MOLAR].seen is None
    gone = {FIRST_MOLAR: False}
    assert tooth_states(placed, found(34), stated=gone)[FIRST_MOLAR].contradictory


def test_a_tooth_that_nobody_looked_for_is_neither_there_nor_gone() -> None:
    unknown = set(roles(36, ToothState(FIRST_MOLAR)))
    assert unknown == {Role.UNKNOWN}
    assert Role.UNKNOWN not in roles(36, ToothState(FIRST_MOLAR, True))


def test_a_treated_tooth_is_there_whoever_looked() -> None:
    filled = roles(36, ToothState(FIRST_MOLAR, None, ("endodontic",)))
    crowned = roles(36, ToothState(FIRST_MOLAR, None, ("restoration",)))
    assert Role.UNKNOWN not in filled + crowned


def test_what_one_restoration_covers_is_joined_by_one_bar_each() -> None:
    """From the middle of 42 to that of 41, and on to that of 31 over the midline."""
    span = (Tooth(4, 2), Tooth(4, 1), Tooth(3, 1))
    states = tooth_states([Placed("restoration", Placing(span))], found(42, 31))
    chart = draw_chart(states)
    at = {drawn.place.tooth: drawn.place.x for drawn in chart}
    bars = [
        (part.curve[0][0], part.curve[-1][0])
        for drawn in chart
        for part in drawn.parts
        if part.role is Role.BAR
    ]
    assert bars == [(at[span[0]], at[span[1]]), (at[span[1]], at[span[2]])]


ADULT = {Tooth(1, 1): ToothState(Tooth(1, 1), True)}
CHILD = {Tooth(5, 5): ToothState(Tooth(5, 5), None, ("restoration",))}
FIVE_KEPT = {Tooth(5, n): ToothState(Tooth(5, n), True) for n in range(1, 6)}


@pytest.mark.parametrize(
    ("states", "age", "chosen", "charts"),
    [
        ({}, None, None, (False,)),
        ({}, 5, None, (True,)),
        ({}, 6, None, (False, True)),
        ({}, 12, None, (False, True)),
        ({}, 13, None, (False,)),
        (CHILD, None, None, (False,)),
        (CHILD, 12, None, (False, True)),
        (CHILD | {Tooth(1, 5): ToothState(Tooth(1, 5), True)}, 40, None, (False, True)),
        (FIVE_KEPT, None, None, (False, True)),
        (ADULT, 5, None, (False, True)),
        ({}, None, True, (True,)),
        (ADULT, None, True, (False, True)),
        ({}, 5, False, (False,)),
        (CHILD, 40, False, (False,)),
        (CHILD, 40, True, (False, True)),
    ],
)
def test_what_is_known_is_drawn_else_what_the_age_or_the_reader_says(
    states: dict[Tooth, ToothState],
    age: int | None,
    chosen: bool | None,
    charts: tuple[bool, ...],
) -> None:
    """False is the chart of the permanent teeth, True that of the deciduous ones."""
    assert dentitions(states, age, chosen) == charts


def test_a_report_draws_one_deciduous_tooth_of_an_adult_and_all_of_a_child() -> None:
    """That of an adult stands where its successor would."""
    (chart,) = report_charts(CHILD, 40)
    teeth = [drawn.place.tooth for drawn in chart]
    assert len(teeth) == 32
    assert teeth[3:5] == [Tooth(5, 5), Tooth(1, 4)]
    assert [len(chart) for chart in report_charts(CHILD, 8)] == [32, 20]


def test_a_retained_tooth_beside_its_successor_is_drawn_alone() -> None:
    successor = Tooth(1, 5)
    states = CHILD | {successor: ToothState(successor, True)}
    permanent, deciduous = report_charts(states, 40)
    assert successor in [drawn.place.tooth for drawn in permanent]
    assert [drawn.place.tooth for drawn in deciduous] == [Tooth(5, 5)]


@pytest.mark.parametrize(("kept", "successor"), [((5, 5), (1, 5)), ((7, 4), (3, 4))])
def test_the_crown_of_a_retained_tooth_is_in_line_with_those_beside_it(
    kept: tuple[int, int], successor: tuple[int, int]
) -> None:
    """Its column is that of its successor, and so is the edge of its crown."""
    (place,) = (d.place for d in draw_chart({}) if d.place.tooth == Tooth(*successor))
    chart = draw_chart({}, instead=[Tooth(*kept)])
    (own,) = (d.place for d in chart if d.place.tooth == Tooth(*kept))
    assert (own.left, own.width, own.x) == (place.left, place.width, place.x)
    ((_, edge),) = own.put(((0.0, EDGE),))
    ((_, edge_beside),) = place.put(((0.0, EDGE),))
    assert edge == pytest.approx(edge_beside)


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


@pytest.mark.parametrize(
    ("crowns", "root", "words"),
    [
        ([True], True, "root-filled and restored (uncertain)"),
        ([True], False, "root-filled and restored (restoration uncertain)"),
        ([False], True, "root-filled and restored (endodontic treatment uncertain)"),
        # Of two on one tooth, one is sure.
        ([True, False], False, "root-filled and restored"),
    ],
)
def test_the_sentence_tells_what_is_uncertain(
    crowns: list[bool], root: bool, words: str
) -> None:
    placing = Placing((FIRST_MOLAR,))
    placed = [Placed("restoration", placing, uncertain=each) for each in crowns]
    placed.append(Placed("endodontic", placing, uncertain=root))

    assert few_words(tooth_states(placed, ())[FIRST_MOLAR]) == words


@pytest.mark.parametrize(
    ("decided", "undecided"),
    [([True], set()), ([False], {"restoration"}), ([True, False], {"restoration"})],
)
def test_a_treatment_is_undecided_as_long_as_one_box_of_it_is(
    decided: list[bool], undecided: set[str]
) -> None:
    placing = Placing((FIRST_MOLAR,))
    placed = [Placed("restoration", placing, decided=each) for each in decided]

    assert tooth_states(placed, ())[FIRST_MOLAR].undecided == undecided
