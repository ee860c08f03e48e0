"""Which radiographs show one patient, so that a split can keep them together.

A patient is known by a digest here, never by name or number: it says no more than that
two radiographs are of one person.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import regex

from dentalviewer.dicom import read_patient_id
from dentalviewer.errors import PatternFindsNobody, PatternTooSlow

MOST_OF_MANY = 0.5
# Of fewer than this, more than half may well be of one patient.
MANY = 10
MOST_OF_FEW = 0.75
# A path takes microseconds, or else may take years.
PATIENCE_SECONDS = 1.0
# For all paths together.
WHOLE_PATIENCE_SECONDS = 30.0
MOST_CHARACTERS = 1_000
# What must repeat is written out in memory, some hundred bytes a character.
MOST_WRITTEN_OUT = 100_000
# A character, escaped or not, a set of them, or how often at least what is before it.
_PART = re.compile(
    r"\\N\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^]\\])*\]|\{([0-9]+)(?:,[0-9]*)?\}|\{,[0-9]*\}|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PatientPattern:
    """A regular expression as Python has them, for what names a patient in a path.

    Python's own would hold up the whole program where one never comes to an end, as
    `(a|a)*$` does on a long name. So it is tried by a library that can give up.
    """

    text: str
    compiled: regex.Pattern[str]

    def patient_in(self, path: Path, seconds: float = PATIENCE_SECONDS) -> str:
        """What it finds, its first group if it has one; or nothing.

        Raises PatternTooSlow after so many `seconds`.
        """
        try:
            found = self.compiled.search(
                path.as_posix(), timeout=seconds, concurrent=True
            )
        except TimeoutError as error:
            raise PatternTooSlow(
                f"The regular expression {self.text} takes too long to find a patient"
                f" in {path}. Simpler ones, such as patient-([0-9]+), do not."
            ) from error
        if found is None:
            return ""
        return (found.group(1) if self.compiled.groups else found.group()) or ""


def patient_pattern(text: str) -> PatientPattern | None:
    """As typed; None if nothing was. Raises ValueError, in words."""
    text = text.strip()
    if not text:
        return None
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"longer than {MOST_CHARACTERS:,} characters")
    try:
        re.compile(text)
        if _written_out(text) > MOST_WRITTEN_OUT:
            raise ValueError("a regular expression that repeats too often")
        compiled = regex.compile(_PART.sub(_as_python_has_it, text), regex.VERSION0)
        return PatientPattern(text, compiled)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(f"not a regular expression: {error.msg}{place}") from error
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error


def _as_python_has_it(part: re.Match[str]) -> str:
    """A brace that counts nothing is itself, and does not let letters be wrong."""
    return r"\{" if part[0] == "{" else part[0]


def _written_out(text: str) -> int:
    """About how many characters it has once groups and characters are written as often
    as they must repeat.
    """
    open_groups, last = [0], 0
    for part in _PART.finditer(text):
        if part[0] == "(":
            open_groups.append(0)
        elif part[0] == ")" and len(open_groups) > 1:
            last = open_groups.pop()
            open_groups[-1] += last
        elif part[1]:
            more = max(int(part[1]), 1) - 1
            open_groups[-1] += last * more
            last += last * more
        else:
            last = 1
            open_groups[-1] += 1
    return sum(open_groups)


def digest_of(patient: str) -> str:
    return hashlib.sha256(f"patient {patient.strip()}".encode()).hexdigest()[:16]


def patients_of(
    radiographs: Iterable[Path],
    *,
    pattern: PatientPattern | None = None,
    known: Mapping[Path, str] | None = None,
) -> dict[Path, str]:
    """The digest of each radiograph's patient, where one is stated.

    What is `known` of a radiograph comes first, then what `pattern` finds in its path
    (its first group, if it has one), then the PatientID of a DICOM file. What the last
    two say of nearly all, or of more than half of many, is no patient. Raises
    PatternTooSlow.
    """
    known = {path: patient for path, patient in (known or {}).items() if patient}
    paths = list(radiographs)
    unsaid = [path for path in paths if path not in known]
    named = _named_by(pattern, unsaid) if pattern is not None else {}
    found = {path: named.get(path) or read_patient_id(path) for path in unsaid}
    counts = Counter(filter(None, found.values()))
    said = {**found, **known}
    return {
        path: digest_of(said[path])
        for path in paths
        if said[path]
        and (path in known or not is_nobody(counts[said[path]], of=len(paths)))
    }


def require_patients(
    pattern: PatientPattern | None,
    radiographs: Sequence[Path],
    patients: Mapping[Path, str],
) -> None:
    """Raises PatternFindsNobody where a pattern was stated and no patient is known of
    any of the radiographs: a split that relies on it would part patients.
    """
    if pattern is None or not radiographs or patients:
        return
    count = len(radiographs)
    of = "the radiograph" if count == 1 else f"any of {count} radiographs"
    raise PatternFindsNobody(
        f"The regular expression {pattern.text} names no patient in the path of {of},"
        f" such as {radiographs[0]}: it finds nothing there, or the same in most."
    )


def is_nobody(count: int, *, of: int) -> bool:
    """Whether what so many of these radiographs are said to be is no patient, such as
    "ANONYMOUS" on every radiograph of a clinic.
    """
    return 1 < count > (MOST_OF_MANY if of >= MANY else MOST_OF_FEW) * of


def contents_of_copies(radiographs: Iterable[Path]) -> dict[Path, str]:
    """The sha256 of each radiograph of which there may be a copy among them.

    Only files of one length are read; one that cannot be read is no copy.
    """
    lengths: dict[Path, int] = {}
    for path in radiographs:
        with suppress(OSError):
            lengths[path] = path.stat().st_size
    times = Counter(lengths.values())
    contents: dict[Path, str] = {}
    for path, length in lengths.items():
        if times[length] > 1:
            with suppress(OSError), path.open("rb") as file:
                contents[path] = hashlib.file_digest(file, "sha256").hexdigest()
    return contents


def with_copies(
    patients: Mapping[Path, str], contents: Mapping[Path, str]
) -> dict[Path, str]:
    """With copies of one file, under several names, as of one patient.

    `contents` is the sha256 of each file, as far as it is known. Whose copies are said
    to be of different patients is one patient under several names.
    """
    copies: defaultdict[str, list[Path]] = defaultdict(list)
    for path, content in contents.items():
        copies[content].append(path)
    together = dict(patients)
    for content, alike in copies.items():
        if len(alike) > 1:
            known = {together[path] for path in alike if path in together}
            who = min(known, default=content[:16])
            together |= {path: who for path, each in together.items() if each in known}
            together |= dict.fromkeys(alike, who)
    return together


def _named_by(pattern: PatientPattern, paths: Iterable[Path]) -> dict[Path, str]:
    """What it finds in each path. Raises PatternTooSlow."""
    named: dict[Path, str] = {}
    left = WHOLE_PATIENCE_SECONDS
    for path in paths:
        begun = time.monotonic()
        named[path] = pattern.patient_in(path, min(PATIENCE_SECONDS, left))
        left = max(left - (time.monotonic() - begun), 1e-3)
    return named
