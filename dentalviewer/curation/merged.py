"""What comes of merging annotation sets: what is settled, and what contradicts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from dentalviewer.formats import LabelledImage, Project
from dentalviewer.formats.collected import Collected
from dentalviewer.geometry import Box
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.study import Finding


@dataclass(frozen=True, slots=True)
class SourceSet:
    """An annotation set that is merged, and what it is called.

    `aliases` are other names for classes that hold for it.
    """

    name: str
    path: Path
    collected: Collected
    aliases: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ALIASES)

    @property
    def images(self) -> tuple[LabelledImage, ...]:
        return self.collected.images


@dataclass(frozen=True, slots=True)
class MergedFinding:
    """A finding, and the sets that mark it, by number; the first of them drew the box.

    `united` are the findings of the others as they were, in pixels of the radiograph.
    """

    finding: Finding
    sets: tuple[int, ...]
    united: tuple[Finding, ...] = ()


class ConflictKind(StrEnum):
    """How the sets contradict each other."""

    CLASS = "named differently"
    EXTENT = "drawn differently"
    TOOTH = "numbered differently"


@dataclass(frozen=True, slots=True)
class Side:
    """What one set, or several that say the same, marked in the place of a conflict."""

    sets: tuple[int, ...]
    findings: tuple[MergedFinding, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Findings in one place that cannot all be meant."""

    kind: ConflictKind
    sides: tuple[Side, ...]

    @property
    def findings(self) -> tuple[MergedFinding, ...]:
        return tuple(finding for side in self.sides for finding in side.findings)

    @property
    def box(self) -> Box:
        """Around all of them."""
        boxes = [each.finding.box for each in self.findings]
        return Box(
            min(box.x_min for box in boxes),
            min(box.y_min for box in boxes),
            max(box.x_max for box in boxes),
            max(box.y_max for box in boxes),
        )

    @property
    def likeness(self) -> tuple[tuple[tuple[int, ...], frozenset[str]], ...]:
        """What conflicts have in common that one decision fits: sets and classes."""
        return tuple(
            (side.sets, frozenset(each.finding.label for each in side.findings))
            for side in self.sides
        )


@dataclass(frozen=True, slots=True)
class MergedRadiograph:
    """A radiograph, what is settled on it, and what is not; `sets` read it.

    `image` is as the first set has it whose picture is there, with the cautions of all
    of them. `outvoted` is what too
    few of the sets mark. `split_votes` are places where enough of them mark something,
    but not the same; what they mark is outvoted.
    """

    image: LabelledImage
    sets: tuple[int, ...]
    settled: tuple[MergedFinding, ...]
    conflicts: tuple[Conflict, ...]
    outvoted: tuple[MergedFinding, ...] = ()
    split_votes: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictId:
    """The `number`-th conflict of the `radiograph`-th radiograph."""

    radiograph: int
    number: int


Choices = Mapping[ConflictId, Collection[int]]
"""Which sides of a conflict are kept, by number; all of those that are not named."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of the sets; `notes` and `failures` are for people.

    `project` has the classes of all of them, with the first color stated for each.
    What fewer than `at_least` sets mark is outvoted, and radiographs `read_by_too_few`
    are left out: nothing there could be marked by enough.
    """

    sets: tuple[SourceSet, ...]
    radiographs: tuple[MergedRadiograph, ...]
    project: Project
    notes: tuple[str, ...]
    failures: tuple[str, ...]
    at_least: int = 1
    read_by_too_few: tuple[MergedRadiograph, ...] = ()

    @property
    def conflicts(self) -> dict[ConflictId, Conflict]:
        return {
            ConflictId(r, n): conflict
            for r, radiograph in enumerate(self.radiographs)
            for n, conflict in enumerate(radiograph.conflicts)
        }

    @property
    def united(self) -> int:
        """Findings that several sets mark alike, and no set contradicts."""
        return sum(len(each.sets) > 1 for r in self.radiographs for each in r.settled)

    def only_from(self, number: int) -> int:
        """Findings that only this set marks, and no set contradicts."""
        found = (each for r in self.radiographs for each in r.settled)
        return sum(each.sets == (number,) for each in found)

    def decided(self, choices: Choices) -> tuple[LabelledImage, ...]:
        """The radiographs with their findings, as the choices have it."""
        return tuple(
            replace(
                radiograph.image,
                findings=tuple(
                    each.finding for each in kept(radiograph, number, choices)
                ),
            )
            for number, radiograph in enumerate(self.radiographs)
        )


def kept(
    radiograph: MergedRadiograph, number: int, choices: Choices
) -> tuple[MergedFinding, ...]:
    """What is settled on the `number`-th radiograph, and what was chosen to be kept."""
    chosen = [
        finding
        for n, conflict in enumerate(radiograph.conflicts)
        for s, side in enumerate(conflict.sides)
        if s in choices.get(ConflictId(number, n), range(len(conflict.sides)))
        for finding in side.findings
    ]
    return (*radiograph.settled, *chosen)
