"""Measures candidates against the annotations of a dataset."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dentalviewer.detection.dataset import Dataset
from dentalviewer.study import Finding


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """AP over IoU 0.50 to 0.95 and AP50, 0 to 1, of a label with `count` annotations."""

    ap: float
    ap50: float
    count: int


def average_precision(
    dataset: Dataset, candidates: Sequence[Sequence[Finding]]
) -> Mapping[str, AveragePrecision]:
    """COCO average precision per label (Lin et al., ECCV 2014), through pycocotools.

    `candidates` holds one sequence per sample, in the dataset's order. Labels without
    annotations are left out; uncertain annotations are ignored.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = _coco_truth(dataset)
        truth.createIndex()
        answers = _coco_answers(dataset, candidates)
        found = truth.loadRes(answers) if answers else COCO()
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.imgIds = list(range(len(dataset.samples)))
        evaluation.params.maxDets = [1, 10, 100]
        scores = {}
        if answers:
            evaluation.evaluate()
            evaluation.accumulate()
        for index, label in enumerate(dataset.labels):
            count = dataset.count(index)
            if not count:
                continue
            if not answers:
                scores[label] = AveragePrecision(0.0, 0.0, count)
                continue
            # (IoU, recall, label, area range, most detections); first IoU is 0.5.
            precision = evaluation.eval["precision"][:, :, index, 0, -1]
            scores[label] = AveragePrecision(
                float(precision.mean()), float(precision[0].mean()), count
            )
    return scores


def _coco_truth(dataset: Dataset) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for image_id, sample in enumerate(dataset.samples):
        for annotated in sample.boxes:
            box = annotated.box
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": annotated.label_index,
                    "bbox": [box.x_min, box.y_min, box.width, box.height],
                    "area": box.area,
                    # COCO counts what lies on a crowd neither for nor against.
                    "iscrowd": int(annotated.uncertain),
                }
            )
    return {
        "info": {},
        "images": [{"id": index} for index in range(len(dataset.samples))],
        "categories": [
            {"id": index, "name": name} for index, name in enumerate(dataset.labels)
        ],
        "annotations": annotations,
    }


def _coco_answers(
    dataset: Dataset, candidates: Sequence[Sequence[Finding]]
) -> list[dict[str, Any]]:
    label_indices = {label: index for index, label in enumerate(dataset.labels)}
    return [
        {
            "image_id": image_id,
            "category_id": label_indices[finding.label],
            "bbox": [
                finding.box.x_min,
                finding.box.y_min,
                finding.box.width,
                finding.box.height,
            ],
            "score": finding.score,
        }
        for image_id, findings in enumerate(candidates)
        for finding in findings
        if finding.label in label_indices
    ]


def mean_ap50(scores: Mapping[str, AveragePrecision]) -> float:
    return float(np.mean([score.ap50 for score in scores.values()]))
