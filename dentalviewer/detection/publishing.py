# mypy: ignore-errors
"""From the best weights of a run to a detector's folder: measured, chosen, written."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from dentalviewer.detection.architectures import BoxHead, SingleShotDetector
from dentalviewer.detection.dataset import TEETH, TREATMENTS
from dentalviewer.detection.model_card import (
    CARD_FILE,
    WEIGHTS_FILE,
    Evaluation,
    LabelScore,
    ModelCard,
    Training,
    encode_card,
    sha256,
)
from dentalviewer.detection.preprocessing import PREPROCESSING
from dentalviewer.detection.torch_detector import PanoramicNetwork, find_candidates
from dentalviewer.detection.variations import VARIATIONS, Variation
from dentalviewer.detection.weights import encode_weights
from dentalviewer.detector import DetectionSettings
from dentalviewer.errors import ModelError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.evaluation import DetectorEvaluation, evaluate
from dentalviewer.evaluation.settings_choice import choose_settings, sweep_table
from dentalviewer.geometry import Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dentalviewer.detection.training import Lesson, TrainingConfig

INTENDED_USE = {
    TREATMENTS: (
        "A second opinion for dentists on panoramic radiographs of adults: it points at"
        " what may be a restoration, an endodontic treatment or an implant. It is a"
        " detection aid and makes no diagnosis. It may miss findings and mark where"
        " there are none; every finding needs a dentist's decision."
    ),
    TEETH: (
        "Numbers the permanent teeth (FDI, ISO 3950) on panoramic radiographs of"
        " adults, so that findings can be named by tooth. It makes no diagnosis and"
        " knows no deciduous teeth; every number needs a dentist's eye."
    ),
}
FAILURES = {
    TREATMENTS: (
        "Composite fillings that are hardly brighter than enamel are missed, or marked"
        " where the training annotations lack them.",
        "A bridge, or crowns that touch, is one box in the training annotations;"
        " several boxes on it, or one over neighbouring crowns, count as faults.",
        "Implants were few: 44 in training and 4 in validation.",
        "Orthodontic brackets, ear rings and burnt-in letters may be marked.",
    ),
    TEETH: (
        "Neighbours of gaps may be numbered as if the gap were closed.",
        "Roots left behind and teeth that are not in the row may be missed.",
    ),
}
DATA = "AKUDENTAL (public repository melihoz/AKUDENTAL), its fold 0"
LICENCE = "CC BY-NC-SA 4.0"
ATTRIBUTION = "the AKUDENTAL authors"


def publish(
    config: TrainingConfig,
    lesson: Lesson,
    network: nn.Module,
    head: str,
    pictures: Sequence[NDArray[np.uint8]],
) -> None:
    """Write the detector of one head: weights.safetensors and card.json, or neither.

    Settings are chosen on the validation radiographs, and scores measured there and on
    altered copies of them. Raises ModelError if the folder cannot be written.
    """
    folder = config.output if head == TREATMENTS else config.teeth_output
    assert folder is not None
    whole = PanoramicNetwork(only_head(network, head), lesson.locator).eval()
    weights = encode_weights(whole)
    labels = lesson.labels[head]
    from dentalviewer.detection.training import readings

    truth = readings(lesson.validation[head])
    found = [
        find_candidates(whole, p, labels={head: labels}, input_size=config.input_size)[
            head
        ]
        for p in pictures
    ]
    settings, sweep = choose_settings(truth, found, labels)
    evaluations = {"validation": evaluate(truth, found, labels, settings)} | {
        variation.name: evaluate_varied(
            whole, truth, pictures, variation, head, labels, settings, config.input_size
        )
        for variation in VARIATIONS
    }
    plan = asdict(lesson.plans[head])
    plan["default_box_sizes"] = [list(size) for size in plan["default_box_sizes"]]
    card = ModelCard(
        name=folder.name,
        architecture=config.architecture,
        architecture_parameters={"heads": {head: plan}},
        head=head,
        labels=labels,
        input_size=config.input_size,
        finds_arches=lesson.locator is not None,
        preprocessing=PREPROCESSING,
        settings=settings,
        intended_use=INTENDED_USE[head],
        training=_training(config, lesson, head),
        evaluations={
            name: _scores(evaluation, config)
            for name, evaluation in evaluations.items()
        },
        sweep=sweep_table(sweep),
        failures=FAILURES[head],
        weights_sha256=sha256(weights),
    )
    write_model(folder, weights, encode_card(card))


def only_head(network: nn.Module, head: str) -> nn.Module:
    """The network with one of its heads alone."""
    assert isinstance(network, SingleShotDetector)
    chosen = network.heads[head]
    assert isinstance(chosen, BoxHead)
    alone = SingleShotDetector(network.backbone, {head: chosen.plan})
    alone.heads[head].load_state_dict(chosen.state_dict())
    return alone.eval()


def evaluate_varied(
    network: PanoramicNetwork,
    truth: Sequence[Reading],
    pictures: Sequence[NDArray[np.uint8]],
    variation: Variation,
    head: str,
    labels: Sequence[str],
    settings: DetectionSettings,
    input_size: Size,
) -> DetectorEvaluation:
    """The same, on radiographs altered as another clinic's scanner might have."""
    varied = [
        variation.apply(picture, reading)
        for picture, reading in zip(pictures, truth, strict=True)
    ]
    found = [
        find_candidates(network, pixels, labels={head: labels}, input_size=input_size)[
            head
        ]
        for pixels, _ in varied
    ]
    return evaluate([reading for _, reading in varied], found, labels, settings)


def write_model(folder: Path, weights: bytes, card: bytes) -> None:
    """Both files or neither: a folder beside it is filled, then takes its place."""
    new = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    try:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        new.mkdir(parents=True)
        (new / WEIGHTS_FILE).write_bytes(weights)
        (new / CARD_FILE).write_bytes(card)
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        raise ModelError(folder, f"cannot be written: {error.strerror}") from error


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
    data = f"{config.data.name}, val, {evaluation.images} radiographs"
    return Evaluation(data, evaluation.images, scores)


def _training(config: TrainingConfig, lesson: Lesson, head: str) -> Training:
    dataset = lesson.training[head]
    counts = ", ".join(
        f"{dataset.count(index)} {label}" for index, label in enumerate(dataset.labels)
    )
    if head == TEETH:
        total = sum(dataset.count(index) for index in range(len(dataset.labels)))
        counts = f"{total} teeth"
    start = "ImageNet weights of MobileNetV2" if config.backbone else "random weights"
    bundled = config.data.name == "akudental"
    return Training(
        data=f"{DATA if bundled else config.data.name}: {len(dataset.samples)}"
        f" radiographs with {counts}",
        licence=LICENCE if bundled else "as the data's",
        attribution=ATTRIBUTION if bundled else "the data's authors",
        recipe=(
            f"{config.architecture} from {start}; heads {', '.join(config.label_sets)}"
            f" in one run; AdamW {config.learning_rate:g}, backbone"
            f" {config.backbone_learning_rate:g}, one cycle; batch {config.batch_size};"
            f" EMA {config.average_decay}; seed {config.seed}"
        ),
        command=_command(),
        date=datetime.now(UTC).date().isoformat(),
    )


def _command() -> str:
    """What was typed, without the folders of one computer."""
    typed = [word for word in sys.argv[1:] if word != "train"]
    names = (Path(word).name if os.path.isabs(word) else word for word in typed)
    return shlex.join(["dentalviewer", "train", *names])
