"""A pattern that names the patient in the path of a radiograph: what it finds, told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.patients import MOST_OF_ONE, patient_in_path

# Quick enough to be told at every key that is typed.
MOST_TRIED = 5_000


def compiled_pattern(text: str) -> re.Pattern[str] | None:
    """As typed; None if nothing was. Raises ValueError, in words."""
    if not text.strip():
        return None
    try:
        return re.compile(text.strip())
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(f"not a regular expression: {error.msg}{place}") from error
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error


@dataclass(frozen=True, slots=True)
class Told:
    """What a pattern finds, in words; `helps` unless that keeps nothing together."""

    words: str = ""
    helps: bool = True


def told_of_pattern(pattern: re.Pattern[str], radiographs: Sequence[Path]) -> Told:
    """How many patients it finds in the paths, with an example."""
    tried = radiographs[:MOST_TRIED]
    if not tried:
        return Told()
    found = {path: patient_in_path(path, pattern) for path in tried}
    counts = Counter(filter(None, found.values()))
    every = f"all {len(tried):,}" if len(tried) > 1 else "the one"
    if len(tried) < len(radiographs):
        every = f"the first {len(tried):,} of {len(radiographs):,}"
    if not counts:
        words = f"It finds no patient in {every} paths, such as {tried[0]}."
        return Told(words, helps=False)
    ((most, often),) = counts.most_common(1)
    if often > MOST_OF_ONE * len(tried) and often > 1:
        words = (
            f'It finds "{most}" in {often:,} of {len(tried):,} paths, which is taken'
            " for nobody. It should find what differs from patient to patient."
        )
        return Told(words, helps=False)
    path = next(path for path, patient in found.items() if patient)
    told = (
        f"{_counted(len(counts), 'patient')} on"
        f" {_counted(sum(counts.values()), 'radiograph')} of {every}, such as"
        f' "{found[path]}" in {Path(path.parent.name, path.name)}.'
    )
    if max(counts.values()) == 1:
        told += " No two are of one patient."
    without = [path for path, patient in found.items() if not patient]
    if without:
        told += f" In {len(without):,} it finds none, such as {without[0].name}."
    return Told(told)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
