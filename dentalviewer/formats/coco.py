"""COCO: one JSON file for all images; also DENTEX's kind, with three categories each.

A bbox is x, y, width and height in pixels from the top left corner, so x + width is
the edge that `Box` calls x_max. Beyond COCO, an annotation may have a `score` and, as
`tooth`, an FDI number; a bridge reaches to its `last_tooth`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from dentalviewer.arch import teeth_between
from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import (
    AnnotationFile,
    meant_by_name,
    unpacked,
)
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    count_unknown,
    packed,
    stated_frame,
    without,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    note_on_outlines,
    notes_on,
    write_export,
)
from dentalviewer.formats._files import JsonObject
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import stated_names
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._plain import plain_number, rounded
from dentalviewer.formats._project import (
    NO_PROJECT,
    FreeNumbers,
    Project,
    Rest,
    class_entries,
    keeps_shape,
    said_of,
    unpacked_object,
)
from dentalviewer.geometry import Size
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.study import Finding

NAME = "COCO"
FILE_NAME = "predictions.json"
FDI_NUMBERS = range(11, 89)
# What is a finding's, or is worked out again; the rest has no equal elsewhere.
_DENTEX = ("category_id_1", "category_id_2", "category_id_3")
_KNOWN = (
    "id", "image_id", "category_id", *_DENTEX, "bbox", "area", "score", "tooth",
    "last_tooth",
)  # fmt: skip
_OF_FINDINGS = ("score", "tooth", "last_tooth")
_KNOWN_OF_IMAGES = ("id", "file_name", "width", "height")
_CATEGORIES = ("categories", "categories_1", "categories_2", "categories_3")

_Categories = Mapping[str, Mapping[int, str]]


def read_coco(path: Path, root: JsonObject) -> AnnotationFile:
    """The file, with a key for each image. Raises AnnotationFileError."""
    if not root.has("images"):
        raise root.fault("COCO annotations without images cannot be told apart")
    categories = {
        key: {
            each.whole_number("id"): each.text("name")
            for each in root.objects(key, f"of the {key} number")
        }
        for key in _CATEGORIES
        if root.has(key)
    }
    records: dict[str, str] = {}
    images: dict[str, str] = {}
    for image in root.objects("images", "image"):
        key = str(image.whole_number("id"))
        if key in records:
            raise image.fault(f"another image has the id {key} as well")
        images[key] = image.text("file_name")
        records[key] = packed(image.values)
    said = _annotations_by_image(root)
    project = _project_of(root)

    def read(key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        image = JsonObject.of(
            path, unpacked(records[key]), AnnotationFileError, images[key]
        )
        annotations = [unpacked(each) for each in said.get(key, [])]
        return _read_image(path, image, annotations, categories, aliases)

    return AnnotationFile(
        path, images, read, meant_by_name(images), lambda: project, path
    )


def _project_of(root: JsonObject) -> Project:
    key = "categories" if root.has("categories") else "categories_3"
    listed = root.objects(key, "category") if root.has(key) else []
    names = [each.text("name") for each in listed]
    colors = [each.values.get("color") for each in listed]
    rest = without(root.values, "images", "annotations")
    return Project(class_entries(names, colors), (Rest(NAME, packed(rest)),))


def _annotations_by_image(root: JsonObject) -> dict[str, list[str]]:
    said: dict[str, list[str]] = defaultdict(list)
    if root.has("annotations"):
        for annotation in root.objects("annotations", "annotation"):
            key = str(annotation.whole_number("image_id"))
            said[key].append(packed(annotation.values))
    return said


def _read_image(
    path: Path,
    image: JsonObject,
    annotations: Sequence[object],
    categories: _Categories,
    aliases: Aliases,
) -> ImageAnnotations:
    source = JsonObject(
        path, {"annotations": annotations}, AnnotationFileError, image.place
    )
    gathering = Gathering(path, NAME, aliases)
    gathering.require_sensible_count(len(annotations))
    for each in source.objects("annotations", "annotation"):
        label, tooth = _label(each, categories)
        tooth = _tooth(gathering, each) or tooth
        score = each.number("score") if each.has("score") else None
        said = packed(each.values)
        count_unknown(gathering.left_out, each.values, _KNOWN)
        if each.has("bbox"):
            edges = _edges(each)
            gathering.add(
                each.place,
                edges,
                [label],
                tooth=tooth,
                last_tooth=_last_tooth(gathering, each, tooth),
                score=score,
                said=said,
            )
        else:
            gathering.add_outline(
                each.place,
                _outline(each),
                [label],
                tooth=tooth,
                score=score,
                said=said,
            )
    count_unknown(gathering.left_out, image.values, _KNOWN_OF_IMAGES)
    return gathering.finished(_frame(image), image.values)


def _label(annotation: JsonObject, categories: _Categories) -> tuple[str, Tooth | None]:
    """The label, and the tooth where DENTEX gives it by quadrant and position."""
    if annotation.has("category_id"):
        return _category(annotation, "category_id", "categories", categories), None
    names = [
        _category(annotation, f"category_id_{n}", f"categories_{n}", categories)
        for n in (1, 2, 3)
        if annotation.has(f"category_id_{n}")
    ]
    if not names:
        raise annotation.fault("category_id is missing")
    tooth = None
    if len(names) > 1:
        try:
            tooth = Tooth(int(names[0]), int(names[1]))
        except ValueError as fault:
            raise annotation.fault(str(fault)) from fault
    return names[2] if len(names) > 2 else str(tooth or names[0]), tooth


def _category(
    annotation: JsonObject, key: str, which: str, categories: _Categories
) -> str:
    number = annotation.whole_number(key)
    # A category that the file does not name has no other name than its number.
    return categories.get(which, {}).get(number, str(number))


def _tooth(gathering: Gathering, annotation: JsonObject) -> Tooth | None:
    # CVAT puts what COCO has no word for among the attributes, as texts.
    holder = annotation.object("attributes") if annotation.has("attributes") else None
    if annotation.has("tooth"):
        holder = annotation
    if holder is None or not holder.has("tooth"):
        return None
    stated = holder.value("tooth")
    try:
        if isinstance(stated, str):
            return Tooth.from_fdi(int(stated))
        return Tooth.from_fdi(holder.whole_number("tooth"))
    except ValueError:
        gathering.notes.append(
            f"{annotation.place}: {str(stated)[:40]!a} is not the number of a tooth"
        )
        return None


def _last_tooth(
    gathering: Gathering, annotation: JsonObject, first: Tooth | None
) -> Tooth | None:
    """The other end of a bridge, left out with a note where it is none."""
    if first is None or not annotation.has("last_tooth"):
        return None
    stated = annotation.whole_number("last_tooth")
    try:
        last = Tooth.from_fdi(stated)
        teeth_between(first, last)
    except ValueError:
        gathering.notes.append(
            f"{annotation.place}: no bridge reaches from {first} to {stated}"
        )
        return None
    return last


def _edges(annotation: JsonObject) -> tuple[float, float, float, float]:
    values = [annotation.as_number(v, "bbox") for v in annotation.items("bbox")]
    if len(values) != 4:
        raise annotation.fault(f"bbox should have 4 numbers, not {len(values)}")
    x, y, width, height = values
    # 1.1 + 2.2 is 3.3000000000000003, which nobody drew.
    return x, y, round(x + width, 10), round(y + height, 10)


def _outline(annotation: JsonObject) -> list[tuple[float, float]]:
    if not annotation.has("segmentation"):
        raise annotation.fault("bbox is missing")
    points = []
    for polygon in annotation.items("segmentation"):
        if not isinstance(polygon, list):
            raise annotation.fault("segmentation should be a list of polygons")
        values = [annotation.as_number(v, "segmentation") for v in polygon]
        points += list(zip(values[::2], values[1::2], strict=False))
    return points


def _frame(image: JsonObject) -> Size | None:
    if not (image.has("width") and image.has("height")):
        return None
    width, height = image.number("width"), image.number("height")
    return stated_frame(image.path, image.place, width, height)


def write_coco(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    file_name: str = FILE_NAME,
    labels: Sequence[str] | None = None,
    project: Project = NO_PROJECT,
) -> Export:
    """Write one file with all images, with findings or not; images/ with `copy_images`.

    Other programs expect `annotations/instances_SET.json` as `file_name`. Raises
    AnnotationFileError if something cannot be written. `labels` gives the categories
    in their order, where several files are to have the same.
    """
    going = outgoing(images)
    images = going.images
    names = stated_names(images)
    rest = project.rest_of(NAME)
    categories = _categories(
        export_labels(images, project.class_names) if labels is None else labels,
        rest.get("categories"),
    )
    if labels is None and not project.classes:
        categories = _without_idle(categories, images)
    numbers = {str(each["name"]): each["id"] for each in categories}
    records = _images(images, names)
    annotations: list[dict[str, object]] = []
    ids = FreeNumbers(
        (said_of(f, NAME).get("id") for i in images for f in i.findings), first=1
    )
    changed_outlines = 0
    for image, record in zip(images, records, strict=True):
        for finding in image.findings:
            said = said_of(finding, NAME)
            place = {"image_id": record["id"], "category_id": numbers[finding.label]}
            annotation = _annotation(finding, said)
            if _is_named_so(finding, said, rest):
                annotation |= {key: said[key] for key in _DENTEX if key in said}
            changed_outlines += bool(said.get("segmentation")) and (
                not annotation["segmentation"]
            )
            annotations.append({"id": ids.take(said.get("id")), **annotation, **place})
    if copy_images:
        for image, name in zip(images, names, strict=True):
            copy_radiograph(image.path, folder / "images" / name)
    value = {
        **without(rest, "categories"),
        "images": records,
        "categories": categories,
        "annotations": [_in_order(each) for each in annotations],
    }
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    write_export(folder / file_name, text)
    notes = notes_on(going, NAME, teeth=True, scores=True)
    notes += note_on_outlines(changed_outlines)
    return Export(folder / file_name, tuple(notes))


def _is_named_so(
    finding: Finding, said: Mapping[str, object], rest: Mapping[str, object]
) -> bool:
    """Whether DENTEX's three categories still name the finding."""
    if _DENTEX[0] not in said:
        return False
    place = JsonObject(Path(), {**rest, **said}, AnnotationFileError)
    names = {
        key: {c.whole_number("id"): c.text("name") for c in place.objects(key, key)}
        for key in _CATEGORIES
        if place.has(key)
    }
    return _label(place, names) == (finding.label, finding.tooth)


def _without_idle(
    categories: list[dict[str, object]], images: Sequence[LabelledImage]
) -> list[dict[str, object]]:
    """Among teeth no treatment is listed that does not occur."""
    names = {str(each["name"]) for each in categories}
    if not any(map(_fdi_number, names)):
        return categories
    used = {finding.label for image in images for finding in image.findings}
    idle = set(KNOWN_LABELS) - used
    return [each for each in categories if each["name"] not in idle]


def _categories(labels: Sequence[str], said: object) -> list[dict[str, object]]:
    """With the numbers that the file gave them, since others may rely on these."""
    listed = said if isinstance(said, list) else []
    known = {each["name"]: each for each in reversed(listed)}
    stated = [known.get(label, {}).get("id") for label in labels]
    if not any(stated):
        numbers = _category_numbers(labels)
        return [{"id": numbers[label], "name": label} for label in labels]
    ids = FreeNumbers(stated, first=1)
    return [
        {**known.get(label, {}), "id": ids.take(number), "name": label}
        for label, number in zip(labels, stated, strict=True)
    ]


def _images(
    images: Sequence[LabelledImage], names: Sequence[str]
) -> list[dict[str, object]]:
    said = [
        unpacked_object(image.rest.text)
        if image.rest is not None and image.rest.format_name == NAME
        else {}
        for image in images
    ]
    ids = FreeNumbers((each.get("id") for each in said), first=1)
    return [
        {
            **each,
            "id": ids.take(each.get("id")),
            "file_name": name,
            "width": image.size.width,
            "height": image.size.height,
        }
        for image, name, each in zip(images, names, said, strict=True)
    ]


def _in_order(annotation: dict[str, object]) -> dict[str, object]:
    first = {key: annotation[key] for key in ("id", "image_id", "category_id")}
    return {**first, **annotation}


def _annotation(finding: Finding, said: dict[str, object]) -> dict[str, object]:
    """What the file said of the finding, in so far as it is still true."""
    if not said:
        return annotation_fields(finding)
    box = annotation_fields(finding)
    kept = without(said, "score", "tooth", "last_tooth")
    attributes = kept.get("attributes")
    if isinstance(attributes, dict) and "tooth" in attributes:
        kept["attributes"] = without(attributes, "tooth")
    kept = without(kept, *_DENTEX)
    if keeps_shape(finding):
        return {**box, **kept, **{k: box[k] for k in _OF_FINDINGS if k in box}}
    return {**kept, **box}


def _category_numbers(labels: Sequence[str]) -> dict[str, int]:
    """From 1 in their order; the category of a tooth is its FDI number."""
    teeth = {label: number for label in labels if (number := _fdi_number(label))}
    free = (n for n in count(1) if not teeth or n not in FDI_NUMBERS)
    return {label: teeth.get(label) or next(free) for label in labels}


def _fdi_number(label: str) -> int | None:
    try:
        tooth = Tooth.from_fdi(int(label))
    except ValueError:
        return None
    # "036" and full-width digits are labels of their own.
    return tooth.fdi_number if str(tooth) == label else None


def annotation_fields(finding: Finding) -> dict[str, object]:
    """What an annotation says of a finding, beyond which image and category."""
    box = finding.box
    width, height = rounded(box.width), rounded(box.height)
    stated: dict[str, object] = {
        "bbox": [plain_number(v) for v in (box.x_min, box.y_min, width, height)],
        "area": plain_number(rounded(width * height)),
        "segmentation": [],
        "iscrowd": 0,
    }
    if finding.score is not None:
        stated["score"] = finding.score
    if finding.tooth is not None:
        stated["tooth"] = finding.tooth.fdi_number
    if finding.last_tooth is not None:
        stated["last_tooth"] = finding.last_tooth.fdi_number
    return stated
