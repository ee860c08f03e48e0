"""Pascal VOC: one XML file for each image, as VoTT 1 and 2, labelImg, CVAT and the VOC
challenge itself write it.

The challenge counts pixels from 1 and names the last one inside the box, so that its
xmin - 1 and xmax are the edges of `Box`. All the tools write edges counted from 0, and
are read and written so, without any shift. Scores and teeth go where CVAT has its
attributes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile, Meant
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
)
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import base_name, is_another, same_name
from dentalviewer.formats._packing import packed_text, unpacked_text
from dentalviewer.formats._project import Rest
from dentalviewer.formats._voc_project import annotations_folder, read_voc_project
from dentalviewer.formats._xml import frame_at, number_of, text_at

if TYPE_CHECKING:
    from lxml.etree import _Element

NAME = "Pascal VOC"
EDGES = ("xmin", "ymin", "xmax", "ymax")
_FLAGS = ("truncated", "occluded")
_KNOWN = ("name", "bndbox", "attributes", "difficult")
ATTRIBUTES = ("tooth", "last_tooth", "score")


def read_pascal_voc(path: Path, root: _Element, notes: Sequence[str]) -> AnnotationFile:
    """What the XML says of its one image. Raises AnnotationFileError."""
    if root.tag == "annotations" and root.find("image") is not None:
        raise AnnotationFileError(
            path,
            "this is CVAT's own kind of file, which is not read: have CVAT export"
            " COCO or Pascal VOC",
        )
    if root.tag != "annotation":
        raise AnnotationFileError(
            path, f"this is not Pascal VOC: it holds <{root.tag}>, not <annotation>"
        )
    stated = text_at(root, "filename")

    def read(_key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read(path, root, notes, aliases)

    def meant(radiograph: Path) -> list[Meant]:
        another = is_another(base_name(stated), radiograph)
        if not another and _is_of(radiograph, stated, text_at(root, "path")):
            return [Meant("")]
        return [Meant("", f'The file says that it is about "{stated}".')]

    folder = annotations_folder(path)
    return AnnotationFile(
        path, NAME, {"": stated}, read, meant, lambda: read_voc_project(folder), folder
    )


def _is_of(radiograph: Path, filename: str, path: str) -> bool:
    """Whether the names stated may be the radiograph's.

    VoTT 1 leaves the suffix off; a picture converted since has another one.
    """
    name = base_name(filename)
    stems = {Path(name).stem, name}
    return (
        not name
        or any(same_name(stem, radiograph.stem) for stem in stems)
        or same_name(name, radiograph.name)
        or same_name(name, stem_of_vott_v1(radiograph.name))
        or same_name(base_name(path), radiograph.name)
    )


def stem_of_vott_v1(name: str) -> str:
    """What VoTT 1 calls the XML of an image: four letters less, and the first point."""
    return name[:-4].replace(".", "", 1)


def _read(
    path: Path, root: _Element, notes: Sequence[str], aliases: Aliases
) -> ImageAnnotations:
    gathering = Gathering(path, NAME, aliases, notes=list(notes))
    objects = root.findall("object")
    gathering.require_sensible_count(len(objects))
    first_pixel = 1 if counts_from_one(root) else 0
    for number, each in enumerate(objects, start=1):
        place = f"object {number}"
        parts = _children(each)
        label = _text_of(parts.get("name"))
        tooth = last_tooth = score = None
        if "attributes" in parts:
            tooth, last_tooth, score = _attributes(gathering, each, place)
        _count_left_out(gathering, each)
        bndbox = parts.get("bndbox")
        if bndbox is None:
            gathering.notes.append(f"{place} ({label}) was skipped: it has no bndbox")
            continue
        edges = _children(bndbox)
        x_min, y_min, x_max, y_max = (
            number_of(path, edges.get(tag), tag, place) for tag in EDGES
        )
        gathering.add(
            place,
            (x_min - first_pixel, y_min - first_pixel, x_max, y_max),
            [label] if label else [],
            tooth=tooth,
            last_tooth=last_tooth,
            score=score,
            said=packed_text(xml_text(each)),
            # The challenge's word for what is not counted for or against a detector.
            uncertain=_text_of(parts.get("difficult")) == "1",
        )
    return gathering.finished(
        frame_at(path, root, "size", "width", "height"),
        xml_text(root, without="object"),
    )


def stated_image(rest: Rest) -> str:
    """The name of the image in what a file says besides its findings."""
    from lxml.etree import fromstring

    return base_name(text_at(fromstring(unpacked_text(rest.said)), "filename"))


def _count_left_out(gathering: Gathering, element: _Element) -> None:
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):  # A comment.
            continue
        text = (child.text or "").strip()
        if tag in _FLAGS:
            gathering.left_out[tag] += text == "1"
        elif tag == "pose":
            gathering.left_out[tag] += text not in ("", "Unspecified")
        elif tag not in _KNOWN:
            gathering.left_out[tag[:40]] += 1


def xml_text(element: _Element, *, without: str = "") -> str:
    """The element word for word, or without its children of one name."""
    from lxml.etree import tostring

    if without:
        element = deepcopy(element)
        for child in element.findall(without):
            element.remove(child)
    return tostring(element, encoding="unicode", with_tail=False)


def counts_from_one(root: _Element) -> bool:
    source = [text_at(root, f"source/{tag}") for tag in ("database", "annotation")]
    return any(
        re.match(r"(The )?(PASCAL )?VOC ?20\d\d", text, re.IGNORECASE)
        for text in source
    )


def _attributes(
    gathering: Gathering, element: _Element, place: str
) -> tuple[Tooth | None, Tooth | None, float | None]:
    """Both ends of a span, and the score."""
    stated: dict[str, _Element] = {}
    for attribute in element.iterfind("attributes/attribute"):
        name = text_at(attribute, "name")
        if name in ATTRIBUTES and text_at(attribute, "value"):
            stated[name] = attribute
        else:
            gathering.left_out[f"attribute {name[:40]}"] += 1
    tooth = last_tooth = score = None
    if "tooth" in stated:
        tooth = gathering.tooth(place, text_at(stated["tooth"], "value"))
    if "last_tooth" in stated:
        last = text_at(stated["last_tooth"], "value")
        last_tooth = gathering.last_tooth(place, tooth, last)
    if "score" in stated:
        score = number_of(gathering.path, stated["score"].find("value"), "value", place)
    return tooth, last_tooth, score


def _children(element: _Element) -> dict[object, _Element]:
    """By their names, of several the first."""
    return {child.tag: child for child in element.iterchildren(reversed=True)}


def _text_of(element: _Element | None) -> str:
    return "" if element is None else (element.text or "").strip()
