"""Trains a detector: plain functions, one pass over the radiographs after another.

A run keeps its checkpoint and curves in `<runs>/<name>`; when it ends, weights and
model card are written together to `output`.
"""

from __future__ import annotations

import copy
import csv
import math
import os
import pickle
import random as python_random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from dentalviewer.detection.architectures import ARCHITECTURES, STRIDES
from dentalviewer.detection.augmentation import Example, augment
from dentalviewer.detection.dataset import Dataset, read_dataset, read_pixels
from dentalviewer.detection.evaluation import average_precision, mean_ap50
from dentalviewer.detection.preprocessing import letterbox
from dentalviewer.detection.torch_detector import find_candidates, to_images
from dentalviewer.errors import DatasetError, ModelError, TrainingDiverged
from dentalviewer.geometry import Size

# Labels on fewer than half of the radiographs are shown more often, by the square root
# of how rare they are (repeat factor sampling, Gupta et al., CVPR 2019).
REPEAT_THRESHOLD = 0.5
CLIP_GRADIENT_NORM = 10.0
WARM_UP_SHARE = 0.08
BOX_LOSS_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides how a run goes.

    `data` is a folder that read_dataset takes; `backbone` the safetensors file of
    ImageNet weights, None for random ones; `run_folder` keeps checkpoint and curves.
    Learning rates are the highest of a one-cycle schedule (Smith & Topin 2019), which
    ends after `epochs` or, where that is sooner, `deadline_minutes` after the start.
    """

    data: Path
    output: Path
    run_folder: Path
    architecture: str = "ssd_mobilenet"
    backbone: Path | None = None
    input_size: Size = Size(896, 448)
    epochs: int = 60
    batch_size: int = 8
    learning_rate: float = 1e-3
    backbone_learning_rate: float = 3e-4
    weight_decay: float = 0.01
    average_decay: float = 0.995
    default_boxes: int = 8
    seed: int = 0
    threads: int = 2
    resume: bool = False
    deadline_minutes: float | None = None


@dataclass(slots=True)
class Run:
    """The moving parts of a run: what a checkpoint holds."""

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    highest_rates: list[float]
    epoch: int = 0
    step: int = 0
    best_ap50: float = -1.0


def fit_default_boxes(
    dataset: Dataset, input_size: Size, count: int, seed: int
) -> tuple[tuple[float, float], ...]:
    """`count` default box sizes (width, height), in strides, that suit the dataset.

    Every box is drawn at eight zooms between 0.8 and 1.75 in the network's frame and
    divided by the stride whose level would see it (the root of its area between 2 and 4
    strides); k-means then groups the sizes by 1 - IoU (Redmon & Farhadi, CVPR 2017).
    Raises DatasetError if the dataset has fewer boxes than `count`.
    """
    sizes = []
    for sample in dataset.samples:
        fit = min(
            input_size.width / sample.size.width, input_size.height / sample.size.height
        )
        for annotated in sample.boxes:
            for zoom in np.geomspace(0.8, 1.75, 8):
                size = np.array([annotated.box.width, annotated.box.height])
                size = size * fit * zoom
                level = math.floor(math.log2(math.sqrt(size.prod()) / STRIDES[0] / 2))
                sizes.append(size / STRIDES[min(max(level, 0), len(STRIDES) - 1)])
    if len(sizes) < count:
        raise DatasetError(dataset.path, f"has too few boxes to fit {count} sizes")
    points = np.array(sizes)
    random = np.random.default_rng(seed)
    centers = points[random.choice(len(points), count, replace=False)]
    for _ in range(100):
        shared = np.minimum(points[:, None], centers).prod(axis=2)
        joined = points.prod(axis=1)[:, None] + centers.prod(axis=1) - shared
        nearest = (shared / joined).argmax(axis=1)
        centers = np.array(
            [
                np.median(points[nearest == i], axis=0) if (nearest == i).any() else c
                for i, c in enumerate(centers)
            ]
        )
    ordered = centers[np.argsort(centers.prod(axis=1))].round(2).tolist()
    return tuple((width, height) for width, height in ordered)


def read_examples(dataset: Dataset) -> list[Example]:
    """All radiographs of a dataset in memory. Raises DatasetError, see read_pixels."""
    return [
        Example(
            read_pixels(sample),
            np.array([b.box.corners for b in sample.boxes], np.float32).reshape(-1, 4),
            np.array([b.label_index for b in sample.boxes], np.int64),
            np.array([b.uncertain for b in sample.boxes], np.bool_),
        )
        for sample in dataset.samples
    ]


def epoch_order(
    examples: Sequence[Example], random: np.random.Generator
) -> NDArray[np.int64]:
    """Which examples an epoch shows, shuffled; those with rare labels repeated."""
    present = [set(example.label_indices.tolist()) for example in examples]
    repeats = np.ones(len(examples))
    for label_index in set().union(*present):
        has = np.array([label_index in labels for labels in present])
        factor = math.sqrt(REPEAT_THRESHOLD / has.mean())
        repeats[has] = np.maximum(repeats[has], factor)
    counts = np.floor(repeats + random.random(len(examples))).astype(np.int64)
    return random.permutation(np.repeat(np.arange(len(examples)), counts))


def make_batches(
    examples: Sequence[Example],
    *,
    input_size: Size,
    batch_size: int,
    random: np.random.Generator,
) -> Iterator[tuple[Tensor, list[dict[str, Tensor]]]]:
    """Augmented images (N, 3, H, W) and their targets, one epoch of them."""
    order = epoch_order(examples, random)
    for start in range(0, len(order), batch_size):
        chosen = [examples[index] for index in order[start : start + batch_size]]
        pairs = [_frame(augment(example, random), input_size) for example in chosen]
        yield to_images([frame for frame, _ in pairs]), [target for _, target in pairs]


def _frame(
    example: Example, input_size: Size
) -> tuple[NDArray[np.uint8], dict[str, Tensor]]:
    frame, placement = letterbox(example.pixels, input_size)
    factors = np.array([placement.x_factor, placement.y_factor] * 2, np.float32)
    shift = np.array([placement.left, placement.top] * 2, np.float32)
    return frame, {
        "boxes": torch.from_numpy(example.boxes * factors + shift),
        "label_indices": torch.from_numpy(example.label_indices),
        "ignored": torch.from_numpy(example.ignored),
    }


def train_one_epoch(
    run: Run,
    batches: Iterator[tuple[Tensor, list[dict[str, Tensor]]]],
    *,
    average_decay: float,
    progress: Callable[[float], float],
) -> dict[str, float]:
    """One pass over the batches; returns the mean of each loss.

    `progress` tells from the batches done in this epoch how much of the whole run is
    done, 0 to 1, which sets the learning rate. Raises TrainingDiverged as soon as a loss is not a finite number.
    """
    run.network.train()
    sums: dict[str, float] = {}
    count = 0
    for images, targets in batches:
        with torch.autocast("cpu", torch.bfloat16):
            losses = run.network(images, targets)
        loss = losses["label_loss"] + BOX_LOSS_WEIGHT * losses["box_loss"]
        if not math.isfinite(loss.item()):
            raise TrainingDiverged(
                f"The loss became {loss.item()} in epoch {run.epoch + 1}, "
                f"batch {count + 1}: try a lower learning rate."
            )
        factor = rate_factor(progress(count))
        for group, rate in zip(
            run.optimizer.param_groups, run.highest_rates, strict=True
        ):
            group["lr"] = rate * factor
        run.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(run.network.parameters(), CLIP_GRADIENT_NORM)
        run.optimizer.step()
        run.step += 1
        _update_average(run, average_decay)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value.item()
        count += 1
    return {name: total / count for name, total in sums.items()}


def rate_factor(progress: float) -> float:
    """The one-cycle schedule: a short rise from 4 % to 1, then half a cosine to 0."""
    if progress < WARM_UP_SHARE:
        return 0.04 + 0.96 * progress / WARM_UP_SHARE
    fallen = min((progress - WARM_UP_SHARE) / (1 - WARM_UP_SHARE), 1.0)
    return 0.5 * (1 + math.cos(math.pi * fallen)) + 1e-3


def _update_average(run: Run, decay: float) -> None:
    """Exponential moving average of the weights, young at first so it can catch up."""
    decay = min(decay, (1 + run.step) / (10 + run.step))
    with torch.no_grad():
        for mean, now in zip(
            run.average.parameters(), run.network.parameters(), strict=True
        ):
            mean.lerp_(now, 1 - decay)


def train(config: TrainingConfig) -> Path:
    """Train as configured; returns the folder with weights.safetensors and card.json.

    Raises DatasetError if the data cannot be used, ModelError if the checkpoint to
    resume from cannot, TrainingDiverged if the loss is no longer a number.
    """
    started = time.monotonic()
    _seed(config)
    training = read_dataset(config.data, "train")
    validation = read_dataset(config.data, "val")
    if training.labels != validation.labels:
        raise DatasetError(validation.path, f"its labels differ from {training.path}")
    sizes = fit_default_boxes(
        training, config.input_size, config.default_boxes, config.seed
    )
    examples = read_examples(training)
    pictures = [read_pixels(sample) for sample in validation.samples]
    config.run_folder.mkdir(parents=True, exist_ok=True)
    run = _begin(config, len(training.labels), sizes)
    checkpoint = config.run_folder / "checkpoint.pt"
    if config.resume:
        _restore(run, checkpoint)
    with tqdm(total=config.epochs, initial=run.epoch, unit="epoch") as progress:
        while run.epoch < config.epochs and not _is_late(config, started):
            # Seeded by the epoch, so that a resumed run sees what it would have seen.
            random = np.random.default_rng([config.seed, run.epoch])
            batches = make_batches(
                examples,
                input_size=config.input_size,
                batch_size=config.batch_size,
                random=random,
            )
            losses = train_one_epoch(
                run,
                batches,
                average_decay=config.average_decay,
                progress=_progress(config, run.epoch, len(examples), started),
            )
            run.epoch += 1
            run.average.eval()
            candidates = [
                find_candidates(
                    run.average,
                    picture,
                    labels=validation.labels,
                    input_size=config.input_size,
                )
                for picture in pictures
            ]
            scores = average_precision(validation, candidates)
            ap50 = mean_ap50(scores)
            if ap50 > run.best_ap50:
                run.best_ap50 = ap50
                _save(run.average.state_dict(), config.run_folder / "best.pt")
            _save(_checkpoint(run), checkpoint)
            row = {"epoch": run.epoch, **losses, "mean_ap50": ap50}
            row |= {f"ap50_{label}": score.ap50 for label, score in scores.items()}
            row |= {f"ap_{label}": score.ap for label, score in scores.items()}
            _append_row(config.run_folder / "curves.csv", row)
            progress.set_postfix(loss=sum(losses.values()), ap50=ap50)
            progress.update()
    run.average.load_state_dict(
        torch.load(config.run_folder / "best.pt", weights_only=True)
    )
    from dentalviewer.detection.publishing import publish

    return publish(config, run.average, sizes, training, validation)


def _begin(
    config: TrainingConfig,
    num_labels: int,
    sizes: tuple[tuple[float, float], ...],
) -> Run:
    network = ARCHITECTURES[config.architecture](
        num_labels, default_box_sizes=sizes, backbone_weights=config.backbone
    ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rates = {"backbone.blocks.": config.backbone_learning_rate}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            slow = name.startswith("backbone.blocks.")
            rate = rates["backbone.blocks."] if slow else config.learning_rate
            groups.setdefault((rate, parameter.ndim > 1), []).append(parameter)
    optimizer = torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": rate,
                "weight_decay": config.weight_decay if decays else 0.0,
            }
            for (rate, decays), parameters in groups.items()
        ]
    )
    average = copy.deepcopy(network).requires_grad_(requires_grad=False)
    return Run(network, average, optimizer, [rate for rate, _ in groups])


def _seed(config: TrainingConfig) -> None:
    python_random.seed(config.seed)
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)


def _progress(
    config: TrainingConfig, epoch: int, num_examples: int, started: float
) -> Callable[[float], float]:
    batches = math.ceil(num_examples / config.batch_size)

    def progress(batches_done: float) -> float:
        done = (epoch + min(batches_done / batches, 1.0)) / config.epochs
        return max(done, _time_used(config, started))

    return progress


def _time_used(config: TrainingConfig, started: float) -> float:
    if config.deadline_minutes is None:
        return 0.0
    return (time.monotonic() - started) / (config.deadline_minutes * 60)


def _is_late(config: TrainingConfig, started: float) -> bool:
    return _time_used(config, started) >= 1


def _checkpoint(run: Run) -> dict[str, Any]:
    return {
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "epoch": run.epoch,
        "step": run.step,
        "best_ap50": run.best_ap50,
    }


def _restore(run: Run, path: Path) -> None:
    try:
        saved = torch.load(path, weights_only=True)
        run.network.load_state_dict(saved["network"])
        run.average.load_state_dict(saved["average"])
        run.optimizer.load_state_dict(saved["optimizer"])
        run.epoch, run.step = saved["epoch"], saved["step"]
        run.best_ap50 = saved["best_ap50"]
    except FileNotFoundError as error:
        raise ModelError(path, "there is no run to resume here") from error
    except (RuntimeError, KeyError, ValueError, pickle.UnpicklingError) as error:
        raise ModelError(path, f"cannot be resumed from: {error}") from error


def _save(content: dict[str, Any], path: Path) -> None:
    """Write under another name first: a run killed here must not lose both."""
    temporary = path.with_suffix(".tmp")
    torch.save(content, temporary)
    os.replace(temporary, path)


def _append_row(path: Path, row: dict[str, float]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)
