"""A project of VoTT 2 and its own JSON export, which are by one reader.

VoTT writes the export beside the project, with the project's id. A copy of the project
has that id too, and may have gone to another reader: who says something else, or lies
elsewhere, may be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._packing import unpacked
from dentalviewer.formats.vott_v2 import ASSET_SUFFIX, EXPORT_FOLDER, NAME

PROJECT_SUFFIX = ".vott"


class Repeat(Enum):
    """What an export is to a project with its id: by the same reader, surely where it
    lies beside it and says nothing else, and perhaps in two other ways.
    """

    SURE = auto()
    SAYS_OTHERWISE = auto()
    LIES_ELSEWHERE = auto()


def repeat_of(
    files: Iterable[Path], others: Iterable[Path]
) -> tuple[Path, Path, Repeat] | None:
    """Of the one JSON export that a set is read from: it, the project that another set
    is read from, and what it is to that. None where neither is there, or they have
    nothing to do with each other.
    """
    export = _export_among(files)
    if export is None:
        return None
    for project in _projects_of(others):
        if _id(project) != _id(export):
            continue
        folder = project.path.parent.resolve()
        places = (folder, folder / EXPORT_FOLDER)
        is_beside = export.path.parent.resolve() in places
        is_same = _says_nothing_else(export, project)
        if is_beside:
            kind = Repeat.SURE if is_same else Repeat.SAYS_OTHERWISE
            return export.path, project.path, kind
        if is_same and any(_regions(export, key) for key in export.images):
            return export.path, project.path, Repeat.LIES_ELSEWHERE
    return None


def _export_among(files: Iterable[Path]) -> AnnotationFile | None:
    there = [each for each in files if each.is_file()]
    if len(there) != 1 or there[0].suffix.lower() != ".json":
        return None
    found = _opened(there[0])
    # The file of one image belongs to no project_path.
    is_export = found is not None and found.project_path is not None
    return found if is_export else None


def _projects_of(files: Iterable[Path]) -> Iterator[AnnotationFile]:
    """Those among the files, or that have the files of images among them."""
    assets: dict[Path, set[str]] = {}
    projects: dict[Path, None] = {}
    for each in files:
        if each.suffix.lower() == PROJECT_SUFFIX:
            projects[each] = None
        elif each.name.endswith(ASSET_SUFFIX):
            key = each.name.removesuffix(ASSET_SUFFIX)
            assets.setdefault(each.parent, set()).add(key)
    for folder, keys in assets.items():
        for path in sorted(folder.glob(f"*{PROJECT_SUFFIX}")):
            found = _opened(path)
            if found is not None and not keys.isdisjoint(found.images):
                projects[path] = None
    for path in projects:
        found = _opened(path)
        if found is not None:
            yield found


def _opened(path: Path) -> AnnotationFile | None:
    try:
        found = open_annotation_file(path)
    except AnnotationFileError:
        return None
    return found if found.format_name == NAME else None


def _id(file: AnnotationFile) -> object:
    return file.project().rest_of(NAME).get("id", file.path)


def _says_nothing_else(export: AnnotationFile, project: AnnotationFile) -> bool:
    """Of the images that were looked at when it was written; the project may say of
    more by now.
    """
    try:
        return all(
            key in project.images
            and _is_heard(project, key)
            and _regions(export, key) == _regions(project, key)
            for key in export.images
            if _is_heard(export, key)
        )
    except AnnotationFileError:
        return False


def _is_heard(file: AnnotationFile, key: str) -> bool:
    return any(each.key == key for each in file.meant(Path(file.images[key])))


def _regions(file: AnnotationFile, key: str) -> list[object]:
    """Word for word, with the ids that VoTT gives them."""
    found = file.read(key, None, None).findings
    return [unpacked(each.origin.said) for each in found if each.origin is not None]
