"""The reader chooses which radiographs are in the list, and which come first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dentalviewer.dentition import Notation
from dentalviewer.worklist.filtering import UNDONE, Filter, read_search
from dentalviewer.worklist.ordering import Order, arranged
from dentalviewer.worklist.standing import Standing, Status
from dentalviewer.worklist.wording import nothing_shown

FOLDER = Path("scans")
A, B, C, D = (FOLDER / name for name in ("a.png", "b.png", "c.png", "d.png"))
STANDINGS = {
    A: Standing(
        Status.DONE, disagreements=0, classes={"restoration": (11, 36)}, annotated=True
    ),
    B: Standing(
        Status.EXAMINED, disagreements=1, least_score=0.7, classes={"implant": (36,)}
    ),
    C: Standing(
        Status.IN_REVIEW,
        disagreements=4,
        least_score=0.9,
        classes={"implant": (46,), "caries": (36,)},
        annotated=True,
    ),
    D: Standing(Status.NEW),
}


def names(**choice: object) -> str:
    shown = arranged([A, B, C, D], STANDINGS, **choice)  # type: ignore[arg-type]
    return " ".join(path.stem for path in shown)


def searched(text: str, notation: Notation = Notation.FDI) -> Filter:
    return Filter(search=read_search(text, notation))


def test_as_they_lie_unless_another_order_is_chosen() -> None:
    assert names() == "a b c d"


def test_most_disagreement_comes_first_and_what_is_done_last() -> None:
    assert names(order=Order.DISAGREEMENT) == "c b d a"


def test_the_least_sure_comes_first() -> None:
    assert names(order=Order.CONFIDENCE) == "b c d a"


def test_those_of_equal_need_stay_as_they_lie() -> None:
    paths = [D, C, B, A]

    assert arranged(paths, {}, order=Order.CONFIDENCE) == tuple(paths)


def test_a_status_is_chosen() -> None:
    assert names(chosen=Filter(frozenset({Status.DONE}))) == "a"
    assert names(chosen=Filter(UNDONE)) == "b c d"


def test_what_has_not_been_looked_at_counts_as_new() -> None:
    def found(chosen: Filter) -> tuple[Path, ...]:
        return arranged([A], {}, chosen=chosen)

    assert found(Filter(frozenset({Status.NEW}))) == (A,)
    assert found(Filter(frozenset({Status.EXAMINED}))) == ()
    # Whether anybody has annotated it is not known.
    assert found(Filter(unannotated=True)) == ()


def test_a_class_is_chosen_whoever_says_it() -> None:
    assert names(chosen=Filter(label="implant")) == "b c"
    assert names(chosen=Filter(UNDONE, label="caries")) == "c"
    assert names(chosen=Filter(label="bridge")) == ""


def test_those_without_annotations_are_chosen() -> None:
    assert names(chosen=Filter(unannotated=True)) == "b d"
    assert names(chosen=Filter(frozenset({Status.NEW}), unannotated=True)) == "d"


def test_a_tooth_is_searched_for_by_its_number() -> None:
    assert names(chosen=searched("tooth:36")) == "a b c"
    assert names(chosen=searched("Tooth: 36 tooth:11")) == "a"
    assert names(chosen=searched("tooth:36 c.png")) == "c"
    # Universal number 19 is 36, the lower left first molar.
    assert names(chosen=searched("tooth:19", Notation.UNIVERSAL)) == "a b c"


def test_with_a_class_its_own_teeth_are_searched() -> None:
    tooth = searched("tooth:36")

    # In a.png there is a restoration at 36, and the implant of c.png is at 46.
    assert names(chosen=replace(tooth, label="implant")) == "b"


def test_a_number_that_no_tooth_has_finds_nothing_and_a_word_half_typed_all() -> None:
    chosen = searched("tooth:99 tooth:36")

    assert (names(chosen=chosen), chosen.search.unknown) == ("", "99")
    assert names(chosen=searched("tooth:")) == "a b c d"


def test_all_words_of_a_search_are_in_the_name_or_the_folder() -> None:
    folder = Path("data")
    # The same letter, composed as one system writes it and decomposed as another.
    paths = [
        folder / "M\u00fcller" / "2024 left.png",
        folder / "Mu\u0308ller" / "1.png",
    ]

    def found(search: str) -> int:
        return len(arranged(paths, {}, chosen=searched(search), folder=folder))

    assert found("MÜLLER") == 2
    assert found("müller left") == 1
    assert found("data") == 0
    assert found("right") == 0


def test_why_nothing_is_shown_is_said_by_what_was_chosen() -> None:
    def said(chosen: Filter) -> str:
        return nothing_shown(chosen, str.capitalize)

    assert (
        said(Filter(label="caries")) == "None of these has a finding of class Caries."
    )
    assert said(Filter(unannotated=True)) == "None of these is without annotations."
    assert said(searched("tooth:99")).startswith("No tooth has the number “99”.")
    assert said(searched("tooth:36")).startswith("No finding fits “tooth:36” where")
    assert said(replace(searched("x"), label="caries")) == (
        "None of these is called “x”. Esc ends the search."
    )
