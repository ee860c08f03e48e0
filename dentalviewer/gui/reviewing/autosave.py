"""The review is on disk within a second of each edit, or the reader knows why not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dentalviewer.errors import ReviewConflictError
from dentalviewer.formats.review_file import (
    FileStamp,
    SavedReview,
    set_aside,
    write_review,
)
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, StillBusy, in_words

DELAY_MS = 400
# A full disk or a lost network drive may come back.
RETRY_MS = 5000
# Longer than a slow network drive takes, and no longer than a window may stand still.
PATIENCE_SECONDS = 3.0
_SILENT = "it is still being saved; its folder does not answer"
_CHANGED = "somebody else has changed the saved review"


class Autosave(QObject):
    """Writes on a thread of its own, the newest state last.

    One message per run of failures, taken back with `recovered` when they are over.
    After a conflict nothing is written any more until it is resolved, for the other
    version must not be lost. `conflicted` follows unless somebody waits for `settled`.
    """

    saved = Signal()
    failed = Signal(str)
    recovered = Signal(str)
    settled = Signal(str)
    conflicted = Signal()

    def __init__(
        self,
        session: ReviewSession,
        snapshot: Callable[[], SavedReview],
        parent: QObject | None = None,
        *,
        retry_ms: int = RETRY_MS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        super().__init__(parent)
        self._snapshot = snapshot
        self._retry_ms = retry_ms
        self._patience_seconds = patience_seconds
        self._path: Path | None = None
        self._stamp: FileStamp | None = None
        self._pending = False
        self._conflict = False
        self._told = ""
        self._settling = False
        self._awaited = False
        self._fault = ""
        self._writer = Background("autosave", self, failed=self._on_writing_failed)
        self._writer.answered.connect(self._on_written)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._write)
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._on_out_of_patience)
        session.edited.connect(self._on_edited)

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def stamp(self) -> FileStamp | None:
        """Of the file as it was last read or written here."""
        return self._stamp

    @property
    def in_conflict(self) -> bool:
        """Whether somebody else has saved another version."""
        return self._conflict

    @property
    def unsaved(self) -> bool:
        """Whether the newest state is not yet on disk."""
        return self._pending or self._writer.busy

    @property
    def failing(self) -> bool:
        """Whether the last attempt to save failed."""
        return bool(self._fault)

    def begin(self, path: Path | None, stamp: FileStamp | None) -> None:
        """Save to another file from now on. Settle first: what is pending is lost."""
        self._timer.stop()
        self._writer.supersede()
        self._patience.stop()
        self._path, self._stamp = path, stamp
        self._pending = self._conflict = self._settling = False
        self._fault = self._told = ""

    def give_up(self) -> None:
        """What is pending is not wanted any more, and nothing further is saved."""
        self._take_back_fault()
        self.begin(None, None)

    def declare_conflict(self) -> None:
        """Somebody else has saved another version, though nothing is pending here."""
        self._on_failed(ReviewConflictError(self._path or Path(), _CHANGED))
        self._tell_of_conflict()

    def overwrite(self) -> str | None:
        """Save over another version, which is kept under another name. Returns the
        fault if that was not possible.
        """
        path = self._path
        if path is None:
            return None
        saved = self._snapshot()
        self._conflict = self._pending = False
        # Why this may fail in its turn is news.
        self._take_back_fault()
        self._writer.request(lambda: _written_over(path, saved))
        return self.flush()

    def settle(self) -> None:
        """Write what is pending now rather than soon, without waiting for it.

        `settled` follows with the fault, which may be that its folder does not answer;
        with "" once the newest state is on disk.
        """
        self._timer.stop()
        self._settling = True
        self._patience.start(round(self._patience_seconds * 1000))
        if not self._writer.busy:
            self._go_on_settling()

    def flush(self) -> str | None:
        """Write what is pending and wait for that, but not for a drive that is lost.
        Returns the fault if it is not on disk.
        """
        self._timer.stop()
        end = time.monotonic() + self._patience_seconds
        while self._path is not None and self.unsaved:
            if not self._writer.busy:
                self._begin_writing(self._path)
            try:
                stamp = self._writer.finish(max(end - time.monotonic(), 0.0))
            except StillBusy:
                if self._pending:
                    self._timer.start(DELAY_MS)
                return f"{self._path}: {_SILENT}"
            except Exception as error:
                # Who stays after all wants it to be tried again.
                self._on_failed(error)
                return self._fault
            self._on_written(stamp)
        return None

    def stop(self) -> None:
        self._timer.stop()
        self._patience.stop()
        self._writer.stop()

    def _on_edited(self) -> None:
        if self._path is None:
            return
        self._pending = True
        # Not restarted by further edits: a second after the first all are on disk.
        if not self._timer.isActive():
            self._timer.start(DELAY_MS)

    def _go_on_settling(self) -> None:
        if self._pending and self._path is not None and not self._conflict:
            self._write()
        else:
            self._end_settling()

    def _end_settling(self) -> None:
        self._settling = False
        self._patience.stop()
        self.settled.emit(self._fault if self._pending else "")

    def _on_out_of_patience(self) -> None:
        self._settling = False
        if self._pending:
            self._timer.start(DELAY_MS)
        self.settled.emit(f"{self._path}: {_SILENT}")

    def _write(self) -> None:
        if self._path is None or self._conflict:
            return
        if self._writer.busy:
            self._timer.start(DELAY_MS)
            return
        self._begin_writing(self._path)

    def _begin_writing(self, path: Path) -> None:
        saved, stamp = self._snapshot(), self._stamp
        self._pending = False
        self._writer.request(lambda: write_review(path, saved, last=stamp))

    def _on_written(self, stamp: FileStamp) -> None:
        self._stamp = stamp
        self._take_back_fault()
        self.saved.emit()
        if self._settling:
            self._go_on_settling()

    def _take_back_fault(self) -> None:
        told, self._told = self._told, ""
        self._fault = ""
        if told:
            self.recovered.emit(told)

    def _tell_of_conflict(self) -> None:
        if self._conflict and not self._awaited:
            self.conflicted.emit()

    def _on_writing_failed(self, error: Exception) -> None:
        self._on_failed(error)
        self._tell_of_conflict()

    def _on_failed(self, error: Exception) -> None:
        self._pending = True
        self._conflict = isinstance(error, ReviewConflictError)
        self._fault = in_words(error)
        if not self._told:
            self._told = f"The review is not saved. {self._fault}"
            self.failed.emit(self._told)
        self._awaited = self._settling
        if self._settling:
            self._end_settling()
        if not self._conflict:
            self._timer.start(self._retry_ms)


def _written_over(path: Path, saved: SavedReview) -> FileStamp:
    """What is there is kept under another name. Raises ReviewConflictError if it cannot
    be, or ReviewFileError.
    """
    try:
        if path.exists():
            set_aside(path, "replaced")
    except OSError as error:
        raise ReviewConflictError(
            path, f"cannot be renamed: {error.strerror}"
        ) from error
    return write_review(path, saved, last=None)
