"""Turns the review into a report: asks what heads it, has it written, says where.

What writes and prints one is imported when the first is asked for, and the window is
there sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.preferences.preferences import Preferences, practice_of
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.widgets.palette import class_colors
from dentalviewer.gui.widgets.proposing import file_beside
from dentalviewer.reports import wording
from dentalviewer.reports.report import Report
from dentalviewer.reports.summary import summarise
from dentalviewer.reports.tooth_states import ToothState, few_words, sentence
from dentalviewer.review import Review, ToothWords
from dentalviewer.tooth_assignment import unanswered

if TYPE_CHECKING:
    from dentalviewer.gui.reporting.printing import ReportPrinting
    from dentalviewer.gui.reporting.report_dialog import ReportDialog, ReportExport
    from dentalviewer.gui.reporting.tooth_sentences import ToothLine


class ReportDesk(QObject):
    reported = Signal(str)
    told = Signal(str)
    saved = Signal(str, Path)

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        detection: DetectionDesk,
        preferences: Callable[[], Preferences],
        edit_preferences: Callable[[QWidget], object],
        window: QWidget,
    ) -> None:
        """`edit_preferences` lets the reader change them, over a dialog."""
        super().__init__(window)
        self._session = session
        self._desk = desk
        self._detection = detection
        self._preferences = preferences
        self._edit_preferences = edit_preferences
        self._window = window
        self._made: list[ReportExport | ReportPrinting] = []

    @cached_property
    def _export(self) -> ReportExport:
        from dentalviewer.gui.reporting.report_dialog import ReportExport

        export = ReportExport(self)
        export.exported.connect(self._on_exported)
        export.failed.connect(self.reported)
        self._made.append(export)
        return export

    @cached_property
    def _printing(self) -> ReportPrinting:
        from dentalviewer.gui.reporting.printing import ReportPrinting

        printing = ReportPrinting(self._window)
        printing.reported.connect(self.reported)
        printing.told.connect(self.told)
        printing.saved.connect(self.saved)
        self._made.append(printing)
        return printing

    def ask(self) -> None:
        """Let the reader say whose radiograph it is and where the report goes."""
        from dentalviewer.gui.reporting.report_dialog import ReportDialog

        study, review = self._session.study, self._session.review
        if study is None or self._export.busy or self._printing.busy:
            return
        report = self.report()
        dialog = ReportDialog(
            review.patient,
            review.note,
            file_beside(study.radiograph.path, "-report.pdf"),
            practice=practice_of(self._preferences()),
            notation=report.notation,
            teeth=[_line(review, state) for state in report.treated_teeth],
            status=wording.review_status(report) if report.unreviewed else "",
            contradiction=wording.contradictions(report),
            parent=self._window,
        )
        dialog.preferences_wanted.connect(partial(self._on_preferences_wanted, dialog))
        if dialog.exec():
            words = _kept(review, report, dialog.tooth_words, dialog.notation)
            # What is worded for a report in another system is meant for it alone.
            usual = dialog.notation is self._preferences().tooth_notation
            kept = words if usual else review.tooth_words
            self._desk.set_details(dialog.patient, dialog.note, kept)
            made = self.report(dialog.notation, words)
            if dialog.printing:
                self._printing.ask(made)
            else:
                self._export.export(made, dialog.path)
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
        report = summarise(
            study,
            review if words is None else replace(review, tooth_words=words),
            self._session.decisions,
            practice=practice_of(self._preferences()),
            class_colors=class_colors(),
            notation=notation or self._preferences().tooth_notation,
            created=datetime.now(UTC).astimezone(),
        )
        return replace(
            report,
            awaited=self._detection.awaited,
            lacks_teeth=self._detection.lacks_teeth,
            picture_changed=self._session.picture_changed,
            cautions=unanswered(study.cautions, review),
        )

    def _on_preferences_wanted(self, dialog: ReportDialog) -> None:
        self._edit_preferences(dialog)
        preferred = self._preferences()
        dialog.use_preferences(practice_of(preferred), preferred.tooth_notation)

    def _on_exported(self, path: Path) -> None:
        from dentalviewer.reports.writing import files_of

        _, *others = files_of(path)
        beside = "".join(f", and beside it {other.name}" for other in others)
        self.saved.emit(f"The report is saved: {path}{beside}", path)

    def may_close(self) -> bool:
        """Whether the window may be closed. A report is saved all the same."""
        # Where nobody has asked for one nothing is printed.
        return "_printing" not in vars(self) or self._printing.may_close()

    def stop(self) -> None:
        for part in self._made:
            part.stop()


def _line(review: Review, state: ToothState) -> ToothLine:
    from dentalviewer.gui.reporting.tooth_sentences import ToothLine

    said = _words_of(review, state.tooth)
    words = said.words if said else ""
    return ToothLine(
        state.tooth,
        {each: sentence(state, each) for each in Notation},
        state.reworded,
        "" if state.reworded else words,
        said.notation if said else None,
    )


def _words_of(review: Review, tooth: Tooth) -> ToothWords | None:
    """How the reader worded what is said of a tooth, whether it still holds or not.

    What holds goes before what is in doubt.
    """
    said = [each for each in review.tooth_words if each.tooth == tooth]
    return min(said, key=lambda each: each.in_doubt, default=None)


def _kept(
    review: Review,
    report: Report,
    said: Sequence[tuple[Tooth, str]],
    notation: Notation,
) -> tuple[ToothWords, ...]:
    """What the reader says now, and what they said of findings that have changed: it
    is said again if the change is taken back. What is in doubt stays until it is said.

    New words have the numbers of the `notation`, those of before their own.
    """
    now = dict(said)
    used = {tooth for tooth, state in report.teeth.items() if state.reworded}
    before = [
        each
        for each in review.tooth_words
        if (
            now.get(each.tooth) != each.words
            if each.in_doubt
            else each.tooth not in used | now.keys()
        )
    ]
    new = []
    for tooth, words in said:
        then = _words_of(review, tooth)
        unchanged = then is not None and then.words == words
        numbers = then.notation if then is not None and unchanged else notation
        new.append(ToothWords(tooth, words, few_words(report.teeth[tooth]), numbers))
    return (*before, *new)
