"""COCO: one JSON file for all images; also DENTEX's kind, with three categories each.

A bbox is x, y, width and height in pixels from the top left corner, so x + width is
the edge that `Box` calls x_max. Beyond COCO, an annotation may have a `score` and, as
`tooth`, an FDI number; a span reaches to its `last_tooth`. `tooth_in_doubt` is true
where the tooth was worked out and another would do nearly as well; it is written by
`detect`, and kept from file to file as long as the tooth is. What a file states of a
tooth stands here, in doubt there or not. An image may have a `patient_id` and, as a
list of texts, `cautions`: what `detect` asks of it, as whether it is mirrored. They are
kept, and no finding goes by them. An annotation is uncertain that is said to be
`uncertain` or, in COCO's own word, `iscrowd`, or whose category is among the
`duplicate_tooth_numbers` of its image.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import (
    AnnotationFile,
    meant_by_name,
)
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    count_unknown,
    stated_frame,
    without,
)
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._packing import packed, unpacked
from dentalviewer.formats._project import (
    Project,
    Rest,
    class_entries,
)
from dentalviewer.geometry import Size
from dentalviewer.storage.faults import Faults
from dentalviewer.storage.json_object import JsonObject

NAME = "COCO"
# What is a finding's, or is worked out again; the rest has no equal elsewhere.
DENTEX = ("category_id_1", "category_id_2", "category_id_3")
_KNOWN = (
    "id", "image_id", "category_id", *DENTEX, "bbox", "area", "score", "tooth",
    "last_tooth", "uncertain", "iscrowd",
)  # fmt: skip
PATIENT = "patient_id"
DUPLICATES = "duplicate_tooth_numbers"
CAUTIONS = "cautions"
_KNOWN_OF_IMAGES = (
    "id", "file_name", "width", "height", PATIENT, DUPLICATES, CAUTIONS,
)  # fmt: skip
_KNOWN_OF_CATEGORIES = ("id", "name", "color")
CATEGORIES = ("categories", "categories_1", "categories_2", "categories_3")

_Categories = Mapping[str, Mapping[int, str]]


def read_coco(path: Path, root: JsonObject) -> AnnotationFile:
    """The file, with a key for each image. Raises AnnotationFileError."""
    if not root.has("images"):
        raise root.fault("COCO annotations without images cannot be told apart")
    faults = Faults(path, AnnotationFileError)
    categories = {
        key: _categories_of(root, key, faults) for key in CATEGORIES if root.has(key)
    }
    records: dict[str, bytes] = {}
    images: dict[str, str] = {}
    patients: dict[str, str] = {}
    for image in root.objects("images", "image", faults):
        with faults:
            key = str(image.whole_number("id"))
            if key in records:
                raise image.fault(f"another image has the id {key} as well")
            images[key] = image.text("file_name")
            records[key] = packed(image.values)
            if image.has(PATIENT):
                patients[key] = str(image.value(PATIENT))
    said = _annotations_by_image(root, faults)
    faults.require_none()
    project = _project_of(root)
    notes = tuple(_notes_on_unlisted(said, images))

    def read(key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        image = JsonObject.of(
            path, unpacked(records[key]), AnnotationFileError, images[key]
        )
        return _read_image(path, image, said.get(key, []), categories, aliases)

    return AnnotationFile(
        path,
        NAME,
        images,
        read,
        meant_by_name(images),
        lambda: project,
        path,
        patients,
        only_lists_pictures=_only_lists_pictures(root, categories, said),
        notes=notes,
    )


def _notes_on_unlisted(
    said: Mapping[str, Sequence[bytes]], images: Mapping[str, str]
) -> Iterator[str]:
    """That annotations are of no image of the file: they are lost."""
    unlisted = [key for key in said if key not in images]
    count = sum(len(said[key]) for key in unlisted)
    if count:
        are = "annotation is" if count == 1 else "annotations are"
        yield (
            f"{count:,} {are} about images that the file does not list, such as"
            f" image_id {unlisted[0]}, and left out"
        )


def _only_lists_pictures(
    root: JsonObject, categories: _Categories, said: Mapping[str, object]
) -> bool:
    """As image_info_test2017.json of COCO itself does, and what datumaro and CVAT write
    beside the instances.
    """
    return not root.has("annotations") or not (said or any(categories.values()))


def _project_of(root: JsonObject) -> Project:
    key = "categories" if root.has("categories") else "categories_3"
    listed = root.objects(key, "category") if root.has(key) else []
    names = [each.text("name") for each in listed]
    colors = [each.values.get("color") for each in listed]
    rest = without(root.values, "images", "annotations")
    left_out: Counter[str] = Counter()
    count_unknown(left_out, rest, CATEGORIES)
    for each, color in zip(listed, colors, strict=True):
        known = _KNOWN_OF_CATEGORIES if isinstance(color, str) else ("id", "name")
        count_unknown(left_out, each.values, known)
    return Project(
        class_entries(names, colors),
        (Rest(NAME, packed(rest)),),
        tuple(left_out.items()),
    )


def _categories_of(root: JsonObject, key: str, faults: Faults) -> dict[int, str]:
    found = {}
    for each in root.objects(key, f"of the {key} number", faults):
        with faults:
            found[each.whole_number("id")] = each.text("name")
    return found


def _annotations_by_image(root: JsonObject, faults: Faults) -> dict[str, list[bytes]]:
    said: dict[str, list[bytes]] = defaultdict(list)
    if root.has("annotations"):
        for annotation in root.objects("annotations", "annotation", faults):
            with faults:
                key = str(annotation.whole_number("image_id"))
                said[key].append(packed(annotation.values))
    return said


def _read_image(
    path: Path,
    image: JsonObject,
    said_of_findings: Sequence[bytes],
    categories: _Categories,
    aliases: Aliases,
) -> ImageAnnotations:
    gathering = Gathering(path, NAME, aliases)
    gathering.require_sensible_count(len(said_of_findings))
    annotations = {"annotations": [unpacked(each) for each in said_of_findings]}
    source = JsonObject(path, annotations, AnnotationFileError, image.place)
    listed = source.objects("annotations", "annotation")
    faults = Faults(path, AnnotationFileError)
    twice: list[object] = []
    cautions: list[object] = []
    frame = None
    with faults:
        twice = image.items(DUPLICATES) if image.has(DUPLICATES) else []
    for each, said in zip(listed, said_of_findings, strict=True):
        with faults:
            _gather(gathering, each, said, categories, twice)
    count_unknown(gathering.left_out, image.values, _KNOWN_OF_IMAGES)
    gathering.notes += _notes_on_unnamed(listed, categories)
    with faults:
        cautions = image.items(CAUTIONS) if image.has(CAUTIONS) else []
    with faults:
        frame = _frame(image)
    faults.require_none()
    return gathering.finished(
        frame,
        image.values,
        cautions=tuple(each for each in cautions if isinstance(each, str)),
    )


def _notes_on_unnamed(
    annotations: Sequence[JsonObject], categories: _Categories
) -> list[str]:
    """Which numbers stand for themselves, since no category has them."""
    said = (each.values.get("category_id") for each in annotations)
    # What is no number is a fault of the file, and told as such.
    numbers = {each for each in said if isinstance(each, int | float)}
    unnamed = numbers - categories.get("categories", {}).keys()
    if not unnamed:
        return []
    listed = ", ".join(map(str, sorted(unnamed)))
    return [f"no category of the file has the number {listed}"]


def _gather(
    gathering: Gathering,
    annotation: JsonObject,
    said: bytes,
    categories: _Categories,
    twice: Sequence[object],
) -> None:
    """What the annotation marks; `twice` are categories that the image has twice."""
    label, tooth = label_of(annotation, categories)
    tooth = _tooth(gathering, annotation) or tooth
    last_tooth = _last_tooth(gathering, annotation, tooth)
    score = annotation.number("score") if annotation.has("score") else None
    # A number that a radiograph has twice is wrong at one of the two places.
    doubted = _is_uncertain(annotation) or annotation.values.get("category_id") in twice
    count_unknown(gathering.left_out, annotation.values, _KNOWN)
    if annotation.has("bbox"):
        gathering.add(
            annotation.place,
            _edges(annotation),
            [label],
            tooth=tooth,
            last_tooth=last_tooth,
            score=score,
            said=said,
            uncertain=doubted,
        )
    else:
        gathering.add_outline(
            annotation.place,
            _outline(annotation),
            [label],
            tooth=tooth,
            last_tooth=last_tooth,
            score=score,
            said=said,
            uncertain=doubted,
        )


def _is_uncertain(annotation: JsonObject) -> bool:
    said = annotation.values
    return bool(said.get("uncertain")) or bool(said.get("iscrowd"))


def label_of(
    annotation: JsonObject, categories: _Categories
) -> tuple[str, Tooth | None]:
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
    stated = _stated_tooth(annotation, "tooth")
    return None if stated is None else gathering.tooth(annotation.place, stated)


def _last_tooth(
    gathering: Gathering, annotation: JsonObject, first: Tooth | None
) -> Tooth | None:
    stated = _stated_tooth(annotation, "last_tooth")
    if first is None or stated is None:
        return None
    return gathering.last_tooth(annotation.place, first, stated)


def _stated_tooth(annotation: JsonObject, key: str) -> str | int | None:
    # CVAT puts what COCO has no word for among the attributes, as texts.
    holder = annotation
    if not annotation.has(key) and annotation.has("attributes"):
        holder = annotation.object("attributes")
    if not holder.has(key):
        return None
    stated = holder.value(key)
    return stated if isinstance(stated, str) else holder.whole_number(key)


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
    if isinstance(annotation.value("segmentation"), dict):
        raise annotation.fault(
            "it has no bbox, and its segmentation is a mask (RLE), which is not read"
        )
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
