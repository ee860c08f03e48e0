"""From the best weights of a run to a detector's folder: measured, chosen, written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path

from torch import nn

from dentalviewer.curation.training_runs import note_published
from dentalviewer.detection.cards.card_reading import weights_size
from dentalviewer.detection.cards.model_card import (
    CARD_FILE,
    ModelCard,
    encode_card,
    sha256,
)
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.inference.speed import speed_of_weights
from dentalviewer.detection.inference.torch_detector import PanoramicNetwork
from dentalviewer.detection.inference.weights import as_stored, encode_weights
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.sets.pictures import Pictures
from dentalviewer.detection.training.assessment import (
    Assessment,
    assess,
    examinations,
)
from dentalviewer.detection.training.counting import counted
from dentalviewer.detection.training.failures import failures_of
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.provenance import (
    Making,
    intended_use,
    training_of,
)
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import ModelError
from dentalviewer.supervision import is_supervised

_KEPT = (
    "What was learned is kept: the same command with --resume, and --run-folder {},"
    " writes it, to another {} if you like"
)
_KEPT_IN_WINDOW = (
    "What was learned is kept: once that is mended, Train further goes on with it, and"
    " writes it"
)
_ANOTHER_THERE = "another detector was put here meanwhile, and stays. {}"


def cards_there(config: TrainingConfig) -> dict[Path, bytes | None]:
    """Of what lies where detectors will be written; None where nothing does yet."""
    return {folder: _card_in(folder) for folder in config.outputs.values()}


def _card_in(folder: Path) -> bytes | None:
    try:
        return (folder / CARD_FILE).read_bytes()
    except OSError:
        return None


def publish(
    config: TrainingConfig,
    lesson: Lesson,
    network: nn.Module,
    head: str,
    pictures: Pictures,
    making: Making,
    *,
    there: Mapping[Path, bytes | None],
    origin: ModelCard | None = None,
) -> None:
    """Write the detector of one head: weights.safetensors and card.json, or neither.

    Settings are chosen on the validation radiographs, unless the weights are as at the
    start, and scores measured there and on altered copies of them. `origin` is the card
    of the detector that the run started from. Raises ModelError if the folder cannot be
    written, has another card than was `there` when the run was begun, or a weight is
    too large for float16.
    """
    folder = config.outputs[head]
    assert isinstance(network, PanoramicDetector)
    whole = PanoramicNetwork(network.alone(head), lesson.locator).eval()
    try:
        weights = encode_weights(whole)
    except ValueError as error:
        raise ModelError(folder, f"the weights cannot be written: {error}") from error
    # What is measured is what is written.
    whole.load_state_dict(as_stored(whole.state_dict()))
    words = f"{head}: measuring on radiographs as they are and altered"
    with counted(words, examinations(len(pictures))) as one_more:
        assessed = assess(
            whole,
            lesson,
            head,
            pictures,
            config,
            origin=origin,
            is_as_before=origin is not None and not making.epochs,
            looked=one_more,
        )
    if not is_supervised():  # A window says so itself once all are measured.
        print(f"{head}: measuring how long a radiograph takes", flush=True)
    card = _card_of(config, lesson, network, head, making, assessed, weights, origin)
    written = encode_card(card)
    if _card_in(folder) != there[folder]:
        raise ModelError(folder, _ANOTHER_THERE.format(_kept(config, head)))
    try:
        if head == config.leading:
            note_published(config.run_folder, written, error=ModelError)
        write_model(folder, weights, written)
    except ModelError as error:
        fault = f"{error.fault}. {_kept(config, head)}"
        raise ModelError(error.path, fault) from error


def _card_of(
    config: TrainingConfig,
    lesson: Lesson,
    network: PanoramicDetector,
    head: str,
    making: Making,
    assessed: Assessment,
    weights: bytes,
    origin: ModelCard | None,
) -> ModelCard:
    """What is told of the detector of one head, speed on this computer included."""
    plan = asdict(lesson.plans[head])
    plan["default_box_sizes"] = [list(size) for size in plan["default_box_sizes"]]
    card = ModelCard(
        name=config.outputs[head].absolute().name,
        architecture=config.architecture,
        architecture_parameters={"heads": {head: plan}, **network.options},
        head=head,
        labels=lesson.labels[head],
        input_size=config.input_size,
        finds_arches=lesson.locator is not None,
        looks=assessed.looks,
        calibrations=assessed.calibrations,
        preprocessing=assessed.preprocessing,
        settings=assessed.settings,
        intended_use=intended_use(head, lesson.labels[head]),
        training=training_of(config, lesson, head, origin, making),
        evaluations=assessed.evaluations,
        sweep=assessed.sweep,
        failures=failures_of(config, lesson, head, origin, making),
        weights_sha256=sha256(weights),
        size=weights_size(BytesIO(weights)),
    )
    return replace(card, speed=speed_of_weights(card, weights))


def _kept(config: TrainingConfig, head: str) -> str:
    """What to do where a detector could not be written after all the work."""
    if is_supervised():
        return _KEPT_IN_WINDOW
    option = "--output" if head == TREATMENTS else "--teeth-output"
    return _KEPT.format(config.run_folder, option)
