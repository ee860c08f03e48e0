"""The work at the right: what is to decide, how it is shown, what the detector does."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QProgressBar,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.dentition import Notation
from dentalviewer.gui.detector_panel import DetectorPanel
from dentalviewer.gui.display_panel import DisplayPanel
from dentalviewer.gui.finding_card import FindingCard
from dentalviewer.gui.findings_list import FindingsList
from dentalviewer.gui.parts import heading, muted, quiet_button
from dentalviewer.gui.review_desk import ReviewDesk
from dentalviewer.gui.session import ReviewSession
from dentalviewer.gui.working_order import rows_of

WIDTH = 350


class ProgressHeading(QWidget):
    """What is left to do, always in sight as a number."""

    read = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = heading()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName("Decided")
        self._notice = muted(
            "You read without the detector. Its boxes follow once you have"
            " read the radiograph."
        )
        self._read = quiet_button("I have read it: reveal")
        self._read.clicked.connect(self.read)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(6)
        for widget in (self._heading, self._bar, self._notice, self._read):
            layout.addWidget(widget)
        self.show_progress(
            0, 0, is_open=False, examined=False, predictions_hidden=False
        )

    def show_key(self, key: str) -> None:
        """The key that reveals."""
        self._read.setToolTip(key)

    @property
    def text(self) -> str:
        return self._heading.text()

    def show_progress(
        self,
        decided: int,
        places: int,
        *,
        is_open: bool,
        examined: bool,
        predictions_hidden: bool,
    ) -> None:
        """`examined` tells whether a detector has been heard on this radiograph."""
        left = places - decided
        if not is_open:
            text = "No radiograph"
        elif not places:
            text = "No findings" if examined else "No findings yet"
        elif left:
            text = f"{left} to decide"
        else:
            text = "All decided"
        self._heading.setText(text)
        self._bar.setMaximum(max(places, 1))
        self._bar.setValue(decided)
        self._bar.setVisible(bool(places))
        self._notice.setVisible(predictions_hidden)
        self._read.setVisible(predictions_hidden)


class SidePanel(QTabWidget):
    """Three tabs; shows the review in its list and card, and passes decisions on."""

    returned = Signal()

    def __init__(
        self, session: ReviewSession, desk: ReviewDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self.heading = ProgressHeading()
        self.findings = FindingsList()
        self.card = FindingCard()
        self.display = DisplayPanel()
        self.detector = DetectorPanel()
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.setMinimumWidth(WIDTH)
        self.setAccessibleName("Findings, display and detector")
        self.addTab(self._findings_page(), "Findings")
        self.addTab(_scrolled(self.display), "Display")
        self.addTab(_scrolled(self.detector), "Detector")
        self._connect()
        self.show_review()

    def show_detector(self) -> None:
        """Bring the detector's tab to the front."""
        self.setCurrentIndex(2)

    def show_review(self) -> None:
        review = self._session.review
        rows = rows_of(review)
        self.findings.show_rows(rows)
        places = {row.place for row in rows}
        self.heading.show_progress(
            sum(place.decided for place in places),
            len(places),
            is_open=self._session.study is not None,
            examined=review.detection is not None and not review.predictions_hidden,
            predictions_hidden=review.predictions_hidden
            and self._session.study is not None,
        )
        self.show_selection()

    def show_selection(self) -> None:
        selection = self._desk.selection
        if len(selection.ids) > 1:
            self.card.show_several(selection.items)
        else:
            self.card.show_finding(
                selection.current,
                selection.place,
                selection.placing,
                selection.lies_at,
            )
        self.findings.mark_selected(selection.ids)

    def set_notation(self, notation: Notation) -> None:
        """How teeth are written, and read where they are typed."""
        self.findings.set_notation(notation)
        self.card.set_notation(notation)
        self.show_selection()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Name the keys of actions, by the actions' ids, where they are explained."""
        self.heading.show_key(keys["mark_read"])
        self.card.show_keys(keys)
        self.show_selection()

    def _findings_page(self) -> QWidget:
        page = QWidget()
        line = QFrame()
        line.setObjectName("line")
        line.setFixedHeight(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.heading)
        layout.addWidget(self.findings, 1)
        layout.addWidget(line)
        layout.addWidget(self.card)
        return page

    def _connect(self) -> None:
        desk, card = self._desk, self.card
        self._session.review_changed.connect(self.show_review)
        desk.selection_changed.connect(self.show_selection)
        self.heading.read.connect(desk.mark_read)
        self.findings.items_chosen.connect(lambda ids: desk.selection.choose(*ids))
        card.accepted.connect(desk.accept)
        card.rejected.connect(desk.reject)
        card.reopened.connect(desk.reopen)
        card.tooth_entered.connect(desk.set_tooth)
        card.left.connect(self.returned)


def _scrolled(panel: QWidget) -> QScrollArea:
    """Low windows and large type leave too little room for some panels."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(panel)
    return area
