"""A detector's evaluation, to be read."""

from __future__ import annotations

from dentalviewer.evaluation.average_precision import AveragePrecisionEstimate
from dentalviewer.evaluation.confusion import Confusion
from dentalviewer.evaluation.evaluation import DetectorEvaluation
from dentalviewer.evaluation.froc import RATES
from dentalviewer.evaluation.tables import table, value_of

INTERVALS = (
    "In brackets: 95 % intervals from {resamples} draws of whole radiographs with"
    " replacement. Where nothing went wrong no draw shows an error: an interval of 1.00"
    " to 1.00 over n annotations leaves room for an error rate of about 3 / n."
)


def evaluation_markdown(
    evaluation: DetectorEvaluation, *, truth: str, predictions: str, resamples: int
) -> str:
    """Every table of an evaluation; `truth` and `predictions` say what was compared."""
    count = evaluation.images
    radiographs = "1 radiograph" if count == 1 else f"{count} radiographs"
    parts = [
        f"# Evaluation\n\n{predictions} against {truth}, {radiographs}.",
        _shown(evaluation),
        _scores(evaluation),
        INTERVALS.format(resamples=resamples),
        "## Sensitivity by false alarms per radiograph\n",
        _froc(evaluation),
        "## Confusion\n",
        f"Rows: what is annotated. Columns: what is shown there (IoU of"
        f" {evaluation.confusion.min_iou:g} or more).\n",
        confusion_table(evaluation.confusion),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


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
    if max(least.values(), default=0) == 0:
        return "Everything that the file holds counts as shown."
    thresholds = ", ".join(f"{label} {score:.2f}" for label, score in least.items())
    text = f"Shown is what scores at least: {thresholds}."
    if settings.nms_iou < 1:
        text += (
            " Of two findings of one class that overlap by more than"
            f" {settings.nms_iou:g} the better is shown, and at most"
            f" {settings.max_findings} on a radiograph."
        )
    return f"{text} AP and FROC look at every finding."


def _scores(evaluation: DetectorEvaluation) -> str:
    undefined = AveragePrecisionEstimate(None, None, 0)
    rows = []
    for label in evaluation.labels:
        precision = evaluation.average_precision.get(label, undefined)
        lenient, strict = evaluation.point(label, 0.3), evaluation.point(label, 0.5)
        rows.append(
            [
                label,
                strict.annotations,
                precision.ap50,
                precision.ap,
                strict.precision,
                strict.sensitivity,
                strict.f1,
                lenient.f1,
                strict.false_alarms,
                strict.missed,
            ]
        )
    header = [
        "class", "n", "AP50", "AP", "precision", "sensitivity", "F1", "F1 at IoU 0.3",
        "false alarms", "missed",
    ]  # fmt: skip
    return table(header, rows, texts=1)


def _froc(evaluation: DetectorEvaluation) -> str:
    return table(
        ["class", *(f"{rate:g}" for rate in RATES), "mean"],
        [
            [
                curve.label,
                *(value_of(curve.at[rate]) for rate in RATES),
                curve.competition_metric,
            ]
            for curve in evaluation.froc
        ],
        texts=1,
    )


def confusion_table(confusion: Confusion) -> str:
    names = [*confusion.labels, "false alarm"]
    return table(
        ["", *confusion.labels, "missed"],
        [
            [name, *(row[:-1] if name == names[-1] else row)]
            + ([""] if name == names[-1] else [])
            for name, row in zip(names, confusion.counts, strict=True)
        ],
        texts=1,
    )
