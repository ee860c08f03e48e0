"""Changes the classes of a project off the GUI thread, and takes that back."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.class_journal import (
    Journal,
    Outcome,
    apply_plan,
    finish,
    journals,
    roll_back,
)
from dentalviewer.curation.classes import (
    ClassPlan,
    ProjectClasses,
    Request,
    plan_change,
    project_root,
    read_project_classes,
)
from dentalviewer.curation.classes_command import said
from dentalviewer.errors import DentalViewerError
from dentalviewer.formats.class_names import ClassChange
from dentalviewer.formats.class_settings import ClassSettings
from dentalviewer.gui.background import Background
from dentalviewer.gui.classes_dialog import ClassesDialog, Wanted


class _Cancelled(Exception):
    pass


@dataclass(frozen=True, slots=True)
class ClassesScope:
    """What the window has open: radiographs, and where their reviews lie otherwise.

    `save` writes the review in hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    reviews: Path
    reader: Callable[[], str]
    save: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class _Read:
    classes: ProjectClasses
    journals: tuple[Journal, ...]


class ClassesDesk(QObject):
    """`changed` tells that files of the project are no longer as they were read."""

    reported = Signal(str)
    changed = Signal()
    _progressed = Signal(int, int)

    def __init__(self, scope: ClassesScope, window: QWidget) -> None:
        super().__init__(window)
        self._scope = scope
        self._window = window
        self._dialog: ClassesDialog | None = None
        self._classes: ProjectClasses | None = None
        self._plan: ClassPlan | None = None
        self._cancelled = threading.Event()
        self._background = Background("classes", self)
        self._background.answered.connect(self._on_answered)
        self._background.failed.connect(self._on_failed)
        self._progressed.connect(self._on_progressed)

    @property
    def busy(self) -> bool:
        return self._background.busy

    @property
    def dialog(self) -> ClassesDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = ClassesDialog(self._window)
            self._dialog.preview_requested.connect(self.preview)
            self._dialog.apply_requested.connect(self.apply)
            self._dialog.undo_requested.connect(self.undo)
            self._dialog.finish_requested.connect(self.finish)
            self._dialog.cancel_requested.connect(self._cancelled.set)
        return self._dialog

    def open(self) -> None:
        radiographs = self._scope.radiographs()
        if not radiographs:
            self.reported.emit("Open the folder of a project first, then its classes.")
            return
        self.dialog.show()
        self.dialog.activateWindow()
        if not self.busy:
            self._save_and(lambda: self._read(_folder_of(radiographs)))

    def preview(self, wanted: Wanted) -> None:
        classes = self._classes
        if classes is None:
            return
        settings = classes.settings.renamed(wanted.names)
        settings = ClassSettings({**settings.colors, **wanted.colors}, wanted.aliases)
        request = Request(
            ClassChange(wanted.names, wanted.colors),
            settings,
            self._scope.reader(),
            datetime.now(UTC),
        )
        self._begin(
            "Looking what would change",
            lambda: plan_change(classes, request, tell=self._tell),
        )

    def apply(self) -> None:
        plan = self._plan
        if plan is not None:
            what = said(plan.request)
            self._save_and(
                lambda: self._begin(
                    "Changing", lambda: apply_plan(plan, what, tell=self._tell)
                )
            )

    def undo(self, journal: Journal) -> None:
        self._save_and(
            lambda: self._begin(
                "Taking it back", lambda: roll_back(journal, tell=self._observe)
            )
        )

    def finish(self, journal: Journal) -> None:
        self._save_and(
            lambda: self._begin(
                "Finishing", lambda: finish(journal, tell=self._observe)
            )
        )

    def stop(self) -> None:
        self._cancelled.set()
        self._background.stop()

    def _save_and(self, then: Callable[[], object]) -> None:
        """The review in hand is one of the files."""
        fault = self._scope.save()
        if fault:
            self.dialog.show_message(f"The review cannot be saved first: {fault}")
        else:
            then()

    def _read(self, folder: Path) -> None:
        reviews = self._scope.reviews

        def work() -> _Read:
            found = tuple(journals(project_root(folder)))
            classes = read_project_classes(folder, user_folder=reviews, tell=self._tell)
            return _Read(classes, found)

        self._plan = None
        self._begin("Looking through the project", work)

    def _begin(self, what: str, work: Callable[[], object]) -> None:
        self._cancelled.clear()
        self.dialog.show_progress(what, 0, 0)
        self._what = what
        self._background.request(work)

    def _tell(self, done: int, total: int) -> None:
        """On the thread; ends the work once that is asked for."""
        if self._cancelled.is_set():
            raise _Cancelled
        self._observe(done, total)

    def _observe(self, done: int, total: int) -> None:
        if done % 20 == 0:
            self._progressed.emit(done, total)

    def _on_progressed(self, done: int, total: int) -> None:
        if self.busy:
            self.dialog.show_progress(self._what, done, total)

    def _on_answered(self, answer: _Read | ClassPlan | Outcome) -> None:
        if isinstance(answer, _Read):
            self._classes = answer.classes
            self.dialog.show_classes(answer.classes, answer.journals)
        elif isinstance(answer, ClassPlan):
            self._plan = answer
            self.dialog.show_plan(answer)
        else:
            self.dialog.show_outcome(answer)
            self.changed.emit()
            if self._classes is not None:
                self._read(self._classes.root)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, _Cancelled):
            self.dialog.show_message("Cancelled. Every file is as it was.")
        elif isinstance(error, (DentalViewerError, ValueError)):
            self.dialog.show_message(str(error))
        else:
            self.dialog.show_message(f"It failed with {error!r}.")


def _folder_of(radiographs: Sequence[Path]) -> Path:
    """The folder that holds all of them; that of the first where they are strangers."""
    folders = {os.path.abspath(path.parent) for path in radiographs}
    try:
        common = Path(os.path.commonpath(folders))
    except ValueError:  # On several drives of Windows.
        return radiographs[0].parent
    # A whole disk, or all homes, are no project.
    return common if len(common.parts) > 2 else radiographs[0].parent
