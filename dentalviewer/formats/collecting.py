"""Gathering annotated radiographs from folders, projects and exports of any format."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from pathlib import Path, PureWindowsPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile, asked
from dentalviewer.formats._annotations import Aliases, ImageAnnotations
from dentalviewer.formats._image_names import base_name
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._listings import Listings
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats.collected import Collected, Collection
from dentalviewer.formats.locating import Locator, radiographs_below
from dentalviewer.formats.sidecars import FolderOfSidecars, may_be_annotations
from dentalviewer.formats.yolo_classes import (
    CLASSES,
    YAML_NAMES,
    class_lists_read_once,
)
from dentalviewer.radiograph import is_hidden_folder, is_radiograph_name


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
    collection = Collection(aliases, tell)
    if source.name in YAML_NAMES:
        source = source.parent
    if source.is_dir():
        _collect_folder(collection, source)
    else:
        file = open_annotation_file(source)
        _collect_file(collection, source, file, Listings())
    return collection.finished()


def collect_beside(
    radiographs: Iterable[Path],
    *,
    annotation_files: Iterable[Path] = (),
    aliases: Aliases = None,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """Those of the radiographs that have annotations beside them.

    `annotation_files` speak of them first, wherever they lie. `tell` and faults are as
    of `collect_annotations`.
    """
    collection = Collection(aliases, tell)
    opened = []
    for path in annotation_files:
        with collection.failures():
            opened.append(open_annotation_file(path))
    _collect_sidecars(collection, radiographs, Listings(), opened)
    return collection.finished()


def stated_patients(source: Path) -> dict[Path, str]:
    """Whom those radiographs show of which the annotations of a source say it.

    `source` is as of `collect_annotations`, or a radiograph; paths are absolute. What
    cannot be read says nothing.
    """
    is_radiograph = is_radiograph_name(source) and not source.is_dir()
    found = collect_beside([source]) if is_radiograph else collect_annotations(source)
    return {
        Path(os.path.abspath(image.path)): image.patient
        for image in found.images
        if image.patient
    }


def _collect_folder(collection: Collection, folder: Path) -> None:
    listings = Listings()
    radiographs = radiographs_below(folder, collection.fail)
    used = _collect_sidecars(collection, radiographs, listings)
    _collect_leftovers(collection, folder, used, listings)


@class_lists_read_once()
def _collect_sidecars(
    collection: Collection,
    radiographs: Iterable[Path],
    listings: Listings,
    opened: Sequence[AnnotationFile] = (),
) -> set[str]:
    """What lies beside them says less than what is `opened` already. Returns the files
    that were read, or tried.
    """
    used: set[str] = set()
    folders: dict[str, FolderOfSidecars] = {}
    for radiograph in radiographs:
        collection.tell(radiograph)
        place = os.path.dirname(radiograph)
        if place not in folders:
            folders[place] = FolderOfSidecars(radiograph.parent, listings.find_file)
        found: list[ImageAnnotations] = []
        sidecars = folders[place].find(radiograph)
        used.update(map(str, sidecars))
        files: tuple[Callable[[], AnnotationFile], ...] = (
            *(partial(_as_it_is, file) for file in opened),
            *(partial(open_annotation_file, sidecar) for sidecar in sidecars),
        )
        for open_file in files:
            with collection.failures():
                file = open_file()
                aliases = collection.aliases.of(radiograph.parent, file.path.parent)
                about = file.about(radiograph, aliases)
                if about:
                    collection.take_project(file)
                    collection.take_patient(radiograph, file.patient_of(radiograph))
                found += about
        if found:
            with collection.failures():
                chosen = _chosen(collection, radiograph, found)
                size = chosen.radiograph_size or upright_size(radiograph)
                collection.add(radiograph, size, chosen)
    return used


def _as_it_is(file: AnnotationFile) -> AnnotationFile:
    return file


def _collect_leftovers(
    collection: Collection, folder: Path, used: set[str], listings: Listings
) -> None:
    """Files that lie elsewhere than the tools put them, or without their pictures."""
    known = {os.path.abspath(image.path) for image in collection.images}
    told: dict[Path, list[ImageAnnotations]] = {}
    for path in _files_below(folder, (".xml", ".json", ".vott", ".txt"), used):
        if _is_meant(path):
            with collection.failures():
                file = open_annotation_file(path)
                _collect_file(collection, path, file, listings, known, told)


def _is_meant(path: Path) -> bool:
    """Text is of YOLO where that is kept, and any other text elsewhere."""
    if path.suffix.casefold() == ".txt":
        return "labels" in path.parts and path.name != CLASSES
    return may_be_annotations(path)


def _files_below(
    folder: Path, suffixes: tuple[str, ...], used: Container[str]
) -> list[Path]:
    """The files of these kinds that are not used already, in order; none is hidden."""
    found = []
    for place, folders, names in os.walk(os.path.abspath(folder)):
        folders[:] = (name for name in folders if not is_hidden_folder(name))
        paths = (
            os.path.join(place, name)
            for name in names
            if name.casefold().endswith(suffixes) and not name.startswith(".")
        )
        found += [Path(path) for path in paths if path not in used]
    return sorted(found)


def _chosen(
    collection: Collection, radiograph: Path, found: list[ImageAnnotations]
) -> ImageAnnotations:
    """One of them, for exports of one project say the same in several formats."""
    first = next((each for each in found if each.question is None), found[0])
    for other in found:
        if other is first or other.question is not None:
            continue
        if _said(other) != _said(first):
            collection.notes.append(
                f"{radiograph.name}: {first.path.name} was used, though"
                f" {other.path.name} says otherwise"
            )
    return first


def _say_the_same(one: ImageAnnotations, other: ImageAnnotations) -> bool:
    return (
        one.path != other.path
        and one.question == other.question
        and one.frame == other.frame
        and len(one.findings) == len(other.findings)
        and _said(one) == _said(other)
        and _teeth_and_scores(one) == _teeth_and_scores(other)
    )


def _teeth_and_scores(annotations: ImageAnnotations) -> set[object]:
    return {(each.tooth, each.last_tooth, each.score) for each in annotations.findings}


def _said(annotations: ImageAnnotations) -> set[tuple[str, tuple[int, ...]]]:
    return {
        (finding.label, tuple(round(edge) for edge in finding.box.corners))
        for finding in annotations.findings
    }


def _collect_file(
    collection: Collection,
    path: Path,
    file: AnnotationFile,
    listings: Listings,
    known: Container[str] = frozenset(),
    told: dict[Path, list[ImageAnnotations]] | None = None,
) -> None:
    """Everything that a file says, except about radiographs that are known already.

    What was `told` of a radiograph in other words, as by exports of one project, is not
    taken again.
    """
    if not known:
        collection.take_project(file)
    locator = Locator(path, listings.find_file)
    for key, stated in file.images.items():
        with collection.failures():
            found = locator.locate(stated)
            if found is not None:
                collection.take_patient(found, file.patients.get(key, ""))
            if str(found) in known:
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
            said = asked(file.read(key, found, aliases), meant[key].question)
            if told is not None:
                before = told.setdefault(radiograph, [])
                if any(_say_the_same(said, other) for other in before):
                    continue
                before.append(said)
            if found is not None:
                size = said.radiograph_size or upright_size(found)
                collection.add(found, size, said)
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
