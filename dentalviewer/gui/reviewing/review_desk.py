"""What the reader does with the review: decide, correct, draw, go on to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from dentalviewer import agreement
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import DetectionSettings
from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.shaping import Handle, resized
from dentalviewer.gui.reviewing import edits
from dentalviewer.gui.reviewing.box_states import BoxStates
from dentalviewer.gui.reviewing.edits import Edit
from dentalviewer.gui.reviewing.selection import Selection
from dentalviewer.gui.reviewing.session import (
    NUDGE_GESTURE,
    SETTINGS_GESTURE,
    ReviewSession,
)
from dentalviewer.gui.reviewing.working_order import row_of, rows_of
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.review import Patient, ReviewItem, ToothWords
from dentalviewer.study import Finding


class ReviewDesk(QObject):
    """Acts on all that is selected; every decision is one undo step."""

    selection_changed = Signal()

    def __init__(self, session: ReviewSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.selection = Selection(session, self)
        self.states = BoxStates(session, self.selection, self)
        self._notation = Notation.FDI
        # Nudges are one step as long as the same findings stay selected.
        self._nudging = NUDGE_GESTURE
        self.selection.changed.connect(self._on_selection_changed)

    @property
    def selected(self) -> ReviewItem | None:
        """The finding that was selected last."""
        return self.selection.current

    def select(self, item_id: int | None) -> None:
        self.selection.choose(*(() if item_id is None else (item_id,)))

    def set_notation(self, notation: Notation) -> None:
        """How the undo steps name teeth."""
        self._notation = notation

    # Decisions

    def accept(self) -> None:
        self._decide("Accept", partial(edits.accepted, item_ids=self.selection.ids))

    def reject(self) -> None:
        """Reject what is selected; what was drawn in this review is deleted."""
        edit = partial(edits.rejected, item_ids=self.selection.ids)
        if all(item.added for item in self.selection.items):
            # Whoever deletes a box of their own is not sent on to another.
            self._edit("Delete finding", edit)
        else:
            self._decide("Reject", edit)

    def reopen(self) -> None:
        """Take back the decisions about the selected places."""
        ids = [item.id for item in self.selection.items if not item.added]
        self._edit("Take decision back", partial(edits.reopened, item_ids=ids))

    def relabel(self, label: str) -> None:
        self._edit(
            f"Change class to {class_name(label)}",
            partial(edits.relabelled, item_ids=self.selection.ids, label=label),
        )

    def toggle_uncertain(self) -> None:
        """What is selected is uncertain from now on, or sure where all of it was."""
        uncertain = not all(item.current.uncertain for item in self.selection.items)
        edit = partial(edits.doubted, item_ids=self.selection.ids, uncertain=uncertain)
        self._edit(f"Mark as {'uncertain' if uncertain else 'certain'}", edit)

    def set_tooth(self, tooth: Tooth | None, last: Tooth | None = None) -> None:
        """State the tooth, of a span both ends; None has it worked out again."""
        item = self.selected
        if item is None:
            return
        finding = replace(item.current, tooth=tooth, last_tooth=last)
        if finding != item.current:
            number = self._notation.number_of
            words = " to ".join(number(end) for end in (tooth, last) if end)
            named = f"{words} ({self._notation.short})" if tooth else "to none"
            self._correct(f"Set tooth {named}", {item.id: finding})

    def reshape(self, boxes: Mapping[int, Box]) -> None:
        """Give findings other boxes, by their id, as one drag did."""
        review = self._session.review
        self._correct(
            "Move or resize box",
            {i: replace(review.item(i).current, box=box) for i, box in boxes.items()},
        )

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected boxes by pixels; a row of nudges is one undo step."""
        moved = edits.with_boxes(self.states.movable, lambda box: box.moved(dx, dy))
        self._correct("Nudge box", moved, gesture=self._nudging)

    def stretch(self, dx: float, dy: float) -> None:
        """Move the right and lower side of the selected boxes by pixels."""
        sized = edits.with_boxes(
            self.states.movable, lambda box: resized(box, Handle(1, 1), dx, dy)
        )
        self._correct("Resize box", sized, gesture=self._nudging)

    def draw(self, findings: Sequence[Finding], action: str = "Draw box") -> None:
        """Add findings of the reader's own, and select them."""
        first = self._session.review.next_id
        self._edit(action, partial(edits.drawn, findings=findings))
        self.selection.choose(*range(first, first + len(findings)))

    def accept_all_that_agree(self) -> None:
        self._edit("Accept all that agree", agreement.accept_all_that_agree)

    def start_over(self) -> None:
        self._session.edit("Start over", self._session.review.started_over())

    # Circumstances

    def mark_read(self) -> None:
        self._session.edit("Mark as read", self._session.review.marked_read())

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
        tooth_words: tuple[ToothWords, ...] = (),
    ) -> None:
        self._session.set_head(patient, note)
        worded = replace(self._session.review, tooth_words=tooth_words)
        self._session.edit("Reword the report", worded)

    def _decide(self, action: str, edit: Edit) -> None:
        """Decide about what is selected, and go on to what is not decided yet."""
        current, chosen = self.selected, self.selection.ids
        if current is None:
            return
        rows = rows_of(self._session.review)
        here = row_of(rows, current.id)
        following = rows[here + 1 :] + rows[:here] if here is not None else rows
        self._edit(action, edit)
        undecided = {item.id for item in self._session.review.undecided}
        if len(chosen) > 1 and undecided & set(chosen):
            self.selection.choose(*(i for i in chosen if i in undecided))
            return
        for row in following:
            if row.item.id in undecided:
                self.select(row.item.id)
                return

    def _correct(
        self, action: str, findings: Mapping[int, Finding], *, gesture: int = -1
    ) -> None:
        edit = partial(edits.corrected, findings=findings)
        self._edit(action, edit, gesture=gesture)

    def _edit(self, action: str, edit: Edit, *, gesture: int = -1) -> None:
        review = edits.in_sight_alone(self._session.review, edit)
        self._session.edit(action, review, gesture=gesture)

    def _on_selection_changed(self) -> None:
        self._nudging += 1
        self.selection_changed.emit()
