"""Slow work off the GUI thread: values in, values out, late answers dropped.

No failure is lost: whoever asks for work says beforehand what becomes of one, and those
that nobody expected are in the log as well.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import RLock
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.work.reporting_errors import described

_log = logging.getLogger("dentalviewer")


class StillBusy(Exception):
    """What is waited for takes longer than there is patience for."""


class Background(QObject):
    """One long-lived thread that does one thing after another.

    What it raises is given to `failed`, on the GUI thread. Each request carries a
    number. Only the answer to the newest request is announced, so an answer never
    reaches a radiograph that is no longer the one asked about.
    """

    answered = Signal(object)
    _failed = Signal(object)
    _finished = Signal(int, object)

    def __init__(
        self, name: str, parent: QObject, *, failed: Callable[[Exception], object]
    ) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._newest = 0
        self._stopped = False
        self._announcing = RLock()
        self._future: Future[Any] | None = None
        self._failed.connect(failed)
        # Queued though it is this thread: work that is done at once would be announced
        # while it is being asked for, and `finish` would wait for nothing.
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        return self._future is not None

    @property
    def stopped(self) -> bool:
        """Whether nothing can be requested any more, as the window closes."""
        return self._stopped

    def request(self, work: Callable[[], object]) -> None:
        """Do `work` on the thread; whatever was asked for before is superseded."""
        self.supersede()
        number = self._newest
        self._future = self._executor.submit(work)
        self._future.add_done_callback(lambda done: self._announce(number, done))

    def supersede(self) -> None:
        """Drop the pending request; its answer, should it come, is not announced."""
        self._newest += 1
        if self._future is not None:
            self._future.cancel()
            self._future = None

    def finish(self, seconds: float | None = None) -> Any:
        """Block until the work in hand is done, and return its answer or raise its
        error here instead of announcing it. For closing only.

        Raises StillBusy after so many `seconds`; then it is announced as usual.
        """
        future = self._future
        if future is None:
            return None
        if not wait([future], seconds).done:
            raise StillBusy
        self._newest += 1
        self._future = None
        return future.result()

    def stop(self) -> None:
        """End the thread once its work in hand is done, without waiting for that."""
        self.supersede()
        # The object may be gone once this returns: nothing is announced by then.
        with self._announcing:
            self._stopped = True
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _announce(self, number: int, done: Future[Any]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None and not isinstance(error, DentalViewerError):
            _log.error("%s", described(error.__cause__ or error))
        with self._announcing:
            if self._stopped:
                return
            try:
                self._finished.emit(number, done)
            except RuntimeError:
                # The window closed meanwhile and took this object with it.
                return

    @Slot(int, object)
    def _on_finished(self, number: int, done: Future[Any]) -> None:
        if number != self._newest:
            return
        self._future = None
        error = done.exception()
        if error is not None:
            self._failed.emit(error)
        else:
            self.answered.emit(done.result())


def in_words(error: Exception) -> str:
    """For the reader; of what nobody expected its kind, too."""
    if isinstance(error, DentalViewerError):
        return str(error)
    if isinstance(error, MemoryError):
        return "this computer has too little memory"
    return f"{type(error).__name__}: {error}"
