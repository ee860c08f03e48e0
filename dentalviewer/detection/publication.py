"""From the best weights of a run to a detector's folder: measured, chosen, written."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from dentalviewer.detection.architectures import PanoramicDetector
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.lesson import Lesson
from dentalviewer.detection.model_card import (
    Evaluation,
    LabelScore,
    ModelCard,
    Training,
    encode_card,
    read_card,
    sha256,
)
from dentalviewer.detection.model_folder import write_model
from dentalviewer.detection.preprocessing import (
    BOTH_SIDES,
    PREPROCESSING,
    PREPROCESSING_OF_ALL,
    PREPROCESSING_UPRIGHT,
)
from dentalviewer.detection.torch_detector import PanoramicNetwork, find_candidates
from dentalviewer.detection.training_config import NOT_STATED, TrainingConfig
from dentalviewer.detection.validation import readings
from dentalviewer.detection.variations import VARIATIONS, Variation
from dentalviewer.detection.weights import encode_weights
from dentalviewer.errors import ModelError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.evaluation import DetectorEvaluation, evaluate
from dentalviewer.evaluation.label_faults import excused, read_label_faults
from dentalviewer.evaluation.settings_choice import choose_settings, sweep_table
from dentalviewer.labels import display_name
from dentalviewer.study import Finding

Pictures = Sequence[NDArray[np.uint8]]

TEETH_USE = (
    "Numbers the permanent teeth (FDI, ISO 3950) on panoramic radiographs of adults, so"
    " that findings can be named by tooth. It makes no diagnosis and knows no deciduous"
    " teeth; every number needs a dentist's eye."
)
TREATMENTS_USE = (
    "A second opinion for dentists on panoramic radiographs like those it was trained"
    " on: it points at what may be one of these: {labels}. It is a detection aid and"
    " makes no diagnosis. It may miss findings and mark where there are none; every"
    " finding needs a dentist's decision."
)
# True of every detector that is measured on what was held out of the same sets.
SAME_SOURCE = (
    "Scores and thresholds are from radiographs of the same sets that it was trained"
    " on; on those of other clinics and scanners it may do worse."
)
# Of fewer training annotations than this, a class is called rare.
FEW = 50


def publish(
    config: TrainingConfig,
    lesson: Lesson,
    network: nn.Module,
    head: str,
    pictures: Pictures,
    *,
    origin: ModelCard | None = None,
    epochs: int = 1,
) -> None:
    """Write the detector of one head: weights.safetensors and card.json, or neither.

    Settings are chosen on the validation radiographs, and scores measured there and on
    altered copies of them. `origin` is the card of the detector that the run started
    from, `epochs` of how many epochs the weights are the mean. Raises ModelError if the
    folder cannot be written or a weight is too large for float16.
    """
    folder = config.output if head == TREATMENTS else config.teeth_output
    assert folder is not None
    assert isinstance(network, PanoramicDetector)
    whole = PanoramicNetwork(network.alone(head), lesson.locator).eval()
    try:
        weights = encode_weights(whole)
    except ValueError as error:
        raise ModelError(folder, f"the weights cannot be written: {error}") from error
    truth = readings(lesson.validation[head])
    labels = lesson.labels[head]
    found = _examined(whole, pictures, head, config, labels)
    settings, sweep = choose_settings(truth, found, labels)
    if origin is not None:
        # What nothing is there to choose by stays as it was.
        known = {**origin.settings.thresholds, **settings.thresholds}
        settings = replace(settings, thresholds=known)
    evaluations = {"validation": evaluate(truth, found, labels, settings)}
    if config.label_faults is not None and head == TREATMENTS:
        faults = read_label_faults(config.label_faults)
        fair, count = excused(truth, faults, lesson.validation[head].path)
        noun = "fault" if count == 1 else "faults"
        name = f"validation, {count} label {noun} left out"
        evaluations[name] = evaluate(fair, found, labels, settings)
    for variation in VARIATIONS:
        varied, altered = _altered(variation, pictures, truth)
        found = _examined(whole, varied, head, config, labels)
        evaluations[variation.name] = evaluate(altered, found, labels, settings)
    plan = asdict(lesson.plans[head])
    plan["default_box_sizes"] = [list(size) for size in plan["default_box_sizes"]]
    card = ModelCard(
        name=folder.absolute().name,
        architecture=config.architecture,
        architecture_parameters={"heads": {head: plan}, **network.options},
        head=head,
        labels=labels,
        input_size=config.input_size,
        finds_arches=lesson.locator is not None,
        both_sides=_looks_at_both_sides(head),
        preprocessing=_preprocessing(lesson, head),
        settings=settings,
        intended_use=_intended_use(head, labels),
        training=_training(config, lesson, head, origin, epochs),
        evaluations={
            name: _scores(evaluation, config)
            for name, evaluation in evaluations.items()
        },
        sweep=sweep_table(sweep),
        failures=_failures(config, lesson, head, origin),
        weights_sha256=sha256(weights),
    )
    write_model(folder, weights, encode_card(card))


def _preprocessing(lesson: Lesson, head: str) -> str:
    if lesson.locator is None:
        preprocessing = PREPROCESSING_OF_ALL
    elif lesson.locator.polarity:
        preprocessing = PREPROCESSING_UPRIGHT
    else:
        preprocessing = PREPROCESSING
    seen = BOTH_SIDES if _looks_at_both_sides(head) else ""
    return f"{preprocessing}{seen}"


def _examined(
    network: PanoramicNetwork,
    pictures: Sequence[NDArray[np.uint8] | NDArray[np.uint16]],
    head: str,
    config: TrainingConfig,
    labels: tuple[str, ...],
) -> list[tuple[Finding, ...]]:
    return [
        find_candidates(
            network,
            picture,
            labels={head: labels},
            input_size=config.input_size,
            both_sides=_looks_at_both_sides(head),
        )[head]
        for picture in pictures
    ]


def _looks_at_both_sides(head: str) -> bool:
    """Numbers change with the side: the detector of teeth turns its own looks."""
    return head == TREATMENTS


def _altered(
    variation: Variation, pictures: Pictures, truth: Sequence[Reading]
) -> tuple[list[NDArray[np.uint8] | NDArray[np.uint16]], list[Reading]]:
    """Radiographs as another clinic's scanner might have made them, and their truth."""
    pairs = [
        variation.apply(picture, reading)
        for picture, reading in zip(pictures, truth, strict=True)
    ]
    return [pixels for pixels, _ in pairs], [reading for _, reading in pairs]


def _scores(evaluation: DetectorEvaluation, config: TrainingConfig) -> Evaluation:
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
    data = f"{config.data_name}, held out, {evaluation.images} radiographs"
    return Evaluation(data, evaluation.images, scores)


def _intended_use(head: str, labels: Sequence[str]) -> str:
    if head == TEETH:
        return TEETH_USE
    return TREATMENTS_USE.format(labels=", ".join(map(display_name, labels)))


def _failures(
    config: TrainingConfig, lesson: Lesson, head: str, origin: ModelCard | None
) -> tuple[str, ...]:
    inherited = origin.failures if origin else ()
    dataset = lesson.training[head]
    rare = [
        f"{dataset.count(index)} {display_name(label)}"
        for index, label in enumerate(dataset.labels)
        if dataset.count(index) < FEW
    ]
    few = (f"Few to learn from: {', '.join(rare)}.",) if rare else ()
    failures = (*config.rights.failures, *inherited, *few, SAME_SOURCE)
    return tuple(dict.fromkeys(failures))


def _training(
    config: TrainingConfig,
    lesson: Lesson,
    head: str,
    origin: ModelCard | None,
    epochs: int,
) -> Training:
    dataset = lesson.training[head]
    counts = ", ".join(
        f"{dataset.count(index)} {label}" for index, label in enumerate(dataset.labels)
    )
    if head == TEETH:
        total = sum(dataset.count(index) for index in range(len(dataset.labels)))
        counts = f"{total} teeth"
    data = f"{config.data_name}: {len(dataset.samples)} radiographs with {counts}"
    if lesson.mending and head == TREATMENTS:
        data += f"; {lesson.mending}"
    licence, attribution = config.rights.licence, config.rights.attribution
    earlier = origin or _lender(config)
    if earlier is not None:
        # What was made from other data stays under their licence.
        data += f"; before that: {earlier.training.data}"
        licence = _both(licence, earlier.training.licence)
        attribution = _both(attribution, earlier.training.attribution)
    return Training(
        data=data,
        licence=licence,
        attribution=attribution,
        recipe=_recipe(config, origin, epochs),
        command=_command(),
        date=datetime.now(UTC).date().isoformat(),
    )


def _lender(config: TrainingConfig) -> ModelCard | None:
    """The card of the detector whose backbone was taken, if it was a detector's."""
    lender = config.backbone
    return read_card(lender) if lender is not None and lender.is_dir() else None


def _both(new: str, old: str) -> str:
    if new == old:
        return new
    said = "of the new data not stated" if new == NOT_STATED else f"new data: {new}"
    return f"{old} (detector it was trained from); {said}"


def _recipe(config: TrainingConfig, origin: ModelCard | None, epochs: int) -> str:
    start = "ImageNet weights of MobileNetV2" if config.backbone else "random weights"
    earlier = origin or _lender(config)
    if earlier is not None:
        start = f"{earlier.name} ({earlier.weights_sha256[:12]})"
        start += "" if origin else ", of which the backbone"
    plan = asdict(config.augmentation)
    off = [name for name, is_on in plan.items() if not is_on]
    without = f"; without {', '.join(off)}" if off else ""
    chosen = f"mean of {epochs} epochs" if epochs > 1 else "best epoch"
    return (
        f"{config.architecture} from {start}; heads {', '.join(config.label_sets)}"
        f" in one run; AdamW {config.learning_rate:g}, backbone"
        f" {config.backbone_learning_rate:g}, one cycle over {config.epochs} epochs;"
        f" batch {config.batch_size}; EMA {config.average_decay}; {chosen}; seed"
        f" {config.seed}{without}"
    )


def _command() -> str:
    """What was typed, without the folders of one computer."""
    typed = sys.argv[1:]
    if typed[:1] == ["train"]:
        typed = typed[1:]
    return shlex.join(["dentalviewer", "train", *map(_without_folder, typed)])


def _without_folder(word: str) -> str:
    is_elsewhere = os.path.isabs(word) or os.pardir in Path(word).parts
    return Path(word).name if is_elsewhere else word
