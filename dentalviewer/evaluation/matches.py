"""Which candidates hit an annotation, by the rules of COCO, through pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalviewer.errors import DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.phrases import pip_with
from dentalviewer.study import Finding

# COCO's own: 0.50, 0.55 ... 0.95.
COCO_IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
MAX_CANDIDATES = 100
_EVERY_AREA = [[0, 1e10]]


@dataclass(frozen=True, slots=True, eq=False)
class LabelMatches:
    """The candidates of one label on all radiographs, best first, and what they hit.

    `annotations` (images,) counts what was to be found. Of each candidate (n,):
    `image_indices`, `scores`; of each at each IoU (ious, n): `right`, `ignored`. One
    that is neither is a false alarm.
    """

    label: str
    ious: tuple[float, ...]
    annotations: NDArray[np.int64]
    image_indices: NDArray[np.int64]
    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    ignored: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many annotations there are in all."""
        return int(self.annotations.sum())


def evaluate_coco(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    *,
    ious: Sequence[float] = COCO_IOUS,
) -> Any:
    """A pycocotools COCOeval on which `evaluate` has been run.

    `candidates` holds one sequence for each reading. Findings of other labels are left
    out; a finding without a score counts as certain. Raises DentalViewerError if
    pycocotools is not installed.
    """
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError as error:
        fault = f"Evaluating needs pycocotools; install it with {pip_with('train')}"
        raise DentalViewerError(fault) from error
    if len(truth) != len(candidates):
        raise ValueError(f"{len(candidates)} answers on {len(truth)} radiographs")
    annotations: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for image_id, (reading, found) in enumerate(zip(truth, candidates, strict=True)):
        for finding in reading.findings:
            _append(annotations, finding, image_id, labels, iscrowd=0)
        for finding in reading.uncertain:
            # COCO counts what lies on a crowd neither for nor against.
            _append(annotations, finding, image_id, labels, iscrowd=1)
        for finding in found:
            score = 1.0 if finding.score is None else finding.score
            _append(answers, finding, image_id, labels, iscrowd=0, score=score)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(
            _as_coco(COCO(), annotations, len(truth), labels),
            _as_coco(COCO(), answers, len(truth), labels),
            "bbox",
        )
        evaluation.params.iouThrs = np.array(ious)
        evaluation.params.areaRng = _EVERY_AREA
        evaluation.params.areaRngLbl = ["all"]
        evaluation.params.maxDets = [MAX_CANDIDATES]
        evaluation.evaluate()
    return evaluation


def _append(
    records: list[dict[str, Any]],
    finding: Finding,
    image_id: int,
    labels: Sequence[str],
    **fields: float,
) -> None:
    if finding.label not in labels:
        return
    box = finding.box
    records.append(
        {
            # From 1: pycocotools takes a match with annotation 0 for no match.
            "id": len(records) + 1,
            "image_id": image_id,
            "category_id": labels.index(finding.label),
            "bbox": [box.x_min, box.y_min, box.width, box.height],
            "area": box.area,
            **fields,
        }
    )


def _as_coco(
    coco: Any, records: list[dict[str, Any]], images: int, labels: Sequence[str]
) -> Any:
    coco.dataset = {
        "images": [{"id": index} for index in range(images)],
        "categories": [
            {"id": index, "name": name} for index, name in enumerate(labels)
        ],
        "annotations": records,
    }
    coco.createIndex()
    return coco


def match_candidates(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    *,
    ious: Sequence[float] = COCO_IOUS,
) -> tuple[LabelMatches, ...]:
    """What every candidate of every label hit. Raises what `evaluate_coco` raises."""
    evaluation = evaluate_coco(truth, candidates, labels, ious=ious)
    return matches_of(evaluation, labels)


def matches_of(evaluation: Any, labels: Sequence[str]) -> tuple[LabelMatches, ...]:
    """The matches inside a COCOeval, one for each label, in order."""
    ious = tuple(float(iou) for iou in evaluation.params.iouThrs)
    images = len(evaluation.params.imgIds)
    rows = evaluation.evalImgs
    return tuple(
        _label_matches(label, ious, rows[index * images : (index + 1) * images])
        for index, label in enumerate(labels)
    )


def pooled(label: str, parts: Sequence[LabelMatches]) -> LabelMatches:
    """Those of several labels as one, each right only where its own label was meant."""
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="mergesort")
    return LabelMatches(
        label,
        parts[0].ious,
        np.sum([part.annotations for part in parts], axis=0),
        np.concatenate([part.image_indices for part in parts])[order],
        scores[order],
        np.hstack([part.right for part in parts])[:, order],
        np.hstack([part.ignored for part in parts])[:, order],
    )


def _label_matches(
    label: str, ious: tuple[float, ...], rows: Sequence[dict[str, Any] | None]
) -> LabelMatches:
    present = [(index, row) for index, row in enumerate(rows) if row is not None]
    annotations = np.zeros(len(rows), np.int64)
    for index, row in present:
        annotations[index] = np.count_nonzero(np.asarray(row["gtIgnore"]) == 0)
    scores = np.concatenate([np.zeros(0), *(row["dtScores"] for _, row in present)])
    # The same order as COCOeval.accumulate, so that ties fall alike.
    order = np.argsort(-scores, kind="mergesort")
    indices = [np.full(len(row["dtScores"]), index) for index, row in present]
    nothing = np.zeros((len(ious), 0))
    hit = np.hstack([nothing, *(row["dtMatches"] for _, row in present)]) > 0
    ignored = np.hstack([nothing, *(row["dtIgnore"] for _, row in present)]) > 0
    return LabelMatches(
        label,
        ious,
        annotations,
        np.concatenate([np.zeros(0, np.int64), *indices])[order].astype(np.int64),
        scores[order],
        (hit & ~ignored)[:, order],
        ignored[:, order],
    )
