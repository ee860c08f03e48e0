"""What a person says of a tooth stands, whatever a detector finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.review import Review, Sides
from dentalviewer.stated_teeth import StatedTooth, as_stated, with_stated
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import numbered_teeth, stated_teeth, teeth_of


def box(left: float) -> Box:
    """A lower tooth: 80 wide, 200 high, its crown at the top."""
    return Box(left, 200, left + 80, 400)


def tooth(number: int, left: float) -> Finding:
    return Finding(box(left), str(number), Tooth.from_fdi(number), 0.9)


FOUND = (tooth(34, 500), tooth(35, 590), tooth(36, 680), tooth(37, 770))
T34, T35, T36, T37, T38 = (Tooth.from_fdi(n) for n in (34, 35, 36, 37, 38))


def numbers(teeth: tuple[Finding, ...]) -> dict[float, str]:
    """The label of each tooth, by the left side of its box."""
    return {each.box.x_min: each.label for each in teeth}


def review_of(*findings: Finding) -> Review:
    """The dentist's findings, on teeth as a detector found them."""
    identity = DetectorIdentity("scripted", "ab" * 32)
    detection = Detection(identity, DetectionSettings(), (), FOUND)
    return Review().propose_annotations(findings).propose(detection)


def test_what_nobody_corrected_is_as_found() -> None:
    assert as_stated(FOUND, ()) == FOUND


def test_a_tooth_that_was_found_and_is_said_to_be_there_stays_as_found() -> None:
    assert as_stated(FOUND, [StatedTooth(T36, seen=True)]) == FOUND


def test_what_was_taken_for_a_missing_tooth_loses_its_number() -> None:
    teeth = as_stated(FOUND, [StatedTooth(T36, seen=False)])
    assert numbers(teeth) == {500: "34", 590: "35", 680: "tooth", 770: "37"}
    assert [each.tooth for each in teeth] == [T34, T35, None, T37]


def test_a_tooth_that_was_overlooked_lies_where_its_neighbours_leave_a_place() -> None:
    without = tuple(each for each in FOUND if each.tooth != T36)
    *kept, added = as_stated(without, [StatedTooth(T36, seen=True)])
    assert tuple(kept) == without
    assert added.tooth == T36
    # Its true place is from 680 to 760.
    assert 670 < added.box.center[0] - 40 < 690
    assert added.score is None


def test_a_tooth_without_any_neighbour_has_no_place() -> None:
    assert as_stated((), [StatedTooth(T36, seen=True)]) == ()


def test_a_number_goes_to_the_tooth_that_was_pointed_at() -> None:
    stated = [StatedTooth(T38, seen=True, box=box(770))]
    assert numbers(as_stated(FOUND, stated)) == {
        500: "34", 590: "35", 680: "36", 770: "38",
    }  # fmt: skip


def test_a_new_run_of_the_detector_does_not_undo_a_number() -> None:
    stated = [StatedTooth(T37, seen=True, box=box(680))]
    # It is sure that the tooth is 36, draws it a little wider, and finds another 37.
    again = (tooth(35, 590), replace(tooth(36, 680), box=Box(676, 196, 764, 400)),
             tooth(37, 860))  # fmt: skip
    assert numbers(as_stated(again, stated)) == {590: "35", 676: "37", 860: "tooth"}


def test_a_tooth_that_was_pointed_at_stays_where_a_new_run_does_not_see_it() -> None:
    stated = [StatedTooth(T37, seen=True, box=box(680))]
    again = (tooth(35, 590),)
    assert numbers(as_stated(again, stated)) == {590: "35", 680: "37"}


def test_boxes_of_neighbours_are_not_taken_for_one_tooth() -> None:
    # 30 of 130 pixels shared: an IoU of 0.23.
    stated = [StatedTooth(T37, seen=True, box=box(730))]
    assert numbers(as_stated((tooth(36, 680),), stated)) == {680: "36", 730: "37"}


def test_what_is_said_of_one_tooth_leaves_the_others_as_they_were() -> None:
    """Whether anybody pointed at them or not."""
    before = (StatedTooth(T34, True), StatedTooth(T35, True, box(590)))
    now = (StatedTooth(T36, False, box(680)), StatedTooth(T38, False))
    assert with_stated(before, now) == (*before, *now)
    assert with_stated(now, before) == (*before, *now)


def test_a_tooth_that_was_pointed_at_and_not_found_is_there_once() -> None:
    without = tuple(each for each in FOUND if each.tooth != T36)
    teeth = as_stated(without, [StatedTooth(T36, seen=True, box=box(690))])
    assert teeth == (*without, Finding(box(690), "36", T36))


def test_of_one_place_the_last_word_stands() -> None:
    before = with_stated((), [StatedTooth(T36, seen=False)])
    assert with_stated(before, [StatedTooth(T36, seen=True)]) == (
        StatedTooth(T36, seen=True),
    )


def test_of_one_tooth_the_last_number_stands() -> None:
    before = with_stated((), [StatedTooth(T37, seen=True, box=box(680))])
    moved = Box(684, 200, 764, 400)
    assert with_stated(before, [StatedTooth(T38, seen=True, box=moved)]) == (
        StatedTooth(T38, seen=True, box=moved),
    )


def test_a_missing_tooth_stays_missing_when_what_was_taken_for_it_has_a_number() -> (
    None
):
    before = with_stated((), [StatedTooth(T36, seen=False, box=box(680))])
    assert with_stated(before, [StatedTooth(T37, seen=True, box=box(680))]) == (
        StatedTooth(T36, seen=False),
        StatedTooth(T37, seen=True, box=box(680)),
    )


def test_findings_follow_a_corrected_number_and_stay_where_they_were_stated() -> None:
    crown = Finding(Box(680, 200, 760, 260), "restoration")
    stated = Finding(Box(680, 276, 760, 400), "endodontic", T35)
    review = review_of(crown, stated)
    assert [str(each) for each in teeth_of(review).values()] == ["36", "35"]
    review = review.with_stated_teeth(
        (StatedTooth(T36, seen=False), StatedTooth(T38, seen=True, box=box(680)))
    )
    assert [str(each) for each in teeth_of(review).values()] == ["38", "35"]


# A crown that reaches 20 of its 100 pixels onto 37.
CROWN_ON_36 = Finding(Box(690, 200, 790, 260), "restoration")
NO_36 = StatedTooth(T36, seen=False, box=box(680))


def placed(review: Review) -> list[str]:
    return [str(each) for each in teeth_of(review).values()]


def test_a_crown_where_a_tooth_is_said_to_be_missing_stays_there() -> None:
    review = review_of(CROWN_ON_36)
    assert placed(review) == ["36"]
    assert placed(review.with_stated_teeth((NO_36,))) == ["36"]
    mirrored = review.with_sides(Sides.MIRRORED).with_stated_teeth((NO_36,))
    assert placed(mirrored) == ["46"]


def test_a_crown_on_the_tooth_beside_a_missing_one_stays_on_that_tooth() -> None:
    """20 of its 100 pixels lie where 36 was thought to be."""
    review = review_of(Finding(Box(740, 200, 840, 260), "restoration"))
    assert placed(review.with_stated_teeth((NO_36,))) == ["37"]


def test_a_root_filling_in_a_missing_tooth_is_in_doubt() -> None:
    """38 pixels wide it lies in 36, or in the tooth beside it."""
    inside = Finding(Box(700, 280, 738, 390), "endodontic")
    beside = Finding(Box(790, 280, 828, 390), "endodontic")
    review = review_of(inside, beside)
    assert placed(review) == ["36", "37"]
    assert placed(review.with_stated_teeth((NO_36,))) == ["36?", "37"]


def test_an_implant_where_a_tooth_is_said_to_be_missing_is_in_no_doubt() -> None:
    review = review_of(Finding(Box(700, 260, 740, 400), "implant"))
    assert placed(review.with_stated_teeth((NO_36,))) == ["36"]


def test_where_what_was_taken_for_a_tooth_is_another_its_crown_goes_with_it() -> None:
    said = with_stated([NO_36], [StatedTooth(T38, seen=True, box=box(680))])
    assert placed(review_of(CROWN_ON_36).with_stated_teeth(said)) == ["38"]


def test_on_a_mirrored_radiograph_numbers_are_of_the_other_side() -> None:
    review = review_of().with_stated_teeth((StatedTooth(T38, True, box(770)),))
    mirrored = review.with_sides(Sides.MIRRORED)
    assert numbers(numbered_teeth(mirrored))[770] == "48"
    assert stated_teeth(mirrored) == {Tooth.from_fdi(48): True}
    assert stated_teeth(review.with_sides(Sides.DOUBTFUL)) == {}


def test_a_new_answer_of_the_detector_keeps_what_was_stated() -> None:
    review = review_of().with_stated_teeth((StatedTooth(T36, seen=False),))
    assert review.detection is not None
    again = replace(review.detection, teeth=(tooth(35, 592), tooth(36, 682)))
    assert numbers(numbered_teeth(review.propose(again))) == {592: "35", 682: "tooth"}


@pytest.mark.parametrize("number", [85, 75])
def test_a_deciduous_tooth_lies_over_its_successor(number: int) -> None:
    stated = [StatedTooth(Tooth.from_fdi(number), seen=True)]
    mirrored = (tooth(44, 100), tooth(45, 10))
    *_, added = as_stated((*FOUND, *mirrored), stated)
    # The upper half of 45 or 35: 10 to 90, 590 to 670.
    left = {85: 10, 75: 590}[number]
    assert added.box == Box(left, 200, left + 80, 300)
