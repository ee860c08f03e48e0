"""The findings in the order in which they are worked through: disagreements first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dentalviewer import agreement
from dentalviewer.agreement import Comparison, Relation
from dentalviewer.placing import Placing
from dentalviewer.reports.tooth_states import ReadingOrder, reading_order
from dentalviewer.review import Review, ReviewItem, shown_of
from dentalviewer.scores import with_scores_of_named
from dentalviewer.tooth_assignment import teeth_of

# Disagreements first: they are what a second opinion is for.
_WORKING_ORDER = (
    Relation.LABELS_DIFFER,
    Relation.DETECTOR_ONLY,
    Relation.DENTIST_ONLY,
    Relation.UNASKED,
    Relation.AGREE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: one item, the place it belongs to, and its teeth."""

    item: ReviewItem
    place: Comparison
    placing: Placing

    @property
    def decided(self) -> bool:
        return self.place.decided


def rows_of(review: Review) -> tuple[Row, ...]:
    """In working order; where a place is named differently, a row for each name."""
    shown = with_scores_of_named(shown_of(review))
    placings = teeth_of(shown)
    places = sorted(
        agreement.compare(shown),
        key=lambda place: _in_order(place, placings[place.standing.id]),
    )
    return tuple(
        Row(item, place, placings[item.id]) for place in places for item in place.voices
    )


def row_of(rows: Iterable[Row], item_id: int | None) -> int | None:
    """The index of an item's own row, or else of the row of its place."""
    at_its_place = None
    for index, row in enumerate(rows):
        if row.item.id == item_id:
            return index
        if at_its_place is None and item_id in row.place.item_ids:
            at_its_place = index
    return at_its_place


def score_at(item: ReviewItem, place: Comparison) -> float | None:
    """How sure the detector is of a finding; where it agrees, of its own box there."""
    scored = item
    if place.prediction is not None and place.relation is Relation.AGREE:
        scored = place.prediction
    return scored.current.score


def _in_order(
    place: Comparison, placing: Placing
) -> tuple[bool, int, ReadingOrder, int]:
    """As a report lists them, once what is decided comes last."""
    order = 0 if place.decided else _WORKING_ORDER.index(place.relation)
    standing = place.standing
    read = reading_order(standing.current, placing)
    return place.decided, order, read, standing.id
