"""Which findings are selected: everywhere in the window at once."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from dentalviewer import agreement
from dentalviewer.agreement import Comparison
from dentalviewer.gui.reviewing.edits import one_for_each_place
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.reviewing.working_order import row_of, rows_of
from dentalviewer.placing import Placing
from dentalviewer.review import Review, ReviewItem, shown_of
from dentalviewer.scores import with_scores_of_named
from dentalviewer.tooth_assignment import (
    teeth_of,
    worked_out,
)


class Selection(QObject):
    """In the order of selecting; the last one is what the card is about."""

    changed = Signal()

    def __init__(self, session: ReviewSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._ids: tuple[int, ...] = ()
        session.study_changed.connect(lambda: self.choose())
        session.review_changed.connect(self._on_review_changed)

    @property
    def _shown(self) -> Review:
        return shown_of(self._session.review)

    @property
    def ids(self) -> tuple[int, ...]:
        return self._ids

    @property
    def items(self) -> tuple[ReviewItem, ...]:
        shown = self._shown
        return tuple(shown.item(i) for i in self._ids if shown.has(i))

    @property
    def current(self) -> ReviewItem | None:
        """The one selected last."""
        return next(reversed(self.items), None)

    @property
    def place(self) -> Comparison | None:
        """The place that the current finding belongs to, with its scores as shown."""
        item = self.current
        if item is None:
            return None
        return agreement.comparison_of(with_scores_of_named(self._shown), item.id)

    @property
    def places(self) -> tuple[Comparison, ...]:
        """Those that the selected findings belong to, each once."""
        return tuple(
            place
            for place in agreement.compare(self._shown)
            if any(item_id in self._ids for item_id in place.item_ids)
        )

    @property
    def placing(self) -> Placing:
        """The teeth of the current finding."""
        item = self.current
        placings = teeth_of(self._shown)
        return placings.get(item.id, Placing()) if item else Placing()

    @property
    def lies_at(self) -> Placing:
        """The teeth where the current finding lies, whatever was stated of it."""
        item = self.current
        return worked_out(self._shown, item.id) if item else Placing()

    # Selecting

    def choose(self, *item_ids: int) -> None:
        """Select these and no others."""
        if item_ids != self._ids:
            self._ids = item_ids
            self.changed.emit()

    def choose_among(self, item_ids: Iterable[int]) -> None:
        """Select these, of two marks that agree on a place only the dentist's."""
        self.choose(*one_for_each_place(self._shown, tuple(item_ids)))

    def toggle(self, item_id: int) -> None:
        """Add one to what is selected, or take it out."""
        others = tuple(i for i in self._ids if i != item_id)
        self.choose(*(others if item_id in self._ids else (*others, item_id)))

    def go(self, step: int) -> None:
        """To the next row of the list, or the one before for -1; stops at the ends."""
        rows = rows_of(self._session.review)
        if not rows:
            return
        here = row_of(rows, next(reversed(self._ids), None))
        if here is None:
            index = 0 if step > 0 else len(rows) - 1
        else:
            index = min(max(here + step, 0), len(rows) - 1)
        self.choose(rows[index].item.id)

    def go_to_undecided(self) -> None:
        """To the next row that needs a decision, round from the end to the start."""
        rows = rows_of(self._session.review)
        current = next(reversed(self._ids), None)
        here = row_of(rows, current)
        start = 0 if here is None else here + 1
        for row in rows[start:] + rows[:start]:
            if not row.decided and row.item.id != current:
                self.choose(row.item.id)
                return

    def _on_review_changed(self) -> None:
        shown = self._shown
        self.choose(*(i for i in self._ids if shown.has(i)))
