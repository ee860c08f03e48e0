"""On which side of a split an earlier export has radiographs, which is where they stay.

Lots alone do not tell: of a small set one is held out whatever it drew, and a name that
several have since is drawn for anew. Copies are known by name and content: renamed ones
are not, nor always those of one name in several folders, where names alone are stated.
"""

from __future__ import annotations

import filecmp
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import csv_file
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import ANOTHER_SPLIT
from dentalviewer.formats._image_names import folded
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._project import TRAINING, VALIDATION
from dentalviewer.formats._voc_project import side_of
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
    return sides


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
    table = place / csv_file.FILE_NAME
    if format_name == "csv" and table.is_file():
        yield from (
            place / name for name in open_annotation_file(table).images.values()
        )
    elif place.is_dir():
        yield from (image.path for image in collect_annotations(place).images)


def _is_same(radiograph: Path, other: Path, *, alone: bool) -> bool:
    """`alone` in their name, they may be told by that where one is not there."""
    try:
        if os.path.realpath(radiograph) == os.path.realpath(other):
            return True
        return filecmp.cmp(radiograph, other, shallow=False)
    except (OSError, ValueError):  # Names that no disk takes are stated too.
        return alone
