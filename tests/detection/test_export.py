from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dentalviewer import cli
from dentalviewer.detection.locator import (
    LOCATOR_FRAME,
    ArchLocator,
    to_locator_images,
)
from dentalviewer.detection.model_card import encode_card
from dentalviewer.detection.model_folder import read_model, write_model
from dentalviewer.detection.sight import to_images
from dentalviewer.detection.weights import build_network, encode_weights
from dentalviewer.geometry import Box
from tests.detection.conftest import (
    BUNDLED,
    FRAME,
    card,
    drawn,
    network,
    untrained_faster_rcnn,
)

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")


def run(path: Path, frames: list[np.ndarray[Any, Any]]) -> list[Any]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    assert taken.name == "frame"
    given = np.stack(frames)[:, None].astype(np.float32)
    return list(session.run(None, {"frame": given}))


def frames(count: int = 3) -> list[np.ndarray[Any, Any]]:
    return [drawn(FRAME, [Box(10 * n, 10, 10 * n + 20, 30)]) for n in range(count)]


def test_an_exported_detector_answers_as_the_one_it_was_made_from(
    model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "tiny.onnx"

    assert cli.main(["export", str(model), "--onnx", str(path)]) == 0

    boxes, scores = run(path, frames())
    whole = build_network(*read_model(model), model)
    with torch.inference_mode():
        expected = whole.detector.scored_boxes(to_images(frames()))  # type: ignore[operator]
    wanted_boxes, wanted_scores = expected["treatments"]
    # Two boxes at each place of 16 x 8, 8 x 4, 4 x 2 and 2 x 1.
    assert boxes.shape == (3, 340, 4)
    assert scores.shape == (3, 340, 3)
    assert np.abs(scores - wanted_scores.numpy()).max() < 1e-4
    assert np.abs(boxes - wanted_boxes.numpy()).max() < 1e-4 * FRAME.width
    assert scores.std() > 0.01


def test_an_exported_faster_rcnn_takes_one_radiograph_at_a_time(
    tmp_path: Path,
) -> None:
    folder = untrained_faster_rcnn(tmp_path / "faster", proposals=20)
    path = tmp_path / "faster.onnx"

    assert cli.main(["export", str(folder), "--onnx", str(path)]) == 0

    whole = build_network(*read_model(folder), folder)
    for frame in frames():
        boxes, scores = run(path, [frame])
        with torch.inference_mode():
            expected = whole.detector.scored_boxes(to_images([frame]))  # type: ignore[operator]
        wanted_boxes, wanted_scores = expected["treatments"]
        assert boxes.shape == (1, 20, 4)
        assert scores.shape == (1, 20, 3)
        assert np.abs(scores - wanted_scores.numpy()).max() < 1e-4
        assert np.abs(boxes - wanted_boxes.numpy()).max() < 1e-4 * FRAME.width
        assert scores.std() > 0.01


def test_an_export_says_what_goes_in_and_comes_out(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"

    cli.main(["export", str(model), "--onnx", str(path)])

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    assert told["labels"] == "restoration, endodontic, implant"
    assert "(N, 1, 64, 128)" in told["frame"]
    assert "before calibration" in told["scores"]
    assert json.loads(told["calibrations"])["implant"]["slope"] == 1.5
    assert told["licence"] == "free; nobody"


def test_the_network_that_finds_the_arches_is_written_beside_it(tmp_path: Path) -> None:
    torch.manual_seed(1)
    whole = network()
    whole.locator = ArchLocator().eval()
    weights = encode_weights(whole)
    folder = tmp_path / "finder"
    write_model(folder, weights, encode_card(card(weights, finds_arches=True)))

    assert cli.main(["export", str(folder), "--onnx", str(tmp_path / "x.onnx")]) == 0

    looked = [drawn(LOCATOR_FRAME, [Box(40, 20, 90, 60)]), drawn(LOCATOR_FRAME, [])]
    (points,) = run(tmp_path / "x-locator.onnx", looked)
    locator = build_network(*read_model(folder), folder).locator
    assert locator is not None
    with torch.inference_mode():
        expected, _ = locator(to_locator_images(looked))
    assert points.shape == (2, 3, 2)
    assert np.abs(points - expected.numpy()).max() < 1e-4


def test_a_detector_that_is_not_there_is_not_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", "nobody", "--onnx", str(tmp_path / "x.onnx")]) == 1
    assert "no such detector" in capsys.readouterr().err
    assert not (tmp_path / "x.onnx").exists()


@pytest.mark.weights
def test_the_bundled_detector_can_be_exported(tmp_path: Path) -> None:
    path = tmp_path / "bundled.onnx"

    assert cli.main(["export", BUNDLED, "--onnx", str(path)]) == 0

    assert path.stat().st_size > 1_000_000
