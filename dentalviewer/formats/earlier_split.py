"""On which side of a split an earlier export has radiographs, which is where they stay.

Lots alone do not tell: of a small set one is held out whatever it drew, and a name that
several have since is drawn for anew. Copies are known by name and content, so that
renamed ones are not. Where there are none, and names alone are stated, with as many
folders as told the radiographs apart, they are sought where all of these lie.
"""

from __future__ import annotations

import filecmp
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import csv_file, vott_v1
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import ANOTHER_SPLIT
from dentalviewer.formats._image_names import folded
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._project import ALL_CLASSES, TRAINING, VALIDATION
from dentalviewer.formats._voc_project import ANNOTATIONS, read_image_sets, side_of
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.locating import radiographs_below


def earlier_sides(
    images: Sequence[LabelledImage], folder: Path, format_name: str
) -> dict[Path, bool]:
    """Whether it is held out, of each of the images that an export into the folder has,
    by its path or as a copy of its name.

    Raises AnnotationFileError, too where one is on both sides.
    """
    namesakes: dict[str, list[tuple[Path, bool]]] = {}
    for path, held in _earlier(folder, format_name):
        namesakes.setdefault(folded(path.stem), []).append((path, held))
    times = Counter(folded(image.path.stem) for image in images)
    sides: dict[Path, bool] = {}
    for image in images:
        stem = folded(image.path.stem)
        found = namesakes.get(stem, [])
        alone = times[stem] == len(found) == 1
        same = [each for each in found if _is_same(image.path, each[0], alone=alone)]
        if len({held for _, held in same}) > 1:
            raise AnnotationFileError(same[-1][0], ANOTHER_SPLIT)
        if same:
            sides[image.path] = same[0][1]
    stated = _stated(folder, format_name)
    return _by_place([image.path for image in images], stated) | sides


def _earlier(folder: Path, format_name: str) -> Iterator[tuple[Path, bool]]:
    """Each radiograph that is on a side, and whether it is held out."""
    if format_name in ("coco", "voc"):
        images = collect_annotations(folder).images if folder.is_dir() else ()
        found = [(image.path, side_of(image.parts)) for image in images]
        # VOC has lists to learn from without any split, too.
        if format_name == "coco" or any(side == VALIDATION for _, side in found):
            yield from ((path, side == VALIDATION) for path, side in found if side)
        return
    for side in (TRAINING, VALIDATION):
        for path in _on_side(folder, side, format_name):
            yield path, side == VALIDATION


def _on_side(folder: Path, side: str, format_name: str) -> Iterator[Path]:
    """The radiographs that lie there, and those that are named there."""
    if format_name == "yolo":
        yield from radiographs_below(folder / "images" / side)
        for text in (folder / "labels" / side).rglob("*.txt"):
            yield text.with_suffix(".png")  # Or any other.
        return
    place = folder / side
    yield from radiographs_below(place)
    table = csv_file.table_in(place) if format_name == "csv" else None
    if table is not None:
        yield from (
            place / name for name in open_annotation_file(table).images.values()
        )
    elif place.is_dir():
        yield from (image.path for image in collect_annotations(place).images)


def _stated(folder: Path, format_name: str) -> dict[str, bool]:
    """Whether it is held out, of each radiograph by the name that the files of a format
    state which tells no more of where it lies, as of `folded`: in VOC and YOLO without
    suffix, in others with and, for those that were converted since, without.
    """
    if format_name == "voc":
        # Lists name what the files in Annotations are called.
        listed = read_image_sets(folder / ANNOTATIONS, ()).parts.items()
        sides = {
            name: side_of(parts)
            for name, parts in listed
            if any(part.label == ALL_CLASSES for part in parts)
        }
        is_split = VALIDATION in sides.values()
        return {n: s == VALIDATION for n, s in sides.items() if is_split}
    found: dict[str, set[str]] = {}
    for side in (TRAINING, VALIDATION):
        for name in _names_on_side(folder, side, format_name):
            # The stem of those that YOLO names is all of the name.
            stem = name if format_name == "yolo" else os.path.splitext(name)[0]
            for spelled in {folded(name), folded(stem)}:
                found.setdefault(spelled, set()).add(side)
    return {name: VALIDATION in on for name, on in found.items() if len(on) == 1}


def _names_on_side(folder: Path, side: str, format_name: str) -> Iterator[str]:
    if format_name == "yolo":
        place = folder / "labels" / side
        for text in place.rglob("*.txt"):
            yield text.relative_to(place).with_suffix("").as_posix()
    elif format_name == "csv":
        table = csv_file.table_in(folder / side)
        if table is not None:
            yield from open_annotation_file(table).images.values()
    elif format_name == "vott1":
        # Each is called after the folder of its radiographs.
        for file in (folder / side).glob("*.json"):
            # Anything may lie there, as what somebody settled about classes.
            with suppress(AnnotationFileError):
                found = open_annotation_file(file)
                if found.format_name == vott_v1.NAME:
                    yield from (f"{file.stem}/{name}" for name in found.images.values())


def _by_place(
    radiographs: Sequence[Path], stated: Mapping[str, bool]
) -> dict[Path, bool]:
    """Of radiographs that may be meant by a stated name the one that lies in the folder
    in which most of those that are stated do; none if that holds of two folders.

    Those there whose names differ in their suffix alone all are where one of them was,
    for nothing tells which.
    """
    places: dict[str, list[tuple[str, Path]]] = {}
    for radiograph in radiographs if stated else ():
        for name, place in _spellings(radiograph):
            if name in stated:
                places.setdefault(name, []).append((place, radiograph))
    around = Counter(place for found in places.values() for place, _ in found)
    most = max(around.values(), default=0)
    chosen = [place for place, count in around.items() if count == most]
    sides: dict[Path, bool] = {}
    # That with most folders tells most, then that with a suffix.
    for name in sorted(places, key=lambda each: (-each.count("/"), -len(each))):
        found = places[name]
        if len({place for place, _ in found}) > 1:
            found = [each for each in found if [each[0]] == chosen]
        for _, radiograph in found:
            sides.setdefault(radiograph, stated[name])
    return sides


def _spellings(radiograph: Path) -> Iterator[tuple[str, str]]:
    """The names that may be stated, with more and more folders, and where those lie.

    Files of images that differ in their suffix alone are called after all of the name.
    """
    path = folded(Path(os.path.abspath(radiograph)).as_posix())
    for spelled in (os.path.splitext(path)[0], path):
        parts = spelled.split("/")
        for start in range(1, len(parts)):
            yield "/".join(parts[start:]), "/".join(parts[:start])


def _is_same(radiograph: Path, other: Path, *, alone: bool) -> bool:
    """`alone` in their name, they may be told by that where one is not there."""
    try:
        if os.path.realpath(radiograph) == os.path.realpath(other):
            return True
        return filecmp.cmp(radiograph, other, shallow=False)
    except (OSError, ValueError):  # Names that no disk takes are stated too.
        return alone
