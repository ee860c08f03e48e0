"""Writes what was reviewed as a set to train with, off the GUI thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.export_training_command import summary
from dentalviewer.curation.retraining import RetrainingExport, export_for_retraining
from dentalviewer.curation.retraining_files import EarlierExport, earlier_export
from dentalviewer.gui.training.export_source import ExportSource
from dentalviewer.gui.training.training_export_dialog import (
    ExportPlan,
    TrainingExportDialog,
)
from dentalviewer.gui.widgets.proposing import folder_beside
from dentalviewer.gui.work.background import Background
from dentalviewer.gui.work.job import Job
from dentalviewer.phrases import capitalised

SHOWN_FAILURES = 3


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
        self._look = Background("earlier export", self, failed=self._on_no_export)

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
            self._look.answered.connect(self._dialog.show_earlier)
            self._dialog.folder.textChanged.connect(self._look_at_folder)
        return self._dialog

    def open(self, proposed: Path | None) -> None:
        """Ask where to; `proposed` is where the export before went."""
        if not self.busy:
            radiographs = self._source.radiographs()
            self.dialog.show_radiographs(radiographs, self._source.done())
            if not self.dialog.folder.text():
                beside = folder_beside(radiographs) / "retraining"
                self.dialog.folder.setText(str(proposed or beside))
            else:
                self._look_at_folder()
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
        self._look.stop()

    def _look_at_folder(self) -> None:
        """Whether it holds an earlier export, and how that was split."""
        folder = self.dialog.path
        self._look.request(lambda: earlier_export(folder))

    def _on_no_export(self, _error: Exception) -> None:
        """What is wrong with the folder is said once it is to be written to."""
        self.dialog.show_earlier(EarlierExport())

    def _on_exported(self, done: RetrainingExport) -> None:
        failures = list(done.failures[:SHOWN_FAILURES])
        if len(done.failures) > SHOWN_FAILURES:
            failures.append(f"and {len(done.failures) - SHOWN_FAILURES} more")
        lines = [f"Wrote {summary(done)}.", *(f"{note}." for note in done.notes)]
        lines += [f"Could not be read: {failure}" for failure in failures]
        self.dialog.show_exported("\n".join(capitalised(line) for line in lines))
        self.exported.emit(done.path)

    def _on_train(self) -> None:
        self.dialog.accept()
        self.train_requested.emit()
