"""Trains a detector: plain functions, one pass over the radiographs after another.

A run keeps its checkpoint and curves in `run_folder`; when it ends, weights and model
card are written together to `output`. Treatments and teeth may be learned in one run:
the heads share the backbone, and each is published as a detector of its own.
"""

from __future__ import annotations

import copy
import math
import random as python_random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from dentalviewer.detection.frames.locator import POLARITY_WEIGHT, new_locator
from dentalviewer.detection.inference.weights import as_stored, options_of
from dentalviewer.detection.networks.architectures import (
    ARCHITECTURES,
    PanoramicDetector,
)
from dentalviewer.detection.sets.pictures import Pictures, require_readable
from dentalviewer.detection.training.batches import (
    count_batches,
    made_ahead,
    make_batches,
)
from dentalviewer.detection.training.checkpoints import (
    CHART_FILE,
    CURVES_FILE,
    Row,
    Run,
    candidates_for,
    digest_of_faults,
    keep_best,
    keep_some,
    keep_start,
    read_checkpoint,
    read_curves,
    require_no_checkpoint,
    restore,
    save_checkpoint,
    write_curves,
)
from dentalviewer.detection.training.counting import BAR_FORMAT, counted
from dentalviewer.detection.training.failures import nothing_gained
from dentalviewer.detection.training.fine_tuning import (
    Starts,
    borrowed_locator,
    carry_over,
    is_as_carried_over,
    origins_of,
    read_starts,
)
from dentalviewer.detection.training.learned import (
    learned_now,
    notes_on_other_data,
    with_earlier,
)
from dentalviewer.detection.training.learning import train_one_epoch
from dentalviewer.detection.training.lesson import Lesson, prepare_lesson
from dentalviewer.detection.training.pace import Pace, paced, require_time
from dentalviewer.detection.training.places import make_run_folder, require_places
from dentalviewer.detection.training.precision import mixed_precision
from dentalviewer.detection.training.provenance import Making, command_typed
from dentalviewer.detection.training.publication import cards_there, publish
from dentalviewer.detection.training.settings_kept import notes_on_few_to_choose_by
from dentalviewer.detection.training.soup import Weights, greedy_soup, trials
from dentalviewer.detection.training.team import Team, joined_team
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.detection.training.validation import validate
from dentalviewer.errors import ModelError
from dentalviewer.evaluation.charts import draw_learning_curves


def train(config: TrainingConfig) -> Path:
    """Train as configured; returns the folder with weights.safetensors and card.json.

    Under torchrun all its processes train together, and the first one writes. Raises
    DatasetError or AnnotationFileError if the data cannot be used, ModelError if a
    checkpoint or the detector to start from cannot, the disk is full or the time ends
    before the first epoch, and TrainingDiverged if the loss is no longer a number.
    """
    with joined_team() as team:
        started = time.monotonic()
        team.shared(partial(require_time, config))
        _seed(config)
        starts = read_starts(config)
        if config.leading in starts:
            card = starts[config.leading].card
            config = replace(
                config,
                architecture=card.architecture,
                architecture_options=options_of(card) | {**config.architecture_options},
            )
        saved = team.shared(partial(_saved, config))
        team.shared(partial(require_places, config))
        there = cards_there(config)
        locator = borrowed_locator(config, starts)
        if saved is not None and saved["locator"] is not None:
            knows_inverted = POLARITY_WEIGHT in saved["locator"]
            locator = new_locator(knows_inverted=knows_inverted)
            locator.load_state_dict(saved["locator"])
        lesson = prepare_lesson(
            config,
            locator.eval() if locator else None,
            starts=starts,
            shared=team.shared,
        )
        team.shared(partial(make_run_folder, config))
        if team.leads:
            _tell(lesson)
        run = _begin(config, lesson, starts, team)
        if saved is not None:
            restore(run, saved, lesson, config)
            # The minutes of another evening count.
            started -= run.seconds_used
        pace = paced(config, started)
        config = pace.config
        if saved is not None:
            run.progress = pace.share_done(run.epoch)
        pictures = Pictures(lesson.validation[config.leading])
        require_readable(pictures)
        _train_epochs(run, pace, lesson, pictures, team)
        _require_an_epoch(run, config)
        if team.leads:
            # Measured as exactly as a processor computes.
            with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
                _publish(run, config, lesson, starts, pictures, there)
        # The others stay until the first has written, or torchrun would end it.
        team.agreed(1)
    return config.outputs[config.leading]


def _saved(config: TrainingConfig) -> dict[str, Any] | None:
    """The checkpoint of the run that is resumed, None for a new one."""
    if config.resume:
        return read_checkpoint(config.run_folder)
    require_no_checkpoint(config.run_folder)
    return None


def _require_an_epoch(run: Run, config: TrainingConfig) -> None:
    """Or the detector that it started from would be published as a new one."""
    if not run.epoch:
        fault = "no epoch was finished in the time that there was: nothing to publish"
        raise ModelError(config.outputs[config.leading], fault)


def _tell(lesson: Lesson) -> None:
    for note in lesson.notes:
        print(f"  {note}")
    for name, dataset in lesson.training.items():
        held = len(lesson.validation[name].samples)
        print(f"{name}: {len(dataset.samples)} radiographs, {held} to judge by")


def _train_epochs(
    run: Run, pace: Pace, lesson: Lesson, pictures: Pictures, team: Team
) -> None:
    config = pace.config
    if not run.epoch and team.agreed(_is_over(run, pace)):
        return  # All of the time went by before; what follows takes minutes more.
    rows = read_curves(config, run.epoch) if config.resume and team.leads else []
    forward: nn.Module = run.network
    if team.size > 1:
        forward = DistributedDataParallel(run.network)
    if config.starts and not rows and team.leads:
        # What was there before is kept where no epoch does better.
        # One that is resumed without its curves has gone on from there long since.
        if not run.epoch:
            keep_start(run, config.run_folder)
        rows.append(_measured(run, {}, config, lesson, pictures))
    now = {name: learned_now(config, lesson, name) for name in config.label_sets}
    if team.leads:
        for note in notes_on_other_data(now, run.learned):
            print(f"  {note}", flush=True)
    with _progress_bar(run, pace, team) as bar:
        while not team.agreed(_is_over(run, pace)):
            _seed_epoch(config, run.epoch, team)
            progress = _progress(pace, run.epoch, lesson, team, bar)
            losses = train_one_epoch(
                run,
                made_ahead(make_batches(lesson, config, run.epoch, team)),
                average_decay=config.average_decay,
                cycles=config.cycles,
                progress=progress,
                forward=forward,
                precision=mixed_precision(team.device, wanted=config.mixed_precision),
            )
            before, run.progress = run.progress, progress(math.inf)
            run.epoch += 1
            if run.cycles[-1:] != (config.cycle,):
                run.cycles = (*run.cycles, config.cycle)
            run.learned = {
                name: with_earlier(learned, run.learned.get(name, ()))
                for name, learned in now.items()
            }
            if team.leads:
                rows.append(_measured(run, losses, config, lesson, pictures))
                write_curves(config, rows)
                keep_some(run, before, config)
                if config.deadline_minutes is not None:
                    run.seconds_used = pace.seconds
                save_checkpoint(run, lesson, config)
                bar.set_postfix_str(_standing(run, config, losses))


def _measured(
    run: Run, losses: Row, config: TrainingConfig, lesson: Lesson, pictures: Pictures
) -> Row:
    """The row of the curves; the best weights are kept."""
    scores = validate(run.average, lesson, pictures, config.input_size)
    keep_best(run, scores, config.run_folder)
    return {"epoch": run.epoch, **losses, **scores}


def _standing(run: Run, config: TrainingConfig, losses: Row) -> str:
    best = ", ".join(f"{score:.3f} ({name})" for name, score in run.best.items())
    loss = sum(losses.values())
    return f"epoch {run.epoch} of {config.epochs}, loss {loss:.3f}, best score {best}"


def _is_over(run: Run, pace: Pace) -> bool:
    if run.epoch >= pace.config.epochs or pace.time_used >= 1:
        return True
    waited, patience = run.epoch - run.best_epoch, pace.config.patience
    return patience is not None and waited >= patience


def _publish(
    run: Run,
    config: TrainingConfig,
    lesson: Lesson,
    starts: Starts,
    pictures: Pictures,
    there: Mapping[Path, bytes | None],
) -> None:
    average = run.average
    assert isinstance(average, PanoramicDetector)
    for name in config.label_sets:
        epochs = _load_chosen(average, name, config, lesson, pictures)
        origin = starts[name].card if name in starts else None
        if origin is not None and is_as_carried_over(name, starts, average):
            epochs = 0
        # Of a run that began before they were kept, the last is known.
        cycles = run.cycles or (config.cycle,)
        making = Making(epochs, run.commands, cycles, run.learned.get(name, ()))
        if origin is not None and not epochs:
            # First, for whoever stops it once the detector is written has heard it.
            print(nothing_gained(lesson, name, origin), flush=True)
        else:
            for note in notes_on_few_to_choose_by(lesson.validation[name], origin):
                print(f"  {note}", flush=True)
        publish(
            config, lesson, average, name, pictures, making, there=there, origin=origin
        )
    folder = config.run_folder
    draw_learning_curves(folder / CHART_FILE, folder / CURVES_FILE)


def _load_chosen(
    network: PanoramicDetector,
    name: str,
    config: TrainingConfig,
    lesson: Lesson,
    pictures: Pictures,
) -> int:
    """The weights to publish for a label set; of how many epochs they are the mean."""
    asked = replace(
        lesson,
        labels={name: lesson.labels[name]},
        validation={name: lesson.validation[name]},
    )

    candidates = candidates_for(name, config.run_folder)
    words = f"{name}: choosing among the weights of several epochs"
    with counted(words, trials(len(candidates))) as one_more:

        def judge(weights: Weights) -> float:
            network.load_state_dict(as_stored(weights))
            scores = validate(network.alone(name), asked, pictures, config.input_size)
            one_more()
            return scores[f"{name}_score"]

        chosen, count = greedy_soup(candidates, judge)
    network.load_state_dict(as_stored(chosen))
    return count


def _begin(config: TrainingConfig, lesson: Lesson, starts: Starts, team: Team) -> Run:
    backbone = None if starts else config.backbone
    network = ARCHITECTURES[config.architecture](
        lesson.plans, backbone_weights=backbone, **config.architecture_options
    )
    carry_over(starts, network)
    network = network.to(team.device).to(memory_format=torch.channels_last)
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
    rates = [rate for rate, _ in groups]
    return Run(
        network,
        average,
        optimizer,
        rates,
        commands=(command_typed(),),
        label_faults=digest_of_faults(config.label_faults),
        origins=origins_of(config, starts),
    )


def _seed(config: TrainingConfig) -> None:
    python_random.seed(config.seed)
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)


def _seed_epoch(config: TrainingConfig, epoch: int, team: Team) -> None:
    """A resumed run samples proposals as it would have; each process its own."""
    seeds = np.random.SeedSequence([config.seed, epoch, team.rank])
    torch.manual_seed(int(seeds.generate_state(1)[0]))


def _progress_bar(run: Run, pace: Pace, team: Team) -> tqdm:
    # Time that went by before the first epoch is no pace to tell the rest by.
    begun = max(run.progress, pace.time_used)
    return tqdm(
        total=1.0,
        initial=min(begun, 1.0),
        bar_format=BAR_FORMAT,
        disable=not team.leads,
        postfix="",
    )


def _progress(
    pace: Pace, epoch: int, lesson: Lesson, team: Team, bar: tqdm
) -> Callable[[float], float]:
    batches = count_batches(lesson, pace.config, epoch, team)

    def progress(batches_done: float) -> float:
        epochs_done = epoch + min(batches_done / batches, 1.0)
        # Clocks differ, and learning rates may not.
        done = team.agreed(pace.share_done(epochs_done))
        bar.update(max(min(done, 1.0) - bar.n, 0.0))
        return done

    return progress
