"""The sets that a run learns from: what is asked for, and what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.sets.crowned_teeth import with_half_of_the_crown
from dentalviewer.detection.sets.dataset import Dataset, has_split
from dentalviewer.detection.sets.tooth_labels import counterparts, with_labels
from dentalviewer.detection.sets.training_data import LearningSets, read_learning_sets
from dentalviewer.detection.training.fine_tuning import Starts
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import FileError
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.labels import display_name
from dentalviewer.phrases import counted

UNANNOTATED = "Not annotated in "
UNSOUGHT = "Nobody looked for "


@dataclass(frozen=True, slots=True)
class LessonSets:
    """What is `asked` for, by label set, and what is known of the same radiographs.

    `treated` tells which teeth bear treatments already, `numbered` where the teeth are;
    both may be known of some radiographs alone, or of none. `notes` are what the user
    should know, each once.
    """

    asked: Mapping[str, LearningSets]
    treated: LearningSets | None
    numbered: LearningSets | None
    notes: tuple[str, ...]


def read_lesson_sets(config: TrainingConfig, starts: Starts) -> LessonSets:
    """Raises DatasetError or AnnotationFileError if what is asked for is of no use."""
    read = {name: _read_asked(config, name, starts) for name in config.label_sets}
    treated, faults = _treated(config, read)
    numbered = read.get(TEETH) or _read_split(config, TEETH)
    asked = _with_crowns_in_common(read, treated)
    told = [*asked.values(), *([] if numbered is None else [numbered])]
    notes = dict.fromkeys((*(note for found in told for note in found.notes), *faults))
    return LessonSets(asked, treated, numbered, tuple(notes))


def _read_asked(config: TrainingConfig, name: str, starts: Starts) -> LearningSets:
    treatments = name == TREATMENTS
    found = read_learning_sets(
        config.data,
        seed=config.seed,
        label_set=name,
        reviews=config.reviews if treatments else None,
        patient_pattern=config.patient_pattern,
        three_way=config.three_way,
        label_faults=config.label_faults,
        known_labels=starts[name].card.labels if name in starts else (),
        aliases=config.aliases,
    )
    origin = starts[name].card if name in starts else None
    notes = notes_on_what_is_not_annotated(config, found.training, origin)
    return _with_counterparts(replace(found, notes=(*found.notes, *notes)), config)


def notes_on_what_is_not_annotated(
    config: TrainingConfig, training: Dataset, origin: ModelCard | None
) -> tuple[str, ...]:
    """What becomes of classes that nobody looked for, or found; none if all were.

    Teeth that are annotated nowhere are taken not to be there.
    """
    if are_teeth(training.labels):
        return ()
    known = () if origin is None else origin.labels
    notes = []
    for label, unsought in _unsought(training).items():
        where = counted(unsought, "radiograph")
        becomes = "counts as background there"
        if origin is not None and label in known:
            becomes = f"is learned there as {origin.name} shows it"
        notes.append(f"{UNSOUGHT}{display_name(label)} on {where}: it {becomes}.")
    missing = [
        display_name(label)
        for index, label in enumerate(training.labels)
        if label in known
        and not training.count(index)
        and any(index not in sample.unsought for sample in training.samples)
    ]
    if origin is not None and missing:
        notes.append(
            f"{UNANNOTATED}{config.data_name}: {', '.join(missing)}. Where radiographs"
            " show what is not annotated, it counts as background, and what"
            f" {origin.name} knew of it may be unlearned."
        )
    return tuple(notes)


def _unsought(training: Dataset) -> dict[str, int]:
    """On how many radiographs nobody looked for each class, where there are any."""
    counts = {
        label: sum(index in sample.unsought for sample in training.samples)
        for index, label in enumerate(training.labels)
    }
    return {label: count for label, count in counts.items() if count}


def _with_counterparts(sets: LearningSets, config: TrainingConfig) -> LearningSets:
    """With the teeth that others become when sides, or jaws, are exchanged."""
    labels = sets.training.labels
    if not are_teeth(labels):
        return sets
    added = counterparts(labels, config.augmentation)
    if not added:
        return sets
    note = f"learned from teeth of the other side or jaw alone: {', '.join(added)}"
    return replace(
        sets,
        training=with_labels(sets.training, (*labels, *added)),
        validation=with_labels(sets.validation, (*labels, *added)),
        notes=(*sets.notes, note),
    )


def _with_crowns_in_common(
    sets: Mapping[str, LearningSets], treated: LearningSets | None
) -> Mapping[str, LearningSets]:
    """With teeth that bear a crown as they are learned, where their labels differ."""
    if TEETH not in sets or treated is None:
        return sets
    found = sets[TEETH]
    training, count = with_half_of_the_crown(found.training, treated.training)
    if not count:
        return sets
    note = (
        f"{counted(count, 'tooth', 'teeth')} labelled without the crown, as others are"
        " with it: learned with half of it"
    )
    changed = replace(
        found,
        training=training,
        notes=(*found.notes, note),
        mending="; ".join(filter(None, (found.mending, note))),
    )
    return {**sets, TEETH: changed}


def _treated(
    config: TrainingConfig, sets: Mapping[str, LearningSets]
) -> tuple[LearningSets | None, tuple[str, ...]]:
    """The treatments, known also where teeth alone are learned; why not, if not."""
    if TREATMENTS in sets:
        return sets[TREATMENTS], ()
    try:
        return _read_split(config, TREATMENTS), ()
    except FileError as error:
        return None, (f"treatments are left aside: {error}",)


def _read_split(config: TrainingConfig, label_set: str) -> LearningSets | None:
    """Those sets that have such labels on both sides of their split."""
    sources = tuple(
        source
        for source in config.data
        if all(has_split(source, side, label_set) for side in ("train", "val"))
    )
    if not sources:
        return None
    return read_learning_sets(
        sources,
        seed=config.seed,
        label_set=label_set,
        patient_pattern=config.patient_pattern,
        label_faults=config.label_faults,
        aliases=config.aliases,
    )
