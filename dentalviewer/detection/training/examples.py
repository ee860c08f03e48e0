"""The examples of a run: pictures at the size that is needed, and what is on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.dentition import Tooth
from dentalviewer.detection.augmenting.augmentation import Augmentation
from dentalviewer.detection.augmenting.example import Boxes, Example, ToothOutline
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset, Sample
from dentalviewer.detection.sets.tooth_labels import exchanged
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.geometry import Box


@dataclass(frozen=True, slots=True)
class ScaledDown:
    """Of which radiograph a picture is, its window there, and its size as a share."""

    path: Path
    window: Box
    factor: float


def scaled_down(
    path: Path, pixels: NDArray[np.uint8], window: Box, window_width: float
) -> tuple[NDArray[np.uint8], ScaledDown]:
    """So that its window is no wider than that; and which radiograph it is."""
    factor = min(window_width / window.width, 1.0)
    height, width = (round(side * factor) for side in pixels.shape)
    if factor < 1:
        pixels = np.asarray(
            cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        )
    return pixels, ScaledDown(path, window.scaled(factor, factor), factor)


def make_examples(
    pictures: Iterable[tuple[NDArray[np.uint8], ScaledDown]],
    annotated: Mapping[str, Dataset],
    teeth: Mapping[Path, Mapping[Tooth, AnnotatedBox]],
    plan: Augmentation,
) -> list[Example]:
    """With what is `annotated` on them, by label set, and outlines of the `teeth`."""
    samples = {
        name: {sample.path: sample for sample in dataset.samples}
        for name, dataset in annotated.items()
    }
    # Numbers change with the side, whatever the set is learned as.
    numbers = {
        name: found.labels
        for name, found in annotated.items()
        if are_teeth(found.labels)
    }
    mirrored, upturned = (
        {name: exchanged(labels, turn) for name, labels in numbers.items() if is_on}
        for is_on, turn in (
            (plan.flip, Tooth.mirrored),
            (plan.upturn, Tooth.upturned),
        )
    )
    examples = []
    for pixels, shown in pictures:
        boxes = {
            name: _boxes(by_path.get(shown.path), shown.factor)
            for name, by_path in samples.items()
        }
        boxes.setdefault(TREATMENTS, _boxes(None, shown.factor))
        examples.append(
            Example(
                pixels,
                shown.window,
                boxes,
                mirrored,
                upturned,
                _outlines(teeth.get(shown.path, {}), shown.factor),
            )
        )
    return examples


def _outlines(
    teeth: Mapping[Tooth, AnnotatedBox], factor: float
) -> tuple[ToothOutline, ...]:
    return tuple(
        ToothOutline(
            tooth, np.array(annotated.outline, np.float32) * np.float32(factor)
        )
        for tooth, annotated in teeth.items()
        if annotated.outline and not tooth.deciduous
    )


def _boxes(sample: Sample | None, factor: float) -> Boxes:
    found = sample.boxes if sample else ()
    corners = np.array([b.box.corners for b in found], np.float32).reshape(-1, 4)
    return Boxes(
        corners * np.float32(factor),
        np.array([b.label_index for b in found], np.int64),
        np.array([b.uncertain for b in found], np.bool_),
    )
