"""Who is held out: about as many as were asked for, and the same ones as sets grow."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from dentalviewer.curation.set_facts import SetFacts
from dentalviewer.formats.lots import drawn_by_lot

Labels = dict[Path, Collection[str]]


def clinic(count: int) -> Labels:
    return {Path(f"{number}.png"): {"restoration"} for number in range(count)}


def drawn(labels: Labels, seed: int = 0, share: float = 0.2) -> frozenset[Path]:
    return drawn_by_lot(labels, share=share, seed=seed, patients={})


def test_those_held_out_stay_so_when_radiographs_are_added() -> None:
    few, many = clinic(100), clinic(2000)

    assert drawn(few) == drawn(many) & few.keys()
    assert 340 < len(drawn(many)) < 460
    assert drawn(many) != drawn(many, 1)


def test_as_few_as_can_be_change_sides_when_radiographs_are_added() -> None:
    """By this seed nine of the hundred have a lot below 0.2, so four more are held out
    until others are there.
    """
    few, many = drawn(clinic(100), 42), drawn(clinic(2000), 42)

    assert len(few) == 13
    assert len(few & many) == 9


@pytest.mark.parametrize(
    ("count", "fewest", "most"), [(2, 1, 1), (8, 1, 2), (13, 2, 3), (100, 13, 30)]
)
def test_of_a_fifth_between_an_eighth_and_three_tenths_are_held_out(
    count: int, fewest: int, most: int
) -> None:
    """Each by its own lot, 1 to 7 of 13 would be, and 10 to 35 of 100."""
    found = {len(drawn(clinic(count), seed)) for seed in range(300)}

    assert found == set(range(fewest, most + 1)) or (fewest, most) == (13, 30)
    assert fewest <= min(found) <= max(found) <= most


def test_about_as_many_as_the_window_says_are_held_out() -> None:
    for count in range(2, 60):
        labels = clinic(count)
        about = SetFacts(radiographs=tuple(labels)).held_out()
        found = [len(drawn(labels, seed)) for seed in range(20)]
        assert min(found) - 1 <= about <= max(found) + 1


def test_patients_are_counted_and_not_their_radiographs() -> None:
    """Of ten patients with five radiographs each two or three are held out."""
    labels = clinic(50)
    patients = {path: f"{n // 5}" for n, path in enumerate(labels)}

    for seed in range(30):
        held = drawn_by_lot(labels, share=0.2, seed=seed, patients=patients)

        assert len(held) in (10, 15)
        assert len({patients[path] for path in held}) == len(held) // 5


def test_something_annotated_is_held_out_where_it_can_be() -> None:
    """Of twenty radiographs two are annotated."""
    for seed in range(30):
        labels: Labels = {Path(f"{n}.png"): () for n in range(20)}
        labels |= {Path(f"{n}.png"): {"implant"} for n in (3, 11)}

        held = drawn(labels, seed)

        assert sum(bool(labels[path]) for path in held) == 1
        assert 3 <= len(held) <= 6


def test_what_alone_shows_a_class_is_learned_from() -> None:
    rare = Path("rare.png")
    for seed in range(30):
        assert rare not in drawn({**clinic(9), rare: {"implant"}}, seed)


def test_of_two_that_show_a_class_no_more_than_one_is_held_out() -> None:
    one, other = Path("one.png"), Path("other.png")
    for seed in range(30):
        labels = {**clinic(9), one: {"implant"}, other: {"implant"}}
        assert not {one, other} <= drawn(labels, seed)


def test_something_is_held_out_where_each_class_is_shown_once() -> None:
    held = drawn({Path("a.png"): {"implant"}, Path("b.png"): {"restoration"}})

    assert len(held) == 1


def test_nothing_is_held_out_of_one_patient() -> None:
    labels = clinic(3)

    assert not drawn_by_lot(
        labels, share=0.2, seed=0, patients=dict.fromkeys(labels, "A")
    )
    assert not drawn(clinic(1))


def test_what_is_settled_counts_and_stays() -> None:
    """Of thirteen five were held out before: more than three, and none is added."""
    labels = clinic(13)
    paths = list(labels)
    settled = {path: path in paths[:5] for path in paths[:8]}

    held = drawn_by_lot(labels, share=0.2, seed=0, patients={}, settled=settled)

    assert held == set(paths[:5])


def test_where_all_is_settled_as_learned_from_nothing_is_held_out() -> None:
    labels = clinic(4)

    held = drawn_by_lot(
        labels, share=0.2, seed=0, patients={}, settled=dict.fromkeys(labels, False)
    )

    assert held == frozenset()
