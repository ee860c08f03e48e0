"""Candidates laid out by hand along the arch's template; 1000 pixels to a unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Tooth
from dentalviewer.detection.inference.tooth_numbering import number_teeth
from dentalviewer.geometry import Box
from dentalviewer.study import Finding

SCALE = 1000
# The midline is in the middle of the picture, unless something else is said.
EXTENT = Box(0, 0, 1600, 1000)
NARROW = Box(0, 0, 1000, 1000)
ALL = tuple(tooth.fdi_number for tooth in ARCH_TEETH)


def candidate(place: int, *, called: int | None = None, score: float = 0.8) -> Finding:
    """What the network says where the tooth `place` is: that it is `called` so."""
    x, y = ARCH_TEETH[Tooth.from_fdi(place)]
    x, y = 800 + x * SCALE, 500 + y * SCALE
    box = Box(x - 25, y - 90, x + 25, y + 90)
    return Finding(box, str(called or place), score=score)


def mouth(*missing: int) -> list[Finding]:
    return [candidate(number) for number in ALL if number not in missing]


def numbered(candidates: list[Finding]) -> dict[str, list[float]]:
    """The middles of the teeth that bear each label."""
    found: dict[str, list[float]] = {}
    for tooth in number_teeth(candidates, EXTENT):
        found.setdefault(tooth.label, []).append(round(tooth.box.center[0]))
    return found


def middle(place: int) -> float:
    return round(candidate(place).box.center[0])


def test_a_full_mouth_keeps_its_numbers() -> None:
    found = number_teeth(mouth(), EXTENT)
    assert sorted(int(tooth.label) for tooth in found) == sorted(ALL)
    assert all(str(tooth.tooth) == tooth.label for tooth in found)


def test_a_gap_stays_open() -> None:
    found = numbered(mouth(36))
    assert "36" not in found
    assert found["37"] == [middle(37)]
    assert found["35"] == [middle(35)]


def test_a_number_that_two_teeth_claim_goes_to_one_and_the_other_gets_its_own() -> None:
    found = numbered([*mouth(37), candidate(37, called=36, score=0.7)])
    assert found["36"] == [middle(36)]
    assert found["37"] == [middle(37)]


def test_neighbours_whose_numbers_are_swapped_are_put_in_order() -> None:
    swapped = [
        candidate(14, called=15, score=0.5),
        candidate(14, score=0.2),
        candidate(15, called=14, score=0.5),
        candidate(15, score=0.2),
    ]
    found = numbered([*mouth(14, 15), *swapped])
    assert found["14"] == [middle(14)]
    assert found["15"] == [middle(15)]


def test_several_candidates_on_one_tooth_are_one_tooth() -> None:
    found = number_teeth([*mouth(), candidate(36, called=37, score=0.4)], EXTENT)
    assert len(found) == len(ALL)


def test_a_supernumerary_tooth_is_kept_without_a_number() -> None:
    extra = candidate(11, called=11, score=0.7)
    between = Finding(extra.box.moved(30, 150), "11", score=0.7)
    found = numbered([*mouth(), between])
    assert found["tooth"] == [middle(11) + 30]
    assert found["11"] == [middle(11)]


def test_one_jaw_is_numbered_alone() -> None:
    lower = [candidate(number) for number in ALL if number // 10 in (3, 4)]
    assert set(numbered(lower)) == {str(n) for n in ALL if n // 10 in (3, 4)}


def test_a_doubtful_tooth_counts_only_where_it_fits_the_row() -> None:
    fits = candidate(36, score=0.38)
    astray = Finding(fits.box.moved(0, 400), "13", score=0.38)
    found = numbered([*mouth(36), fits, astray])
    assert found["36"] == [middle(36)]
    assert "tooth" not in found


def test_in_a_full_mouth_no_number_is_in_doubt() -> None:
    assert not any(each.tooth_in_doubt for each in number_teeth(mouth(), EXTENT))


def test_a_molar_between_two_places_has_a_number_in_doubt() -> None:
    """The last one of its row, which might be 36 or 37 for all that is known."""
    first, second = (
        candidate(number, called=number, score=0.5).box for number in (36, 37)
    )
    box = first.moved(
        (second.center[0] - first.center[0]) / 2,
        (second.center[1] - first.center[1]) / 2,
    )
    molar = [Finding(box, str(number), score=0.5) for number in (36, 37)]

    found = number_teeth([*mouth(36, 37, 38), *molar], EXTENT)

    doubted = [each for each in found if each.tooth_in_doubt]
    assert [each.box for each in doubted] == [box]
    assert doubted[0].label in ("36", "37")


def test_a_tooth_without_a_number_has_none_in_doubt() -> None:
    extra = candidate(11, called=11, score=0.7)
    between = Finding(extra.box.moved(30, 150), "11", score=0.7)
    found = number_teeth([*mouth(), between], EXTENT)
    assert [t.tooth_in_doubt for t in found if t.tooth is None] == [False]


def test_no_teeth_are_no_teeth() -> None:
    assert number_teeth([], EXTENT) == ()
    assert number_teeth([candidate(36, score=0.1)], EXTENT) == ()


def test_what_forms_no_arch_gets_no_numbers() -> None:
    """Eight boxes in a column, as windows of a house are."""
    house = [
        Finding(Box(800, 200 * n, 850, 200 * n + 150), str(number), score=0.8)
        for n, number in enumerate((11, 25, 31, 46, 17, 38, 22, 43))
    ]
    found = number_teeth(house, EXTENT)
    assert found
    assert all(tooth.tooth is None and tooth.label == "tooth" for tooth in found)


def stretched(factor: float) -> list[Finding]:
    """The mouth, as many times as high as it was."""
    corners = [(each, each.box.corners) for each in mouth()]
    return [
        replace(each, box=Box(left, factor * top, right, factor * bottom))
        for each, (left, top, right, bottom) in corners
    ]


def test_a_picture_that_is_much_stretched_gets_no_numbers() -> None:
    """Teeth of 50 by 180 pixels, where 78 by 188 are usual, are as tall for their width
    as (180 / 188)² / (50 / 78) = 1.43: stretched 1.6 times 3.7, and 1.2 times 2.1.
    """
    assert set(numbered(stretched(1.6))) == {"tooth"}
    assert len(numbered(stretched(1.2))) == 32


def test_three_teeth_are_too_few_for_numbers() -> None:
    found = number_teeth([candidate(11), candidate(12), candidate(13)], EXTENT)
    assert [tooth.label for tooth in found] == ["tooth"] * 3


def left_side(midline: float) -> list[Finding]:
    """All teeth of the patient's left, which lie on the right of the midline.

    As wide as teeth usually are, so that nothing speaks for another size of the arch.
    """
    found = []
    for tooth, (x, y) in ARCH_TEETH.items():
        if x > 0:
            left, top = midline + x * SCALE - 39, 500 + y * SCALE - 90
            box = Box(left, top, left + 78, top + 180)
            found.append(Finding(box, str(tooth), score=0.8))
    return found


def test_teeth_of_one_side_alone_keep_their_numbers_on_a_whole_radiograph() -> None:
    found = number_teeth(left_side(midline=800), EXTENT)
    assert len(found) == 16
    assert all(tooth.tooth is not None for tooth in found)


@pytest.mark.parametrize("midline", [0, 160, 340])
def test_half_a_radiograph_gets_no_numbers(midline: float) -> None:
    """Less than 0.35 of 1.02 is left of the other side: up to its first molar."""
    found = number_teeth(left_side(midline), NARROW)
    assert len(found) == 16
    assert all(tooth.label == "tooth" for tooth in found)


def test_the_midline_counts_where_the_radiograph_lies_on_its_page() -> None:
    """The midline at 2080 is near the left end of it, and well inside the page."""
    extent = Box(2000, 0, 3000, 1000)
    assert all(t.label == "tooth" for t in number_teeth(left_side(2080), extent))
    assert all(t.tooth for t in number_teeth(left_side(2400), extent))


def test_a_picture_narrower_than_the_arches_gets_no_numbers() -> None:
    """As one of the front teeth, with the midline amid it. These are as wide as teeth
    usually are, so that the arches are taken to be 1000 wide.
    """
    front = [
        replace(c, box=Box(x - 39, c.box.y_min, x + 39, c.box.y_max))
        for c in mouth()
        if int(c.label) % 10 <= 6
        for x, _ in [c.box.center]
    ]
    for width, has_numbers in ((950, False), (970, False), (990, True)):
        extent = Box(800 - width / 2, 0, 800 + width / 2, 1000)
        found = number_teeth(front, extent)
        assert len(found) == 24
        assert all((tooth.tooth is not None) is has_numbers for tooth in found)


def test_a_radiograph_that_is_cut_off_on_one_side_keeps_its_numbers() -> None:
    assert all(tooth.tooth for tooth in number_teeth(left_side(360), NARROW))
    # The same cut off on the other side: the midline 360 from the right.
    mirrored = [
        Finding(
            Box(1000 - f.box.x_max, f.box.y_min, 1000 - f.box.x_min, f.box.y_max),
            str(Tooth.from_fdi(int(f.label)).mirrored()),
            score=f.score,
        )
        for f in left_side(360)
    ]
    assert all(tooth.tooth for tooth in number_teeth(mirrored, NARROW))
