"""Keeps the dental chart, the list and the radiograph at the same tooth."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.canvas.tooth_layer import ToothLayer
from dentalviewer.gui.chart.charted_teeth import charted_teeth, seen_as
from dentalviewer.gui.chart.dental_chart import DentalChart
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.reviewing.working_order import Row, rows_of
from dentalviewer.reports.chart_drawing import dentitions, is_child
from dentalviewer.reports.tooth_states import ToothState
from dentalviewer.review import Review, Sides, shown_of
from dentalviewer.tooth_assignment import (
    NO_TOOTH_DETECTOR,
    place_on_picture,
    teeth_in_sight,
    teeth_of,
)

_HIDDEN = "hidden until you have read the radiograph"


class ChartDesk(QObject):
    """A tooth without findings can be chosen too: it is outlined on the radiograph, and
    so is the place of one that was not seen. A tooth that is clicked on the radiograph
    is chosen in the chart.

    Whether all deciduous teeth are drawn is chosen for one radiograph, while the
    program runs; `deciduous_shown` tells whether they are.
    """

    deciduous_shown = Signal(bool)

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
        self._chosen: dict[str, bool] = {}
        self._notation = Notation.FDI
        self._lacks_teeth = False
        session.study_changed.connect(self._on_selection_changed)
        session.review_changed.connect(self._show)
        desk.selection_changed.connect(self._on_selection_changed)
        chart.tooth_chosen.connect(self.choose)
        canvas.tooth_clicked.connect(self.point_out)
        self._show()

    def choose(self, tooth: Tooth) -> None:
        """Go to the findings of a tooth, one after the other, or to the tooth."""
        ids = [row.item.id for row in self._rows_on(tooth)]
        selected = self._desk.selected
        if ids:
            here = ids.index(selected.id) if selected and selected.id in ids else -1
            self._desk.select(ids[(here + 1) % len(ids)])
            return
        self.point_out(tooth)
        box, _ = self._outline()
        if box is not None:
            self._canvas.reveal(box)

    def point_out(self, tooth: Tooth | None) -> None:
        """Choose a tooth and none of its findings; None chooses no tooth."""
        self._desk.select(None)
        self._tooth = tooth
        self._show()

    def set_notation(self, notation: Notation) -> None:
        self._notation = notation
        self._show()

    def tell_lack(self, lacks_teeth: bool) -> None:
        """Whether no detector of teeth is installed, which leaves the chart pale."""
        if lacks_teeth != self._lacks_teeth:
            self._lacks_teeth = lacks_teeth
            self._show()

    def show_deciduous(self, wanted: bool) -> None:
        """Draw all deciduous teeth of this radiograph, or not.

        Those of which something is known are drawn all the same.
        """
        if self._session.study is not None:
            self._chosen[self._session.study.radiograph.sha256] = wanted
        self._show()

    def _dentitions(
        self, states: Mapping[Tooth, ToothState]
    ) -> tuple[tuple[bool, ...], bool]:
        """What to draw, and whether all of the deciduous teeth."""
        study = self._session.study
        if study is None:
            return dentitions(states, None), False
        age = study.radiograph.patient_age
        chosen = self._chosen.get(study.radiograph.sha256)
        whole = chosen if chosen is not None else is_child(age)
        return dentitions(states, age, chosen), whole

    def _rows_on(self, tooth: Tooth) -> list[Row]:
        rows = rows_of(self._session.review)
        return [row for row in rows if tooth in row.placing.teeth]

    def _outline(self) -> tuple[Box | None, str]:
        """Where the chosen tooth lies or would lie, and what to say of it there."""
        tooth = self._tooth
        study, review = self._session.study, shown_of(self._session.review)
        if tooth is None or study is None:
            return None, ""
        found = seen_as(review, tooth)
        if found is not None:
            return found.box, ""
        state = charted_teeth(self._session).get(tooth, ToothState(tooth))
        if state.seen is None:
            return None, ""  # Nobody looked for it.
        box = place_on_picture(review, tooth, study.radiograph.size)
        number = self._notation.number_of(tooth)
        return box, f"{number}: {state.in_words}" if box else ""

    def _on_selection_changed(self) -> None:
        self._tooth = None
        self._show()

    def _show(self) -> None:
        review = shown_of(self._session.review)
        placings = teeth_of(review)
        placed = [placings[i] for i in self._desk.selection.ids if i in placings]
        chosen = tuple(dict.fromkeys(t for each in placed for t in each.teeth))
        if not placed and self._tooth is not None:
            chosen = (self._tooth,)
        states = charted_teeth(self._session)
        drawn, whole = self._dentitions(states)
        self._chart.show_teeth(
            states, dentitions=drawn, known_only=not whole, selected=chosen
        )
        self._chart.explain_pale(self._why_pale(review))
        self._chart.note_mirrored(review.sides is Sides.MIRRORED)
        self.deciduous_shown.emit(whole)
        self._canvas.show_teeth(ToothLayer(teeth_in_sight(review), self._notation))
        self._canvas.show_tooth(*self._outline())

    def _why_pale(self, review: Review) -> str:
        if review.predictions_hidden:
            return _HIDDEN
        asked = review.detection is not None and review.detection.tooth_detector
        lacking = self._lacks_teeth and not asked
        return f"not examined, {NO_TOOTH_DETECTOR}" if lacking else ""
