"""The option of commands that says what names the patient in a path."""

from __future__ import annotations

from argparse import ArgumentTypeError

from dentalviewer.patients import PatientPattern, patient_pattern

PATIENTS_HELP = (
    "keep radiographs of one patient together: what this finds in their paths, such as"
    ' "patient-([0-9]+)", names the patient. DICOM\'s PatientID is known without'
)


def regular_expression(text: str) -> PatientPattern | None:
    """A pattern as typed; None if nothing was. Raises ArgumentTypeError."""
    try:
        return patient_pattern(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
