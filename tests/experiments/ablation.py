"""What each augmentation is worth: trainings that differ in one of them alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from statistics import fmean

from dentalviewer.detection.augmenting.augmentation import Augmentation
from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.tables import number, table
from tests.experiments.running import trained

VALIDATION = "validation"
# What is measured twice is no other clinic.
FAULTS_LEFT_OUT = "left out"
# Implants are too few on the validation radiographs to tell anything.
LABELS = ("restoration", "endodontic")
HEADER = ("augmentation", *LABELS, "altered")


def measure(arguments: Sequence[str], output: Path) -> str:
    """Train with all, without each, with what is off by default, and without any.

    Returns a Markdown table of AP50 (AP) on the validation radiographs, and, of both
    classes, AP50 on their altered copies. Raises CalledProcessError if a run fails.
    """
    rows = []
    for name, switches in _plans().items():
        card = trained(output / name, output / "runs", [*arguments, *switches])
        rows.append(_row(name, card))
    return table(HEADER, rows, texts=1)


def _plans() -> dict[str, list[str]]:
    usual = {field.name: bool(field.default) for field in fields(Augmentation)}
    plans: dict[str, list[str]] = {"all": []}
    for name, is_on in usual.items():
        plans[f"without {name}" if is_on else f"with {name}"] = [
            f"--no-{name}" if is_on else f"--{name}"
        ]
    plans["none"] = [f"--no-{name}" for name, is_on in usual.items() if is_on]
    return plans


def _row(name: str, card: ModelCard) -> tuple[str, ...]:
    plain = [card.evaluations[VALIDATION].scores[label] for label in LABELS]
    altered = [
        _value(evaluation.scores[label].ap50)
        for kind, evaluation in card.evaluations.items()
        if kind != VALIDATION and FAULTS_LEFT_OUT not in kind
        for label in LABELS
    ]
    return (
        name,
        *(f"{number(_value(s.ap50), 3)} ({number(_value(s.ap), 3)})" for s in plain),
        number(fmean(altered), 3),
    )


def _value(estimate: Estimate | None) -> float:
    return math.nan if estimate is None else estimate.value
