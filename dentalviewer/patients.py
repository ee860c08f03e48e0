"""Which radiographs show one patient, so that a split can keep them together.

A patient is known by a digest here, never by name or number: it says no more than that
two radiographs are of one person.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from dentalviewer.dicom import read_patient_id

# "ANONYMOUS" on every radiograph of a clinic is the name of nobody.
MOST_OF_ONE = 0.5


def digest_of(patient: str) -> str:
    return hashlib.sha256(f"patient {patient.strip()}".encode()).hexdigest()[:16]


def patients_of(
    radiographs: Iterable[Path],
    *,
    pattern: re.Pattern[str] | None = None,
    known: Mapping[Path, str] | None = None,
) -> dict[Path, str]:
    """The digest of each radiograph's patient, where one is stated.

    What is `known` of a radiograph comes first, then what `pattern` finds in its path
    (its first group, if it has one), then the PatientID of a DICOM file. What more than
    half of them are said to be is no patient.
    """
    said = dict(known or {})
    paths = list(radiographs)
    for path in paths:
        if not said.get(path):
            said[path] = patient_in_path(path, pattern) or read_patient_id(path)
    counts = Counter(filter(None, (said[path] for path in paths)))
    nobody = {
        id_ for id_, n in counts.items() if n > MOST_OF_ONE * len(paths) and n > 1
    }
    return {
        path: digest_of(said[path])
        for path in paths
        if said[path] and said[path] not in nobody
    }


def patient_in_path(path: Path, pattern: re.Pattern[str] | None) -> str:
    """What the pattern finds in a path, its first group if it has one; or nothing."""
    found = pattern.search(path.as_posix()) if pattern else None
    if found is None:
        return ""
    return (found.group(1) if found.re.groups else found.group()) or ""
