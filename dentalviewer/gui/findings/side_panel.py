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
from dentalviewer.gui.canvas.display_panel import DisplayPanel
from dentalviewer.gui.detecting.detector_panel import DetectorPanel
from dentalviewer.gui.findings.finding_card import FindingCard
from dentalviewer.gui.findings.findings_list import FindingsList
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.reviewing.working_order import Row, rows_of
from dentalviewer.gui.widgets.parts import heading, muted, quiet_button
from dentalviewer.phrases import counted

WIDTH = 350
_LOOKING = "the detector is looking …"
_FOLLOWING = "On to the next"
_REPORT = "Report"


class ProgressHeading(QWidget):
    """What is left to do, always in sight as a number; where nothing is, what follows:
    the next radiograph or, after the last one, the report.
    """

    read = Signal()
    finished = Signal()
    report_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = heading()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedHeight(4)
        self._notice = muted(
            "You are reading without the detector. Its boxes and teeth appear once you"
            " mark the radiograph as read."
        )
        self._read = quiet_button("I have read it: reveal")
        self._read.clicked.connect(self.read)
        self._nothing = quiet_button("Nothing there: done")
        self._following = quiet_button("")
        for button in (self._nothing, self._following):
            button.clicked.connect(self.finished)
        self._rest = muted()
        self._report = quiet_button("")
        self._report.clicked.connect(self.report_asked)
        self._follows = False
        self._done = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(6)
        for widget in (
            self._heading, self._bar, self._notice, self._read, self._nothing,
            self._following, self._rest, self._report,
        ):  # fmt: skip
            layout.addWidget(widget)
        self.show_progress(
            0,
            0,
            is_open=False,
            heard=False,
            awaited=False,
            predictions_hidden=False,
            done=False,
        )

    def show_keys(self, reveal: str, finish: str, report: str) -> None:
        """The keys that reveal, that say that nothing is left, and that report."""
        self._read.setToolTip(reveal)
        self._nothing.setToolTip(finish)
        self._following.setText(_with_key(_FOLLOWING, finish))
        self._report.setText(_with_key(_REPORT, report))

    def show_others(self, *, follows: bool, rest: str) -> None:
        """Whether another radiograph of the list is left to do; if none, what is said
        of the list, which is nothing where no other is open.
        """
        self._follows = follows
        self._rest.setText(rest)
        self._show_following()

    @property
    def text(self) -> str:
        return self._heading.text()

    def show_progress(
        self,
        decided: int,
        places: int,
        *,
        is_open: bool,
        heard: bool,
        awaited: bool,
        predictions_hidden: bool,
        done: bool,
    ) -> None:
        """`heard` tells whether the reader knows what the detector says of this
        radiograph, `awaited` whether its answer is still to come, `done` whether the
        reader has said that nothing is left to do.
        """
        if not is_open:
            text = "No radiograph"
        elif decided < places:
            text = f"{places - decided} to decide"
            text += f"; {_LOOKING}" if awaited else ""
        elif awaited:
            text = _LOOKING.capitalize()
        elif places and predictions_hidden:
            # Whatever the detector says is to be decided as well.
            text = f"{counted(places, 'finding')} so far"
        elif places:
            text = "All decided"
        elif done:
            text = "Done: nothing there"
        else:
            text = "No findings" if heard else "No findings yet"
        self._heading.setText(text)
        self._show_bar(decided, places, awaited=awaited)
        self._notice.setVisible(predictions_hidden)
        self._read.setVisible(predictions_hidden)
        nothing = is_open and not places and not awaited and not predictions_hidden
        self._nothing.setVisible(nothing and not done)
        self._done = is_open and done and not awaited
        self._show_following()

    def _show_following(self) -> None:
        self._following.setVisible(self._done and self._follows)
        last = self._done and not self._follows and bool(self._rest.text())
        self._rest.setVisible(last)
        self._report.setVisible(last)

    def _show_bar(self, decided: int, places: int, *, awaited: bool) -> None:
        """How far the reader has come; without an end while that is not known."""
        self._bar.setMaximum(0 if awaited else max(places, 1))
        self._bar.setValue(decided)
        self._bar.setAccessibleName(_LOOKING.capitalize() if awaited else "Decided")
        self._bar.setVisible(awaited or bool(places))


class SidePanel(QTabWidget):
    """Three tabs; shows the review in its list and card, and passes decisions on."""

    returned = Signal()
    finished = Signal()

    def __init__(
        self, session: ReviewSession, desk: ReviewDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._rows: tuple[Row, ...] = ()
        self._awaited = False
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
        self._rows = rows_of(self._session.review)
        self.findings.show_rows(self._rows, heard=self._heard)
        self._show_progress()
        self.show_selection()

    def show_awaited(self, awaited: bool) -> None:
        """Whether an answer of the detector is still to come."""
        self._awaited = awaited
        self._show_progress()

    def show_selection(self) -> None:
        selection = self._desk.selection
        item, place = selection.current, selection.place
        if len(selection.ids) > 1:
            self.card.show_several(selection.items, selection.places)
        elif item is None or place is None:
            self.card.show_nothing(
                is_open=self._session.study is not None,
                boxes=bool(self._rows),
                to_decide=any(not row.decided for row in self._rows),
            )
        else:
            (told,) = (each for each in place.items if each.id == item.id)
            self.card.show_finding(
                told, place, selection.placing, selection.lies_at, heard=self._heard
            )
        self.findings.mark_selected(selection.ids)

    def set_notation(self, notation: Notation) -> None:
        """How teeth are written, and read where they are typed."""
        self.findings.set_notation(notation)
        self.card.set_notation(notation)
        self.show_selection()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Name the keys of actions, by the actions' ids, where they are explained."""
        self.heading.show_keys(keys["mark_read"], keys["finish"], keys["report"])
        self.card.show_keys(keys)
        self.detector.show_keys(keys)
        self.show_selection()

    @property
    def _heard(self) -> bool:
        """Whether the reader knows what the detector says of this radiograph."""
        review = self._session.review
        return review.detection is not None and not review.predictions_hidden

    def _show_progress(self) -> None:
        is_open = self._session.study is not None
        places = {row.place for row in self._rows}
        self.heading.show_progress(
            sum(place.decided for place in places),
            len(places),
            is_open=is_open,
            heard=self._heard,
            awaited=self._awaited,
            predictions_hidden=is_open and self._session.review.predictions_hidden,
            # Who reviewed another picture has said nothing of this one: to say so is
            # more than to go on to the next.
            done=is_open
            and self._session.review.done
            and not self._session.picture_changed,
        )

    def _on_items_chosen(self, ids: tuple[int, ...]) -> None:
        selection = self._desk.selection
        if self.card.settle_tooth():
            selection.choose(*ids)
        else:
            self.findings.mark_selected(selection.ids)

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
        self.heading.finished.connect(self.finished)
        self.findings.items_chosen.connect(self._on_items_chosen)
        card.accepted.connect(desk.accept)
        card.rejected.connect(desk.reject)
        card.reopened.connect(desk.reopen)
        card.doubted.connect(desk.toggle_uncertain)
        card.tooth_entered.connect(desk.set_tooth)
        card.left.connect(self.returned)


def _with_key(words: str, keys: str) -> str:
    """The first of the keys, if there is one, after the words."""
    first = keys.split("  or  ")[0]
    return f"{words}  ({first})" if first else words


def _scrolled(panel: QWidget) -> QScrollArea:
    """Low windows and large type leave too little room for some panels."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(panel)
    return area
