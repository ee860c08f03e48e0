"""labelme: one JSON file for each image, beside it, in pixels of the upright image.

A rectangle has two opposite corners, in any order. Scores and attributes are written
as X-AnyLabeling has them; labelme keeps what it does not know.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.formats._annotation_file import AnnotationFile, Meant
from dentalviewer.formats._annotations import (
    Aliases,
    Gathering,
    ImageAnnotations,
    LabelledImage,
    base_name,
    exported,
    plain_number,
    plain_text,
    same_name,
    stated_frame,
    without_repeats,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    notes_on,
    path_between,
    write_export,
)
from dentalviewer.formats._files import JsonObject
from dentalviewer.geometry import Size
from dentalviewer.study import Finding

NAME = "labelme"
VERSION = "6.3.1"
_EXTRAS = ("group_id", "description", "flags", "mask", "difficult")


def read_labelme(path: Path, root: JsonObject) -> AnnotationFile:
    """What the file says of its one image. Raises AnnotationFileError."""
    stated = root.text("imagePath") if root.has("imagePath") else ""

    def read(_key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read(path, root, aliases)

    def meant(radiograph: Path) -> list[Meant]:
        name = base_name(stated)
        if not name or same_name(Path(name).stem, radiograph.stem):
            return [Meant("")]
        return [Meant("", f'The file says that it is about "{name}".')]

    return AnnotationFile(path, {"": stated}, read, meant)


def _read(path: Path, root: JsonObject, aliases: Aliases) -> ImageAnnotations:
    gathering = Gathering(path, aliases)
    shapes = root.objects("shapes", "shape")
    gathering.require_sensible_count(len(shapes))
    for shape in shapes:
        label = shape.text("label")
        kind = shape.text("shape_type") if shape.has("shape_type") else "polygon"
        points = _points(shape, kind)
        tooth = _tooth(gathering, shape)
        score = shape.number("score") if shape.has("score") else None
        labels = [label] if label.strip() else []
        for key in _EXTRAS:
            gathering.left_out[key] += bool(shape.values.get(key))
        if kind == "rectangle" and len(points) == 2:
            (x_1, y_1), (x_2, y_2) = points
            edges = (min(x_1, x_2), min(y_1, y_2), max(x_1, x_2), max(y_1, y_2))
            gathering.add(shape.place, edges, labels, tooth=tooth, score=score)
        else:
            gathering.add_outline(shape.place, points, labels, tooth=tooth, score=score)
            # X-AnyLabeling writes all four corners of a rectangle.
            gathering.outlines -= kind == "rectangle" and gathering.outlines > 0
    return gathering.finished(NAME, _frame(root))


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


def _tooth(gathering: Gathering, shape: JsonObject) -> Tooth | None:
    if not shape.has("attributes"):
        return None
    stated = shape.object("attributes").values.get("tooth")
    if stated is None:
        return None
    try:
        return Tooth.from_fdi(int(str(stated)))
    except ValueError:
        gathering.notes.append(
            f"{shape.place}: {str(stated)[:40]!a} is not the number of a tooth"
        )
        return None


def _frame(root: JsonObject) -> Size | None:
    if not (root.has("imageWidth") and root.has("imageHeight")):
        return None
    width, height = root.number("imageWidth"), root.number("imageHeight")
    return stated_frame(root.path, "", width, height)


def write_labelme(
    images: Sequence[LabelledImage], folder: Path, *, copy_images: bool = False
) -> Export:
    """Write a file for each image; with `copy_images` the image beside it.

    Raises AnnotationFileError if something cannot be written.
    """
    images = without_repeats(images)
    for image, stem in zip(images, file_stems(images), strict=True):
        file = folder / f"{plain_text(stem)}.json"
        name = image.path.name
        if copy_images:
            copy_radiograph(image.path, file.with_name(name))
        else:
            # labelme looks for the image from the folder of its file.
            name = path_between(file.parent, image.path)
        write_export(file, _text(image, plain_text(name)))
    notes = notes_on(images, NAME, teeth=True, scores=True)
    return Export(folder, tuple(notes))


def _text(image: LabelledImage, name: str) -> str:
    value: dict[str, object] = {
        "version": VERSION,
        "flags": {},
        "shapes": [_shape(finding) for finding in exported(image)],
        "imagePath": name,
        "imageData": None,
        "imageHeight": image.size.height,
        "imageWidth": image.size.width,
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def _shape(finding: Finding) -> dict[str, object]:
    x_min, y_min, x_max, y_max = map(plain_number, finding.box.corners)
    shape: dict[str, object] = {
        "label": finding.label,
        "points": [[x_min, y_min], [x_max, y_max]],
        "group_id": None,
        "description": "",
        "shape_type": "rectangle",
        "flags": {},
        "mask": None,
    }
    if finding.score is not None:
        shape["score"] = finding.score
    if finding.tooth is not None:
        shape["attributes"] = {"tooth": str(finding.tooth)}
    return shape
