"""From the best weights of a run to a detector's folder: measured, chosen, written."""

from __future__ import annotations

from dataclasses import asdict, replace
from io import BytesIO

from torch import nn

from dentalviewer.curation.training_runs import note_published
from dentalviewer.detection.cards.card_reading import weights_size
from dentalviewer.detection.cards.model_card import (
    ModelCard,
    encode_card,
    sha256,
)
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.inference.speed import speed_of_weights
from dentalviewer.detection.inference.torch_detector import PanoramicNetwork
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.training.assessment import Pictures, assess, looks
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

# Said where a detector could not be written after all the work.
KEPT = (
    "What was learned is kept: the same command with --resume writes it, to another"
    " --output if you like"
)


def publish(
    config: TrainingConfig,
    lesson: Lesson,
    network: nn.Module,
    head: str,
    pictures: Pictures,
    making: Making,
    *,
    origin: ModelCard | None = None,
) -> None:
    """Write the detector of one head: weights.safetensors and card.json, or neither.

    Settings are chosen on the validation radiographs, and scores measured there and on
    altered copies of them. `origin` is the card of the detector that the run started
    from. Raises ModelError if the folder cannot be written or a weight is too large for
    float16.
    """
    folder = config.output if head == TREATMENTS else config.teeth_output
    assert folder is not None
    assert isinstance(network, PanoramicDetector)
    whole = PanoramicNetwork(network.alone(head), lesson.locator).eval()
    try:
        weights = encode_weights(whole)
    except ValueError as error:
        raise ModelError(folder, f"the weights cannot be written: {error}") from error
    words = f"{head}: measuring on radiographs as they are and altered"
    with counted(words, looks(len(pictures))) as one_more:
        assessed = assess(
            whole, lesson, head, pictures, config, origin=origin, looked=one_more
        )
    plan = asdict(lesson.plans[head])
    plan["default_box_sizes"] = [list(size) for size in plan["default_box_sizes"]]
    card = ModelCard(
        name=folder.absolute().name,
        architecture=config.architecture,
        architecture_parameters={"heads": {head: plan}, **network.options},
        head=head,
        labels=lesson.labels[head],
        input_size=config.input_size,
        finds_arches=lesson.locator is not None,
        both_sides=assessed.both_sides,
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
    card = replace(card, speed=speed_of_weights(card, weights))
    written = encode_card(card)
    try:
        if head == TREATMENTS:
            note_published(config.run_folder, written, error=ModelError)
        write_model(folder, weights, written)
    except ModelError as error:
        raise ModelError(error.path, f"{error.fault}. {KEPT}") from error
