"""Writes YOLO. The order of classes is their meaning: a list of classes that is there
already is only ever added to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
    ANOTHER_SPLIT,
    Export,
    copy_radiograph,
    file_stems,
    note_on_outlines,
    notes_on,
    write_export,
)
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._plain import plain_text
from dentalviewer.formats._project import (
    OUR_CLASSES,
    TRAINING,
    VALIDATION,
    Project,
    keeps_shape,
    text_of,
)
from dentalviewer.formats._yaml_names import yaml_names
from dentalviewer.formats.yolo import NAME
from dentalviewer.formats.yolo_classes import (
    CLASSES,
    DATA,
    class_list_of,
    class_names,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

_SIDES = (TRAINING, VALIDATION)


def write_yolo(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    validation: Collection[Path] | None = None,
    project: Project = OUR_CLASSES,
) -> Export:
    """Write labels/, data.yaml and classes.txt; images/ with `copy_images`.

    With `validation`, images and labels lie in train/ and val/ of their folders.
    Classes already listed in `folder` keep their numbers. Raises AnnotationFileError,
    too where the folder has one of the images on another side.
    """
    going = outgoing(images)
    images = going.images
    places = [
        PurePosixPath(_part_of(image.path, validation), plain_text(stem))
        for image, stem in zip(images, file_stems(images), strict=True)
    ]
    _require_same_split(folder, places)
    names = _names_there(folder, places)
    labels = export_labels(images, project.class_names)
    names += [label for label in labels if label not in names]
    numbers = {name: names.index(name) for name in names}
    if copy_images:
        for image, place in zip(images, places, strict=True):
            target = folder / "images" / f"{place}{image.path.suffix}"
            copy_radiograph(image.path, target)
    for image, place in zip(images, places, strict=True):
        lines = [
            f"{numbers[finding.label]} {_values(finding, image.size)}\n"
            for finding in image.findings
        ]
        write_export(folder / "labels" / f"{place}.txt", "".join(lines))
    write_export(folder / DATA, _data_yaml(names, *_image_folders(folder, validation)))
    one_line = [re.sub(r"\s+", " ", name) for name in names]
    write_export(folder / CLASSES, "".join(f"{name}\n" for name in one_line))
    changed = sum(_is_changed_outline(f) for i in images for f in i.findings)
    notes = [*notes_on(going, NAME), *note_on_outlines(changed)]
    return Export(folder / DATA, tuple(notes))


def _names_there(folder: Path, places: Iterable[PurePosixPath]) -> list[str]:
    """The classes by number, as what lies in the folder already means them.

    Raises AnnotationFileError where they are named by a list that is not added to.
    """
    for place in sorted({place.parent for place in places}):
        listed = class_list_of(folder / "labels" / place / "any.txt")
        if listed is None or not listed.is_relative_to(os.path.abspath(folder)):
            continue
        if listed.parent != Path(os.path.abspath(folder)) or listed.name not in (
            CLASSES,
            DATA,
        ):
            raise AnnotationFileError(
                listed, "this names the classes of what is here: use another folder"
            )
        known = class_names(listed)
        if sorted(known) != list(range(len(known))):
            raise AnnotationFileError(listed, "the classes have gaps in their numbers")
        return [known[number] for number in sorted(known)]
    return []


def _require_same_split(folder: Path, places: Sequence[PurePosixPath]) -> None:
    """An image on both sides would be learned from and judged by; one of its name, in
    a folder of its own that is called as a side is, is another.
    """
    own = set(places)
    for place in places:
        inner = place.parts[place.parts[0] in _SIDES :]
        for side in ("", *_SIDES):
            other = PurePosixPath(side, *inner)
            file = folder / "labels" / f"{other}.txt"
            if other not in own and file.is_file():
                raise AnnotationFileError(file, ANOTHER_SPLIT)


def _part_of(image: Path, validation: Collection[Path] | None) -> str:
    if validation is None:
        return ""
    return VALIDATION if image in validation else TRAINING


def _image_folders(
    folder: Path, validation: Collection[Path] | None
) -> tuple[str, str]:
    """For training and validation; one stands for both where the other is not there.

    Tools that train need both names, and stop at a folder that is missing.
    """
    sides = [s for s in _SIDES if (folder / "labels" / s).is_dir()]
    if validation is None or not sides:
        return "images", "images"
    return f"images/{sides[0]}", f"images/{sides[-1]}"


def _values(finding: Finding, size: Size) -> str:
    """As the file has them, if it is one of YOLO and the box is still the same.

    A fifth number is a detector's score, and no training tool takes it.
    """
    values = text_of(finding, NAME)
    if values and keeps_shape(finding):
        parts = values.split()
        return " ".join(parts[:4] if len(parts) == 5 else parts)
    return _normalised(finding.box, size)


def _is_changed_outline(finding: Finding) -> bool:
    values = text_of(finding, NAME).split()
    return len(values) > 5 and not keeps_shape(finding)


def _normalised(box: Box, size: Size) -> str:
    """Six decimals: on 3000 pixels good to a few thousandths of a pixel."""
    x, y = box.center
    values = (
        x / size.width,
        y / size.height,
        box.width / size.width,
        box.height / size.height,
    )
    return " ".join(f"{value:.6f}" for value in values)


def _data_yaml(names: Sequence[str], train: str, validation: str) -> str:
    listed = yaml_names(dict(enumerate(names)))
    return f"path: .\ntrain: {train}\nval: {validation}\n{listed}\n"
