"""Takes radiographs in hand, one after another; nothing unsaved is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dentalviewer.errors import DentalViewerError
from dentalviewer.formats import ImageAnnotations, fitted
from dentalviewer.formats.review_file import annotation_files
from dentalviewer.gui.annotations_dialog import needs_asking
from dentalviewer.gui.autosave import Autosave
from dentalviewer.gui.background import Background
from dentalviewer.gui.conflicts import ConflictQuestions, Conflicts
from dentalviewer.gui.opening import (
    Opened,
    open_radiograph,
    read_sidecars,
    sample_radiographs,
)
from dentalviewer.gui.preferences import Preferences
from dentalviewer.gui.session import ReviewSession
from dentalviewer.radiograph import Radiograph
from dentalviewer.review import ReadingMode, Review, Source
from dentalviewer.study import Finding, Study
from dentalviewer.worklist.listing import (
    Listing,
    Sources,
    list_radiographs,
    sources_of,
)

_LIST_SECONDS = 0.3

Chosen = tuple[tuple[Finding, ...], tuple[Path, ...]]
"""Findings in pixels of the radiograph, and the annotation files they came from."""


class Questions(ConflictQuestions, Protocol):
    """What only the reader can answer. The window asks in dialogs."""

    def choose_annotations(
        self, annotations: tuple[ImageAnnotations, ...], radiograph: Radiograph
    ) -> Chosen | None:
        """None to go on without annotations."""
        ...

    def may_leave_unsaved(self, fault: str) -> bool:
        """Whether to give up a review that could not be saved, for `fault`."""
        ...


@dataclass(frozen=True)
class _Listed:
    listing: Listing
    sources: Sources


@dataclass(frozen=True)
class _Added:
    radiograph: Radiograph
    annotations: tuple[ImageAnnotations, ...]
    problems: tuple[str, ...]


class OpeningDesk(QObject):
    """Reads off the GUI thread; what was wished last is what is opened."""

    listed = Signal(object, object)
    opening = Signal(Path)
    opened = Signal(object)
    failed = Signal(Path, str)
    stayed = Signal()
    reported = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        autosave: Autosave,
        *,
        preferences: Callable[[], Preferences],
        questions: Questions,
        user_folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._autosave = autosave
        self._conflicts = Conflicts(session, autosave, questions, self)
        self._conflicts.reopen_wanted.connect(self.reopen)
        self._conflicts.reported.connect(self.reported)
        self._conflicts.told.connect(self.told)
        self._preferences = preferences
        self._questions = questions
        self._user_folder = user_folder
        self._current: Path | None = None
        self._reading: Path | None = None
        self._project: tuple[Path, ...] = ()
        self._wish: Callable[[], object] | None = None
        self._reader = Background("opening", self, failed=self._on_failed)
        self._reader.answered.connect(self._on_answered)
        autosave.settled.connect(self._on_settled)

    @property
    def current(self) -> Path | None:
        """The radiograph that was asked for last, whether it could be shown or not."""
        return self._current

    @property
    def annotation_files(self) -> tuple[Path, ...]:
        """Those that were opened along with the radiographs, and speak of them."""
        return self._project

    @property
    def busy(self) -> bool:
        return self._wish is not None or self._reader.busy

    # Wishes

    def open(self, paths: Iterable[Path]) -> None:
        """Open radiographs, folders and annotation files in any mix: list the
        radiographs in them and those that are spoken of, show the first.
        """
        sources = sources_of(paths)
        self._leave_and(lambda: self._list(lambda: sources))

    def open_samples(self) -> None:
        folder = self._user_folder
        self._leave_and(lambda: self._list(lambda: Sources(sample_radiographs(folder))))

    def open_radiograph(self, path: Path) -> None:
        """Open one radiograph of those that are listed."""
        self._leave_and(lambda: self._read(path))

    def reopen(self) -> None:
        """Read radiograph and review from the disk again."""
        path = self._current
        if path is not None:
            self._leave_and(lambda: self._read(path))

    def add_annotations(self, files: Iterable[Path]) -> None:
        """Read annotation files for the radiograph in hand, on top of what it has."""
        study = self._session.study
        if study is None:
            self.reported.emit("Open the radiograph first, then its annotations.")
            return
        wanted, aliases = tuple(files), self._preferences().aliases
        radiograph = study.radiograph

        def read() -> _Added:
            problems: list[str] = []
            found = read_sidecars(radiograph.path, wanted, aliases, problems)
            return _Added(radiograph, found, tuple(problems))

        if self.busy:
            self.reported.emit("Wait until the radiograph is open.")
            return
        self._reader.request(read)

    def look_at_review(self) -> None:
        """Somebody else may have saved the review in hand."""
        self._conflicts.look()

    def stop(self) -> None:
        self._reader.stop()
        self._conflicts.stop()

    # Leaving what is in hand

    def _leave_and(self, wish: Callable[[], object]) -> None:
        self._wish = wish
        self._autosave.settle()

    def _on_settled(self, fault: str) -> None:
        wish, self._wish = self._wish, None
        if wish is None:
            return
        if fault and not self._may_leave(fault):
            self.stayed.emit()
            return
        wish()

    def _may_leave(self, fault: str) -> bool:
        if self._autosave.in_conflict:
            return self._conflicts.resolve()
        return self._questions.may_leave_unsaved(fault)

    def _list(self, find: Callable[[], Sources]) -> None:
        """What can be found at once is shown; the rest is left to the worklist."""
        reviews = self._user_folder / "reviews"

        def listed() -> _Listed:
            sources = find()
            return _Listed(
                list_radiographs(sources, reviews=reviews, seconds=_LIST_SECONDS),
                sources,
            )

        self._reading = None
        self._reader.request(listed)

    def _read(self, path: Path) -> None:
        self._current = self._reading = path
        self.opening.emit(path)
        aliases, folder = self._preferences().aliases, self._user_folder
        project = self._project
        self._reader.request(
            lambda: open_radiograph(
                path, aliases=aliases, user_folder=folder, annotation_files=project
            )
        )

    # Answers

    def _on_answered(self, answer: _Listed | Opened | _Added) -> None:
        if isinstance(answer, _Listed):
            self._on_listed(answer)
        elif isinstance(answer, Opened):
            self._on_opened(answer)
        else:
            self._on_added(answer)

    def _on_listed(self, listed: _Listed) -> None:
        paths = tuple(listed.listing.found)
        if not paths:
            self.reported.emit("There is no radiograph in this folder.")
            return
        self._project = listed.sources.annotation_files
        self.listed.emit(listed.listing, listed.sources)
        self._read(paths[0])
        for problem in listed.listing.problems:
            self.reported.emit(problem)

    def _on_opened(self, opened: Opened) -> None:
        radiograph, saved = opened.radiograph, opened.saved
        if self._autosave.unsaved:
            # Something was decided while this one was read: that comes first.
            self._leave_and(lambda: self._on_opened(opened))
            return
        self._autosave.begin(opened.review_file, opened.stamp)
        self.opened.emit(opened)
        if saved is not None:
            study = Study(
                radiograph,
                _annotated(saved.opened),
                annotation_files(saved, radiograph.path),
            )
            self._session.open(
                study, saved.review, opened=saved.opened, decisions=saved.decisions
            )
        else:
            first = self._preferences().read_first
            mode = ReadingMode.READ_FIRST if first else ReadingMode.CONCURRENT
            self._session.open(Study(radiograph), Review(mode=mode))
            self._propose(radiograph, opened.annotations)
        for problem in opened.problems:
            self.reported.emit(problem)

    def _on_added(self, added: _Added) -> None:
        study = self._session.study
        if study is None or study.radiograph is not added.radiograph:
            return
        if not added.annotations and not added.problems:
            self.reported.emit("The file says nothing about this radiograph.")
        self._propose(added.radiograph, added.annotations)
        for problem in added.problems:
            self.reported.emit(problem)

    def _propose(
        self, radiograph: Radiograph, annotations: tuple[ImageAnnotations, ...]
    ) -> None:
        if not annotations:
            return
        if needs_asking(annotations, radiograph.size):
            chosen = self._questions.choose_annotations(annotations, radiograph)
        else:
            # Several files that say the same count once.
            first = annotations[0]
            chosen = fitted(first, radiograph.size), (first.path,)
        study = self._session.study
        if chosen is None or study is None or study.radiograph is not radiograph:
            return
        self._session.propose_annotations(*chosen)
        for each in annotations:
            if each.path in chosen[1]:
                for note in each.notes:
                    self.reported.emit(f"{each.path.name}: {note}")

    def _on_failed(self, error: Exception) -> None:
        path, self._reading = self._reading, None
        message = _explained(error)
        if path is None:
            self.reported.emit(message)
            return
        self._autosave.begin(None, None)
        self._session.open(None, Review())
        self.failed.emit(path, message)


def _annotated(opened: Review) -> tuple[Finding, ...]:
    return tuple(
        item.proposed
        for item in opened.items
        if item.source is Source.DENTIST and item.proposed is not None
    )


def _explained(error: Exception) -> str:
    if isinstance(error, DentalViewerError):
        return str(error)
    if isinstance(error, MemoryError):
        return "This computer has too little memory to open the radiograph."
    return f"The radiograph could not be opened: {type(error).__name__}: {error}"
