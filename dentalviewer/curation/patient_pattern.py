"""A pattern that names the patient in the path of a radiograph: what it finds, told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.patients import PatientPattern, is_nobody
from dentalviewer.phrases import counted

# Quick enough to be told at every key that is typed.
MOST_TRIED = 5_000
TELLING_SECONDS = 0.2
PATIENCE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """What a pattern finds, in words; `helps` unless that keeps nothing together."""

    words: str = ""
    helps: bool = True


def told_of_pattern(pattern: PatientPattern, radiographs: Sequence[Path]) -> Told:
    """How many patients it finds in the paths, with an example.

    Raises PatternTooSlow.
    """
    found = _found_in_time(pattern, radiographs[:MOST_TRIED])
    tried = list(found)
    if not tried:
        return Told()
    counts = Counter(filter(None, found.values()))
    every = f"all {len(tried):,}" if len(tried) > 1 else "the one"
    if len(tried) < len(radiographs):
        every = f"the first {len(tried):,} of {len(radiographs):,}"
    if not counts:
        words = f"It finds no patient in {every} paths, such as {tried[0]}."
        return Told(words, helps=False)
    ((most, often),) = counts.most_common(1)
    if is_nobody(often, of=len(tried)):
        words = (
            f'It finds "{most}" in {often:,} of {len(tried):,} paths, which is taken'
            " for nobody. It should find what differs from patient to patient."
        )
        return Told(words, helps=False)
    path = next(path for path, patient in found.items() if patient)
    told = (
        f"{counted(len(counts), 'patient')} on"
        f" {counted(sum(counts.values()), 'radiograph')} of {every}, such as"
        f' "{found[path]}" in {Path(path.parent.name, path.name)}.'
    )
    if max(counts.values()) == 1:
        told += " No two are of one patient."
    without = [path for path, patient in found.items() if not patient]
    if without:
        told += f" In {len(without):,} it finds none, such as {without[0].name}."
    return Told(told)


def _found_in_time(
    pattern: PatientPattern, radiographs: Sequence[Path]
) -> dict[Path, str]:
    """In at least one of the paths, if there is one, and then while time is left."""
    found: dict[Path, str] = {}
    end = time.monotonic() + TELLING_SECONDS
    for path in radiographs:
        found[path] = pattern.patient_in(path, PATIENCE_SECONDS)
        if time.monotonic() > end:
            break
    return found
