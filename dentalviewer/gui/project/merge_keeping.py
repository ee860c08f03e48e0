"""Decisions on a merge are on disk within a second of each, until it is written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dentalviewer.curation.merge_decisions import (
    BegunMerge,
    begun_merges,
    forget_begun,
    write_begun,
)
from dentalviewer.gui.work.background import Background, StillBusy, in_words

DELAY_MS = 400
PATIENCE_SECONDS = 3.0

_Which = tuple[tuple[Path, ...], int]
"""The sets that are merged, and how many of them must mark what is kept."""

_Pending = Mapping[_Which, BegunMerge | None]
"""The newest state of each merge; None for one to be forgotten."""


class MergeKeeping(QObject):
    """Writes on a thread of its own, the newest state last, and nothing twice at once.

    `found` gives what was begun and not written yet, the newest first.
    """

    found = Signal(tuple)
    failed = Signal(str)
    kept = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._pending: dict[_Which, BegunMerge | None] = {}
        self._in_work: _Pending = {}
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._write)
        self._writer = Background("merge decisions", self, failed=self._on_failed)
        self._writer.answered.connect(lambda _: self.kept.emit())
        self._looker = Background("begun merges", self, failed=self._on_not_found)
        self._looker.answered.connect(self.found)

    def look(self) -> None:
        """See what was begun; `found` follows."""
        folder = self._folder
        self._looker.request(lambda: begun_merges(folder))

    def keep(self, begun: BegunMerge) -> None:
        """One without a decision is forgotten."""
        which = (begun.sets, begun.at_least)
        self._await(which, begun if begun.kept else None)

    def forget(self, sets: tuple[Path, ...], at_least: int) -> None:
        self._await((sets, at_least), None)

    def stop(self) -> None:
        """What is pending is written before this returns, if the disk answers."""
        self._timer.stop()
        try:
            self._writer.finish(PATIENCE_SECONDS)
        except StillBusy:
            pass
        except Exception:
            self._take_back()
        folder, pending = self._folder, self._pending
        if pending and not self._writer.stopped:
            self._writer.request(lambda: _bring_up_to_date(folder, pending))
        # It is in the log; there is nobody left to tell.
        with suppress(Exception):
            self._writer.finish(PATIENCE_SECONDS)
        self._writer.stop()
        self._looker.stop()

    def _await(self, which: _Which, state: BegunMerge | None) -> None:
        self._pending[which] = state
        if not self._timer.isActive():
            self._timer.start()

    def _write(self) -> None:
        if self._writer.busy:
            self._timer.start()
            return
        folder, pending = self._folder, self._pending
        self._pending, self._in_work = {}, pending
        self._writer.request(lambda: _bring_up_to_date(folder, pending))

    def _on_failed(self, error: Exception) -> None:
        self._take_back()
        self.failed.emit(f"Your decisions are not kept. {in_words(error)}")

    def _on_not_found(self, error: Exception) -> None:
        self.failed.emit(
            f"Earlier, unfinished merges cannot be read. {in_words(error)}"
        )

    def _take_back(self) -> None:
        """What could not be written goes with the next decision, or on closing."""
        self._pending = {**self._in_work, **self._pending}


def _bring_up_to_date(folder: Path, pending: _Pending) -> None:
    for (sets, at_least), begun in pending.items():
        if begun is None:
            forget_begun(folder, sets, at_least)
        else:
            write_begun(folder, begun)
