"""The reader's own words stay with their tooth, whatever its number becomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.reports.summary import reported_teeth
from dentalviewer.reports.tooth_states import few_words
from dentalviewer.reports.tooth_words import with_words_following
from dentalviewer.review import Review, Sides, ToothWords
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding
from tests.reports.conftest import accept_all


def box(left: float, width: float = 80, height: float = 200) -> Box:
    """A lower tooth, its crown at the top."""
    return Box(left, 200, left + width, 200 + height)


def tooth(number: int, left: float) -> Finding:
    return Finding(box(left), str(number), Tooth.from_fdi(number), 0.9)


FOUND = (tooth(34, 500), tooth(35, 590), tooth(36, 680), tooth(37, 770))
T34, T35, T36, T37, T38, T46 = (Tooth.from_fdi(n) for n in (34, 35, 36, 37, 38, 46))
CROWN_36 = Finding(box(680, height=60), "restoration")
BRIDGE = Finding(box(500, width=260, height=60), "restoration")


def accepted(
    *findings: Finding, teeth: Iterable[Finding] = FOUND, sides: Sides = Sides.ASSUMED
) -> Review:
    identity = DetectorIdentity("scripted", "ab" * 32)
    detection = Detection(identity, DetectionSettings(), (), tuple(teeth))
    review = Review().propose_annotations(findings).propose(detection)
    return accept_all(review)[0].with_sides(sides)


def worded(review: Review, **words: str) -> Review:
    """With words such as t36="gold crown", said of what is there."""
    states = reported_teeth(review)
    said = []
    for name, text in words.items():
        number = Tooth.from_fdi(int(name[1:]))
        said.append(ToothWords(number, text, few_words(states[number])))
    return replace(review, tooth_words=tuple(said))


def told(review: Review) -> dict[int, str]:
    """The reader's own words that a report uses, by tooth."""
    states = reported_teeth(review).values()
    return {s.tooth.fdi_number: s.reworded for s in states if s.reworded}


def stated(review: Review, *said: StatedTooth) -> Review:
    return with_words_following(review, review.with_stated_teeth(said))


def answered(review: Review, sides: Sides) -> Review:
    return with_words_following(review, review.with_sides(sides))


def test_words_go_to_the_other_side_with_their_tooth_and_back() -> None:
    review = worded(accepted(CROWN_36), t36="gold crown")
    mirrored = answered(review, Sides.MIRRORED)
    assert told(mirrored) == {46: "gold crown"}
    assert told(answered(mirrored, Sides.USUAL)) == {36: "gold crown"}


def test_what_was_worked_out_instead_is_in_the_numbers_of_the_other_side() -> None:
    """35 is not there: 34 and 36 carry a bridge, and so do 46 and 44."""
    teeth = (FOUND[0], *FOUND[2:])
    review = worded(accepted(BRIDGE, teeth=teeth), t36="gold", t35="pontic")
    mirrored = answered(review, Sides.MIRRORED)
    assert told(mirrored) == {46: "gold", 45: "pontic"}
    (gold, _) = mirrored.tooth_words
    assert gold.instead_of == "carries a bridge from 46 to 44"


def test_words_of_a_finding_whose_tooth_was_stated_stay_where_it_stays() -> None:
    """Whoever states a number means the patient's tooth."""
    review = worded(accepted(replace(CROWN_36, tooth=T36), teeth=()), t36="gold crown")
    assert told(answered(review, Sides.MIRRORED)) == {36: "gold crown"}


def test_words_from_before_a_doubt_about_the_sides_follow_the_answer() -> None:
    doubtful = answered(worded(accepted(CROWN_36), t36="gold crown"), Sides.DOUBTFUL)
    assert told(doubtful) == {}
    assert told(answered(doubtful, Sides.USUAL)) == {36: "gold crown"}
    assert told(answered(doubtful, Sides.MIRRORED)) == {46: "gold crown"}


def test_words_said_while_the_sides_were_in_doubt_stay_with_a_stated_tooth() -> None:
    crown = replace(CROWN_36, tooth=T46)
    review = worded(accepted(crown, sides=Sides.DOUBTFUL), t46="gold crown")
    assert told(answered(review, Sides.MIRRORED)) == {46: "gold crown"}


def test_words_go_with_the_corrected_number_of_their_tooth() -> None:
    review = worded(accepted(CROWN_36), t36="gold crown")
    now = stated(
        review, StatedTooth(T37, True, box(680)), StatedTooth(T38, True, box(770))
    )
    assert told(now) == {37: "gold crown"}


def test_words_that_name_their_tooth_name_the_one_that_it_became() -> None:
    said = "The lower left first molar (36) has a gold crown."
    review = worded(accepted(CROWN_36), t36=said)
    now = stated(
        review, StatedTooth(T37, True, box(680)), StatedTooth(T38, True, box(770))
    )
    assert told(now) == {37: "The lower left second molar (37) has a gold crown."}


def test_teeth_that_change_numbers_change_words() -> None:
    filling = Finding(box(770, height=60), "restoration")
    review = worded(accepted(CROWN_36, filling), t36="gold", t37="amalgam")
    now = stated(
        review, StatedTooth(T37, True, box(680)), StatedTooth(T36, True, box(770))
    )
    assert told(now) == {36: "amalgam", 37: "gold"}


def test_words_of_a_bridge_go_with_it_and_with_its_numbers() -> None:
    """34 to 36 are 35 to 37 in truth; 35, which is not there, was between them."""
    teeth = (tooth(33, 410), FOUND[0], FOUND[2])
    review = worded(accepted(BRIDGE, teeth=teeth), t34="gold", t35="pontic")
    now = stated(
        review, StatedTooth(T35, True, box(500)), StatedTooth(T37, True, box(680))
    )
    assert told(now) == {35: "gold", 36: "pontic"}


def test_words_of_earlier_reviews_go_with_their_tooth_too() -> None:
    """They do not tell what they are about."""
    own = ToothWords(T36, "gold crown")
    review = replace(accepted(CROWN_36), tooth_words=(own,))
    now = stated(
        review, StatedTooth(T37, True, box(680)), StatedTooth(T38, True, box(770))
    )
    assert told(now) == {37: "gold crown"}
    assert told(answered(review, Sides.MIRRORED)) == {46: "gold crown"}


def test_words_that_hold_no_longer_go_with_their_tooth_and_are_not_said() -> None:
    own = ToothWords(T36, "gold crown", "root-filled and restored")
    review = replace(accepted(CROWN_36), tooth_words=(own,))
    mirrored = answered(review, Sides.MIRRORED)
    assert told(mirrored) == {}
    assert mirrored.tooth_words == (replace(own, tooth=T46),)


@pytest.mark.parametrize("instead_of", ["restored", None])
def test_words_are_in_doubt_where_tooth_and_finding_part(
    instead_of: str | None,
) -> None:
    """A person stated that the crown is of 36, and then that its tooth is 37."""
    review = accepted(replace(CROWN_36, tooth=T36))
    own = ToothWords(T36, "gold crown", instead_of)
    review = replace(review, tooth_words=(own,))
    now = stated(
        review, StatedTooth(T37, True, box(680)), StatedTooth(T38, True, box(770))
    )
    assert told(now) == {}
    assert now.tooth_words == (replace(own, in_doubt=True),)


def test_words_of_nothing_that_is_known_are_not_said_of_a_tooth_that_comes_there() -> (
    None
):
    """Once there was a crown on 38; now 37 and 36 are 38 and 37."""
    own = ToothWords(T38, "amalgam", "restored")
    crown = Finding(box(770, height=60), "restoration")
    review = replace(accepted(crown), tooth_words=(own,))
    now = stated(
        review, StatedTooth(T37, True, box(680)), StatedTooth(T38, True, box(770))
    )
    assert few_words(reported_teeth(now)[T38]) == "restored"
    assert told(now) == {}


def test_words_stay_where_a_tooth_is_said_to_be_missing_and_hold_again_later() -> None:
    review = worded(accepted(CROWN_36), t36="gold crown")
    now = stated(review, StatedTooth(T36, False, box(680)))
    assert told(now) == {}
    assert told(stated(now)) == {36: "gold crown"}


def test_other_edits_leave_words_alone() -> None:
    review = worded(accepted(CROWN_36), t36="gold crown")
    rejected = with_words_following(review, review.reject([1]))
    assert rejected.tooth_words == review.tooth_words


def found_again(review: Review, *teeth: Finding) -> Review:
    """Another run of the detectors finds the same treatments and these teeth."""
    assert review.detection is not None
    answer = replace(review.detection, teeth=teeth)
    return with_words_following(review, review.propose(answer))


def test_words_stay_with_their_tooth_when_a_detector_numbers_it_otherwise() -> None:
    """What was 36 is 37, and there is another crown on what is 36 now."""
    crown = Finding(box(590, height=60), "restoration")
    review = worded(accepted(CROWN_36, crown), t36="gold crown")
    now = found_again(review, tooth(36, 590), tooth(37, 680), tooth(38, 770))
    assert told(now) == {37: "gold crown"}


def test_words_of_a_tooth_are_known_by_a_box_that_is_a_little_off() -> None:
    """The crown was taken away meanwhile; the words are of an earlier review."""
    own = ToothWords(T36, "sound")
    review = replace(accepted(), tooth_words=(own,))
    now = found_again(review, tooth(36, 593), tooth(37, 684), tooth(38, 772))
    assert now.tooth_words == (replace(own, tooth=T37),)


def test_words_are_in_doubt_where_the_number_is_found_elsewhere_and_the_tooth_not() -> (
    None
):
    own = ToothWords(T36, "sound")
    review = replace(accepted(), tooth_words=(own,))
    now = found_again(review, tooth(36, 1000))
    assert now.tooth_words == (replace(own, in_doubt=True),)


DOUBTED = (*FOUND[:2], replace(FOUND[2], tooth_in_doubt=True), FOUND[3])


def test_words_stay_when_a_doubt_about_the_number_of_their_tooth_comes_or_goes() -> (
    None
):
    """What the reader says of a tooth says nothing of its number, nor the other way."""
    said = {36: "gold crown"}
    review = worded(accepted(CROWN_36, teeth=DOUBTED), t36="gold crown")
    assert told(stated(review, StatedTooth(T36, True))) == said
    assert told(found_again(review, *FOUND)) == said

    sure = worded(accepted(CROWN_36), t36="gold crown")
    now = found_again(sure, *DOUBTED)
    assert reported_teeth(now)[T36].questioned
    assert told(now) == said


def test_words_stay_when_the_reader_types_the_tooth_that_was_in_doubt() -> None:
    review = worded(accepted(CROWN_36, teeth=DOUBTED), t36="gold crown")

    typed = review.correct(1, replace(CROWN_36, tooth=T36))

    now = with_words_following(review, typed)
    assert not reported_teeth(now)[T36].questioned
    assert told(now) == {36: "gold crown"}
