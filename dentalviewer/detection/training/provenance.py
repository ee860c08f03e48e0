"""Where a detector comes from and what it is for, in the words of its card."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import (
    ModelCard,
    Training,
)
from dentalviewer.detection.label_sets import TEETH
from dentalviewer.detection.training.learned import Learned, learned_now
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.team import team_size
from dentalviewer.detection.training.training_config import NOT_STATED, TrainingConfig
from dentalviewer.labels import display_name

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


EARLIER_DATA = "data it learned from earlier"
ORIGIN = "detector it was trained from"


@dataclass(frozen=True, slots=True)
class Making:
    """Of how many epochs the weights are the mean, the start of the run counted as one
    where its weights are among them, the commands of their run, what the `cycles` of
    its learning rates were over, another where it went on otherwise, and what it has
    `learned` from, the newest first; nothing where that is not known.

    0 epochs where none did better than the detector that the run started from: then the
    weights are that detector's.
    """

    epochs: int
    commands: tuple[str, ...]
    cycles: tuple[str, ...]
    learned: tuple[Learned, ...]


def intended_use(head: str, labels: Sequence[str]) -> str:
    """What a detector of these labels is for, and what it is not."""
    if head == TEETH:
        return TEETH_USE
    return TREATMENTS_USE.format(labels=", ".join(map(display_name, labels)))


def training_of(
    config: TrainingConfig,
    lesson: Lesson,
    head: str,
    origin: ModelCard | None,
    making: Making,
) -> Training:
    """From which data, by whose leave, by which command; `origin` is what it was
    trained further from.
    """
    learned = making.learned or (learned_now(config, lesson, head),)
    now, *before = learned
    data, licence, attribution = now.data, now.licence, now.attribution
    radiographs = {digest for each in learned for digest in each.radiographs}
    # What was made from other data stays under their licence.
    for each in before:
        data += f"; earlier in this run: {each.data}"
        licence = _both(licence, each.licence, EARLIER_DATA)
        attribution = _both(attribution, each.attribution, EARLIER_DATA)
    earlier = origin or lender_of(config)
    if earlier is not None:
        data += f"; before that: {earlier.training.data}"
        licence = _both(licence, earlier.training.licence, ORIGIN)
        attribution = _both(attribution, earlier.training.attribution, ORIGIN)
        radiographs.update(earlier.training.learned_from)
    return Training(
        data=data,
        licence=licence,
        attribution=attribution,
        recipe=_recipe(config, origin, making),
        command=" && ".join(making.commands),
        date=datetime.now(UTC).date().isoformat(),
        learned_from=tuple(sorted(radiographs)),
    )


def lender_of(config: TrainingConfig) -> ModelCard | None:
    """The card of the detector whose backbone was taken, if it was a detector's."""
    lender = next(iter(config.starts.values()), config.backbone)
    return read_card(lender) if lender is not None and lender.is_dir() else None


def _both(new: str, old: str, whose: str) -> str:
    if new == old:
        return new
    said = "of the new data not stated" if new == NOT_STATED else f"new data: {new}"
    return f"{old} ({whose}); {said}"


def _recipe(config: TrainingConfig, origin: ModelCard | None, making: Making) -> str:
    start = "ImageNet weights of MobileNetV2" if config.backbone else "random weights"
    earlier = origin or lender_of(config)
    if earlier is not None:
        start = f"{earlier.name} ({earlier.weights_sha256[:12]})"
        start += "" if origin else ", of which the backbone"
    plan = asdict(config.augmentation)
    off = [name for name, is_on in plan.items() if not is_on]
    without = f"; without {', '.join(off)}" if off else ""
    processes = team_size()
    each = f" in each of {processes} processes" if processes > 1 else ""
    number = "one cycle" if config.cycles == 1 else f"{config.cycles} cycles"
    chosen = "best epoch"
    if making.epochs > 1:
        # Those that a detector was trained further from may be among them.
        chosen = f"mean of the weights at {making.epochs} times of the run"
    if not making.epochs:
        chosen = "weights as before, for no epoch did better"
    return (
        f"{config.architecture} from {start}; heads {', '.join(config.label_sets)}"
        f" in one run; AdamW {config.learning_rate:g}, backbone"
        f" {config.backbone_learning_rate:g}, {number} over"
        f" {', then over '.join(making.cycles)};"
        f" batch {config.batch_size}{each}; EMA {config.average_decay}; {chosen}; seed"
        f" {config.seed}{without}"
    )


def command_typed(command: str = "train") -> str:
    """What was typed; of absolute paths, which tell a user's folders, the names."""
    typed = sys.argv[1:]
    if typed[:1] == [command]:
        typed = typed[1:]
    return shlex.join(["dentalviewer", command, *map(_without_folder, typed)])


def _without_folder(word: str) -> str:
    option, equals, value = word.partition("=")
    if equals and option.startswith("--"):
        return f"{option}={_without_folder(value)}"
    return Path(word).name if os.path.isabs(word) else word
