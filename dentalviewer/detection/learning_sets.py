"""What a detector learns from and is judged by: the sides of a set, by patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class SetAsRead:
    """A set before it is split: the parts that are there already, or the whole of it.

    `patients` are those of its radiographs, as far as they are known.
    """

    parts: Mapping[Side, Dataset]
    whole: Dataset | None
    patients: Mapping[Path, str]
    notes: tuple[str, ...] = ()


def as_read(
    parts: Mapping[Side, Dataset],
    whole: Dataset | None,
    splitting: Splitting,
    notes: tuple[str, ...] = (),
) -> SetAsRead:
    """Raises PatternTooSlow."""
    datasets = [*parts.values(), *([] if whole is None else [whole])]
    samples = [sample for dataset in datasets for sample in dataset.samples]
    patients = patients_of(
        [sample.path for sample in samples],
        pattern=splitting.patient_pattern,
        known={sample.path: sample.patient for sample in samples},
    )
    return SetAsRead(parts, whole, patients, notes)


def divided(sets: Sequence[SetAsRead], splitting: Splitting) -> list[LearningSets]:
    """Each set as it is split, or split now: a patient of several falls on one side.

    Raises DatasetError if there is too little to be split.
    """
    fixed: dict[str, Side] = {}
    for each in sets:
        # Who is on both sides already is learned from.
        for side in (Side.COMPARE, Side.CHOOSE, Side.LEARN):
            samples = each.parts[side].samples if side in each.parts else ()
            known = (each.patients.get(sample.path) for sample in samples)
            fixed |= dict.fromkeys(filter(None, known), side)
    return [
        _as_it_is(each)
        if each.whole is None
        else _split(each.whole, splitting, each.patients, fixed)
        for each in sets
    ]


def _as_it_is(found: SetAsRead) -> LearningSets:
    parts = found.parts
    return LearningSets(
        parts[Side.LEARN], parts[Side.CHOOSE], parts.get(Side.COMPARE), found.notes
    )


def _split(
    dataset: Dataset,
    splitting: Splitting,
    patients: Mapping[Path, str],
    fixed: Mapping[str, Side],
) -> LearningSets:
    """Hold out a fifth, but no patient who alone shows one of the classes.

    Patients whose side is `fixed` by another set are on that.
    """
    samples = dataset.samples
    if len(samples) < 2:
        fault = "holds one radiograph: one more is needed, to judge the detector by"
        raise DatasetError(dataset.path, fault)
    sides = sides_of(
        {s.path: {dataset.labels[i] for i in _labels_on(s)} for s in samples},
        splitting,
        patients=patients,
    )
    sides |= {
        path: fixed[patient] for path, patient in patients.items() if patient in fixed
    }
    parts = {
        side: replace(
            dataset, samples=tuple(s for s in samples if sides[s.path] is side)
        )
        for side in Side
    }
    kept = parts[Side.COMPARE]
    notes = (note_on_what_is_kept(len(kept.samples)),) if splitting.three_way else ()
    return LearningSets(
        parts[Side.LEARN],
        parts[Side.CHOOSE],
        kept if splitting.three_way or kept.samples else None,
        notes,
    )


def _labels_on(sample: Sample) -> set[int]:
    return {box.label_index for box in sample.boxes if not box.uncertain}


def with_patients_told(joined: LearningSets, sets: Sequence[SetAsRead]) -> LearningSets:
    """With a word about patients: each on one side, or some on both, and how many."""
    patients = {p: who for each in sets for p, who in each.patients.items()}
    learned = {
        patients[sample.path]: sample.path
        for sample in joined.training.samples
        if sample.path in patients
    }
    judging = [joined.validation]
    judging += [] if joined.comparison is None else [joined.comparison]
    pairs = {
        who: (learned[who].name, sample.path.name)
        for dataset in judging
        for sample in dataset.samples
        if (who := patients.get(sample.path, "")) in learned
    }
    if pairs:
        note = _note_on_sharing(list(pairs.values()))
        return replace(joined, notes=(*joined.notes, note), shared_patients=len(pairs))
    split_now = [s.path for e in sets if e.whole is not None for s in e.whole.samples]
    return replace(
        joined, notes=(*joined.notes, *notes_on_patients(split_now, patients))
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
