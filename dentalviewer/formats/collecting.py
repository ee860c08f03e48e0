"""Gathering annotated radiographs from folders, projects and exports of any format."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PureWindowsPath

from dentalviewer.agreement import accepted_items
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile, asked
from dentalviewer.formats._annotations import Aliases, ImageAnnotations
from dentalviewer.formats._image_names import base_name
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._listings import Listings
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._origins import with_origins
from dentalviewer.formats._project import OUR_CLASSES
from dentalviewer.formats.class_meanings import meant
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.collected import Collected, Collection
from dentalviewer.formats.locating import Locator, radiographs_below, radiographs_meant
from dentalviewer.formats.review_file import (
    annotation_files,
    find_review,
    read_review,
    require_picture,
)
from dentalviewer.formats.sidecars import FolderOfSidecars, may_be_annotations
from dentalviewer.formats.yolo_classes import (
    CLASSES,
    YAML_NAMES,
    class_lists_read_once,
)
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import counted
from dentalviewer.placing import Placing, with_placing
from dentalviewer.radiograph import is_hidden_folder, is_radiograph_name
from dentalviewer.review import ReviewItem
from dentalviewer.tooth_assignment import teeth_of


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


def collect_accepted(
    source: Path,
    *,
    user_folder: Path,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """Of radiographs reviewed to the end what was accepted; others are left out.

    `source` is a folder, or a file whose radiographs lie near. The rest is as of
    `collect_accepted_on`.
    """
    collection = Collection(None, tell)
    if source.is_dir():
        radiographs = list(radiographs_below(source, collection.fail))
    elif is_radiograph_name(source):
        radiographs = [source]
    else:
        radiographs = list(radiographs_meant(source))
    return _accepted(collection, radiographs, user_folder)


def collect_accepted_on(
    radiographs: Iterable[Path],
    *,
    user_folder: Path,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """What was accepted on those of the radiographs that were reviewed to the end, each
    finding at the tooth that it was placed at.

    `user_folder` is where reviews lie that fit nowhere else. Where no annotation file
    lists classes, they are ours. `tell` is given each radiograph before its review is
    read; what it raises ends the work. Faults of single radiographs are among the
    failures.
    """
    return _accepted(Collection(None, tell), radiographs, user_folder)


def _accepted(
    collection: Collection, radiographs: Iterable[Path], user_folder: Path
) -> Collected:
    settled = SettledAliases({}, collection.failed.append)
    called: dict[str, str] = {}
    patients: dict[Path, str] = {}
    unreviewed = unfinished = 0
    for radiograph in radiographs:
        collection.tell(radiograph)
        path = find_review(radiograph, user_folder)
        if path is None:
            unreviewed += 1
            continue
        with collection.failures():
            saved, _ = read_review(path)
            if not saved.is_reviewed_to_the_end:
                unfinished += 1
                continue
            require_picture(saved, radiograph, path)
            size = saved.size
            annotated = annotation_files(saved, radiograph)
            folders = (radiograph.parent, *(file.parent for file in annotated))
            review = meant(saved.review, settled.of(*folders) or {})
            # Kept word for word: only which of them are one finding is asked here.
            accepted = [saved.review.item(item.id) for item in accepted_items(review)]
            if number := saved.review.patient.number.strip():
                patients[radiograph] = number
            placings, here = teeth_of(review), settled.names(*folders)
            called |= here
            accepted = [_as_shown(each, placings[each.id], here) for each in accepted]
            said = _annotated(collection, annotated, radiograph)
            meanings = {**DEFAULT_ALIASES, **(settled.of(*folders) or {})}
            findings = with_origins(accepted, said, size, meanings)
            collection.add_findings(radiograph, size, findings, said)
    # Where something is still to decide, what is missing would be taken for nothing.
    for count, which in (
        (unreviewed, "without a review"),
        (unfinished, "not reviewed to the end"),
    ):
        if count:
            left = "was left out" if count == 1 else "were left out"
            collection.notes.append(f"{counted(count, 'radiograph')} {which} {left}")
    collected = replace(collection.finished(), reviewed_patients=patients)
    if collected.project.classes:
        return collected
    # Else what is exported today would number them otherwise than what is tomorrow.
    classes = tuple(
        replace(each, name=called.get(each.name, each.name))
        for each in OUR_CLASSES.classes
    )
    project = replace(collected.project, classes=classes, assumed=True)
    return replace(collected, project=project)


def _as_shown(
    item: ReviewItem, placing: Placing, names: Mapping[str, str]
) -> ReviewItem:
    """By what its folder calls the class, and with the tooth that it was placed at."""
    finding = with_placing(item.current, placing)
    label = names.get(finding.label, finding.label)
    return replace(item, current=replace(finding, label=label))


def _annotated(
    collection: Collection, files: Sequence[Path], radiograph: Path
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
            collection.take_patient(radiograph, file.patient_of(radiograph))
            return about[0]
    return ImageAnnotations(radiograph, "", (), None)
