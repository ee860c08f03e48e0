"""What annotation files say beyond their findings, kept for files of the same format.

Nothing of it is understood here: it is carried, word for word in the format's own
notation, so that reading a file and writing it again loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dentalviewer.formats._packing import unpacked_object, unpacked_text
from dentalviewer.geometry import Box
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.study import Finding

TRAINING, VALIDATION = "train", "val"
# What COCO files are called for the part of a set that they are, perhaps with a year.
SET_NAME = re.compile(r"(?:.*[_-])?(train|val|test)(\d{4}|)", re.IGNORECASE)
# Of every class at once, in `Part.label`.
ALL_CLASSES = ""
_HEX_COLOR = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A class as a file lists it, used or not; `color` as the file writes it."""

    name: str
    color: str | None = None

    @property
    def hex_color(self) -> str | None:
        """As #rrggbb; None where the file states none, or in another notation."""
        known = self.color is not None and _HEX_COLOR.fullmatch(self.color)
        return self.color if known else None


@dataclass(frozen=True, slots=True)
class Rest:
    """Whatever else a file says, of an image or as a whole, in its own notation.

    `said` is packed as `_packing` has it.
    """

    format_name: str
    said: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """On which side of a split an image is; `label` where that is for one class."""

    side: str
    label: str = ALL_CLASSES


@dataclass(frozen=True, slots=True)
class Project:
    """What files say of all their images: the classes in their order, and the rest.

    `left_out` counts what of the rest has no equal in another format, of one file. The
    classes are `assumed` where no file lists any.
    """

    classes: tuple[ClassEntry, ...] = ()
    rests: tuple[Rest, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    assumed: bool = False

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.classes)

    @property
    def colors(self) -> Mapping[str, str]:
        return {c.name: c.hex_color for c in self.classes if c.hex_color}

    def rest_of(self, format_name: str) -> dict[str, object]:
        """The JSON fields of all files of one format; the first to state one wins."""
        united: dict[str, object] = {}
        for rest in self.rests:
            if rest.format_name == format_name:
                united = {**unpacked_object(rest.said), **united}
        return united


NO_PROJECT = Project()
# Of what comes from no file: the glossary's, always with the same number.
OUR_CLASSES = Project(tuple(map(ClassEntry, KNOWN_LABELS)), assumed=True)


def united_projects(projects: Iterable[Project]) -> Project:
    """One of several: classes in the order they appear, with the first color stated."""
    colors: dict[str, str | None] = {}
    rests: dict[Rest, None] = {}
    for project in projects:
        for entry in project.classes:
            colors[entry.name] = colors.get(entry.name) or entry.color
        rests.update(dict.fromkeys(project.rests))
    classes = tuple(ClassEntry(name, color) for name, color in colors.items())
    return Project(classes, tuple(rests))


def class_entries(
    names: Sequence[str], colors: Sequence[object] = ()
) -> tuple[ClassEntry, ...]:
    """Each name once; a list of colors may be shorter or longer than that of names."""
    found: dict[str, ClassEntry] = {}
    for index, name in enumerate(names):
        color = colors[index] if index < len(colors) else None
        text = color if isinstance(color, str) and color else None
        if name.strip():
            found.setdefault(name, ClassEntry(name, text))
    return tuple(found.values())


def said_of(finding: Finding, format_name: str) -> dict[str, object]:
    """The fields that a file of this format had for the finding; none if none did."""
    origin = finding.origin
    if origin is None or origin.format_name != format_name:
        return {}
    return unpacked_object(origin.said)


def text_of(finding: Finding, format_name: str) -> str:
    """The same for a format of texts."""
    origin = finding.origin
    if origin is None or origin.format_name != format_name:
        return ""
    return unpacked_text(origin.said)


def keeps_shape(finding: Finding) -> bool:
    """Whether the box still is as the file has it, so that its shape is too."""
    return finding.origin is not None and _near(finding.origin.box, finding.box)


def keeps_certainty(finding: Finding, format_name: str) -> bool:
    """Whether it still is as certain, or uncertain, as a file of the format says."""
    origin = finding.origin
    if origin is None or origin.format_name != format_name:
        return False
    return origin.uncertain == finding.uncertain


def _near(one: Box, other: Box) -> bool:
    # Written boxes are rounded; see `rounded`.
    pairs = zip(one.corners, other.corners, strict=True)
    return all(abs(a - b) < 0.0001 for a, b in pairs)


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that were one region with several labels, and still lie as one.

    In the order of the first of each.
    """
    groups: list[list[Finding]] = []
    last: dict[object, list[Finding]] = {}
    for finding in findings:
        key = (finding.origin, finding.box) if finding.origin is not None else None
        group = last.get(key) if key is not None else None
        if group is not None and finding.label not in {f.label for f in group}:
            group.append(finding)
            continue
        group = [finding]
        groups.append(group)
        if key is not None:
            last[key] = group
    return groups


class FreeNumbers:
    """Gives numbers that nobody has: those stated to who states them first."""

    def __init__(self, stated: Iterable[object], *, first: int = 0) -> None:
        self._stated = {each for each in stated if _is_whole(each)}
        self._taken: set[object] = set()
        self._next = first

    def take(self, stated: object = None) -> int:
        if isinstance(stated, int) and _is_whole(stated) and stated not in self._taken:
            self._taken.add(stated)
            return stated
        while self._next in self._stated or self._next in self._taken:
            self._next += 1
        self._taken.add(self._next)
        return self._next


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
