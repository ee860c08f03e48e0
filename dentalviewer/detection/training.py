"""Trains a detector: plain functions, one pass over the radiographs after another.

A run keeps its checkpoint and curves in `run_folder`; when it ends, weights and model
card are written together to `output`. Treatments and teeth may be learned in one run:
the heads share the backbone, and each is published as a detector of its own.
"""

from __future__ import annotations

import copy
import csv
import math
import os
import pickle
import random as python_random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from dentalviewer.dentition import Tooth
from dentalviewer.detection.arch import Arch, fit_arch
from dentalviewer.detection.architectures import ARCHITECTURES, STRIDES, HeadPlan
from dentalviewer.detection.augmentation import Augmentation, Boxes, Example, augment
from dentalviewer.detection.dataset import (
    TEETH,
    TREATMENTS,
    Dataset,
    Sample,
    has_label_set,
    read_dataset,
    read_pixels,
)
from dentalviewer.detection.locator import ArchLocator, locate
from dentalviewer.detection.locator_training import train_locator
from dentalviewer.detection.losses import Target
from dentalviewer.detection.torch_detector import (
    PanoramicNetwork,
    find_candidates,
    to_images,
)
from dentalviewer.errors import DatasetError, ModelError, TrainingDiverged
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import average_precision, mean_ap50
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

# Labels on fewer than half of the radiographs are shown more often, by the square root
# of how rare they are (repeat factor sampling, Gupta et al., CVPR 2019).
REPEAT_THRESHOLD = 0.5
CLIP_GRADIENT_NORM = 10.0
WARM_UP_SHARE = 0.06
BOX_LOSS_WEIGHT = 2.0
# Rarer than on this share of the radiographs, a label's findings are transplanted.
RARE_SHARE = 0.15
# A radiograph is kept at no more than this many times the resolution of the frame.
SPARE_RESOLUTION = 1.4

INPUT_SIZE = Size(704, 384)
DEFAULT_BOXES: Mapping[str, int] = {TREATMENTS: 4, TEETH: 2}


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides how a run goes.

    `data` is a folder that read_dataset takes; `backbone` the safetensors file of
    ImageNet weights, None for random ones; `run_folder` keeps checkpoint and curves.
    With `teeth_output`, teeth are learned along with treatments. `locator` is a folder
    of a detector whose arch locator is used; without it one is trained where the teeth
    are annotated, and else the whole radiograph is shown. Learning rates are the
    highest of a one-cycle schedule (Smith & Topin 2019), which ends after `epochs` or,
    where that is sooner, `deadline_minutes` after the start.
    """

    data: Path
    output: Path
    run_folder: Path
    teeth_output: Path | None = None
    architecture: str = "ssd_mobilenet"
    backbone: Path | None = None
    input_size: Size = INPUT_SIZE
    epochs: int = 100
    locator_epochs: int = 40
    batch_size: int = 6
    learning_rate: float = 1e-3
    backbone_learning_rate: float = 4e-4
    weight_decay: float = 0.02
    average_decay: float = 0.998
    seed: int = 0
    threads: int = 2
    resume: bool = False
    deadline_minutes: float | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def label_sets(self) -> tuple[str, ...]:
        return (TREATMENTS, TEETH) if self.teeth_output else (TREATMENTS,)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a run learns from and is judged by; datasets by label set."""

    training: Mapping[str, Dataset]
    validation: Mapping[str, Dataset]
    labels: Mapping[str, tuple[str, ...]]
    plans: Mapping[str, HeadPlan]
    locator: ArchLocator | None
    examples: Sequence[Example]
    donors: Sequence[tuple[Example, int]]


@dataclass(slots=True)
class Run:
    """The moving parts of a run: what a checkpoint holds."""

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    highest_rates: list[float]
    epoch: int = 0
    step: int = 0
    best: dict[str, float] = field(default_factory=dict)


def fit_default_boxes(
    sizes: NDArray[np.float64], count: int, seed: int, *, first_level: int = 0
) -> tuple[tuple[float, float], ...]:
    """`count` default box sizes (width, height), in strides, that suit (n, 2) `sizes`.

    Each size, in pixels of the network's frame, is divided by the stride of the level
    that would see it (the root of its area between 3 and 6 strides); k-means then
    groups them by 1 - IoU (Redmon & Farhadi, CVPR 2017). Raises ValueError if there are
    fewer sizes than `count`.
    """
    if len(sizes) < count:
        raise ValueError(f"{len(sizes)} boxes are too few to fit {count} sizes")
    strides = np.array(STRIDES[first_level:])
    levels = np.floor(np.log2(np.sqrt(sizes.prod(axis=1)) / strides[0] / 3))
    levels = levels.clip(0, len(strides) - 1).astype(int)
    points = sizes / strides[levels][:, None]
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


def prepare_lesson(config: TrainingConfig, locator: ArchLocator | None) -> Lesson:
    """Read everything a run needs; trains a locator if there is none and it can be.

    Raises DatasetError if the data cannot be used.
    """
    training = {
        n: read_dataset(config.data, "train", label_set=n) for n in config.label_sets
    }
    validation = {
        n: read_dataset(config.data, "val", label_set=n) for n in config.label_sets
    }
    for name, dataset in training.items():
        if dataset.labels != validation[name].labels:
            raise DatasetError(
                validation[name].path, f"its labels differ from {dataset.path}"
            )
    pictures = {
        sample.path: read_pixels(sample) for sample in training[TREATMENTS].samples
    }
    arches = _annotated_arches(config.data)
    if locator is None and arches:
        locator = train_locator(
            [(pictures[p], a) for p, a in arches.items() if p in pictures],
            epochs=config.locator_epochs,
            seed=config.seed,
        )
    windows = {
        path: _window(pixels, arches.get(path), locator)
        for path, pixels in pictures.items()
    }
    examples = _examples(config, training, pictures, windows)
    return Lesson(
        training,
        validation,
        {name: dataset.labels for name, dataset in training.items()},
        _plans(config, training, examples),
        locator,
        examples,
        find_donors(examples),
    )


def _annotated_arches(folder: Path) -> dict[Path, Arch]:
    if not has_label_set(folder, TEETH):
        return {}
    dataset = read_dataset(folder, "train", label_set=TEETH)
    arches = {}
    for sample in dataset.samples:
        teeth = {
            Tooth.from_fdi(int(dataset.labels[b.label_index])): b.box
            for b in sample.boxes
            if not b.uncertain
        }
        if teeth:
            arches[sample.path] = fit_arch(teeth, sample.size.width)
    return arches


def _window(
    pixels: NDArray[np.uint8], arch: Arch | None, locator: ArchLocator | None
) -> Box:
    if arch is not None:
        return arch.window
    if locator is not None:
        return locate(locator, pixels).window
    height, width = pixels.shape
    return Box(0, 0, width, height)


def _examples(
    config: TrainingConfig,
    training: Mapping[str, Dataset],
    pictures: Mapping[Path, NDArray[np.uint8]],
    windows: Mapping[Path, Box],
) -> list[Example]:
    samples = {
        name: {sample.path: sample for sample in dataset.samples}
        for name, dataset in training.items()
    }
    mirrored = {}
    if TEETH in training:
        numbers = list(training[TEETH].labels)
        mirrored[TEETH] = np.array(
            [numbers.index(str(Tooth.from_fdi(int(n)).mirrored())) for n in numbers]
        )
    examples = []
    for path, pixels in pictures.items():
        window = windows[path]
        needed = SPARE_RESOLUTION * config.input_size.width / window.width
        factor = min(needed, 1.0)
        height, width = (round(side * factor) for side in pixels.shape)
        if factor < 1:
            pixels = np.asarray(
                cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
            )
        boxes = {
            name: _boxes(by_path.get(path), factor) for name, by_path in samples.items()
        }
        examples.append(Example(pixels, window.scaled(factor, factor), boxes, mirrored))
    return examples


def _boxes(sample: Sample | None, factor: float) -> Boxes:
    found = sample.boxes if sample else ()
    corners = np.array([b.box.corners for b in found], np.float32).reshape(-1, 4)
    return Boxes(
        corners * np.float32(factor),
        np.array([b.label_index for b in found], np.int64),
        np.array([b.uncertain for b in found], np.bool_),
    )


def _plans(
    config: TrainingConfig,
    training: Mapping[str, Dataset],
    examples: Sequence[Example],
) -> dict[str, HeadPlan]:
    plans = {}
    for name, dataset in training.items():
        # Teeth are large: the finest level would only cost time.
        first_level = 1 if name == TEETH else 0
        sizes = []
        for example in examples:
            window = example.window
            fit = min(
                config.input_size.width / window.width,
                config.input_size.height / window.height,
            )
            corners = example.boxes[name].corners
            sizes.append((corners[:, 2:] - corners[:, :2]) * fit)
        try:
            default_boxes = fit_default_boxes(
                np.concatenate(sizes).astype(np.float64),
                DEFAULT_BOXES[name],
                config.seed,
                first_level=first_level,
            )
        except ValueError as error:
            raise DatasetError(dataset.path, str(error)) from error
        plans[name] = HeadPlan(
            len(dataset.labels), default_boxes, first_level, sees_place=name == TEETH
        )
    return plans


def find_donors(examples: Sequence[Example]) -> list[tuple[Example, int]]:
    """Findings of rare labels, each with the example it may be transplanted from."""
    found = [example.boxes[TREATMENTS] for example in examples]
    labels = set(np.concatenate([f.label_indices for f in found]).tolist())
    rare = {
        label
        for label in labels
        if np.mean([label in f.label_indices for f in found]) < RARE_SHARE
    }
    return [
        (example, index)
        for example in examples
        for index, label in enumerate(example.boxes[TREATMENTS].label_indices.tolist())
        if label in rare
    ]


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
    lesson: Lesson, config: TrainingConfig, random: np.random.Generator
) -> Iterator[tuple[Tensor, list[dict[str, Target]]]]:
    """Augmented images (N, 3, H, W) and their targets, one epoch of them."""
    order = epoch_order(lesson.examples, random)
    for start in range(0, len(order), config.batch_size):
        varied = [
            augment(
                lesson.examples[index],
                config.input_size,
                random,
                donors=lesson.donors,
                plan=config.augmentation,
            )
            for index in order[start : start + config.batch_size]
        ]
        yield (
            to_images([example.pixels for example in varied]),
            [_targets(example) for example in varied],
        )


def _targets(example: Example) -> dict[str, Target]:
    return {
        name: Target(
            torch.from_numpy(boxes.corners),
            torch.from_numpy(boxes.label_indices),
            torch.from_numpy(boxes.ignored),
        )
        for name, boxes in example.boxes.items()
    }


def train_one_epoch(
    run: Run,
    batches: Iterator[tuple[Tensor, list[dict[str, Target]]]],
    *,
    average_decay: float,
    progress: Callable[[float], float],
) -> dict[str, float]:
    """One pass over the batches; returns the mean of each loss.

    `progress` tells from the batches done in this epoch how much of the whole run is
    done, 0 to 1, which sets the learning rate. Raises TrainingDiverged as soon as a
    loss is not a finite number.
    """
    run.network.train()
    sums: dict[str, float] = {}
    count = 0
    for images, targets in batches:
        losses = run.network(images, targets)
        loss = sum(
            value * (BOX_LOSS_WEIGHT if name.endswith("box_loss") else 1.0)
            for name, value in losses.items()
        )
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


def train(config: TrainingConfig, *, locator: ArchLocator | None = None) -> Path:
    """Train as configured; returns the folder with weights.safetensors and card.json.

    `locator` finds the arches; without one it is trained where teeth are annotated.
    Raises DatasetError if the data cannot be used, ModelError if the checkpoint to
    resume from cannot, TrainingDiverged if the loss is no longer a number.
    """
    started = time.monotonic()
    _seed(config)
    config.run_folder.mkdir(parents=True, exist_ok=True)
    checkpoint = config.run_folder / "checkpoint.pt"
    saved = _read_checkpoint(checkpoint) if config.resume else None
    if saved is not None and saved["locator"] is not None:
        locator = ArchLocator()
        locator.load_state_dict(saved["locator"])
    lesson = prepare_lesson(config, locator.eval() if locator else None)
    run = _begin(config, lesson)
    if saved is not None:
        _restore(run, saved, checkpoint)
    pictures = [read_pixels(s) for s in lesson.validation[TREATMENTS].samples]
    with tqdm(total=config.epochs, initial=run.epoch, unit="epoch") as progress:
        while run.epoch < config.epochs and not _is_late(config, started):
            # Seeded by the epoch, so that a resumed run sees what it would have seen.
            random = np.random.default_rng([config.seed, run.epoch])
            losses = train_one_epoch(
                run,
                make_batches(lesson, config, random),
                average_decay=config.average_decay,
                progress=_progress(config, run.epoch, len(lesson.examples), started),
            )
            run.epoch += 1
            scores = validate(run.average, lesson, pictures, config.input_size)
            _keep_best(run, scores, config.run_folder)
            _save(_checkpoint(run, lesson), checkpoint)
            _append_row(
                config.run_folder / "curves.csv",
                {"epoch": run.epoch, **losses, **scores},
            )
            progress.set_postfix(loss=sum(losses.values()), **run.best)
            progress.update()
    from dentalviewer.detection.publishing import publish

    for name in config.label_sets:
        path = config.run_folder / f"best_{name}.pt"
        run.average.load_state_dict(torch.load(path, weights_only=True))
        publish(config, lesson, run.average, name, pictures)
    return config.output


def validate(
    network: nn.Module,
    lesson: Lesson,
    pictures: Sequence[NDArray[np.uint8]],
    input_size: Size,
) -> dict[str, float]:
    """COCO AP and AP50 on the validation radiographs, for a row of the curves."""
    answers = candidates_of(network, lesson, pictures, input_size)
    row = {}
    for name, dataset in lesson.validation.items():
        scores = average_precision(readings(dataset), answers[name], dataset.labels)
        row[f"{name}_mean_ap50"] = mean_ap50(scores)
        row[f"{name}_mean_ap"] = float(np.mean([s.ap for s in scores.values()]))
        if name == TREATMENTS:
            row |= {f"ap50_{label}": score.ap50 for label, score in scores.items()}
            row |= {f"ap_{label}": score.ap for label, score in scores.items()}
    return row


def candidates_of(
    network: nn.Module,
    lesson: Lesson,
    pictures: Sequence[NDArray[np.uint8]],
    input_size: Size,
) -> dict[str, list[tuple[Finding, ...]]]:
    """What each head finds on each picture, as the published detector would."""
    whole = PanoramicNetwork(network, lesson.locator).eval()
    answers: dict[str, list[tuple[Finding, ...]]] = {name: [] for name in lesson.labels}
    for picture in pictures:
        found = find_candidates(
            whole, picture, labels=lesson.labels, input_size=input_size
        )
        for name, findings in found.items():
            answers[name].append(findings)
    return answers


def readings(dataset: Dataset) -> list[Reading]:
    """The annotations of a dataset as the evaluation takes them."""
    found = []
    for sample in dataset.samples:
        pairs = [
            (Finding(b.box, dataset.labels[b.label_index]), b.uncertain)
            for b in sample.boxes
        ]
        found.append(
            Reading(
                sample.path.name,
                sample.size,
                tuple(finding for finding, uncertain in pairs if not uncertain),
                tuple(finding for finding, uncertain in pairs if uncertain),
            )
        )
    return found


def _keep_best(run: Run, scores: Mapping[str, float], folder: Path) -> None:
    for name in (TREATMENTS, TEETH):
        if f"{name}_mean_ap50" not in scores:
            continue
        # Rare labels make AP50 jump; AP tells better which of two is the better.
        score = (scores[f"{name}_mean_ap50"] + scores[f"{name}_mean_ap"]) / 2
        if score > run.best.get(name, -1.0):
            run.best[name] = score
            _save(run.average.state_dict(), folder / f"best_{name}.pt")


def _begin(config: TrainingConfig, lesson: Lesson) -> Run:
    network = ARCHITECTURES[config.architecture](
        lesson.plans, backbone_weights=config.backbone
    ).to(memory_format=torch.channels_last)
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            slow = name.startswith("backbone.blocks.")
            rate = config.backbone_learning_rate if slow else config.learning_rate
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


def _checkpoint(run: Run, lesson: Lesson) -> dict[str, Any]:
    return {
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "locator": lesson.locator.state_dict() if lesson.locator else None,
        "epoch": run.epoch,
        "step": run.step,
        "best": run.best,
    }


def _read_checkpoint(path: Path) -> dict[str, Any]:
    try:
        saved = torch.load(path, weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(path, "there is no run to resume here") from error
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(path, f"cannot be resumed from: {error}") from error
    return dict(saved)


def _restore(run: Run, saved: dict[str, Any], path: Path) -> None:
    try:
        run.network.load_state_dict(saved["network"])
        run.average.load_state_dict(saved["average"])
        run.optimizer.load_state_dict(saved["optimizer"])
        run.epoch, run.step = saved["epoch"], saved["step"]
        run.best = dict(saved["best"])
    except (RuntimeError, KeyError, ValueError) as error:
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
