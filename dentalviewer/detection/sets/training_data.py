"""Gathers what a detector learns from and is judged by, from sets of any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.curation.splitting import Side, Splitting
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.sets.dataset import Dataset, has_split
from dentalviewer.detection.sets.label_mending import account, mended
from dentalviewer.detection.sets.learning_sets import (
    LearningSets,
    SetAsRead,
    as_read,
    divided,
    with_copies_together,
    with_patients_told,
)
from dentalviewer.detection.sets.set_reading import read_part, read_whole
from dentalviewer.detection.sets.tooth_labels import note_on_unnumbered, numbered
from dentalviewer.errors import DatasetError
from dentalviewer.evaluation.label_faults import read_label_faults
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.patients import PatientPattern, require_patients

__all__ = ["LearningSets", "read_judging_set", "read_learning_sets"]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be read of each source, and how; as of read_learning_sets."""

    splitting: Splitting
    label_set: str
    reviews: Path | None
    aliases: Mapping[str, str]
    with_kept: bool


def read_learning_sets(
    sources: Sequence[Path],
    *,
    seed: int,
    label_set: str = TREATMENTS,
    reviews: Path | None = None,
    known_labels: Sequence[str] = (),
    patient_pattern: PatientPattern | None = None,
    three_way: bool = False,
    with_kept: bool = False,
    label_faults: Path | None = None,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> LearningSets:
    """Read one or several sets and join them.

    A folder with `train.json` (or `<label_set>_train.json`) and, beside it, one for
    "val" is split already, and what it keeps for comparing is in one for "test", which
    is left out unless `with_kept`. Such a split stays as it is, and patients who are on
    both of its sides are only told of. Of any other folder, project, export or file
    that collect_annotations takes, about a fifth of the radiographs is held out; which
    ones depends on their names and `seed`; all of one patient fall on one side, and on
    that where a set that is split already has them. Patients are known by the
    `patient_id` of a COCO image, what `patient_pattern` finds in a path, or DICOM's;
    copies of one file are of one patient.
    With `reviews`, the folder of reviews that fit nowhere else, what was accepted is
    read of radiographs that were reviewed to the end, and the number in a review may
    tell the patient. `known_labels` come first and need not occur. A tooth whose label
    is no FDI number becomes uncertain. `label_faults` is a list of faults: the labels
    that are learned from are put right by it, never those to judge by. Split
    `three_way`, half of what is held out is kept. `aliases` are other names for
    classes; before them goes what was settled for the folder of each radiograph.

    Raises DatasetError, or AnnotationFileError where a file cannot be read, if a set
    cannot be used; PatternTooSlow where `patient_pattern` comes to no end, and
    PatternFindsNobody where it names no patient in sets that are to be split.
    """
    splitting = Splitting(
        seed=seed, patient_pattern=patient_pattern, three_way=three_way
    )
    wanted = _Wanted(splitting, label_set, reviews, aliases, with_kept)
    said = [_read_source(source, wanted) for source in sources]
    _require_patients(said, patient_pattern)
    read = with_copies_together(said)
    found = divided(read, splitting, with_kept=with_kept)
    joined = _all_joined(found, [note for e in read for note in e.notes], known_labels)
    joined = with_patients_told(joined, read)
    if label_set == TEETH:
        joined = _numbered(joined)
    _require_learnable(joined, known_labels, to_compare=with_kept)
    return joined if label_faults is None else _mended(joined, label_faults)


def _all_joined(
    sets: Sequence[LearningSets], notes: Sequence[str], known_labels: Sequence[str]
) -> LearningSets:
    """Side by side, with the labels of all; `notes` go before those of the sets."""
    training, validation = [e.training for e in sets], [e.validation for e in sets]
    kept = [each.comparison for each in sets if each.comparison is not None]
    named = (name for dataset in training for name in dataset.labels)
    labels = tuple(dict.fromkeys((*known_labels, *named)))
    return LearningSets(
        _joined(training, labels),
        _joined(validation, labels),
        _joined(kept, labels) if kept else None,
        (*notes, *(note for each in sets for note in each.notes)),
    )


def _require_patients(
    sets: Sequence[SetAsRead], pattern: PatientPattern | None
) -> None:
    """Raises PatternFindsNobody; a set that is split already relies on none."""
    to_split = [each for each in sets if each.whole is not None]
    radiographs = [path for each in to_split for path in each.radiographs]
    patients = {path: who for each in to_split for path, who in each.patients.items()}
    require_patients(pattern, radiographs, patients)


def read_judging_set(
    sources: Sequence[Path],
    *,
    label_set: str = TREATMENTS,
    reviews: Path | None = None,
    known_labels: Sequence[str] = (),
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> tuple[Dataset, tuple[str, ...]]:
    """One or several sets, joined, as far as a detector may be judged by them; notes.

    Of a set that is split that is what it keeps for comparing, or else holds out; of
    any other all of it. The rest is as of read_learning_sets.
    """
    read = [_read_judging(source, label_set, reviews, aliases) for source in sources]
    notes = tuple(note for part in read for note in part.notes)
    joined = _joined(read, tuple(dict.fromkeys(known_labels)))
    if label_set != TEETH:
        return joined, notes
    note = note_on_unnumbered([joined])
    return numbered(joined), (*notes, note) if note else notes


def _read_judging(
    source: Path, label_set: str, reviews: Path | None, aliases: Mapping[str, str]
) -> Dataset:
    for side in (Side.COMPARE, Side.CHOOSE, Side.LEARN):
        if reviews is None and has_split(source, side, label_set):
            return read_part(source, side, label_set, aliases)
    return read_whole(source, reviews, aliases)


def _numbered(sets: LearningSets) -> LearningSets:
    kept = sets.comparison
    told = [sets.training, sets.validation, *([] if kept is None else [kept])]
    note = note_on_unnumbered(told)
    return replace(
        sets,
        training=numbered(sets.training),
        validation=numbered(sets.validation),
        comparison=None if kept is None else numbered(kept),
        notes=(*sets.notes, note) if note else sets.notes,
    )


def _mended(sets: LearningSets, label_faults: Path) -> LearningSets:
    training, done = mended(sets.training, read_label_faults(label_faults))
    if not done and are_teeth(training.labels):
        # A list may well be of treatments alone.
        return sets
    mending = f"label faults of {label_faults.name}: {account(done)}"
    return replace(
        sets, training=training, notes=(*sets.notes, mending), mending=mending
    )


def _read_source(source: Path, wanted: _Wanted) -> SetAsRead:
    is_split = has_split(source, Side.LEARN, wanted.label_set)
    if wanted.reviews is None and (is_split or wanted.label_set != TREATMENTS):
        return _read_split(source, wanted)
    dataset = read_whole(source, wanted.reviews, wanted.aliases)
    return as_read({}, dataset, wanted.splitting)


def _read_split(source: Path, wanted: _Wanted) -> SetAsRead:
    """A set as it is split; one that has nothing to judge by is still to be split.

    Whom is compared by is not learned from, be it in another set; but what is kept for
    comparing need not be of use where nothing is compared by it.
    """
    parts: dict[Side, Dataset] = {}
    notes: tuple[str, ...] = ()
    compares = wanted.with_kept and has_split(source, Side.COMPARE, wanted.label_set)
    for side in Side:
        if not has_split(source, side, wanted.label_set):
            continue
        try:
            parts[side] = read_part(
                source,
                side,
                wanted.label_set,
                wanted.aliases,
                may_be_empty=compares and side is Side.CHOOSE,
            )
        except DatasetError as error:
            if wanted.with_kept or side is not Side.COMPARE:
                raise
            notes = (f"what is kept for comparing is not looked at: {error}",)
    if Side.CHOOSE not in parts:
        return as_read({}, parts[Side.LEARN], wanted.splitting, notes)
    return as_read(parts, None, wanted.splitting, notes)


def _joined(datasets: Sequence[Dataset], labels: tuple[str, ...]) -> Dataset:
    """One dataset with the labels in this order; a label that is not there is added."""
    own = dict.fromkeys(name for dataset in datasets for name in dataset.labels)
    labels = tuple(dict.fromkeys((*labels, *own)))
    samples = []
    for dataset in datasets:
        places = [labels.index(name) for name in dataset.labels]
        unsought = _unsought(dataset, labels)
        for sample in dataset.samples:
            boxes = tuple(
                replace(box, label_index=places[box.label_index])
                for box in sample.boxes
            )
            samples.append(replace(sample, boxes=boxes, unsought=unsought))
    return Dataset(datasets[0].path, labels, tuple(samples))


def _unsought(dataset: Dataset, labels: Sequence[str]) -> frozenset[int]:
    if dataset.sought is None:
        return frozenset()
    return frozenset(
        index for index, name in enumerate(labels) if name not in dataset.sought
    )


def _require_learnable(
    sets: LearningSets, known_labels: Sequence[str], *, to_compare: bool
) -> None:
    training, validation = sets.training, sets.validation
    for index, label in enumerate(validation.labels):
        is_learned = label in known_labels or training.count(index)
        if validation.count(index) and not is_learned:
            fault = (
                f'asks for "{label}", of which nothing is there to learn from: more'
                " radiographs are needed that show it"
            )
            raise DatasetError(validation.path, fault)
    judging = [validation] if sets.comparison is None else [validation, sets.comparison]
    # Detectors are chosen by what is held out to choose by alone.
    judged_by = judging if to_compare else [validation]
    for datasets, purpose in (([training], "learn from"), (judged_by, "judge by")):
        dataset = datasets[0]
        if not any(d.count(n) for d in datasets for n in range(len(d.labels))):
            fault = (
                f"leaves no annotated radiograph to {purpose}: more are needed, of"
                " several patients, that show the same class"
            )
            raise DatasetError(dataset.path, fault)
    held = {sample.path for dataset in judging for sample in dataset.samples}
    shared = held & {sample.path for sample in training.samples}
    if shared:
        fault = "is both to learn from and to judge the detector by"
        raise DatasetError(min(shared), fault)
    chosen_by, *kept = ({s.path for s in dataset.samples} for dataset in judging)
    for paths in kept:
        if chosen_by & paths:
            fault = "is both to choose by and kept for comparing"
            raise DatasetError(min(chosen_by & paths), fault)
