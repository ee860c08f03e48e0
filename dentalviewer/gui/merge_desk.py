"""Merges annotation sets off the GUI thread, and can be told to stop."""

from __future__ import annotations

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
from dentalviewer.gui.job import Job, Tell
from dentalviewer.gui.merge_dialog import MergeDialog


class MergeDesk(QObject):
    """`open_requested` gives the merged set that the reader wants to see."""

    open_requested = Signal(Path)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: MergeDialog | None = None
        self._merge: Merge | None = None
        self._job = Job("merge", self, cancelled="Cancelled. Nothing was written.")
        self._job.answered.connect(self._on_answered)

    @property
    def dialog(self) -> MergeDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = MergeDialog(self._window)
            self._job.show_in(self._dialog)
            self._dialog.compare_requested.connect(self.compare)
            self._dialog.write_requested.connect(self.write)
            self._dialog.open_requested.connect(self.open_requested)
        return self._dialog

    def open(self) -> None:
        self.dialog.bring_up()

    def compare(self, paths: tuple[Path, ...]) -> None:
        destination = self.dialog.sets.destination

        def work(tell: Tell) -> Merge:
            if destination is not None:
                require_new_folder(destination, paths)
            return merge(read_sets(paths, tell=tell), tell=tell)

        self._job.begin("Reading", work)

    def write(self, choices: Choices, folder: Path, format_name: str) -> None:
        merged = self._merge
        if merged is None:
            return
        self._job.begin(
            "Writing",
            lambda tell: write_merge(
                merged, choices, folder, format_name=format_name, tell=tell
            ),
        )

    def stop(self) -> None:
        self._job.stop()
        if self._dialog is not None:
            self._dialog.stop()

    def _on_answered(self, answer: Merge | WrittenMerge) -> None:
        if isinstance(answer, Merge):
            self._merge = answer
            self.dialog.show_merge(answer)
        else:
            self.dialog.show_written(answer)
