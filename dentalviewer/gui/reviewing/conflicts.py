"""When somebody else saved the review in hand: whose is kept is the reader's choice."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dentalviewer.errors import FileError
from dentalviewer.formats.review_file import (
    FileStamp,
    SavedReview,
    read_review,
    stamp_of,
)
from dentalviewer.gui.reviewing.autosave import Autosave
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, in_words

# What a review tells that no decision is logged of.
_UNLOGGED = ("patient", "note", "tooth_words")


class Resolution(Enum):
    """THEIRS reads the saved review; MINE saves over it and keeps theirs under another
    name; COPY saves mine under another name and reads theirs; LATER saves nothing.
    """

    THEIRS = auto()
    MINE = auto()
    COPY = auto()
    LATER = auto()


class ConflictQuestions(Protocol):
    def resolve_conflict(self, review_file: Path, unread: str) -> Resolution:
        """`unread` says why the other one could not be read, if it was there before."""
        ...

    def save_copy(self) -> bool:
        """Whether the review in hand was saved where the reader says."""
        ...


class Conflicts(QObject):
    """`reopen_wanted` asks for the radiograph and its review to be read again."""

    reopen_wanted = Signal()
    reported = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        autosave: Autosave,
        questions: ConflictQuestions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._autosave = autosave
        self._questions = questions
        self._asking = False
        self._reopened: Path | None = None
        self._unread = ""
        self._looker = Background("conflicts", self, failed=self._on_failed)
        self._looker.answered.connect(self._on_looked)
        autosave.conflicted.connect(self._on_conflicted)

    def begin(self, unread: str) -> None:
        """Of another review now; `unread` says why the saved one could not be read, if
        it was left untouched.
        """
        self._unread = unread

    def resolve(self) -> bool:
        """Ask whose review is kept and do so. Whether nothing unsaved is left."""
        path = self._autosave.path
        if path is None or self._asking:
            return False
        self._asking = True
        try:
            return self._do(self._asked(path), path)
        finally:
            self._asking = False

    def look(self) -> None:
        """See whether the review file is still as it was read or written here."""
        path, stamp = self._autosave.path, self._autosave.stamp
        if path is None or self._autosave.unsaved or self._autosave.in_conflict:
            return
        self._looker.request(lambda: (path, stamp, *_present(path)))

    def tell_of_reopened(self) -> None:
        """Only now: what is opened takes away what was said before it. No news, which
        another message would take away, such as that another window has it open.
        """
        reopened, self._reopened = self._reopened, None
        if reopened is not None and reopened == self._autosave.path:
            self.reported.emit(
                "Somebody else has changed this review; it is shown as it is now."
            )

    def stop(self) -> None:
        self._looker.stop()

    def _asked(self, path: Path) -> Resolution:
        return self._questions.resolve_conflict(path, self._unread)

    def _do(self, resolution: Resolution, path: Path) -> bool:
        if resolution is Resolution.MINE:
            fault = self._autosave.overwrite()
            if not fault:
                self.told.emit(
                    f"Saved. The other version is kept beside {path.name},"
                    " with the ending .replaced."
                )
            return not fault
        if resolution is Resolution.COPY and not self._questions.save_copy():
            return False
        if resolution is Resolution.LATER:
            return False
        self._autosave.give_up()
        return True

    def _on_conflicted(self) -> None:
        if self._autosave.in_conflict and self.resolve() and not self._autosave.path:
            self.reopen_wanted.emit()

    def _on_looked(
        self,
        answer: tuple[Path, FileStamp | None, FileStamp | None, SavedReview | None],
    ) -> None:
        path, asked, found, theirs = answer
        autosave = self._autosave
        if path != autosave.path or asked != autosave.stamp or autosave.unsaved:
            return  # Written here meanwhile; the writer takes care itself.
        if found is None or (asked is not None and found.sha256 == asked.sha256):
            return
        if self._session.touched and not (theirs and self._goes_on_in(theirs)):
            autosave.declare_conflict()
            return
        # Until it is read, what is decided here is still to be saved, or asked about.
        self._reopened = path
        self.reopen_wanted.emit()

    def _goes_on_in(self, theirs: SavedReview) -> bool:
        """Whether it has all that was said here, and what others said after that: then
        nothing is lost, and there is nothing to choose.
        """
        mine, logged = self._session.review, self._session.decisions
        return theirs.decisions[: len(logged)] == logged and all(
            getattr(theirs.review, told) == getattr(mine, told) for told in _UNLOGGED
        )

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(
            "Could not check whether somebody else has changed the review."
            f" {in_words(error)}"
        )


def _present(path: Path) -> tuple[FileStamp | None, SavedReview | None]:
    """None if there is no file, or none that can be read; no review if it is none."""
    try:
        saved, stamp = read_review(path)
    except FileError:
        return _stamp_of(path), None
    return stamp, saved


def _stamp_of(path: Path) -> FileStamp | None:
    try:
        return stamp_of(path)
    except FileError:
        return None
