"""Asks what names the patient in a path, and tells what that finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from dentalviewer.curation.patient_pattern import Told, told_of_pattern
from dentalviewer.errors import PatternTooSlow
from dentalviewer.gui.widgets.explaining import breakable, show_as_fault
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.patients import PatientPattern, patient_pattern

NOTHING_TYPED = (
    "A regular expression for what names the patient in the path of a radiograph; its"
    " first group, if it has one. Patient numbers in reviews, COCO files and DICOM are"
    " recognised without it."
)


class PatientsField(QWidget):
    """`changed` follows every key, and other radiographs; while `fault` is not empty
    nothing can be done.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._radiographs: tuple[Path, ...] = ()
        self._pattern: PatientPattern | None = None
        self._fault = self._said = ""
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
        self.edit.textChanged.connect(self._on_changed)
        self._tell()

    @property
    def text(self) -> str:
        return self.edit.text().strip()

    @property
    def pattern(self) -> PatientPattern | None:
        """None where nothing is typed, or nothing that can be used."""
        return self._pattern

    @property
    def fault(self) -> str:
        return self._fault

    @property
    def told(self) -> str:
        return self._said

    def show_radiographs(self, radiographs: Sequence[Path]) -> None:
        """Those in whose paths it is tried."""
        self._radiographs = tuple(radiographs)
        self._on_changed()

    def _on_changed(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        told = self._tried()
        self._said = told.words
        self._told.setText(breakable(self._said))
        self._told.setVisible(bool(self._said))
        show_as_fault(self._told, not told.helps)

    def _tried(self) -> Told:
        self._pattern, self._fault = None, ""
        try:
            pattern = patient_pattern(self.text)
            if pattern is None:
                return Told(NOTHING_TYPED)
            told = told_of_pattern(pattern, self._radiographs)
        except ValueError as error:
            self._fault = f"What names the patient is {error}."
        except PatternTooSlow as error:
            self._fault = str(error)
        else:
            self._pattern = pattern
            return told
        return Told(self._fault, helps=False)
