"""Gathering annotated radiographs from folders, projects and exports of any format."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PureWindowsPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile, asked
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    say_the_same,
    united_cautions,
)
from dentalviewer.formats._image_names import agrees_with_folders, base_name, folded
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._listings import Listings
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats.collected import Collected, Collection
from dentalviewer.formats.contradictions import Contradiction
from dentalviewer.formats.locating import Locator, radiographs_below
from dentalviewer.formats.sidecars import FolderOfSidecars, may_be_annotations
from dentalviewer.formats.yolo_classes import (
    CLASSES,
    YAML_NAMES,
    class_lists_read_once,
)
from dentalviewer.radiograph import is_hidden_folder, is_radiograph_name

_Told = dict[Path, list[ImageAnnotations]]
"""What files say of each radiograph, be its picture there or not."""


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
        collection.take_project(file)
        told: _Told = {}
        _hear(collection, file, Listings(), told, {})
        _take(collection, told)
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
    that were read, or tried, but for those that may speak of others.
    """
    used: set[str] = set()
    about_many: set[str] = set()
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
                if len(file.images) > 1:
                    about_many.add(str(file.path))
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
    return used - about_many


def _as_it_is(file: AnnotationFile) -> AnnotationFile:
    return file


def _collect_leftovers(
    collection: Collection, folder: Path, used: set[str], listings: Listings
) -> None:
    """Files that lie elsewhere than the tools put them, or without their pictures, be
    it without some of them.
    """
    pairs = zip(collection.images, collection.sources, strict=True)
    known = {os.path.abspath(i.path): os.path.abspath(s.path) for i, s in pairs}
    told: _Told = {}
    for path in _files_below(folder, (".xml", ".json", ".vott", ".txt"), used):
        if _is_meant(path):
            with collection.failures():
                file = open_annotation_file(path)
                if not known:
                    collection.take_project(file)
                _hear(collection, file, listings, told, known)
    _take(collection, _placed(told, folder))


def _placed(told: _Told, folder: Path) -> _Told:
    """With what files say that have names alone, as those of VOC, where these are of
    radiographs that lie elsewhere, and other files of the folder say where.

    What lies in the folder has its own files beside it, and others of its name may be
    meant.
    """
    around = os.path.join(os.path.abspath(folder), "")
    placed = {path: found for path, found in told.items() if os.path.isfile(path)}
    elsewhere: dict[str, list[Path]] = {}
    for path in placed:
        if not os.path.abspath(path).startswith(around):
            elsewhere.setdefault(folded(path.name), []).append(path)
    for path, found in told.items():
        if path in placed:
            continue
        stated = path.relative_to(found[0].path.parent).as_posix()
        alike = elsewhere.get(folded(path.name), ())
        meant = [each for each in alike if agrees_with_folders(stated, each)]
        place = meant[0] if len(meant) == 1 else path
        placed[place] = [*placed.get(place, ()), *found]
    return placed


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
    """One of them, for exports of one project say the same in several formats.

    The first; of those that mark what it marks, whichever tells most of it, for not
    every format has room for teeth, scores and doubts, with the cautions of them all.
    """
    first = next((each for each in found if each.question is None), found[0])
    alike = [first]
    for other in found:
        if other is first or other.question is not None:
            continue
        if say_the_same(first, other):
            alike.append(other)
            if other.findings:  # Many mark nothing.
                collection.files.add(other.path)
        else:
            collection.contradictions.append(
                Contradiction(radiograph.name, first.path, other.path)
            )
    return replace(max(alike, key=_told_besides), cautions=united_cautions(alike))


def _told_besides(said: ImageAnnotations) -> int:
    return sum(
        (each.tooth is not None) + (each.score is not None) + each.uncertain
        for each in said.findings
    )


def _hear(
    collection: Collection,
    file: AnnotationFile,
    listings: Listings,
    told: _Told,
    known: Mapping[str, str],
) -> None:
    """Everything that a file says, except about radiographs that are known already, by
    the file that each is known from.
    """
    locator = Locator(file.path, listings.find_file)
    passed_over = False
    for key, stated in file.images.items():
        with collection.failures():
            found = locator.locate(stated)
            if found is not None:
                collection.take_patient(found, file.patients.get(key, ""))
            if str(found) in known:
                own = known[str(found)] == os.path.abspath(file.path)
                passed_over = passed_over or not own
                continue
            radiograph = found or _absent(file.path, stated)
            collection.tell(radiograph)
            meant = {each.key: each for each in file.meant(radiograph)}
            if not meant:  # Listed in its project, but never looked at.
                continue
            if key not in meant:
                raise AnnotationFileError(
                    file.path, f'it is not clear which picture "{stated}" is'
                )
            aliases = collection.aliases.of(radiograph.parent, file.path.parent)
            said = asked(file.read(key, found, aliases), meant[key].question)
            told.setdefault(radiograph, []).append(said)
    if passed_over and file.numbers_teeth:
        collection.notes.append(
            f"{file.path.name} was not used: it numbers teeth, and other files of the"
            " folder say what is marked"
        )


def _take(collection: Collection, told: _Told) -> None:
    """Each radiograph once, however many files speak of it."""
    for radiograph, found in told.items():
        if os.path.isfile(radiograph):
            with collection.failures():
                chosen = _chosen(collection, radiograph, found)
                size = chosen.radiograph_size or upright_size(radiograph)
                collection.add(radiograph, size, chosen)
            continue
        # A name alone may be that of several, unless the same is said of them.
        for number, said in enumerate(found):
            if not any(_are_of_one_project(said, other) for other in found[:number]):
                later = (o for o in found[number:] if _are_of_one_project(said, o))
                cautions = united_cautions((said, *later))
                with collection.failures():
                    _take_absent(
                        collection, radiograph, replace(said, cautions=cautions)
                    )


def _take_absent(
    collection: Collection, radiograph: Path, said: ImageAnnotations
) -> None:
    if said.frame is None or not radiograph.suffix:
        name = radiograph.relative_to(said.path.parent).as_posix()
        raise AnnotationFileError(said.path, f'the picture "{name}" is not there')
    collection.add(radiograph, said.frame, said)
    collection.absent.append(radiograph.name)


def _are_of_one_project(one: ImageAnnotations, other: ImageAnnotations) -> bool:
    is_file = one.path != other.path and one.frame == other.frame
    return is_file and one.question == other.question and say_the_same(one, other)


def _absent(path: Path, stated: str) -> Path:
    """Where a picture that is not there would lie; apart from others of its name."""
    relative = PureWindowsPath(stated)
    if not relative.anchor and ".." not in relative.parts and relative.name:
        return path.parent.joinpath(*relative.parts)
    return path.with_name(base_name(stated) or path.name)
