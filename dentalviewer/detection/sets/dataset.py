"""Reads the radiographs and boxes that detectors are trained and measured on."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.curation.set_facts import side_files
from dentalviewer.detection.frames.preprocessing import to_grey
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.errors import DatasetError, RadiographError
from dentalviewer.evaluation.annotation_set import FaultyBox
from dentalviewer.evaluation.faulty_boxes import (
    fitted,
    notes_on_faulty,
    without_area,
)
from dentalviewer.formats._gathering import MIN_SIDE
from dentalviewer.geometry import Box, Size
from dentalviewer.page import with_black_page
from dentalviewer.radiograph import read_radiograph
from dentalviewer.storage.faults import Faults
from dentalviewer.storage.json_object import JsonObject

_Identifier = int | str


@dataclass(frozen=True, slots=True)
class AnnotatedBox:
    """A box in pixels of the radiograph; `label_index` indexes Dataset.labels.

    An `uncertain` box is neither asked for nor counted against a detector. `outline`
    are the corners of a polygon around the same thing, if it has one. A `guessed` box
    is a detector's, and nobody's annotation.
    """

    box: Box
    label_index: int
    uncertain: bool = False
    outline: tuple[tuple[float, float], ...] = ()
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A radiograph on disk and everything annotated on it.

    `patient` is whoever the file says that it shows; empty where it says nothing. Of
    the labels with the indices `unsought` nobody looked for any: where they are is not
    known.
    """

    path: Path
    size: Size
    boxes: tuple[AnnotatedBox, ...]
    patient: str = ""
    unsought: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Dataset:
    """One split of a data folder, in the order of its file.

    `sought` are the classes that its makers looked for, found or not; None for all.
    `notes` are what the user should know of how it was read.
    """

    path: Path
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    sought: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    def count(self, label_index: int) -> int:
        """How many annotations carry this label, uncertain ones left out."""
        return sum(
            box.label_index == label_index and not (box.uncertain or box.guessed)
            for sample in self.samples
            for box in sample.boxes
        )


def read_dataset(
    folder: Path,
    split: str,
    *,
    label_set: str = TREATMENTS,
    may_be_empty: bool = False,
) -> Dataset:
    """Read the split "train" or "val" of a folder of COCO annotations.

    The annotations are `<label_set>_<split>.json`, or `<split>.json` for treatments;
    the radiographs lie in `images/<split>`, `images`, or beside the annotations. Boxes
    whose category is among `duplicate_tooth_numbers` of their image are uncertain.
    Boxes that reach over the rim of their radiograph are cut there, and those without
    area or outside it left out. Raises DatasetError if a file is missing or malformed,
    a radiograph has no area, or nothing is annotated and it may not be so;
    AnnotationFileError if most boxes lie outside.
    """
    path = _annotation_path(folder, split, label_set)
    root = _read_json(path)
    faults = Faults(path, DatasetError)
    categories = _listed(root, "categories", "category", "name", faults)
    # Of several with one id, the last.
    categories.sort(key=lambda each: (isinstance(each.id, str), each.id))
    labels = tuple(each.name for each in categories)
    images = _listed(root, "images", "image", "file_name", faults)
    # What is amiss with these is not said again of all that refers to them.
    all_listed = not faults.found
    samples: dict[_Identifier, Sample] = {}
    for image in images:
        if image.id in samples:
            faults.add(f"two images have the id {image.id}")
        samples[image.id] = _read_image(folder, split, image, faults)
    listed = _Lists(samples, categories, _doubtful(images, faults), all_listed)
    boxes, faulty = _read_boxes(root, listed, faults)
    faults.require_none()
    read = tuple(
        replace(sample, boxes=tuple(boxes[id_])) for id_, sample in samples.items()
    )
    inside = sum(len(sample.boxes) for sample in read)
    notes = notes_on_faulty(path, faulty, inside)
    if not labels or not (may_be_empty or inside):
        raise DatasetError(path, "holds no annotated radiograph")
    return Dataset(path, labels, read, notes=notes)


def require_no_faults(path: Path, faults: Sequence[str]) -> None:
    """Raises DatasetError with all `faults` of the set at `path`, or the first ones."""
    Faults(path, DatasetError, list(faults)).require_none()


def read_pixels(sample: Sample) -> NDArray[np.uint8]:
    """The (height, width) grey pixels of a sample's radiograph, 8 bit.

    A page around it is black, which is what a detector is shown beyond a radiograph.
    Raises DatasetError if it cannot be decoded or is not as large as was annotated.
    """
    pixels = _decoded(sample.path)
    found = Size(pixels.shape[1], pixels.shape[0])
    if found != sample.size:
        raise DatasetError(
            sample.path, f"is {found} pixels, the annotations say {sample.size}"
        )
    return with_black_page(to_grey(pixels))


def _decoded(path: Path) -> NDArray[Any]:
    try:
        data = np.fromfile(path, dtype=np.uint8)
        flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_GRAYSCALE
        pixels = cv2.imdecode(data, flags) if data.size else None
        if pixels is not None:
            return pixels
        # DICOM, which OpenCV cannot read; it is also slower at all others.
        return read_radiograph(path).pixels
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {error.strerror}") from error
    except (RadiographError, cv2.error) as error:
        fault = error.fault if isinstance(error, RadiographError) else str(error)
        raise DatasetError(path, f"cannot be decoded: {fault}") from error


def has_split(folder: Path, split: str, label_set: str) -> bool:
    """Whether the folder has annotations that read_dataset would read."""
    return any(os.path.isfile(path) for path in side_files(folder, split, label_set))


def _annotation_path(folder: Path, split: str, label_set: str) -> Path:
    paths = side_files(folder, split, label_set)
    for path in paths:
        if os.path.isfile(path):
            return path
    names = " or ".join(path.name for path in paths)
    raise DatasetError(folder, f"holds no {names}")


def _read_json(path: Path) -> JsonObject:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(path, f"cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(path, "not COCO annotations: no object at the top")
    return JsonObject.of(path, content, DatasetError)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A category or an image; `name` is what it is called."""

    id: _Identifier
    name: str
    entry: JsonObject


def _listed(
    root: JsonObject, key: str, singular: str, name: str, faults: Faults
) -> list[_Listed]:
    found = []
    for each in root.objects(key, singular, faults):
        with faults:
            id_ = _identifier(each, "id")
            found.append(_Listed(id_, str(each.value(name)), each))
    return found


@dataclass(frozen=True, slots=True)
class _Lists:
    """What annotations refer to; `are_whole` unless something was amiss with them.

    `doubtful` are the categories of which an image has too many.
    """

    samples: Mapping[_Identifier, Sample]
    categories: Sequence[_Listed]
    doubtful: Mapping[_Identifier, list[object]]
    are_whole: bool


def _read_boxes(
    root: JsonObject, listed: _Lists, faults: Faults
) -> tuple[Mapping[_Identifier, Sequence[AnnotatedBox]], list[FaultyBox]]:
    """The boxes of each image, by its id, and what was amiss with some."""
    boxes: dict[_Identifier, list[AnnotatedBox]] = {id_: [] for id_ in listed.samples}
    faulty: list[FaultyBox] = []
    classes = {each.id: index for index, each in enumerate(listed.categories)}
    for annotation in _annotations(root, faults):
        with faults:
            id_ = _identifier(annotation, "image_id")
            category = _identifier(annotation, "category_id")
            if id_ in listed.samples and category in classes:
                index = classes[category]
                name = listed.categories[index].name
                box, amiss = _read_box(annotation, listed.samples[id_], index, name)
                faulty += [] if amiss is None else [amiss]
                if box is not None:
                    doubted = category in listed.doubtful.get(id_, ())
                    box = replace(box, uncertain=box.uncertain or doubted)
                    boxes[id_].append(box)
            elif listed.are_whole and category not in classes:
                faults.add(f"{annotation.place} has the unknown category {category}")
            elif listed.are_whole:
                faults.add(f"{annotation.place} is on image {id_}, which is not listed")
    return boxes, faulty


def _identifier(entry: JsonObject, key: str) -> _Identifier:
    value = entry.value(key)
    return value if isinstance(value, str) else entry.whole_number(key)


def _doubtful(
    images: Sequence[_Listed], faults: Faults
) -> dict[_Identifier, list[object]]:
    """For each image the categories of which it has too many."""
    found = {}
    for image in images:
        if image.entry.has("duplicate_tooth_numbers"):
            with faults:
                found[image.id] = image.entry.items("duplicate_tooth_numbers")
    return found


def _annotations(root: JsonObject, faults: Faults) -> Iterator[JsonObject]:
    """Each called by its id, if it has one."""
    for each in root.objects("annotations", "annotation", faults):
        id_ = each.values.get("id")
        yield each if id_ is None else replace(each, place=f"annotation {id_}")


def _read_box(
    annotation: JsonObject, sample: Sample, index: int, label: str
) -> tuple[AnnotatedBox | None, FaultyBox | None]:
    """What is left of a box of the label with this index, and what was amiss with it.

    Raises DatasetError.
    """
    path, place, name = annotation.path, annotation.place, sample.path.name
    x, y, width, height = _bbox(annotation)
    if width < MIN_SIDE or height < MIN_SIDE:
        edges = (x, y, x + width, y + height)
        return None, without_area(path, place, edges, label, name)
    try:
        box = Box(x, y, x + width, y + height)
        inside, amiss = fitted(path, name, sample.size, box, label)
        outline = _outline(annotation.values.get("segmentation"))
    except (ValueError, TypeError, OverflowError) as error:
        raise annotation.fault(str(error)) from error
    if inside is None:
        return None, amiss
    said = annotation.values
    uncertain = bool(said.get("uncertain")) or bool(said.get("iscrowd"))
    return AnnotatedBox(inside, index, uncertain, outline), amiss


def _bbox(annotation: JsonObject) -> tuple[float, float, float, float]:
    numbers: Any = annotation.items("bbox")
    try:
        x, y, width, height = map(float, numbers)
    except (ValueError, TypeError, OverflowError) as error:
        said = f"bbox should be x, y, width and height, not {numbers}"
        raise annotation.fault(said[:100]) from error
    return x, y, width, height


def _outline(segmentation: Any) -> tuple[tuple[float, float], ...]:
    """COCO's polygon; none for run lengths or for what lies in several pieces.

    Raises ValueError, TypeError or OverflowError if a coordinate is no finite number.
    """
    match segmentation:
        case [[*numbers]] if len(numbers) >= 6 and len(numbers) % 2 == 0:
            found = [float(number) for number in numbers]
            if not all(map(math.isfinite, found)):
                raise ValueError("an outline needs finite coordinates")
            return tuple(zip(found[::2], found[1::2], strict=True))
    return ()


def _read_image(folder: Path, split: str, image: _Listed, faults: Faults) -> Sample:
    """A radiograph without its boxes; what is wrong with it goes to the `faults`."""
    places = [folder / "images" / split, folder / "images", folder]
    # Of a name that no disk takes `Path.is_file` raises an OSError.
    found = [p for p in (place / image.name for place in places) if os.path.isfile(p)]
    if not found:
        faults.add(f"the radiograph {image.name} is missing")
    sides = [_side(image, key, faults) for key in ("width", "height")]
    patient = image.entry.values.get("patient_id")
    path = found[0] if found else folder / image.name
    return Sample(path, Size(*sides), (), "" if patient is None else str(patient))


def _side(image: _Listed, key: str, faults: Faults) -> int:
    """The width or height of an image, 1 or more."""
    pixels = 0
    with faults:
        said: Any = image.entry.value(key)
        try:
            pixels = int(said)
        except (ValueError, TypeError, OverflowError):
            pixels = 0
        if pixels < 1:
            told = f"the {key} of {image.name} is {str(said)[:40]!r}"
            faults.add(f"{told}, not a number of pixels")
    return max(pixels, 1)


def named_sets(paths: Sequence[Path]) -> str:
    """Sets by the names of their folders or files, with the folder that these are in
    where several have one name.
    """
    known = [path.absolute() for path in paths]
    names = [path.name for path in known]
    return ", ".join(
        f"{path.parent.name}/{path.name}" if names.count(path.name) > 1 else path.name
        for path in known
    )
