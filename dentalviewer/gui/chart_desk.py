"""Keeps the dental chart, the list and the radiograph at the same tooth."""

from __future__ import annotations

from PySide6.QtCore import QObject

from dentalviewer.dentition import Tooth
from dentalviewer.gui.canvas import Canvas
from dentalviewer.gui.dental_chart import DentalChart
from dentalviewer.gui.review_desk import ReviewDesk
from dentalviewer.gui.session import ReviewSession
from dentalviewer.gui.working_order import Row, rows_of, shown_of
from dentalviewer.reports.tooth_states import tooth_states
from dentalviewer.review import Verdict
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import numbered_teeth, teeth_of


class ChartDesk(QObject):
    """A tooth without findings can be chosen too: it is outlined on the radiograph."""

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        chart: DentalChart,
        canvas: Canvas,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._chart = chart
        self._canvas = canvas
        self._tooth: Tooth | None = None
        session.study_changed.connect(self._on_selection_changed)
        session.review_changed.connect(self._show)
        desk.selection_changed.connect(self._on_selection_changed)
        chart.tooth_chosen.connect(self.choose)
        self._show()

    def choose(self, tooth: Tooth) -> None:
        """Go to the findings of a tooth, one after the other, or to the tooth."""
        ids = [row.item.id for row in self._rows_on(tooth)]
        selected = self._desk.selected
        if ids:
            here = ids.index(selected.id) if selected and selected.id in ids else -1
            self._desk.select(ids[(here + 1) % len(ids)])
            return
        self._desk.select(None)
        self._tooth = tooth
        outlined = self._found(tooth)
        self._canvas.show_tooth(outlined.box if outlined else None)
        if outlined is not None:
            self._canvas.reveal(outlined.box)
        self._show()

    def _rows_on(self, tooth: Tooth) -> list[Row]:
        rows = rows_of(self._session.review)
        return [row for row in rows if tooth in row.placing.teeth]

    def _found(self, tooth: Tooth) -> Finding | None:
        teeth = numbered_teeth(self._session.review)
        return next((each for each in teeth if each.tooth == tooth), None)

    def _on_selection_changed(self) -> None:
        self._tooth = None
        self._canvas.show_tooth(None)
        self._show()

    def _show(self) -> None:
        review = shown_of(self._session.review)
        placings = teeth_of(review)
        placed = [
            (item.current.label, placings[item.id])
            for item in review.items
            if item.verdict is not Verdict.REJECTED
        ]
        selected = self._desk.selected
        chosen: tuple[Tooth, ...] = ()
        if selected is not None and selected.id in placings:
            chosen = placings[selected.id].teeth
        elif self._tooth is not None:
            chosen = (self._tooth,)
        teeth = numbered_teeth(review)
        self._chart.show_teeth(tooth_states(placed, teeth), selected=chosen)
