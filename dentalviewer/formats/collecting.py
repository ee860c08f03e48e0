"""Gathering annotated radiographs from folders, projects and exports of any format."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path, PureWindowsPath

from dentalviewer.errors import (
    AnnotationFileError,
    FileError,
    ReviewFileError,
)
from dentalviewer.formats._annotation_file import AnnotationFile
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    fitted,
)
from dentalviewer.formats._image_names import base_name
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._origins import stated_parts, with_origins
from dentalviewer.formats._project import NO_PROJECT, Project, united_projects
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.review_file import annotation_files, read_review, review_path
from dentalviewer.formats.sidecars import find_sidecars, may_be_annotations
from dentalviewer.formats.yolo import CLASSES
from dentalviewer.geometry import Size
from dentalviewer.radiograph import SUFFIXES, is_radiograph_name
from dentalviewer.study import Finding

# Two sizes of one picture have the same shape up to the rounding of their sides.
SAME_SHAPE = 0.01
_YOLO_LISTS = ("data.yaml", "data.yml", "dataset.yaml")


@dataclass(frozen=True, slots=True)
class Collected:
    """Radiographs with their findings; `failures` name what could not be read.

    `notes` tell what was read with a change, or is no finding and was left out. `kept`
    are those of the notes, by format, that do not hold for a file of that format, which
    keeps everything. `project` is what the files say of all the radiographs.
    """

    images: tuple[LabelledImage, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    project: Project = NO_PROJECT

    def notes_in(self, format_name: str) -> tuple[str, ...]:
        """The notes that hold where all of it goes into a file of this format."""
        kept = {note for name, note in self.kept if name == format_name}
        return tuple(note for note in self.notes if note not in kept)


@dataclass(slots=True)
class _Collection:
    own_aliases: Aliases
    tell: Callable[[Path], object] = lambda _radiograph: None
    images: list[LabelledImage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[str, str]] = field(default_factory=list)
    projects: dict[Path, Project] = field(default_factory=dict)
    sources: list[ImageAnnotations] = field(default_factory=list)
    aliases: SettledAliases = field(init=False)

    def __post_init__(self) -> None:
        self.aliases = SettledAliases(self.own_aliases, self.failures.append)

    def add(self, radiograph: Path, size: Size, said: ImageAnnotations) -> None:
        if said.question is not None:
            self.failures.append(f"{said.path}: {radiograph.name}: {said.question}")
            return
        frame = said.frame or size
        shape = (frame.width * size.height) / (frame.height * size.width)
        if abs(shape - 1) > SAME_SHAPE:
            self.failures.append(
                f"{said.path}: {radiograph.name} has {size} pixels, but was annotated"
                f" at {frame}"
            )
            return
        if frame != size:
            self.notes.append(
                f"{radiograph.name}: boxes were scaled from {frame} to {size} pixels"
            )
        self.notes += [f"{radiograph.name}: {note}" for note in said.notes]
        self.add_findings(radiograph, size, fitted(said, size), said)

    def add_findings(
        self,
        radiograph: Path,
        size: Size,
        findings: tuple[Finding, ...],
        said: ImageAnnotations,
    ) -> None:
        name = said.format_name
        self.kept += [(name, f"{radiograph.name}: {note}") for note in said.simplified]
        self.left_out.setdefault(name, Counter()).update(dict(said.left_out))
        self.lost.update(dict(said.lost))
        self.images.append(LabelledImage(radiograph, size, findings, said.rest))
        self.sources.append(said)

    def take_project(self, file: AnnotationFile) -> None:
        """What the file, and others that belong to it, say as a whole; read once."""
        place = file.project_path
        if place is not None and place not in self.projects:
            self.projects[place] = NO_PROJECT
            with _failures_of(self):
                self.projects[place] = file.project()

    def finished(self) -> Collected:
        project = united_projects(self.projects.values())
        notes = list(dict.fromkeys(self.notes))
        kept = list(self.kept)
        for name, counts in sorted(self.left_out.items()):
            for what, count in sorted(counts.items()):
                note = f"left out, being no part of a finding: {what} ({count})"
                notes.append(note if note not in notes else f"{note}, in {name}")
                kept.append((name, notes[-1]))
        notes += [
            f"left out, since the radiograph is a file of its own: {what} ({count})"
            for what, count in sorted(self.lost.items())
        ]
        with _failures_of(self):
            sides = stated_parts(self.sources, project.class_names)
            for index, parts in enumerate(sides):
                self.images[index] = replace(self.images[index], parts=parts)
        return Collected(
            tuple(self.images), tuple(notes), tuple(self.failures), tuple(kept), project
        )


def collect_annotations(
    source: Path,
    *,
    aliases: Aliases = None,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """All radiographs that a folder, project, export or single file speaks of.

    In a folder those with annotations, at any depth. Labels are kept word for word
    without `aliases`; with them, what was settled for a folder goes before. `tell` is
    given each radiograph before it is looked at; what it raises ends the work. Raises
    AnnotationFileError if the source itself cannot be read; faults of single
    radiographs are among the failures.
    """
    collection = _Collection(aliases, tell)
    if source.name in _YOLO_LISTS:
        source = source.parent
    if source.is_dir():
        _collect_folder(collection, source)
    else:
        _collect_file(collection, source, open_annotation_file(source))
    return collection.finished()


def collect_beside(
    radiographs: Iterable[Path],
    *,
    aliases: Aliases = None,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """Those of the radiographs that have annotations beside them.

    `tell` and faults are as of `collect_annotations`.
    """
    collection = _Collection(aliases, tell)
    _collect_sidecars(collection, radiographs)
    return collection.finished()


def _collect_folder(collection: _Collection, folder: Path) -> None:
    used = _collect_sidecars(collection, radiographs_below(folder))
    _collect_leftovers(collection, folder, used)


def _collect_sidecars(
    collection: _Collection, radiographs: Iterable[Path]
) -> set[Path]:
    """Returns the files that were read, or tried."""
    used: set[Path] = set()
    for radiograph in radiographs:
        collection.tell(radiograph)
        found: list[ImageAnnotations] = []
        sidecars = find_sidecars(radiograph)
        used.update(sidecars)
        for sidecar in sidecars:
            with _failures_of(collection):
                file = open_annotation_file(sidecar)
                aliases = collection.aliases.of(radiograph.parent, sidecar.parent)
                about = file.about(radiograph, aliases)
                if about:
                    collection.take_project(file)
                found += about
        if found:
            with _failures_of(collection):
                chosen = _chosen(collection, radiograph, found)
                collection.add(radiograph, upright_size(radiograph), chosen)
    return used


def _collect_leftovers(collection: _Collection, folder: Path, used: set[Path]) -> None:
    """Files that lie elsewhere than the tools put them, or without their pictures."""
    known = {Path(os.path.abspath(image.path)) for image in collection.images}
    for path in sorted(Path(os.path.abspath(folder)).rglob("*.*")):
        kind = path.suffix.casefold()
        if path in used or kind not in (".xml", ".json", ".vott", ".txt"):
            continue
        if kind == ".txt":
            if "labels" in path.parts and path.name != CLASSES:
                collection.failures.append(f"{path}: its picture is not there")
        elif may_be_annotations(path):
            with _failures_of(collection):
                file = open_annotation_file(path)
                _collect_file(collection, path, file, known)


def _chosen(
    collection: _Collection, radiograph: Path, found: list[ImageAnnotations]
) -> ImageAnnotations:
    """One of them, for exports of one project say the same in several formats."""
    first = next((each for each in found if each.question is None), found[0])
    for other in found:
        if other.question is None and _said(other) != _said(first):
            collection.notes.append(
                f"{radiograph.name}: {first.path.name} was used, though"
                f" {other.path.name} says otherwise"
            )
    return first


def _said(annotations: ImageAnnotations) -> set[tuple[str, tuple[int, ...]]]:
    return {
        (finding.label, tuple(round(edge) for edge in finding.box.corners))
        for finding in annotations.findings
    }


def _collect_file(
    collection: _Collection,
    path: Path,
    file: AnnotationFile,
    known: Collection[Path] = (),
) -> None:
    """Everything that a file says, except about radiographs that are known already."""
    if not known:
        collection.take_project(file)
    for key, stated in file.images.items():
        with _failures_of(collection):
            found = locate(path, stated)
            if found in known:
                continue
            radiograph = found or _absent(path, stated)
            collection.tell(radiograph)
            meant = {each.key: each for each in file.meant(radiograph)}
            if not meant:  # Listed in its project, but never looked at.
                continue
            if key not in meant:
                raise AnnotationFileError(
                    path, f'it is not clear which picture "{stated}" is'
                )
            aliases = collection.aliases.of(radiograph.parent, path.parent)
            said = file.read(key, found, aliases)
            said = replace(said, question=said.question or meant[key].question)
            if found is not None:
                collection.add(found, upright_size(found), said)
            elif said.frame is not None and radiograph.suffix:
                collection.add(radiograph, said.frame, said)
                collection.notes.append(f"{radiograph.name}: the picture is not there")
            else:
                raise AnnotationFileError(path, f'the picture "{stated}" is not there')


def _absent(path: Path, stated: str) -> Path:
    """Where a picture that is not there would lie; apart from others of its name."""
    relative = PureWindowsPath(stated)
    if not relative.anchor and ".." not in relative.parts and relative.name:
        return path.parent.joinpath(*relative.parts)
    return path.with_name(base_name(stated) or path.name)


@contextmanager
def _failures_of(collection: _Collection) -> Iterator[None]:
    """One damaged file does not keep the others from being read."""
    try:
        yield
    except FileError as fault:
        collection.failures.append(str(fault))
    except OSError as fault:
        collection.failures.append(f"{fault.filename}: {fault.strerror or fault}")


def locate(path: Path, stated: str) -> Path | None:
    """The picture that an annotation file means by a name or path; None if not found.

    Near the file first, with as much of the path as fits: paths of another computer
    are in most files.
    """
    name = base_name(stated)
    if not name:
        return None
    above = path.parent.parent
    folders = [
        path.parent,
        path.with_suffix(""),
        path.parent / "images",
        path.parent / "JPEGImages",
        above,
        above / "images",
        above / "JPEGImages",
        # Annotations of sub-folders lie in sub-folders.
        *(p.parent / "JPEGImages" for p in path.parents if p.name == "Annotations"),
    ]
    ends = _ends(stated)
    near = (folder / end for folder in folders for end in ends)
    elsewhere = [Path(stated)] if os.path.isabs(stated) else []
    for place in chain(near, elsewhere):
        if place.is_file():
            return Path(os.path.abspath(place))
    if Path(name).suffix.casefold() in SUFFIXES:
        return None
    # VoTT 1 leaves the suffix off.
    names = [name + suffix for suffix in SUFFIXES]
    found = (folder / each for folder in folders for each in names)
    return next((Path(os.path.abspath(p)) for p in found if p.is_file()), None)


def _ends(stated: str) -> list[Path]:
    """A path as it is stated, less one folder after the other down to the name."""
    whole = PureWindowsPath(stated)
    parts = whole.relative_to(whole.anchor).parts
    return [Path(*parts[first:]) for first in range(len(parts))]


def radiographs_meant(file: Path) -> tuple[Path, ...]:
    """Those that an annotation file speaks of and that are there, each once.

    Raises AnnotationFileError if it cannot be read, or none of its pictures is there.
    """
    stated = tuple(open_annotation_file(file).images.values())
    located = (locate(file, each) for each in stated)
    found = tuple(dict.fromkeys(path for path in located if path is not None))
    if not found:
        names = ", ".join(f'"{base_name(each)}"' for each in stated[:3])
        raise AnnotationFileError(
            file, f"its pictures are not there: {names}" if names else "it names none"
        )
    return found


def collect_accepted(source: Path, *, user_folder: Path) -> Collected:
    """Of reviewed radiographs what was accepted; the others are not among them.

    `source` is a folder, or a file whose radiographs lie near. Faults of single
    radiographs are among the failures.
    """
    collection = _Collection(None)
    if source.is_dir():
        radiographs = list(radiographs_below(source))
    elif is_radiograph_name(source):
        radiographs = [source]
    else:
        radiographs = list(radiographs_meant(source))
    unreviewed = undecided = 0
    for radiograph in radiographs:
        path = review_path(radiograph, user_folder)
        if not path.exists():
            unreviewed += 1
            continue
        with _failures_of(collection):
            saved, _ = read_review(path)
            size = upright_size(radiograph)
            if saved.size != size:
                raise ReviewFileError(
                    path, f"{radiograph.name} had {saved.size} pixels, now {size}"
                )
            undecided += len(saved.review.undecided)
            accepted = saved.review.accepted
            said = _annotated(
                collection, annotation_files(saved, radiograph), radiograph
            )
            findings = with_origins(accepted, said, size)
            collection.add_findings(radiograph, size, findings, said)
    for count, what in (
        (unreviewed, "radiographs without a review were left out"),
        (undecided, "findings that nobody has decided about were left out"),
    ):
        if count:
            collection.notes.append(f"{count} {what}")
    return collection.finished()


def _annotated(
    collection: _Collection, files: Sequence[Path], radiograph: Path
) -> ImageAnnotations:
    """What the annotations that were reviewed say now; nothing if they are gone."""
    for path in files:
        try:
            file = open_annotation_file(path)
            about = [each for each in file.about(radiograph, None) if not each.question]
        except AnnotationFileError:
            continue  # The review holds the findings; only what is besides is missing.
        if about:
            collection.take_project(file)
            return about[0]
    return ImageAnnotations(radiograph, "", (), None)


def radiographs_below(folder: Path) -> Iterator[Path]:
    """At any depth, in the order of their names; hidden folders are passed over."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if is_radiograph_name(path):
                yield path
