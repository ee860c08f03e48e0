"""Which class is taken for which, which is missed, which is seen where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.geometry import shared_area
from dentalviewer.matching import SAME_PLACE_IOU, match
from dentalviewer.study import Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Confusion:
    """Places counted by what is annotated there (rows) and predicted (columns).

    The last row holds false alarms, the last column what was missed.
    """

    labels: tuple[str, ...]
    min_iou: float
    counts: tuple[tuple[int, ...], ...]


def confusion(
    truth: Sequence[Reading],
    predictions: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    *,
    min_iou: float = SAME_PLACE_IOU,
) -> Confusion:
    """Pair findings of one class first, then what is left across classes.

    `predictions` holds one sequence for each reading. A prediction that lies on
    something uncertain of its class is not counted.
    """
    import numpy as np

    nothing = len(labels)
    counts: NDArray[np.int64] = np.zeros((nothing + 1, nothing + 1), np.int64)
    index = {label: row for row, label in enumerate(labels)}
    for reading, found in zip(truth, predictions, strict=True):
        annotated = [f for f in reading.findings if f.label in index]
        predicted = [f for f in found if f.label in index]
        for same_label in (True, False):
            matching = match(
                annotated, predicted, min_iou=min_iou, same_label=same_label
            )
            for i, j in matching.pairs:
                counts[index[annotated[i].label], index[predicted[j].label]] += 1
            annotated = [annotated[i] for i in matching.only_first]
            predicted = [
                predicted[j]
                for j in matching.only_second
                if not on_uncertain(predicted[j], reading, min_iou)
            ]
        for finding in annotated:
            counts[index[finding.label], nothing] += 1
        for finding in predicted:
            counts[nothing, index[finding.label]] += 1
    return Confusion(
        tuple(labels), min_iou, tuple(tuple(row) for row in counts.tolist())
    )


def on_uncertain(finding: Finding, reading: Reading, min_iou: float) -> bool:
    """Whether so much of a finding lies on something uncertain of its class.

    As for COCO's crowds, the overlap is counted in parts of the finding alone.
    """
    return any(
        doubtful.label == finding.label
        and shared_area(finding.box, doubtful.box) >= min_iou * finding.box.area
        for doubtful in reading.uncertain
    )
