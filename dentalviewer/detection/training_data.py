"""Gathers what a detector learns from and is judged by, from sets of any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.curation.retraining import collect_reviewed
from dentalviewer.curation.splitting import (
    Side,
    Splitting,
    note_on_what_is_kept,
    notes_on_patients,
    sides_of,
)
from dentalviewer.detection.dataset import (
    AnnotatedBox,
    Dataset,
    Sample,
    has_split,
    read_dataset,
    require_inside,
)
from dentalviewer.detection.label_mending import account, mended
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.tooth_labels import note_on_unnumbered, numbered
from dentalviewer.errors import DatasetError
from dentalviewer.evaluation.annotation_files import MAX_BYTES, read_annotation_set
from dentalviewer.evaluation.label_faults import read_label_faults
from dentalviewer.formats._files import JsonObject, read_json
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats.class_settings import settled_aliases
from dentalviewer.formats.collected import Collected
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.locating import locate
from dentalviewer.geometry import Size
from dentalviewer.labels import DEFAULT_ALIASES, KNOWN_LABELS, canonical
from dentalviewer.patients import PatientPattern, patients_of
from dentalviewer.study import Finding

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
class _Said:
    """What was said of the radiograph at a path; `patient` is empty if not stated."""

    path: Path
    size: Size
    findings: tuple[Finding, ...]
    uncertain: tuple[Finding, ...] = ()
    patient: str = ""


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
    is read only if `with_kept`. Such a split stays as it is, and patients who are on
    both of its sides are only told of. Of any other folder, project, export or file
    that collect_annotations takes, a fifth of the radiographs is held out; which ones
    depends on their names and `seed` alone; all of one patient fall on one side, where
    patients are known: by what `patient_pattern` finds in a path, by the `patient_id`
    of a COCO image, or by DICOM's. With `reviews`, the folder of reviews that fit
    nowhere else, what was accepted is read of radiographs that were reviewed to the
    end. `known_labels` come first and need not occur. A tooth whose label is no FDI
    number becomes uncertain. `label_faults` is a list of faults: the labels that are
    learned from are put right by it, never those to judge by. Split `three_way`, half
    of what is held out is kept. `aliases` are other names for classes; before them goes
    what was settled for the folder of each radiograph.

    Raises DatasetError, or AnnotationFileError where a file cannot be read, if a set
    cannot be used; PatternTooSlow where `patient_pattern` comes to no end.
    """
    splitting = Splitting(
        seed=seed, patient_pattern=patient_pattern, three_way=three_way
    )
    wanted = _Wanted(splitting, label_set, reviews, aliases, with_kept)
    found = [_read_source(source, wanted) for source in sources]
    training, validation = ([f.training for f in found], [f.validation for f in found])
    kept = [each.comparison for each in found if each.comparison is not None]
    labels = tuple(
        dict.fromkeys(
            (*known_labels, *(name for dataset in training for name in dataset.labels))
        )
    )
    joined = LearningSets(
        _joined(training, labels),
        _joined(validation, labels),
        _joined(kept, labels) if kept else None,
        tuple(note for each in found for note in each.notes),
        shared_patients=sum(each.shared_patients for each in found),
    )
    if label_set == TEETH:
        joined = _numbered(joined)
    _require_learnable(joined, known_labels)
    return joined if label_faults is None else _mended(joined, label_faults)


def read_judging_set(
    sources: Sequence[Path],
    *,
    label_set: str = TREATMENTS,
    reviews: Path | None = None,
    known_labels: Sequence[str] = (),
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> Dataset:
    """One or several sets, joined, as far as a detector may be judged by them.

    Of a set that is split that is what it keeps for comparing, or else holds out; of
    any other all of it. The rest is as of read_learning_sets.
    """
    parts = [_read_judging(source, label_set, reviews, aliases) for source in sources]
    joined = _joined(parts, tuple(dict.fromkeys(known_labels)))
    return numbered(joined) if label_set == TEETH else joined


def _read_judging(
    source: Path, label_set: str, reviews: Path | None, aliases: Mapping[str, str]
) -> Dataset:
    if reviews is not None:
        collected = collect_reviewed(source, user_folder=reviews, aliases=aliases)
        return _collected_dataset(source, collected)
    for side in (Side.COMPARE, Side.CHOOSE, Side.LEARN):
        if has_split(source, side, label_set):
            return _read_part(source, side, label_set, aliases)
    if _is_coco(source):
        return _dataset(source, _read_coco(source, aliases))
    return _collected_dataset(source, collect_annotations(source, aliases=aliases))


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
    mending = f"label faults of {label_faults.name}: {account(done)}"
    return replace(
        sets, training=training, notes=(*sets.notes, mending), mending=mending
    )


def _read_source(source: Path, wanted: _Wanted) -> LearningSets:
    splitting, aliases = wanted.splitting, wanted.aliases
    if wanted.reviews is not None:
        collected = collect_reviewed(
            source, user_folder=wanted.reviews, aliases=aliases
        )
        return _split_collected(source, collected, splitting)
    label_set = wanted.label_set
    if label_set != TREATMENTS or has_split(source, Side.LEARN, label_set):
        training = _read_part(source, Side.LEARN, label_set, aliases)
        if not has_split(source, Side.CHOOSE, label_set):
            return _split(training, splitting)
        validation = _read_part(source, Side.CHOOSE, label_set, aliases)
        kept = None
        if wanted.with_kept and has_split(source, Side.COMPARE, label_set):
            kept = _read_part(source, Side.COMPARE, label_set, aliases)
        return _as_split(training, validation, kept, splitting)
    if _is_coco(source):
        return _split(_dataset(source, _read_coco(source, aliases)), splitting)
    collected = collect_annotations(source, aliases=aliases)
    return _split_collected(source, collected, splitting)


def _read_part(
    source: Path, side: Side, label_set: str, aliases: Mapping[str, str]
) -> Dataset:
    """One side of a set that is split; several of its labels may mean one class."""
    dataset = read_dataset(source, side, label_set=label_set)
    known = settled_aliases(aliases, source)
    labels = tuple(canonical(name, known) for name in dataset.labels)
    return replace(dataset, labels=labels)


def _is_coco(source: Path) -> bool:
    if source.suffix.casefold() != ".json" or not source.is_file():
        return False
    content = read_json(source, error=DatasetError, max_bytes=MAX_BYTES)
    return isinstance(content, dict) and {"images", "categories"} <= content.keys()


def _read_coco(source: Path, aliases: Mapping[str, str]) -> list[_Said]:
    """As the evaluation reads it, which keeps what is uncertain."""
    patients = _stated_patients(source)
    said = []
    for reading in read_annotation_set(source, aliases=aliases).readings:
        path = locate(source, reading.name)
        if path is None:
            raise DatasetError(source, f"the radiograph {reading.name} is missing")
        size = reading.size or upright_size(path)
        patient = patients.get(reading.name, "")
        said.append(_Said(path, size, reading.findings, reading.uncertain, patient))
    return said


def _stated_patients(source: Path) -> dict[str, str]:
    """The `patient_id` of each image of a COCO file, by its name."""
    content = read_json(source, error=DatasetError, max_bytes=MAX_BYTES)
    images = JsonObject.of(source, content, DatasetError).objects("images", "image")
    return {
        image.text("file_name"): str(image.value("patient_id"))
        for image in images
        if image.has("patient_id")
    }


def _split_collected(
    source: Path, collected: Collected, splitting: Splitting
) -> LearningSets:
    found = _split(_collected_dataset(source, collected), splitting)
    return replace(found, notes=(*collected.notes, *found.notes))


def _collected_dataset(source: Path, collected: Collected) -> Dataset:
    if collected.failures:
        count, first = len(collected.failures), collected.failures[0]
        raise DatasetError(source, f"{count} could not be read, such as: {first}")
    said = [_Said(image.path, image.size, image.findings) for image in collected.images]
    return _dataset(source, said)


def _dataset(source: Path, said: Sequence[_Said]) -> Dataset:
    used = [f.label for s in said for f in (*s.findings, *s.uncertain)]
    known = (label for label in KNOWN_LABELS if label in used)
    labels = tuple(dict.fromkeys((*known, *used)))
    samples = []
    for each in said:
        if not each.path.is_file():
            raise DatasetError(source, f"the radiograph {each.path.name} is missing")
        boxes = tuple(
            AnnotatedBox(finding.box, labels.index(finding.label), uncertain=uncertain)
            for findings, uncertain in ((each.findings, False), (each.uncertain, True))
            for finding in findings
        )
        require_inside(source, each.path.name, each.size, boxes)
        samples.append(Sample(each.path, each.size, boxes, each.patient))
    if not labels:
        raise DatasetError(source, "holds no annotated radiograph")
    return Dataset(source, labels, tuple(samples))


def _as_split(
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


def _split(dataset: Dataset, splitting: Splitting) -> LearningSets:
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


def _joined(datasets: Sequence[Dataset], labels: tuple[str, ...]) -> Dataset:
    """One dataset with the labels in this order; a label that is not there is added."""
    own = dict.fromkeys(name for dataset in datasets for name in dataset.labels)
    labels = tuple(dict.fromkeys((*labels, *own)))
    samples = []
    for dataset in datasets:
        places = [labels.index(name) for name in dataset.labels]
        for sample in dataset.samples:
            boxes = tuple(
                replace(box, label_index=places[box.label_index])
                for box in sample.boxes
            )
            samples.append(replace(sample, boxes=boxes))
    return Dataset(datasets[0].path, labels, tuple(samples))


def _require_learnable(sets: LearningSets, known_labels: Sequence[str]) -> None:
    training, validation = sets.training, sets.validation
    for index, label in enumerate(validation.labels):
        is_learned = label in known_labels or training.count(index)
        if validation.count(index) and not is_learned:
            fault = f'asks for "{label}", of which nothing is there to learn from'
            raise DatasetError(validation.path, fault)
    for dataset, purpose in ((training, "learn from"), (validation, "judge by")):
        if not any(map(dataset.count, range(len(dataset.labels)))):
            fault = f"leaves no annotated radiograph to {purpose}: more are needed"
            raise DatasetError(dataset.path, fault)
    judging = [validation] if sets.comparison is None else [validation, sets.comparison]
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
