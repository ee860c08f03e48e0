"""Merges annotation sets off the GUI thread, and can be told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.merge import merge, read_sets
from dentalviewer.curation.merge_writing import (
    WrittenMerge,
    require_new_folder,
    write_merge,
)
from dentalviewer.curation.merged import Choices, Merge
from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.background import Background
from dentalviewer.gui.merge_dialog import MergeDialog


class _Cancelled(Exception):
    pass


class MergeDesk(QObject):
    """`open_requested` gives the merged set that the reader wants to see."""

    open_requested = Signal(Path)
    _progressed = Signal(str, int, int)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: MergeDialog | None = None
        self._merge: Merge | None = None
        self._cancelled = threading.Event()
        self._background = Background("merge", self)
        self._background.answered.connect(self._on_answered)
        self._background.failed.connect(self._on_failed)
        self._progressed.connect(self._on_progressed)

    @property
    def dialog(self) -> MergeDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = MergeDialog(self._window)
            self._dialog.compare_requested.connect(self.compare)
            self._dialog.write_requested.connect(self.write)
            self._dialog.cancel_requested.connect(self._cancelled.set)
            self._dialog.open_requested.connect(self.open_requested)
        return self._dialog

    def open(self) -> None:
        self.dialog.show()
        self.dialog.activateWindow()

    def compare(self, paths: tuple[Path, ...]) -> None:
        destination = self.dialog.sets.destination

        def work() -> Merge:
            if destination is not None:
                require_new_folder(destination, paths)
            return merge(read_sets(paths, tell=self._tell), tell=self._tell)

        self._begin("Reading", work)

    def write(self, choices: Choices, folder: Path, format_name: str) -> None:
        merged = self._merge
        if merged is None:
            return
        self._begin(
            "Writing",
            lambda: write_merge(
                merged, choices, folder, format_name=format_name, tell=self._tell
            ),
        )

    def stop(self) -> None:
        self._cancelled.set()
        self._background.stop()
        if self._dialog is not None:
            self._dialog.stop()

    def _begin(self, what: str, work: Callable[[], object]) -> None:
        self._cancelled.clear()
        self.dialog.show_progress(what, 0, 0)
        self._background.request(work)

    def _tell(self, what: str, done: int, total: int) -> None:
        """On the thread; ends the work once that is asked for."""
        if self._cancelled.is_set():
            raise _Cancelled
        self._progressed.emit(what, done, total)

    def _on_progressed(self, what: str, done: int, total: int) -> None:
        if self._background.busy:
            self.dialog.show_progress(what, done, total)

    def _on_answered(self, answer: Merge | WrittenMerge) -> None:
        if isinstance(answer, Merge):
            self._merge = answer
            self.dialog.show_merge(answer)
        else:
            self.dialog.show_written(answer)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, _Cancelled):
            self.dialog.show_message("Cancelled. Nothing was written.")
        elif isinstance(error, DentalViewerError):
            self.dialog.show_message(str(error))
        else:
            self.dialog.show_message(f"It failed with {error!r}.")
