"""COCO's average precision (Lin et al., ECCV 2014), per label, and its intervals."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import Floats, interval
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.matches import LabelMatches, evaluate_coco, matches_of
from dentalviewer.study import Finding

# COCO reads the precision off at these 101 recalls.
RECALLS = np.linspace(0, 1, 101)


# Resamples: all of them with thousands of candidates would fill the memory.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """AP over IoU 0.50 to 0.95 and AP50, 0 to 1, of the `count` annotations."""

    ap: float
    ap50: float
    count: int


@dataclass(frozen=True, slots=True)
class AveragePrecisionEstimate:
    """AP and AP50 with intervals; None where they are not defined."""

    ap: Estimate | None
    ap50: Estimate | None
    count: int


def average_precision(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
) -> Mapping[str, AveragePrecision]:
    """COCO's average precision per label, through pycocotools.

    `candidates` holds one sequence for each reading, in order, of everything the
    detector returned. Labels without annotations are left out. Raises
    DentalViewerError if pycocotools is not installed.
    """
    scores, _ = _accumulated(truth, candidates, labels)
    return scores


def average_precision_estimates(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    weights: Floats,
) -> Mapping[str, AveragePrecisionEstimate]:
    """The same with 95 % intervals; `weights` are bootstrap.resample's."""
    scores, matches = _accumulated(truth, candidates, labels)
    estimates = {}
    for found in matches:
        if found.label not in scores:
            continue
        score = scores[found.label]
        resampled = resampled_average_precision(found, weights)
        estimates[found.label] = AveragePrecisionEstimate(
            interval(score.ap, resampled.mean(axis=1)),
            interval(score.ap50, resampled[:, 0]),
            score.count,
        )
    return estimates


def mean_ap50(scores: Mapping[str, AveragePrecision]) -> float:
    """The mean over labels; 0 where nothing was annotated."""
    if not scores:
        return 0.0
    return float(np.mean([score.ap50 for score in scores.values()]))


def _accumulated(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
) -> tuple[dict[str, AveragePrecision], tuple[LabelMatches, ...]]:
    evaluation = evaluate_coco(truth, candidates, labels)
    matches = matches_of(evaluation, labels)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.accumulate()
    scores = {}
    for index, found in enumerate(matches):
        if found.count:
            # (IoU, recall, label, area range, most candidates); the first IoU is 0.5.
            precision = evaluation.eval["precision"][:, :, index, 0, 0]
            scores[found.label] = AveragePrecision(
                float(precision.mean()), float(precision[0].mean()), found.count
            )
    return scores, matches


def resampled_average_precision(matches: LabelMatches, weights: Floats) -> Floats:
    """Average precision (resamples, ious), NaN where a resample has no annotation.

    The same as running COCOeval on every resample. Precision is highest at a right
    candidate and only falls until the next, so only those are looked at.
    """
    total = weights @ matches.annotations
    result = np.zeros((len(weights), len(matches.ious)))
    for column in range(len(matches.ious)):
        for start in range(0, len(weights), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            right, wrong = _cumulative(matches, weights[part], column)
            recall = right / np.where(total[part] == 0, 1.0, total[part])
            result[part, column] = _read_off(recall, right, wrong)
    result[total == 0] = np.nan
    return result


def _read_off(recall: Floats, right: Floats, wrong: Floats) -> Floats:
    """The mean of the highest precision at each of RECALLS, for each resample."""
    precision = right / np.maximum(right + wrong, 1.0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    means = np.zeros(recall.shape[1])
    for row in range(len(means)):
        found = np.searchsorted(recall[:, row], RECALLS, side="left")
        reached = found[found < len(envelope)]
        means[row] = envelope[reached, row].sum() / len(RECALLS)
    return means


def _cumulative(
    matches: LabelMatches, weights: Floats, column: int
) -> tuple[Floats, Floats]:
    """Right candidates and false alarms up to each right one: (right, resamples)."""
    is_right = matches.right[column]
    is_wrong = ~is_right & ~matches.ignored[column]
    places, wrong_places = np.flatnonzero(is_right), np.flatnonzero(is_wrong)
    each = weights.T[matches.image_indices]
    right = np.cumsum(each[places], axis=0)
    wrong = np.pad(np.cumsum(each[wrong_places], axis=0), ((1, 0), (0, 0)))
    return right, wrong[np.searchsorted(wrong_places, places)]
