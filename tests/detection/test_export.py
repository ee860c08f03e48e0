from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from dentalviewer import cli
from dentalviewer.detection import load_detector
from dentalviewer.detection.cards.model_card import encode_card
from dentalviewer.detection.cards.model_folder import read_model, write_model
from dentalviewer.detection.frames.locator import (
    LOCATOR_FRAME,
    ArchLocator,
    find_arches,
    new_locator,
    pointed_at,
    to_locator_images,
)
from dentalviewer.detection.frames.polarity import LOOK
from dentalviewer.detection.inference import weights
from dentalviewer.detection.inference.torch_detector import to_images
from dentalviewer.detection.inference.weights import build_network, encode_weights
from dentalviewer.detection.looks import Look
from dentalviewer.detector import DetectionSettings, select
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import read_radiograph
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

SETTINGS = DetectionSettings({"restoration": 0.6}, 0.3, 20, 0.55)


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
    points, clearness = run(tmp_path / "x-locator.onnx", looked)
    locator = build_network(*read_model(folder), folder).locator
    assert locator is not None
    with torch.inference_mode():
        expected, clear = pointed_at(locator, to_locator_images(looked))
    assert points.shape == (2, 3, 2)
    assert np.abs(points - expected.numpy()).max() < 1e-4
    assert clearness.shape == (2,)
    assert np.abs(clearness - clear.numpy()).max() < 1e-4


def test_a_detector_that_is_not_there_is_not_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", "nobody", "--onnx", str(tmp_path / "x.onnx")]) == 1
    assert "no such detector" in capsys.readouterr().err
    assert not (tmp_path / "x.onnx").exists()


def finder(
    folder: Path, *, polarity: float, looks: Sequence[Look] = (Look(FRAME),)
) -> Path:
    """A detector with a locator; `polarity` is how surely bright means upright."""
    torch.manual_seed(1)
    whole = network()
    whole.locator = new_locator(knows_inverted=True).eval()
    assert whole.locator.polarity is not None
    weight = torch.full((1, LOOK.width * LOOK.height), 0.0)
    # The look's middle against another place in the same row.
    weight[0, LOOK.width * 12 + 22], weight[0, LOOK.width * 12 + 8] = (
        polarity,
        -polarity,
    )
    whole.locator.polarity.weight = torch.nn.Parameter(weight)
    weights = encode_weights(whole)
    told = card(weights, finds_arches=True, settings=SETTINGS, looks=tuple(looks))
    write_model(folder, weights, encode_card(told))
    return folder


ONE = (Look(FRAME),)
BOTH_SIDES = (*ONE, Look(FRAME, mirrored=True))
TWO_SIZES = (Look(Size(192, 64)), Look(FRAME, mirrored=True))


@pytest.mark.parametrize(
    ("polarity", "looks"),
    [(50.0, ONE), (-50.0, ONE), (0.01, ONE), (50.0, BOTH_SIDES), (50.0, TWO_SIZES)],
)
def test_who_has_the_exported_files_alone_finds_the_same(
    tmp_path: Path, polarity: float, looks: Sequence[Look]
) -> None:
    folder = finder(tmp_path / "finder", polarity=polarity, looks=looks)
    radiograph = tmp_path / "drawn.png"
    pixels = drawn(Size(700, 380), [Box(200, 100, 260, 150), Box(400, 200, 420, 300)])
    cv2.imwrite(str(radiograph), pixels)
    assert cli.main(["export", str(folder), "--onnx", str(tmp_path / "x.onnx")]) == 0

    told = subprocess.run(
        [sys.executable, "-I", tmp_path / "x-example.py", "x.onnx", radiograph],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    found = [json.loads(line) for line in told.splitlines()]
    detector = load_detector(folder)
    expected = select(detector.detect(read_radiograph(radiograph)), detector.settings)
    assert len(found) == len(expected) > 5
    for wanted in expected:
        assert wanted.score is not None
        assert any(
            each["label"] == wanted.label
            and abs(each["score"] - wanted.score) < 1e-3
            and np.abs(np.subtract(each["box"], wanted.box.corners)).max() < 1
            for each in found
        ), wanted


def test_there_is_a_file_for_each_size_of_look_which_says_what_the_looks_are(
    tmp_path: Path,
) -> None:
    folder = finder(tmp_path / "finder", polarity=50.0, looks=TWO_SIZES)

    cli.main(["export", str(folder), "--onnx", str(tmp_path / "x.onnx")])

    for name, frame in (("x.onnx", (64, 192)), ("x-128x64.onnx", (64, 128))):
        session = onnxruntime.InferenceSession(tmp_path / name)
        assert tuple(session.get_inputs()[0].shape[2:]) == frame
        told = json.loads(session.get_modelmeta().custom_metadata_map["looks"])
        assert told["looks"] == [
            {"file": "x.onnx", "mirrored": False},
            {"file": "x-128x64.onnx", "mirrored": True},
        ]


def test_a_radiograph_that_is_inverted_is_examined_as_if_it_were_not(
    tmp_path: Path,
) -> None:
    """Else the test above would say nothing of polarity."""
    pixels = drawn(Size(700, 380), [Box(200, 100, 260, 150)])
    found = []
    for name, polarity in (("a", 50.0), ("b", -50.0)):
        folder = finder(tmp_path / name, polarity=polarity)
        locator = build_network(*read_model(folder), folder).locator
        assert locator is not None
        upright, _ = find_arches(locator, pixels)
        found.append(int(upright[5, 5]))

    assert sorted(found) == sorted([int(pixels[5, 5]), 255 - int(pixels[5, 5])])


def test_the_example_needs_neither_pytorch_nor_this_program(
    model: Path, tmp_path: Path
) -> None:
    cli.main(["export", str(model), "--onnx", str(tmp_path / "x.onnx")])

    code = (tmp_path / "x-example.py").read_text()

    imported = set(re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE))
    known = imported - set(sys.stdlib_module_names)
    assert known == {"cv2", "numpy", "onnxruntime"}


def test_the_folder_is_made_and_that_the_answers_agree_is_said(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "folder" / "x.onnx"

    assert cli.main(["export", str(model), "--onnx", str(path)]) == 0

    assert path.is_file()
    told = re.search(
        r"answer as they do .* to within (\S+) in", capsys.readouterr().out
    )
    assert told
    assert 0 <= float(told[1]) <= 1e-4


@pytest.mark.parametrize("place", ["file/tiny.onnx", "folder"])
def test_where_no_network_can_be_written_none_is_made(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr(weights, "build_network", pytest.fail)

    assert cli.main(["export", str(model), "--onnx", str(tmp_path / place)]) == 1

    in_the_way = tmp_path / Path(place).parts[0]
    assert f"{in_the_way}: is a " in capsys.readouterr().err


def test_a_network_that_answers_otherwise_is_not_written(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def session(*arguments: Any, **options: Any) -> Any:
        made = onnx_session(*arguments, **options)
        answered = made.run
        # By the least difference that is too much.
        made.run = lambda *given: [a + 2e-4 for a in answered(*given)]
        return made

    onnx_session = onnxruntime.InferenceSession
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)

    path = tmp_path / "new" / "x.onnx"
    assert cli.main(["export", str(model), "--onnx", str(path)]) == 1

    told = capsys.readouterr().err
    assert "x.onnx: is not written: its scores would differ" in told
    assert not list(path.parent.iterdir())


def test_without_onnx_runtime_it_is_said_that_nothing_was_checked(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    path = tmp_path / "x.onnx"
    assert cli.main(["export", str(model), "--onnx", str(path)]) == 0

    told = capsys.readouterr().out
    assert "Not checked: ONNX Runtime is not installed; install it with" in told
    assert path.is_file()


@pytest.mark.weights
def test_the_bundled_detector_can_be_exported(tmp_path: Path) -> None:
    path = tmp_path / "bundled.onnx"

    assert cli.main(["export", BUNDLED, "--onnx", str(path)]) == 0

    assert path.stat().st_size > 1_000_000
