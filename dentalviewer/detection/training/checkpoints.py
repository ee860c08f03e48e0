"""What a run keeps on disk while it goes on: checkpoint, best weights, curves."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dentalviewer.detection.cards.known_radiographs import digests_of_files
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.training.learned import Learned, learned_in
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import ModelError
from dentalviewer.storage.disk import patiently
from dentalviewer.storage.files import write_atomically

CHECKPOINT_FILE = "checkpoint.pt"
CURVES_FILE = "curves.csv"
CHART_FILE = "curves.png"
# The weights of about so many epochs of a run are kept to be averaged at its end.
KEPT_EPOCHS = 8

Row = Mapping[str, float]


@dataclass(slots=True)
class Run:
    """The moving parts of a run: what a checkpoint holds.

    `best` is the best score of each label set, `best_epoch` when the last of them was
    reached. `progress` is how much of the run was done by the end of the last epoch, 0
    to 1; `seconds_used` how much of its time, if there is a deadline. `commands` are
    those that began it and went on with it, `cycles` what their schedules were over, as
    far as they got to finish an epoch, `learned` what each label set was learned from
    so far, the newest first, `label_faults` the digest of the list of label faults as
    it was when the run began or went on, "none" without one, `origins` which weights
    it started from.
    """

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    highest_rates: list[float]
    epoch: int = 0
    step: int = 0
    best: dict[str, float] = field(default_factory=dict)
    best_epoch: int = 0
    progress: float = 0.0
    seconds_used: float = 0.0
    commands: tuple[str, ...] = ()
    cycles: tuple[str, ...] = ()
    learned: dict[str, tuple[Learned, ...]] = field(default_factory=dict)
    label_faults: str = "none"
    origins: Mapping[str, str] = field(default_factory=dict)


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """Raises ModelError if there is none or it is damaged."""
    return _loaded(
        folder / CHECKPOINT_FILE,
        missing="there is no run to resume here",
        way_on="so the run cannot be resumed. Begin anew: in the window by discarding"
        " this training, else with another --run-folder, or without --resume once this"
        " file is deleted",
    )


def require_no_checkpoint(folder: Path) -> None:
    """Raises ModelError rather than that the work of hours is lost."""
    path = folder / CHECKPOINT_FILE
    if path.exists():
        fault = "a run was begun here: add --resume to go on with it, or delete it"
        raise ModelError(path, fault)


def save_checkpoint(run: Run, lesson: Lesson, config: TrainingConfig) -> None:
    """Raises ModelError if it cannot be saved; the one before is then still there."""
    _save(
        {
            "network": run.network.state_dict(),
            "average": run.average.state_dict(),
            "optimizer": run.optimizer.state_dict(),
            "locator": lesson.locator.state_dict() if lesson.locator else None,
            "lesson": _described(lesson),
            "settings": _settings(run, config),
            "learned": {
                name: [asdict(each) for each in learned]
                for name, learned in run.learned.items()
            },
            "epoch": run.epoch,
            "step": run.step,
            "best": run.best,
            "best_epoch": run.best_epoch,
            "seconds_used": run.seconds_used,
            "commands": list(run.commands),
            "cycles": list(run.cycles),
        },
        config.run_folder / CHECKPOINT_FILE,
    )


def restore(
    run: Run, saved: Mapping[str, Any], lesson: Lesson, config: TrainingConfig
) -> None:
    """Bring a run to where it was saved; its progress is for the caller to tell.

    Raises ModelError if it was another's, or began with other settings.
    """
    path = config.run_folder / CHECKPOINT_FILE
    # Before there was a choice, a run had one cycle.
    before = {"the number of cycles": 1, **saved.get("settings", {})}
    for name, value in _settings(run, config).items():
        if before.get(name, value) != value:
            fault = f"it was begun with {name} {before[name]}, not {value}"
            raise ModelError(
                path, f"cannot be resumed from: {fault}; give the same again"
            )
    if saved.get("lesson", _described(lesson)) != _described(lesson):
        fault = "was made with other data or another detector to start from"
        raise ModelError(path, f"cannot be resumed from: it {fault}")
    try:
        run.learned = learned_in(saved, config, lesson)
        run.network.load_state_dict(saved["network"])
        run.average.load_state_dict(saved["average"])
        run.optimizer.load_state_dict(saved["optimizer"])
        run.epoch, run.step = saved["epoch"], saved["step"]
        run.best = dict(saved["best"])
        run.best_epoch = saved.get("best_epoch", run.epoch)
        run.seconds_used = saved.get("seconds_used", 0.0)
        run.cycles = tuple(saved.get("cycles", ()))
        earlier = tuple(saved.get("commands", ()))
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise ModelError(path, f"cannot be resumed from: {error}") from error
    if any(_would_be_judged_by_known(run, lesson, name) for name in lesson.validation):
        fault = "has learned from radiographs that it would now be judged by"
        raise ModelError(path, f"cannot be resumed from: it {fault}")
    run.commands = tuple(dict.fromkeys((*earlier, *run.commands)))


def _would_be_judged_by_known(run: Run, lesson: Lesson, name: str) -> bool:
    """Copies that the lesson itself has on both sides are as they were."""
    learned = {d for each in run.learned.get(name, ()) for d in each.radiographs}
    judged, taught = (
        digests_of_files(sample.path for sample in datasets[name].samples)
        for datasets in (lesson.validation, lesson.training)
    )
    return bool(learned & judged - taught)


def _described(lesson: Lesson) -> dict[str, Any]:
    """What has to be the same for the weights to mean the same."""
    return {
        name: {
            "labels": list(lesson.labels[name]),
            **asdict(plan),
            "default_box_sizes": [list(size) for size in plan.default_box_sizes],
        }
        for name, plan in lesson.plans.items()
    }


def _settings(run: Run, config: TrainingConfig) -> dict[str, Any]:
    """What has to be the same for a run to be one, and how it is called in faults."""
    assert isinstance(run.network, PanoramicDetector)
    options = run.network.options.items()
    return {
        **run.origins,
        "the architecture": config.architecture,
        **{name.replace("_", " "): value for name, value in options},
        "the input size": str(config.input_size),
        "the seed": config.seed,
        "the learning rate": config.learning_rate,
        "the backbone's learning rate": config.backbone_learning_rate,
        "the batch size": config.batch_size,
        "the number of cycles": config.cycles,
        "the label faults": run.label_faults,
        **{
            f"the augmentation {name}": "on" if is_on else "off"
            for name, is_on in asdict(config.augmentation).items()
        },
    }


def digest_of_faults(label_faults: Path | None) -> str:
    """Of what a list holds, for it may have been added to; "none" without one.

    Raises ModelError if it cannot be read.
    """
    if label_faults is None:
        return "none"
    try:
        return hashlib.sha256(label_faults.read_bytes()).hexdigest()[:8]
    except OSError as error:
        raise ModelError(label_faults, f"cannot be read: {error.strerror}") from error


def keep_best(run: Run, scores: Row, folder: Path) -> None:
    """Save the averaged weights for each label set that they are better at."""
    for name in (TREATMENTS, TEETH):
        if f"{name}_score" not in scores:
            continue
        score = scores[f"{name}_score"]
        if score > run.best.get(name, -1.0):
            run.best[name] = score
            run.best_epoch = run.epoch
            _save(run.average.state_dict(), folder / f"best_{name}.pt")


def keep_some(run: Run, before: float, config: TrainingConfig) -> None:
    """Save the averaged weights after the epoch in which another cycle, or share of the
    only one, is done.

    `before` is the progress by the end of the epoch before: a deadline ends a run long
    before its epochs do, so that these cannot be counted off.
    """
    shares = KEPT_EPOCHS if config.cycles == 1 else config.cycles
    ended, ended_before = (int(p * shares + 1e-9) for p in (run.progress, before))
    if ended > ended_before:
        path = config.run_folder / f"kept_{run.epoch:04}.pt"
        _save(run.average.state_dict(), path)


def keep_start(run: Run, folder: Path) -> None:
    """Save the weights that a run starts from, as `keep_some` does: the mean of these
    and of later ones holds on other radiographs what later ones forget (Wortsman et
    al., CVPR 2022).
    """
    _save(run.average.state_dict(), folder / "kept_0000.pt")


def forget_kept(folder: Path) -> None:
    """Of an earlier run, which may have been of another network.

    Raises ModelError if they cannot be removed: they would be averaged with this run's.
    """
    for path in _kept(folder):
        try:
            patiently(path.unlink)
        except OSError as error:
            fault = f"of an earlier run, cannot be removed: {error.strerror}"
            raise ModelError(path, fault) from error


def candidates_for(label_set: str, folder: Path) -> list[dict[str, Tensor]]:
    """The best weights of a run and those that were kept along the way, each once.

    Raises ModelError if no epoch was finished or a file is damaged.
    """
    best = _weights(folder / f"best_{label_set}.pt")
    kept = (_weights(path) for path in _kept(folder))
    return [best, *(weights for weights in kept if not _are_equal(weights, best))]


def _are_equal(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(tensor, other[name]) for name, tensor in one.items()
    )


def _kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("kept_*.pt"))


def _weights(path: Path) -> dict[str, Tensor]:
    if path.name.startswith("best_"):
        way_on = "and these were the best weights of the run: begin anew"
    else:
        way_on = "and these were the weights of one epoch: delete it, and --resume"
    missing = "no epoch was finished: nothing to publish"
    return _loaded(path, missing=missing, way_on=way_on)


def _loaded(path: Path, *, missing: str, way_on: str) -> dict[str, Any]:
    """What was saved there. Raises ModelError, with these words if it is not there, or
    if it is damaged.
    """
    try:
        saved = torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError as error:
        raise ModelError(path, missing) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(path, f"cannot be read: {reason}") from error
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(path, f"is damaged, {way_on}") from error
    if not isinstance(saved, dict):
        raise ModelError(path, f"is damaged, {way_on}")
    return dict(saved)


def read_curves(config: TrainingConfig, epoch: int) -> list[Row]:
    """The rows up to `epoch`: a run that was killed may have written one more."""
    path = config.run_folder / CURVES_FILE
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                {name: _number(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(path, f"not learning curves: {error}") from error
    return [row for row in rows if row.get("epoch", math.inf) <= epoch]


def _number(text: str) -> float:
    """As it was written: epochs are whole."""
    return int(text) if text.isdecimal() else float(text)


def write_curves(config: TrainingConfig, rows: Sequence[Row]) -> None:
    """Raises ModelError if they cannot be saved."""
    text = io.StringIO(newline="")
    columns = dict.fromkeys(name for row in reversed(rows) for name in row)
    writer = csv.DictWriter(text, fieldnames=list(columns))
    writer.writeheader()
    writer.writerows(rows)
    path = config.run_folder / CURVES_FILE
    write_atomically(path, text.getvalue().encode(), error=ModelError)


def _save(content: Mapping[str, Any], path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_atomically(path, buffer.getvalue(), error=ModelError)
