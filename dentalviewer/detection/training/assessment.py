"""How well a network does on the radiographs held out, and how it is best set."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.variations import VARIATIONS, Variation
from dentalviewer.detection.cards.model_card import Evaluation, LabelScore, ModelCard
from dentalviewer.detection.frames.preprocessing import (
    CALIBRATED,
    PREPROCESSING,
    PREPROCESSING_OF_ALL,
    PREPROCESSING_UPRIGHT,
    in_words,
)
from dentalviewer.detection.inference.torch_detector import (
    PanoramicNetwork,
    find_candidates,
)
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.looks import Look
from dentalviewer.detection.sets.dataset import Dataset
from dentalviewer.detection.sets.pictures import Pictures
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.looking import looks_for
from dentalviewer.detection.training.settings_kept import keeping_settings
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.detection.training.validation import readings
from dentalviewer.detector import Calibration, DetectionSettings, calibrated
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.calibration import fit_calibrations
from dentalviewer.evaluation.evaluation import DetectorEvaluation, evaluate
from dentalviewer.evaluation.label_faults import (
    LabelFault,
    excused,
    read_label_faults,
)
from dentalviewer.evaluation.settings_choice import choose_settings, sweep_table
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

Candidates = Sequence[Finding]
Examined = list[tuple[Finding, ...]]
# What the radiographs are called as they are shown, what is annotated on each and what
# was found there.
Way = tuple[str, Sequence[Reading], Sequence[Candidates]]
_Pixels = NDArray[np.uint8] | NDArray[np.uint16]
VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a card says of a network: how it looks, how it is set, what it reaches."""

    looks: tuple[Look, ...]
    calibrations: Mapping[str, Calibration]
    preprocessing: str
    settings: DetectionSettings
    sweep: str
    evaluations: Mapping[str, Evaluation]


def examinations(pictures: int) -> int:
    """How many radiographs are examined to assess a network on so many."""
    return pictures * (1 + len(VARIATIONS))


def assess(
    network: PanoramicNetwork,
    lesson: Lesson,
    head: str,
    pictures: Pictures,
    config: TrainingConfig,
    *,
    origin: ModelCard | None = None,
    is_as_before: bool = False,
    looked: Callable[[], object] = lambda: None,
) -> Assessment:
    """Choose settings on the validation radiographs; measure there and on altered ones.

    `pictures` are those radiographs, in order. Of what there is too little to choose
    by, thresholds and calibrations of `origin` stay, and all of its settings if the
    weights are those that it had. `looked` is called after each of the `examinations`.
    Raises DentalViewerError without pycocotools.
    """
    dataset, labels = lesson.validation[head], lesson.labels[head]
    truth, taken = readings(dataset), looks_for(lesson, head, config.input_size)
    examined = partial(_examined, network, head, labels, taken, looked=looked)
    found = examined(pictures)
    choice = choose_on(
        truth,
        found,
        labels,
        start=DetectionSettings() if origin is None else origin.settings,
        kept=labels if is_as_before else keeping_settings(dataset, origin),
        known={} if origin is None else origin.calibrations,
        # Numbering weighs the network's own scores.
        calibrates=head == TREATMENTS,
    )
    if not is_as_before:
        choice = replace(choice, settings=with_room(choice.settings, lesson, head))
    faults = config.label_faults
    ways = chain(
        validation_ways(
            truth, found, dataset, () if faults is None else read_label_faults(faults)
        ),
        _altered_ways(pictures, truth, examined),
    )
    return Assessment(
        taken,
        choice.calibrations,
        _preprocessing(lesson, taken, choice.calibrations),
        choice.settings,
        choice.sweep,
        measured(ways, labels, choice, config.data_name),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """How a detector is set, and what else was tried, as a Markdown table."""

    calibrations: Mapping[str, Calibration]
    settings: DetectionSettings
    sweep: str


def choose_on(
    truth: Sequence[Reading],
    found: Sequence[Sequence[Finding]],
    labels: Sequence[str],
    *,
    start: DetectionSettings,
    kept: Collection[str],
    known: Mapping[str, Calibration],
    calibrates: bool = True,
) -> Choice:
    """What does best where the scores of what was `found` are not calibrated yet.

    Labels that are `kept` have the thresholds of `start` and the calibrations that are
    `known`. Raises DentalViewerError without pycocotools.
    """
    choose = partial(choose_settings, truth, labels=labels, start=start, kept=kept)
    calibrations: Mapping[str, Calibration] = {}
    if calibrates:
        at_first, _ = choose(candidates=found)
        fitted = fit_calibrations(truth, found, labels, at_first)
        calibrations = with_calibrations_of(known, fitted, kept)
    settings, sweep = choose(candidates=[calibrated(f, calibrations) for f in found])
    return Choice(calibrations, settings, sweep_table(sweep))


def validation_ways(
    truth: Sequence[Reading],
    found: Sequence[Candidates],
    dataset: Dataset,
    faults: Sequence[LabelFault],
) -> Iterator[Way]:
    """The radiographs of the dataset as they are; then, if it has any of the `faults`,
    what they say left out.
    """
    yield VALIDATION, truth, found
    fair, count = excused(truth, dataset.labels, faults, dataset.path)
    if count:
        yield f"{VALIDATION}, {counted(count, 'label fault')} left out", fair, found


def measured(
    ways: Iterable[Way], labels: Sequence[str], choice: Choice, data_name: str
) -> dict[str, Evaluation]:
    """What a card says of each way, by its name, of a set of that name."""
    return {
        name: scores_of(
            evaluate(
                truth,
                [calibrated(each, choice.calibrations) for each in found],
                labels,
                choice.settings,
            ),
            data_name,
        )
        for name, truth, found in ways
    }


def _examined(
    network: PanoramicNetwork,
    head: str,
    labels: Sequence[str],
    taken: Sequence[Look],
    pictures: Iterable[_Pixels],
    *,
    looked: Callable[[], object],
) -> Examined:
    found = []
    for picture in pictures:
        candidates = find_candidates(
            network, picture, labels={head: labels}, looks=taken
        )
        found.append(candidates[head])
        looked()
    return found


def with_calibrations_of(
    known: Mapping[str, Calibration],
    fitted: Mapping[str, Calibration],
    kept: Collection[str],
) -> Mapping[str, Calibration]:
    """The fitted ones, and those `known` of the detector that was trained further.

    A label that is `kept` has its own, or none, as its threshold is meant for scores on
    that scale; others do where there was too little to fit.
    """
    chosen = {label: each for label, each in fitted.items() if label not in kept}
    return {**known, **chosen}


def with_room(
    settings: DetectionSettings, lesson: Lesson, head: str
) -> DetectionSettings:
    """With a maximum that leaves room for twice the most annotated on any radiograph,
    and is no less than it was, or usually is.
    """
    most = max(
        sum(not box.uncertain for box in sample.boxes)
        for dataset in (lesson.training[head], lesson.validation[head])
        for sample in dataset.samples
    )
    room = max(settings.max_findings, DetectionSettings().max_findings, 2 * most)
    return replace(settings, max_findings=room)


def _preprocessing(
    lesson: Lesson, taken: Sequence[Look], calibrations: Mapping[str, Calibration]
) -> str:
    if lesson.locator is None:
        preprocessing = PREPROCESSING_OF_ALL
    elif lesson.locator.polarity:
        preprocessing = PREPROCESSING_UPRIGHT
    else:
        preprocessing = PREPROCESSING
    return f"{preprocessing}{in_words(taken)}{CALIBRATED if calibrations else ''}"


def _altered_ways(
    pictures: Pictures,
    truth: Sequence[Reading],
    examined: Callable[[Iterable[_Pixels]], Examined],
) -> Iterator[Way]:
    """Radiographs as other clinics' scanners might have made them."""
    for variation in VARIATIONS:
        altered: list[Reading] = []
        found = examined(_altered(variation, pictures, truth, altered))
        yield variation.name, altered, found


def _altered(
    variation: Variation,
    pictures: Pictures,
    truth: Sequence[Reading],
    altered: list[Reading],
) -> Iterator[_Pixels]:
    """One by one; their truth is added to `altered`."""
    for picture, reading in zip(pictures, truth, strict=True):
        pixels, moved = variation.apply(picture, reading)
        altered.append(moved)
        yield pixels


def scores_of(evaluation: DetectorEvaluation, data_name: str) -> Evaluation:
    """As a card has them, of a set of that name."""
    scores: dict[str, LabelScore] = {}
    for label, precision in evaluation.average_precision.items():
        point, loose = evaluation.point(label, 0.5), evaluation.point(label, 0.3)
        scores[label] = LabelScore(
            precision.count,
            precision.ap50,
            precision.ap,
            point.precision,
            point.sensitivity,
            point.f1,
            loose.f1,
        )
    data = f"{data_name}, held out, {evaluation.images} radiographs"
    return Evaluation(data, evaluation.images, scores)
