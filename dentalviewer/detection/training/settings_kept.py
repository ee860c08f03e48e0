"""What a detector that is trained further keeps of how its start was set, and why."""

from __future__ import annotations

from collections.abc import Sequence

from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.sets.dataset import Dataset
from dentalviewer.evaluation.settings_choice import ENOUGH_TO_CHOOSE_BY
from dentalviewer.labels import display_name

FEW_TO_CHOOSE_BY = f"Of fewer than {ENOUGH_TO_CHOOSE_BY} held out, "
# Of more classes, such as the numbers of teeth, it is said how many they are.
_MOST_NAMED = 8


def keeping_settings(held_out: Dataset, origin: ModelCard | None) -> tuple[str, ...]:
    """The labels whose threshold and calibration stay those of `origin`: it knows them,
    and too few are held out to choose others by.
    """
    known = () if origin is None else origin.labels
    return tuple(label for label in _few(held_out) if label in known)


def notes_on_few_to_choose_by(
    held_out: Dataset, origin: ModelCard | None
) -> tuple[str, ...]:
    """Which labels keep their settings, and which have some that are luck."""
    kept = keeping_settings(held_out, origin)
    lucky = [label for label in _few(held_out) if label not in kept]
    notes = []
    if origin is not None and kept:
        told = _told(held_out, kept)
        notes.append(
            f"{FEW_TO_CHOOSE_BY}threshold and calibration stay those of {origin.name}:"
            f" {told}."
        )
    if lucky:
        told = _told(held_out, lucky)
        notes.append(f"{FEW_TO_CHOOSE_BY}the threshold is mostly luck: {told}.")
    return tuple(notes)


def _few(held_out: Dataset) -> list[str]:
    return [
        label
        for index, label in enumerate(held_out.labels)
        if held_out.count(index) < ENOUGH_TO_CHOOSE_BY
    ]


def _told(held_out: Dataset, labels: Sequence[str]) -> str:
    if len(labels) > _MOST_NAMED:
        return f"{len(labels)} of {len(held_out.labels)} classes"
    counts = [held_out.count(held_out.labels.index(label)) for label in labels]
    return ", ".join(
        f"{display_name(label)} ({count or 'none'})"
        for label, count in zip(labels, counts, strict=True)
    )
