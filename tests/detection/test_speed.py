from __future__ import annotations

import json
import multiprocessing
import tempfile
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from dentalviewer.cli import main
from dentalviewer.detection import read_card
from dentalviewer.detection.cards.model_card import Speed
from dentalviewer.detection.inference import speed
from dentalviewer.detection.inference.speed import speed_of, speed_of_weights
from dentalviewer.geometry import Size
from tests.detection.conftest import card


def test_a_detector_is_measured_on_a_radiograph_of_the_usual_size(model: Path) -> None:
    found = speed_of(model)

    assert found is not None
    assert found.radiograph == Size(2900, 1400)
    assert found.milliseconds > 0
    assert found.threads >= 1
    # PyTorch alone takes some hundred megabytes, where the system tells.
    assert found.megabytes is None or found.megabytes > 100


def test_weights_are_measured_before_they_are_anybody_s_detector(
    random_weights: bytes,
) -> None:
    assert isinstance(speed_of_weights(card(random_weights), random_weights), Speed)


def test_what_cannot_be_measured_is_no_error(model: Path) -> None:
    (model / "weights.safetensors").write_bytes(b"damaged")

    assert speed_of(model) is None


def test_a_process_that_takes_too_long_is_ended(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "PATIENCE_SECONDS", 0.0)

    assert speed_of(model) is None
    assert multiprocessing.active_children() == []


def test_where_no_process_can_be_started_there_is_no_speed(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(process: object) -> None:
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(SpawnProcess, "start", full)

    assert speed_of(model) is None


def test_where_nothing_can_be_written_to_there_is_no_speed(
    random_weights: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    assert speed_of_weights(card(random_weights), random_weights) is None


def test_assessing_tells_the_speed_too(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["assess", str(model), "--data", str(data)]

    assert main([*command, "--output", str(tmp_path / "out")]) == 0

    told = json.loads((tmp_path / "out" / "assessment.json").read_text())["speed"]
    assert told["radiograph"] == {"width": 2900, "height": 1400}
    shown = f"Speed: {told['milliseconds']:.0f} ms for a radiograph of 2900 x 1400"
    assert shown in capsys.readouterr().out


def test_a_trained_detector_knows_its_speed(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    command = ["train", "--data", str(data), "--output", str(folder)]
    run = ["--run-folder", str(tmp_path / "run"), "--epochs", "1", "--batch-size", "2"]

    assert main([*command, *run, "--input-size", "128x64"]) == 0

    told = read_card(folder).speed
    assert told is not None
    assert told.radiograph == Size(2900, 1400)
