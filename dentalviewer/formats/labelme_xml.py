"""LabelMe of the MIT: one XML file for each image, under Annotations where that is
under Images, in a folder of the same name. It is read, and not written.

Outlines are polygons in pixels of the image; what somebody deleted stays in the file
and is marked so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.formats._annotation_file import AnnotationFile, meant_by_one_name
from dentalviewer.formats._annotations import Aliases, ImageAnnotations
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._xml import frame_at, number_of, text_at

if TYPE_CHECKING:
    from lxml.etree import _Element

NAME = "LabelMe (MIT)"


def is_labelme(root: _Element) -> bool:
    """Whether an <annotation> is LabelMe's, and not of Pascal VOC."""
    return root.find("object/bndbox") is None and (
        root.find("object/polygon/pt") is not None
        or root.find("source/sourceAnnotation") is not None
    )


def read_labelme_xml(
    path: Path, root: _Element, notes: Sequence[str]
) -> AnnotationFile:
    """What the XML says of its one image."""
    stated = text_at(root, "filename")
    folder = text_at(root, "folder")

    def read(_key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read(path, root, notes, aliases)

    name = f"{folder}/{stated}" if folder and stated else stated
    return AnnotationFile(path, NAME, {"": name}, read, meant_by_one_name(stated))


def _read(
    path: Path, root: _Element, notes: Sequence[str], aliases: Aliases
) -> ImageAnnotations:
    gathering = Gathering(path, NAME, aliases, notes=list(notes))
    objects = root.findall("object")
    gathering.require_sensible_count(len(objects))
    for number, each in enumerate(objects, start=1):
        if text_at(each, "deleted") == "1":
            continue
        place = f"object {number}"
        label = text_at(each, "name")
        gathering.left_out["occluded"] += text_at(each, "occluded") == "yes"
        gathering.left_out["attributes"] += bool(text_at(each, "attributes"))
        points = [
            (number_of(path, p.find("x"), "x", place),
             number_of(path, p.find("y"), "y", place))
            for p in each.iterfind("polygon/pt")
        ]  # fmt: skip
        labels = [label] if label else []
        box = each.find("segm/box")
        if box is not None:
            x_min, y_min, x_max, y_max = (
                number_of(path, box.find(tag), tag, place)
                for tag in ("xmin", "ymin", "xmax", "ymax")
            )
            points = [(x_min, y_min), (x_max, y_max)]
        gathering.add_outline(place, points, labels)
    return gathering.finished(frame_at(path, root, "imagesize", "ncols", "nrows"))
