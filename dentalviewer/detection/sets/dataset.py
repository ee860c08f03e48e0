"""Reads the radiographs and boxes that detectors are trained and measured on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
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

_Read = tuple["AnnotatedBox | None", FaultyBox | None]
"""What is left of a box, and what was amiss with it."""

# Of the faults of a set, so many are named at once.
MAX_TOLD = 10


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
    content = _read_json(path)
    faults: list[str] = []
    try:
        categories = sorted(content["categories"], key=lambda category: category["id"])
        labels = tuple(str(category["name"]) for category in categories)
        images = _read_images(folder, split, content, faults)
        classes = {c["id"]: index for index, c in enumerate(categories)}
        found = [
            _read_annotation(path, each, images, classes, labels, faults)
            for each in content["annotations"]
        ]
        doubtful = {
            image["id"]: set(image.get("duplicate_tooth_numbers", ()))
            for image in content["images"]
        }
        boxes: dict[Any, list[AnnotatedBox]] = {id_: [] for id_ in images}
        for annotation, (box, _) in zip(content["annotations"], found, strict=True):
            if box is not None:
                doubted = annotation["category_id"] in doubtful[annotation["image_id"]]
                box = replace(box, uncertain=box.uncertain or doubted)
                boxes[annotation["image_id"]].append(box)
    except (KeyError, TypeError, AttributeError) as error:
        fault = f"not COCO annotations: {type(error).__name__}: {error}"
        raise DatasetError(path, fault) from error
    require_no_faults(path, faults)
    samples = tuple(
        replace(sample, boxes=tuple(boxes[id_])) for id_, sample in images.items()
    )
    inside = sum(len(sample.boxes) for sample in samples)
    faulty = [each for _, each in found if each is not None]
    notes = notes_on_faulty(path, faulty, inside)
    if not labels or not (may_be_empty or inside):
        raise DatasetError(path, "holds no annotated radiograph")
    return Dataset(path, labels, samples, notes=notes)


def require_no_faults(path: Path, faults: Sequence[str]) -> None:
    """Raises DatasetError with all `faults` of the set at `path`, or the first ones."""
    if not faults:
        return
    told = "; ".join(faults[:MAX_TOLD])
    if len(faults) == 1:
        raise DatasetError(path, told)
    more = len(faults) - MAX_TOLD
    rest = f"; and {more} more" if more > 0 else ""
    raise DatasetError(path, f"{len(faults)} faults: {told}{rest}")


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
    return any(path.is_file() for path in side_files(folder, split, label_set))


def _annotation_path(folder: Path, split: str, label_set: str) -> Path:
    paths = side_files(folder, split, label_set)
    for path in paths:
        if path.is_file():
            return path
    names = " or ".join(path.name for path in paths)
    raise DatasetError(folder, f"holds no {names}")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(path, f"cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(path, "not COCO annotations: no object at the top")
    return content


def _read_images(
    folder: Path, split: str, content: dict[str, Any], faults: list[str]
) -> dict[Any, Sample]:
    """By their ids, without boxes; what is wrong with them goes to the `faults`."""
    images: dict[Any, Sample] = {}
    for image in content["images"]:
        if image["id"] in images:
            faults.append(f"two images have the id {image['id']}")
        images[image["id"]] = _read_image(folder, split, image, faults)
    return images


def _read_annotation(
    path: Path,
    annotation: dict[str, Any],
    images: Mapping[Any, Sample],
    classes: Mapping[Any, int],
    labels: Sequence[str],
    faults: list[str],
) -> _Read:
    """The box on one of the `images`, its label one of the `labels` by the index of its
    category; what makes no sense goes to the `faults`.
    """
    id_, category = annotation["image_id"], annotation["category_id"]
    name = f"annotation {annotation['id']}"
    if category not in classes:
        faults.append(f"{name} has the unknown category {category}")
    elif id_ not in images:
        faults.append(f"{name} is on image {id_}, which is not listed")
    else:
        index = classes[category]
        try:
            return _read_box(path, annotation, images[id_], index, labels[index])
        except (ValueError, OverflowError) as error:
            faults.append(f"{name}: {error}")
    return None, None


def _read_box(
    path: Path, annotation: dict[str, Any], sample: Sample, index: int, label: str
) -> _Read:
    """A box of the label with this index. Raises ValueError or OverflowError."""
    x, y, width, height = map(float, annotation["bbox"])
    name = sample.path.name
    if width < MIN_SIDE or height < MIN_SIDE:
        edges, place = (x, y, x + width, y + height), f"annotation {annotation['id']}"
        return None, without_area(path, place, edges, label, name)
    box = Box(x, y, x + width, y + height)
    inside, amiss = fitted(path, name, sample.size, box, label)
    outline = _outline(annotation.get("segmentation"))
    if inside is None:
        return None, amiss
    uncertain = bool(annotation.get("uncertain")) or bool(annotation.get("iscrowd"))
    return AnnotatedBox(inside, index, uncertain, outline), amiss


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


def _read_image(
    folder: Path, split: str, image: dict[str, Any], faults: list[str]
) -> Sample:
    """A radiograph without its boxes; what is wrong with it goes to the `faults`."""
    name = str(image["file_name"])
    places = [folder / "images" / split, folder / "images", folder]
    found = [place / name for place in places if (place / name).is_file()]
    if not found:
        faults.append(f"the radiograph {name} is missing")
    sides = [_side(image, key, faults) for key in ("width", "height")]
    patient = image.get("patient_id")
    path = found[0] if found else folder / name
    return Sample(path, Size(*sides), (), "" if patient is None else str(patient))


def _side(image: dict[str, Any], key: str, faults: list[str]) -> int:
    """The width or height of an image, 1 or more."""
    try:
        pixels = int(image[key])
    except (ValueError, OverflowError):
        pixels = 0
    if pixels < 1:
        said = f"the {key} of {image['file_name']} is {str(image[key])[:40]!r}"
        faults.append(f"{said}, not a number of pixels")
    return max(pixels, 1)
