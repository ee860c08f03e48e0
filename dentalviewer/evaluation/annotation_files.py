"""Reads a whole annotation set: one file about many radiographs, or a folder."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_folder import (
    annotation_files,
    files_below,
    files_of,
    is_text_of_yolo,
    told_once,
)
from dentalviewer.evaluation.annotation_set import (
    AnnotationSet,
    FaultyBox,
    Identifier,
    Reading,
    reading_of,
    used_labels,
    with_silent,
)
from dentalviewer.evaluation.faulty_boxes import told_of_faulty, within, without_area
from dentalviewer.evaluation.yolo_texts import read_texts
from dentalviewer.formats import open_annotation_file
from dentalviewer.formats._annotations import stated_frame
from dentalviewer.formats._gathering import MIN_SIDE
from dentalviewer.formats.class_settings import settled_aliases
from dentalviewer.formats.collecting_accepted import ONLY_REVIEWS
from dentalviewer.formats.contradictions import notes_on_contradictions
from dentalviewer.formats.review_file import has_reviews
from dentalviewer.formats.signature import read_signature
from dentalviewer.formats.yolo_classes import YAML_NAMES
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import DEFAULT_ALIASES, canonical
from dentalviewer.storage.faults import Faults
from dentalviewer.storage.files import MIB
from dentalviewer.storage.json_object import JsonObject, read_json
from dentalviewer.study import Finding

# Every candidate on thousands of radiographs is a few hundred megabytes.
MAX_BYTES = 512 * MIB
PREDICTIONS_FILE = "predictions.json"
_TABLE = ".csv"


def read_annotation_set(
    path: Path,
    *,
    like: AnnotationSet | None = None,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> AnnotationSet:
    """Read a file of any format, or a folder of such files.

    COCO is read with scores, teeth, what is uncertain and the detector's signature.
    COCO results, a bare list, name neither radiographs nor classes: their ids are those
    of the set `like`, and so are the sizes that YOLO needs of pictures that are not
    there.
    `aliases` are other names for classes; before them goes what was settled for the
    folder of each file. Boxes without area, and some that lie outside, are left out,
    and those that reach over the rim are cut there, as the notes tell. Raises
    AnnotationFileError naming the file and the fault.
    """
    if path.name in YAML_NAMES:
        path = path.parent
    found = (
        _read_folder(path, like, aliases)
        if path.is_dir()
        else _read_file(path, like, aliases)
    )
    if not found.readings:
        raise AnnotationFileError(path, "names no radiograph")
    found = told_of_faulty(found)
    if like is not None and found.path.suffix.lower() == _TABLE:
        return with_silent(found, like)
    return found


def like_which(sets: Sequence[AnnotationSet]) -> AnnotationSet | None:
    """Of sets that were read, the one to read a further one `like`: with COCO's ids."""
    return next((each for each in sets if each.image_names), next(iter(sets), None))


def _read_folder(
    folder: Path, like: AnnotationSet | None, aliases: Mapping[str, str]
) -> AnnotationSet:
    """A folder's predictions.json; or all its files together."""
    predictions = folder / PREDICTIONS_FILE
    if os.path.isfile(predictions):
        return _read_file(predictions, like, aliases)
    files = annotation_files(folder)
    if not files:
        raise AnnotationFileError(folder, _why_nothing(folder))
    if is_text_of_yolo(files[0]):
        texts = [open_annotation_file(file) for file in files]
        found = read_texts(folder, texts, like, aliases)
        return replace(found, files=frozenset(files))
    read = [_read_file(file, like, aliases) for file in files]
    sets, contradictions = told_once(read)
    told = notes_on_contradictions(contradictions)
    notes = (*(note for found in sets for note in found.notes), *told)
    speaking = [found for found in sets if found.readings]
    # What is told of already, and not otherwise, is by the same reader.
    otherwise = {each.other for each in contradictions}
    alike = [
        found.files
        for found in sets
        if found.readings or not (found.notes or found.path in otherwise)
    ]
    heard = frozenset[Path]().union(*alike)
    if len(speaking) == 1:
        return replace(speaking[0], notes=notes, files=heard)
    places: dict[str, Path] = {}
    for found in sets:
        for reading in found.readings:
            other = places.setdefault(reading.name, found.path)
            if other != found.path:
                fault = f"{reading.name} is spoken of in {other.name} as well"
                raise AnnotationFileError(found.path, fault)
    return AnnotationSet(
        folder,
        tuple(dict.fromkeys(label for found in sets for label in found.labels)),
        tuple(reading for found in sets for reading in found.readings),
        notes=notes,
        faulty=tuple(each for found in sets for each in found.faulty),
        files=heard,
    )


def _why_nothing(folder: Path) -> str:
    within = next(iter(files_below(folder)), None)
    if within is not None:
        return (
            "holds no annotation files itself, only folders with some, such as"
            f" {within.relative_to(folder).as_posix()}: name one of these folders, or"
            " have `convert` make one set of them all"
        )
    return ONLY_REVIEWS if has_reviews(folder) else "holds no annotation files"


def _read_file(
    path: Path, like: AnnotationSet | None, own_aliases: Mapping[str, str]
) -> AnnotationSet:
    found = _read_as_it_is(path, like, own_aliases)
    return replace(found, files=files_of(path))


def _read_as_it_is(
    path: Path, like: AnnotationSet | None, own_aliases: Mapping[str, str]
) -> AnnotationSet:
    """In whichever format the file is."""
    aliases = settled_aliases(own_aliases, path.parent)
    if path.suffix.lower() == ".json":
        content = read_json(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
        if isinstance(content, list):
            return _read_results(path, content, like)
        # DENTEX's kind has three lists of categories and is read as other formats are.
        if isinstance(content, dict) and {"images", "categories"} <= content.keys():
            root = JsonObject.of(path, content, AnnotationFileError)
            return _read_coco(root, aliases)
    return _read_other(path, like, aliases)


def _read_other(
    path: Path, like: AnnotationSet | None, aliases: Mapping[str, str]
) -> AnnotationSet:
    """What any format says of each image that it lists and that was looked at."""
    file = open_annotation_file(path)
    if file.read_at is not None:
        return read_texts(path, [file], like, aliases)
    readings: list[Reading] = []
    notes: list[str] = []
    faulty: list[FaultyBox] = []
    for stated in dict.fromkeys(file.images.values()):
        for said in file.about(Path(stated), aliases):
            if said.question:
                raise AnnotationFileError(path, f"{stated}: {said.question}")
            reading = reading_of(stated, said.frame, said.findings)
            reading, outside = within(path, reading)
            readings.append(reading)
            faulty += outside
            notes += [f"{path.name}: {note}" for note in said.notes]
    return AnnotationSet(
        path,
        used_labels(readings),
        tuple(readings),
        notes=tuple(notes),
        faulty=tuple(faulty),
    )


def _read_coco(content: JsonObject, aliases: Mapping[str, str]) -> AnnotationSet:
    faults = Faults(content.path, AnnotationFileError)
    categories: dict[Identifier, str] = {}
    for each in content.objects("categories", "category", faults):
        with faults:
            categories[_identifier(each, "id")] = canonical(each.text("name"), aliases)
    names: dict[Identifier, str] = {}
    sizes: dict[Identifier, Size | None] = {}
    doubted: dict[Identifier, list[object]] = {}
    for image in content.objects("images", "image", faults):
        with faults:
            id_, name = _identifier(image, "id"), image.text("file_name")
            sizes[id_], doubted[id_] = _size(image), _doubted(image)
            names[id_] = name
    # What is amiss with these is not said again of all that refers to them.
    all_listed = not faults.found
    records = content.objects("annotations", "annotation", faults)
    found, faulty = _gathered(
        records, names, categories, doubted, faults, all_listed=all_listed
    )
    faults.require_none()
    readings = []
    for id_, name in names.items():
        reading = Reading(name, sizes[id_], *_split(found[id_]))
        reading, outside = within(content.path, reading)
        readings.append(reading)
        faulty += outside
    signature = read_signature(content, aliases)
    return AnnotationSet(
        content.path,
        _labels(categories.values(), readings),
        tuple(readings),
        names,
        categories,
        by_detector=signature is not None,
        signature=signature,
        faulty=tuple(faulty),
    )


def _read_results(
    path: Path, content: list[object], like: AnnotationSet | None
) -> AnnotationSet:
    if like is None or not like.image_names:
        raise AnnotationFileError(
            path,
            "is a list of COCO results, which name no radiographs: give it after a COCO"
            " file whose ids it uses",
        )
    faults = Faults(path, AnnotationFileError)
    records = []
    for number, item in enumerate(content, 1):
        with faults:
            place = f"result {number}"
            records.append(JsonObject.of(path, item, AnnotationFileError, place))
    found, faulty = _gathered(
        records, like.image_names, like.category_labels, {}, faults, all_listed=True
    )
    faults.require_none()
    sizes = {reading.name: reading.size for reading in like.readings}
    readings = []
    for id_, name in like.image_names.items():
        reading = Reading(name, sizes.get(name), *_split(found[id_]))
        reading, outside = within(path, reading)
        readings.append(reading)
        faulty += outside
    return AnnotationSet(
        path,
        like.labels,
        tuple(readings),
        like.image_names,
        like.category_labels,
        faulty=tuple(faulty),
    )


_Doubted = tuple[Finding, bool]
"""A finding, and whether it is uncertain."""


def _gathered(
    records: Iterable[JsonObject],
    images: Mapping[Identifier, str],
    categories: Mapping[Identifier, str],
    doubted: Mapping[Identifier, Sequence[object]],
    faults: Faults,
    *,
    all_listed: bool,
) -> tuple[defaultdict[Identifier, list[_Doubted]], list[FaultyBox]]:
    """What is said by the ids of `images`, which have their names, and what is faulty.

    `doubted` are the categories of which an image has too many. What makes no sense is
    among the `faults`, such as an id that is not listed where `all_listed` are whole.
    """
    found: defaultdict[Identifier, list[_Doubted]] = defaultdict(list)
    faulty: list[FaultyBox] = []

    def gather(record: JsonObject) -> None:
        image_id = _identifier(record, "image_id")
        category_id = _identifier(record, "category_id")
        if image_id not in images and all_listed:
            raise record.fault(f"is on image {image_id}, which is not listed")
        if category_id not in categories and all_listed:
            raise record.fault(f"has the category {category_id}, which is not listed")
        label, edges = categories.get(category_id, ""), _edges(record)
        if edges[2] - edges[0] < MIN_SIDE or edges[3] - edges[1] < MIN_SIDE:
            name = images.get(image_id, "")
            faulty.append(without_area(record.path, record.place, edges, label, name))
            return
        finding, uncertain = _finding(record, label, edges)
        # A number that a radiograph has twice is wrong at one of the two places.
        uncertain = uncertain or category_id in doubted.get(image_id, ())
        found[image_id].append((finding, uncertain))

    for record in records:
        with faults:
            gather(record)
    return found, faulty


def _doubted(image: JsonObject) -> list[object]:
    key = "duplicate_tooth_numbers"
    return image.items(key) if image.has(key) else []


def _edges(record: JsonObject) -> tuple[float, float, float, float]:
    values = [record.as_number(value, "bbox") for value in record.items("bbox")]
    if len(values) != 4:
        raise record.fault(f"bbox should be x, y, width, height, not {values}")
    x, y, width, height = values
    return x, y, x + width, y + height


def _finding(
    record: JsonObject, label: str, edges: tuple[float, float, float, float]
) -> _Doubted:
    score = record.number("score") if record.has("score") else None
    if score is not None and not 0 <= score <= 1:
        raise record.fault(f"score should be from 0 to 1, not {score:g}")
    try:
        box = Box(*edges)
        tooth, last = _tooth(record, "tooth"), _tooth(record, "last_tooth")
        # One tooth may be stated as both ends of a span.
        finding = Finding(box, label, tooth, score, None if last == tooth else last)
    except ValueError as error:
        raise record.fault(str(error)) from error
    uncertain = record.has("uncertain") and bool(record.value("uncertain"))
    crowd = record.has("iscrowd") and bool(record.number("iscrowd"))
    return finding, uncertain or crowd


def _tooth(record: JsonObject, key: str) -> Tooth | None:
    return Tooth.from_fdi(record.whole_number(key)) if record.has(key) else None


def _identifier(record: JsonObject, key: str) -> Identifier:
    value = record.value(key)
    return value if isinstance(value, str) else record.whole_number(key)


def _size(image: JsonObject) -> Size | None:
    if not (image.has("width") and image.has("height")):
        return None
    width, height = image.number("width"), image.number("height")
    return stated_frame(image.path, image.place, width, height)


def _split(found: list[_Doubted]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    certain = tuple(finding for finding, uncertain in found if not uncertain)
    return certain, tuple(finding for finding, uncertain in found if uncertain)


def _labels(declared: Iterable[str], readings: Iterable[Reading]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*declared, *used_labels(readings))))
