"""What the window knows of each tooth: the same in the chart, on the radiograph and in
the menu of a tooth.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from dentalviewer.agreement import compare
from dentalviewer.dentition import Tooth
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.reports.tooth_states import ToothState, tooth_states
from dentalviewer.review import Verdict, shown_of
from dentalviewer.tooth_assignment import (
    numbered_teeth,
    stated_teeth,
    teeth_of,
    teeth_off_picture,
)


def charted_teeth(session: ReviewSession) -> Mapping[Tooth, ToothState]:
    """Of the findings in sight that were not rejected, decided or not.

    Every permanent tooth, and deciduous ones of which something is known.
    """
    study, review = session.study, shown_of(session.review)
    placings = teeth_of(review)
    standing = [
        (item.current.label, placings[item.id], place.decided)
        for place in compare(review)
        for item in place.voices
        if item.verdict is not Verdict.REJECTED
    ]
    placed = [(label, placing) for label, placing, _ in standing]
    off = teeth_off_picture(review, study.radiograph.size) if study else frozenset()
    states = tooth_states(
        placed, numbered_teeth(review), review.tooth_words, stated_teeth(review), off
    )
    decided = {
        (tooth, label)
        for label, placing, is_decided in standing
        if is_decided
        for tooth in placing.teeth
    }
    return {tooth: _with_open(state, decided) for tooth, state in states.items()}


def _with_open(
    state: ToothState, decided: AbstractSet[tuple[Tooth, str]]
) -> ToothState:
    undecided = {each for each in state.labels if (state.tooth, each) not in decided}
    return replace(state, undecided=frozenset(undecided)) if undecided else state
