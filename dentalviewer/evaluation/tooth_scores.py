"""How well teeth are found and numbered, over whole radiographs.

A tooth is found where a prediction of any number overlaps it enough; its number is
right where that prediction bears it. Finding and numbering are told apart, for a shift
by one tooth and a miss are different faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dentalviewer.dentition import is_fdi_number
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import Floats, bootstrap, ratio
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.tables import table, told
from dentalviewer.matching import match
from dentalviewer.study import Finding

FOUND_IOU = 0.5


@dataclass(frozen=True, slots=True)
class ToothScores:
    """Counts of teeth on `images` radiographs, and what follows from them.

    `shown` teeth of which `found` lie on one of the `annotated`; of these `right` bear
    its number; `numbered` of the shown bear any. Uncertain teeth count nowhere.
    """

    images: int
    annotated: int
    shown: int
    numbered: int
    found: int
    right: int
    detection_f1: Estimate | None
    number_right: Estimate | None
    numbering_f1: Estimate | None


def are_teeth(labels: Sequence[str]) -> bool:
    """Whether every label is a tooth's FDI number."""
    return bool(labels) and all(is_fdi_number(label) for label in labels)


def score_teeth(
    truth: Sequence[Reading],
    predictions: Sequence[Sequence[Finding]],
    weights: Floats,
    *,
    min_iou: float = FOUND_IOU,
) -> ToothScores:
    """Labels are FDI numbers; a prediction with another label is a tooth without one.

    `predictions` holds one sequence for each reading; `weights` are
    bootstrap.resample's.
    """
    counts = np.array(
        [
            _count(reading, shown, min_iou)
            for reading, shown in zip(truth, predictions, strict=True)
        ],
        np.int64,
    )
    annotated, shown, numbered, found, right = map(int, counts.sum(axis=0))
    return ToothScores(
        len(truth),
        annotated,
        shown,
        numbered,
        found,
        right,
        bootstrap(counts, lambda n: ratio(2 * n[:, 3], n[:, 0] + n[:, 1]), weights),
        bootstrap(counts, lambda n: ratio(n[:, 4], n[:, 3]), weights),
        bootstrap(counts, lambda n: ratio(2 * n[:, 4], n[:, 0] + n[:, 2]), weights),
    )


def tooth_table(scores: ToothScores) -> str:
    """The scores as a Markdown table."""
    measured = (scores.detection_f1, scores.number_right, scores.numbering_f1)
    return table(
        [
            "teeth", "shown", "found", "number right", "detection F1",
            "number right if found", "numbering F1",
        ],
        [
            [
                scores.annotated,
                scores.shown,
                scores.found,
                scores.right,
                *told(measured, scores.images),
            ]
        ],
        texts=0,
    )  # fmt: skip


def _count(
    reading: Reading, predictions: Sequence[Finding], min_iou: float
) -> tuple[int, int, int, int, int]:
    """Annotated, shown, numbered, found and right on one radiograph."""
    pairs = match(reading.findings, predictions, min_iou=min_iou, same_label=False)
    left = [predictions[index] for index in pairs.only_second]
    doubtful = match(reading.uncertain, left, min_iou=min_iou, same_label=False)
    ignored = {id(left[index]) for _, index in doubtful.pairs}
    shown = [p for p in predictions if id(p) not in ignored]
    right = sum(
        reading.findings[i].label == predictions[j].label for i, j in pairs.pairs
    )
    numbered = sum(is_fdi_number(p.label) for p in shown)
    return len(reading.findings), len(shown), numbered, len(pairs.pairs), right
