"""Changes the classes of a project off the GUI thread, and takes that back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from dentalviewer.curation.class_renaming import request_of
from dentalviewer.curation.classes import (
    ClassPlan,
    Progress,
    ProjectClasses,
    plan_change,
    project_root,
    read_project_classes,
)
from dentalviewer.curation.classes_command import said
from dentalviewer.formats.class_names import ClassChange
from dentalviewer.gui.project.classes_dialog import ClassesDialog
from dentalviewer.gui.project.classes_table import Wanted
from dentalviewer.gui.work.job import Job


@dataclass(frozen=True, slots=True)
class ClassesScope:
    """What the window has open: radiographs, and where their reviews lie otherwise.

    `aliases` are the reader's other names for classes. `save` writes the review in
    hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    reviews: Path
    aliases: Callable[[], Mapping[str, str]]
    save: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class _Read:
    classes: ProjectClasses
    journals: tuple[Journal, ...]


class ClassesDesk(QObject):
    """`changed` tells that files of the project are no longer as they were read."""

    reported = Signal(str)
    changed = Signal()

    def __init__(self, scope: ClassesScope, window: QWidget) -> None:
        super().__init__(window)
        self._scope = scope
        self._window = window
        self._dialog: ClassesDialog | None = None
        self._classes: ProjectClasses | None = None
        self._plan: ClassPlan | None = None
        self._job = Job(
            "classes", self, cancelled="Cancelled. Every file is as it was."
        )
        self._job.answered.connect(self._on_answered)

    @property
    def busy(self) -> bool:
        return self._job.busy

    @property
    def dialog(self) -> ClassesDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = ClassesDialog(self._window)
            self._job.show_in(self._dialog)
            self._dialog.preview_requested.connect(self.preview)
            self._dialog.apply_requested.connect(self.apply)
            self._dialog.undo_requested.connect(self.undo)
            self._dialog.finish_requested.connect(self.finish)
        return self._dialog

    def open(self) -> None:
        radiographs = self._scope.radiographs()
        if not radiographs:
            self.reported.emit("Open the folder of a project first, then its classes.")
            return
        self.dialog.bring_up()
        if not self.busy:
            self._save_and(lambda: self._read(_folder_of(radiographs)))

    def preview(self, wanted: Wanted) -> None:
        classes = self._classes
        if classes is None:
            return
        request = request_of(
            ClassChange(wanted.names, wanted.colors),
            replace(classes.settings, aliases=wanted.aliases),
            occurring=classes.occurring,
            aliases=classes.aliases,
            when=datetime.now(UTC),
        )
        self._begin(
            "Finding out what would change",
            lambda tell: plan_change(classes, request, tell=tell),
        )

    def apply(self) -> None:
        plan = self._plan
        if plan is None:
            return
        what = said(plan.request)
        self._save_and(
            lambda: self._begin(
                "Changing files", lambda tell: apply_plan(plan, what, tell=tell)
            )
        )

    def undo(self, journal: Journal) -> None:
        self._settle("Taking it back", lambda tell: roll_back(journal, tell=tell))

    def finish(self, journal: Journal) -> None:
        self._settle("Finishing", lambda tell: finish(journal, tell=tell))

    def stop(self) -> None:
        self._job.stop()

    def _save_and(self, then: Callable[[], object]) -> None:
        """The review in hand is one of the files."""
        fault = self._scope.save()
        if fault:
            self.dialog.show_message(f"The review cannot be saved first: {fault}")
        else:
            then()

    def _read(self, folder: Path) -> None:
        reviews, aliases = self._scope.reviews, self._scope.aliases()

        def work(tell: Progress) -> _Read:
            found = tuple(journals(project_root(folder)))
            classes = read_project_classes(
                folder, user_folder=reviews, aliases=aliases, tell=tell
            )
            return _Read(classes, found)

        self._plan = None
        self._begin("Looking through the project", work)

    def _settle(self, what: str, work: Callable[[Progress], Outcome]) -> None:
        """To its end: half of it is what it is there to mend."""
        self._save_and(lambda: self._begin(what, work, can_cancel=False))

    def _begin(
        self,
        what: str,
        work: Callable[[Progress], object],
        *,
        can_cancel: bool = True,
    ) -> None:
        self._job.begin(
            what,
            lambda tell: work(lambda done, total: tell(what, done, total)),
            can_cancel=can_cancel,
        )

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


def _folder_of(radiographs: Sequence[Path]) -> Path:
    """The folder that holds all of them; that of the first where they are strangers."""
    folders = {os.path.abspath(path.parent) for path in radiographs}
    try:
        common = Path(os.path.commonpath(folders))
    except ValueError:  # On several drives of Windows.
        return radiographs[0].parent
    # A whole disk, or all homes, are no project.
    return common if len(common.parts) > 2 else radiographs[0].parent
