"""Label audit of the open radiographs: compared off the GUI thread, then decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction

from dentalviewer.curation.audit import Contradiction
from dentalviewer.curation.audit_reading import (
    Audit,
    Examiner,
    LabelSource,
    audit_radiographs,
)
from dentalviewer.curation.audit_record import (
    FILE_NAME,
    AuditRecord,
    read_record,
    write_record,
)
from dentalviewer.curation.audit_settling import (
    annotation_item,
    detector_is_right,
    label_is_right,
    prediction_item,
)
from dentalviewer.dentition import Notation
from dentalviewer.detector import DetectorCatalogue
from dentalviewer.errors import FileError
from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.project.audit_bar import DECISIONS, AuditBar
from dentalviewer.gui.project.audit_wording import title_of, words_of
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.job import Job, Tell
from dentalviewer.phrases import counted
from dentalviewer.worklist.predictions import PredictionStore

# Weaker than this, a contradiction is the detector's doubt and no reason to look.
LEAST_STRENGTH = 0.05
# Of the radiograph's width, about two teeth.
LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class AuditScope:
    """What the window has open, and by which detector it is audited.

    `save` writes the review in hand; it returns what went wrong, if anything did.
    `notation` is how teeth are written.
    """

    radiographs: Callable[[], Sequence[Path]]
    labels: Callable[[], LabelSource]
    detector: Callable[[], str]
    save: Callable[[], str | None]
    notation: Callable[[], Notation]


def _with_neighbours(box: Box, width: int) -> Box:
    """What to zoom to: a small box alone would not tell which tooth it is on."""
    x, y = box.center
    half = max(box.width, box.height, LEAST_SHARE * width) / 2
    return Box(x - half, y - half, x + half, y + half)


class AuditDesk(QObject):
    reported = Signal(str)

    def __init__(
        self,
        scope: AuditScope,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        session: ReviewSession,
        review: ReviewDesk,
        opening: OpeningDesk,
        canvas: Canvas,
        user_folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.bar = AuditBar()
        self._scope = scope
        self._catalogue = catalogue
        self._store = store
        self._session = session
        self._review = review
        self._opening = opening
        self._canvas = canvas
        self._file = user_folder / FILE_NAME
        self._record = AuditRecord()
        self._places: tuple[Contradiction, ...] = ()
        self._index = 0
        self._untold: list[str] = []
        self._actions: Mapping[str, QAction] = {}
        self._job = Job("audit", self)
        self._job.answered.connect(self._on_audited)
        self._job.failed.connect(self._on_failed)
        self._job.progressed.connect(
            lambda _what, done, total: self.bar.show_progress(done, total)
        )
        self.bar.wished.connect(lambda name: self._actions[name].trigger())
        self.bar.closed.connect(self.close)
        session.study_changed.connect(self._show_if_open)
        session.review_changed.connect(self._outline)

    @property
    def current(self) -> Contradiction | None:
        """The one to be decided; None before the audit, and at its end."""
        if self._index < len(self._places):
            return self._places[self._index]
        return None

    @property
    def busy(self) -> bool:
        return self._job.busy

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        return {
            "audit": self.begin,
            "audit_label": self._label_is_right,
            "audit_detector": self._detector_is_right,
            "audit_skip": lambda: self._go(1),
            "audit_back": self._back,
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self._actions = actions
        self.bar.use_actions(actions)
        self._enable()

    # The audit

    def begin(self) -> None:
        """Audit all that is open; what was decided before does not come again."""
        paths, name = tuple(self._scope.radiographs()), self._scope.detector()
        if not paths or not name:
            self.reported.emit("A label audit needs open radiographs and a detector.")
            return
        fault = self._scope.save()
        if fault:
            self.reported.emit(fault)
            return
        try:
            self._record = read_record(self._file)
        except FileError as error:
            self._record = AuditRecord()
            self._untold.append(str(error))
        self._places, self._index = (), 0
        self._enable()
        self._outline()
        labels = self._scope.labels()

        def audit(tell: Tell) -> Audit:
            examiner = Examiner(self._catalogue, name, self._store)
            return audit_radiographs(
                paths,
                labels,
                examiner.candidates,
                tell=lambda done: tell("", done, len(paths)),
            )

        self._job.begin("Comparing labels and detector", audit, total=len(paths))

    def close(self) -> None:
        self._job.drop()
        self._places, self._index = (), 0
        self._enable()
        self._outline()
        self.bar.hide()
        self._canvas.setFocus()

    def stop(self) -> None:
        self._job.stop()

    def _on_audited(self, audit: Audit) -> None:
        self._untold += audit.problems
        self._places = tuple(
            each
            for each in audit.contradictions
            if each.strength >= LEAST_STRENGTH and not self._record.is_decided(each)
        )
        self._index = 0
        if not self._places:
            self._tell()
        if not audit.radiographs:
            self.bar.show_end("None of the open radiographs has labels.")
        elif not self._places:
            self.bar.show_end(
                "No new contradictions between detector and labels on"
                f" {counted(audit.radiographs, 'radiograph')}."
            )
        else:
            self._show_current()

    def _on_failed(self, words: str) -> None:
        self.bar.show_end(f"The audit could not be completed. {words}")

    # One after another

    def _show_current(self) -> None:
        self._enable()
        place = self.current
        if place is None:
            self._outline()
            self.bar.show_end(
                "All contradictions were shown. Those you skipped come again with the"
                " next audit."
            )
            return
        title = title_of(place, self._index + 1, len(self._places))
        self.bar.show_place(title, words_of(place, self._scope.notation()))
        if self._is_open(place):
            self._show_if_open()
        else:
            self._opening.open_radiograph(Path(place.radiograph))

    def _is_open(self, place: Contradiction) -> bool:
        study = self._session.study
        return study is not None and str(study.radiograph.path) == place.radiograph

    def _show_if_open(self) -> None:
        place = self.current
        if place is None or not self._is_open(place):
            return
        # Once the radiograph is on the canvas and its annotations are proposed.
        QTimer.singleShot(0, self, lambda: self._zoom_to(place))

    def _zoom_to(self, place: Contradiction) -> None:
        if place is not self.current or not self._is_open(place):
            return
        self._review.select(None)
        self._canvas.show_around(_with_neighbours(place.finding.box, self._width))
        self._outline()
        self._canvas.setFocus()
        self._tell()

    def _tell(self) -> None:
        """What went wrong: once the first place is shown, for opening it clears all."""
        untold, self._untold = self._untold, []
        for problem in untold:
            self.reported.emit(problem)

    def _outline(self) -> None:
        """Select the box in question; what the detector says and no box shows yet, for
        it has not answered or its thresholds are higher, is outlined.
        """
        place = self.current
        if place is None or not self._is_open(place):
            self._canvas.show_place(None)
            return
        review, prediction = self._session.review, place.prediction
        shown = None if prediction is None else prediction_item(review, prediction)
        unseen = prediction is not None and shown is None
        self._canvas.show_place(prediction.box if prediction and unseen else None)
        item = annotation_item(review, place.annotation) if place.annotation else shown
        if item is not None and self._review.selected is None:
            self._review.select(item.id)

    @property
    def _width(self) -> int:
        """Of the radiograph in hand, in pixels."""
        study = self._session.study
        return study.radiograph.size.width if study is not None else 0

    def _go(self, step: int) -> None:
        self._index = min(max(self._index + step, 0), len(self._places))
        self._show_current()

    def _back(self) -> None:
        """To the one before, to be decided again."""
        self._go(-1)
        place = self.current
        if place is not None:
            self._keep(lambda record: record.without(place))

    # Decisions

    def _label_is_right(self) -> None:
        place = self._in_sight()
        if place is not None:
            review = label_is_right(self._session.review, place)
            self._session.edit("Label audit: label is right", review)
            self._keep(lambda record: record.with_right(place))
            self._go(1)

    def _detector_is_right(self) -> None:
        place = self._in_sight()
        if place is not None:
            review = detector_is_right(self._session.review, place)
            self._session.edit("Label audit: detector is right", review)
            self._go(1)

    def _in_sight(self) -> Contradiction | None:
        """What is to be decided; shown first where the reader went elsewhere."""
        place = self.current
        if place is not None and not self._is_open(place):
            self._show_current()
            return None
        return place

    def _keep(self, change: Callable[[AuditRecord], AuditRecord]) -> None:
        """Change the record as it is now: another window may have written to it."""
        try:
            before = read_record(self._file)
            if change(before) != before:
                write_record(self._file, change(before))
        except FileError as error:
            self.reported.emit(str(error))

    def _enable(self) -> None:
        deciding = self.current is not None
        for name in DECISIONS:
            with suppress(KeyError):
                self._actions[name].setEnabled(deciding)
        if self._actions:
            self._actions["audit_back"].setEnabled(self._index > 0)
