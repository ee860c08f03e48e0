"""Turns the review into a report: asks what heads it, has it written, says where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.palette import class_colors
from dentalviewer.gui.preferences import Preferences, practice_of
from dentalviewer.gui.report_dialog import (
    ReportDialog,
    ReportExport,
    ToothLine,
)
from dentalviewer.gui.review_desk import ReviewDesk
from dentalviewer.gui.session import ReviewSession
from dentalviewer.reports import wording
from dentalviewer.reports.summary import Report, summarise
from dentalviewer.reports.tooth_states import sentence
from dentalviewer.reports.writing import files_of
from dentalviewer.review import Review, ToothWords


class ReportDesk(QObject):
    reported = Signal(str)
    saved = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        preferences: Callable[[], Preferences],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._desk = desk
        self._preferences = preferences
        self._window = window
        self._export = ReportExport(self)
        self._export.exported.connect(self._on_exported)
        self._export.failed.connect(self.reported)

    def ask(self) -> None:
        """Let the reader say whose radiograph it is and where the report goes."""
        study, review = self._session.study, self._session.review
        if study is None or self._export.busy:
            return
        report = self.report()
        radiograph = study.radiograph.path
        dialog = ReportDialog(
            review.patient,
            review.note,
            radiograph.with_name(f"{radiograph.stem}-report.pdf"),
            practice=practice_of(self._preferences()),
            notation=report.notation,
            teeth=[
                ToothLine(
                    state.tooth,
                    {each: sentence(state, each) for each in Notation},
                    state.reworded,
                    "" if state.reworded else _words_of(review, state.tooth),
                )
                for state in report.treated_teeth
            ],
            status=wording.review_status(report) if report.unreviewed else "",
            parent=self._window,
        )
        if dialog.exec():
            words = _kept(review, report, dialog.tooth_words)
            # Numbers in the reader's words are of one system: kept are those of theirs.
            usual = dialog.notation is report.notation
            kept = words if usual else review.tooth_words
            self._desk.set_details(dialog.patient, dialog.note, kept)
            self._export.export(self.report(dialog.notation, words), dialog.path)
        dialog.deleteLater()

    def report(
        self,
        notation: Notation | None = None,
        words: tuple[ToothWords, ...] | None = None,
    ) -> Report:
        """The review as it stands, with teeth written as the reader prefers where no
        other `notation` is named, and in other `words` than its own if there are any.
        Raises ValueError if nothing is open.
        """
        study = self._session.study
        if study is None:
            raise ValueError("there is no radiograph to report on")
        review = self._session.review
        return summarise(
            study,
            review if words is None else replace(review, tooth_words=words),
            self._session.decisions,
            practice=practice_of(self._preferences()),
            class_colors=class_colors(),
            notation=notation or self._preferences().tooth_notation,
            created=datetime.now(UTC).astimezone(),
        )

    def _on_exported(self, path: Path) -> None:
        _, *others = files_of(path)
        beside = "".join(f", and beside it {other.name}" for other in others)
        self.saved.emit(f"The report is saved: {path}{beside}")

    def stop(self) -> None:
        self._export.stop()


def _words_of(review: Review, tooth: Tooth) -> str:
    """How the reader worded what is said of a tooth, whether it still holds or not."""
    return next((e.words for e in review.tooth_words if e.tooth == tooth), "")


def _kept(
    review: Review, report: Report, said: Sequence[tuple[Tooth, str]]
) -> tuple[ToothWords, ...]:
    """What the reader says now, and what they said of findings that have changed: it
    is said again if the change is taken back.
    """
    now = dict(said)
    used = {tooth for tooth, state in report.teeth.items() if state.reworded}
    before = (e for e in review.tooth_words if e.tooth not in used | now.keys())
    new = (ToothWords(t, words, sentence(report.teeth[t])) for t, words in said)
    return (*before, *new)
