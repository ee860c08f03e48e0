"""Thresholds and non-maximum suppression, chosen on validation.

What is best on a few dozen radiographs is partly luck. So of settings that do about as
well, the one in the middle is chosen, and what another detector was set to by more
stays where there are few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dentalviewer.detector import DetectionSettings, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.matches import LabelMatches, match_candidates
from dentalviewer.evaluation.operating_point import count, f1, precision, sensitivity
from dentalviewer.evaluation.tables import number, table
from dentalviewer.labels import display_name
from dentalviewer.study import Finding

THRESHOLDS = tuple(round(0.01 * step, 2) for step in range(5, 96))
NMS_IOUS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
# Of fewer annotations a threshold is luck: with 30, a sensitivity of 0.9 is known to
# 0.1 either way.
ENOUGH_TO_CHOOSE_BY = 30
# Differences in F1 below this are luck.
ABOUT_AS_GOOD = 0.005
# The F1 of the card is counted at COCO's IoU.
_IOUS = (0.5, 0.3)
_NO_MAXIMUM = 1_000_000
_USUAL = DetectionSettings()
# What a table for a reader shows of the thresholds.
_SHOWN_STEP = 0.05


@dataclass(frozen=True, slots=True)
class SweepRow:
    """How one label does at one setting; a value is NaN where it is not defined."""

    label: str
    nms_iou: float
    threshold: float
    precision: float
    sensitivity: float
    f1: float
    f1_iou30: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """Everything that was tried, without a maximum: thresholds, then overlaps.

    `by_threshold` is at the overlap of the settings; `by_nms_iou` has each label's best
    threshold at each overlap.
    """

    by_threshold: tuple[SweepRow, ...]
    by_nms_iou: tuple[SweepRow, ...]


def choose_settings(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    *,
    start: DetectionSettings = _USUAL,
    kept: Collection[str] = (),
) -> tuple[DetectionSettings, Sweep]:
    """The settings with the highest F1, mean over labels, and the sweep behind them.

    `candidates` holds one sequence for each reading, before any suppression. A label
    that is annotated nowhere, or among the `kept`, has the threshold that it has in
    `start`; if no other is left, so does the overlap of all. The maximum is that of
    `start`. Raises DentalViewerError if pycocotools is not installed.
    """
    annotated = [name for name in labels if any(r.of_label(name) for r in truth)]
    to_choose = [name for name in annotated if name not in kept]
    tried = {
        nms_iou: _by_threshold(
            truth, candidates, annotated, DetectionSettings({}, nms_iou, _NO_MAXIMUM)
        )
        for nms_iou in sorted({*NMS_IOUS, start.nms_iou})
    }
    best = {
        nms_iou: tuple(_middle_of_the_best(rows, label) for label in annotated)
        for nms_iou, rows in tried.items()
    }
    chosen = start.nms_iou
    if to_choose:
        scored = [
            (nms_iou, _mean_f1([row for row in rows if row.label in to_choose]))
            for nms_iou, rows in best.items()
            if nms_iou in NMS_IOUS
        ]
        chosen = _middle(scored)
    thresholds = {
        row.label: row.threshold for row in best[chosen] if row.label in to_choose
    }
    settings = replace(
        start, thresholds={**start.thresholds, **thresholds}, nms_iou=chosen
    )
    by_nms_iou = tuple(row for rows in best.values() for row in rows)
    return settings, Sweep(tried[chosen], by_nms_iou)


def _by_threshold(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    settings: DetectionSettings,
) -> tuple[SweepRow, ...]:
    # A better candidate is never suppressed by a worse one, so one suppression and one
    # matching, from the lowest threshold on, serve all.
    least = replace(settings, default_threshold=min(THRESHOLDS))
    matches = _matched(truth, candidates, labels, least)
    return tuple(
        _row(found, settings, threshold)
        for found in matches
        for threshold in THRESHOLDS
    )


def _matched(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    settings: DetectionSettings,
) -> tuple[LabelMatches, ...]:
    shown = [select(found, settings) for found in candidates]
    return match_candidates(truth, shown, labels, ious=_IOUS)


def _row(
    matches: LabelMatches, settings: DetectionSettings, threshold: float
) -> SweepRow:
    strict, lenient = (
        count(matches, column, threshold).sum(axis=0, keepdims=True).astype(np.float64)
        for column in range(len(_IOUS))
    )
    return SweepRow(
        matches.label,
        settings.nms_iou,
        threshold,
        float(precision(strict)[0]),
        float(sensitivity(strict)[0]),
        float(f1(strict)[0]),
        float(f1(lenient)[0]),
    )


def _middle_of_the_best(rows: Sequence[SweepRow], label: str) -> SweepRow:
    own = [row for row in rows if row.label == label]
    threshold = _middle([(row.threshold, row.f1) for row in own])
    return next(row for row in own if row.threshold == threshold)


def _middle(scored: Sequence[tuple[float, float]]) -> float:
    """The middle of the longest run of values that score about as well as the best.

    `scored` holds values, in order, with their scores.
    """
    best = max(score for _, score in scored)
    runs: list[list[float]] = [[]]
    for value, score in scored:
        if score >= best - ABOUT_AS_GOOD:
            runs[-1].append(value)
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    return longest[(len(longest) - 1) // 2]


def _mean_f1(rows: Sequence[SweepRow]) -> float:
    return float(np.mean([row.f1 for row in rows]))


def sweep_table(sweep: Sweep) -> str:
    """The sweep as Markdown, thresholds in steps of 0.05."""
    thresholds = [
        row
        for row in sweep.by_threshold
        if abs(row.threshold / _SHOWN_STEP - round(row.threshold / _SHOWN_STEP)) < 1e-6
    ]
    return "\n".join(
        [
            "Thresholds, without a maximum:\n",
            _table(thresholds),
            "\nNon-maximum suppression, each class at its best threshold there:\n",
            _table(sweep.by_nms_iou),
        ]
    )


def _table(rows: Sequence[SweepRow]) -> str:
    return table(
        [
            "class",
            "NMS IoU",
            "threshold",
            "precision",
            "sensitivity",
            "F1",
            "F1 at IoU 0.3",
        ],
        [
            [
                display_name(row.label),
                f"{row.nms_iou:g}",
                f"{row.threshold:.2f}",
                number(row.precision, 3),
                number(row.sensitivity, 3),
                number(row.f1, 3),
                number(row.f1_iou30, 3),
            ]
            for row in rows
        ],
        texts=1,
    )
