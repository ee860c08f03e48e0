from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.detection.augmenting.example import Boxes, Example
from dentalviewer.detection.augmenting.implanting import (
    Implant,
    Site,
    find_implants,
    implanted,
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


def donor(box: Box, *crowns: Box) -> Example:
    """An implant, its upper half whiter, and crowns; in bone that is as bright as that
    of the other radiographs.
    """
    treated = boxes(box, label=IMPLANT).joined(boxes(*crowns))
    one = radiograph(treated=treated)
    for each, grey in ((box, 200), *((crown, 250) for crown in crowns)):
        left, top, right, bottom = map(round, each.corners)
        one.pixels[top:bottom, left:right] = grey
    left, top, right, bottom = map(round, box.corners)
    one.pixels[top : (top + bottom) // 2, left:right] = 250
    return one


def cut_from(example: Example) -> Implant:
    [found] = find_implants([example], IMPLANT)
    return found


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


def test_an_implant_stands_at_the_root_in_the_middle_of_its_place() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    gap = sites(host)[-1]

    # The place is 80 high: of 60 it becomes 51.2 high, and of 18, 15.36 wide.
    made = implanted(cut_from(donor(Box(300, 120, 318, 180))), host, gap)

    found = made.boxes["treatments"]
    assert found.corners[0] == pytest.approx([182.32, 128.8, 197.68, 180], abs=0.01)
    assert found.label_indices.tolist() == [IMPLANT]
    assert found.ignored.tolist() == [False]
    assert made.pixels[140, 190] == 250
    assert made.pixels[170, 190] == 200
    assert (host.pixels == 90).all()


def test_around_an_implant_all_stays_as_it_was() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    host.pixels[:, :190] = 60

    made = implanted(cut_from(donor(Box(300, 120, 318, 180))), host, sites(host)[-1])

    # Three pixels away from it, on either side.
    assert (made.pixels[100:190, 150:179] == 60).all()
    assert (made.pixels[100:190, 201:230] == 90).all()


def test_with_a_crown_of_its_own_it_is_as_high_as_the_tooth_was() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    crowned = donor(Box(300, 120, 318, 180), Box(296, 100, 322, 120))

    made = implanted(cut_from(crowned), host, sites(host)[-1])

    # Together they are as high as the place, and 26 wide; the crown is a quarter.
    found = made.boxes["treatments"]
    assert found.corners == pytest.approx(
        np.array([[181, 120, 199, 180], [177, 100, 203, 120]]), abs=0.01
    )
    assert found.label_indices.tolist() == [IMPLANT, 0]
    assert made.pixels[110, 179] == 250


def test_of_a_bridge_that_it_carries_nothing_comes_along() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    bridged = donor(Box(300, 120, 318, 180), Box(290, 100, 390, 120))

    made = implanted(cut_from(bridged), host, sites(host)[-1])

    assert made.boxes["treatments"].label_indices.tolist() == [IMPLANT]
    assert made.pixels[110, 190] == 90


def test_in_the_other_jaw_it_is_turned_over() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))

    made = implanted(cut_from(donor(Box(300, 20, 318, 80))), host, sites(host)[-1])

    assert made.pixels[140, 190] == 200
    assert made.pixels[170, 190] == 250


def test_the_tooth_in_whose_place_it_stands_is_gone() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    host.pixels[100:180, 135:165] = 140
    host.boxes["teeth"] = boxes(Box(135, 100, 165, 180), Box(215, 100, 245, 180))  # type: ignore[index]

    made = implanted(cut_from(donor(Box(300, 120, 318, 180))), host, sites(host)[0])

    assert [str(outline.tooth) for outline in made.teeth] == ["36"]
    assert made.boxes["teeth"].corners.tolist() == [[215, 100, 245, 180]]
    assert made.boxes["treatments"].corners[0] == pytest.approx(
        [142.32, 128.8, 157.68, 180], abs=0.01
    )
    # Above the implant, where the crown was, is what was beside the tooth.
    assert abs(made.pixels[110, 150].astype(int) - 90) <= 5


def test_what_would_have_to_be_made_much_larger_stays_away() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))

    small = cut_from(donor(Box(300, 120, 312, 155)))

    assert implanted(small, host, sites(host)[0]) is host


def test_no_implant_is_put_where_something_was_treated() -> None:
    host = radiograph(tooth(34, 150, 140), tooth(36, 230, 140))
    gap = sites(host)[-1]
    host.boxes["treatments"] = boxes(Box(185, 150, 195, 160))  # type: ignore[index]

    assert implanted(cut_from(donor(Box(300, 120, 318, 180))), host, gap) is host


def test_implants_to_bring_are_those_that_are_sure_and_stand_out() -> None:
    one = donor(Box(300, 120, 318, 180))
    doubtful = donor(Box(300, 120, 318, 180))
    doubtful.boxes["treatments"].ignored[:] = True
    faint = donor(Box(300, 120, 318, 180))
    faint.pixels[:] = 90
    other = radiograph(treated=boxes(Box(10, 10, 20, 20)))

    found = find_implants([other, doubtful, faint, one], IMPLANT)

    assert [implant.example for implant in found] == [one]
