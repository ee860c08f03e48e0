"""Whether findings are placed on the right teeth, where the truth names these.

Only of findings that are found: a miss has no tooth, and is counted elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import Floats, bootstrap, ratio
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.tables import table, told
from dentalviewer.evaluation.tooth_scores import FOUND_IOU
from dentalviewer.labels import display_name
from dentalviewer.matching import match
from dentalviewer.study import Finding


@dataclass(frozen=True, slots=True)
class FindingTeeth:
    """Of the findings of a label that were found on `images` radiographs, `placed` are
    those whose tooth, or span, the truth names; `right` of them have the same.
    """

    label: str
    images: int
    placed: int
    right: int
    share: Estimate | None


def score_finding_teeth(
    truth: Sequence[Reading],
    predictions: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    weights: Floats,
) -> tuple[FindingTeeth, ...]:
    """For each label of which there is such a finding; for none where no prediction
    names a tooth.

    `predictions` holds one sequence for each reading; `weights` are
    bootstrap.resample's.
    """
    if not any(finding.teeth for found in predictions for finding in found):
        return ()
    scores = []
    for label in labels:
        pairs = zip(truth, predictions, strict=True)
        counts = np.array([_count(*pair, label) for pair in pairs], np.int64)
        placed, right = map(int, counts.sum(axis=0))
        share = bootstrap(counts, lambda n: ratio(n[:, 1], n[:, 0]), weights)
        if placed:
            scores.append(FindingTeeth(label, len(truth), placed, right, share))
    return tuple(scores)


def finding_teeth_markdown(scores: Sequence[FindingTeeth]) -> str:
    rows = [
        [
            display_name(each.label),
            each.placed,
            each.right,
            *told([each.share], each.images),
        ]
        for each in scores
    ]
    return (
        "## Teeth of findings\n\nOf the findings that are found (IoU of"
        f" {FOUND_IOU:g} or more) and whose tooth the truth names: how many have the"
        " same.\n\n"
        f"{table(['class', 'n', 'tooth right', 'share right'], rows, texts=1)}\n"
    )


def _count(
    reading: Reading, predictions: Sequence[Finding], label: str
) -> tuple[int, int]:
    """Placed and right on one radiograph."""
    pairs = [
        (reading.findings[i], predictions[j])
        for i, j in match(reading.findings, predictions, min_iou=FOUND_IOU).pairs
    ]
    placed = [pair for pair in pairs if pair[0].label == label and pair[0].teeth]
    return len(placed), sum(said.teeth == found.teeth for said, found in placed)
