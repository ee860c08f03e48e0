"""Asks which annotations go where, and in which format; shows what went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.formats import FORMATS
from dentalviewer.gui.widgets.explaining import explained, label_of
from dentalviewer.gui.widgets.folder_field import FolderField
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.widgets.patients_field import PatientsField
from dentalviewer.gui.work.job_dialog import JobDialog
from dentalviewer.patients import PatientPattern

TITLE = "Export annotations"
HELD_OUT = 0.2
_ACCEPTED = (
    "Radiographs that are not done are left out and counted; otherwise what nobody has"
    " marked there yet would pass for healthy."
)
_SPLIT = "Keeps each known patient together; the same ones are held out next time."


@dataclass(frozen=True, slots=True)
class ExportWish:
    """Which annotations, in which of FORMATS, and where to."""

    only_accepted: bool
    format_name: str
    folder: Path
    copy_images: bool
    split: float | None
    patient_pattern: PatientPattern | None


class ExportDialog(JobDialog):
    """Stays open until all is written, and tells what was."""

    export_requested = Signal(ExportWish)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(TITLE, parent)
        self.take_size(620, 420)
        self._count = QLabel()
        self.reviewed = QRadioButton(
            "what was &accepted, corrected or drawn in reviews"
        )
        self.as_they_are = QRadioButton("&what the annotation files say")
        self.format = QComboBox()
        for key, each in FORMATS.items():
            self.format.addItem(each.name, key)
        self._place = FolderField(TITLE, "Ch&oose…")
        self.folder = self._place.edit
        self.copy = QRadioButton("&copied into it")
        self.refer = QRadioButton("&referenced in place")
        self.split = QCheckBox("&Hold out a fifth of them for validation")
        self.patients = PatientsField()
        self.reviewed.setChecked(True)
        self.copy.setChecked(True)
        self._export = QPushButton("&Export")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self._count)
        self._form_rows = self._form()
        layout.addLayout(self._form_rows)
        layout.addStretch(1)
        layout.addLayout(self.build_foot([], [self._export]))
        self._export.setDefault(True)
        self._export.clicked.connect(lambda: self.export_requested.emit(self.wish))
        self.folder.textChanged.connect(self._update)
        self.split.toggled.connect(self._update)
        self.patients.changed.connect(self._update)
        self._update()

    @property
    def path(self) -> Path:
        return self._place.path

    @property
    def format_name(self) -> str:
        return str(self.format.currentData())

    @property
    def wish(self) -> ExportWish:
        """As filled in."""
        return ExportWish(
            self.reviewed.isChecked(),
            self.format_name,
            self.path,
            self.copy.isChecked(),
            HELD_OUT if self.split.isChecked() else None,
            self.patients.pattern,
        )

    def show_radiographs(self, radiographs: Sequence[Path], known: int) -> None:
        """Those that are exported, of so many that are open."""
        self.patients.show_radiographs(radiographs)
        count = len(radiographs)
        counted = "1 radiograph is" if count == 1 else f"{count:,} radiographs are"
        words = f"{counted} open."
        if count < known:
            words = f"{counted} selected, of {known:,} that are open."
        self._count.setText(words)

    def show_exported(self, words: str) -> None:
        self.show_message(words)
        self.written.show_folder(self.path)

    def _update(self) -> None:
        super()._update()
        for widget in (
            self.reviewed, self.as_they_are, self.format, self._place, self.copy,
            self.refer, self.split,
        ):  # fmt: skip
            widget.setEnabled(not self._busy)
        # Without a split nobody need be kept together.
        self._form_rows.setRowVisible(self.patients, self.split.isChecked())
        self.patients.setEnabled(not self._busy)
        fault = self.split.isChecked() and self.patients.fault
        self._export.setEnabled(self._place.is_filled and not fault and not self._busy)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        # Each pair of buttons is a question of its own.
        self._groups = [QButtonGroup(self), QButtonGroup(self)]
        for group, buttons in zip(
            self._groups,
            ((self.reviewed, self.as_they_are), (self.copy, self.refer)),
            strict=True,
        ):
            for button in buttons:
                group.addButton(button)
        form.addRow("Findings", explained(self.reviewed, muted(_ACCEPTED)))
        form.addRow("", self.as_they_are)
        form.addRow(label_of(self.format, "Forma&t"), self.format)
        form.addRow(label_of(self.folder, "&Folder"), self._place)
        form.addRow("Radiographs are", self.copy)
        form.addRow("", self.refer)
        form.addRow("Split", explained(self.split, muted(_SPLIT)))
        form.addRow(label_of(self.patients.edit, "&Patients"), self.patients)
        return form
