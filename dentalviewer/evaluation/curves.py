"""The curves of an evaluation that are drawn, and where on them is what is shown."""

from __future__ import annotations

from dataclasses import dataclass

from dentalviewer.dentition import Tooth
from dentalviewer.evaluation.evaluation import DetectorEvaluation
from dentalviewer.evaluation.froc import Froc
from dentalviewer.labels import display_name


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of one class, or of one kind of tooth, by its `name`.

    Of the `annotations` on `images` radiographs, `right` are found by what is shown,
    beside `false_alarms`; `threshold` is the least score that is shown, None where it
    differs among the teeth.
    """

    name: str
    froc: Froc
    images: int
    annotations: int
    right: int
    false_alarms: int
    threshold: float | None

    @property
    def sensitivity(self) -> float:
        return self.right / self.annotations

    @property
    def precision(self) -> float | None:
        """None where nothing is shown."""
        shown = self.right + self.false_alarms
        return self.right / shown if shown else None

    @property
    def alarms_each(self) -> float:
        """False alarms per radiograph."""
        return self.false_alarms / self.images


def curves_of(evaluation: DetectorEvaluation) -> tuple[Curve, ...]:
    """One for each class that is annotated; of teeth one for each kind."""
    if evaluation.froc_by_kind:
        return tuple(
            _kind_of_tooth(evaluation, each) for each in evaluation.froc_by_kind
        )
    return tuple(
        _curve(evaluation, each, display_name(each.label), [each.label])
        for each in evaluation.froc
    )


def _kind_of_tooth(evaluation: DetectorEvaluation, froc: Froc) -> Curve:
    labels = [
        label
        for label in evaluation.labels
        if Tooth.from_fdi(int(label)).kind == froc.label
    ]
    return _curve(evaluation, froc, f"{froc.label}s", labels)


def _curve(
    evaluation: DetectorEvaluation, froc: Froc, name: str, labels: list[str]
) -> Curve:
    points = [evaluation.point(label, froc.min_iou) for label in labels]
    thresholds = {evaluation.settings.threshold(label) for label in labels}
    return Curve(
        name,
        froc,
        evaluation.images,
        sum(point.annotations for point in points),
        sum(point.right for point in points),
        sum(point.false_alarms for point in points),
        thresholds.pop() if len(thresholds) == 1 else None,
    )
