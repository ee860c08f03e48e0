from __future__ import annotations

import copy
import csv
import json
import math
import os
import pickle
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from dentalviewer import cli
from dentalviewer.arch import ARCH_TEETH
from dentalviewer.curation.training_runs import (
    EPOCHS_UNTIL,
    TrainingPlan,
    TrainingRun,
)
from dentalviewer.dentition import Tooth
from dentalviewer.detection import load_detector
from dentalviewer.detection.augmenting.augmentation import Augmentation
from dentalviewer.detection.augmenting.example import Boxes, Example
from dentalviewer.detection.augmenting.transplantation import Donor
from dentalviewer.detection.augmenting.variations import VARIATIONS
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import encode_card, radiograph_digest
from dentalviewer.detection.cards.model_folder import require_place_for, write_model
from dentalviewer.detection.frames.locator import ArchLocator
from dentalviewer.detection.inference.torch_detector import find_candidates
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.detection.looks import Look, one_look
from dentalviewer.detection.sets.dataset import AnnotatedBox
from dentalviewer.detection.sets.training_data import read_learning_sets
from dentalviewer.detection.training import (
    assessment,
    pace,
    publication,
    training,
    unsought,
    validation,
)
from dentalviewer.detection.training.assessment import Assessment
from dentalviewer.detection.training.batches import (
    Batch,
    count_batches,
    epoch_order,
    made_ahead,
    make_batches,
)
from dentalviewer.detection.training.checkpoints import (
    Run,
    candidates_for,
    save_checkpoint,
)
from dentalviewer.detection.training.fine_tuning import read_starts
from dentalviewer.detection.training.learned import Learned, with_earlier
from dentalviewer.detection.training.learning import rate_factor, update_average
from dentalviewer.detection.training.lesson import Lesson, find_donors, prepare_lesson
from dentalviewer.detection.training.team import Team
from dentalviewer.detection.training.training import train
from dentalviewer.detection.training.training_config import (
    NOT_STATED,
    Rights,
    TrainingConfig,
)
from dentalviewer.detection.training.unsought import Known
from dentalviewer.detection.training.validation import overall
from dentalviewer.errors import DatasetError, ModelError, TrainingDiverged
from dentalviewer.evaluation.average_precision import AveragePrecision
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import read_radiograph
from dentalviewer.study import Finding
from dentalviewer.supervision import SUPERVISED
from tests.detection.conftest import FRAME, card, network, write_faults, write_split
from tests.held_files import FOREVER, held


@pytest.fixture(autouse=True)
def _two_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """To alter what is held out in all ways takes most of a short training's time."""
    few = [each for each in VARIATIONS if each.name in ("inverted", "noisy")]
    monkeypatch.setattr(assessment, "VARIATIONS", few)


@pytest.fixture
def all_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessment, "VARIATIONS", VARIATIONS)


@pytest.fixture
def config(data: Path, tmp_path: Path) -> TrainingConfig:
    """A run of three batches for each of two epochs."""
    return TrainingConfig(
        data=(data,),
        output=tmp_path / "models" / "mine",
        run_folder=tmp_path / "run",
        input_size=FRAME,
        epochs=2,
        batch_size=2,
        threads=1,
    )


class Killed(BaseException):
    """The process is gone: nothing in the program catches this."""


def kill_at(monkeypatch: pytest.MonkeyPatch, function: str, *, call: int) -> None:
    """End the run when it calls one of its steps for the nth time."""
    act = getattr(training, function)
    calls = []

    def until_killed(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == call:
            raise Killed
        return act(*arguments, **options)

    monkeypatch.setattr(training, function, until_killed)


def rows(folder: Path) -> list[dict[str, float]]:
    with (folder / "curves.csv").open(newline="") as file:
        return [
            {name: float(value) for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


def checkpoint(folder: Path) -> dict[str, Any]:
    saved = torch.load(folder / "checkpoint.pt", weights_only=True)
    assert isinstance(saved, dict)
    return saved


def assert_same(first: Any, second: Any) -> None:
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, list):
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        assert first == second


@pytest.mark.usefixtures("all_ways")
def test_a_run_leaves_a_detector_its_curves_and_a_checkpoint(
    config: TrainingConfig, data: Path
) -> None:
    folder = train(
        replace(config, rights=Rights("CC0", "the clinic", ("Misses gold.",)))
    )

    one, two = rows(config.run_folder)
    assert (one["epoch"], two["epoch"]) == (1, 2)
    assert all(math.isfinite(value) for row in (one, two) for value in row.values())
    assert {"treatments_label_loss", "treatments_mean_ap", "ap50_implant"} <= set(one)
    picture = cv2.imread(str(config.run_folder / "curves.png"))
    assert picture is not None
    assert picture.shape[1] > 1000
    assert checkpoint(config.run_folder)["epoch"] == 2
    plan = TrainingPlan("mine", "", str(data), 2)
    assert TrainingRun(plan, config.run_folder, folder).is_published
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json", "weights.safetensors",
    ]  # fmt: skip

    card = read_card(folder)
    assert card.name == "mine"
    assert card.training.data == (
        "data: 5 radiographs with 5 restoration, 5 endodontic treatment, 5 implant"
    )
    assert (card.training.licence, card.training.attribution) == ("CC0", "the clinic")
    assert card.failures[:3] == (
        "Misses gold.",
        "Few to learn from: 5 restoration, 5 endodontic treatment, 5 implant.",
        "Of fewer than 30 held out, the threshold is mostly luck: restoration (2),"
        " endodontic treatment (2), implant (2).",
    )
    assert "these: restoration, endodontic treatment, implant." in card.intended_use
    assert "all of it between black margins" in card.preprocessing
    assert list(card.evaluations)[1:] == [each.name for each in VARIATIONS]
    radiograph = read_radiograph(data / "images" / "val-0.png")
    load_detector(folder).detect(radiograph)


def test_a_run_that_was_killed_goes_on_as_if_it_had_not_been(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    train(config)
    other = replace(config, run_folder=tmp_path / "other")
    with monkeypatch.context() as patched:
        # The curves know of the second epoch then, the checkpoint does not.
        kill_at(patched, "save_checkpoint", call=2)
        with pytest.raises(Killed):
            train(other)
    assert checkpoint(other.run_folder)["epoch"] == 1

    train(replace(other, resume=True))

    assert_same(checkpoint(config.run_folder), checkpoint(other.run_folder))
    curves, other_curves = (
        (folder / "curves.csv").read_text()
        for folder in (config.run_folder, other.run_folder)
    )
    assert curves == other_curves
    best, other_best = (
        torch.load(folder / "best_treatments.pt", weights_only=True)
        for folder in (config.run_folder, other.run_folder)
    )
    assert_same(best, other_best)


def change_checkpoint(folder: Path, **changes: Any) -> None:
    torch.save({**checkpoint(folder), **changes}, folder / "checkpoint.pt")


def stop_after(
    monkeypatch: pytest.MonkeyPatch, config: TrainingConfig, *, epochs: int
) -> None:
    """Train so many epochs more, and be killed in the next."""
    with monkeypatch.context() as patched:
        kill_at(patched, "save_checkpoint", call=epochs + 1)
        with pytest.raises(Killed):
            train(config)


def test_the_minutes_of_another_evening_count(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = replace(config, epochs=1000, deadline_minutes=60)
    stop_after(monkeypatch, evening, epochs=1)
    assert 0 < checkpoint(config.run_folder)["seconds_used"] < 3600
    change_checkpoint(config.run_folder, seconds_used=50 * 60.0)

    stop_after(monkeypatch, replace(evening, resume=True), epochs=1)

    saved = checkpoint(config.run_folder)
    assert saved["epoch"] == 2
    rates = {group["lr"] for group in saved["optimizer"]["param_groups"]}
    # Of 60 minutes 50 are used: half a cosine at (50/60 - 0.06) / 0.94 is 0.0766.
    assert max(rates) == pytest.approx(1e-3 * 0.0766, rel=0.1)
    assert 3000 < saved["seconds_used"] < 3600


def test_until_a_time_is_until_then_however_much_was_used_before(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = datetime.now() + timedelta(minutes=10)
    evening = replace(config, epochs=1000, until=until)
    stop_after(monkeypatch, evening, epochs=1)
    change_checkpoint(config.run_folder, seconds_used=50 * 60.0)

    stop_after(monkeypatch, replace(evening, resume=True), epochs=1)

    saved = checkpoint(config.run_folder)
    assert saved["epoch"] == 2
    rates = {group["lr"] for group in saved["optimizer"]["param_groups"]}
    # 50 minutes are used and 10 are left: as of the 60 above.
    assert max(rates) == pytest.approx(1e-3 * 0.0766, rel=0.1)
    assert 3000 < saved["seconds_used"] < 3600


def test_a_time_that_passes_while_the_computer_sleeps_ends_the_training(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OfTheWall(datetime):
        """Goes on for the hours after the first epoch in which nothing else does."""

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            slept = (config.run_folder / "checkpoint.pt").exists()
            return datetime.now() + timedelta(hours=11 * slept)

    monkeypatch.setattr(pace, "datetime", OfTheWall)
    morning = datetime.now() + timedelta(hours=8)

    folder = train(replace(config, epochs=4, until=morning))

    assert checkpoint(config.run_folder)["epoch"] == 1
    assert read_card(folder).name == "mine"


def test_a_run_whose_time_has_passed_is_over_and_leaves_its_detector(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = datetime.now() - timedelta(hours=5)
    stop_after(monkeypatch, replace(config, epochs=1000), epochs=1)

    folder = train(replace(config, epochs=1000, until=past, resume=True))

    assert checkpoint(config.run_folder)["epoch"] == 1
    assert read_card(folder).name == "mine"


def test_the_card_tells_the_time_that_was_meant_and_not_the_epochs_alone(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = replace(config, epochs=900, deadline_minutes=60)
    stop_after(monkeypatch, evening, epochs=1)
    change_checkpoint(config.run_folder, seconds_used=3600.0)

    folder = train(replace(evening, resume=True))

    assert (
        "one cycle over 60 minutes, or 900 epochs if they are done sooner;"
    ) in read_card(folder).training.recipe


@pytest.mark.parametrize(
    ("epochs", "told"),
    [
        # Finished with what it has learned, as the window has it.
        (1, "one cycle over 480 minutes;"),
        (2, "one cycle over 480 minutes, then over 2 epochs;"),
    ],
)
def test_the_card_tells_the_schedule_that_was_and_not_the_one_it_was_finished_by(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch, epochs: int, told: str
) -> None:
    night = datetime.now() + timedelta(hours=8)
    stop_after(monkeypatch, replace(config, epochs=EPOCHS_UNTIL, until=night), epochs=1)

    folder = train(replace(config, epochs=epochs, resume=True))

    assert told in read_card(folder).training.recipe


def test_one_epoch_is_told_as_one(config: TrainingConfig) -> None:
    folder = train(replace(config, epochs=1))

    assert "one cycle over 1 epoch;" in read_card(folder).training.recipe


@pytest.mark.usefixtures("all_ways")
def test_what_follows_the_last_epoch_is_counted(
    config: TrainingConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    train(config)

    said, drawn = capsys.readouterr()
    # The best epoch and the other one, each alone and both together.
    assert re.search(r"treatments: choosing .*, [0-3] of 3", drawn)
    altered = 2 * (1 + len(VARIATIONS))
    assert re.search(rf"treatments: measuring .*, {altered} of {altered}", drawn)
    assert said.endswith("treatments: measuring how long a radiograph takes\n")


def test_an_evening_has_epochs_to_average_however_many_it_was_given(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    # The time is over after four epochs of a thousand.
    saved: list[int] = []
    monkeypatch.setattr(training, "save_checkpoint", lambda run, *_: saved.append(1))
    used = property(lambda _: (len(saved) + 1) / 5)
    monkeypatch.setattr(pace.Pace, "time_used", used)

    train(replace(config, epochs=1000, deadline_minutes=60))

    # 1, 2, 3 and 4 fifths of the way are past 1, 3, 4 and 6 eighths of it.
    kept = sorted(path.name for path in config.run_folder.glob("kept_*.pt"))
    assert kept == [f"kept_000{epoch}.pt" for epoch in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"input_size": Size(192, 96)},
            "begun with the input size 128 x 64, not 192 x 96",
        ),
        ({"seed": 5}, "begun with the seed 0, not 5"),
        ({"cycles": 2}, "begun with the number of cycles 1, not 2"),
        (
            {"architecture": "faster_rcnn"},
            "begun with the architecture ssd_mobilenet, not faster_rcnn",
        ),
    ],
)
def test_a_run_is_not_gone_on_with_as_another(
    config: TrainingConfig,
    change: dict[str, Any],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop_after(monkeypatch, config, epochs=1)

    with pytest.raises(ModelError, match=told):
        train(replace(config, resume=True, **change))


def test_proposals_stay_as_many_as_a_run_was_begun_with(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    faster = replace(
        config, architecture="faster_rcnn", architecture_options={"proposals": 20}
    )
    stop_after(monkeypatch, faster, epochs=1)

    with pytest.raises(ModelError, match="begun with proposals 20, not 30"):
        train(replace(faster, resume=True, architecture_options={"proposals": 30}))


def test_a_run_of_before_cycles_could_be_chosen_had_one(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, config, epochs=1)
    saved = checkpoint(config.run_folder)
    del saved["settings"]["the number of cycles"]
    torch.save(saved, config.run_folder / "checkpoint.pt")

    with pytest.raises(ModelError, match="begun with the number of cycles 1, not 2"):
        train(replace(config, resume=True, cycles=2))


def test_a_run_of_before_settings_were_saved_goes_on(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    stop_after(monkeypatch, config, epochs=1)
    saved = checkpoint(config.run_folder)
    for name in ("settings", "commands", "seconds_used"):
        del saved[name]
    torch.save(saved, config.run_folder / "checkpoint.pt")

    train(replace(config, resume=True))

    assert checkpoint(config.run_folder)["epoch"] == 2


def test_a_finished_run_is_published_again_and_claims_nothing_unsaid(
    config: TrainingConfig,
) -> None:
    folder = train(replace(config, epochs=1))
    text = (folder / "card.json").read_text()
    assert read_card(folder).training.licence == "not stated"
    # Weights are stored as float16, two bytes for each parameter, after a header.
    told = read_card(folder).size
    assert told is not None
    assert told.bytes == (folder / "weights.safetensors").stat().st_size
    assert 2 * told.parameters < told.bytes < 2 * told.parameters + 100_000
    assert "AKUDENTAL" not in text
    assert str(config.run_folder.parent) not in text
    before = (folder / "weights.safetensors").read_bytes()

    train(replace(config, epochs=1, resume=True))

    assert (folder / "weights.safetensors").read_bytes() == before


def test_a_detector_that_could_not_be_written_is_not_trained(
    config: TrainingConfig, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ModelError, match="file is no folder"):
        train(replace(config, output=tmp_path / "file" / "mine"))

    assert not config.run_folder.exists()


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("docs", "holds other things than a detector, such as thesis.txt"),
        ("docs/thesis.txt", "is a file"),
        ("here", "it is the folder you work in"),
    ],
)
def test_a_detector_is_not_trained_to_where_it_would_cost_something_else(
    config: TrainingConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    fault: str,
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "thesis.txt").write_text("years of work")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    output = Path() if place == "here" else tmp_path / place

    with pytest.raises(ModelError, match=fault):
        train(replace(config, output=output))

    assert not config.run_folder.exists()
    assert (tmp_path / "docs" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("teeth", "run"),
    [("", "models/mine"), ("", "models/mine/run"), ("models/mine", "run"),
     ("models", "run"), ("models/mine/teeth", "run"), ("teeth", "teeth/run")],
)  # fmt: skip
def test_no_detector_is_written_over_its_run_or_the_other_one(
    config: TrainingConfig, tmp_path: Path, teeth: str, run: str
) -> None:
    places = replace(
        config,
        teeth_output=tmp_path / "models" / ".." / teeth if teeth else None,
        run_folder=tmp_path / run,
    )

    with pytest.raises(ModelError, match="where a detector is written"):
        train(places)

    assert not (tmp_path / run).exists()


def test_a_detector_may_lie_in_the_folder_of_its_run(config: TrainingConfig) -> None:
    output = config.run_folder / "detector"
    config = replace(config, output=output, epochs=1)

    train(config)
    train(replace(config, resume=True))

    assert read_card(output).name == "detector"
    assert checkpoint(config.run_folder)["epoch"] == 1


def test_a_run_folder_need_not_lie_where_anything_else_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "mount" / "run"
    run.mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != run.parent)

    require_place_for(run, beside=False)
    with pytest.raises(ModelError, match="mount is read-only"):
        require_place_for(run, beside=True)


def test_a_detector_on_a_drive_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a drive of Windows nothing is there, not even what is above all folders."""
    looks = iter(range(100))
    monkeypatch.setattr(Path, "exists", lambda _: next(looks) < 0)
    monkeypatch.setattr(Path, "is_dir", lambda _: False)

    with pytest.raises(ModelError, match=r"cannot be written: .* is no folder"):
        require_place_for(tmp_path / "models" / "mine", beside=True)


def test_data_that_are_refused_leave_no_run_behind(
    config: TrainingConfig, data: Path
) -> None:
    (data / "treatments_train.json").write_text("no annotations")

    with pytest.raises(DatasetError):
        train(config)

    assert not config.run_folder.exists()


@pytest.mark.parametrize(
    ("by_a_window", "way_on"),
    [
        ("", r"command with --resume.*another --output if"),
        ("1", "Train further goes on with it"),
    ],
)
def test_where_the_detector_cannot_be_written_the_way_on_is_told(
    by_a_window: str,
    way_on: str,
    config: TrainingConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SUPERVISED, by_a_window)

    def full(folder: Path, *contents: bytes) -> None:
        raise ModelError(folder, "cannot be written: No space left on device")

    monkeypatch.setattr(publication, "write_model", full)

    with pytest.raises(ModelError, match=rf"No space left.*{way_on}"):
        train(replace(config, epochs=1))


def test_a_detector_that_is_put_there_during_a_training_stays_and_so_does_the_training(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_another(*_: object) -> None:
        shutil.copytree(model, config.output)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(training, "keep_some", add_another)
        with pytest.raises(ModelError, match=r"another detector .* stays"):
            train(replace(config, epochs=1))

    there = config.output / "card.json"
    assert there.read_bytes() == (model / "card.json").read_bytes()
    other = config.output.with_name("other")
    assert read_card(train(replace(config, epochs=1, resume=True, output=other)))
    assert there.read_bytes() == (model / "card.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"learning_rate": 0.01}, "the learning rate 0.001, not 0.01"),
        ({"batch_size": 3}, "the batch size 2, not 3"),
        ({"augmentation": Augmentation(flip=False)}, "augmentation flip on, not off"),
    ],
)
def test_a_run_goes_on_only_with_the_settings_that_it_began_with(
    config: TrainingConfig,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    told: str,
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    stop_after(monkeypatch, config, epochs=1)

    with pytest.raises(ModelError, match=f"begun with .*{told}; give the same again"):
        train(replace(config, resume=True, **change))


def test_a_run_goes_on_only_from_the_detector_that_it_began_with(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    further = replace(config, start=model)
    stop_after(monkeypatch, further, epochs=1)
    weights = encode_weights(network(seed=1))
    # Another of the same name.
    write_model(model, weights, encode_card(card(weights)))

    with pytest.raises(ModelError, match=r"start from tiny \(\w+\), not tiny \(\w+\)"):
        train(replace(further, resume=True))
    with pytest.raises(ModelError, match=r"start from tiny \(\w+\), not none"):
        train(replace(config, resume=True))


def test_a_run_goes_on_only_with_the_backbone_that_it_began_with(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    lent = replace(config, backbone=model)
    stop_after(monkeypatch, lent, epochs=1)

    with pytest.raises(ModelError, match=r"the backbone tiny \(\w+\), not none"):
        train(replace(config, resume=True))
    file = model / "weights.safetensors"
    with pytest.raises(ModelError, match=r"not weights\.safetensors \(\w+\)"):
        train(replace(lent, backbone=file, resume=True))


def test_a_run_goes_on_only_with_the_list_of_label_faults_that_it_began_with(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    stop_after(monkeypatch, config, epochs=1)
    wrong = {"image": "train-0.png", "label": "restoration", "fault": "not there",
             "box": [1, 1, 9, 9]}  # fmt: skip
    faults = write_faults(tmp_path / "faults.json", wrong)

    with pytest.raises(ModelError, match=r"label faults none, not [0-9a-f]{8}"):
        train(replace(config, resume=True, label_faults=faults))


def test_all_commands_of_a_run_stand_on_the_card(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["dentalviewer", "train", "--epochs", "1"])
    folder = train(replace(config, epochs=1))
    monkeypatch.setattr(sys, "argv", ["dentalviewer", "train", "--resume"])

    for epochs in (1, 2):
        train(replace(config, epochs=epochs, resume=True))

    assert read_card(folder).training.command == (
        "dentalviewer train --epochs 1 && dentalviewer train --resume"
    )


def test_a_run_that_is_given_more_epochs_is_not_done(
    config: TrainingConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    train(replace(config, epochs=1))
    capsys.readouterr()

    train(replace(config, epochs=4, resume=True))

    first = capsys.readouterr().err.lstrip("\r").split("|")[0]
    assert first.strip() == "25%"


def test_the_card_knows_which_radiographs_were_learned_from(
    config: TrainingConfig, data: Path
) -> None:
    folder = train(replace(config, epochs=1))

    learned = read_card(folder).training.learned_from
    files = sorted((data / "images").glob("train-*.png"))
    assert set(learned) == {radiograph_digest(file.read_bytes()) for file in files}


def test_a_mean_counts_no_epoch_twice(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)

    train(replace(config, epochs=2))

    kept = sorted(path.name for path in config.run_folder.glob("kept_*.pt"))
    assert kept == ["kept_0001.pt", "kept_0002.pt"]
    # The best one is one of the two.
    assert len(candidates_for("treatments", config.run_folder)) == 2


def test_what_a_detector_began_as_may_be_part_of_the_mean(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)

    train(replace(config, start=model, epochs=1))

    kept = sorted(config.run_folder.glob("kept_*.pt"))
    assert [path.name for path in kept] == ["kept_0000.pt", "kept_0001.pt"]
    before = load_file(model / "weights.safetensors")
    for name, value in torch.load(kept[0], weights_only=True).items():
        assert torch.equal(value.half(), before[f"detector.{name}"]), name


def test_what_is_measured_is_what_is_written(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: dict[str, torch.Tensor] = {}
    chosen: list[dict[str, torch.Tensor]] = []
    assess, validate = publication.assess, training.validate

    def assessed(network: nn.Module, *arguments: Any, **options: Any) -> Assessment:
        measured.update(copy.deepcopy(network.state_dict()))
        return assess(network, *arguments, **options)

    def validated(network: nn.Module, *arguments: Any) -> dict[str, float]:
        chosen.append(copy.deepcopy(network.state_dict()))
        return validate(network, *arguments)

    monkeypatch.setattr(publication, "assess", assessed)
    monkeypatch.setattr(training, "validate", validated)

    folder = train(config)

    written = load_file(folder / "weights.safetensors")
    assert measured.keys() == written.keys()
    for name, value in written.items():
        assert torch.equal(measured[name], value.float()), name
    # Weights to choose among are judged so, too.
    for name, value in chosen[-1].items():
        assert torch.equal(value, value.half().float()), name


def test_what_is_learned_from_has_the_sizes_that_will_be_looked_at(
    config: TrainingConfig,
) -> None:
    # 1.31 and 0.85 times as large, in steps of 64.
    varied = replace(config, input_size=Size(256, 128), batch_size=1)
    lesson = prepare_lesson(varied)

    sizes = {
        images.shape[2:]
        for epoch in range(10)
        for images, _ in make_batches(lesson, varied, epoch, Team(torch.device("cpu")))
    }

    assert sizes == {(128, 192), (128, 256), (192, 320)}


def test_a_batch_is_made_while_the_one_before_it_is_learned_from() -> None:
    made: list[int] = []
    begun = threading.Event()

    def batches() -> Iterator[Batch]:
        for number in range(3):
            if number == 1:
                begun.set()
            made.append(number)
            yield torch.tensor([number]), []

    ahead = made_ahead(batches())
    first, _ = next(ahead)

    assert begun.wait(60)
    rest = [int(images) for images, _ in ahead]
    assert [int(first), *rest] == made == [0, 1, 2]


def test_a_batch_that_cannot_be_made_is_no_end_of_an_epoch() -> None:
    def batches() -> Iterator[Batch]:
        yield torch.tensor([0]), []
        raise ValueError("a box of no size")

    ahead = made_ahead(batches())
    next(ahead)

    with pytest.raises(ValueError, match="a box of no size"):
        next(ahead)


@pytest.mark.parametrize(
    ("told", "asked", "halved"),
    [
        ({"avx512_bf16": True}, True, True),
        ({"amx_bf16": True}, True, True),
        ({"avx512_bf16": True}, False, False),
        ({"avx512_bf16": False, "avx2": True}, True, False),
        ({}, True, False),
    ],
)
def test_half_the_digits_are_computed_with_where_the_processor_is_made_for_it(
    config: TrainingConfig,
    monkeypatch: pytest.MonkeyPatch,
    told: dict[str, bool],
    asked: bool,
    halved: bool,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    seen: list[bool] = []

    def learn(*_: object, precision: torch.autocast, **__: object) -> dict[str, float]:
        with precision:
            seen.append(torch.is_autocast_enabled("cpu"))
        return {"loss": 1.0}

    monkeypatch.setattr(training, "train_one_epoch", learn)
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)

    train(replace(config, epochs=1, mixed_precision=asked))

    assert seen == [halved]


def test_processes_that_train_together_have_batches_of_one_size(
    config: TrainingConfig,
) -> None:
    varied = replace(config, input_size=Size(256, 128), batch_size=1)
    lesson, device = prepare_lesson(varied), torch.device("cpu")

    first, second = (
        [
            images.shape
            for epoch in range(4)
            for images, _ in make_batches(lesson, varied, epoch, Team(device, rank, 2))
        ]
        for rank in range(2)
    )

    assert len(set(first)) == 3
    assert first == second


@pytest.mark.parametrize(("team_size", "most"), [(1, 6), (2, 3)])
def test_the_rate_falls_by_as_many_batches_as_an_epoch_has(
    config: TrainingConfig, data: Path, team_size: int, most: int
) -> None:
    # Of one class one of five radiographs is left, which is then shown once or twice.
    (path,) = data.glob("*train.json")
    content = json.loads(path.read_text())
    rare = [a for a in content["annotations"] if a["category_id"] == 3]
    content["annotations"] = [
        a for a in content["annotations"] if a["category_id"] != 3 or a is rare[0]
    ]
    path.write_text(json.dumps(content))
    single = replace(config, batch_size=1)
    lesson = prepare_lesson(single)
    team = Team(torch.device("cpu"), 0, team_size)

    told = [count_batches(lesson, single, epoch, team) for epoch in range(4)]

    assert told == [
        sum(1 for _ in make_batches(lesson, single, epoch, team)) for epoch in range(4)
    ]
    assert max(told) == most


def test_what_a_run_began_as_stays_where_its_curves_are_gone(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    further = replace(config, start=model, epochs=1)
    train(further)
    start = (config.run_folder / "kept_0000.pt").read_bytes()
    (config.run_folder / "curves.csv").unlink()

    train(replace(further, epochs=2, resume=True))

    assert (config.run_folder / "kept_0000.pt").read_bytes() == start


def test_the_best_epoch_is_chosen_by_the_looks_that_the_detector_takes(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[Look, ...]] = set()

    def noted(*given: Any, looks: Sequence[Look], **options: Any) -> Any:
        asked.add(tuple(looks))
        return find_candidates(*given, looks=looks, **options)

    monkeypatch.setattr(validation, "find_candidates", noted)

    folder = train(replace(config, epochs=1))

    assert asked == {read_card(folder).looks}
    assert len(read_card(folder).looks) == 2


def test_the_work_of_hours_is_not_written_over(config: TrainingConfig) -> None:
    config.run_folder.mkdir()
    (config.run_folder / "checkpoint.pt").write_bytes(b"hours of work")

    with pytest.raises(ModelError, match="add --resume"):
        train(config)
    assert (config.run_folder / "checkpoint.pt").read_bytes() == b"hours of work"


def test_there_is_nothing_to_resume_where_nothing_was_begun(
    config: TrainingConfig,
) -> None:
    with pytest.raises(ModelError, match="no run to resume"):
        train(replace(config, resume=True))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x02]."])
def test_a_damaged_checkpoint_is_named_with_what_to_do(
    config: TrainingConfig, content: bytes
) -> None:
    config.run_folder.mkdir()
    (config.run_folder / "checkpoint.pt").write_bytes(content)

    with pytest.raises(ModelError) as caught:
        train(replace(config, resume=True))
    assert caught.value.path == config.run_folder / "checkpoint.pt"
    assert caught.value.fault == (
        "is damaged, so the run cannot be resumed. Begin anew: in the window by"
        " discarding this training, else with another --run-folder, or without"
        " --resume once this file is deleted"
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [("best_treatments.pt", "begin anew"), ("kept_0001.pt", "delete it, and --resume")],
)
def test_damaged_weights_of_a_run_are_named_with_what_to_do(
    config: TrainingConfig, name: str, told: str
) -> None:
    config.run_folder.mkdir()
    torch.save({}, config.run_folder / "best_treatments.pt")
    (config.run_folder / name).write_bytes(b"PK\x03\x04 cut off")

    with pytest.raises(ModelError, match=rf"{name}: is damaged, .*{told}$"):
        candidates_for("treatments", config.run_folder)


def test_a_checkpoint_of_other_data_is_not_gone_on_with(
    config: TrainingConfig, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    train(replace(config, epochs=1))
    for path in data.glob("*.json"):
        path.write_text(path.read_text().replace('"implant"', '"caries"'))

    with pytest.raises(ModelError, match="with other data"):
        train(replace(config, resume=True))


def save_as_earlier_versions(checkpoint: Path, data: Path) -> None:
    """With the paths of what it learned from, and nothing else of that."""
    saved = torch.load(checkpoint, weights_only=True)
    del saved["learned"]
    files = sorted((data / "images").glob("train-*.png"))
    saved["learned_from"] = {"treatments": [str(file) for file in files]}
    torch.save(saved, checkpoint)


@pytest.mark.parametrize("version", ["this", "earlier"])
def test_what_was_learned_from_does_not_judge_a_run_that_goes_on(
    config: TrainingConfig,
    data: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    further = replace(config, start=model, epochs=1)
    train(further)
    if version == "earlier":
        save_as_earlier_versions(config.run_folder / "checkpoint.pt", data)
    learned, judged = (data / f"treatments_{side}.json" for side in ("train", "val"))
    swapped = learned.read_text(), judged.read_text()
    judged.write_text(swapped[0])
    learned.write_text(swapped[1])

    with pytest.raises(ModelError, match="would now be judged by"):
        train(replace(further, resume=True))


def other_data(folder: Path) -> Path:
    """As many radiographs as in `data`, none of which is among those."""
    write_split(folder, "train")
    write_split(folder, "val", radiographs=2)
    for path in (folder / "images").iterdir():
        cv2.imwrite(str(path), 255 - cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    return folder


def digests(data: Path, split: str) -> set[str]:
    files = (data / "images").glob(f"{split}-*.png")
    return {radiograph_digest(file.read_bytes()) for file in files}


def test_a_run_that_goes_on_with_other_data_does_not_forget_the_first(
    config: TrainingConfig,
    data: Path,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = other_data(tmp_path / "other")
    further = replace(config, start=model, epochs=1, rights=Rights("CC0", "clinic"))
    train(further)
    again = replace(further, epochs=2, resume=True, data=(other,))
    assert "other data" not in capsys.readouterr().out

    card = read_card(train(replace(again, rights=Rights("CC BY", "hospital"))))

    learned = digests(data, "train") | digests(other, "train")
    assert set(card.training.learned_from) == learned
    counts = "5 radiographs with 5 restoration, 5 endodontic treatment, 5 implant"
    assert card.training.data == (
        f"other: {counts}; earlier in this run: data: {counts}; before that: drawn"
    )
    assert (
        f"  treatments: the run has learned from other data until now (data: {counts}),"
        f" and goes on with these (other: {counts})\n"
    ) in capsys.readouterr().out
    assert card.training.licence == (
        "free (detector it was trained from); new data:"
        " CC0 (data it learned from earlier); new data: CC BY"
    )
    assert "clinic" in card.training.attribution
    assert "hospital" in card.training.attribution


def test_a_run_of_an_earlier_version_goes_on_with_what_it_learned_from(
    config: TrainingConfig,
    data: Path,
    model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    further = replace(config, start=model, epochs=1, rights=Rights("CC0", "clinic"))
    before = read_card(train(further)).training
    save_as_earlier_versions(config.run_folder / "checkpoint.pt", data)

    after = read_card(train(replace(further, resume=True))).training

    assert (after.data, after.licence) == (before.data, before.licence)
    assert after.learned_from == before.learned_from
    assert "other data" not in capsys.readouterr().out


def test_what_taught_a_run_of_an_earlier_version_is_not_known_once_it_is_gone(
    config: TrainingConfig, data: Path, model: Path, tmp_path: Path
) -> None:
    further = replace(config, start=model, epochs=1, rights=Rights("CC0", "clinic"))
    train(further)
    save_as_earlier_versions(config.run_folder / "checkpoint.pt", data)
    data.rename(tmp_path / "moved")
    moved = (tmp_path / "moved",)

    card = read_card(train(replace(further, epochs=2, resume=True, data=moved)))

    assert (
        "; earlier in this run: 5 radiographs, 5 of which cannot be read any more and"
        " may be among its judges"
    ) in card.training.data
    assert "not known (data it learned from earlier)" in card.training.licence


def test_a_run_may_go_on_when_its_data_have_grown(
    config: TrainingConfig, data: Path, model: Path
) -> None:
    further = replace(config, start=model, epochs=1)
    train(further)
    write_split(data, "train", radiographs=7)

    card = read_card(train(replace(further, epochs=2, resume=True)))

    assert set(card.training.learned_from) == digests(data, "train")
    assert card.training.data.startswith("data: 7 radiographs with 7 restoration")
    assert "earlier in this run" not in card.training.data


def test_the_licence_of_what_taught_a_run_first_stays_when_its_data_have_grown(
    config: TrainingConfig, data: Path, model: Path
) -> None:
    further = replace(config, start=model, epochs=1)
    train(replace(further, rights=Rights("CC BY-NC", "clinic")))
    write_split(data, "train", radiographs=7)

    card = read_card(train(replace(further, epochs=2, resume=True)))

    assert "CC BY-NC (data it learned from earlier)" in card.training.licence
    assert "clinic (data it learned from earlier)" in card.training.attribution


def test_a_licence_may_be_stated_when_a_run_goes_on_with_the_same_data() -> None:
    first = Learned("data: 2 radiographs", NOT_STATED, NOT_STATED, ("a", "b"))
    stated = replace(first, licence="CC0", attribution="clinic")

    assert with_earlier(stated, [first]) == (stated,)
    assert with_earlier(first, [stated]) == (first, stated)


def test_what_has_taught_nothing_is_not_said_to_have_been_learned_from(
    config: TrainingConfig, data: Path, model: Path, tmp_path: Path
) -> None:
    further = replace(config, start=model, epochs=1)
    train(further)
    other = other_data(tmp_path / "other")

    card = read_card(train(replace(further, resume=True, data=(other,))))

    assert set(card.training.learned_from) == digests(data, "train")
    assert "other" not in card.training.data


def test_what_taught_a_run_first_never_judges_it(
    config: TrainingConfig, data: Path, model: Path, tmp_path: Path
) -> None:
    further = replace(config, start=model, epochs=1)
    train(further)
    other = other_data(tmp_path / "other")
    train(replace(further, epochs=2, resume=True, data=(other,)))
    # Copies under other names are the same radiographs.
    write_split(other, "val", radiographs=5)
    for path in (data / "images").glob("train-*.png"):
        name = path.name.replace("train", "val")
        (other / "images" / name).write_bytes(path.read_bytes())

    with pytest.raises(ModelError, match="would now be judged by"):
        train(replace(further, epochs=3, resume=True, data=(other,)))


def test_a_run_that_diverges_ends_and_publishes_nothing(
    config: TrainingConfig,
) -> None:
    wild = replace(config, learning_rate=1e30, backbone_learning_rate=1e30)

    with pytest.raises(TrainingDiverged, match="try a lower learning rate"):
        train(wild)
    assert not config.output.exists()
    assert not (config.run_folder / "checkpoint.pt").exists()


def test_a_run_of_a_window_that_diverges_names_nothing_that_a_window_lacks(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SUPERVISED, "1")
    wild = replace(config, learning_rate=1e30, backbone_learning_rate=1e30)

    with pytest.raises(TrainingDiverged) as told:
        train(wild)

    assert str(told.value).endswith(": begin again, perhaps from another detector.")


def test_what_the_last_batch_of_an_epoch_ruined_is_not_kept(
    config: TrainingConfig,
) -> None:
    wild = replace(config, learning_rate=1e30, backbone_learning_rate=1e30)

    with pytest.raises(TrainingDiverged, match="in epoch 1, batch 1: try a lower"):
        train(replace(wild, batch_size=8))

    assert not list(config.run_folder.iterdir())
    train(replace(config, batch_size=8, epochs=1))
    assert checkpoint(config.run_folder)["epoch"] == 1


def test_a_run_that_diverges_later_tells_how_to_begin_anew(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    train(replace(config, epochs=1))
    ruined = {
        name: weights * math.nan if weights.is_floating_point() else weights
        for name, weights in checkpoint(config.run_folder)["network"].items()
    }
    change_checkpoint(config.run_folder, network=ruined)

    with pytest.raises(TrainingDiverged, match=r"epoch 2.*begin anew.*checkpoint\.pt"):
        train(replace(config, resume=True))
    monkeypatch.setenv(SUPERVISED, "1")
    with pytest.raises(TrainingDiverged, match="1: discard this training, and begin"):
        train(replace(config, resume=True))
    monkeypatch.delenv(SUPERVISED)

    (config.run_folder / "checkpoint.pt").unlink()
    train(replace(config, epochs=1, learning_rate=1e-4))
    assert checkpoint(config.run_folder)["epoch"] == 1


def test_a_full_disk_is_said_and_the_checkpoint_before_stays(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_full_disk(run: Run, *arguments: Any) -> None:
        def no_space(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        if run.epoch == 2:
            monkeypatch.setattr(os, "fsync", no_space)
        save_checkpoint(run, *arguments)

    monkeypatch.setattr(training, "save_checkpoint", on_a_full_disk)

    with pytest.raises(ModelError, match=r"checkpoint\.pt: .*No space left"):
        train(config)
    assert checkpoint(config.run_folder)["epoch"] == 1
    assert not config.output.exists()


@pytest.mark.parametrize("further", [False, True])
def test_a_run_whose_time_is_up_at_once_has_nothing_to_publish(
    config: TrainingConfig, model: Path, further: bool
) -> None:
    start = model if further else None
    with pytest.raises(ModelError, match="no epoch was finished"):
        train(replace(config, start=start, deadline_minutes=1e-9))

    assert not config.output.exists()


def test_where_all_of_the_time_goes_by_before_the_start_is_not_measured_any_more(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hundreds of radiographs that takes minutes, and it comes to nothing."""
    measured: list[object] = []
    monkeypatch.setattr(training, "_measured", lambda *given: measured.append(given))

    with pytest.raises(ModelError, match="no epoch was finished"):
        train(replace(config, start=model, deadline_minutes=1e-6))

    assert not measured


def test_no_run_is_begun_until_a_time_that_has_passed(
    config: TrainingConfig, model: Path
) -> None:
    past = datetime(2026, 3, 1, 22, 30)

    with pytest.raises(ModelError, match="until 2026-03-01 22:30, which has passed"):
        train(replace(config, start=model, until=past))

    assert not config.output.exists()
    assert not config.run_folder.exists()


def test_a_corrupt_radiograph_ends_the_run_before_it_begins(
    config: TrainingConfig, data: Path
) -> None:
    (data / "images" / "train-3.png").write_bytes(b"no picture")

    with pytest.raises(DatasetError, match=r"train-3\.png"):
        train(config)
    assert not (config.run_folder / "checkpoint.pt").exists()


def test_a_detector_is_trained_further_and_learns_a_new_class(
    config: TrainingConfig, data: Path, model: Path
) -> None:
    for path in data.glob("*.json"):
        path.write_text(path.read_text().replace('"endodontic"', '"caries"'))
    further = replace(config, start=model, epochs=1, input_size=Size(192, 96))

    folder = train(further)

    card, before = read_card(folder), read_card(model)
    assert card.labels == ("restoration", "endodontic", "implant", "caries")
    assert (before.input_size, card.input_size) == (FRAME, Size(192, 96))
    heads = card.architecture_parameters["heads"]
    assert heads["treatments"]["default_box_sizes"] == [[2.0, 2.0], [4.0, 4.0]]
    assert card.training.licence == (
        "free (detector it was trained from); of the new data not stated"
    )
    assert card.training.data.endswith("; before that: drawn")
    assert f"from tiny ({before.weights_sha256[:12]})" in card.training.recipe
    assert card.failures[-1] == (
        "Of tiny, which it was trained further from: Finds things everywhere."
    )
    # Nothing endodontic is there to choose another threshold by.
    assert card.settings.threshold("endodontic") == 0.35
    # What the detector could do before is measured too, and kept if it is better.
    with (config.run_folder / "curves.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1"]


def numb(config: TrainingConfig, model: Path) -> TrainingConfig:
    """A run that changes nothing of what it starts from but the last digits."""
    return replace(
        config,
        start=model,
        learning_rate=1e-12,
        backbone_learning_rate=1e-12,
        epochs=1,
    )


def without_kept_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mean with an epoch that is as good would be another set of weights."""
    monkeypatch.setattr(training, "keep_some", lambda *arguments: None)


def with_an_epoch_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is kept as the best, as if what was there before had no score."""
    keep_best = training.keep_best

    def keep_trained(run: Run, *arguments: Any) -> None:
        if run.epoch:
            keep_best(run, *arguments)

    monkeypatch.setattr(training, "keep_best", keep_trained)
    monkeypatch.setattr(training, "keep_start", lambda *arguments: None)


def test_where_no_epoch_did_better_than_the_start_it_is_said_that_nothing_was_gained(
    config: TrainingConfig,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_kept_epochs(monkeypatch)

    card = read_card(train(numb(config, model)))

    told = (
        "No epoch did better than tiny, from which the training started, so the weights"
        " are those of tiny, and the settings with them."
    )
    assert card.failures[0] == told
    # Then it is only told how long a radiograph takes.
    assert capsys.readouterr().out.splitlines()[-2] == told
    assert "weights as before, for no epoch did better" in card.training.recipe
    assert "best epoch" not in card.training.recipe
    before = read_card(model)
    assert card.settings == before.settings
    assert card.calibrations == before.calibrations


def test_by_a_few_radiographs_nothing_is_set_anew(
    config: TrainingConfig,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two of each class are held out; tiny showed no more than 20 findings."""
    with_an_epoch_kept(monkeypatch)
    before = read_card(model)

    card = read_card(train(replace(config, start=model, epochs=1)))

    assert card.settings == replace(before.settings, max_findings=50)
    assert card.calibrations == before.calibrations
    told = (
        "Of fewer than 30 held out, threshold and calibration stay those of tiny:"
        " restoration (2), endodontic treatment (2), implant (2)."
    )
    assert told in card.failures
    assert f"  {told}" in capsys.readouterr().out.splitlines()


def test_what_many_annotated_radiographs_show_is_set_anew(
    config: TrainingConfig, data: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_an_epoch_kept(monkeypatch)
    write_split(data, "val", radiographs=30)

    card = read_card(train(replace(config, start=model, epochs=1)))

    assert card.settings.thresholds.keys() == {"restoration", "endodontic", "implant"}
    assert not any(each.startswith("Of fewer than") for each in card.failures)


def test_as_many_findings_are_shown_as_twice_the_most_that_were_learned_from(
    config: TrainingConfig, data: Path
) -> None:
    """On one radiograph 28 are annotated, on the others three."""
    path = data / "treatments_train.json"
    content = json.loads(path.read_text())
    content["annotations"] += [
        {"id": 100 + n, "image_id": 0, "category_id": 1, "bbox": [7 * n, 60, 6, 9]}
        for n in range(25)
    ]
    path.write_text(json.dumps(content))

    assert read_card(train(replace(config, epochs=1))).settings.max_findings == 56


def test_that_nothing_was_gained_is_said_before_the_detector_is_there(
    config: TrainingConfig,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It may be stopped as soon as it is."""
    without_kept_epochs(monkeypatch)
    write, said = publication.write_model, []

    def written(*contents: Any) -> None:
        said.append(capsys.readouterr().out)
        write(*contents)

    monkeypatch.setattr(publication, "write_model", written)
    train(numb(config, model))

    assert "No epoch did better than tiny" in said[0]


def test_a_class_that_no_epoch_learned_is_named(
    config: TrainingConfig, data: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kept_epochs(monkeypatch)
    for path in data.glob("*.json"):
        path.write_text(path.read_text().replace('"implant"', '"caries"'))

    card = read_card(train(numb(config, model)))

    assert card.failures[0].endswith(
        " It has not learned caries, which tiny did not know."
    )


def test_a_run_that_learned_something_does_not_say_that_nothing_was_gained(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kept_epochs(monkeypatch)
    with_an_epoch_kept(monkeypatch)

    card = read_card(train(replace(config, start=model, epochs=1)))

    assert "best epoch" in card.training.recipe
    assert not any(each.startswith("No epoch") for each in card.failures)


def annotate_all_but(data: Path, category: int) -> None:
    for path in data.glob("*.json"):
        content = json.loads(path.read_text())
        content["annotations"] = [
            each for each in content["annotations"] if each["category_id"] != category
        ]
        path.write_text(json.dumps(content))


def test_a_class_that_is_not_annotated_is_said_to_be_unlearned(
    config: TrainingConfig,
    data: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_an_epoch_kept(monkeypatch)
    annotate_all_but(data, 1)

    card = read_card(train(replace(config, start=model, epochs=1)))

    told = (
        "Not annotated in data: restoration. Where radiographs show what is not"
        " annotated, it counts as background, and what tiny knew of it may be"
        " unlearned."
    )
    assert f"  {told}" in capsys.readouterr().out.splitlines()
    assert told in card.failures


def look_for_all_but(data: Path, category: int) -> None:
    annotate_all_but(data, category)
    for path in data.glob("*.json"):
        content = json.loads(path.read_text())
        content["categories"] = [
            each for each in content["categories"] if each["id"] != category
        ]
        path.write_text(json.dumps(content))


def test_where_nobody_looked_for_a_class_it_is_learned_as_the_detector_shows_it(
    config: TrainingConfig, data: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_for_all_but(data, 3)
    shown, doubted, unlikely = (Box(x, 10, x + 20, 40) for x in (10, 50, 90))
    # An implant is shown from 0.5 on.
    found = (
        Finding(shown, "implant", score=0.6),
        Finding(Box(130, 10, 150, 40), "restoration", score=0.6),
        Finding(doubted, "implant", score=0.3),
        Finding(unlikely, "implant", score=0.2),
    )
    monkeypatch.setattr(
        unsought, "find_candidates", lambda *_args, **_options: {"treatments": found}
    )
    further = replace(config, start=model)

    lesson = prepare_lesson(further, starts=read_starts(further))

    training, implant = lesson.training["treatments"], 2
    assert lesson.labels["treatments"][implant] == "implant"
    for sample in training.samples:
        *annotated, first, second = sample.boxes
        assert not any(box.guessed for box in annotated)
        assert first == AnnotatedBox(shown, implant, guessed=True)
        assert second == AnnotatedBox(doubted, implant, uncertain=True, guessed=True)
    learned = [example.boxes["treatments"] for example in lesson.examples]
    assert [boxes.label_indices.tolist()[-2:] for boxes in learned] == [[2, 2]] * 5
    assert [boxes.ignored.tolist()[-2:] for boxes in learned] == [[False, True]] * 5
    # They are nobody's annotations.
    assert training.count(implant) == 0
    assert lesson.mending["treatments"] == (
        "where nobody looked for it, 5 implant as tiny shows it"
    )
    assert (
        "Nobody looked for implant on 5 radiographs: it is learned there as tiny shows"
        " it."
    ) in lesson.notes


def test_a_guess_that_an_annotation_contradicts_is_left_open(
    config: TrainingConfig, data: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_for_all_but(data, 3)
    there = read_learning_sets([data], seed=0).training.samples[0].boxes[0].box
    found = {"treatments": (Finding(there, "implant", score=0.9),)}
    monkeypatch.setattr(unsought, "find_candidates", lambda *_args, **_options: found)
    further = replace(config, start=model)

    lesson = prepare_lesson(further, starts=read_starts(further))

    (guess,) = (b for b in lesson.training["treatments"].samples[0].boxes if b.guessed)
    assert guess.uncertain


def test_what_one_process_of_several_finds_is_what_all_learn(
    config: TrainingConfig, data: Path, model: Path
) -> None:
    look_for_all_but(data, 3)
    further = replace(config, start=model)
    told: list[Known] = []

    def shared(act: Callable[[], Known]) -> Known:
        told.append(pickle.loads(pickle.dumps(act())))
        return told[-1]

    lesson = prepare_lesson(further, starts=read_starts(further), shared=shared)

    (known,) = told
    assert lesson.training["treatments"] is known.dataset


def test_a_card_tells_what_nobody_looked_for(
    config: TrainingConfig,
    data: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_an_epoch_kept(monkeypatch)
    look_for_all_but(data, 3)

    card = read_card(train(replace(config, start=model, epochs=1)))

    assert any(each.startswith("Nobody looked for implant") for each in card.failures)
    assert "implant as tiny shows it" in card.training.data
    assert "5 restoration, 5 endodontic treatment, 0 implant;" in card.training.data
    # Nothing is there to choose a threshold by.
    before = read_card(model).settings.threshold("implant")
    assert card.settings.threshold("implant") == before


def test_without_a_detector_that_knows_a_class_it_is_background_where_nobody_looked(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write_split(other, "train", radiographs=3)
    write_split(other, "val", radiographs=1)
    look_for_all_but(data, 3)

    lesson = prepare_lesson(replace(config, data=(data, other)))

    assert (
        "Nobody looked for implant on 5 radiographs: it counts as background there."
    ) in lesson.notes
    assert not any(
        box.guessed
        for sample in lesson.training["treatments"].samples
        for box in sample.boxes
    )


def test_what_was_unlearned_once_is_not_said_of_a_detector_that_learned_it_again(
    config: TrainingConfig,
    data: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_an_epoch_kept(monkeypatch)
    annotate_all_but(data, 1)
    first = train(replace(config, start=model, epochs=1))
    whole = tmp_path / "whole"
    write_split(whole, "train")
    write_split(whole, "val", radiographs=2)
    again = replace(config, data=(whole,), start=first, epochs=1)

    card = read_card(
        train(replace(again, output=tmp_path / "b", run_folder=tmp_path / "r"))
    )

    assert not any("ot annotated" in each for each in card.failures)


def test_failures_of_an_earlier_detector_are_said_to_be_its_own(
    config: TrainingConfig, model: Path, tmp_path: Path
) -> None:
    first = train(replace(config, start=model, epochs=1))
    further = replace(
        config,
        start=first,
        epochs=1,
        output=tmp_path / "second",
        run_folder=tmp_path / "other run",
        rights=Rights(failures=("Misses gold.",)),
    )

    failures = read_card(train(further)).failures

    # Those of tiny stay tiny's; what each training says of its own data is said once.
    assert failures[-1] == (
        "Of tiny, which it was trained further from: Finds things everywhere."
    )
    for beginning in ("Few to learn from", "Judged by 2", "Scores and thresholds"):
        assert sum(beginning in each for each in failures) == 1
    assert "Misses gold." in failures


def test_the_card_says_which_of_its_judges_the_earlier_detector_learned_from(
    config: TrainingConfig, data: Path, model: Path
) -> None:
    known = (data / "images" / "val-1.png").read_bytes()
    content = json.loads((model / "card.json").read_text())
    content["training"]["learned_from"] = [radiograph_digest(known), "0" * 16]
    (model / "card.json").write_text(json.dumps(content))

    failures = read_card(train(replace(config, start=model, epochs=1))).failures

    assert (
        "Judged by what is known already: tiny, which it started from, has learned from"
        " 1 of the 2 radiographs, so its scores flatter."
    ) in failures


def test_what_is_judged_by_many_radiographs_is_not_said_to_be_judged_by_few(
    config: TrainingConfig, data: Path
) -> None:
    write_split(data, "val", radiographs=20)

    failures = read_card(train(replace(config, epochs=1))).failures

    assert not any(each.startswith("Judged by") for each in failures)


def test_a_label_counts_by_the_root_of_its_annotations() -> None:
    many = AveragePrecision(ap=0.4, ap50=0.8, count=100)
    few = AveragePrecision(ap=1.0, ap50=1.0, count=4)
    none = AveragePrecision(ap=0.0, ap50=0.0, count=0)

    # (10 x 0.6 + 2 x 1.0) / 12
    assert overall([many, few, none]) == pytest.approx(8 / 12)
    assert overall([none]) == 0.0


def test_an_earlier_runs_epochs_that_cannot_be_removed_are_told_before_the_work(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.run_folder.mkdir()
    (config.run_folder / "kept_0099.pt").write_bytes(b"of another network")
    monkeypatch.setattr(Path, "unlink", held(Path.unlink, FOREVER, ending=".pt"))

    with pytest.raises(ModelError, match=r"kept_0099\.pt: .* cannot be removed"):
        train(config)

    assert not (config.run_folder / "curves.csv").exists()


def test_epochs_are_kept_to_be_averaged_and_an_earlier_runs_are_forgotten(
    config: TrainingConfig,
) -> None:
    config.run_folder.mkdir()
    (config.run_folder / "kept_0099.pt").write_bytes(b"of another network")

    folder = train(config)

    kept = sorted(path.name for path in config.run_folder.glob("kept_*.pt"))
    assert kept == ["kept_0001.pt", "kept_0002.pt"]
    recipe = read_card(folder).training.recipe
    assert re.search("mean of the weights at [23] times of the run|best epoch", recipe)


def test_without_a_better_score_the_run_ends_early(
    config: TrainingConfig, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    train(replace(numb(config, model), epochs=50, patience=2))

    assert 2 <= checkpoint(config.run_folder)["epoch"] < 6


def test_teeth_are_learned_along_and_tell_where_the_arches_are(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))

    train(
        replace(
            config,
            teeth_output=tmp_path / "models" / "numbers",
            epochs=1,
            locator_epochs=1,
        )
    )

    treatments, teeth = (
        read_card(tmp_path / "models" / name) for name in ("mine", "numbers")
    )
    assert treatments.finds_arches
    assert treatments.head == "treatments"
    assert teeth.head == "teeth"
    assert teeth.labels == ("16", "26", "36", "46")
    assert teeth.training.data == "data: 5 radiographs with 20 teeth"
    assert load_detector(tmp_path / "models" / "numbers").labels == teeth.labels


def test_the_card_of_teeth_tells_what_was_put_right_in_their_labels(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    x, y = ARCH_TEETH[Tooth.from_fdi(16)]
    left, top = 94 + 90 * x, 42 + 90 * y
    wrong = {"label": "16", "fault": "wrong class", "right_label": "26",
             "box": [left, top, left + 4, top + 12]}  # fmt: skip
    faults = write_faults(
        tmp_path / "faults.json", wrong, wrong | {"image": "val-0.png"}
    )

    train(
        replace(
            config,
            teeth_output=tmp_path / "numbers",
            label_faults=faults,
            epochs=1,
            locator_epochs=1,
        )
    )

    card = read_card(tmp_path / "numbers")
    assert card.training.data == (
        "data: 5 radiographs with 20 teeth; label faults of faults.json: 1 given"
        " another class"
    )
    assert "validation, 1 label fault left out" in card.evaluations


def test_a_list_of_faults_of_treatments_alone_says_nothing_of_teeth(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    faults = write_faults(tmp_path / "faults.json", {})
    teeth = replace(config, teeth_output=tmp_path / "teeth", label_faults=faults)

    lesson = prepare_lesson(teeth, ArchLocator().eval())

    assert lesson.mending == {
        "treatments": "label faults of faults.json: 1 added", "teeth": ""
    }  # fmt: skip


def test_treatments_and_teeth_are_trained_further_together(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    numbers = tmp_path / "models" / "numbers"
    first = replace(config, teeth_output=numbers, epochs=1, locator_epochs=1)
    train(first)
    further = replace(
        first,
        start=config.output,
        teeth_start=numbers,
        output=tmp_path / "further" / "mine",
        teeth_output=tmp_path / "further" / "numbers",
        run_folder=tmp_path / "further" / "run",
    )

    train(further)

    for name in ("mine", "numbers"):
        before, card = (read_card(tmp_path / f / name) for f in ("models", "further"))
        assert f"from {name} ({before.weights_sha256[:12]})" in card.training.recipe
        assert card.architecture_parameters == before.architecture_parameters


def test_teeth_are_learned_anew_beside_treatments_that_are_trained_further(
    config: TrainingConfig, data: Path, tmp_path: Path, model: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    numbers = tmp_path / "models" / "numbers"

    train(replace(config, start=model, teeth_output=numbers, epochs=1))

    before, teeth = read_card(model), read_card(numbers)
    lent = f"from tiny ({before.weights_sha256[:12]}), of which the backbone"
    assert lent in teeth.training.recipe
    assert teeth.training.data.endswith("; before that: drawn")
    assert teeth.labels == ("16", "26", "36", "46")


def test_teeth_are_trained_further_only_from_a_detector_of_teeth(
    config: TrainingConfig, tmp_path: Path, model: Path
) -> None:
    wrong = replace(
        config, start=model, teeth_start=model, teeth_output=tmp_path / "numbers"
    )

    with pytest.raises(ModelError, match="looks for treatments, not for teeth"):
        train(wrong)


def test_teeth_are_learned_alone_and_trained_further_alone(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    numbers, further = (tmp_path / "models" / name for name in ("numbers", "further"))
    alone = replace(
        config, output=None, teeth_output=numbers, epochs=1, locator_epochs=1
    )

    assert train(alone) == numbers
    train(
        replace(
            alone,
            teeth_start=numbers,
            teeth_output=further,
            run_folder=tmp_path / "further run",
        )
    )

    before, after = read_card(numbers), read_card(further)
    assert before.finds_arches
    assert before.training.data == "data: 5 radiographs with 20 teeth"
    assert "heads teeth in one run" in before.training.recipe
    assert f"from numbers ({before.weights_sha256[:12]})" in after.training.recipe
    assert after.head == "teeth"
    assert after.architecture_parameters == before.architecture_parameters
    assert sorted(path.name for path in numbers.parent.iterdir()) == [
        "further", "numbers"
    ]  # fmt: skip


def test_teeth_alone_that_cannot_be_written_are_written_elsewhere_by_resuming(
    config: TrainingConfig, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    numbers, elsewhere = tmp_path / "models" / "numbers", tmp_path / "elsewhere"
    alone = replace(
        config, output=None, teeth_output=numbers, epochs=1, locator_epochs=1
    )

    def full(folder: Path, *_written: bytes) -> None:
        raise ModelError(folder, "cannot be written: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publication, "write_model", full)
        with pytest.raises(ModelError, match="to another --teeth-output") as caught:
            train(alone)

    assert f"--run-folder {config.run_folder}" in str(caught.value)
    assert train(replace(alone, teeth_output=elsewhere, resume=True)) == elsewhere
    assert read_card(elsewhere).head == "teeth"


def test_teeth_of_a_set_that_is_not_split_yet_tell_where_the_arches_are(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    write_split(data, "train", radiographs=10)
    write_teeth(data, "train", numbers=(16, 26, 36, 46))
    alone = replace(
        config, output=None, teeth_output=tmp_path / "numbers", locator_epochs=1
    )

    lesson = prepare_lesson(alone)

    assert lesson.validation["teeth"].samples
    assert lesson.locator is not None


def test_teeth_learned_alone_need_no_treatments(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    known = replace(config, output=None, teeth_output=tmp_path / "numbers")
    treated = prepare_lesson(known, ArchLocator().eval())
    for split in ("train", "val"):
        (data / f"treatments_{split}.json").unlink()

    lesson = prepare_lesson(known, ArchLocator().eval())

    # Where they are known, they tell which teeth are treated yet, and are not asked.
    assert any(len(e.boxes["treatments"].corners) for e in treated.examples)
    assert not any(len(e.boxes["treatments"].corners) for e in lesson.examples)
    assert list(treated.labels) == list(lesson.labels) == ["teeth"]
    assert list(treated.plans) == list(lesson.plans) == ["teeth"]


def test_treatments_that_are_of_no_use_do_not_stop_a_run_that_learns_teeth_alone(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
    (data / "treatments_train.json").write_text("{")
    alone = replace(config, output=None, teeth_output=tmp_path / "numbers")

    lesson = prepare_lesson(alone, ArchLocator().eval())

    (note,) = lesson.notes
    assert note.startswith("treatments are left aside: ")
    assert "treatments_train.json" in note
    assert lesson.examples


def test_crowned_teeth_are_learned_alike_where_their_labels_differ(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
        crown_first_molars(data, split)
    teeth = replace(config, teeth_output=tmp_path / "teeth")

    lesson = prepare_lesson(teeth, ArchLocator().eval())

    note = (
        "5 teeth labelled without the crown, as others are with it: learned with half"
        " of it"
    )
    assert lesson.mending["teeth"] == note
    assert note in lesson.notes
    assert lesson.mending["treatments"] == ""
    asked = {
        name: {round(b.box.height, 3) for s in found["teeth"].samples for b in s.boxes}
        for name, found in (
            ("learned", lesson.training), ("judged by", lesson.validation)
        )
    }  # fmt: skip
    # What a detector is judged by stays as it is labelled.
    assert asked["learned"] == {12, 13}
    assert asked["judged by"] == {12}


def crown_first_molars(data: Path, split: str) -> None:
    """Crowns 6 high: within the upper teeth on the right, beyond those on the left."""
    path = data / f"treatments_{split}.json"
    content = json.loads(path.read_text())
    (restoration,) = (
        c["id"] for c in content["categories"] if c["name"] == "restoration"
    )
    content["annotations"] = []
    for image in content["images"]:
        for number, beyond in ((16, 0), (26, 4)):
            x, y = ARCH_TEETH[Tooth.from_fdi(number)]
            left, end = 94 + 90 * x, 42 + 90 * y + 12
            content["annotations"].append(
                {
                    "id": len(content["annotations"]) + 1,
                    "image_id": image["id"],
                    "category_id": restoration,
                    "bbox": [left, end - 6 + beyond, 4, 6],
                }
            )
    path.write_text(json.dumps(content))


def write_teeth(data: Path, split: str, *, numbers: Sequence[int]) -> None:
    """First molars on each radiograph, where they usually are."""
    content = json.loads((data / f"treatments_{split}.json").read_text())
    content["categories"] = [{"id": n, "name": str(n)} for n in numbers]
    content["annotations"] = [
        {
            "id": image["id"] * 100 + number,
            "image_id": image["id"],
            "category_id": number,
            "bbox": [94 + 90 * x, 42 + 90 * y, 4, 12],
        }
        for image in content["images"]
        for number in numbers
        for x, y in [ARCH_TEETH[Tooth.from_fdi(number)]]
    ]
    (data / f"teeth_{split}.json").write_text(json.dumps(content))


def test_weights_of_teeth_are_chosen_by_how_the_teeth_are_numbered(
    config: TrainingConfig, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = lesson_of_teeth(config, data, Augmentation(), (16, 26, 36, 46))
    teeth = lesson.validation["teeth"]
    exact = [
        tuple(Finding(b.box, teeth.labels[b.label_index], score=0.9) for b in s.boxes)
        for s in teeth.samples
    ]
    answers = {"treatments": [(), ()], "teeth": exact}
    monkeypatch.setattr(validation, "candidates_of", lambda *_arguments: answers)

    everything = validation.validate(torch.nn.Identity(), lesson, [], FRAME)
    answers["teeth"] = [found[:2] for found in exact]
    half = validation.validate(torch.nn.Identity(), lesson, [], FRAME)

    for name in ("detection_f1", "numbering_f1", "mean_ap50", "mean_ap", "score"):
        assert everything[f"teeth_{name}"] == pytest.approx(1)
    # Two of four are found and nothing else: 2 x 2 of 4 and 2. Two teeth are no arches,
    # so that none has a number; of two numbers the AP is 1, of the other two it is 0.
    assert half["teeth_detection_f1"] == pytest.approx(2 / 3)
    assert half["teeth_numbering_f1"] == 0
    assert half["teeth_score"] == pytest.approx((0.5 + 2 / 3 + 0) / 3)


def test_teeth_of_one_side_alone_are_learned_for_the_other_too(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 46))

    train(
        replace(config, teeth_output=tmp_path / "numbers", epochs=1, locator_epochs=1)
    )

    assert read_card(tmp_path / "numbers").labels == ("16", "46", "26", "36")


def lesson_of_teeth(
    config: TrainingConfig, data: Path, plan: Augmentation, numbers: Sequence[int]
) -> Lesson:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=numbers)
    teeth = replace(config, teeth_output=data / "numbers", augmentation=plan)
    return prepare_lesson(teeth, ArchLocator().eval())


def test_only_what_is_exchanged_needs_a_number(
    config: TrainingConfig, data: Path
) -> None:
    lesson = lesson_of_teeth(config, data, Augmentation(flip=False), (16, 11))

    assert lesson.labels["teeth"] == ("11", "16")
    assert lesson.examples[0].mirrored == lesson.examples[0].upturned == {}


def test_a_tooth_turned_both_ways_is_known_each_way(
    config: TrainingConfig, data: Path
) -> None:
    lesson = lesson_of_teeth(config, data, Augmentation(upturn=True), (16,))

    # 16 is mirrored 26, upturned 46, and both 36.
    assert lesson.labels["teeth"] == ("16", "26", "46", "36")
    assert lesson.validation["teeth"].labels == lesson.labels["teeth"]
    assert lesson.examples[0].mirrored["teeth"].tolist() == [1, 0, 3, 2]
    assert lesson.examples[0].upturned["teeth"].tolist() == [2, 3, 0, 1]
    note = "learned from teeth of the other side or jaw alone: 26, 46, 36"
    assert note in lesson.notes


def test_teeth_without_a_number_do_not_stop_a_run_that_learns_no_teeth(
    config: TrainingConfig, data: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
        path = data / f"teeth_{split}.json"
        path.write_text(path.read_text().replace('"26"', '"supernumerary"'))

    lesson = prepare_lesson(config, ArchLocator().eval())

    # On five radiographs to learn from and two to judge by.
    assert lesson.notes == (
        "deciduous teeth, and those without an FDI number, are not learned:"
        ' 7 "supernumerary"',
    )


def test_classes_that_are_numbers_of_teeth_change_with_the_side(
    config: TrainingConfig, data: Path
) -> None:
    for split in ("train", "val"):
        write_teeth(data, split, numbers=(16, 26, 36, 46))
        os.replace(data / f"teeth_{split}.json", data / f"treatments_{split}.json")

    lesson = prepare_lesson(config)
    train(replace(config, epochs=1))

    # In the order of the labels: 16 becomes 26, 46 becomes 36.
    assert lesson.labels["treatments"] == ("16", "26", "36", "46")
    assert lesson.examples[0].mirrored["treatments"].tolist() == [1, 0, 3, 2]
    assert read_card(config.output).looks == one_look(FRAME)


def together(
    config: TrainingConfig, run_folders: Sequence[Path], *more: str
) -> list[str]:
    """What two processes say that train one epoch together, each with its folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        "train", "--data", config.data[0], "--output", config.output, "--epochs", "1",
        "--input-size", "128x64", "--batch-size", "2", "--threads", "1", *more,
    ]  # fmt: skip
    # What torchrun tells the processes that it starts.
    told = {
        "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    processes = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "dentalviewer", *map(str, words)),
                *("--run-folder", str(folder)),
            ],
            env={**os.environ, **told, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank, folder in enumerate(run_folders)
    ]
    try:
        said = [process.communicate(timeout=300)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()

    assert [process.returncode for process in processes] == [0, 0], said
    return said


def test_several_processes_train_one_detector(config: TrainingConfig) -> None:
    said = together(config, [config.run_folder, config.run_folder])

    assert "5 radiographs, 2 to judge by" in said[0]
    assert "to judge by" not in said[1]
    # Five radiographs for two processes are three each: two batches.
    assert checkpoint(config.run_folder)["step"] == 2
    card = read_card(config.output)
    assert card.labels == ("restoration", "endodontic", "implant")
    assert "batch 2 in each of 2 processes" in card.training.recipe


def test_of_several_machines_the_first_has_the_run_that_is_resumed(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(training, "_publish", lambda *arguments: None)
        train(replace(config, epochs=1))

    together(config, [config.run_folder, tmp_path / "not here"], "--resume")

    assert read_card(config.output).name == "mine"
    assert not (tmp_path / "not here").exists()


def test_the_command_on_the_card_keeps_relative_paths_and_tells_no_folders(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [
        "--data",
        "../shared/data/x",
        "--output=models/a b",
        "--from",
        "/home/me/d",
    ]
    monkeypatch.setattr(sys, "argv", ["dentalviewer", "train", *typed])

    folder = train(replace(config, epochs=1))

    assert read_card(folder).training.command == (
        "dentalviewer train --data ../shared/data/x '--output=models/a b' --from d"
    )


def test_patients_on_both_sides_are_told_of_on_the_card(
    config: TrainingConfig, data: Path
) -> None:
    for split, count in (("train", 5), ("val", 2)):
        path = data / f"treatments_{split}.json"
        content = json.loads(path.read_text())
        for number, image in zip(range(count), content["images"], strict=True):
            image["patient_id"] = number
        path.write_text(json.dumps(content))

    folder = train(replace(config, epochs=1))

    assert (
        "Patients both learned from and judged by: 2. Scores may be better than on"
        " others."
    ) in read_card(folder).failures


def listening(monkeypatch: pytest.MonkeyPatch) -> list[TrainingConfig]:
    """What the command asks for, instead of the training."""
    asked: list[TrainingConfig] = []

    def listen(config: TrainingConfig) -> Path:
        asked.append(config)
        return config.outputs[config.leading]

    monkeypatch.setattr(training, "train", listen)
    return asked


def test_the_command_passes_on_what_was_typed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = listening(monkeypatch)
    words = ["train", "--data", str(data), "--data", "b", "--output", "models/mine"]

    assert cli.main([*words, "--no-flip", "--licence", "CC0", "--patience", "3"]) == 0

    (config,) = asked
    assert config.data == (data, Path("b"))
    assert config.run_folder == Path("runs/mine")
    assert config.augmentation == Augmentation(flip=False)
    assert config.rights == Rights("CC0", "not stated")
    assert (config.patience, config.epochs, config.learning_rate) == (3, 100, 1e-3)


def test_the_command_takes_a_time_as_a_clock_shows_it_or_of_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = listening(monkeypatch)
    words = ["train", "--data", "a", "--output", "b", "--until"]

    for text in ("22:30", "2026-03-01T22:30"):
        assert cli.main([*words, text]) == 0

    now = datetime.now()
    of_clock, of_day = (config.until for config in asked)
    assert of_clock is not None
    assert (of_clock.hour, of_clock.minute) == (22, 30)
    assert timedelta(0) <= of_clock - now <= timedelta(days=1)
    assert of_day == datetime(2026, 3, 1, 22, 30)


def test_a_detector_is_trained_further_more_gently(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = listening(monkeypatch)

    cli.main(["train", "--data", "a", "--output", "b", "--from", str(model)])

    (config,) = asked
    assert config.start == model
    assert (config.patience, config.epochs, config.learning_rate) == (10, 30, 3e-4)


@pytest.mark.parametrize(
    "words",
    [
        ["--input-size", "704"],
        ["--input-size", "20x20"],
        ["--epochs", "0"],
        ["--until", "late"],
        ["--until", "22:30Z"],
        ["--until", "22:30+09:00"],
        ["--until", "22:30", "--deadline-minutes", "5"],
        ["--learning-rate", "nan"],
        ["--learning-rate", "-1"],
        ["--architecture", "oracle"],
        ["--from", "tiny", "--backbone", "weights"],
    ],
)
def test_what_makes_no_sense_is_not_begun(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", "--data", "a", "--output", "b", *words]) == 2
    assert "usage" in capsys.readouterr().err


def test_teeth_alone_are_trained_further_as_gently(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = listening(monkeypatch)
    words = ["train", "--data", "a", "--teeth-output", "b/numbers"]

    assert cli.main([*words, "--teeth-from", "teeth"]) == 0

    (config,) = asked
    assert (config.output, config.teeth_output) == (None, Path("b/numbers"))
    assert config.label_sets == ("teeth",)
    assert config.teeth_start is not None
    assert config.teeth_start.name == "teeth"
    assert config.input_size == read_card(config.teeth_start).input_size
    assert config.run_folder == Path("runs/numbers")
    assert (config.patience, config.epochs, config.learning_rate) == (10, 30, 3e-4)
    assert str(Path("b/numbers")) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], "--output, for a detector of treatments, or --teeth-output is needed"),
        (["--output", "b", "--teeth-from", "teeth"], "--teeth-from needs"),
        (["--teeth-output", "b", "--from", "teeth"], "--from needs --output"),
        (
            ["--output", "b", "--teeth-output", "c", "--teeth-from", "teeth"],
            "needs --from too",
        ),
        (
            ["--teeth-output", "c", "--teeth-from", "teeth", "--backbone", "teeth"],
            "no --backbone",
        ),
        (["--teeth-output", "c", "--only", "accepted"], "is about treatments"),
    ],
)
def test_what_would_be_learned_for_nothing_is_not_begun(
    words: list[str],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = listening(monkeypatch)

    assert cli.main(["train", "--data", "a", *words]) == 1

    assert fault in capsys.readouterr().err
    assert not asked


def test_a_detector_to_start_from_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["train", "--data", "a", "--output", "b", "--from", "gone"]) == 1
    assert "no such detector" in capsys.readouterr().err


def test_the_learning_rate_rises_and_falls_once() -> None:
    assert rate_factor(0) == pytest.approx(0.04)
    assert rate_factor(0.03) == pytest.approx(0.52)
    assert rate_factor(0.06) == pytest.approx(1.001)
    assert rate_factor(0.53) == pytest.approx(0.501)
    assert rate_factor(1) == pytest.approx(0.001)
    assert rate_factor(1.2) == pytest.approx(0.001)


def test_of_several_cycles_each_is_as_the_only_one() -> None:
    assert rate_factor(0.2 * 0.03, 5) == pytest.approx(0.52)
    assert rate_factor(0.2, 5) == pytest.approx(0.04)
    assert rate_factor(0.4 + 0.2 * 0.53, 5) == pytest.approx(0.501)
    assert rate_factor(1, 5) == pytest.approx(0.001)


def test_the_ends_of_cycles_are_what_is_averaged_and_the_card_counts_them(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(training, "_publish", lambda *arguments: None)
        train(replace(config, epochs=6, cycles=3))

    kept = sorted(path.name for path in config.run_folder.glob("kept_*.pt"))
    assert kept == [f"kept_000{epoch}.pt" for epoch in (2, 4, 6)]
    folder = train(replace(config, epochs=6, cycles=3, resume=True))
    assert "3 cycles over 6 epochs;" in read_card(folder).training.recipe


def test_the_average_of_the_weights_catches_up_at_first() -> None:
    now, mean = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.constant_(now.weight, 1.0)
    nn.init.constant_(mean.weight, 0.0)
    optimizer = torch.optim.SGD(now.parameters())
    run = Run(now, mean.requires_grad_(requires_grad=False), optimizer, [], step=8)

    update_average(run, 0.998)
    # (1 + 8) / (10 + 8) is kept.
    assert mean.weight.item() == pytest.approx(0.5)

    run.step = 1_000_000
    update_average(run, 0.998)
    assert mean.weight.item() == pytest.approx(0.501)


def showing(*labels: int) -> Example:
    corners = np.tile(np.array([0, 0, 9, 9], np.float32), (len(labels), 1))
    boxes = Boxes(corners, np.array(labels, np.int64), np.zeros(len(labels), np.bool_))
    return Example(
        np.zeros((9, 9), np.uint8), Box(0, 0, 9, 9), {"treatments": boxes}, {}
    )


def test_radiographs_with_rare_treatments_are_shown_more_often() -> None:
    examples = [showing(0)] * 31 + [showing(0, 1)]

    orders = [epoch_order(examples, np.random.default_rng(s)) for s in range(20)]

    # On 1 of 32 instead of on half of them: four times, the root of 16.
    assert all((order == 31).sum() == 4 for order in orders)
    assert all(len(order) == 35 for order in orders)
    assert len({tuple(order) for order in orders}) > 1


def test_rare_treatments_may_be_transplanted() -> None:
    examples = [showing(0)] * 9 + [showing(0, 1)]

    assert find_donors(examples) == [Donor(examples[9], 1)]


def test_the_fdi_numbers_of_the_template_are_those_of_permanent_teeth() -> None:
    assert {tooth.quadrant for tooth in ARCH_TEETH} == {1, 2, 3, 4}
    assert Tooth(5, 1) not in ARCH_TEETH


def test_a_set_without_findings_is_refused(config: TrainingConfig) -> None:
    source = config.data[0]
    write_split(source, "train", radiographs=0)

    with pytest.raises(DatasetError, match="no annotated radiograph"):
        train(config)
