"""What a person says of teeth. Pure values: a review in, the next one out.

Teeth are named by their real numbers, as the dental chart shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dentalviewer.dentition import DECIDUOUS_POSITIONS, PERMANENT_POSITIONS, Tooth
from dentalviewer.geometry import Box
from dentalviewer.review import Review
from dentalviewer.stated_teeth import StatedTooth, with_stated
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import numbered_teeth, tooth_as

# Steps along a quadrant.
AWAY, TOWARDS = 1, -1


def stated_present(review: Review, tooth: Tooth) -> Review:
    """There is such a tooth: as found, or where its neighbours leave a place."""
    known = found_as(review, tooth)
    return _with(review, [(tooth, True, known.box if known else None)])


def stated_missing(review: Review, tooth: Tooth) -> Review:
    """There is no such tooth; what was taken for it loses its number.

    Where it was only said to be there, at a place worked out, nothing was.
    """
    own = tooth_as(review.sides, tooth)
    stated = next((s for s in review.stated_teeth if s.tooth == own), None)
    guessed = stated is not None and stated.seen and stated.box is None
    known = None if guessed else found_as(review, tooth)
    return _with(review, [(tooth, False, known.box if known else None)])


def renumbered(review: Review, found: Finding, tooth: Tooth) -> Review:
    """The tooth that was found has another number; who has it so far takes its own."""
    said: list[tuple[Tooth, bool, Box | None]] = [(tooth, True, found.box)]
    other = found_as(review, tooth)
    if found.tooth is None or found.tooth == tooth:
        return _with(review, said)
    if other is None:
        return _with(review, said, vacated=[found.tooth])
    return _with(review, [*said, (found.tooth, True, other.box)])


def shifted(review: Review, tooth: Tooth, step: int) -> Review:
    """A tooth and those behind it have the next numbers, AWAY from the midline or
    TOWARDS it; nothing changes where there is no number for one of them.
    """
    moving = [found_as(review, each) for each in shifting(review, tooth, step)]
    said = [(next_number(f.tooth, step), True, f.box) for f in moving if f and f.tooth]
    given = {each for each, _, _ in said}
    vacated = [f.tooth for f in moving if f and f.tooth and f.tooth not in given]
    return _with(review, said, vacated=vacated)


def as_numbered_by_detector(review: Review) -> Review:
    """Nothing is stated of any tooth."""
    return review.with_stated_teeth(())


def shifting(review: Review, tooth: Tooth, step: int) -> tuple[Tooth, ...]:
    """Which teeth `shifted` gives other numbers: a tooth and all behind it.

    Where the last number is taken, only those as far as the first that is free. None
    where there is no tooth of that number, or no number to give.
    """
    quadrant = {t.tooth for t in numbered_teeth(review) if t.tooth}
    quadrant = {t for t in quadrant if t.quadrant == tooth.quadrant}
    behind = sorted(t for t in quadrant if t.position >= tooth.position)
    if tooth not in behind:
        return ()
    if step == TOWARDS:
        free = tooth.position > 1 and next_number(tooth, step) not in quadrant
        return tuple(behind) if free else ()
    if behind[-1].position < _last_position(tooth):
        return tuple(behind)
    for count, each in enumerate(behind):
        if each.position != tooth.position + count:
            return tuple(behind[:count])
    return ()


def found_as(review: Review, tooth: Tooth) -> Finding | None:
    """The tooth of this number on the radiograph."""
    teeth = numbered_teeth(review)
    return next((each for each in teeth if each.tooth == tooth), None)


def next_number(tooth: Tooth, step: int) -> Tooth:
    """Raises ValueError if there is none."""
    return replace(tooth, position=tooth.position + step)


def _last_position(tooth: Tooth) -> int:
    return DECIDUOUS_POSITIONS if tooth.deciduous else PERMANENT_POSITIONS


def _with(
    review: Review,
    said: Iterable[tuple[Tooth, bool, Box | None]],
    *,
    vacated: Iterable[Tooth] = (),
) -> Review:
    sides = review.sides
    stated = [StatedTooth(tooth_as(sides, t), seen, box) for t, seen, box in said]
    free = [tooth_as(sides, each) for each in vacated]
    return review.with_stated_teeth(
        with_stated(review.stated_teeth, stated, vacated=free)
    )
