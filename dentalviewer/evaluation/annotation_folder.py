"""Which files of a folder are read as one set, and what each of them adds to it."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading, name_keys
from dentalviewer.formats import class_settings, open_annotation_file
from dentalviewer.formats.contradictions import Contradiction
from dentalviewer.formats.csv_file import looks_like_csv
from dentalviewer.formats.review_file import REVIEW_SUFFIX
from dentalviewer.formats.sidecars import may_be_annotations, may_be_yolo
from dentalviewer.formats.vott_v2 import ASSET_SUFFIX, EXPORT_FOLDER
from dentalviewer.formats.yolo_classes import CLASSES
from dentalviewer.radiograph import is_hidden_folder

_PROJECT = ".vott"
_SUFFIXES = (_PROJECT, ".xml", ".json", ".csv")
# Where Pascal VOC keeps its files, and COCO.
_VOC_FOLDER, _COCO_FOLDER = "Annotations", "annotations"


def annotation_files(folder: Path) -> list[Path]:
    """Projects of VoTT 2, then all that is not theirs; what is in Annotations, at any
    depth, is read with a project, or where nothing else is. Files of COCO in
    annotations, and texts of YOLO, are read where nothing else is. Raises
    AnnotationFileError.
    """
    beside, of_voc = _files(folder), files_below(folder / _VOC_FOLDER)
    projects = [path for path in beside if is_project(path)]
    if not projects:
        return beside or of_voc or _files_of_coco(folder) or _texts_of_yolo(folder)
    own = {name for project in projects for name in _own_files(project)}
    others = [path for path in beside if path not in projects and path.name not in own]
    return projects + [path for path in others + of_voc if _is_about_images(path)]


def is_project(path: Path) -> bool:
    return path.suffix.lower() == _PROJECT


def is_text_of_yolo(path: Path) -> bool:
    """Of the files of a folder that are read; others of its texts may be about else."""
    return path.suffix.lower() == ".txt"


def _files(folder: Path) -> list[Path]:
    """Those that may be annotations by name; not what this program saves itself.

    Raises AnnotationFileError.
    """
    if not os.path.isdir(folder):
        return []
    try:
        listed = sorted(folder.iterdir())
    except OSError as fault:
        told = f"the folder cannot be read: {fault.strerror or fault}"
        raise AnnotationFileError(folder, told) from fault
    return [
        path
        for path in listed
        if path.suffix.lower() in _SUFFIXES
        and not path.name.startswith(".")
        and not path.name.endswith((REVIEW_SUFFIX, class_settings.FILE_NAME))
    ]


def files_below(folder: Path) -> list[Path]:
    """As `_files`, with those of the folders in it: they tell radiographs of one name
    apart.
    """
    below = (path for path in sorted(folder.rglob("*")) if path.is_dir())
    return [
        path
        for place in (folder, *below)
        if not is_hidden_folder(place.name)
        for path in _files(place)
    ]


def _files_of_coco(folder: Path) -> list[Path]:
    """Without those that only list pictures, where others say what is on them."""
    files = _files(folder / _COCO_FOLDER)
    return [path for path in files if not _only_lists_pictures(path)] or files


def _only_lists_pictures(path: Path) -> bool:
    try:
        return open_annotation_file(path).only_lists_pictures
    except AnnotationFileError:
        return False  # Whoever reads it says what is wrong.


def _texts_of_yolo(folder: Path) -> list[Path]:
    """In the folder itself, and in any below that is, or lies in, one named labels."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if is_text_of_yolo(path)
        and (path.parent == folder or "labels" in path.absolute().parts)
        and not path.name.startswith(".")
        and path.name != CLASSES
        and may_be_yolo(path)
    ]


def files_of(path: Path) -> frozenset[Path]:
    """A file, with those that are a project's own. Raises AnnotationFileError."""
    names = _own_files(path) if is_project(path) else []
    places = (path.parent, path.parent / EXPORT_FOLDER)
    return frozenset((path, *(place / name for place in places for name in names)))


def _own_files(project: Path) -> list[str]:
    """The files of its images, and its exports, which say the same as it does."""
    dashed = re.sub(r"\s", "-", project.stem)
    assets = [key + ASSET_SUFFIX for key in open_annotation_file(project).images]
    return [f"{dashed}-export.json", f"{dashed}-export.csv", *assets]


def _is_about_images(path: Path) -> bool:
    """Among a project's files lie settings and tables of many kinds."""
    if path.suffix.lower() == ".csv":
        try:
            with path.open("rb") as file:
                return looks_like_csv(file.read(200))
        except OSError:
            return True  # Whoever reads it says what is wrong.
    return path.name.endswith(ASSET_SUFFIX) or may_be_annotations(path)


def told_once(
    sets: Sequence[AnnotationSet],
) -> tuple[list[AnnotationSet], list[Contradiction]]:
    """The sets, without what other files say of a project's radiographs, and where that
    is something else.
    """
    told: dict[str, list[tuple[Path, Reading]]] = defaultdict(list)
    for project in sets:
        for reading in project.readings if is_project(project.path) else ():
            told[name_keys(reading.name)[1]].append((project.path, reading))
    contradictions: list[Contradiction] = []
    return [
        each
        if is_project(each.path) or not told
        else _without(each, told, contradictions)
        for each in sets
    ], contradictions


def _without(
    found: AnnotationSet,
    told: Mapping[str, Sequence[tuple[Path, Reading]]],
    contradictions: list[Contradiction],
) -> AnnotationSet:
    readings = []
    for reading in found.readings:
        same = [
            (path, other)
            for path, other in told.get(name_keys(reading.name)[1], ())
            if _may_be_one(reading.name, other.name)
        ]
        if not same:
            readings.append(reading)
        elif not any(_marks(reading) == _marks(other) for _path, other in same):
            name = name_keys(reading.name)[1]
            contradictions.append(Contradiction(name, same[0][0], found.path))
    if not readings:
        return replace(found, labels=(), readings=(), notes=())
    return replace(found, readings=tuple(readings))


def _may_be_one(name: str, other: str) -> bool:
    """Of two that have one file name; whole paths may be of another computer."""
    paths = [PureWindowsPath(name_keys(each)[0]) for each in (name, other)]
    if any(path.anchor for path in paths):
        return True
    count = min(len(path.parts) for path in paths)
    return paths[0].parts[-count:] == paths[1].parts[-count:]


def _marks(reading: Reading) -> set[tuple[str, tuple[int, ...]]]:
    return {
        (finding.label, tuple(round(edge) for edge in finding.box.corners))
        for finding in (*reading.findings, *reading.uncertain)
    }
