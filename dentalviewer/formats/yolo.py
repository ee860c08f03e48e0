"""YOLO: a text file for each image, a line for each box, in parts of the image's size.

`class x y width height`, x and y of the centre; the classes are numbers, which
`yolo_classes` has the names of.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dentalviewer.errors import AnnotationFileError, RadiographError
from dentalviewer.formats._annotation_file import AnnotationFile, Meant
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
)
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import same_name
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._packing import packed_text
from dentalviewer.formats._project import (
    Project,
    class_entries,
)
from dentalviewer.formats.yolo_classes import class_names
from dentalviewer.geometry import Size
from dentalviewer.storage.files import decoded_text

NAME = "YOLO"
NO_PICTURE = (
    "its picture, whose size must be known, is not there: put it beside the file, or"
    ' into a folder "images" beside "labels"'
)
# How much of a file is looked at to tell what it is.
START = 4096
# What else `float` takes for a number, such as "nan" or "1_000", is none in YOLO.
_PLAIN = re.compile(r"[\d\s.eE+-]*", re.ASCII)


def looks_like_yolo(content: bytes) -> bool:
    """Whether the first line is a box; an empty file says that there is none."""
    start = content[:START]
    if len(content) > START and not start[-1:].isspace():
        start = start.rsplit(maxsplit=1)[0]  # The last number may have been cut.
    lines = start.decode("utf-8-sig", "replace").splitlines()
    first = next((line for line in lines if line.strip()), None)
    return first is None or _parsed(first) is not None


def _parsed(line: str) -> tuple[str, str, list[float]] | None:
    """The class, and what follows it as it is written and as numbers; None if the line
    is no box.
    """
    parts = line.split(maxsplit=1) if _PLAIN.fullmatch(line) else []
    if len(parts) < 2 or not parts[0].isdecimal():
        return None
    number, text = parts[0], parts[1].strip()
    try:
        values = [float(value) for value in text.split()]
    except ValueError:
        return None
    if len(values) < 4 or not all(map(math.isfinite, values)):
        return None
    return number, text, values


def read_yolo(path: Path, content: bytes) -> AnnotationFile:
    """What the text says of its one image. Raises AnnotationFileError."""
    text = decoded_text(path, content, AnnotationFileError)

    def read(_key: str, radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        if radiograph is None:
            raise AnnotationFileError(path, NO_PICTURE)
        try:
            size = upright_size(radiograph)
        except RadiographError as fault:
            told = f"the size is not known: {fault}"
            raise AnnotationFileError(path, told) from fault
        return read_at(size, aliases)

    def read_at(size: Size, aliases: Aliases) -> ImageAnnotations:
        return _read(path, text, class_names(path), size, aliases)

    def meant(radiograph: Path) -> list[Meant]:
        if same_name(path.stem, radiograph.stem):
            return [Meant("")]
        return [Meant("", "The file has another name than the radiograph.")]

    return AnnotationFile(
        path,
        NAME,
        {"": path.stem},
        read,
        meant,
        lambda: _project(path),
        path.parent,
        read_at=read_at,
    )


def _project(path: Path) -> Project:
    names = class_names(path)
    return Project(class_entries([names[number] for number in sorted(names)]))


def _read(
    path: Path,
    text: str,
    names: Mapping[int, str],
    size: Size,
    aliases: Aliases,
) -> ImageAnnotations:
    lines = [line for line in text.splitlines() if line.strip()]
    gathering = Gathering(path, NAME, aliases)
    gathering.require_sensible_count(len(lines))
    unnamed: set[int] = set()
    for number, line in enumerate(lines, start=1):
        place = f"line {number}"
        parsed = _parsed(line)
        if parsed is None or len(parsed[0]) > 9:
            raise AnnotationFileError(
                path, f"{place} is not a box of YOLO: {line[:60]!a}"
            )
        label_number = int(parsed[0])
        if label_number not in names:
            unnamed.add(label_number)
        label = names.get(label_number, f"class {label_number}")
        _add(gathering, place, *parsed[1:], label, size)
    if unnamed:
        listed = ", ".join(map(str, sorted(unnamed)))
        gathering.notes.append(f"no classes.txt or data.yaml names the class {listed}")
    return gathering.finished(size, radiograph_size=size)


def _add(
    gathering: Gathering,
    place: str,
    text: str,
    values: Sequence[float],
    label: str,
    size: Size,
) -> None:
    said = packed_text(text)
    if len(values) > 5:
        if len(values) % 2:
            raise AnnotationFileError(
                gathering.path, f"{place}: an outline needs pairs of numbers"
            )
        xs = [x * size.width for x in values[::2]]
        ys = [y * size.height for y in values[1::2]]
        points = list(zip(xs, ys, strict=True))
        gathering.add_outline(place, points, [label], said=said)
        return
    x, y, width, height, *score = values
    edges = (
        (x - width / 2) * size.width,
        (y - height / 2) * size.height,
        (x + width / 2) * size.width,
        (y + height / 2) * size.height,
    )
    confidence = score[0] if score else None
    gathering.add(place, edges, [label], score=confidence, said=said)
