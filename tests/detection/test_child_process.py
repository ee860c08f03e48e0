"""Detectors in a process of their own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dentalviewer.detection import load_detector
from dentalviewer.detection.child_process import DetectorProcess, DetectorsInChild
from dentalviewer.detection.model_folder import WEIGHTS_FILE
from dentalviewer.errors import DetectionCancelled, DetectionError, ModelError
from dentalviewer.radiograph import Radiograph

RADIOGRAPH = Radiograph(
    Path("pan.png"),
    np.random.default_rng(7).integers(60, 200, (140, 280)).astype(np.uint8),
    "ab" * 32,
)

stopping = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows cannot make a process pause"
)


@pytest.fixture
def detectors(model: Path) -> Iterator[DetectorsInChild]:
    process = DetectorProcess()
    yield DetectorsInChild(model.parent, process)
    process.stop()


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


def pid_of(detectors: DetectorsInChild) -> int:
    pid = detectors.process.pid
    assert pid is not None
    return pid
