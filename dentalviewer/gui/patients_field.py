"""Asks what names the patient in a path, and tells what that finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from dentalviewer.curation.patient_pattern import (
    Told,
    compiled_pattern,
    told_of_pattern,
)
from dentalviewer.gui.explaining import breakable, show_as_fault
from dentalviewer.gui.parts import muted

NOTHING_TYPED = (
    "A regular expression for what names the patient in the path of a radiograph; its"
    " first group, if it has one. A patient's number in a review, a COCO file or DICOM"
    " is known without."
)


class PatientsField(QWidget):
    """`changed` follows every key; while `fault` is not empty nothing can be done."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._radiographs: tuple[Path, ...] = ()
        self._said = ""
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("such as  patient-([0-9]+)")
        self.edit.setAccessibleName("What names the patient in a path")
        self.edit.setClearButtonEnabled(True)
        self._told = muted()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.edit)
        layout.addWidget(self._told)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self._on_changed)
        self._tell()

    @property
    def text(self) -> str:
        return self.edit.text().strip()

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """None where nothing is typed, or nothing that is a pattern."""
        try:
            return compiled_pattern(self.text)
        except ValueError:
            return None

    @property
    def fault(self) -> str:
        try:
            compiled_pattern(self.text)
        except ValueError as error:
            return f"What names the patient is {error}."
        return ""

    @property
    def told(self) -> str:
        return self._said

    def show_radiographs(self, radiographs: Sequence[Path]) -> None:
        """Those in whose paths it is tried."""
        self._radiographs = tuple(radiographs)
        self._tell()

    def _on_changed(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        pattern, fault = self.pattern, self.fault
        told = Told(fault or NOTHING_TYPED, helps=not fault)
        if pattern is not None:
            told = told_of_pattern(pattern, self._radiographs)
        self._said = told.words
        self._told.setText(breakable(self._said))
        self._told.setVisible(bool(self._said))
        show_as_fault(self._told, not told.helps)
