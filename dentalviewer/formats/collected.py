"""Radiographs with their annotations, gathered from files of any format."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dentalviewer.errors import FileError
from dentalviewer.formats import (
    coco,
    csv_file,
    labelme,
    pascal_voc,
    vott_v1,
    vott_v2,
)
from dentalviewer.formats._annotation_file import AnnotationFile
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    fitted,
)
from dentalviewer.formats._origins import stated_parts
from dentalviewer.formats._project import (
    NO_PROJECT,
    Project,
    united_projects,
)
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.contradictions import (
    MANY,
    Contradiction,
    notes_on_contradictions,
)
from dentalviewer.formats.signature import notes_on_hidden
from dentalviewer.geometry import Size
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

_NUMBERS = re.compile(r"\d[\d.,]*")
# Two sizes of one picture have the same shape up to the rounding of their sides.
SAME_SHAPE = 0.01


@dataclass(frozen=True, slots=True)
class Collected:
    """Radiographs with their findings; `failures` name what could not be read.

    `notes` tell what was read with a change, or is no finding and was left out. `kept`
    are those of the notes, by format, that do not hold for a file of that format, which
    keeps everything. `project` is what the files say of all the radiographs, and
    `reviewed_patients` whom reviews name. `files` are those that the findings are from,
    and those that mark the same. `harmless` are those of the notes of which a few are
    enough, for each is of one radiograph and nothing was left out.
    """

    images: tuple[LabelledImage, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    project: Project = NO_PROJECT
    reviewed_patients: Mapping[Path, str] = field(default_factory=dict)
    files: frozenset[Path] = frozenset()
    harmless: frozenset[str] = frozenset()

    @property
    def told(self) -> tuple[str, ...]:
        """The notes, of many that are harmless and alike one, and how many more."""
        return tuple(_few_of(self.notes, self.harmless))

    def notes_in(self, format_name: str) -> tuple[str, ...]:
        """The notes that hold where all of it goes into a file of this format, but for
        `notes_on_classes`.
        """
        kept = {note for name, note in self.kept if name == format_name}
        left = [note for note in self.notes if note not in kept]
        notes = tuple(_few_of(left, self.harmless))
        notes += tuple(notes_on_hidden(self.project.rests, self.images))
        lost = sum(_loses_patient(image, format_name) for image in self.images)
        return (*notes, _left_out(coco.PATIENT, lost)) if lost else notes


def _few_of(notes: Iterable[str], harmless: Container[str]) -> Iterator[str]:
    """Those that say the same of other radiographs, but for numbers, are alike."""
    alike: dict[str, list[str]] = {}
    for note in notes:
        _, _, said = note.partition(": ")
        key = _NUMBERS.sub("0", said) if note in harmless else note
        alike.setdefault(key, []).append(note)
    for first, *others in alike.values():
        if len(others) < MANY:
            yield from (first, *others)
        else:
            yield f"{first}, and {len(others):,} more such notes"


def notes_on_classes(
    images: Sequence[LabelledImage], project: Project, format_name: str
) -> Iterator[str]:
    """What the project says of classes that a file of this format does not hold."""
    colored = [entry for entry in project.classes if entry.color]
    if format_name == pascal_voc.NAME:
        colored = [entry for entry in colored if entry.hex_color is None]
    if colored and format_name not in (coco.NAME, vott_v1.NAME, vott_v2.NAME):
        classes = counted(len(colored), "class", "classes")
        yield f"{format_name} has no room for the colors of {classes}"
    if project.assumed:
        return  # No file lists them.
    used = {each.label for image in images for each in image.findings}
    idle = [name for name in project.class_names if name not in used]
    if idle and format_name in (labelme.NAME, csv_file.NAME):
        names = ", ".join(map(repr, idle))
        yield f"{format_name} has no room for classes that do not occur: {names}"


def _loses_patient(image: LabelledImage, format_name: str) -> bool:
    """Unless what a COCO file said of the image goes into one again."""
    if not image.patient:
        return False
    is_coco = image.rest is not None and image.rest.format_name == coco.NAME
    return not is_coco or format_name != coco.NAME


def _left_out(what: str, count: int) -> str:
    return f"left out, being no part of a finding: {what} ({count})"


@dataclass(slots=True)
class Collection:
    """Takes radiographs one after the other, and what was said of each."""

    own_aliases: Aliases
    tell: Callable[[Path], object] = lambda _radiograph: None
    images: list[LabelledImage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[str, str]] = field(default_factory=list)
    projects: dict[Path, Project] = field(default_factory=dict)
    sources: list[ImageAnnotations] = field(default_factory=list)
    patients: dict[str, str] = field(default_factory=dict)
    files: set[Path] = field(default_factory=set)
    absent: list[str] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    harmless: set[str] = field(default_factory=set)
    aliases: SettledAliases = field(init=False)

    def __post_init__(self) -> None:
        self.aliases = SettledAliases(self.own_aliases, self.failed.append)

    def add(self, radiograph: Path, size: Size, said: ImageAnnotations) -> None:
        if said.question is not None:
            self.failed.append(f"{said.path}: {radiograph.name}: {said.question}")
            return
        frame = said.frame or size
        shape = (frame.width * size.height) / (frame.height * size.width)
        if abs(shape - 1) > SAME_SHAPE:
            fault = f"{radiograph.name} has {size} pixels, but was annotated at {frame}"
            if frame == Size(size.height, size.width):
                fault += ", perhaps before its EXIF orientation turned it"
            self.failed.append(f"{said.path}: {fault}")
            return
        if frame != size:
            scaled = f"boxes were scaled from {frame} to {size} pixels"
            self.notes.append(f"{radiograph.name}: {scaled}")
            self.harmless.add(self.notes[-1])
        self.notes += [f"{radiograph.name}: {note}" for note in said.notes]
        self.add_findings(radiograph, size, fitted(said, size), said, said.cautions)

    def add_findings(
        self,
        radiograph: Path,
        size: Size,
        findings: tuple[Finding, ...],
        said: ImageAnnotations,
        cautions: tuple[str, ...],
    ) -> None:
        """`cautions` are those that hold now: what a file asks, a review may answer."""
        name = said.format_name
        simplified = [f"{radiograph.name}: {note}" for note in said.simplified]
        self.kept += [(name, note) for note in simplified]
        self.harmless.update(simplified)
        if said.left_out:
            self.left_out.setdefault(name, Counter()).update(dict(said.left_out))
        if said.lost:
            self.lost.update(dict(said.lost))
        self.images.append(
            LabelledImage(radiograph, size, findings, said.rest, cautions=cautions)
        )
        self.sources.append(said)
        self.files.add(said.path)

    def take_project(self, file: AnnotationFile) -> None:
        """What the file, and others that belong to it, say as a whole; read once."""
        self.notes += [f"{file.path.name}: {note}" for note in file.notes]
        place = file.project_path
        if place is not None and place not in self.projects:
            self.projects[place] = NO_PROJECT
            with self.failures():
                project = self.projects[place] = file.project()
                if project.left_out:
                    counts = self.left_out.setdefault(file.format_name, Counter())
                    counts.update(dict(project.left_out))

    def take_patient(self, radiograph: Path, patient: str) -> None:
        """Whom a file says that it shows, be its findings taken or not; "" for nobody.

        Who is told first stands.
        """
        if patient:
            self.patients.setdefault(os.path.abspath(radiograph), patient)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """One damaged file does not keep the others from being read."""
        try:
            yield
        except FileError as fault:
            self.failed.append(str(fault))
        except OSError as fault:
            self.fail(fault)

    def fail(self, fault: OSError) -> None:
        self.failed.append(f"{fault.filename}: {fault.strerror or fault}")

    def _notes_on_absent(self) -> Iterator[str]:
        if len(self.absent) > MANY:
            count = f"{len(self.absent):,}"
            yield f"{count} pictures are not there, such as {self.absent[0]}"
            return
        for name in self.absent:
            yield f"{name}: the picture is not there"

    def finished(self) -> Collected:
        project = united_projects(self.projects.values())
        told = notes_on_contradictions(self.contradictions)
        notes = list(dict.fromkeys((*self.notes, *told, *self._notes_on_absent())))
        kept = list(self.kept)
        for name, counts in sorted(self.left_out.items()):
            for what, count in sorted(counts.items()):
                note = _left_out(what, count)
                notes.append(note if note not in notes else f"{note}, in {name}")
                kept.append((name, notes[-1]))
        notes += [
            f"left out, since the radiograph is a file of its own: {what} ({count})"
            for what, count in sorted(self.lost.items())
        ]
        with self.failures():
            sides = stated_parts(self.sources, project.class_names)
            for index, parts in enumerate(sides):
                if parts:
                    self.images[index] = replace(self.images[index], parts=parts)
        images = [
            replace(image, patient=self.patients.get(os.path.abspath(image.path), ""))
            for image in self.images
        ]
        return Collected(
            tuple(images),
            tuple(notes),
            # A file about many radiographs fails for each of them.
            tuple(dict.fromkeys(self.failed)),
            tuple(kept),
            project,
            files=frozenset(self.files),
            harmless=frozenset(self.harmless),
        )
