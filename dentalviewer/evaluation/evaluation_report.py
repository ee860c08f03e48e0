"""A detector's evaluation, to be read."""

from __future__ import annotations

from collections.abc import Sequence

from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.evaluation.average_precision import AveragePrecisionEstimate
from dentalviewer.evaluation.comparison import ENOUGH_TO_JUDGE
from dentalviewer.evaluation.comparison_report import few_radiographs
from dentalviewer.evaluation.confusion import Confusion
from dentalviewer.evaluation.estimate import ENOUGH_FOR_INTERVALS
from dentalviewer.evaluation.evaluation import DetectorEvaluation
from dentalviewer.evaluation.froc import RATES, Froc
from dentalviewer.evaluation.tables import table, told, value_of
from dentalviewer.labels import display_name

INTERVALS = (
    "In brackets: 95 % intervals from {resamples} draws of whole radiographs with"
    " replacement."
)
OF_ENOUGH = (
    " Where nothing went wrong no draw shows an error: an interval of 1.00 to 1.00 over"
    f" n annotations, {ENOUGH_TO_JUDGE} or more, leaves room for an error rate of about"
    " 3 / n."
)
OF_FEW = (
    f" Of fewer than {ENOUGH_TO_JUDGE} annotations an interval tells next to nothing:"
)
NO_INTERVALS = (
    f"There are no intervals: fewer than {ENOUGH_FOR_INTERVALS} radiographs are too few"
    " to draw from."
)
ABOUT_IOUS = (
    "Above, a finding is right from an IoU of 0.5 on, below from 0.3 on, since readers"
    " draw the extent of a treatment differently."
)
_POINT = ("precision", "sensitivity", "F1", "false alarms", "missed")
# Who keeps every candidate keeps some that score less.
_LEAST_OF_ALL = 0.1


def caveat_on(predictions: AnnotationSet) -> str:
    """What AP and FROC lack where a file does not hold every candidate, or may not."""
    path, signature = predictions.path, predictions.signature
    remedy = "`dentalviewer detect --all` writes every candidate"
    if signature is None:
        scores = (f.score for r in predictions.readings for f in r.findings)
        least = min((score for score in scores if score is not None), default=0.0)
        if least <= _LEAST_OF_ALL:
            return ""
        return (
            f"{path} does not say which detector wrote it, and ends at a score of"
            f" {least:.2f}: if it holds only what was shown, AP and FROC end there and"
            f" are too low; {remedy}."
        )
    if signature.is_whole:
        return ""
    return (
        f"{path} holds only what {signature.identity.name} shows, so that AP and FROC"
        f" end there and are too low; {remedy}."
    )


def evaluation_markdown(
    evaluation: DetectorEvaluation,
    *,
    truth: str,
    predictions: str,
    resamples: int,
    teeth: str = "",
) -> str:
    """Every table of an evaluation; `truth` and `predictions` say what was compared.

    `teeth` is the table over all teeth, if it is about teeth; it goes first.
    """
    count = evaluation.images
    radiographs = "1 radiograph" if count == 1 else f"{count} radiographs"
    parts = [
        f"# Evaluation\n\n{predictions} against {truth}, {radiographs}.",
        _shown(evaluation),
        *(("## Teeth", teeth, "## By number") if teeth else ()),
        _scores(evaluation),
        _intervals(evaluation, resamples),
        "## Sensitivity by false alarms per radiograph\n",
        _froc("kind of tooth", evaluation.froc_by_kind, count) if teeth else "",
        _froc("class", evaluation.froc, count),
        "## Confusion\n",
        f"Rows: what is annotated. Columns: what is shown there (IoU of"
        f" {evaluation.confusion.min_iou:g} or more).\n",
        confusion_table(evaluation.confusion),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _intervals(evaluation: DetectorEvaluation, resamples: int) -> str:
    if evaluation.images < ENOUGH_FOR_INTERVALS:
        return NO_INTERVALS
    counts = {
        label: evaluation.point(label, 0.5).annotations for label in evaluation.labels
    }
    said = INTERVALS.format(resamples=resamples)
    if any(count >= ENOUGH_TO_JUDGE for count in counts.values()):
        said += OF_ENOUGH
    few = [
        f"{display_name(label)} ({count})"
        for label, count in counts.items()
        if 0 < count < ENOUGH_TO_JUDGE
    ]
    if few:
        said += f"{OF_FEW} {', '.join(few)}."
    return f"{said} {few_radiographs(evaluation.images)}".rstrip()


def left_out_markdown(evaluation: DetectorEvaluation, faults: str, count: int) -> str:
    """The same scores with `count` faults of the truth left out, beside the others."""
    noun = "fault" if count == 1 else "faults"
    return (
        f"## With {count} label {noun} left out\n\nWhat {faults} calls plainly wrong"
        " in the truth counts neither for nor against.\n\n"
        f"{_scores(evaluation)}\n"
    )


def _shown(evaluation: DetectorEvaluation) -> str:
    settings = evaluation.settings
    least = {label: settings.threshold(label) for label in evaluation.labels}
    measured = evaluation.caveat or "AP and FROC look at every finding."
    if max(least.values(), default=0) == 0:
        counted = "Everything that the file holds counts as shown."
        return f"{counted} {evaluation.caveat}".rstrip()
    thresholds = ", ".join(
        f"{display_name(label)} {score:.2f}" for label, score in least.items()
    )
    text = f"Findings are shown from these scores on: {thresholds}."
    if settings.nms_iou < 1:
        text += (
            " Of two findings of one class that overlap by more than"
            f" {settings.nms_iou:g} the better is shown, and at most"
            f" {settings.max_findings} on a radiograph."
        )
    return f"{text} {measured}"


def _scores(evaluation: DetectorEvaluation) -> str:
    undefined = AveragePrecisionEstimate(None, None, 0)
    rows = []
    for label in evaluation.labels:
        precision = evaluation.average_precision.get(label, undefined)
        n = evaluation.point(label, 0.5).annotations
        point = _point(evaluation, label, 0.5)
        areas = told((precision.ap50, precision.ap), evaluation.images)
        rows.append([display_name(label), n, *areas, *point])
    strict = table(["class", "n", "AP50", "AP", *_POINT], rows, texts=1)
    lenient = table(
        ["class, at IoU 0.3", *_POINT],
        [
            [display_name(each), *_point(evaluation, each, 0.3)]
            for each in evaluation.labels
        ],
        texts=1,
    )
    return f"{strict}\n\n{ABOUT_IOUS}\n\n{lenient}"


def _point(evaluation: DetectorEvaluation, label: str, min_iou: float) -> list[object]:
    """A row of _POINT."""
    point = evaluation.point(label, min_iou)
    shares = told((point.precision, point.sensitivity, point.f1), evaluation.images)
    return [*shares, point.false_alarms, point.missed]


def _froc(what: str, curves: Sequence[Froc], images: int) -> str:
    return table(
        [what, *(f"{rate:g}" for rate in RATES), "mean"],
        [
            [
                display_name(curve.label),
                *(value_of(curve.at[rate]) for rate in RATES),
                *told([curve.competition_metric], images),
            ]
            for curve in curves
        ],
        texts=1,
    )


def confusion_table(confusion: Confusion) -> str:
    labels = [display_name(label) for label in confusion.labels]
    names = [*labels, "false alarm"]
    return table(
        ["", *labels, "missed"],
        [
            [name, *(row[:-1] if name == names[-1] else row)]
            + ([""] if name == names[-1] else [])
            for name, row in zip(names, confusion.counts, strict=True)
        ],
        texts=1,
    )
