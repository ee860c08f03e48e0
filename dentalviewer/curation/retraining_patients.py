"""Whom the reviewed radiographs show, so that a split can keep patients together."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dentalviewer.curation.retraining_files import Reviewed
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.patients import PatientPattern, patients_of, with_copies


def patients_of_reviewed(
    reviewed: Sequence[Reviewed], pattern: PatientPattern | None
) -> dict[Path, str]:
    """With copies of one file, under two names, as of one patient."""
    patients = patients_of(
        [each.image.path for each in reviewed],
        pattern=pattern,
        known=known_patients(reviewed),
    )
    contents = {
        each.image.path: each.saved.radiograph_sha256
        for each in reviewed
        if each.saved.radiograph_sha256
    }
    return with_copies(patients, contents)


def known_patients(
    reviewed: Sequence[Reviewed], stated: Mapping[Path, str] | None = None
) -> dict[Path, str]:
    """Who is `stated`, by absolute path, or in the annotations that were reviewed.

    Else by the number in the review; where it stands beside what is stated, it means
    the same patient on all radiographs.
    """
    told = {
        each.image.path: (stated or {}).get(Path(os.path.abspath(each.image.path)), "")
        or each.image.patient
        for each in reviewed
    }
    numbers = {e.image.path: e.saved.review.patient.number.strip() for e in reviewed}
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for path, patient in told.items():
        beside[numbers[path]] |= {patient} - {""}
    # One that stands beside several, such as a placeholder, means none of them.
    meant = {number: min(found) for number, found in beside.items() if len(found) == 1}
    return {
        path: told[path] or (meant.get(number, number) if number else "")
        for path, number in numbers.items()
    }


def stated_patient(radiograph: Path, files: Sequence[Path]) -> str:
    """By the annotations that were reviewed, where they still are; "" for nobody."""
    for path in files:
        # The review holds the findings: of a file that is gone nothing is missed.
        with suppress(AnnotationFileError):
            patient = open_annotation_file(path).patient_of(radiograph)
            if patient:
                return patient
    return ""
