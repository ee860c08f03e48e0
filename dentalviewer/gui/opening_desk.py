"""Takes radiographs in hand, one after another; nothing unsaved is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dentalviewer.errors import DentalViewerError
from dentalviewer.formats.review_file import annotation_files
from dentalviewer.gui.annotation_adding import AnnotationAdding, AnnotationQuestions
from dentalviewer.gui.autosave import Autosave
from dentalviewer.gui.background import Background
from dentalviewer.gui.conflicts import Conflicts
from dentalviewer.gui.leaving import Leaving, LeavingQuestions
from dentalviewer.gui.opening import (
    Opened,
    open_radiograph,
    sample_radiographs,
)
from dentalviewer.gui.preferences import Preferences
from dentalviewer.gui.session import ReviewSession
from dentalviewer.review import ReadingMode, Review, Source
from dentalviewer.study import Finding, Study
from dentalviewer.worklist.listing import (
    Listing,
    Sources,
    list_radiographs,
    sources_of,
)

_LIST_SECONDS = 0.3


class Questions(AnnotationQuestions, LeavingQuestions, Protocol):
    """What only the reader can answer. The window asks in dialogs."""


@dataclass(frozen=True)
class _Listed:
    listing: Listing
    sources: Sources


class OpeningDesk(QObject):
    """Reads off the GUI thread; what was wished last is what is opened.

    `annotations` are added to what is open; `conflicts` are those of its review.
    """

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
        self.conflicts = Conflicts(session, autosave, questions, self)
        self.conflicts.reopen_wanted.connect(self.reopen)
        self.conflicts.reported.connect(self.reported)
        self.conflicts.told.connect(self.told)
        self._leaving = Leaving(session, autosave, self.conflicts, questions, self)
        self._leaving.stayed.connect(self._on_stayed)
        self.annotations = AnnotationAdding(
            session, preferences, questions, lambda: self.busy, self
        )
        self.annotations.reported.connect(self.reported)
        self._preferences = preferences
        self._user_folder = user_folder
        self._current: Path | None = None
        self._reading: Path | None = None
        self._project: tuple[Path, ...] = ()
        self._reader = Background("opening", self, failed=self._on_failed)
        self._reader.answered.connect(self._on_answered)

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
        return self._leaving.under_way or self._reader.busy or self.annotations.busy

    # Wishes

    def open(self, paths: Iterable[Path]) -> None:
        """Open radiographs, folders and annotation files in any mix: list the
        radiographs in them and those that are spoken of, show the first.
        """
        sources = sources_of(paths)
        self._leaving.then(lambda: self._list(lambda: sources))

    def open_samples(self) -> None:
        folder = self._user_folder
        self._leaving.then(
            lambda: self._list(lambda: Sources(sample_radiographs(folder)))
        )

    def open_radiograph(self, path: Path) -> None:
        """Open one radiograph of those that are listed."""
        self._leaving.then(lambda: self._read(path))

    def reopen(self) -> None:
        """Read radiograph and review from the disk again."""
        path = self._current
        if path is not None:
            self._leaving.then(lambda: self._read(path))

    def stay(self) -> None:
        """With the radiograph in hand, if another was wished and it is not left yet."""
        self._leaving.stay()

    def stop(self) -> None:
        self._reader.stop()
        self.annotations.stop()
        self.conflicts.stop()

    # Reading

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
        self.annotations.drop()
        self._reader.request(listed)

    def _read(self, path: Path) -> None:
        self._current = self._reading = path
        self.annotations.drop()
        self.opening.emit(path)
        aliases, folder = self._preferences().aliases, self._user_folder
        project = self._project
        self._reader.request(
            lambda: open_radiograph(
                path, aliases=aliases, user_folder=folder, annotation_files=project
            )
        )

    # Answers

    def _on_answered(self, answer: _Listed | Opened) -> None:
        if isinstance(answer, _Listed):
            self._on_listed(answer)
        else:
            self._on_opened(answer)

    def _on_listed(self, listed: _Listed) -> None:
        paths = tuple(listed.listing.found)
        if not paths:
            self._take_up_again()
            self.reported.emit("There is no radiograph in this folder.")
            return
        self._project = listed.sources.annotation_files
        self.listed.emit(listed.listing, listed.sources)
        self._read(paths[0])
        for problem in listed.listing.problems:
            self.reported.emit(problem)

    def _on_opened(self, opened: Opened) -> None:
        radiograph, saved = opened.radiograph, opened.saved
        if self._leaving.needed:
            # Something was decided while this one was read: that comes first.
            self._leaving.then(lambda: self._on_opened(opened))
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
            self.annotations.propose(radiograph, opened.annotations)
        for problem in opened.problems:
            self.reported.emit(problem)

    def _on_stayed(self) -> None:
        """With the radiograph in hand; no other that is being read is opened."""
        self._reader.supersede()
        self._reading = None
        if self._session.study is not None:
            self._current = self._session.study.radiograph.path
        self.stayed.emit()

    def _take_up_again(self) -> None:
        """There is nothing to go on to. Of a review that was dropped to leave it, what
        is saved is shown instead, for nothing would be saved of this one.
        """
        if self._session.study is not None and self._autosave.path is None:
            self.reopen()

    def _on_failed(self, error: Exception) -> None:
        if self._reading is not None and self._leaving.needed:
            self._leaving.then(lambda: self._on_failed(error))
            return
        path, self._reading = self._reading, None
        message = _explained(error)
        if path is None:
            self._take_up_again()
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
