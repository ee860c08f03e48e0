"""What a network finds on the radiographs that it does not learn from."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from torch import nn

from dentalviewer.detection.inference.tooth_numbering import number_teeth
from dentalviewer.detection.inference.torch_detector import (
    PanoramicNetwork,
    find_candidates,
)
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.sets.dataset import Dataset
from dentalviewer.detection.sets.pictures import Pictures
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.looking import looks_for
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import (
    AveragePrecision,
    average_precision,
    mean_ap50,
)
from dentalviewer.evaluation.tooth_scores import score_teeth
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding


def validate(
    network: nn.Module,
    lesson: Lesson,
    pictures: Pictures,
    input_size: Size,
) -> dict[str, float]:
    """COCO AP and AP50 on the validation radiographs, for a row of the curves; of teeth
    also how they are numbered.
    """
    answers = candidates_of(network, lesson, pictures, input_size)
    row = {}
    for name, dataset in lesson.validation.items():
        scores = average_precision(readings(dataset), answers[name], dataset.labels)
        row[f"{name}_mean_ap50"] = mean_ap50(scores)
        row[f"{name}_mean_ap"] = float(np.mean([s.ap for s in scores.values()]))
        row[f"{name}_score"] = overall(scores.values())
        if name == TEETH:
            row |= _of_numbering(dataset, answers[name], row[f"{name}_score"])
        if name == TREATMENTS:
            row |= {f"ap50_{label}": score.ap50 for label, score in scores.items()}
            row |= {f"ap_{label}": score.ap for label, score in scores.items()}
    return row


def _of_numbering(
    teeth: Dataset, answers: Sequence[Sequence[Finding]], overall: float
) -> dict[str, float]:
    """F1 of teeth that are found and of their numbers, as the detector gives them in
    one look; weights are chosen by the mean of both and of how they do `overall`.

    A row of teeth that is numbered one off costs little AP.
    """
    numbered = [
        number_teeth(found, Box(0, 0, sample.size.width, sample.size.height))
        for sample, found in zip(teeth.samples, answers, strict=True)
    ]
    once = np.ones((1, len(numbered)))
    scores = score_teeth(readings(teeth), numbered, once)
    detection, numbering = (
        0.0 if estimate is None else estimate.value
        for estimate in (scores.detection_f1, scores.numbering_f1)
    )
    return {
        "teeth_detection_f1": detection,
        "teeth_numbering_f1": numbering,
        "teeth_score": (overall + detection + numbering) / 3,
    }


def overall(scores: Collection[AveragePrecision]) -> float:
    """What weights are chosen by: the mean of AP50 and AP over the labels.

    A label counts by the square root of its annotations: those of which there are few
    tell little, and their scores jump. 0 where nothing is annotated.
    """
    known = [score for score in scores if score.count]
    if not known:
        return 0.0
    values = [(score.ap50 + score.ap) / 2 for score in known]
    return float(np.average(values, weights=np.sqrt([s.count for s in known])))


def candidates_of(
    network: nn.Module,
    lesson: Lesson,
    pictures: Pictures,
    input_size: Size,
) -> dict[str, list[tuple[Finding, ...]]]:
    """What each head finds on each picture, in the looks that its detector takes and by
    the network's scores; teeth in one look.
    """
    assert isinstance(network, PanoramicDetector)
    answers = {}
    for name, labels in lesson.labels.items():
        alone = PanoramicNetwork(network.alone(name), lesson.locator).eval()
        looks = looks_for(lesson, name, input_size)
        answers[name] = [
            find_candidates(alone, picture, labels={name: labels}, looks=looks)[name]
            for picture in pictures
        ]
    return answers


def readings(dataset: Dataset) -> list[Reading]:
    """The annotations of a dataset as the evaluation takes them."""
    found = []
    for sample in dataset.samples:
        pairs = [
            (Finding(b.box, dataset.labels[b.label_index]), b.uncertain)
            for b in sample.boxes
        ]
        found.append(
            Reading(
                sample.path.name,
                sample.size,
                tuple(finding for finding, uncertain in pairs if not uncertain),
                tuple(finding for finding, uncertain in pairs if uncertain),
            )
        )
    return found
