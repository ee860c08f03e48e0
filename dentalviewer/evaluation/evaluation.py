"""A detector against the truth: everything that is measured, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dentalviewer.detector import DetectionSettings, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import (
    AveragePrecisionEstimate,
    average_precision_estimates,
)
from dentalviewer.evaluation.bootstrap import RESAMPLES, resample
from dentalviewer.evaluation.confusion import Confusion, confusion
from dentalviewer.evaluation.froc import Froc, froc
from dentalviewer.evaluation.matches import match_candidates
from dentalviewer.evaluation.operating_point import OperatingPoint, operating_points
from dentalviewer.study import Finding


@dataclass(frozen=True, slots=True)
class DetectorEvaluation:
    """How a detector did on `images` radiographs.

    `average_precision` and `froc` look at every candidate, `points` and `confusion` at
    what is shown with `settings`. Labels without annotations have no average precision.
    `caveat` tells where the candidates are not all there.
    """

    images: int
    labels: tuple[str, ...]
    settings: DetectionSettings
    average_precision: Mapping[str, AveragePrecisionEstimate]
    points: tuple[OperatingPoint, ...]
    froc: tuple[Froc, ...]
    confusion: Confusion
    caveat: str = ""

    def point(self, label: str, min_iou: float) -> OperatingPoint:
        """Raises KeyError if there is none."""
        for point in self.points:
            if point.label == label and point.min_iou == min_iou:
                return point
        raise KeyError(label, min_iou)


def evaluate(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    settings: DetectionSettings,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> DetectorEvaluation:
    """Measure candidates, and what is shown of them, against the truth.

    `candidates` holds one sequence for each reading. Raises DentalViewerError if
    pycocotools is not installed.
    """
    weights = resample(len(truth), resamples=resamples, seed=seed)
    shown = [select(found, settings) for found in candidates]
    matches = match_candidates(truth, candidates, labels)
    return DetectorEvaluation(
        len(truth),
        tuple(labels),
        settings,
        average_precision_estimates(truth, candidates, labels, weights),
        operating_points(truth, shown, labels, weights),
        tuple(froc(found, weights) for found in matches if found.count),
        confusion(truth, shown, labels),
    )
