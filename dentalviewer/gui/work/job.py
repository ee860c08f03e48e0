"""Slow work that a dialog or a bar shows: how far it is, and what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.work.background import Background
from dentalviewer.gui.work.job_dialog import JobDialog

# Of a thousand files a second nobody reads the names.
TELL_SECONDS = 0.04

Tell = Callable[[str, int, int], None]
"""Given what is done, how many of it are done, and how many there are (0: unknown)."""


class _Cancelled(DentalViewerError):
    pass


class Job(QObject):
    """One piece of work at a time; what is begun anew ends what was under way.

    `failed` says why there is no answer, in words for the reader; for work that was
    cancelled these are the words given here.
    """

    progressed = Signal(str, int, int)
    answered = Signal(object)
    failed = Signal(str)
    _began = Signal(bool)
    _told = Signal(object, str, int, int)

    def __init__(self, name: str, parent: QObject, *, cancelled: str = "") -> None:
        super().__init__(parent)
        self._cancelled_words = cancelled
        self._what = ""
        self._ending = threading.Event()
        self._background = Background(name, self, failed=self._on_failed)
        self._background.answered.connect(self.answered)
        self._told.connect(self._on_told)

    @property
    def busy(self) -> bool:
        return self._background.busy

    @property
    def doing(self) -> str:
        """What is under way, as it was called when it was begun; "" if nothing is."""
        return self._what if self.busy else ""

    def show_in(self, dialog: JobDialog) -> None:
        """Have the dialog tell how far it is and what went wrong, and cancel it."""
        self._began.connect(dialog.allow_cancelling)
        self.progressed.connect(dialog.show_progress)
        self.failed.connect(dialog.show_message)
        dialog.cancel_requested.connect(self.cancel)

    def begin(
        self,
        what: str,
        work: Callable[[Tell], object],
        *,
        total: int = 0,
        can_cancel: bool = True,
    ) -> None:
        """Do `work` on the thread; it is given what it tells its progress with.

        Once it is to end, telling raises what ends it, unless it cannot be cancelled.
        """
        self._ending.set()
        ending = self._ending = threading.Event()
        last = 0.0

        def tell(what: str, done: int, total: int) -> None:
            nonlocal last
            if can_cancel and ending.is_set():
                raise _Cancelled
            now = time.monotonic()
            if now - last >= TELL_SECONDS:
                last = now
                # The window may have closed meanwhile, and taken this object with it.
                with suppress(RuntimeError):
                    self._told.emit(ending, what, done, total)

        self._what = what
        self._began.emit(can_cancel)
        self.progressed.emit(what, 0, total)
        self._background.request(lambda: work(tell))

    def cancel(self) -> None:
        """Ask the work to end; `failed` tells once it has taken back what it did."""
        self._ending.set()

    def drop(self) -> None:
        """End the work, and announce nothing more of it."""
        self._ending.set()
        self._background.supersede()

    def stop(self) -> None:
        self._ending.set()
        self._background.stop()

    def _on_told(
        self, ending: threading.Event, what: str, done: int, total: int
    ) -> None:
        if self.busy and ending is self._ending:
            self.progressed.emit(what, done, total)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, _Cancelled):
            self.failed.emit(self._cancelled_words)
        elif isinstance(error, DentalViewerError):
            self.failed.emit(str(error))
        else:
            self.failed.emit(f"It failed with {error!r}.")
