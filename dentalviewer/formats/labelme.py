"""labelme: one JSON file for each image, beside it, in pixels of the upright image.

A rectangle has two opposite corners, in any order, or all four, as X-AnyLabeling
writes it. Scores and attributes are written as X-AnyLabeling has them; labelme keeps
what it does not know.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.formats._annotation_file import AnnotationFile, meant_by_one_name
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    count_unknown,
    stated_frame,
    without,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    note_on_outlines,
    notes_on,
    path_between,
    write_export,
)
from dentalviewer.formats._gathering import Gathering, edges_around
from dentalviewer.formats._outgoing import outgoing
from dentalviewer.formats._packing import packed, unpacked_object
from dentalviewer.formats._plain import plain_number, plain_text
from dentalviewer.formats._project import (
    OUR_CLASSES,
    Project,
    keeps_certainty,
    keeps_shape,
    said_of,
)
from dentalviewer.geometry import Size
from dentalviewer.storage.json_object import JsonObject
from dentalviewer.study import Finding

NAME = "labelme"
VERSION = "6.3.1"
_KNOWN = ("label", "points", "shape_type", "score", "attributes", "flags")
# A flag of a shape, as labelme offers where it is started with `--labelflags`.
_UNCERTAIN = "uncertain"
# A span reaches from the one to the other.
_TEETH = ("tooth", "last_tooth")
_KNOWN_OF_IMAGES = ("version", "imagePath", "imageHeight", "imageWidth")


def read_labelme(path: Path, root: JsonObject) -> AnnotationFile:
    """What the file says of its one image. Raises AnnotationFileError."""
    stated = root.text("imagePath") if root.has("imagePath") else ""

    def read(_key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read(path, root, aliases)

    return AnnotationFile(path, NAME, {"": stated}, read, meant_by_one_name(stated))


def _read(path: Path, root: JsonObject, aliases: Aliases) -> ImageAnnotations:
    gathering = Gathering(path, NAME, aliases)
    shapes = root.objects("shapes", "shape")
    gathering.require_sensible_count(len(shapes))
    for shape in shapes:
        label = shape.text("label")
        kind = shape.text("shape_type") if shape.has("shape_type") else "polygon"
        points = _points(shape, kind)
        tooth, last_tooth = _teeth(gathering, shape)
        score = shape.number("score") if shape.has("score") else None
        labels = [label] if label.strip() else []
        said = packed(shape.values)
        count_unknown(gathering.left_out, shape.values, _KNOWN)
        uncertain = _is_uncertain(gathering, shape)
        if kind == "rectangle" and points:
            gathering.add(
                shape.place,
                edges_around(points),
                labels,
                tooth=tooth,
                last_tooth=last_tooth,
                score=score,
                said=said,
                uncertain=uncertain,
            )
        else:
            gathering.add_outline(
                shape.place,
                points,
                labels,
                tooth=tooth,
                last_tooth=last_tooth,
                score=score,
                said=said,
                uncertain=uncertain,
            )
    rest = without(root.values, "shapes", "imageData")
    # The picture itself is a file of its own, and is not carried about.
    gathering.lost["imageData"] += bool(root.values.get("imageData"))
    count_unknown(gathering.left_out, rest, _KNOWN_OF_IMAGES)
    return gathering.finished(_frame(root), rest)


def _is_uncertain(gathering: Gathering, shape: JsonObject) -> bool:
    flags = shape.values.get("flags")
    if not isinstance(flags, dict):
        return False
    if any(set_ for name, set_ in flags.items() if name != _UNCERTAIN):
        gathering.left_out["flags"] += 1
    return flags.get(_UNCERTAIN) is True


def _points(shape: JsonObject, kind: str) -> list[tuple[float, float]]:
    points = []
    for point in shape.items("points"):
        if not isinstance(point, list) or len(point) != 2:
            raise shape.fault("each of the points should be a list of two numbers")
        x, y = (shape.as_number(value, "points") for value in point)
        points.append((x, y))
    if kind == "circle" and len(points) == 2:
        # The centre, then a point on the circle.
        (x, y), edge = points
        radius = math.dist((x, y), edge)
        return [(x - radius, y - radius), (x + radius, y + radius)]
    return points


def _teeth(
    gathering: Gathering, shape: JsonObject
) -> tuple[Tooth | None, Tooth | None]:
    """The tooth, or both ends of a span."""
    if not shape.has("attributes"):
        return None, None
    attributes = shape.object("attributes")
    count_unknown(gathering.left_out, attributes.values, _TEETH)
    tooth = last = None
    if attributes.has("tooth"):
        tooth = gathering.tooth(shape.place, attributes.value("tooth"))
    if attributes.has("last_tooth"):
        stated = attributes.value("last_tooth")
        last = gathering.last_tooth(shape.place, tooth, stated)
    return tooth, last


def _frame(root: JsonObject) -> Size | None:
    if not (root.has("imageWidth") and root.has("imageHeight")):
        return None
    width, height = root.number("imageWidth"), root.number("imageHeight")
    return stated_frame(root.path, "", width, height)


def write_labelme(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    project: Project = OUR_CLASSES,
) -> Export:
    """Write a file for each image; with `copy_images` the image beside it.

    labelme has no list of classes, so that nothing is taken from the `project`. Raises
    AnnotationFileError if something cannot be written.
    """
    going = outgoing(images)
    images = going.images
    files = [folder / f"{plain_text(stem)}.json" for stem in file_stems(images)]
    if copy_images:
        for image, file in zip(images, files, strict=True):
            copy_radiograph(image.path, file.with_name(image.path.name))
    changed_outlines = 0
    for image, file in zip(images, files, strict=True):
        # labelme looks for the image from the folder of its file.
        name = path_between(file.parent, image.path)
        if copy_images:
            name = image.path.name
        write_export(file, _text(image, plain_text(name)))
        changed_outlines += sum(map(_is_changed_outline, image.findings))
    notes = notes_on(going, NAME, teeth=True, scores=True, doubts=True)
    return Export(folder, (*notes, *note_on_outlines(changed_outlines)))


def _text(image: LabelledImage, name: str) -> str:
    rest: dict[str, object] = {}
    if image.rest is not None and image.rest.format_name == NAME:
        rest = unpacked_object(image.rest.said)
    value: dict[str, object] = {
        "version": VERSION,
        "flags": {},
        "shapes": [],
        "imagePath": name,
        "imageData": None,
        "imageHeight": image.size.height,
        "imageWidth": image.size.width,
    }
    stated = {key: value[key] for key in ("imagePath", "imageHeight", "imageWidth")}
    shapes = [_shape(finding) for finding in image.findings]
    text = {**value, **rest, **stated, "shapes": shapes}
    return json.dumps(text, ensure_ascii=False, indent=2)


def _shape(finding: Finding) -> dict[str, object]:
    said = said_of(finding, NAME)
    x_min, y_min, x_max, y_max = map(plain_number, finding.box.corners)
    shape: dict[str, object] = {
        "label": finding.label,
        "points": [[x_min, y_min], [x_max, y_max]],
        "group_id": None,
        "description": "",
        "shape_type": "rectangle",
        "flags": {},
        "mask": None,
        **without(said, "score", "label"),
    }
    if said and not keeps_shape(finding):
        shape["points"] = [[x_min, y_min], [x_max, y_max]]
        shape |= {"shape_type": "rectangle", "mask": None}
    if finding.score is not None:
        shape["score"] = finding.score
    if not keeps_certainty(finding, NAME):
        shape["flags"] = _flags(shape["flags"], uncertain=finding.uncertain)
    return _with_teeth(shape, finding)


def _flags(said: object, *, uncertain: bool) -> dict[str, object]:
    flags = without(said, _UNCERTAIN) if isinstance(said, dict) else {}
    return {**flags, _UNCERTAIN: True} if uncertain else flags


def _with_teeth(shape: dict[str, object], finding: Finding) -> dict[str, object]:
    stated = shape.get("attributes")
    attributes = without(stated, *_TEETH) if isinstance(stated, dict) else {}
    for key, tooth in zip(_TEETH, (finding.tooth, finding.last_tooth), strict=True):
        if tooth is not None:
            attributes[key] = str(tooth)
    if attributes or stated is not None:
        shape["attributes"] = attributes
    return shape


def _is_changed_outline(finding: Finding) -> bool:
    said = said_of(finding, NAME)
    outline = bool(said) and said.get("shape_type") != "rectangle"
    return outline and not keeps_shape(finding)
