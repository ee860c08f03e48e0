"""Which tooth each item of a review belongs to, and which teeth there are.

Like agreement, it is computed and never stored: whatever a reader states about a tooth
stands, and the rest follows the boxes as they are moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box, Size, shared_of_smaller
from dentalviewer.labels import IMPLANT
from dentalviewer.placing import Placing, place_findings, with_placing
from dentalviewer.review import Review, ReviewItem, Sides, Verdict
from dentalviewer.stated_teeth import (
    as_stated,
    place_of,
    vacant_places,
    without_number,
)
from dentalviewer.study import Finding
from dentalviewer.tooth_places import Places, off_picture, places_of

# A tooth that covers so much of an implant, or lies so much within it, is the implant:
# of teeth beside an implant, annotators' boxes share up to 0.2 of the smaller one.
SAME_AS_IMPLANT = 0.5

NO_TEETH = (
    "No teeth were found. Is this a panoramic radiograph? On anything else, findings"
    " and their percentages mean nothing."
)
NO_ARCH = (
    "No tooth was numbered: what was found is not arranged like teeth in upright jaws."
    " Is this a complete panoramic radiograph, the right way up?"
)
# As they begin: files keep these texts, some with an earlier ending.
_ASKS_IF_PANORAMIC = ("No teeth were found.", "No tooth was numbered:")

NOT_PANORAMIC = (
    "The reader says that this is not a panoramic radiograph. Only teeth numbered by a"
    " person have numbers; findings and their percentages mean nothing."
)

MAY_BE_MIRRORED = "This radiograph may be mirrored"
LEFT_OPEN = "its review leaves it open"

NO_TOOTH_DETECTOR = "no detector of teeth is installed"


def teeth_of(review: Review) -> Mapping[int, Placing]:
    """Where each item of a review belongs, by its id.

    Where it is in doubt whether the radiograph is mirrored, only what is stated. What
    was rejected takes no place from the rest.
    """
    standing = tuple(i for i in review.items if i.verdict is not Verdict.REJECTED)
    placings = _placings(review, review.items)
    if len(standing) < len(review.items):
        placings |= _placings(review, standing)
    return placings


def _placings(review: Review, items: Sequence[ReviewItem]) -> dict[int, Placing]:
    placings = _placed(
        [item.current for item in items],
        as_stated_in(_found_in(review), review),
        review.sides,
        vacant_places(review.stated_teeth),
    )
    return {item.id: placing for item, placing in zip(items, placings, strict=True)}


def worked_out(review: Review, item_id: int) -> Placing:
    """Where an item lies, whatever was stated of it."""
    items = tuple(
        replace(item, current=replace(item.current, tooth=None, last_tooth=None))
        if item.id == item_id
        else item
        for item in review.items
    )
    return teeth_of(replace(review, items=items)).get(item_id, Placing())


def numbered_teeth(review: Review) -> tuple[Finding, ...]:
    """The teeth that were found, as the review has them."""
    return as_reviewed(_found_in(review), review)


def teeth_in_sight(review: Review) -> tuple[Finding, ...]:
    """The numbered teeth, without those that only a detector tells of while who reads
    first has not been shown yet what detectors say.
    """
    teeth = numbered_teeth(review)
    if not review.predictions_hidden:
        return teeth
    said = stated_teeth(review)
    return tuple(each for each in teeth if each.tooth and said.get(each.tooth))


def as_reviewed(found: Sequence[Finding], review: Review) -> tuple[Finding, ...]:
    """The teeth that a detector found, by the numbers that the sides of a review allow.

    A detector numbers them as if the patient's right were on the left, and may take an
    implant for a tooth: where one stands that was not rejected, there is no tooth. What
    a person stated of a tooth stands.
    """
    implants = [
        item.current.box
        for item in review.items
        if item.current.label == IMPLANT and item.verdict is not Verdict.REJECTED
    ]
    teeth = [
        tooth
        for tooth in found
        if all(shared_of_smaller(tooth.box, i) < SAME_AS_IMPLANT for i in implants)
    ]
    return numbered_for(review.sides, as_stated_in(teeth, review))


def as_stated_in(found: Sequence[Finding], review: Review) -> tuple[Finding, ...]:
    """The teeth that a detector found, as a person stated them in a review, by numbers
    as if the sides were as usual; on what a person says is no panoramic radiograph none
    has another number.

    Who states at which tooth a finding is has said which tooth that one below it is.
    """
    if review.panoramic is False:
        found = tuple(map(without_number, found))
    teeth = as_stated(found, review.stated_teeth)
    findings = [
        item.current
        for item in review.items
        if item.verdict is not Verdict.REJECTED and not item.current.tooth_in_doubt
    ]
    return tuple(
        replace(tooth, tooth_in_doubt=False)
        if tooth.tooth_in_doubt
        and any(_names(each, tooth, teeth, review.sides) for each in findings)
        else tooth
        for tooth in teeth
    )


def _names(
    finding: Finding, tooth: Finding, teeth: Sequence[Finding], sides: Sides
) -> bool:
    """Whether a finding states the number of a tooth, and lies on it: more than on
    any tooth that it does not state. One that covers several teeth tells of none.
    """
    named = {tooth_as(sides, each) for each in finding.teeth}
    share = shared_of_smaller(finding.box, tooth.box)
    return (
        tooth.tooth in named
        and share > 0
        and all(
            shared_of_smaller(finding.box, other.box) < share
            for other in teeth
            if other.tooth not in named
        )
    )


def teeth_off_picture(review: Review, size: Size) -> frozenset[Tooth]:
    """The teeth that need not be seen on a picture of that size: their places are not
    whole on it, as those of one jaw where the other was taken. None where no tooth has
    a number.
    """
    places = _places(review)
    off = off_picture(places, size) if places else frozenset()
    return frozenset(tooth_as(review.sides, tooth) for tooth in off)


def place_on_picture(review: Review, tooth: Tooth, size: Size) -> Box | None:
    """Where a tooth lies, or would lie, on a picture of that size; None where it cannot
    be seen there, or no tooth has a number.
    """
    if tooth in teeth_off_picture(review, size):
        return None
    return place_of(tooth_as(review.sides, tooth), _places(review))


def _places(review: Review) -> Places | None:
    # Where places lie is known by numbers as if the sides were as usual.
    return places_of(numbered_for(review.sides, numbered_teeth(review)))


def stated_teeth(review: Review) -> Mapping[Tooth, bool]:
    """Which teeth a person stated to be there or not, by the numbers that the sides
    allow; none if they are in doubt.
    """
    if review.sides is Sides.DOUBTFUL:
        return {}
    return {tooth_as(review.sides, s.tooth): s.seen for s in review.stated_teeth}


def tooth_as(sides: Sides, tooth: Tooth) -> Tooth:
    """From the number as if the sides were as usual to the real one, and back."""
    return tooth.mirrored() if sides is Sides.MIRRORED else tooth


def _found_in(review: Review) -> Sequence[Finding]:
    return review.detection.teeth if review.detection else ()


def numbered_for(sides: Sides, teeth: Iterable[Finding]) -> tuple[Finding, ...]:
    """Teeth by the numbers that they have if the sides are so; none if in doubt."""
    if sides is Sides.DOUBTFUL:
        return tuple(map(without_number, teeth))
    if sides is Sides.MIRRORED:
        return tuple(map(_on_the_other_side, teeth))
    return tuple(teeth)


def _on_the_other_side(found: Finding) -> Finding:
    if found.tooth is None:
        return found
    tooth = found.tooth.mirrored()
    return replace(found, tooth=tooth, label=str(tooth))


def _placed(
    findings: Sequence[Finding],
    teeth: Sequence[Finding],
    sides: Sides,
    vacant: Sequence[tuple[Tooth, Box]] = (),
) -> tuple[Placing, ...]:
    """Where findings belong; `teeth` are numbered as if the sides were as usual, and so
    are the `vacant` places.
    """
    known = () if sides is Sides.DOUBTFUL else teeth
    placings = place_findings(findings, known, vacant)
    if sides is Sides.MIRRORED:
        return tuple(each.mirrored() for each in placings)
    return placings


def with_teeth(
    findings: Iterable[Finding],
    teeth: Sequence[Finding],
    sides: Sides = Sides.ASSUMED,
) -> tuple[Finding, ...]:
    """The findings with the teeth that they belong to."""
    findings = tuple(findings)
    return tuple(
        with_placing(finding, placing)
        for finding, placing in zip(
            findings, _placed(findings, teeth, sides), strict=True
        )
    )


def doubt_of(review: Review) -> str:
    """What to ask of the radiograph itself, whose teeth were looked for; empty once a
    person has numbered one, or said whether it is a panoramic radiograph.
    """
    asked = review.detection is not None and review.detection.tooth_detector is not None
    if not asked or review.panoramic is not None:
        return ""
    return doubt_about(as_stated_in(_found_in(review), review))


def caution_about(review: Review) -> str:
    """What to beware of in the radiograph itself: what is asked, or a person said."""
    return NOT_PANORAMIC if review.panoramic is False else doubt_of(review)


def cautions_about(review: Review) -> tuple[str, ...]:
    """What a file that is written of a review says to beware of in the radiograph."""
    is_open = review.sides is Sides.DOUBTFUL
    mirrored = doubt_about_sides(LEFT_OPEN) if is_open else ""
    return tuple(filter(None, (caution_about(review), mirrored)))


def doubt_about_sides(sign: str) -> str:
    """That a radiograph may be mirrored, by this sign of it."""
    return f"{MAY_BE_MIRRORED}: {sign}. No tooth is numbered."


def unanswered(cautions: Iterable[str], review: Review) -> tuple[str, ...]:
    """Those of the cautions of a file that the reader has not answered."""
    answered: list[str] = []
    if review.panoramic is not None:
        answered += _ASKS_IF_PANORAMIC
    if review.sides in (Sides.USUAL, Sides.MIRRORED):
        answered.append(MAY_BE_MIRRORED)
    return tuple(each for each in cautions if not each.startswith(tuple(answered)))


def sides_in_sight(sides: Sides, doubt: str) -> Sides:
    """Whether R and L are sure: nothing tells of what raises a `doubt` about itself."""
    return Sides.DOUBTFUL if doubt and sides is Sides.ASSUMED else sides


def doubt_about(teeth: Sequence[Finding]) -> str:
    """What to ask of a radiograph whose teeth look unusual; empty if nothing."""
    if not teeth:
        return NO_TEETH
    return "" if any(tooth.tooth for tooth in teeth) else NO_ARCH
