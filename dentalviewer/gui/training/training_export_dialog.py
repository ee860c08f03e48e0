"""Asks where reviewed radiographs go as a set to train with, and shows what went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.retraining_files import EarlierExport
from dentalviewer.curation.splitting import Splitting, enough_radiographs
from dentalviewer.evaluation.comparison import ENOUGH_TO_COMPARE
from dentalviewer.gui.training.split_fields import THREE_WAY
from dentalviewer.gui.widgets.explaining import explained, label_of
from dentalviewer.gui.widgets.folder_field import FolderField
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.widgets.patients_field import PatientsField
from dentalviewer.gui.work.job_dialog import JobDialog

WHAT = (
    "Exports every finding that was accepted, corrected or added, with who decided and"
    " when, from radiographs that were fully reviewed and have not changed since,"
    " including those without findings."
    " About a fifth is held out for judging detectors. Radiographs of one patient stay"
    " together, and what an earlier export to the same folder held out stays held out;"
    " what named the patient there still does, unless you type something else."
)
KEPT = (
    "That half is not used to choose the best epoch or the thresholds. Worthwhile from"
    " about {enough} reviewed radiographs on, which leave {needed} for comparing."
)


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """Where to, whether with copies of the radiographs, and how it is split."""

    folder: Path
    copy_images: bool
    splitting: Splitting


class TrainingExportDialog(JobDialog):
    """Stays open until all is written, and tells what was."""

    export_requested = Signal(ExportPlan)
    train_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Export for retraining", parent)
        self.take_size(640, 400)
        self._count = QLabel()
        self._place = FolderField("Export for retraining", "C&hoose…")
        self.folder = self._place.edit
        self.folder.setAccessibleName("Folder to write the set to")
        self.copy = QRadioButton("&copied into it")
        self.refer = QRadioButton("&referenced in place")
        self.copy.setChecked(True)
        self.patients = PatientsField()
        self.three_way = QCheckBox(THREE_WAY)
        self._may_propose = True
        self._are_many = False
        self._earlier = EarlierExport()
        self._exported = False
        self.export = QPushButton("&Export")
        self.train = QPushButton("&Train further with it…")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self._count)
        layout.addWidget(muted(WHAT))
        layout.addLayout(self._form())
        layout.addStretch(1)
        layout.addLayout(self.build_foot([], [self.train, self.export]))
        self.export.setDefault(True)
        self.folder.textChanged.connect(self._update)
        self.patients.changed.connect(self._update)
        self.three_way.clicked.connect(self._on_three_way_chosen)
        self.export.clicked.connect(lambda: self.export_requested.emit(self.plan))
        self.train.clicked.connect(self.train_requested)
        self._update()

    @property
    def path(self) -> Path:
        return self._place.path

    @property
    def plan(self) -> ExportPlan:
        """As filled in."""
        splitting = Splitting(
            patient_pattern=self.patients.pattern, three_way=self.three_way.isChecked()
        )
        return ExportPlan(self.path, self.copy.isChecked(), splitting)

    def show_radiographs(self, radiographs: Sequence[Path], done: int) -> None:
        """Those that are open, and how many of them are done. Where there are enough,
        keeping some for comparing is proposed, until the reader has chosen.
        """
        count = len(radiographs)
        self._count.setText(told_of_open(count, done))
        self.patients.show_radiographs(radiographs)
        self._are_many = count >= enough_radiographs()
        self._propose_split()

    def show_earlier(self, earlier: EarlierExport) -> None:
        """How the set in the folder was split is proposed, until the reader has typed
        or chosen something else.
        """
        before, self._earlier = self._earlier, earlier
        if self.patients.text == _pattern_of(before):
            self.patients.edit.setText(_pattern_of(earlier))
        self._propose_split()

    def show_message(self, message: str) -> None:
        self._exported = False
        super().show_message(message)

    def show_exported(self, words: str) -> None:
        """There is a set now that a detector can be trained with."""
        self.show_message(words)
        self.written.show_folder(self.path)
        self._exported = True
        self._update()

    def _update(self) -> None:
        super()._update()
        for widget in (
            self._place, self.copy, self.refer,
            self.patients, self.three_way,
        ):  # fmt: skip
            widget.setEnabled(not self._busy)
        whole = self._place.is_filled and not self.patients.fault
        self.export.setEnabled(whole and not self._busy)
        self.train.setVisible(self._exported and not self._busy)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(label_of(self.folder, "&Folder"), self._place)
        form.addRow("Radiographs are", self.copy)
        form.addRow("", self.refer)
        form.addRow(label_of(self.patients.edit, "&Patients"), self.patients)
        words = KEPT.format(enough=enough_radiographs(), needed=ENOUGH_TO_COMPARE)
        form.addRow("Split", explained(self.three_way, muted(words)))
        return form

    def _propose_split(self) -> None:
        if self._may_propose:
            self.three_way.setChecked(self._are_many or self._earlier.three_way)

    def _on_three_way_chosen(self) -> None:
        self._may_propose = False


def _pattern_of(earlier: EarlierExport) -> str:
    return earlier.pattern.text if earlier.pattern else ""


def told_of_open(count: int, done: int) -> str:
    """How much there is, and of how much the review is done.

    Less goes into the set where pictures have changed since, which is only seen by
    reading them all.
    """
    if count == 1:
        stands = "its review is done" if done else "not done yet"
        return f"1 radiograph is open, and {stands}."
    finished = f"{done:,}" if done else "none"
    opened = f"{count:,} radiographs are open"
    return f"{opened}, {finished} of them with a review that is done."
