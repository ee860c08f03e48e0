"""The reader's own words stay with their tooth when teeth are numbered anew.

A tooth is known again by its box on the radiograph, which another run of a detector may
draw a little otherwise, or by the findings that are placed on it: those follow the
numbers of teeth, unless a person stated their tooth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box, iou
from dentalviewer.placing import Placing
from dentalviewer.reports.summary import reported_teeth
from dentalviewer.reports.tooth_states import (
    ToothState,
    few_words,
    is_worked_out,
    renamed,
)
from dentalviewer.review import Review, Sides, ToothWords, Verdict
from dentalviewer.tooth_assignment import (
    numbered_teeth,
    teeth_of,
)

# Neighbours share far less, and two boxes drawn around one tooth far more.
_SAME_TOOTH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class _Numbering:
    """What has which number: teeth by their boxes, findings by the ids of items."""

    found: Mapping[Box, Tooth]
    placed: Mapping[int, Placing]
    states: Mapping[Tooth, ToothState]

    def state_of(self, tooth: Tooth) -> ToothState:
        return self.states.get(tooth, ToothState(tooth))

    def number_at(self, box: Box) -> Tooth | None:
        """The number of the tooth in that place; None if none was found there."""
        if box in self.found:
            return self.found[box]
        nearest = max(self.found, key=lambda each: iou(box, each), default=None)
        if nearest is None or iou(box, nearest) < _SAME_TOOTH_IOU:
            return None
        return self.found[nearest]


def with_words_following(before: Review, after: Review) -> Review:
    """What an edit or a detector made of a review, with the reader's words at the
    numbers that their teeth have now.

    In doubt are those of which nothing tells where their tooth is, and those of two
    teeth that come to one number.
    """
    flipped = (before.sides is Sides.MIRRORED) != (after.sides is Sides.MIRRORED)
    restated = before.stated_teeth != after.stated_teeth
    found_anew = _detected(before) != _detected(after)
    if not after.tooth_words or not (flipped or restated or found_anew):
        return after
    then, now = _numberings(before), _numberings(after)[-1]
    words = [
        _following(said, _said_in(said, then), now, flipped=flipped)
        for said in after.tooth_words
    ]
    known = Counter(said.tooth for said in words if not said.in_doubt)
    return replace(
        after,
        tooth_words=tuple(
            replace(said, in_doubt=said.in_doubt or known[said.tooth] > 1)
            for said in words
        ),
    )


def _detected(review: Review) -> set[tuple[Box, Tooth | None]]:
    """The teeth as the detector numbered them, however sure it was."""
    teeth = review.detection.teeth if review.detection else ()
    return {(each.box, each.tooth) for each in teeth}


def _numberings(review: Review) -> list[_Numbering]:
    """As it is; then, while the sides are in doubt, as if nobody had doubted them."""
    usual = replace(review, sides=Sides.ASSUMED)
    meant = [review, usual] if review.sides is Sides.DOUBTFUL else [review]
    return list(map(_numbering, meant))


def _numbering(review: Review) -> _Numbering:
    placings = teeth_of(review)
    found = {each.box: each.tooth for each in numbered_teeth(review)}
    return _Numbering(
        found={box: tooth for box, tooth in found.items() if tooth},
        placed={
            item.id: placings[item.id]
            for item in review.items
            if item.verdict is not Verdict.REJECTED
        },
        states=reported_teeth(review),
    )


def _said_in(said: ToothWords, numberings: list[_Numbering]) -> _Numbering:
    """The numbering in which the words hold, or else the last."""
    return next((each for each in numberings if _holds(said, each)), numberings[-1])


def _holds(said: ToothWords, numbering: _Numbering) -> bool:
    if said.in_doubt or said.instead_of is None:
        return False
    return is_worked_out(said.instead_of, numbering.state_of(said.tooth))


def _following(
    said: ToothWords, then: _Numbering, now: _Numbering, *, flipped: bool
) -> ToothWords:
    tooth = _number_now(said.tooth, then, now, flipped=flipped)
    if tooth is None:
        return replace(said, in_doubt=True)
    moved = renamed(said, tooth)
    state = now.state_of(tooth)
    if _holds(said, then) and _alike(then.state_of(said.tooth), state):
        # The same is worked out of it, perhaps in other numbers.
        return replace(moved, instead_of=few_words(state))
    return moved


def _number_now(
    tooth: Tooth, then: _Numbering, now: _Numbering, *, flipped: bool
) -> Tooth | None:
    """None where nothing tells, or one thing this and another that."""
    boxes = [box for box, number in then.found.items() if number == tooth]
    placings = [
        (placing, now.placed.get(item_id, Placing()))
        for item_id, placing in then.placed.items()
        if tooth in placing.teeth
    ]
    numbers = {number for box in boxes if (number := now.number_at(box))}
    numbers |= {
        _at_same_place(tooth, *pair, flipped=flipped)
        for pair in placings
        if len(pair[0].teeth) == len(pair[1].teeth)
    }
    if len(numbers) == 1:
        return numbers.pop()
    if numbers or placings:
        return None
    own = tooth.mirrored() if flipped else tooth
    others = [box for box, number in now.found.items() if number == own]
    # The tooth itself is not found any more, and another has its number.
    if boxes and others:
        return None
    strange = any((then.number_at(box) or tooth) != tooth for box in others)
    return None if strange else own


def _at_same_place(
    tooth: Tooth, then: Placing, now: Placing, *, flipped: bool
) -> Tooth:
    """The tooth of a span that stands where `tooth` stood in it."""
    if then.stated and now.stated:
        return tooth
    # From the patient's right to left, which is the other way round on the picture.
    row = now.teeth[::-1] if flipped else now.teeth
    return row[then.teeth.index(tooth)]


def _alike(then: ToothState, now: ToothState) -> bool:
    """Whether the same is known of both, whatever their numbers."""
    return _known_of(then) == _known_of(now)


def _known_of(state: ToothState) -> tuple[object, ...]:
    """But for doubts, for which there is a question mark beside any words."""
    spans = [(len(span.teeth), span.kind) for span in state.spans]
    return state.labels, spans, state.seen, state.missing
