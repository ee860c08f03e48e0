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
from dentalviewer.detection.sets.dataset import Dataset, Sample
from dentalviewer.errors import DatasetError
from dentalviewer.patients import contents_of_copies, patients_of, with_copies

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

    @property
    def radiographs(self) -> tuple[Path, ...]:
        return tuple(
            sample.path
            for dataset in (*self.parts.values(), self.whole)
            if dataset is not None
            for sample in dataset.samples
        )


def as_read(
    parts: Mapping[Side, Dataset],
    whole: Dataset | None,
    splitting: Splitting,
    notes: tuple[str, ...] = (),
) -> SetAsRead:
    """With the notes of its parts after these. Raises PatternTooSlow."""
    datasets = [*parts.values(), *([] if whole is None else [whole])]
    samples = [sample for dataset in datasets for sample in dataset.samples]
    patients = patients_of(
        [sample.path for sample in samples],
        pattern=splitting.patient_pattern,
        known={sample.path: sample.patient for sample in samples},
    )
    told = (note for dataset in datasets for note in dataset.notes)
    return SetAsRead(parts, whole, patients, (*notes, *told))


def with_copies_together(sets: Sequence[SetAsRead]) -> list[SetAsRead]:
    """Copies of one file under several names, in one set or in several, as of one
    patient, with a note: else what is learned from would be judged by.
    """
    paths = [path for each in sets for path in each.radiographs]
    patients = {path: who for each in sets for path, who in each.patients.items()}
    contents = contents_of_copies(paths)
    together = with_copies(patients, contents)
    told = [
        replace(
            each, patients={p: together[p] for p in each.radiographs if p in together}
        )
        for each in sets
    ]
    first, *others = told
    notes = (*first.notes, *_notes_on_copies(contents))
    return [replace(first, notes=notes), *others]


def _names(one: Path, other: Path) -> tuple[str, str]:
    """With their folders where the names alone are the same."""
    if one.name == other.name:
        return str(one), str(other)
    return one.name, other.name


def _notes_on_copies(contents: Mapping[Path, str]) -> tuple[str, ...]:
    copies: dict[str, list[Path]] = {}
    for path, content in contents.items():
        copies.setdefault(content, []).append(path)
    pairs = [_names(*alike[:2]) for alike in copies.values() if len(alike) > 1]
    if not pairs:
        return ()
    count = len(pairs)
    are = "1 radiograph is" if count == 1 else f"{count} radiographs are"
    return (f"{are} there more than once: {_told(pairs)}",)


def divided(
    sets: Sequence[SetAsRead], splitting: Splitting, *, with_kept: bool
) -> list[LearningSets]:
    """Each set as it is split, or split now: a patient of several falls on one side.

    Patients of several sets are the same if they are stated alike. What is kept for
    comparing is left out unless `with_kept`. Raises DatasetError if there is too little
    to be split.
    """
    fixed: dict[str, Side] = {}
    for each in sets:
        # Who is on both sides already is learned from.
        for side in (Side.COMPARE, Side.CHOOSE, Side.LEARN):
            if side in each.parts:
                fixed |= _sides_of_patients(each, each.parts[side], side)
    whole = [each for each in sets if each.whole is not None]
    sides = _sides(whole, splitting, fixed)
    return [
        _as_learned(
            _parted(each.whole, sides) if each.whole is not None else each.parts,
            splitting,
            with_kept=with_kept,
        )
        for each in sets
    ]


def _sides_of_patients(found: SetAsRead, part: Dataset, side: Side) -> dict[str, Side]:
    known = (found.patients.get(sample.path) for sample in part.samples)
    return dict.fromkeys(filter(None, known), side)


def _as_learned(
    parts: Mapping[Side, Dataset], splitting: Splitting, *, with_kept: bool
) -> LearningSets:
    notes: tuple[str, ...] = ()
    kept = parts.get(Side.COMPARE)
    if splitting.three_way and kept is not None:
        notes = (note_on_what_is_kept(len(kept.samples)),)
    if not (with_kept or splitting.three_way) or not (kept and kept.samples):
        kept = None
    return LearningSets(parts[Side.LEARN], parts[Side.CHOOSE], kept, notes)


def _sides(
    sets: Sequence[SetAsRead], splitting: Splitting, fixed: Mapping[str, Side]
) -> dict[Path, Side]:
    """Hold out a fifth of sets that are whole, but nobody who alone shows a class.

    Patients whose side is `fixed` by another set are on that.
    """
    labels: dict[Path, set[str]] = {}
    patients: dict[Path, str] = {}
    for each in sets:
        assert each.whole is not None
        names = each.whole.labels
        for sample in each.whole.samples:
            shown = labels.setdefault(sample.path, set())
            shown |= {names[index] for index in _labels_on(sample)}
        patients |= each.patients
    if len(labels) == 1:
        fault = (
            "holds only one radiograph: at least two are needed, one of them to judge"
            " the detector by"
        )
        whole = sets[0].whole
        assert whole is not None
        raise DatasetError(whole.path, fault)
    settled = {
        path: fixed[patient] for path, patient in patients.items() if patient in fixed
    }
    sides = sides_of(labels, splitting, patients=patients, settled=settled)
    # Of what another set holds out, nothing is kept for comparing now.
    return sides | settled


def _parted(dataset: Dataset, sides: Mapping[Path, Side]) -> dict[Side, Dataset]:
    return {
        side: replace(
            dataset,
            samples=tuple(s for s in dataset.samples if sides[s.path] is side),
        )
        for side in Side
    }


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
    return (
        f"{count} patient{' is' if count == 1 else 's are'} both learned from and"
        f" judged by, so the scores may flatter: {_told(pairs)}"
    )


def _told(pairs: Sequence[tuple[str, str]]) -> str:
    told = "; ".join(f"{one} and {other}" for one, other in pairs[:PAIRS_TOLD])
    return f"{told}{', ...' if len(pairs) > PAIRS_TOLD else ''}"
