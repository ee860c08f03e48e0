"""Reads the radiographs and boxes that detectors are trained and measured on."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
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
from dentalviewer.geometry import Box, Size
from dentalviewer.page import with_black_page
from dentalviewer.radiograph import read_radiograph

# Annotations are rounded to a tenth of a pixel; more than this outside is a mistake.
OUTSIDE_TOLERANCE = 1.0


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
    """

    path: Path
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    sought: frozenset[str] | None = None

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
    Raises DatasetError if a file is missing or malformed, a radiograph or a box has no
    area, a box reaches outside its radiograph, or nothing is annotated and it may not
    be so.
    """
    path = _annotation_path(folder, split, label_set)
    content = _read_json(path)
    try:
        categories = sorted(content["categories"], key=lambda category: category["id"])
        labels = tuple(str(category["name"]) for category in categories)
        label_indices = {c["id"]: index for index, c in enumerate(categories)}
        boxes: dict[int, list[AnnotatedBox]] = {}
        for image in content["images"]:
            if image["id"] in boxes:
                raise DatasetError(path, f"two images have the id {image['id']}")
            boxes[image["id"]] = []
        doubtful = {
            image["id"]: set(image.get("duplicate_tooth_numbers", ()))
            for image in content["images"]
        }
        for annotation in content["annotations"]:
            box = _read_annotation(path, annotation, label_indices)
            if annotation["image_id"] not in boxes:
                raise DatasetError(
                    path,
                    f"annotation {annotation['id']} is on image "
                    f"{annotation['image_id']}, which is not listed",
                )
            if annotation["category_id"] in doubtful[annotation["image_id"]]:
                box = replace(box, uncertain=True)
            boxes[annotation["image_id"]].append(box)
        samples = tuple(
            _read_sample(path, folder, split, image, tuple(boxes[image["id"]]))
            for image in content["images"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        fault = f"not COCO annotations: {type(error).__name__}: {error}"
        raise DatasetError(path, fault) from error
    if not labels or not (may_be_empty or any(sample.boxes for sample in samples)):
        raise DatasetError(path, "holds no annotated radiograph")
    return Dataset(path, labels, samples)


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


def require_inside(
    path: Path, name: str, size: Size, boxes: Sequence[AnnotatedBox]
) -> None:
    """Raises DatasetError, naming the file `path`, if a box reaches too far outside."""
    for annotated in boxes:
        box = annotated.box
        overhang = max(
            -box.x_min, -box.y_min, box.x_max - size.width, box.y_max - size.height
        )
        if overhang > OUTSIDE_TOLERANCE:
            fault = f"a box at {box.corners} reaches outside {name}, which is {size}"
            raise DatasetError(path, fault)


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


def _read_annotation(
    path: Path, annotation: dict[str, Any], label_indices: dict[int, int]
) -> AnnotatedBox:
    name = f"annotation {annotation['id']}"
    if annotation["category_id"] not in label_indices:
        fault = f"{name} has the unknown category {annotation['category_id']}"
        raise DatasetError(path, fault)
    try:
        x, y, width, height = map(float, annotation["bbox"])
        box = Box(x, y, x + width, y + height)
        outline = _outline(annotation.get("segmentation"))
    except (ValueError, OverflowError) as error:
        raise DatasetError(path, f"{name}: {error}") from error
    return AnnotatedBox(
        box,
        label_indices[annotation["category_id"]],
        uncertain=bool(annotation.get("uncertain")) or bool(annotation.get("iscrowd")),
        outline=outline,
    )


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


def _read_sample(
    path: Path,
    folder: Path,
    split: str,
    image: dict[str, Any],
    boxes: tuple[AnnotatedBox, ...],
) -> Sample:
    name = str(image["file_name"])
    size = Size(_side(path, image, "width"), _side(path, image, "height"))
    places = [folder / "images" / split, folder / "images", folder]
    found = [place / name for place in places if (place / name).is_file()]
    if not found:
        raise DatasetError(path, f"the radiograph {name} is missing")
    require_inside(path, name, size, boxes)
    patient = image.get("patient_id")
    return Sample(found[0], size, boxes, "" if patient is None else str(patient))


def _side(path: Path, image: dict[str, Any], key: str) -> int:
    """The width or height of an image, 1 or more."""
    try:
        pixels = int(image[key])
    except (ValueError, OverflowError):
        pixels = 0
    if pixels < 1:
        said = f"the {key} of {image['file_name']} is {str(image[key])[:40]!r}"
        raise DatasetError(path, f"{said}, not a number of pixels")
    return pixels
