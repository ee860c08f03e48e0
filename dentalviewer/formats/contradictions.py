"""What is said where files say different things of radiographs, and one was used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# They are told one by one up to so many.
MANY = 3


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Of a radiograph, by its name, the file that was used, and another that marks
    something else.
    """

    radiograph: str
    used: Path
    other: Path


def notes_on_contradictions(found: Iterable[Contradiction]) -> Iterator[str]:
    """Each told; of many between two kinds of files how many there are."""
    alike: dict[tuple[str, str], list[Contradiction]] = {}
    for each in found:
        alike.setdefault((each.used.suffix, each.other.suffix), []).append(each)
    for group in alike.values():
        if len(group) <= MANY:
            for each in group:
                yield (
                    f"{each.radiograph}: {each.used.name} was used, though"
                    f" {each.other.name} says otherwise"
                )
            continue
        used, many = _named([each.used for each in group])
        others, are_many = _named([each.other for each in group])
        yield (
            f"{len({each.radiograph for each in group}):,} radiographs, such as"
            f" {group[0].radiograph}: {used} {'were' if many else 'was'} used, though"
            f" {others} {'say' if are_many else 'says'} otherwise"
        )


def _named(files: Sequence[Path]) -> tuple[str, bool]:
    """The one file, or what the first of several is called; whether it is several."""
    first, several = files[0].name, len(set(files)) > 1
    return f"files such as {first}" if several else first, several
