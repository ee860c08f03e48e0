"""Takes radiographs in hand, one after another; nothing unsaved is left behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dentalviewer.errors import DentalViewerError, FileError
from dentalviewer.formats.review_file import annotation_files
from dentalviewer.gui.opening.annotation_adding import (
    AnnotationAdding,
    AnnotationQuestions,
)
from dentalviewer.gui.opening.opening import (
    Opened,
    open_radiograph,
    sample_radiographs,
)
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.reviewing.autosave import Autosave
from dentalviewer.gui.reviewing.conflicts import Conflicts
from dentalviewer.gui.reviewing.leaving import Leaving, LeavingQuestions
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background
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
# Of files with one fault; how many the others are is said.
_NAMED = 3


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
    reading = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        autosave: Autosave,
        *,
        preferences: Callable[[], Preferences],
        mode_of: Callable[[Radiograph], ReadingMode],
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
        self._mode_of = mode_of
        self._user_folder = user_folder
        self._current: Path | None = None
        self._reading: Path | None = None
        self._project: tuple[Path, ...] = ()
        self._awaited: _Listed | None = None
        self._left_out: tuple[FileError, ...] = ()
        self._problems: tuple[str, ...] = ()
        self._sifter = Background("sifting", self, failed=self._on_not_sifted)
        self._sifter.answered.connect(self._on_sifted)
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
        return (
            self._sifter.busy
            or self._leaving.under_way
            or self._reader.busy
            or self.annotations.busy
        )

    # Wishes

    def open(self, paths: Iterable[Path]) -> None:
        """Open radiographs and folders, or annotations of the radiograph in hand; with
        none in hand, the radiographs that the annotations are about.

        Only what can be opened takes the place of what is in hand.
        """
        wanted = tuple(paths)
        if wanted:
            self._sifter.request(lambda: sources_of(wanted))

    def open_project(self, file: Path) -> None:
        """Open the radiographs that an annotation file speaks of."""
        sources = Sources(annotation_files=(file.absolute(),))
        self._leave(lambda: self._list(lambda: sources))

    def open_samples(self) -> None:
        folder = self._user_folder
        self._leave(lambda: self._list(lambda: Sources(sample_radiographs(folder))))

    def open_radiograph(self, path: Path) -> None:
        """Open one radiograph of those that are listed."""
        self._leave(lambda: self._read(path))

    def reopen(self) -> None:
        """Read radiograph and review from the disk again."""
        path = self._current
        if path is not None:
            self._leave(lambda: self._read(path))

    def stay(self) -> None:
        """With the radiograph in hand, if another was wished and it is not left yet."""
        self._sifter.supersede()
        self._leaving.stay()

    def stop(self) -> None:
        self._sifter.stop()
        self._reader.stop()
        self.annotations.stop()
        self.conflicts.stop()

    def _leave(self, wish: Callable[[], object]) -> None:
        self._sifter.supersede()
        self._leaving.then(wish)

    # Reading

    def _list(
        self, find: Callable[[], Sources], left_out: tuple[FileError, ...] = ()
    ) -> None:
        """What can be found at once is shown; the rest is left to the worklist.

        What was `left_out` is told along with the fault if nothing can be shown.
        """
        reviews = self._user_folder / "reviews"

        def listed() -> _Listed:
            sources = find()
            return _Listed(
                list_radiographs(sources, reviews=reviews, seconds=_LIST_SECONDS),
                sources,
            )

        self._reading = self._awaited = None
        self._left_out = left_out
        self.reading.emit("Looking for radiographs …")
        self.annotations.drop()
        self._reader.request(listed)

    def _read(self, path: Path) -> None:
        self._current = self._reading = path
        self._awaited = None
        self.annotations.drop()
        self.opening.emit(path)
        self._request(path, self._project)

    def _request(self, path: Path, project: tuple[Path, ...]) -> None:
        aliases, folder = self._preferences().aliases, self._user_folder
        self.reading.emit(f"Opening {path.name} …")
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

    def _on_sifted(self, sources: Sources) -> None:
        problems = _left_out(sources.left_out)
        if sources.paths or (sources.annotation_files and not self._session.study):
            self._leaving.then(lambda: self._list(lambda: sources, sources.left_out))
            return
        if sources.annotation_files:
            self.annotations.add(sources.annotation_files)
        for problem in problems:
            self.reported.emit(problem)

    def _on_not_sifted(self, error: Exception) -> None:
        self.reported.emit(_explained(error))

    def _on_listed(self, listed: _Listed) -> None:
        paths = tuple(listed.listing.found)
        if not paths:
            self._take_up_again()
            sources = listed.sources
            problems = (*_left_out(sources.left_out), *listed.listing.problems)
            self.reported.emit(_in_one_message(_nothing_in(sources), *problems))
        elif len(paths) == 1:
            # Nothing is given up for one that may be damaged.
            self._awaited = listed
            self._request(paths[0], listed.sources.annotation_files)
        else:
            self._take_over(listed)
            self._read(paths[0])

    def _take_over(self, listed: _Listed) -> None:
        """What was listed is what is open; what is wrong with it is said once the first
        radiograph is in sight.
        """
        self._project = listed.sources.annotation_files
        left_out = _left_out(listed.sources.left_out)
        self._problems = (*left_out, *listed.listing.problems)
        self.listed.emit(listed.listing, listed.sources)

    def _on_opened(self, opened: Opened) -> None:
        radiograph, saved = opened.radiograph, opened.saved
        if self._leaving.needed:
            # Something was decided while this one was read: that comes first.
            self._leaving.then(lambda: self._on_opened(opened))
            return
        awaited, self._awaited = self._awaited, None
        if awaited is not None:
            self._take_over(awaited)
            self._current = radiograph.path
            self.opening.emit(radiograph.path)
        self._autosave.begin(opened.review_file, opened.stamp)
        self.conflicts.begin(opened.unread)
        self.opened.emit(opened)
        if saved is not None:
            study = Study(
                radiograph,
                _annotated(saved.opened),
                annotation_files(saved, radiograph.path),
            )
            earlier = opened.of_another_picture
            # What a detector said of another picture holds of nothing here.
            review = saved.review.propose(None) if earlier else saved.review
            self._session.open(
                study,
                review,
                opened=saved.opened,
                decisions=saved.decisions,
                reviewed=earlier,
            )
        else:
            review = Review(mode=self._mode_of(radiograph))
            self._session.open(Study(radiograph), review)
            self.annotations.propose(radiograph, opened.annotations)
        self._report(opened.problems)
        self.conflicts.tell_of_reopened()

    def _report(self, problems: tuple[str, ...]) -> None:
        """After those of the listing, which are said once."""
        listed, self._problems = self._problems, ()
        for problem in (*listed, *problems):
            self.reported.emit(problem)

    def _on_stayed(self) -> None:
        """With the radiograph in hand; no other that is being read is opened."""
        self._reader.supersede()
        self._reading = self._awaited = None
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
            awaited, self._awaited = self._awaited, None
            self._take_up_again()
            listing = () if awaited is None else awaited.listing.problems
            self.reported.emit(_with_left_out(error, self._left_out, listing))
            return
        self._autosave.begin(None, None)
        self._session.open(None, Review())
        self.failed.emit(path, message)
        self._report(())


def _annotated(opened: Review) -> tuple[Finding, ...]:
    return tuple(
        item.proposed
        for item in opened.items
        if item.source is Source.DENTIST and item.proposed is not None
    )


def _left_out(faults: Sequence[FileError]) -> tuple[str, ...]:
    """One message, whatever their number; those with the same fault together."""
    if len(faults) < 2:
        return tuple(map(str, faults))
    alike: dict[str, list[str]] = defaultdict(list)
    for each in faults:
        alike[each.fault].append(each.path.name)
    told = "; ".join(f"{_some(names)}: {fault}" for fault, names in alike.items())
    return (f"{len(faults)} files cannot be opened. {told}",)


def _with_left_out(
    error: Exception, left_out: Sequence[FileError], others: Sequence[str]
) -> str:
    """Why nothing could be shown, and what else is wrong with what was opened."""
    if isinstance(error, FileError):
        return _in_one_message(*_left_out((*left_out, error)), *others)
    return _in_one_message(_explained(error), *_left_out(left_out), *others)


def _nothing_in(sources: Sources) -> str:
    others = (*sources.annotation_files, *sources.left_out)
    one = len(sources.paths) == 1 and not others
    where = "in this folder" if one else "in what was opened"
    return f"There is no radiograph {where}."


def _in_one_message(*problems: str) -> str:
    """One sentence after another; faults of files come without a full stop."""
    *before, last = problems
    return " ".join([*(f"{each.removesuffix('.')}." for each in before), last])


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _explained(error: Exception) -> str:
    if isinstance(error, DentalViewerError):
        return str(error)
    if isinstance(error, MemoryError):
        return "This computer has too little memory to open the radiograph."
    return f"The radiograph could not be opened: {type(error).__name__}: {error}"
