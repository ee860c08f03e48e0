"""Detectors in a process of their own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.detection import load_detector
from dentalviewer.detection.cards.model_card import encode_card, sha256
from dentalviewer.detection.cards.model_folder import WEIGHTS_FILE, write_model
from dentalviewer.detection.inference.child_process import (
    DetectorProcess,
    DetectorsInChild,
    _Child,
    _Detect,
    _Load,
)
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.errors import (
    DetectionCancelled,
    DetectionError,
    DetectorEnded,
    ModelError,
    RadiographError,
)
from dentalviewer.radiograph import Radiograph
from dentalviewer.study import Finding
from tests.detection.conftest import card, network

RADIOGRAPH = Radiograph(
    Path("pan.png"),
    np.random.default_rng(7).integers(60, 200, (140, 280)).astype(np.uint8),
    "ab" * 32,
)

stopping = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows cannot make a process pause"
)


class OnlyTreatments(DetectorsInChild):
    """Without the bundled detector of teeth, which takes its time."""

    def tooth_detector(self) -> str:
        return ""


@pytest.fixture
def detectors(model: Path) -> Iterator[DetectorsInChild]:
    process = DetectorProcess()
    yield OnlyTreatments(model.parent, process)
    process.stop()


def best_box(found: tuple[Finding, ...]) -> list[float]:
    return list(found[0].box.corners)


def roughly(corners: list[float]) -> object:
    """The child shares the cores out otherwise, and so adds up in another order."""
    return pytest.approx(corners, abs=0.01)


def test_the_child_finds_what_the_detector_itself_finds(
    detectors: DetectorsInChild, model: Path
) -> None:
    itself = load_detector(model)
    child = detectors.load("tiny")

    assert child.identity == itself.identity
    assert (child.labels, child.settings) == (itself.labels, itself.settings)
    found = child.detect(RADIOGRAPH)
    assert found
    assert [f.label for f in found] == [f.label for f in itself.detect(RADIOGRAPH)]


@pytest.mark.parametrize(
    "pixels",
    [
        RADIOGRAPH.pixels[::-1].copy(),
        # 60 to 200 of 65535 is stretched over all grey values, of 255 it is not.
        RADIOGRAPH.pixels.astype(np.uint16),
    ],
    ids=["turned", "the same numbers at another depth"],
)
def test_other_pixels_of_the_same_file_are_examined_anew(
    detectors: DetectorsInChild, model: Path, pixels: NDArray[Any]
) -> None:
    other = replace(RADIOGRAPH, pixels=pixels)
    child, itself = detectors.load("tiny"), load_detector(model)
    before = child.detect(RADIOGRAPH)

    found = child.detect(other)

    assert best_box(found) == roughly(best_box(itself.detect(other)))
    assert best_box(found) != roughly(best_box(before))


def test_a_fault_in_the_child_is_told_as_it_is(
    detectors: DetectorsInChild, model: Path
) -> None:
    (model / WEIGHTS_FILE).write_bytes(b"other weights")

    with pytest.raises(ModelError) as caught:
        detectors.load("tiny")

    assert caught.value.path == model / WEIGHTS_FILE
    assert "sha256" in caught.value.fault


def test_a_child_that_died_meanwhile_is_replaced(detectors: DetectorsInChild) -> None:
    child = detectors.load("tiny")
    before = child.detect(RADIOGRAPH)
    detectors.process.stop()

    assert child.detect(RADIOGRAPH) == before


@stopping
def test_a_child_that_dies_over_a_radiograph_is_reported(
    detectors: DetectorsInChild,
) -> None:
    child = detectors.load("tiny")
    os.kill(pid_of(detectors), signal.SIGSTOP)
    threading.Timer(0.3, detectors.process.stop).start()

    with pytest.raises(DetectionError, match="process ended"):
        child.detect(RADIOGRAPH)


class AskedWhileItDies:
    """A question that is on its way when the child is gone and nobody listens."""

    def __init__(self, child: _Child) -> None:
        self.child = child

    def __reduce__(self) -> tuple[type[str], tuple[()]]:
        listening = [t for t in threading.enumerate() if t.name == "detector"]
        self.child.process.kill()
        for thread in listening:
            thread.join(1)
        return str, ()


def test_a_child_that_dies_while_it_is_asked_is_reported() -> None:
    child = _Child()

    answer = child.ask(1, AskedWhileItDies(child))

    with pytest.raises(DetectorEnded):
        answer.result(10)


@stopping
def test_cancelling_does_not_wait_and_spoils_no_later_answer(
    detectors: DetectorsInChild,
) -> None:
    child = detectors.load("tiny")
    inverted = replace(RADIOGRAPH, pixels=255 - RADIOGRAPH.pixels)
    expected = child.detect(inverted)
    os.kill(pid_of(detectors), signal.SIGSTOP)
    threading.Timer(0.3, child.cancel).start()

    with pytest.raises(DetectionCancelled):
        child.detect(RADIOGRAPH)
    os.kill(pid_of(detectors), signal.SIGCONT)

    assert child.detect(inverted) == expected


def files(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(count)]
    for path in paths:
        cv2.imwrite(str(path), RADIOGRAPH.pixels)
    return paths


def test_files_are_examined_beside_each_other_as_the_detector_would(
    detectors: DetectorsInChild, model: Path, tmp_path: Path
) -> None:
    expected = load_detector(model).detect(RADIOGRAPH)
    paths = files(tmp_path / "in", 4)
    paths[2].write_bytes(b"")
    coming = [detectors.examine("tiny", path) for path in paths]

    with pytest.raises(RadiographError, match="empty"):
        coming[2].result(60)
    for number in (0, 1, 3):
        detection, fault = coming[number].result(60)
        assert not fault
        assert detection.identity == detectors.examiners("tiny").identity
        assert [f.label for f in detection.candidates] == [f.label for f in expected]


def test_files_are_examined_by_the_detector_that_is_installed_now_under_its_name(
    detectors: DetectorsInChild, model: Path, tmp_path: Path
) -> None:
    (path,) = files(tmp_path / "in", 1)
    before, _ = detectors.examine("tiny", path).result(60)
    anew = encode_weights(network(seed=1))
    write_model(model, anew, encode_card(card(anew)))

    after, _ = detectors.examine("tiny", path).result(60)

    assert before.identity.sha256 != after.identity.sha256 == sha256(anew)


@stopping
def test_a_child_that_dies_over_files_loses_them_all_and_is_replaced(
    detectors: DetectorsInChild, tmp_path: Path
) -> None:
    paths = files(tmp_path / "in", 3)
    detectors.examine("tiny", paths[0]).result(60)
    os.kill(pid_of(detectors), signal.SIGSTOP)
    coming = [detectors.examine("tiny", path) for path in paths]
    detectors.process.stop()

    for future in coming:
        with pytest.raises(DetectorEnded, match="process ended"):
            future.result(60)
    detection, _ = detectors.examine("tiny", paths[0]).result(60)
    assert detection.candidates


@stopping
def test_the_reader_comes_before_files_that_are_waiting(
    detectors: DetectorsInChild, tmp_path: Path
) -> None:
    detectors.load("tiny")
    asked = _Load("tiny", detectors.user_folder)
    paths = files(tmp_path / "in", 40)
    # Noted where answers arrive, and before any can: this thread may be held up.
    answered: list[Future[Any]] = []
    os.kill(pid_of(detectors), signal.SIGSTOP)
    coming = [detectors.examine("tiny", path) for path in paths]
    read = detectors.process.submit(
        _Detect(asked, RADIOGRAPH.path, RADIOGRAPH.pixels, RADIOGRAPH.sha256)
    )
    for future in (*coming, read):
        future.add_done_callback(answered.append)
    os.kill(pid_of(detectors), signal.SIGCONT)

    assert read.result(60)
    for future in coming:
        future.result(60)
    assert answered.index(read) < len(coming)


def pid_of(detectors: DetectorsInChild) -> int:
    pid = detectors.process.pid
    assert pid is not None
    return pid
