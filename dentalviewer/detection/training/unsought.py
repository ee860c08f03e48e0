"""What nobody looked for in a set, as the detector that a run starts from sees it.

Taught that it is background, the detector would unlearn it: in a few epochs it forgets
most of a class. What it shows there is learned instead, after the idea of Shmelkov et
al., "Incremental learning of object detectors without catastrophic forgetting" (ICCV
2017), who distil what it answers. What it doubts, or where an annotation contradicts
it, is neither learned nor background.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.inference.torch_detector import find_candidates
from dentalviewer.detection.sets.dataset import (
    AnnotatedBox,
    Dataset,
    Sample,
    read_pixels,
)
from dentalviewer.detection.training.counting import counted
from dentalviewer.detection.training.fine_tuning import Start
from dentalviewer.detector import calibrated, select
from dentalviewer.geometry import iou
from dentalviewer.labels import display_name

# Of the least score that is shown; what scores less is background like all else.
DOUBTED = 0.5
# An annotation that overlaps it by as much says what is there.
SAME_PLACE_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """A dataset with what a detector finds where nobody looked, and in words how much
    that is; "" if it is nothing.
    """

    dataset: Dataset
    told: str = ""


def with_what_is_known(dataset: Dataset, start: Start) -> Known:
    """On the radiographs of the dataset what `start` finds of classes unsought there.

    Raises DatasetError if one cannot be read.
    """
    card = start.card
    known = {i for i, label in enumerate(dataset.labels) if label in card.labels}
    asked = sum(bool(sample.unsought & known) for sample in dataset.samples)
    if not asked:
        return Known(dataset)
    samples, counts = [], Counter[str]()
    with counted("looking for what nobody looked for", asked) as one_more:
        for sample in dataset.samples:
            if sample.unsought & known:
                found = tuple(_found(dataset, sample, read_pixels(sample), start))
                counts.update(
                    dataset.labels[box.label_index]
                    for box in found
                    if not box.uncertain
                )
                sample = replace(sample, boxes=(*sample.boxes, *found))
                one_more()
            samples.append(sample)
    total = ", ".join(f"{n} {display_name(name)}" for name, n in counts.items())
    told = f"where nobody looked for it, {total or 'nothing'} as {card.name} shows it"
    return Known(replace(dataset, samples=tuple(samples)), told)


def _found(
    dataset: Dataset, sample: Sample, pixels: NDArray[np.uint8], start: Start
) -> Iterator[AnnotatedBox]:
    card = start.card
    names = {dataset.labels[index] for index in sample.unsought}
    candidates = find_candidates(
        start.network, pixels, labels={card.head: card.labels}, looks=card.looks
    )[card.head]
    least = {name: card.settings.threshold(name) for name in card.labels}
    doubted = {name: DOUBTED * score for name, score in least.items()}
    for finding in select(
        (each for each in calibrated(candidates, card.calibrations)
         if each.label in names),
        replace(card.settings, thresholds=doubted),
    ):  # fmt: skip
        contradicted = any(
            iou(finding.box, annotated.box) >= SAME_PLACE_IOU
            for annotated in sample.boxes
        )
        unsure = (finding.score or 0.0) < least[finding.label]
        yield AnnotatedBox(
            finding.box,
            dataset.labels.index(finding.label),
            uncertain=unsure or contradicted,
            guessed=True,
        )
