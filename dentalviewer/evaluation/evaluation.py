"""A detector against the truth: everything that is measured, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dentalviewer.dentition import KINDS, Tooth
from dentalviewer.detector import DetectionSettings, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import (
    AveragePrecisionEstimate,
    average_precision_estimates,
)
from dentalviewer.evaluation.bootstrap import RESAMPLES, Floats, resample
from dentalviewer.evaluation.confusion import Confusion, confusion
from dentalviewer.evaluation.froc import Froc, froc
from dentalviewer.evaluation.matches import LabelMatches, match_candidates, pooled
from dentalviewer.evaluation.operating_point import OperatingPoint, operating_points
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.study import Finding


@dataclass(frozen=True, slots=True)
class DetectorEvaluation:
    """How a detector did on `images` radiographs.

    `average_precision` and `froc` look at every candidate, `points` and `confusion` at
    what is shown with `settings`. Labels without annotations have no average precision.
    `froc_by_kind` has all teeth of a kind in one curve, and is empty of other labels.
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
    froc_by_kind: tuple[Froc, ...] = ()

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
        froc_by_kind=_by_kind(matches, weights) if are_teeth(labels) else (),
    )


def _by_kind(matches: Sequence[LabelMatches], weights: Floats) -> tuple[Froc, ...]:
    by_kind: dict[str, list[LabelMatches]] = {kind: [] for kind in KINDS}
    for found in matches:
        by_kind[Tooth.from_fdi(int(found.label)).kind].append(found)
    return tuple(
        froc(pooled(kind, parts), weights)
        for kind, parts in by_kind.items()
        if any(found.count for found in parts)
    )
