"""How accurate a detector is on radiographs as they are and altered, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dentalviewer.detection.cards.model_card import Speed
from dentalviewer.detection.cards.tables import speed_text
from dentalviewer.detector import DetectionSettings, DetectorIdentity, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import average_precision_estimates
from dentalviewer.evaluation.bootstrap import RESAMPLES, resample
from dentalviewer.evaluation.comparison_report import few_radiographs
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.operating_point import operating_points
from dentalviewer.evaluation.tables import NOT_DEFINED, table, value_of
from dentalviewer.evaluation.tooth_scores import ToothScores, score_teeth
from dentalviewer.labels import display_name
from dentalviewer.study import Finding

PLAIN = "as they are"
MIN_IOU = 0.5
INTERVALS = (
    f"In brackets: 95 % intervals from {RESAMPLES} draws of whole radiographs with"
    " replacement."
)


@dataclass(slots=True)
class Examined:
    """What is annotated on each radiograph, and what the detector found there."""

    truth: list[Reading] = field(default_factory=list)
    candidates: list[tuple[Finding, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """Of the `count` annotations of one label; None where a value is not defined.

    AP and AP50 as COCO defines them; F1 at the detector's settings and an IoU of 0.5.
    """

    count: int
    ap50: Estimate | None
    ap: Estimate | None
    f1: Estimate | None


LabelAccuracies = Mapping[str, LabelAccuracy]
Accuracy = Mapping[str, LabelAccuracies] | Mapping[str, ToothScores]
"""By the name of the alteration, PLAIN first."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """What is told of a detector, in the order of the JSON file.

    `radiographs` are those that were examined, `failed` could not be;
    `label_faults_left_out` of the set count neither for nor against; `notes` say
    if the detector knows some of them.
    """

    detector: DetectorIdentity
    data: str
    radiographs: int
    failed: int
    label_faults_left_out: int
    settings: DetectionSettings
    speed: Speed | None
    accuracy: Accuracy
    notes: tuple[str, ...] = ()


def altered_accuracy(
    examined: Mapping[str, Examined],
    labels: Sequence[str],
    settings: DetectionSettings,
) -> dict[str, LabelAccuracies]:
    """Of the labels that are annotated.

    Raises DentalViewerError if pycocotools is not installed.
    """
    return {
        name: _accuracies(each, labels, settings) for name, each in examined.items()
    }


def _accuracies(
    examined: Examined, labels: Sequence[str], settings: DetectionSettings
) -> LabelAccuracies:
    truth, candidates = examined.truth, examined.candidates
    weights = resample(len(truth))
    shown = [select(found, settings) for found in candidates]
    precisions = average_precision_estimates(truth, candidates, labels, weights)
    f1 = {
        point.label: point.f1
        for point in operating_points(truth, shown, labels, weights)
        if point.min_iou == MIN_IOU
    }
    return {
        label: LabelAccuracy(found.count, found.ap50, found.ap, f1[label])
        for label, found in precisions.items()
    }


def altered_tooth_accuracy(
    examined: Mapping[str, Examined], settings: DetectionSettings
) -> dict[str, ToothScores]:
    """The same of a detector whose labels are FDI numbers, over all teeth."""
    return {
        name: score_teeth(
            each.truth,
            [select(found, settings) for found in each.candidates],
            resample(len(each.truth)),
        )
        for name, each in examined.items()
    }


def assessment_markdown(assessed: Assessed) -> str:
    count, left_out = assessed.radiographs, assessed.label_faults_left_out
    radiographs = "1 radiograph" if count == 1 else f"{count} radiographs"
    faults = "1 label fault" if left_out == 1 else f"{left_out} label faults"
    without = f" Left out: {faults}." if left_out else ""
    teeth = {n: s for n, s in assessed.accuracy.items() if isinstance(s, ToothScores)}
    classes = {
        n: s for n, s in assessed.accuracy.items() if not isinstance(s, ToothScores)
    }
    speed = assessed.speed
    parts = [
        f"# {assessed.detector.name} on {assessed.data}",
        f"{radiographs}, each as it is and altered. Weights: sha256"
        f" `{assessed.detector.sha256}`.{without}",
        *(_of_teeth(teeth) if teeth else _of_classes(classes)),
        f"{INTERVALS} {few_radiographs(count)}".rstrip(),
        *([] if speed is None else [f"Speed: {speed_text(speed)}."]),
        *(f"{note}." for note in assessed.notes),
    ]
    return "\n\n".join(parts) + "\n"


def _of_classes(accuracy: Mapping[str, LabelAccuracies]) -> list[str]:
    plain = accuracy[PLAIN]
    rows = [
        [display_name(label), each.count, each.ap50, each.ap, each.f1]
        for label, each in plain.items()
    ]
    return [
        table(["class", "n", "AP50", "AP", "F1"], rows, texts=1),
        "AP and AP50 as COCO defines them; F1 with the detector's own settings, at an"
        f" IoU of {MIN_IOU:g}.",
        "## AP50 on altered radiographs",
        _alterations(accuracy, lambda each: each.ap50),
        "## F1 on altered radiographs",
        _alterations(accuracy, lambda each: each.f1),
        "Behind each value: what the alteration adds to it or takes from it.",
    ]


def _alterations(
    accuracy: Mapping[str, LabelAccuracies],
    measure: Callable[[LabelAccuracy], Estimate | None],
) -> str:
    """A row for each alteration, a column for each class and one for their mean."""
    labels = list(accuracy[PLAIN])
    values = {
        name: [measure(found[label]) if label in found else None for label in labels]
        for name, found in accuracy.items()
    }
    rows = [
        [name, *map(_with_loss, values[PLAIN], found), _mean_loss(values[PLAIN], found)]
        for name, found in values.items()
    ]
    header = ["radiographs", *map(display_name, labels), "mean"]
    return table(header, rows, texts=1)


def _with_loss(plain: Estimate | None, altered: Estimate | None) -> str:
    if plain is None or altered is None:
        return value_of(altered)
    if plain is altered:
        return value_of(plain)
    return _valued(plain.value, altered.value)


def _mean_loss(
    plain: Sequence[Estimate | None], altered: Sequence[Estimate | None]
) -> str:
    """Over the classes that have a value both ways."""
    pairs = [
        (before.value, after.value)
        for before, after in zip(plain, altered, strict=True)
        if before is not None and after is not None
    ]
    if not pairs:
        return NOT_DEFINED
    before, after = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    return f"{before:.2f}" if plain is altered else _valued(before, after)


def _valued(plain: float, altered: float) -> str:
    """Such as "0.75 (-0.05)"."""
    return f"{altered:.2f} ({_change(plain, altered)})"


def _change(plain: float, altered: float) -> str:
    # Adding 0 leaves no "-0.00".
    return f"{round(altered - plain, 2) + 0.0:+.2f}"


def _of_teeth(accuracy: Mapping[str, ToothScores]) -> list[str]:
    plain = accuracy[PLAIN]
    rows = [
        [
            name,
            each.annotated,
            each.shown,
            each.detection_f1,
            each.number_right,
            each.numbering_f1,
            "" if name == PLAIN else _loss(plain.numbering_f1, each.numbering_f1),
        ]
        for name, each in accuracy.items()
    ]
    header = [
        "radiographs", "teeth", "shown", "detection F1", "number right if found",
        "numbering F1", "loss",
    ]  # fmt: skip
    return [
        table(header, rows, texts=1),
        f"Found is a tooth with an IoU of {MIN_IOU:g} or more. Loss: of numbering F1,"
        " by the alteration.",
    ]


def _loss(plain: Estimate | None, altered: Estimate | None) -> str:
    if plain is None or altered is None:
        return NOT_DEFINED
    return _change(plain.value, altered.value)
