"""On which side of a split radiographs fall, and that they stay there."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from dentalviewer.curation.splitting import (
    Side,
    Splitting,
    enough_radiographs,
    kept_for_comparing,
    note_on_what_is_kept,
    notes_on_patients,
    sides_of,
    too_few_to_compare,
)
from dentalviewer.formats.lots import drawn_lot

TWO, THREE = Splitting(), Splitting(three_way=True)


def clinic(count: int, label: str = "restoration") -> dict[Path, Collection[str]]:
    return {Path(f"/clinic/{number}.png"): {label} for number in range(count)}


def count(sides: dict[Path, Side]) -> list[int]:
    return [list(sides.values()).count(side) for side in Side]


def test_a_tenth_is_kept_for_comparing_and_a_tenth_is_there_to_choose_by() -> None:
    learned, chosen, compared = count(sides_of(clinic(1000), THREE, patients={}))

    assert learned + chosen + compared == 1000
    assert 70 <= chosen <= 130
    assert 70 <= compared <= 130


def test_neither_part_of_what_is_held_out_is_far_below_half_of_it() -> None:
    parts = set()
    for seed in range(100):
        for size in (10, 25, 50, 100):
            splitting = Splitting(seed=seed, three_way=True)
            _, *parted = count(sides_of(clinic(size), splitting, patients={}))
            parts.add((sum(parted), min(parted)))

    # Of two one, of three or four one or two, of five two, and so on.
    assert {least for held, least in parts if held == 2} == {1}
    assert all(16 * least >= 5 * held for held, least in parts)
    # Lots still decide within that.
    assert {least for held, least in parts if held == 20} == {7, 8, 9, 10}


def test_within_these_bounds_the_second_lot_alone_decides() -> None:
    held = clinic(40)
    keys = {path: path.name for path in held}
    low = {path for path in held if drawn_lot(f"0 comparing {path.name}") < 0.5}

    assert 13 <= len(low) <= 27
    assert kept_for_comparing(held, seed=0, keys=keys) == low


def test_of_too_many_second_lots_that_keep_the_highest_are_chosen_by() -> None:
    drawn = {path: drawn_lot(f"0 comparing {path.name}") for path in clinic(200)}
    order = sorted(drawn, key=lambda path: drawn[path])
    # Nine that would be kept and one that would not: of ten four are chosen by.
    held = {path: {"implant"} for path in [*order[:9], order[-1]]}

    kept = kept_for_comparing(held, seed=0, keys={path: path.name for path in held})

    assert drawn[order[8]] < 0.5 < drawn[order[-1]]
    assert kept == set(order[:6])


def test_what_alone_shows_a_class_is_chosen_by_and_takes_no_others_along() -> None:
    paths = list(clinic(10))
    keys = {path: path.name for path in paths}
    for showing in paths:
        held = {path: {"implant"} if path == showing else set() for path in paths}

        kept = kept_for_comparing(held, seed=0, keys=keys)

        assert showing not in kept
        # Of ten each part has four or more.
        assert 4 <= len(kept) <= 6


def test_what_was_kept_stays_kept_though_it_is_nearly_all() -> None:
    held = clinic(10)
    keys = {path: path.name for path in held}
    before = {path: path.name != "3.png" for path in held}

    kept = kept_for_comparing(held, seed=0, keys=keys, settled=before)

    assert kept == {path for path, was_kept in before.items() if was_kept}


def test_another_radiograph_of_a_patient_is_on_the_side_of_the_first() -> None:
    held = clinic(12)
    keys = {path: f"patient {int(path.stem) // 2}" for path in held}
    before = {path: int(path.stem) % 4 == 0 for path in held if not int(path.stem) % 2}

    kept = kept_for_comparing(held, seed=0, keys=keys, settled=before)

    assert {int(path.stem) for path in kept} == {0, 1, 4, 5, 8, 9}


def test_a_split_three_ways_learns_from_the_same_radiographs_as_one_in_two() -> None:
    two = sides_of(clinic(300), TWO, patients={})
    three = sides_of(clinic(300), THREE, patients={})

    def learned(sides: dict[Path, Side]) -> set[Path]:
        return {path for path, side in sides.items() if side is Side.LEARN}

    # So a detector that was trained before has learned from none that are compared by.
    assert learned(two) == learned(three)
    assert Side.COMPARE not in two.values()


def test_every_radiograph_stays_on_its_side_as_the_set_grows() -> None:
    small = sides_of(clinic(150), THREE, patients={})
    large = sides_of(clinic(600), THREE, patients={})

    assert {path: large[path] for path in small} == small


def test_radiographs_of_one_name_in_the_folders_of_patients_are_split() -> None:
    """Folders may be alike as well: then the next one tells them apart."""
    single: dict[Path, Collection[str]] = {
        Path(f"/c/patient {n}/opg.png"): {"implant"} for n in range(100)
    }
    nested: dict[Path, Collection[str]] = {
        Path(f"/c/patient {n}/1/opg.png"): {"implant"} for n in range(100)
    }
    for labels in (single, nested):
        learned, chosen, compared = count(sides_of(labels, THREE, patients={}))

        assert learned > 60
        assert chosen > 3
        assert compared > 3


def test_radiographs_of_one_name_stay_on_their_side_as_the_set_grows() -> None:
    labels: dict[Path, Collection[str]] = {
        Path(f"/c/patient {n}/opg.png"): {"implant"} for n in range(200)
    }
    few = {path: labels[path] for path in list(labels)[:100]}
    small = sides_of(few, THREE, patients={})
    large = sides_of(labels | clinic(100), THREE, patients={})

    assert {path: large[path] for path in small} == small


def test_radiographs_of_one_patient_are_on_one_of_the_three_sides() -> None:
    patients = {path: f"patient {i // 5}" for i, path in enumerate(clinic(500))}

    sides = sides_of(clinic(500), THREE, patients=patients)

    by_patient: dict[str, set[Side]] = {}
    for path, side in sides.items():
        by_patient.setdefault(patients[path], set()).add(side)
    assert {len(found) for found in by_patient.values()} == {1}
    assert min(count(sides)) > 0


def test_something_to_choose_by_always_remains() -> None:
    for number in range(2, 30):
        labels = {Path(f"/{number}/{i}.png"): {"implant"} for i in range(number)}
        _, chosen, _ = count(sides_of(labels, THREE, patients={}))
        assert chosen > 0


def test_what_shows_nothing_is_not_all_there_is_to_choose_by() -> None:
    labels = dict(clinic(200))
    first = sides_of(labels, THREE, patients={})
    for path, side in first.items():
        if side is Side.CHOOSE:
            labels[path] = ()

    sides = sides_of(labels, THREE, patients={})

    assert any(labels[p] for p, side in sides.items() if side is Side.CHOOSE)


def test_what_was_kept_stays_kept_under_another_seed() -> None:
    before = sides_of(clinic(100), THREE, patients={})
    other = Splitting(seed=7, three_way=True)

    after = sides_of(
        clinic(200), other, patients={}, settled=before, was_three_way=True
    )

    assert {path: after[path] for path in before} == before


def test_what_was_held_out_in_two_parts_is_divided_once_three_are_wanted() -> None:
    before = sides_of(clinic(200), TWO, patients={})

    after = sides_of(clinic(200), THREE, patients={}, settled=before)

    moved = {(before[path], side) for path, side in after.items()}
    assert moved == {
        (Side.LEARN, Side.LEARN),
        (Side.CHOOSE, Side.CHOOSE),
        (Side.CHOOSE, Side.COMPARE),
    }


def test_too_few_to_compare_is_said_with_how_many_it_takes() -> None:
    assert too_few_to_compare(20) == ""
    assert note_on_what_is_kept(1).startswith("1 radiograph is kept for comparing: too")
    assert note_on_what_is_kept(31) == "31 radiographs are kept for comparing"
    # Half of a fifth of 200 are 20.
    assert enough_radiographs() == 200
    assert "which about 200 radiographs leave" in too_few_to_compare(3)


def test_one_radiograph_of_one_patient_is_told_of_in_the_singular() -> None:
    first, second = clinic(2)
    (note,) = notes_on_patients([first, second], {first: "A"})
    assert note == "1 radiograph is of 1 patient, each on one side of the split"
