"""What the reader does with the review: select, decide, correct, go on to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from dentalviewer import agreement
from dentalviewer.agreement import Comparison, Relation
from dentalviewer.dentition import Tooth
from dentalviewer.detector import DetectionSettings
from dentalviewer.geometry import Box
from dentalviewer.gui.session import NUDGE_GESTURE, SETTINGS_GESTURE, ReviewSession
from dentalviewer.gui.shaping import Handle, resized
from dentalviewer.labels import display_name
from dentalviewer.review import Patient, ReadingMode, Review, ReviewItem, Source
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import Placing, teeth_of

# Disagreements first: they are what a second opinion is for.
_WORKING_ORDER = (
    Relation.LABELS_DIFFER,
    Relation.DETECTOR_ONLY,
    Relation.DENTIST_ONLY,
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


def shown_of(review: Review) -> Review:
    """The review without the predictions, while the reader reads without them."""
    if not review.predictions_hidden:
        return review
    shown = tuple(i for i in review.items if i.source is Source.DENTIST)
    return replace(review, items=shown)


def _without_the_hidden(review: Review, edit: Callable[[Review], Review]) -> Review:
    """Edit what is in sight alone: no prediction is settled before it was seen."""
    hidden = [i for i in review.items if i not in shown_of(review).items]
    if not hidden:
        return edit(review)
    edited = edit(shown_of(review))
    items = sorted((*edited.items, *hidden), key=lambda item: item.id)
    return replace(edited, items=tuple(items))


def rows_of(review: Review) -> tuple[Row, ...]:
    """In working order; where two readers name a place differently, a row for each."""
    shown = shown_of(review)
    placings = teeth_of(shown)
    places = sorted(agreement.compare(shown), key=_place_in_order)
    return tuple(
        Row(item, place, placings[item.id])
        for place in places
        for item in (
            place.items
            if place.relation is Relation.LABELS_DIFFER and not place.decided
            else (place.standing,)
        )
    )


def _place_in_order(place: Comparison) -> tuple[bool, int, float, int]:
    x, _ = place.standing.current.box.center
    order = _WORKING_ORDER.index(place.relation)
    return place.decided, 0 if place.decided else order, x, place.standing.id


class ReviewDesk(QObject):
    """One finding is selected everywhere at once; every decision is one undo step."""

    selection_changed = Signal()

    def __init__(self, session: ReviewSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._selected: int | None = None
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)

    @property
    def selected(self) -> ReviewItem | None:
        review = self._session.review
        if self._selected is None or not review.has(self._selected):
            return None
        return review.item(self._selected)

    @property
    def selected_place(self) -> Comparison | None:
        """The place that the selected finding belongs to."""
        item = self.selected
        if item is None:
            return None
        return agreement.comparison_of(shown_of(self._session.review), item.id)

    def select(self, item_id: int | None) -> None:
        if item_id != self._selected:
            self._selected = item_id
            self.selection_changed.emit()

    def select_next(self, step: int = 1) -> None:
        """The next row of the list, or the one before for -1; stops at the ends."""
        rows = rows_of(self._session.review)
        if not rows:
            return
        here = self._row_index(rows)
        if here is None:
            index = 0 if step > 0 else len(rows) - 1
        else:
            index = min(max(here + step, 0), len(rows) - 1)
        self.select(rows[index].item.id)

    def select_next_undecided(self) -> None:
        """The next row that needs a decision, round from the end to the beginning."""
        rows = rows_of(self._session.review)
        here = self._row_index(rows)
        start = 0 if here is None else here + 1
        for row in rows[start:] + rows[:start]:
            if not row.decided and row.item.id != self._selected:
                self.select(row.item.id)
                return

    # Decisions

    def accept(self) -> None:
        self._decide("Accept", agreement.accept)

    def reject(self) -> None:
        """Reject the selected finding; one drawn in this review is deleted."""
        item = self.selected
        if item is not None and item.added:
            self._session.edit("Delete finding", self._session.review.remove([item.id]))
        else:
            self._decide("Reject", agreement.reject)

    def reopen(self) -> None:
        """Take back the decision about the selected place."""
        item = self.selected
        if item is None or item.added:
            return
        place = self.selected_place
        kept = [i.id for i in place.items if not i.added] if place else []
        self._session.edit("Take decision back", self._session.review.reopen(kept))

    def relabel(self, label: str) -> None:
        item = self.selected
        if item is None:
            return
        if item.current.label == label and item.decided:
            return
        self._edit(
            f"Change class to {display_name(label)}",
            lambda r: agreement.settle(r.relabel([item.id], label), item.id),
        )

    @property
    def selected_placing(self) -> Placing:
        """The teeth of the selected finding."""
        review = shown_of(self._session.review)
        return teeth_of(review).get(self._selected or 0, Placing())

    def set_tooth(self, tooth: Tooth | None, last: Tooth | None = None) -> None:
        """State the tooth, for a bridge both ends; None has it worked out again."""
        item = self.selected
        if item is None:
            return
        finding = replace(item.current, tooth=tooth, last_tooth=last)
        if finding != item.current:
            words = f"{tooth} to {last}" if last else f"{tooth or 'to none'}"
            self._correct(f"Set tooth {words}", item, finding)

    def reshape(self, item_id: int, box: Box) -> None:
        """Give a finding another box, as one drag did."""
        item = self._session.review.item(item_id)
        self._correct("Move or resize box", item, replace(item.current, box=box))

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected box by pixels; a row of nudges is one undo step."""
        item = self.selected
        if item is not None:
            box = item.current.box.moved(dx, dy)
            moved = replace(item.current, box=box)
            self._correct("Nudge box", item, moved, gesture=NUDGE_GESTURE + item.id)

    def stretch(self, dx: float, dy: float) -> None:
        """Move the right and lower side of the selected box by pixels."""
        item = self.selected
        if item is not None:
            box = resized(item.current.box, Handle(1, 1), dx, dy)
            sized = replace(item.current, box=box)
            self._correct("Resize box", item, sized, gesture=NUDGE_GESTURE + item.id)

    def draw(self, box: Box, label: str) -> None:
        new_id = self._session.review.next_id
        self._edit(
            "Draw box",
            lambda r: agreement.settle(r.add(Finding(box, label)), new_id),
        )
        self.select(new_id)

    def accept_all_that_agree(self) -> None:
        self._edit("Accept all that agree", agreement.accept_all_that_agree)

    def start_over(self) -> None:
        self._session.edit("Start over", self._session.review.started_over())

    # Circumstances

    def mark_read(self) -> None:
        self._session.edit("Mark as read", self._session.review.marked_read())

    def set_mode(self, mode: ReadingMode) -> None:
        self._session.edit(
            f"Reading mode: {mode}", replace(self._session.review, mode=mode)
        )

    def set_settings(self, settings: DetectionSettings) -> None:
        """Show more or fewer predictions; a drag of the slider is one undo step."""
        self._session.edit(
            "Change detector settings",
            self._session.review.with_settings(settings),
            gesture=SETTINGS_GESTURE,
        )

    def set_details(
        self,
        patient: Patient,
        note: str,
        tooth_words: tuple[tuple[Tooth, str], ...] = (),
    ) -> None:
        self._session.edit(
            "Change report details",
            replace(
                self._session.review,
                patient=patient,
                note=note,
                tooth_words=tooth_words,
            ),
        )

    def _decide(self, action: str, decide: agreement.Decide) -> None:
        item = self.selected
        if item is None:
            return
        rows = rows_of(self._session.review)
        here = self._row_index(rows)
        following = rows[here + 1 :] + rows[:here] if here is not None else rows
        self._edit(action, lambda r: decide(r, item.id))
        review = self._session.review
        for row in following:
            if review.has(row.item.id) and not review.item(row.item.id).decided:
                self.select(row.item.id)
                return

    def _correct(
        self,
        action: str,
        item: ReviewItem,
        finding: Finding,
        *,
        gesture: int = -1,
    ) -> None:
        self._edit(
            action,
            lambda r: agreement.settle(r.correct(item.id, finding), item.id),
            gesture=gesture,
        )

    def _edit(
        self, action: str, edit: Callable[[Review], Review], *, gesture: int = -1
    ) -> None:
        review = _without_the_hidden(self._session.review, edit)
        self._session.edit(action, review, gesture=gesture)

    def _row_index(self, rows: tuple[Row, ...]) -> int | None:
        for index, row in enumerate(rows):
            if row.item.id == self._selected:
                return index
        for index, row in enumerate(rows):
            if self._selected in row.place.item_ids:
                return index
        return None

    def _on_study_changed(self) -> None:
        self.select(None)

    def _on_review_changed(self) -> None:
        if self._selected is not None and not self._session.review.has(self._selected):
            self.select(None)
