"""Reads the texts of YOLO as a set: each is about one picture, in parts of its size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import (
    AnnotationSet,
    FaultyBox,
    Reading,
    name_keys,
    reading_of,
    used_labels,
    with_silent,
)
from dentalviewer.evaluation.faulty_boxes import within
from dentalviewer.formats import AnnotationFile, ImageAnnotations
from dentalviewer.formats._listings import Listings
from dentalviewer.formats.class_settings import settled_aliases
from dentalviewer.formats.locating import Locator
from dentalviewer.formats.yolo_classes import class_list_of


def read_texts(
    path: Path,
    files: Sequence[AnnotationFile],
    like: AnnotationSet | None,
    own_aliases: Mapping[str, str],
) -> AnnotationSet:
    """The texts of the folder `path`, or the one that it is.

    Where the picture is not there, its size is that of the radiograph with its name in
    the set `like`; what is not in that set is left out. Of a folder by a detector that
    set also tells which radiographs it was given, for it writes no text where it finds
    nothing. Raises AnnotationFileError if a size is not known, or nothing names the
    classes.
    """
    readings: list[Reading] = []
    notes: list[str] = []
    faulty: list[FaultyBox] = []
    left_out = 0
    listings = Listings()
    named = None if like is None else _by_name(like)
    settled: dict[tuple[Path, ...], Mapping[str, str]] = {}
    for file in files:
        picture = Locator(file.path, listings.find_file).locate(file.path.stem)
        beside = (picture or file.path).parent
        folders = (beside, file.path.parent)
        if folders not in settled:
            settled[folders] = settled_aliases(own_aliases, *folders)
        found = _read(file, picture, named, settled[folders])
        if found is None:
            left_out += 1
            continue
        name, said = found
        reading = reading_of(name, said.frame, said.findings)
        reading, outside = within(file.path, reading)
        readings.append(reading)
        faulty += outside
        notes += [f"{file.path.name}: {note}" for note in said.notes]
    if left_out and like is not None:
        what = "1 text" if left_out == 1 else f"{left_out} texts"
        told = f"{what} without a picture, of no radiograph in {like.path}"
        if not readings:
            raise AnnotationFileError(path, f"holds but {told}")
        notes.append(f"Left out of {path}: {told}")
    _require_distinct(path, readings)
    read = AnnotationSet(
        path,
        used_labels(readings),
        tuple(readings),
        notes=tuple(notes),
        faulty=tuple(faulty),
    )
    return with_silent(read, like) if like is not None and path.is_dir() else read


def _read(
    file: AnnotationFile,
    picture: Path | None,
    like: _ByName | None,
    aliases: Mapping[str, str],
) -> tuple[str, ImageAnnotations] | None:
    """What the picture is called, and what is said of it; None if `like` lacks it."""
    path = file.path
    ((key, stem),) = file.images.items()
    known = None if like is None or picture else _named(like, path, stem)
    if picture is not None:
        name = str(_part_of_set(path) / picture.name)
        said = file.read(key, picture, aliases)
    elif known is not None and known.size is not None and file.read_at is not None:
        name, said = known.name, file.read_at(known.size, aliases)
    elif known is None and like is not None:
        return None
    else:
        name, said = stem, file.read(key, None, aliases)
    if said.findings and class_list_of(path) is None:
        raise AnnotationFileError(
            path,
            "its classes are numbers, and no data.yaml, classes.txt or obj.names beside"
            " it or further up names them",
        )
    return name, said


def _require_distinct(path: Path, readings: Sequence[Reading]) -> None:
    counts = Counter(reading.name for reading in readings)
    for name, count in counts.items():
        if count > 1:
            raise AnnotationFileError(path, f"{name} is spoken of in {count} texts")


def _part_of_set(path: Path) -> PurePosixPath:
    """The folders below labels, such as "train"; pictures of two may share a name."""
    parts = path.absolute().parent.parts
    if "labels" not in parts:
        return PurePosixPath()
    place = len(parts) - 1 - parts[::-1].index("labels")
    return PurePosixPath(*parts[place + 1 :])


_ByName = Mapping[str, Sequence[Reading]]
"""Readings by the file names of their radiographs, with and without the suffix."""


def _by_name(like: AnnotationSet) -> _ByName:
    index: dict[str, list[Reading]] = defaultdict(list)
    for reading in like.readings:
        for key in set(name_keys(reading.name)[1:]):
            index[key].append(reading)
    return dict(index)


def _named(index: _ByName, path: Path, stem: str) -> Reading | None:
    """With that name, whatever the suffix; AnnotationFileError if two have it."""
    found = index.get(name_keys(stem)[1], ())
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise AnnotationFileError(path, f"{stem} may be any of {names}")
    return found[0] if found else None
