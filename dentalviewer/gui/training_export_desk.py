"""Writes what was reviewed as a set to train with, off the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.export_training_command import summary
from dentalviewer.curation.retraining import RetrainingExport, export_for_retraining
from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.background import Background
from dentalviewer.gui.training_export_dialog import TrainingExportDialog

SHOWN_FAILURES = 3


class _Cancelled(Exception):
    pass


@dataclass(frozen=True, slots=True)
class ExportSource:
    """What the window has open: radiographs, and where their reviews lie otherwise.

    `save` writes the review in hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    reviews: Path
    save: Callable[[], str | None]


class TrainingExportDesk(QObject):
    """`exported` gives the folder of the set; `train_requested` asks to go on."""

    exported = Signal(Path)
    train_requested = Signal()
    _progressed = Signal(str, int, int)

    def __init__(self, source: ExportSource, window: QWidget) -> None:
        super().__init__(window)
        self._source = source
        self._window = window
        self._dialog: TrainingExportDialog | None = None
        self._cancelled = threading.Event()
        self._background = Background("export", self)
        self._background.answered.connect(self._on_exported)
        self._background.failed.connect(self._on_failed)
        self._progressed.connect(self._on_progressed)

    @property
    def busy(self) -> bool:
        return self._background.busy

    @property
    def dialog(self) -> TrainingExportDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = TrainingExportDialog(self._window)
            self._dialog.export_requested.connect(self.export)
            self._dialog.cancel_requested.connect(self._cancelled.set)
            self._dialog.train_requested.connect(self._on_train)
        return self._dialog

    def open(self, proposed: Path | None) -> None:
        """Ask where to; `proposed` is where the export before went."""
        if not self.busy:
            radiographs = self._source.radiographs()
            self.dialog.show_count(len(radiographs))
            if not self.dialog.folder.text():
                beside = radiographs[0].parent.parent if radiographs else Path.home()
                self.dialog.folder.setText(str(proposed or beside / "retraining"))
            self.dialog.show_end("")
        self.dialog.show()
        self.dialog.activateWindow()

    def export(self, folder: Path, copy_images: bool) -> None:
        radiographs = tuple(self._source.radiographs())
        fault = self._source.save()
        if fault:
            self.dialog.show_end(fault)
            return
        self._cancelled.clear()
        self.dialog.show_progress("Reading reviews", 0, len(radiographs))
        self._background.request(
            lambda: export_for_retraining(
                radiographs,
                folder,
                user_folder=self._source.reviews,
                copy_images=copy_images,
                progress=self._progress,
            )
        )

    def stop(self) -> None:
        self._cancelled.set()
        self._background.stop()

    def _progress(self, stage: str, done: int, total: int) -> None:
        """On the thread; ends the export once that is asked for."""
        if self._cancelled.is_set():
            raise _Cancelled
        self._progressed.emit(stage, done, total)

    def _on_progressed(self, stage: str, done: int, total: int) -> None:
        if self.busy:
            self.dialog.show_progress(stage, done, total)

    def _on_exported(self, done: RetrainingExport) -> None:
        failures = list(done.failures[:SHOWN_FAILURES])
        if len(done.failures) > SHOWN_FAILURES:
            failures.append(f"and {len(done.failures) - SHOWN_FAILURES} more")
        lines = [f"Wrote {summary(done)}.", *(f"{note}." for note in done.notes)]
        lines += [f"Could not be read: {failure}" for failure in failures]
        self.dialog.show_end("\n".join(_capital(line) for line in lines), exported=True)
        self.exported.emit(done.path)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, _Cancelled):
            self.dialog.show_end("Cancelled. Nothing of the set was changed.")
        elif isinstance(error, DentalViewerError):
            self.dialog.show_end(str(error))
        else:
            self.dialog.show_end(f"It failed with {error!r}.")

    def _on_train(self) -> None:
        self.dialog.accept()
        self.train_requested.emit()


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]
