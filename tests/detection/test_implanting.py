from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.detection.augmenting.example import Boxes, Example
from dentalviewer.detection.augmenting.implanting import (
    Site,
    find_implants,
    implant,
    sites,
)
from dentalviewer.geometry import Box
from tests.detection.test_augmentation import boxes
from tests.detection.test_synthesis import tooth

WINDOW = Box(0, 0, 400, 240)
IMPLANT = 2


def radiograph(*teeth, treated: Boxes | None = None) -> Example:  # type: ignore[no-untyped-def]
    pixels = np.full((240, 400), 90, np.uint8)
    found = {"treatments": boxes() if treated is None else treated, "teeth": boxes()}
    return Example(pixels, WINDOW, found, {}, teeth=teeth)


def donor(box: Box) -> Example:
    """An implant, its upper half whiter, numbered as a tooth too."""
    one = radiograph(treated=boxes(box, label=IMPLANT))
    one.boxes["teeth"] = boxes(box, label=5)  # type: ignore[index]
    left, top, right, bottom = map(round, box.corners)
    one.pixels[top:bottom, left:right] = 200
    one.pixels[top : (top + bottom) // 2, left:right] = 250
    return one


def corners(found: list[Site]) -> list[tuple[list[float], bool]]:
    return [(site.corners.tolist(), site.is_gap) for site in found]


def test_an_implant_may_stand_in_place_of_a_tooth_or_in_the_gap_between_two() -> None:
    # Each is 30 wide: 35 to 65 and 115 to 145.
    found = sites(radiograph(tooth(34, 50), tooth(36, 130)))

    assert corners(found) == [
        ([35, 10, 65, 90], False),
        ([115, 10, 145, 90], False),
        ([65, 10, 115, 90], True),
    ]
    assert not any(site.is_upper for site in found)


def test_two_missing_teeth_leave_room_for_two() -> None:
    found = sites(radiograph(tooth(14, 50), tooth(11, 130)))

    gaps = [site for site in found if site.is_gap]
    assert corners(gaps) == [([65, 10, 90, 90], True), ([90, 10, 115, 90], True)]
    assert all(site.is_upper for site in gaps)


def test_where_teeth_closed_up_or_something_was_treated_there_is_no_room() -> None:
    filling = boxes(Box(35, 10, 45, 20))
    # 10 is left between them, of teeth of 30.
    found = sites(radiograph(tooth(34, 50), tooth(36, 90), treated=filling))

    assert corners(found) == [([75, 10, 105, 90], False)]


def test_an_implant_is_as_high_as_the_tooth_was_and_in_the_middle_of_its_place() -> (
    None
):
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    gap = sites(host)[-1]

    # Of 70, it becomes 80 high, and of 21, 24 wide.
    made = implant(donor(Box(300, 120, 321, 190)), 0, host, gap)

    found = made.boxes["treatments"]
    assert found.corners[0] == pytest.approx([178, 100, 202, 180])
    assert found.label_indices.tolist() == [IMPLANT]
    assert found.ignored.tolist() == [False]
    # Bone is as bright on both, so nothing is shifted.
    assert made.pixels[120, 190] == 250
    assert made.pixels[160, 190] == 200
    assert made.pixels[140, 150] == 90
    assert (host.pixels == 90).all()


def test_in_the_other_jaw_it_is_turned_over() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))

    made = implant(donor(Box(300, 20, 321, 90)), 0, host, sites(host)[-1])

    assert made.pixels[120, 190] == 200
    assert made.pixels[160, 190] == 250


def test_a_number_from_elsewhere_is_neither_asked_for_nor_counted_wrong() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))

    made = implant(donor(Box(300, 120, 321, 190)), 0, host, sites(host)[-1])

    assert made.boxes["teeth"].ignored.tolist() == [True]


def test_the_tooth_in_whose_place_it_stands_is_gone() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    host.boxes["teeth"] = boxes(Box(135, 100, 165, 180), Box(215, 100, 245, 180))  # type: ignore[index]

    made = implant(donor(Box(300, 120, 321, 190)), 0, host, sites(host)[0])

    assert [str(outline.tooth) for outline in made.teeth] == ["36"]
    # The one that is there still, and the ignored one that came along.
    assert made.boxes["teeth"].ignored.tolist() == [False, True]
    assert made.boxes["treatments"].corners[0] == pytest.approx([138, 100, 162, 180])


def test_what_would_have_to_be_made_much_larger_stays_away() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))

    assert implant(donor(Box(300, 120, 321, 170)), 0, host, sites(host)[0]) is host


def test_donors_are_the_implants_that_are_sure() -> None:
    one = donor(Box(300, 120, 321, 190))
    other = radiograph(treated=boxes(Box(10, 10, 20, 20)))

    assert find_implants([other, one], IMPLANT) == [(one, 0)]
