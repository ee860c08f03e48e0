"""Writes the annotations of what is open, or selected, in a format to be chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from dentalviewer.formats.conversion import Conversion, export_annotations
from dentalviewer.gui.project.export_dialog import ExportDialog, ExportWish
from dentalviewer.gui.widgets.proposing import folder_beside
from dentalviewer.gui.work.job import Job
from dentalviewer.phrases import capitalised

SHOWN = 4


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What is open, with the files that it was opened by, and where its reviews lie
    otherwise; `save` writes the review in hand and returns a fault, if any.
    """

    radiographs: Callable[[], Sequence[Path]]
    annotation_files: Callable[[], Sequence[Path]]
    reviews: Path
    save: Callable[[], str | None]


class ExportDesk(QObject):
    def __init__(self, scope: ExportScope, window: QWidget) -> None:
        super().__init__(window)
        self._scope = scope
        self._window = window
        self._dialog: ExportDialog | None = None
        self._proposed = ""
        self._radiographs = scope.radiographs
        cancelled = "Cancelled. Nothing was written."
        self._job = Job("export of annotations", self, cancelled=cancelled)
        self._job.answered.connect(self._on_exported)

    @property
    def dialog(self) -> ExportDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = ExportDialog(self._window)
            self._job.show_in(self._dialog)
            self._dialog.format.currentIndexChanged.connect(lambda _: self._propose())
            self._dialog.export_requested.connect(self.export)
        return self._dialog

    def open(self) -> None:
        """Of all that is open."""
        self._open(self._scope.radiographs)

    def open_for(self, radiographs: Sequence[Path]) -> None:
        """Of these alone."""
        self._open(lambda: radiographs)

    def _open(self, radiographs: Callable[[], Sequence[Path]]) -> None:
        if not self._job.busy:
            self._radiographs = radiographs
            chosen, known = radiographs(), len(self._scope.radiographs())
            self.dialog.show_radiographs(chosen, known)
            self._propose()
            self.dialog.show_message("")
        self.dialog.bring_up()

    def _propose(self) -> None:
        """Another folder for another project or format, unless the reader has typed
        one: what is exported twice into one would be read twice.
        """
        beside = folder_beside(self._radiographs())
        folder = str(beside / f"export-{self.dialog.format_name}")
        if self.dialog.folder.text() in ("", self._proposed):
            self.dialog.folder.setText(folder)
        self._proposed = folder

    def export(self, wish: ExportWish) -> None:
        radiographs, reviews = tuple(self._radiographs()), self._scope.reviews
        annotation_files = tuple(self._scope.annotation_files())
        fault = self._scope.save()
        if fault:
            self.dialog.show_message(fault)
            return
        self._job.begin(
            "Reading",
            lambda tell: export_annotations(
                radiographs,
                wish.folder,
                format_name=wish.format_name,
                user_folder=reviews,
                annotation_files=annotation_files,
                only_accepted=wish.only_accepted,
                split=wish.split,
                patient_pattern=wish.patient_pattern,
                copy_images=wish.copy_images,
                tell=tell,
            ),
            total=len(radiographs),
        )

    def stop(self) -> None:
        self._job.stop()

    def _on_exported(self, done: Conversion) -> None:
        lines = [f"Wrote {done.in_short}.", *_some(done.notes)]
        lines += [f"Not written: {each}" for each in _some(done.failures)]
        self.dialog.show_exported("\n".join(lines))


def _some(lines: Sequence[str]) -> list[str]:
    """The first ones as sentences, and how many more there are."""
    shown = [f"{capitalised(line)}." for line in lines[:SHOWN]]
    more = len(lines) - SHOWN
    return [*shown, f"And {more} more."] if more > 0 else shown
