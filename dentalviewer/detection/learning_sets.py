"""What a detector learns from and is judged by: the sides of a set, by patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.curation.splitting import (
    Side,
    Splitting,
    note_on_what_is_kept,
    notes_on_patients,
    sides_of,
)
from dentalviewer.detection.dataset import Dataset, Sample
from dentalviewer.errors import DatasetError
from dentalviewer.patients import patients_of

# Of the patients on both sides of a split, so many are named in the note.
PAIRS_TOLD = 3


@dataclass(frozen=True, slots=True)
class LearningSets:
    """`notes` are what the user should know of how they were read.

    `mending` says what was put right in the training labels; empty if nothing was.
    `comparison` is what is kept for comparing, None where nothing is. Of as many as
    `shared_patients` there are radiographs both to learn from and to judge by.
    """

    training: Dataset
    validation: Dataset
    comparison: Dataset | None = None
    notes: tuple[str, ...] = ()
    mending: str = ""
    shared_patients: int = 0


def as_split(
    training: Dataset,
    validation: Dataset,
    comparison: Dataset | None,
    splitting: Splitting,
) -> LearningSets:
    """A set whose split is the user's own, with a word about patients on both sides."""
    judging = [validation] if comparison is None else [validation, comparison]
    held = [sample for dataset in judging for sample in dataset.samples]
    patients = _patients([*training.samples, *held], splitting)
    learned = {patients[s.path]: s.path for s in training.samples if s.path in patients}
    pairs = {
        patient: (learned[patient].name, sample.path.name)
        for sample in held
        if (patient := patients.get(sample.path)) in learned
    }
    notes = (_note_on_sharing(list(pairs.values())),) if pairs else ()
    return LearningSets(
        training, validation, comparison, notes, shared_patients=len(pairs)
    )


def _note_on_sharing(pairs: Sequence[tuple[str, str]]) -> str:
    """Patients are named by two of their radiographs: their own names are nobody's."""
    count = len(pairs)
    told = "; ".join(f"{one} and {other}" for one, other in pairs[:PAIRS_TOLD])
    more = ", ..." if count > PAIRS_TOLD else ""
    return (
        f"{count} patient{' is' if count == 1 else 's are'} both learned from and"
        f" judged by, so the scores may flatter: {told}{more}"
    )


def _patients(samples: Sequence[Sample], splitting: Splitting) -> dict[Path, str]:
    return patients_of(
        [sample.path for sample in samples],
        pattern=splitting.patient_pattern,
        known={sample.path: sample.patient for sample in samples},
    )


def split(dataset: Dataset, splitting: Splitting) -> LearningSets:
    """Hold out a fifth, but no patient who alone shows one of the classes."""
    samples = dataset.samples
    if len(samples) < 2:
        fault = "holds one radiograph: one more is needed, to judge the detector by"
        raise DatasetError(dataset.path, fault)
    paths = [s.path for s in samples]
    patients = _patients(samples, splitting)
    sides = sides_of(
        {s.path: {dataset.labels[i] for i in _labels_on(s)} for s in samples},
        splitting,
        patients=patients,
    )
    parts = {
        side: replace(
            dataset, samples=tuple(s for s in samples if sides[s.path] is side)
        )
        for side in Side
    }
    notes, kept = notes_on_patients(paths, patients), None
    if splitting.three_way:
        kept = parts[Side.COMPARE]
        notes += (note_on_what_is_kept(len(kept.samples)),)
    return LearningSets(parts[Side.LEARN], parts[Side.CHOOSE], kept, notes)


def _labels_on(sample: Sample) -> set[int]:
    return {box.label_index for box in sample.boxes if not box.uncertain}
