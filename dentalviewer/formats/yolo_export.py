"""Writes YOLO. The order of classes is their meaning: a list of classes that is there
already is only ever added to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
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
    Project,
    keeps_shape,
    text_of,
)
from dentalviewer.formats._yaml_names import yaml_names
from dentalviewer.formats.yolo import NAME
from dentalviewer.formats.yolo_classes import CLASSES, DATA, class_names
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding


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
    Classes already listed in `folder` keep their numbers. Raises AnnotationFileError.
    """
    going = outgoing(images)
    images = going.images
    known = class_names(folder / DATA) if (folder / DATA).is_file() else {}
    names = list(known[n] for n in sorted(known))
    labels = export_labels(images, project.class_names)
    names += [label for label in labels if label not in names]
    numbers = {name: number for number, name in enumerate(names)}
    if list(known) and sorted(known) != list(range(len(known))):
        raise AnnotationFileError(
            folder / DATA, "the classes have gaps in their numbers"
        )
    places = [
        PurePosixPath(_part_of(image.path, validation), plain_text(stem))
        for image, stem in zip(images, file_stems(images), strict=True)
    ]
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


def _part_of(image: Path, validation: Collection[Path] | None) -> str:
    if validation is None:
        return ""
    return "val" if image in validation else "train"


def _image_folders(
    folder: Path, validation: Collection[Path] | None
) -> tuple[str, str]:
    """For training and validation; one stands for both where the other is not there.

    Tools that train need both names, and stop at a folder that is missing.
    """
    sides = [s for s in ("train", "val") if (folder / "labels" / s).is_dir()]
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
