"""Asks where reviewed radiographs go as a set to train with, and shows what went."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.parts import muted

WHAT = (
    "Written is what was accepted, corrected or added, with who decided it and when, of"
    " radiographs that were reviewed to the end; those without findings, too."
    " A fifth is held out to judge detectors by. Radiographs of one patient stay"
    " together, and what an earlier export to the same folder held out stays held out."
)


class TrainingExportDialog(QDialog):
    """Announces where to; stays open until all is written."""

    export_requested = Signal(Path, bool)
    cancel_requested = Signal()
    train_requested = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export for retraining")
        self.resize(640, 400)
        self._count = QLabel()
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder to write the set to")
        self.copy = QRadioButton("&copied into it")
        self.refer = QRadioButton("&named where they lie")
        self.copy.setChecked(True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(6)
        self.state = muted()
        self.export = QPushButton("&Export")
        self.export.setDefault(True)
        self.train = QPushButton("&Train further with it…")
        self.close_button = QPushButton("Close")
        for button in (self.train, self.close_button):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self._count)
        layout.addWidget(muted(WHAT))
        layout.addLayout(self._form())
        layout.addWidget(self.bar)
        layout.addWidget(self.state)
        layout.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.train, self.export, self.close_button):
            row.addWidget(button)
        layout.addLayout(row)
        self.folder.textChanged.connect(self._check)
        self.export.clicked.connect(
            lambda: self.export_requested.emit(self.path, self.copy.isChecked())
        )
        self.train.clicked.connect(lambda: self.train_requested.emit(self.path))
        self.close_button.clicked.connect(self.reject)
        self.rejected.connect(self.cancel_requested)
        self.show_end("")

    @property
    def path(self) -> Path:
        return Path(os.path.abspath(os.path.expanduser(self.folder.text().strip())))

    def show_count(self, radiographs: int) -> None:
        one = radiographs == 1
        words = "1 radiograph is" if one else f"{radiographs} radiographs are"
        self._count.setText(f"{words} open.")
        self._check()

    def show_progress(self, stage: str, done: int, total: int) -> None:
        for widget in (self.folder, self.copy, self.refer, self.export):
            widget.setEnabled(False)
        self.close_button.setText("Cancel")
        self.train.hide()
        self.bar.setVisible(True)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.state.setText(f"{stage}: {done} of {total}")

    def show_end(self, words: str, *, exported: bool = False) -> None:
        for widget in (self.folder, self.copy, self.refer):
            widget.setEnabled(True)
        self.close_button.setText("Close")
        self.bar.hide()
        self.state.setText(words)
        self.train.setVisible(exported)
        self._check()

    def _check(self) -> None:
        self.export.setEnabled(bool(self.folder.text().strip()))

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        choose = QPushButton("C&hoose…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        label = QLabel("&Folder")
        label.setBuddy(self.folder)
        form.addRow(label, row)
        form.addRow("Radiographs are", self.copy)
        form.addRow("", self.refer)
        return form

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, "Export for retraining", self.folder.text()
        )
        if name:
            self.folder.setText(name)
