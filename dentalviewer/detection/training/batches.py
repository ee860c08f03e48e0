"""One epoch after another: which radiographs are shown, and how they are varied."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dentalviewer.detection.augmenting.augmentation import augment
from dentalviewer.detection.augmenting.example import Example
from dentalviewer.detection.augmenting.synthesis import synthesise
from dentalviewer.detection.inference.torch_detector import to_images
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.networks.losses import Target
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.looking import frame_sizes
from dentalviewer.detection.training.team import Team
from dentalviewer.detection.training.training_config import TrainingConfig

# Labels on fewer than half of the radiographs are shown more often, by the square root
# of how rare they are (repeat factor sampling, Gupta et al., CVPR 2019).
REPEAT_THRESHOLD = 0.5

Batch = tuple[Tensor, list[dict[str, Target]]]


def epoch_order(
    examples: Sequence[Example], random: np.random.Generator
) -> NDArray[np.int64]:
    """Which examples an epoch shows, shuffled; those with rare treatments repeated."""
    present = [set(e.boxes[TREATMENTS].label_indices.tolist()) for e in examples]
    repeats = np.ones(len(examples))
    for label_index in set().union(*present):
        has = np.array([label_index in labels for labels in present])
        factor = math.sqrt(REPEAT_THRESHOLD / has.mean())
        repeats[has] = np.maximum(repeats[has], factor)
    counts = np.floor(repeats + random.random(len(examples))).astype(np.int64)
    return random.permutation(np.repeat(np.arange(len(examples)), counts))


def make_batches(
    lesson: Lesson, config: TrainingConfig, epoch: int, team: Team
) -> Iterator[Batch]:
    """Augmented images (N, 3, H, W) and their targets: a process's share of an epoch.

    Those of a batch have one of the sizes that are learned. Drawn by seed and epoch, so
    that a resumed run sees what it would have seen.
    """
    order, random = _share(lesson, config, epoch, team)
    # The same in all processes: each waits for the one with the largest batch.
    of_sizes = np.random.default_rng([config.seed, epoch])
    sizes = frame_sizes(lesson, config.input_size)
    for start in range(0, len(order), config.batch_size):
        size = sizes[int(of_sizes.integers(len(sizes)))]
        varied = [
            augment(
                lesson.examples[index],
                size,
                random,
                donors=lesson.donors,
                synthesise=partial(synthesise, synthesis=lesson.synthesis),
                plan=config.augmentation,
            )
            for index in order[start : start + config.batch_size]
        ]
        yield (
            to_images([example.pixels for example in varied]).to(team.device),
            [_targets(example, team.device) for example in varied],
        )


def count_batches(
    lesson: Lesson, config: TrainingConfig, epoch: int, team: Team
) -> int:
    """How many `make_batches` gives: rare labels are shown more than once."""
    order, _ = _share(lesson, config, epoch, team)
    return math.ceil(len(order) / config.batch_size)


def _share(
    lesson: Lesson, config: TrainingConfig, epoch: int, team: Team
) -> tuple[NDArray[np.int64], np.random.Generator]:
    """What a process shows in an epoch, and what draws how that is varied."""
    random = np.random.default_rng([config.seed, epoch])
    order = epoch_order(lesson.examples, random)
    if team.size == 1:
        return order, random
    # All have as many batches, or they would wait for each other for ever.
    order = np.resize(order, math.ceil(len(order) / team.size) * team.size)
    random = np.random.default_rng([config.seed, epoch, team.rank])
    return order[team.rank :: team.size], random


def made_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, each made while the one before it is learned from.

    Or a graphics card would stand still as long. Raises what making one raises.
    """
    with ThreadPoolExecutor(1, "batches") as maker:
        coming = maker.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = maker.submit(next, batches, None)
            yield batch


def _targets(example: Example, device: torch.device) -> dict[str, Target]:
    return {
        name: Target(
            torch.from_numpy(boxes.corners).to(device),
            torch.from_numpy(boxes.label_indices).to(device),
            torch.from_numpy(boxes.ignored).to(device),
        )
        for name, boxes in example.boxes.items()
    }
