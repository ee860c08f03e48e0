"""What is known beforehand to go wrong with a detector, in the words of its card."""

from __future__ import annotations

from collections.abc import Sequence

from dentalviewer.curation.training_runs import NO_EPOCH_BETTER
from dentalviewer.detection.cards.known_radiographs import count_known
from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.lesson_sets import (
    UNANNOTATED,
    UNSOUGHT,
    notes_on_what_is_not_annotated,
)
from dentalviewer.detection.training.provenance import Making, lender_of
from dentalviewer.detection.training.settings_kept import (
    FEW_TO_CHOOSE_BY,
    notes_on_few_to_choose_by,
)
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.evaluation.comparison import ENOUGH_TO_COMPARE
from dentalviewer.labels import display_name
from dentalviewer.phrases import counted

# True of every detector that is measured on what was held out of the same sets.
SAME_SOURCE = (
    "Scores and thresholds are from radiographs of the same sets that it was trained"
    " on; on those of other clinics and scanners it may do worse."
)
SHARED_PATIENTS = (
    "Patients both learned from and judged by: {}. Scores may be better than on others."
)
FEW_TO_LEARN_FROM = "Few to learn from: "
JUDGED_BY = "Judged by "
# Of fewer training annotations than this, a class is called rare.
FEW = 50
# What every training says of its own data: that of an earlier one is no news of a new
# detector, which has counts and scores of its own.
_OF_ONE_TRAINING = (
    NO_EPOCH_BETTER,
    FEW_TO_LEARN_FROM,
    FEW_TO_CHOOSE_BY,
    JUDGED_BY,
    SAME_SOURCE,
    SHARED_PATIENTS.partition("{}")[0],
    UNANNOTATED,
    UNSOUGHT,
)
_EARLIER = "which it was trained further from: "


def failures_of(
    config: TrainingConfig,
    lesson: Lesson,
    head: str,
    origin: ModelCard | None,
    making: Making,
) -> tuple[str, ...]:
    """Of this training first, then those of `origin`, said to be so."""
    count = lesson.shared_patients
    own = (
        *_nothing_gained(lesson, head, origin, making),
        *config.rights.failures,
        *_not_annotated(config, lesson, head, origin, making),
        *_rare(lesson, head),
        *_few_to_choose_by(lesson, head, origin, making),
        *_judged(config, lesson, head, origin),
        *((SHARED_PATIENTS.format(count),) if count else ()),
        SAME_SOURCE,
    )
    earlier = () if origin is None else _of_earlier(origin, own)
    return tuple(dict.fromkeys((*own, *earlier)))


def nothing_gained(lesson: Lesson, head: str, origin: ModelCard) -> str:
    """To be said of a run of which no epoch did better than `origin`."""
    new = [name for name in lesson.labels[head] if name not in origin.labels]
    unlearned = f" It has not learned {_named(new)}, which {origin.name} did not know."
    return (
        f"{NO_EPOCH_BETTER} {origin.name}, from which the training started, so the"
        f" weights are those of {origin.name}, and the settings with them."
        f"{unlearned if new else ''}"
    )


def _nothing_gained(
    lesson: Lesson, head: str, origin: ModelCard | None, making: Making
) -> tuple[str, ...]:
    if origin is None or making.epochs:
        return ()
    return (nothing_gained(lesson, head, origin),)


def _not_annotated(
    config: TrainingConfig,
    lesson: Lesson,
    head: str,
    origin: ModelCard | None,
    making: Making,
) -> tuple[str, ...]:
    if origin is not None and not making.epochs:
        return ()
    return notes_on_what_is_not_annotated(config, lesson.training[head], origin)


def _rare(lesson: Lesson, head: str) -> tuple[str, ...]:
    dataset = lesson.training[head]
    rare = [
        f"{dataset.count(index)} {display_name(label)}"
        for index, label in enumerate(dataset.labels)
        if dataset.count(index) < FEW
    ]
    return (f"{FEW_TO_LEARN_FROM}{', '.join(rare)}.",) if rare else ()


def _few_to_choose_by(
    lesson: Lesson, head: str, origin: ModelCard | None, making: Making
) -> tuple[str, ...]:
    if origin is not None and not making.epochs:
        return ()
    return notes_on_few_to_choose_by(lesson.validation[head], origin)


def _judged(
    config: TrainingConfig, lesson: Lesson, head: str, origin: ModelCard | None
) -> tuple[str, ...]:
    """That it is judged by few radiographs, or by some that are known to it."""
    paths = [sample.path for sample in lesson.validation[head].samples]
    judges, said = counted(len(paths), "radiograph"), []
    if len(paths) < ENOUGH_TO_COMPARE:
        said.append(
            f"{JUDGED_BY}{judges} alone: even the intervals of its scores are"
            " uncertain."
        )
    earlier = origin or lender_of(config)
    known = count_known(earlier, paths) if earlier is not None else 0
    if earlier is not None and known:
        taken = "which it started from" if origin else "whose backbone it took"
        said.append(
            f"{JUDGED_BY}what is known already: {earlier.name}, {taken}, has learned"
            f" from {known} of the {judges}, so its scores flatter."
        )
    return tuple(said)


def _of_earlier(origin: ModelCard, own: Sequence[str]) -> tuple[str, ...]:
    """Said of `origin`, or already by it of one before that, and not of `own` data."""
    return tuple(
        failure if _EARLIER in failure else f"Of {origin.name}, {_EARLIER}{failure}"
        for failure in origin.failures
        if failure not in own and not failure.startswith(_OF_ONE_TRAINING)
    )


def _named(labels: Sequence[str]) -> str:
    return " and ".join(map(display_name, labels))
