"""The reader chooses which radiographs are in the list, and which come first."""

from __future__ import annotations

from pathlib import Path

from dentalviewer.worklist.ordering import UNDONE, Order, arranged
from dentalviewer.worklist.standing import Standing, Status

FOLDER = Path("scans")
A, B, C, D = (FOLDER / name for name in ("a.png", "b.png", "c.png", "d.png"))
STANDINGS = {
    A: Standing(Status.DONE, disagreements=0),
    B: Standing(Status.PREDICTED, disagreements=1, least_score=0.7),
    C: Standing(Status.IN_REVIEW, disagreements=4, least_score=0.9),
    D: Standing(Status.NEW),
}


def names(**choice: object) -> str:
    shown = arranged([A, B, C, D], STANDINGS, **choice)  # type: ignore[arg-type]
    return " ".join(path.stem for path in shown)


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
    assert names(statuses={Status.DONE}) == "a"
    assert names(statuses=UNDONE) == "b c d"


def test_what_has_not_been_looked_at_counts_as_new() -> None:
    assert arranged([A], {}, statuses={Status.NEW}) == (A,)
    assert arranged([A], {}, statuses={Status.PREDICTED}) == ()


def test_all_words_of_a_search_are_in_the_name_or_the_folder() -> None:
    folder = Path("data")
    # The same letter, composed as one system writes it and decomposed as another.
    paths = [
        folder / "M\u00fcller" / "2024 left.png",
        folder / "Mu\u0308ller" / "1.png",
    ]

    def found(search: str) -> int:
        return len(arranged(paths, {}, search=search, folder=folder))

    assert found("MÜLLER") == 2
    assert found("müller left") == 1
    assert found("data") == 0
    assert found("right") == 0
