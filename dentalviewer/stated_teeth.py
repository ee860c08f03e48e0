"""Teeth as a person says: which are there, which are not, and which number they have.

A detector of teeth errs, and what a person says of a tooth stands whatever a detector
finds later. Teeth are numbered here as a detector numbers them: as if the patient's
right were on the left of the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dentalviewer.dentition import Tooth, successor_of
from dentalviewer.geometry import Box, iou
from dentalviewer.study import Finding
from dentalviewer.tooth_places import Places, crown_region, places_of

# Two boxes of one tooth share so much; those of neighbours never do.
SAME_TOOTH_IOU = 0.5
# The label of a tooth that was found and has no number.
UNNUMBERED_LABEL = "tooth"


@dataclass(frozen=True, slots=True)
class StatedTooth:
    """What a person said of one place of the dental chart: whether a tooth is `seen`.

    `box` is what they pointed at on the radiograph: the tooth of this number, or what
    is no such tooth; None where they pointed at nothing.
    """

    tooth: Tooth
    seen: bool
    box: Box | None = None


def with_stated(
    before: Iterable[StatedTooth],
    said: Iterable[StatedTooth],
    *,
    vacated: Iterable[Tooth] = (),
) -> tuple[StatedTooth, ...]:
    """What was stated before and now; of one place, or one box, the last stands.

    Nothing is stated any more of the `vacated` places.
    """
    said = tuple(said)
    over = {each.tooth for each in said} | set(vacated)
    kept = []
    for each in before:
        if each.tooth in over:
            continue
        if not any(_are_of_one_tooth(each.box, other.box) for other in said):
            kept.append(each)
        elif not each.seen:
            kept.append(replace(each, box=None))
    return tuple(sorted((*kept, *said), key=lambda each: each.tooth))


def as_stated(
    found: Sequence[Finding], stated: Sequence[StatedTooth]
) -> tuple[Finding, ...]:
    """The teeth that a detector found, corrected by what a person stated.

    A number that is stated to be elsewhere, or nowhere, is taken from what was found.
    A tooth that is stated to be there, and was not found, lies where it was pointed
    out, or else where its neighbours leave a place.
    """
    if not stated:
        return tuple(found)
    teeth = _corrected(found, stated)
    there = {each.tooth for each in teeth}
    missed = [each for each in stated if each.seen and each.tooth not in there]
    pointed_out = [_seen(each.tooth, each.box) for each in missed if each.box]
    teeth = (*teeth, *pointed_out)
    places = places_of(teeth)
    boxes = [(s.tooth, place_of(s.tooth, places)) for s in missed if not s.box]
    return (*teeth, *(_seen(tooth, box) for tooth, box in boxes if box))


def vacant_places(stated: Iterable[StatedTooth]) -> tuple[tuple[Tooth, Box], ...]:
    """Teeth that are stated not to be there, with what was taken for them."""
    return tuple((s.tooth, s.box) for s in stated if s.box and not s.seen)


def _corrected(
    found: Sequence[Finding], stated: Sequence[StatedTooth]
) -> tuple[Finding, ...]:
    """What was found, with the numbers that were left to it or given."""
    spoken_of = _spoken_of(found, stated)
    given = {each.tooth for each in stated if each.box or not each.seen}
    confirmed = {each.tooth for each in stated if each.seen}
    teeth = []
    for index, each in enumerate(found):
        statement = spoken_of.get(index)
        if statement is not None and statement.seen:
            teeth.append(_numbered(each, statement.tooth))
        elif statement is not None or each.tooth in given:
            teeth.append(without_number(each))
        else:
            sure = replace(each, tooth_in_doubt=False)
            teeth.append(sure if each.tooth in confirmed else each)
    return tuple(teeth)


def _seen(tooth: Tooth, box: Box) -> Finding:
    """By a person, and by no detector."""
    return Finding(box, str(tooth), tooth)


def place_of(tooth: Tooth, places: Places | None) -> Box | None:
    """Where a tooth lies, or would lie; None where no place is known.

    A deciduous tooth lies where the crown of the one after it will be.
    """
    if places is None:
        return None
    if not tooth.deciduous:
        return places.boxes.get(tooth)
    following = successor_of(tooth)
    box = places.boxes.get(following)
    return None if box is None else crown_region(following, box)


def without_number(found: Finding) -> Finding:
    if found.tooth is None:
        return found
    return replace(found, tooth=None, label=UNNUMBERED_LABEL, tooth_in_doubt=False)


def _are_of_one_tooth(a: Box | None, b: Box | None) -> bool:
    return a is not None and b is not None and iou(a, b) >= SAME_TOOTH_IOU


def _numbered(found: Finding, tooth: Tooth) -> Finding:
    return replace(found, tooth=tooth, label=str(tooth), tooth_in_doubt=False)


def _spoken_of(
    found: Sequence[Finding], stated: Sequence[StatedTooth]
) -> dict[int, StatedTooth]:
    """Which of the teeth found, by its index, each box that was pointed out is."""
    pairs = sorted(
        (
            (iou(each.box, tooth.box), index, number)
            for number, each in enumerate(stated)
            if each.box
            for index, tooth in enumerate(found)
        ),
        reverse=True,
    )
    spoken_of: dict[int, StatedTooth] = {}
    for share, index, number in pairs:
        if share < SAME_TOOTH_IOU:
            break
        if index not in spoken_of and stated[number] not in spoken_of.values():
            spoken_of[index] = stated[number]
    return spoken_of
