"""A model card as Markdown, for the window and for those who read the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dentalviewer.detection.cards.model_card import (
    Evaluation,
    LabelScore,
    ModelCard,
    Speed,
)
from dentalviewer.detection.looks import Look
from dentalviewer.evaluation.estimate import ENOUGH_FOR_INTERVALS
from dentalviewer.evaluation.tables import told
from dentalviewer.labels import display_name

# More labels than this, such as the numbers of teeth, are shown as their mean.
MOST_LABELS = 8
# Of LabelScore, in the order of the columns.
SHOWN = ("ap50", "ap", "precision", "sensitivity", "f1", "f1_iou30")
CALIBRATED = (
    " Scores are calibrated: of the findings with a score of 0.8, about 80 % were right"
    " on the validation radiographs."
)


def card_markdown(card: ModelCard) -> str:
    """Everything a reader should know before trusting the detector."""
    settings = card.settings
    thresholds = ", ".join(
        f"{display_name(label)} {value:.2f}"
        for label, value in settings.thresholds.items()
        if len(settings.thresholds) <= MOST_LABELS
    )
    parts = [
        f"# {card.name}",
        card.intended_use,
        "## How well it does",
        scores_table(card.evaluations),
        "Values are 0 to 1 with 95 % intervals (bootstrap over radiographs, where there"
        f" are {ENOUGH_FOR_INTERVALS} or more). AP and"
        " AP50 as COCO defines them; precision, sensitivity and F1 at the thresholds"
        " below and an IoU of 0.5 where no other is named.",
        "## Settings",
        f"Thresholds: {thresholds or f'{settings.default_threshold:.2f} for all'}."
        f" Non-maximum suppression at IoU {settings.nms_iou:g}; at most"
        f" {settings.max_findings} findings."
        f"{CALIBRATED if card.calibrations else ''}",
        "## Known failures",
        "\n".join(f"- {failure}" for failure in card.failures),
        "## Where it comes from",
        f"- **Architecture**: {_architecture(card)}\n"
        f"{_size(card)}"
        f"{_speed(card)}"
        f"- **Preprocessing**: {card.preprocessing}\n"
        f"- **Training data**: {card.training.data}\n"
        f"- **Licence**: {card.training.licence}; attribution:"
        f" {card.training.attribution}\n"
        f"- **Recipe**: {card.training.recipe}\n"
        f"- **Command**: `{card.training.command}`\n"
        f"- **Date**: {card.training.date}\n"
        f"{_digests(card)}",
        *(
            f"## {each.title}\n\n{each.results}\n\nMeasured by `{each.command}`."
            for each in card.measurements
        ),
        "## What was tried for the settings",
        card.sweep,
    ]
    return "\n\n".join(parts) + "\n"


def _architecture(card: ModelCard) -> str:
    if not card.members:
        return (
            f"{card.architecture}, learned in frames of {card.input_size} pixels,"
            f" looks in such of {_told(card.looks)}"
        )
    members = (
        f"{member.name}, which looks in frames of {_told(member.looks)}"
        for member in card.members
    )
    return f"{card.architecture} of {'; '.join(members)}"


def _told(looks: Sequence[Look]) -> str:
    return " and ".join(
        f"{look.size}{', mirrored' if look.mirrored else ''}" for look in looks
    )


def _digests(card: ModelCard) -> str:
    if not card.members:
        return f"- **sha256 of the weights**: `{card.weights_sha256}`"
    return "\n".join(
        f"- **sha256 of the weights of {member.name}**: `{member.weights_sha256}`"
        for member in card.members
    )


def _size(card: ModelCard) -> str:
    if card.size is None:
        return ""
    parameters, megabytes = card.size.parameters / 1e6, card.size.bytes / 1e6
    return (
        f"- **Size**: {parameters:.2f} million parameters, {megabytes:.1f} MB of"
        " weights\n"
    )


def _speed(card: ModelCard) -> str:
    return "" if card.speed is None else f"- **Speed**: {speed_text(card.speed)}\n"


def speed_text(speed: Speed) -> str:
    """Such as "70 ms for a radiograph of 2900 x 1400 pixels with 1 thread"."""
    threads = "1 thread" if speed.threads == 1 else f"{speed.threads} threads"
    memory = "" if speed.megabytes is None else f"; {speed.megabytes:.0f} MB of memory"
    return (
        f"{speed.milliseconds:.0f} ms for a radiograph of {speed.radiograph} pixels"
        f" with {threads}{memory}"
    )


def scores_table(evaluations: Mapping[str, Evaluation]) -> str:
    """Markdown: a row for each set of radiographs and label."""
    rows = [
        "| radiographs | class | n | AP50 | AP | precision | sensitivity | F1"
        " | F1 at IoU 0.3 |",
        "|---|---|--:|---|---|---|---|---|---|",
    ]
    for name, evaluation in evaluations.items():
        scores = evaluation.scores
        if len(scores) > MOST_LABELS:
            rows.append(_mean_row(name, scores))
            continue
        for label, score in scores.items():
            measured = [getattr(score, field) for field in SHOWN]
            values = told(measured, evaluation.images)
            cells = " | ".join("–" if v is None else str(v) for v in values)
            rows.append(f"| {name} | {display_name(label)} | {score.count} | {cells} |")
    return "\n".join(rows)


def _mean_row(name: str, scores: Mapping[str, LabelScore]) -> str:
    count = sum(score.count for score in scores.values())
    cells = []
    for field in SHOWN:
        values = [getattr(score, field) for score in scores.values()]
        known = [value.value for value in values if value is not None]
        cells.append(f"{sum(known) / len(known):.2f}" if known else "–")
    return f"| {name} | mean of {len(scores)} | {count} | {' | '.join(cells)} |"
