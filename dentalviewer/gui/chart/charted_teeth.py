"""What the window knows of each tooth: the same in the chart, on the radiograph and in
the menu of a tooth.
"""

from __future__ import annotations

from collections.abc import Mapping

from dentalviewer.agreement import compare
from dentalviewer.dentition import Tooth
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.reports.tooth_states import Placed, ToothState, tooth_states
from dentalviewer.review import Review, Verdict, shown_of
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import (
    stated_teeth,
    teeth_in_sight,
    teeth_of,
    teeth_off_picture,
)


def charted_teeth(session: ReviewSession) -> Mapping[Tooth, ToothState]:
    """Of the findings and teeth in sight; of findings those that were not rejected,
    decided or not.

    Every permanent tooth, and deciduous ones of which something is known.
    """
    study, review = session.study, shown_of(session.review)
    placings = teeth_of(review)
    placed = [
        Placed(
            item.current.label,
            placings[item.id],
            item.current.uncertain,
            place.decided,
        )
        for place in compare(review)
        for item in place.voices
        if item.verdict is not Verdict.REJECTED
    ]
    off: frozenset[Tooth] = frozenset()
    if study is not None and not review.predictions_hidden:
        off = teeth_off_picture(review, study.radiograph.size)
    return tooth_states(
        placed, teeth_in_sight(review), review.tooth_words, stated_teeth(review), off
    )


def seen_as(review: Review, tooth: Tooth) -> Finding | None:
    """The tooth of this number on the radiograph, if it is in sight."""
    teeth = teeth_in_sight(review)
    return next((each for each in teeth if each.tooth == tooth), None)
