"""A full jaw drawn by hand: each tooth 20 wide and 100 high, 24 apart, no gap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dentalviewer.arch import LOWER_ROW, UPPER_ROW
from dentalviewer.dentition import Notation, Tooth, successor_of
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box, Size
from dentalviewer.placing import (
    Placing,
    place_findings,
)
from dentalviewer.review import Review, Sides
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import (
    NO_ARCH,
    NO_TEETH,
    NOT_PANORAMIC,
    caution_about,
    doubt_about,
    doubt_of,
    numbered_teeth,
    teeth_of,
    teeth_off_picture,
    with_teeth,
    worked_out,
)
from dentalviewer.tooth_places import crown_region, places_of, root_region

STEP, WIDTH, HEIGHT = 24, 20, 100
UPPER_TOP, LOWER_TOP = 100, 210


def tooth(number: int) -> Finding:
    """18 begins at x = 0 in the upper jaw, 48 below it; crowns face each other."""
    fdi = Tooth.from_fdi(number)
    row, top = (UPPER_ROW, UPPER_TOP) if fdi in UPPER_ROW else (LOWER_ROW, LOWER_TOP)
    left = STEP * row.index(fdi)
    return Finding(Box(left, top, left + WIDTH, top + HEIGHT), str(fdi), fdi, score=0.9)


def mouth(*missing: int) -> tuple[Finding, ...]:
    numbers = [t.fdi_number for t in (*UPPER_ROW, *LOWER_ROW)]
    return tuple(tooth(n) for n in numbers if n not in missing)


def crown(first: int, last: int | None = None) -> Box:
    """The 30 pixels next to the other jaw."""
    left, right = tooth(first).box, tooth(last or first).box
    if left.y_min == UPPER_TOP:
        return Box(left.x_min, 170, right.x_max, 200)
    return Box(left.x_min, 210, right.x_max, 240)


def root(number: int) -> Box:
    box = tooth(number).box
    if box.y_min == UPPER_TOP:
        return Box(box.x_min, 100, box.x_max, 162)
    return Box(box.x_min, 248, box.x_max, 310)


def placed(box: Box, label: str, teeth: tuple[Finding, ...]) -> Placing:
    (placing,) = place_findings([Finding(box, label)], teeth)
    return placing


def numbers(placing: Placing) -> list[int]:
    return [t.fdi_number for t in placing.teeth]


def test_a_crown_and_the_root_filling_below_it_are_on_the_same_tooth() -> None:
    for number in (16, 21, 36, 41):
        assert numbers(placed(crown(number), "restoration", mouth())) == [number]
        assert numbers(placed(root(number), "endodontic", mouth())) == [number]


def test_a_clear_place_is_in_no_doubt() -> None:
    assert not placed(root(36), "endodontic", mouth()).doubtful


def doubting(*numbers: int) -> tuple[Finding, ...]:
    """The mouth, where the numbers of these teeth may be others."""
    return tuple(
        replace(each, tooth_in_doubt=int(each.label) in numbers) for each in mouth()
    )


def review_of(teeth: tuple[Finding, ...]) -> Review:
    identity = DetectorIdentity("teeth", "ab" * 32)
    return Review().propose(
        Detection(identity, DetectionSettings(), (), teeth, identity)
    )


def test_what_lies_on_a_tooth_whose_number_is_in_doubt_is_in_doubt() -> None:
    for box, label in ((root(36), "endodontic"), (crown(36), "restoration")):
        assert str(placed(box, label, doubting(36))) == "36?"
        assert str(placed(box, label, doubting(35, 37))) == "36"


def test_a_bridge_is_in_doubt_if_one_of_its_ends_is() -> None:
    assert str(placed(crown(34, 36), "restoration", doubting(35))) == "34\u201336"
    assert str(placed(crown(34, 36), "restoration", doubting(36))) == "34\u201336?"


def test_a_number_that_a_person_states_is_in_no_doubt() -> None:
    t36 = Tooth.from_fdi(36)
    for said in (
        StatedTooth(t36, True, tooth(36).box),
        StatedTooth(t36, True),
        StatedTooth(Tooth.from_fdi(37), True, tooth(36).box),
    ):
        review = review_of(doubting(36)).with_stated_teeth((said,))
        assert not any(each.tooth_in_doubt for each in numbered_teeth(review)), said


def test_who_states_where_a_finding_is_says_which_tooth_lies_below_it() -> None:
    """Whatever else lies on that tooth is in no doubt any more either."""
    t36, t37 = Tooth.from_fdi(36), Tooth.from_fdi(37)
    crowned = Finding(crown(36), "restoration", t36)
    root_filled = Finding(root(36), "endodontic")
    review = review_of(doubting(36, 37)).propose_annotations([crowned, root_filled])
    assert doubted_in(review) == [37]
    assert [str(each) for each in teeth_of(review).values()] == ["36", "36"]

    assert doubted_in(review.reject([1])) == [36, 37]
    assert str(teeth_of(review.reject([1]))[2]) == "36?"
    spanning = Finding(crown(36, 37), "restoration", t36, last_tooth=t37)
    review = review_of(doubting(36, 37)).propose_annotations([spanning])
    assert doubted_in(review) == []


def test_who_states_a_tooth_of_what_lies_on_another_says_nothing_of_its_number() -> (
    None
):
    crowned = Finding(crown(37), "restoration", Tooth.from_fdi(36))
    review = review_of(doubting(36, 37)).propose_annotations([crowned])
    assert doubted_in(review) == [36, 37]


def test_who_states_one_tooth_of_a_box_over_several_tells_no_number() -> None:
    over_three = Finding(crown(35, 37), "restoration", Tooth.from_fdi(36))
    review = review_of(doubting(36)).propose_annotations([over_three])
    assert doubted_in(review) == [36]


def test_in_a_mirrored_radiograph_the_real_number_is_what_is_stated_of_a_finding() -> (
    None
):
    for number, doubted in ((46, []), (36, [46])):
        crowned = Finding(crown(36), "restoration", Tooth.from_fdi(number))
        review = review_of(doubting(36)).propose_annotations([crowned])
        assert doubted_in(replace(review, sides=Sides.MIRRORED)) == doubted


def doubted_in(review: Review) -> list[int]:
    """The teeth whose number may be another."""
    return [int(t.label) for t in numbered_teeth(review) if t.tooth_in_doubt]


def test_a_tooth_that_loses_its_number_loses_the_doubt_about_it() -> None:
    gone = StatedTooth(Tooth.from_fdi(36), False, tooth(36).box)
    review = review_of(doubting(36)).with_stated_teeth((gone,))
    assert not any(each.tooth_in_doubt for each in numbered_teeth(review))


def test_in_a_mirrored_radiograph_the_same_tooth_is_in_doubt_by_its_real_number() -> (
    None
):
    review = replace(review_of(doubting(36)), sides=Sides.MIRRORED)
    doubted = [each.label for each in numbered_teeth(review) if each.tooth_in_doubt]
    assert doubted == ["46"]


def test_a_root_filling_of_the_only_tooth_left_is_its_own() -> None:
    placing = placed(root(36), "endodontic", (tooth(36),))
    assert numbers(placing) == [36]
    assert not placing.doubtful


def test_a_crown_far_from_all_places_is_on_no_tooth_and_bears_no_question_mark() -> (
    None
):
    far = crown(36).moved(0, 1000)
    (placing,) = place_findings([Finding(far, "restoration")], mouth())
    assert placing.teeth == ()
    assert placing.written(Notation.FDI) == str(placing) == ""
    finding = Finding(far, "restoration")
    assert with_teeth([finding], mouth()) == (finding,)


def test_a_root_filling_where_no_tooth_is_lies_on_none() -> None:
    """The teeth beside the gap are 4 pixels away."""
    gap = root(36)
    gap = root(36)
    assert placed(gap, "endodontic", mouth(36)) == Placing()
    # Beside a gap it is on the tooth that it touches, and hardly.
    touching = placed(gap.moved(6, 0), "endodontic", mouth(36))
    assert numbers(touching) == [37]
    assert touching.doubtful


def test_roots_and_crowns_are_at_opposite_ends_of_a_tooth() -> None:
    """Of a tooth 20 wide and 100 high the apical 62 are roots, the other 50 crown."""
    box = Box(0, 100, 20, 200)
    for upper in (Tooth(1, 6), Tooth(2, 1), Tooth(5, 4)):
        assert root_region(upper, box) == Box(0, 100, 20, 162)
        assert crown_region(upper, box) == Box(0, 150, 20, 200)
    for lower in (Tooth(3, 6), Tooth(4, 1), Tooth(8, 4)):
        assert root_region(lower, box) == Box(0, 138, 20, 200)
        assert crown_region(lower, box) == Box(0, 100, 20, 150)


def test_the_place_of_a_missing_tooth_is_as_large_as_a_tooth() -> None:
    places = places_of(mouth(36))
    assert places
    assert places.boxes[Tooth(3, 6)].width == pytest.approx(places.unit)
    assert places.boxes[Tooth(3, 6)].height == pytest.approx(HEIGHT)
    assert places.boxes[Tooth(3, 7)] == tooth(37).box


def test_a_span_has_the_same_teeth_whichever_end_is_named_first() -> None:
    """From the patient's right to left: on the picture from the left."""
    for first, last, between in (
        (24, 26, [24, 25, 26]),
        (14, 16, [16, 15, 14]),
        (31, 41, [41, 31]),
        (75, 36, [75, 36]),
    ):
        ends = Tooth.from_fdi(first), Tooth.from_fdi(last)
        for one, other in (ends, ends[::-1]):
            teeth = Finding(crown(36), "restoration", one, last_tooth=other).teeth
            assert [each.fdi_number for each in teeth] == between


def test_a_root_filling_between_two_teeth_is_doubtful() -> None:
    between = root(36).moved(STEP / 2, 0)
    assert placed(between, "endodontic", mouth()).doubtful


def test_a_bridge_gets_all_of_its_span_missing_teeth_included() -> None:
    bridge = placed(crown(24, 26), "restoration", mouth(25))
    assert numbers(bridge) == [24, 25, 26]
    assert numbers(placed(crown(47, 45), "restoration", mouth())) == [47, 46, 45]


def leaning(number: int) -> Finding:
    """A molar that leans towards the midline: its roots make its box three times as
    wide as what is covered of its crown.
    """
    box = tooth(number).box
    wide = Box(box.x_min, box.y_min, box.x_min + 3 * WIDTH, box.y_max)
    return Finding(wide, str(number), Tooth.from_fdi(number), score=0.9)


def test_a_bridge_takes_in_the_leaning_molar_that_carries_it() -> None:
    """It covers a third of the box of 37."""
    teeth = (*mouth(36, 37, 38), leaning(37))
    bridge = placed(crown(35, 37), "restoration", teeth)
    assert numbers(bridge) == [35, 36, 37]
    assert not bridge.doubtful


def test_a_bridge_does_not_take_in_a_tooth_that_it_only_touches() -> None:
    """A fifth of 37, which is 4 pixels; 36 is missing, and the end is free."""
    over = crown(34, 36)
    reaching = Box(over.x_min, over.y_min, tooth(37).box.x_min + 4, over.y_max)
    assert numbers(placed(reaching, "restoration", mouth(36))) == [34, 35, 36]


def test_a_bridge_that_ends_on_no_tooth_is_in_doubt() -> None:
    """It may be one with a free end."""
    free = placed(crown(34, 36), "restoration", mouth(36))
    assert numbers(free) == [34, 35, 36]
    assert free.doubtful
    assert not placed(crown(34, 36), "restoration", mouth(35)).doubtful


def test_a_large_crown_is_on_the_tooth_that_is_there_not_on_a_missing_one_below() -> (
    None
):
    upper = tooth(27).box
    # It hangs over the place of 37, of which it covers more than of 27's crown.
    large = Box(upper.x_min - 12, 180, upper.x_max + 12, 240)

    found = placed(large, "restoration", mouth(36, 37, 38))

    assert numbers(found) == [27]


def test_a_bridge_is_in_the_jaw_that_has_teeth_below_it() -> None:
    """It hangs over the upper jaw, of which it covers more."""
    missing = (18, 17, 16, 15, 47, 46)
    high = Box(tooth(48).box.x_min, 160, tooth(45).box.x_max, 225)

    bridge = placed(high, "restoration", mouth(*missing))

    assert numbers(bridge) == [48, 47, 46, 45]
    assert not bridge.doubtful
    # Where both jaws have what carries it, it is in that of which it covers more.
    implants = [Finding(root(number), "implant") for number in (18, 15)]
    on_implants, *_ = place_findings(
        [Finding(high, "restoration"), *implants], mouth(*missing)
    )
    assert numbers(on_implants) == [18, 17, 16, 15]


def test_a_bridge_may_end_on_an_implant() -> None:
    findings = [Finding(crown(34, 36), "restoration"), Finding(root(36), "implant")]
    bridge, implant = place_findings(findings, mouth(36))
    assert numbers(implant) == [36]
    assert numbers(bridge) == [34, 35, 36]
    assert not bridge.doubtful


def milk_tooth(number: int, successor: int) -> Finding:
    """Where its successor would be, with shorter roots."""
    box = tooth(successor).box
    upper = box.y_min == UPPER_TOP
    top = box.y_min + 40 if upper else box.y_min
    fdi = Tooth.from_fdi(number)
    return Finding(Box(box.x_min, top, box.x_max, top + 60), str(fdi), fdi)


def test_findings_on_a_deciduous_tooth_are_its_own() -> None:
    """Its roots are 60 pixels long with the crown, of which the apical 62 % count."""
    for number, successor in ((75, 35), (54, 14)):
        teeth = (*mouth(successor), milk_tooth(number, successor))
        box = milk_tooth(number, successor).box
        apex = box.y_min if successor == 14 else box.y_max - 37
        filling = Box(box.x_min, apex, box.x_max, apex + 37)
        for each, label in ((crown(successor), "restoration"), (filling, "endodontic")):
            placing = placed(each, label, teeth)
            assert numbers(placing) == [number]
            assert not placing.doubtful


def test_a_span_goes_over_a_deciduous_tooth_between_permanent_ones() -> None:
    teeth = (*mouth(35), milk_tooth(75, 35))
    assert numbers(placed(crown(34, 36), "restoration", teeth)) == [34, 75, 36]
    assert numbers(placed(crown(35, 36), "restoration", teeth)) == [75, 36]


def test_a_span_that_ends_on_a_deciduous_tooth_is_a_finding_like_others() -> None:
    teeth = (*mouth(35), milk_tooth(75, 35))

    (found,) = with_teeth([Finding(crown(35, 36), "restoration")], teeth)

    assert [tooth.fdi_number for tooth in found.teeth] == [75, 36]


def test_a_deciduous_tooth_beside_its_successor_leaves_a_span_to_that() -> None:
    beside = milk_tooth(75, 35)
    above = replace(beside, box=beside.box.moved(0, 60))

    assert numbers(placed(crown(34, 36), "restoration", (*mouth(), above))) == [
        34,
        35,
        36,
    ]


def test_a_deciduous_tooth_tells_nothing_of_where_the_others_lie() -> None:
    """One that lies 30 pixels from where its successor would."""
    astray = milk_tooth(75, 35)
    astray = Finding(astray.box.moved(0, -30), "75", astray.tooth)
    with_it, without = places_of((*mouth(35, 38), astray)), places_of(mouth(35, 38))
    assert with_it
    assert without
    assert with_it.boxes[Tooth(3, 8)] == without.boxes[Tooth(3, 8)]
    assert with_it.boxes[Tooth(7, 5)] == astray.box


def test_an_implant_replaces_the_tooth_that_is_missing() -> None:
    fixture = tooth(46).box
    placing = placed(Box(*fixture.corners), "implant", mouth(46))
    assert numbers(placing) == [46]
    assert not placing.doubtful


def test_two_implants_in_one_gap_get_a_tooth_each() -> None:
    teeth = mouth(36, 37, 38)
    first, second = tooth(36).box.moved(5, 0), tooth(37).box.moved(-8, 0)
    placings = place_findings(
        [Finding(second, "implant"), Finding(first, "implant")], teeth
    )
    assert [numbers(p) for p in placings] == [[37], [36]]


def test_more_implants_than_a_row_has_teeth_are_no_fault() -> None:
    """As with thresholds down to nothing: 20 of them over the width of 16 teeth."""
    boxes = [Box(19 * i, LOWER_TOP, 19 * i + 10, 310) for i in range(20)]
    placings = place_findings([Finding(box, "implant") for box in boxes], mouth())

    assert [numbers(p) for p in placings[16:]] == [[], [], [], []]
    assert len({tuple(numbers(p)) for p in placings[:16]}) == 16


def test_two_boxes_of_one_implant_get_the_same_tooth() -> None:
    """The dentist's and the detector's, of which the neighbour's place is free too."""
    teeth = mouth(36, 37, 38)
    box = tooth(36).box
    findings = [Finding(box.moved(d, 0), "implant") for d in (5, 9)]

    placings = place_findings(findings, teeth)

    assert [numbers(p) for p in placings] == [[36], [36]]


def test_two_boxes_of_one_implant_may_share_two_fifths_of_what_they_cover() -> None:
    """One reader's is 10 wide and lies within the other's, which is 25 wide: 0.4."""
    left, top = tooth(36).box.x_min, tooth(36).box.y_min
    wide = Box(left, top, left + 25, top + HEIGHT)
    narrow = Box(left + 15, top, left + 25, top + HEIGHT)

    placings = place_findings(
        [Finding(box, "implant") for box in (wide, narrow)], mouth(36, 37, 38)
    )

    assert [numbers(p) for p in placings] == [[36], [36]]


def test_an_implant_between_two_gaps_is_in_doubt() -> None:
    """Half a step from either, where no other place is near."""
    between = Finding(tooth(36).box.moved(STEP / 2, 0), "implant")
    (placing,) = place_findings([between], mouth(36, 37))
    assert numbers(placing) in ([36], [37])
    assert placing.doubtful


def test_a_crown_does_not_take_the_place_of_its_implant() -> None:
    """Beside each other they would be on 36 and 37, which is free."""
    crowned = Finding(crown(36).moved(-2, 0), "restoration")
    implant = Finding(root(36), "implant")
    placings = place_findings([crowned, implant], mouth(35, 36, 37))
    assert [numbers(p) for p in placings] == [[36], [36]]


def test_the_crown_of_an_implant_stands_where_the_implant_does() -> None:
    placing = placed(crown(46), "restoration", mouth(46))
    assert numbers(placing) == [46]
    assert placing.doubtful


def test_what_a_person_has_stated_is_never_changed() -> None:
    stated = Finding(crown(36), "restoration", Tooth.from_fdi(35))
    (placing,) = place_findings([stated], mouth())
    assert placing == Placing((Tooth.from_fdi(35),), stated=True)
    assert with_teeth([stated], mouth()) == (stated,)


def test_nothing_is_invented_where_no_tooth_is_numbered() -> None:
    unnumbered = (Finding(tooth(36).box, "tooth", score=0.6),)
    assert placed(crown(36), "restoration", ()) == Placing()
    assert placed(crown(36), "restoration", unnumbered) == Placing()


def test_a_bridge_is_named_by_both_ends() -> None:
    (bridge,) = with_teeth([Finding(crown(34, 36), "restoration")], mouth(35))
    assert (bridge.tooth, bridge.last_tooth) == (Tooth(3, 4), Tooth(3, 6))
    assert [t.fdi_number for t in bridge.teeth] == [34, 35, 36]


def test_teeth_follow_a_box_that_is_moved() -> None:
    detection = Detection(
        DetectorIdentity("scripted", "5c" * 32),
        DetectionSettings({}),
        (),
        mouth(),
        DetectorIdentity("teeth", "ab" * 32),
    )
    review = Review().propose(detection).add(Finding(root(36), "endodontic"))
    (item,) = review.items
    assert numbers(teeth_of(review)[item.id]) == [36]
    moved = review.correct(item.id, Finding(root(35), "endodontic"))
    assert numbers(teeth_of(moved)[item.id]) == [35]


def test_a_review_without_teeth_knows_what_was_stated_alone() -> None:
    review = Review().add(Finding(crown(36), "restoration", Tooth(3, 6)))
    review = review.add(Finding(crown(35), "restoration"))
    placings = teeth_of(review)
    assert placings[1] == Placing((Tooth(3, 6),), stated=True)
    assert placings[2] == Placing()


def test_a_picture_without_arches_is_asked_about() -> None:
    assert doubt_about(()) == NO_TEETH
    assert doubt_about((Finding(tooth(36).box, "tooth", score=0.6),)) == NO_ARCH
    assert doubt_about(mouth()) == ""
    extra = Finding(tooth(36).box.moved(5, 0), "tooth", score=0.6)
    assert doubt_about((*mouth(), extra)) == ""


def asked_about() -> Review:
    """A review of what a detector of teeth found one thing on, which fits no row."""
    identity = DetectorIdentity("d", "ab" * 32)
    house = (Finding(tooth(36).box, "tooth", score=0.6),)
    answer = Detection(identity, DetectionSettings(), (), house, identity)
    return Review().propose(answer)


def test_a_picture_is_asked_about_until_a_person_says_what_it_is() -> None:
    """That it is a panoramic radiograph, that it is none, or which tooth is there."""
    heard = asked_about()
    answer = heard.detection
    assert answer is not None
    assert doubt_of(heard) == NO_ARCH
    # On which side the patient's right is, is another question.
    for sides in Sides:
        assert doubt_of(heard.with_sides(sides)) == NO_ARCH
    said = (StatedTooth(Tooth(3, 6), False), StatedTooth(Tooth(3, 7), True))
    assert doubt_of(heard.with_stated_teeth(said)) == NO_ARCH
    shown = StatedTooth(Tooth(3, 6), True, answer.teeth[0].box)
    for settled in (
        Review(),
        heard.with_panoramic(True),
        heard.with_panoramic(False),
        heard.with_stated_teeth((shown,)),
        heard.propose(replace(answer, teeth=mouth())),
        heard.propose(replace(answer, tooth_detector=None)),
    ):
        assert doubt_of(settled) == ""


def test_what_a_person_says_is_no_panoramic_radiograph_gets_no_numbers() -> None:
    crowned = Finding(crown(36), "restoration")
    review = Review().propose_annotations([crowned]).with_panoramic(False)
    identity = DetectorIdentity("d", "ab" * 32)
    numbered = Detection(identity, DetectionSettings(), (), mouth(), identity)
    review = review.propose(numbered)
    assert not any(each.tooth for each in numbered_teeth(review))
    assert teeth_of(review)[1] == Placing()
    assert caution_about(review) == NOT_PANORAMIC
    # What a person says of a tooth stands all the same.
    stated = (StatedTooth(Tooth(3, 6), True, tooth(36).box),)
    (only,) = (t for t in numbered_teeth(review.with_stated_teeth(stated)) if t.tooth)
    assert only.tooth == Tooth(3, 6)
    assert caution_about(review.with_panoramic(True)) == ""


def test_what_is_asked_of_a_picture_is_to_beware_of_until_it_is_answered() -> None:
    assert caution_about(asked_about()) == NO_ARCH
    assert caution_about(asked_about().with_panoramic(True)) == ""
    assert caution_about(asked_about().with_panoramic(False)) == NOT_PANORAMIC


# Mirrored radiographs


def reviewed(sides: Sides) -> Review:
    """A crown on what is 36 if the patient's right is on the left, a bridge 24 to 26,
    and a filling that the dentist says is on 11.
    """
    findings = [
        Finding(crown(36), "restoration"),
        Finding(crown(24, 26), "restoration"),
        Finding(crown(46), "restoration", tooth=Tooth(1, 1)),
    ]
    identity = DetectorIdentity("d", "ab" * 32)
    detection = Detection(identity, DetectionSettings(), (), mouth())
    review = Review(sides=sides).propose_annotations(findings)
    return review.propose(detection)


def test_on_a_mirrored_radiograph_teeth_are_those_of_the_other_side() -> None:
    review = reviewed(Sides.MIRRORED)
    one, bridge, stated = (teeth_of(review)[i] for i in (1, 2, 3))
    assert numbers(one) == [46]
    assert numbers(bridge) == [16, 15, 14]
    assert numbers(stated) == [11]
    where_48_would_be = tooth(48).box
    (found,) = (t for t in numbered_teeth(review) if t.box == where_48_would_be)
    assert (found.tooth, found.label) == (Tooth(3, 8), "38")


def off_picture(
    teeth: tuple[Finding, ...], size: Size, sides: Sides = Sides.USUAL
) -> set[int]:
    identity = DetectorIdentity("d", "ab" * 32)
    detection = Detection(identity, DetectionSettings(), (), teeth)
    off = teeth_off_picture(Review(sides=sides).propose(detection), size)
    assert all(successor_of(each) in off for each in off if each.deciduous)
    return {each.fdi_number for each in off if not each.deciduous}


def shown_in(frame: Box, *missing: int) -> tuple[Finding, ...]:
    """The mouth as a picture of that part of it has it, which ends at its rims."""
    size = Size(int(frame.width), int(frame.height))
    cut = [
        (each, each.box.moved(-frame.x_min, -frame.y_min).clipped(size))
        for each in mouth(*missing)
    ]
    return tuple(replace(each, box=box) for each, box in cut if box is not None)


def test_no_tooth_is_off_a_whole_picture_however_many_are_missing() -> None:
    whole = Box(-40, 0, 424, 400)
    few = {t.fdi_number for t in (*UPPER_ROW, *LOWER_ROW)} - {11, 21, 13, 16, 26}
    for teeth in (shown_in(whole, 18, 36), shown_in(whole, *few)):
        assert off_picture(teeth, Size(464, 400)) == set()


@pytest.mark.parametrize("sides", [Sides.USUAL, Sides.MIRRORED])
def test_a_jaw_that_was_cut_off_is_off_the_picture(sides: Sides) -> None:
    lower = {each.fdi_number for each in LOWER_ROW}
    upper = shown_in(Box(-40, 0, 424, 400), *lower)
    assert off_picture(upper, Size(464, 202), sides) == lower
    # Here the places of the molars are still on it: those of 37 and 47 end at 253.
    assert off_picture(upper, Size(464, 260), sides) == lower
    assert off_picture(upper, Size(464, 400), sides) == set()


def test_a_tooth_whose_crown_alone_is_on_the_picture_may_be_there() -> None:
    """Of upper teeth the lowest 30 of 100 pixels are seen, of lower ones as much."""
    lower_half = Box(-40, 170, 424, 400)
    assert off_picture(shown_in(lower_half, 14, 25, 36), Size(464, 230)) == {14, 25}
    upper_half = Box(-40, 0, 424, 240)
    assert off_picture(shown_in(upper_half, 14, 36, 41), Size(464, 240)) == {36, 41}
    # The roots begin at 100, and on this one all of them is seen.
    below = Box(-40, 90, 424, 400)
    assert off_picture(shown_in(below, 14, 25, 36), Size(464, 310)) == set()


def test_nobody_knows_what_is_off_the_picture_while_the_sides_are_in_doubt() -> None:
    upper = tuple(each for each in mouth() if each.tooth in UPPER_ROW)
    assert off_picture(upper, Size(384, 202), Sides.DOUBTFUL) == set()


def test_of_a_jaw_that_is_there_only_places_beside_the_picture_are_off_it() -> None:
    """Of the patient's left none is found; 25 has its place from 304 to 332, 36 its
    own from 324 to 351.
    """
    right = shown_in(Box(-40, 0, 190, 400))
    size = Size(340, 400)
    assert off_picture(right, size) == {26, 27, 28, 36, 37, 38}
    assert off_picture(right, size, Sides.MIRRORED) == {16, 17, 18, 46, 47, 48}
    # What is found is there, wherever its box lies.
    found = replace(tooth(28), box=tooth(28).box.moved(40, 0))
    assert off_picture((*right, found), size) & {28} == set()


def test_while_it_is_in_doubt_only_what_a_person_stated_has_a_number() -> None:
    review = reviewed(Sides.DOUBTFUL)
    assert [numbers(teeth_of(review)[i]) for i in (1, 2, 3)] == [[], [], [11]]
    teeth = numbered_teeth(review)
    assert len(teeth) == 32
    assert {(t.tooth, t.label) for t in teeth} == {(None, "tooth")}


def test_a_person_who_says_that_it_is_as_usual_gets_the_usual_numbers() -> None:
    for sides in (Sides.ASSUMED, Sides.USUAL):
        review = reviewed(sides)
        assert numbers(teeth_of(review)[1]) == [36]
        assert numbered_teeth(review) == mouth()


def test_what_was_found_on_an_implant_is_no_natural_tooth() -> None:
    """The implant is where the root of 36 would be, all of it within its box."""
    identity = DetectorIdentity("d", "ab" * 32)
    implant = Finding(root(36), "implant", score=0.9)
    detection = Detection(identity, DetectionSettings(), (implant,), mouth())
    review = Review().propose(detection)
    assert set(mouth()) - set(numbered_teeth(review)) == {tooth(36)}
    assert set(numbered_teeth(review.accept([1]))) == set(mouth(36))
    assert set(numbered_teeth(review.reject([1]))) == set(mouth())


def test_a_tooth_that_lies_for_the_most_part_on_an_implant_is_the_implant() -> None:
    """The box of 36 is 20 wide, of which 12 are shared: three fifths."""
    detection = Detection(
        DetectorIdentity("d", "ab" * 32), DetectionSettings(), (), mouth()
    )
    beside = Finding(tooth(36).box.moved(-8, 0), "implant")
    review = Review().propose(detection).add(beside)
    # It shares 4 of the 20 with 35, which stays.
    assert set(numbered_teeth(review)) == set(mouth(36))


def test_a_rejected_implant_takes_no_place_from_one_that_is_there() -> None:
    """Both lie in the gap of 35 and 36; two would share it, one on each side."""
    detection = Detection(
        DetectorIdentity("d", "ab" * 32),
        DetectionSettings(),
        (Finding(root(36).moved(-6, 0), "implant", score=0.9),),
        mouth(35, 36),
    )
    there = Finding(root(35).moved(6, 0), "implant")
    review = Review().propose_annotations([there]).propose(detection)
    alone = Review().propose_annotations([there])
    alone = alone.propose(replace(detection, candidates=()))

    decided = review.accept([1]).reject([2])

    assert teeth_of(decided)[1] == teeth_of(alone)[1]
    assert teeth_of(review)[1] != teeth_of(alone)[1]
    # What was rejected is still told where it lay.
    assert numbers(teeth_of(decided)[2]) == [36]


def test_a_tooth_that_leans_on_an_implant_stays_one() -> None:
    """A quarter of the implant's box lies on the tooth beside it."""
    detection = Detection(
        DetectorIdentity("d", "ab" * 32), DetectionSettings(), (), mouth()
    )
    leaning = Finding(root(36).moved(9, 0), "implant")
    review = Review().propose(detection).add(leaning)
    assert tooth(37) in numbered_teeth(review)


def test_nothing_found_stays_nothing_on_any_side() -> None:
    for sides in Sides:
        assert numbered_teeth(Review(sides=sides)) == ()


def test_where_a_box_lies_is_known_whatever_was_stated_of_it() -> None:
    """The box of 26, which a slip of the keyboard called 14."""
    stated = Finding(crown(26), "restoration", Tooth(1, 4))
    identity = DetectorIdentity("teeth", "ab" * 32)
    detection = Detection(identity, DetectionSettings({}), (), mouth())
    review = Review(detection=detection).add(stated)
    (item,) = review.items
    assert numbers(teeth_of(review)[item.id]) == [14]
    assert numbers(worked_out(review, item.id)) == [26]


def test_a_placing_is_far_where_all_its_teeth_are_and_never_if_unknown() -> None:
    lies = Placing((Tooth(2, 4), Tooth(2, 5), Tooth(2, 6)))
    assert Placing((Tooth(1, 6), Tooth(1, 5))).is_far_from(lies)
    # A bridge over the midline reaches both sides.
    assert not Placing((Tooth(1, 1), Tooth(2, 1), Tooth(2, 2))).is_far_from(lies)
    assert not Placing((Tooth(1, 6),)).is_far_from(Placing())


def test_a_crown_over_an_implant_takes_its_place_and_not_the_neighbours() -> None:
    """36 is missing; the implant there bears a crown, as wide as the gap."""
    identity = DetectorIdentity("d", "ab" * 32)
    teeth = tuple(each for each in mouth() if each.label != "36")
    found = (
        Finding(root(36), "implant", score=0.9),
        Finding(crown(36), "restoration", score=0.9),
    )
    answer = Detection(identity, DetectionSettings(), found, teeth, identity)

    placings = teeth_of(Review().propose(answer)).values()

    assert [(numbers(each), each.doubtful) for each in placings] == [
        ([36], False), ([36], False),
    ]  # fmt: skip


def test_a_root_filling_where_another_sees_an_implant_has_its_place_in_doubt() -> None:
    identity = DetectorIdentity("d", "ab" * 32)
    teeth = tuple(each for each in mouth() if each.label != "36")
    implant = Finding(root(36), "implant", score=0.9)
    answer = Detection(identity, DetectionSettings(), (implant,), teeth, identity)
    review = Review().propose_annotations([Finding(root(36).moved(2, 0), "endodontic")])

    placings = teeth_of(review.propose(answer))

    assert {str(placing) for placing in placings.values()} == {"36", "36?"}
