"""Writes what was reviewed as a set to train with, off the GUI thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.export_training_command import summary
from dentalviewer.curation.retraining import RetrainingExport, export_for_retraining
from dentalviewer.gui.training.training_export_dialog import (
    ExportPlan,
    TrainingExportDialog,
)
from dentalviewer.gui.work.job import Job

SHOWN_FAILURES = 3


@dataclass(frozen=True, slots=True)
class ExportSource:
    """What the window has open: radiographs, and where their reviews lie otherwise.

    `done` tells how many of the radiographs are known to be reviewed to the end.
    `aliases` are the reader's other names for classes. `save` writes the review in
    hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    reviews: Path
    aliases: Callable[[], Mapping[str, str]]
    save: Callable[[], str | None]
    done: Callable[[], int]


class TrainingExportDesk(QObject):
    """`exported` gives the folder of the set; `train_requested` asks to go on."""

    exported = Signal(Path)
    train_requested = Signal()

    def __init__(self, source: ExportSource, window: QWidget) -> None:
        super().__init__(window)
        self._source = source
        self._window = window
        self._dialog: TrainingExportDialog | None = None
        self._job = Job(
            "export", self, cancelled="Cancelled. Nothing of the set was changed."
        )
        self._job.answered.connect(self._on_exported)

    @property
    def busy(self) -> bool:
        return self._job.busy

    @property
    def dialog(self) -> TrainingExportDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = TrainingExportDialog(self._window)
            self._job.show_in(self._dialog)
            self._dialog.export_requested.connect(self.export)
            self._dialog.train_requested.connect(self._on_train)
        return self._dialog

    def open(self, proposed: Path | None) -> None:
        """Ask where to; `proposed` is where the export before went."""
        if not self.busy:
            radiographs = self._source.radiographs()
            self.dialog.show_radiographs(radiographs, self._source.done())
            if not self.dialog.folder.text():
                beside = _beside(radiographs) / "retraining"
                self.dialog.folder.setText(str(proposed or beside))
            self.dialog.show_message("")
        self.dialog.bring_up()

    def export(self, plan: ExportPlan) -> None:
        radiographs = tuple(self._source.radiographs())
        fault = self._source.save()
        if fault:
            self.dialog.show_message(fault)
            return
        reviews, aliases = self._source.reviews, self._source.aliases()
        self._job.begin(
            "Reading reviews",
            lambda tell: export_for_retraining(
                radiographs,
                plan.folder,
                user_folder=reviews,
                aliases=aliases,
                copy_images=plan.copy_images,
                splitting=plan.splitting,
                progress=tell,
            ),
            total=len(radiographs),
        )

    def stop(self) -> None:
        self._job.stop()

    def _on_exported(self, done: RetrainingExport) -> None:
        failures = list(done.failures[:SHOWN_FAILURES])
        if len(done.failures) > SHOWN_FAILURES:
            failures.append(f"and {len(done.failures) - SHOWN_FAILURES} more")
        lines = [f"Wrote {summary(done)}.", *(f"{note}." for note in done.notes)]
        lines += [f"Could not be read: {failure}" for failure in failures]
        self.dialog.show_exported("\n".join(_capital(line) for line in lines))
        self.exported.emit(done.path)

    def _on_train(self) -> None:
        self.dialog.accept()
        self.train_requested.emit()


def _beside(radiographs: Sequence[Path]) -> Path:
    """The folder that holds the one with all radiographs, so that these stay apart."""
    try:
        common = os.path.commonpath([path.absolute().parent for path in radiographs])
    except ValueError:  # There are none, or they are on several drives of Windows.
        return Path.home()
    return Path(common).parent


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]
