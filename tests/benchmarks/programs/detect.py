"""Examines a sample through the detector, through its networks alone, and through these
in ONNX Runtime where it is installed, in turn.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray

from dentalviewer.detection import find_model, load_detector
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detection.inference.ensemble import EnsembleDetector
from dentalviewer.detection.inference.memory import keep_freed_memory
from dentalviewer.detection.inference.onnx_export import write_onnx
from dentalviewer.detection.inference.torch_detector import (
    RADIOGRAPHS_BEFORE_JOINING,
    TorchDetector,
    to_images,
)
from dentalviewer.detection.inference.weights import build_network, fused
from dentalviewer.detection.looks import one_look
from dentalviewer.detector import Detector
from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph
from dentalviewer.resources import samples_folder

SAMPLE = "vott-v1/sample-1.png"
TIMES = 12
WARMING_UP = 2
# From then on the layers are joined, as in the middle of many radiographs.
FIRST = RADIOGRAPHS_BEFORE_JOINING


def main() -> None:
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    # As the window's own process of detectors does it.
    keep_freed_memory()
    with_torch = memory_megabytes("VmRSS")
    catalogue = InstalledDetectors(folder)
    names = catalogue.names()
    if not names:
        sys.exit("no detector is installed")
    detector = load_detector(names[0], user_folder=folder)
    radiograph = read_radiograph(samples_folder() / SAMPLE)
    # The very networks inside the detector: others would have other memory.
    detectors = alone_in(detector)
    frames = [
        [each._viewer.view(radiograph, look).frame for look in each._looks]
        for each in detectors
    ]

    def network_alone() -> object:
        with torch.inference_mode():
            return [
                each._layers(to_images([frame]))
                for each, shown in zip(detectors, frames, strict=True)
                for frame in shown
            ]

    members = catalogue.members(names[0]) or names[:1]
    in_onnx_runtime = onnx_networks(members, folder, frames)
    first = [
        milliseconds(partial(detector.detect, replace(radiograph)))
        for _ in range(FIRST)
    ]
    whole, alone, onnx = [], [], []
    for _ in range(TIMES):
        # What was prepared for a radiograph is kept as long as that is there.
        another = replace(radiograph)
        whole.append(milliseconds(partial(detector.detect, another)))
        alone.append(milliseconds(network_alone))
        if in_onnx_runtime is not None:
            onnx.append(milliseconds(in_onnx_runtime))
            # Its threads go on asking for work for a while.
            time.sleep(0.1)
    answer = {
        "first": first[WARMING_UP:-1],
        "whole": whole[WARMING_UP:],
        "network": alone[WARMING_UP:],
        "onnx": onnx[WARMING_UP:],
        "megabytes_with_torch": with_torch,
        "peak_megabytes": memory_megabytes("VmHWM"),
    }
    print(json.dumps(answer))


def alone_in(detector: Detector) -> tuple[TorchDetector, ...]:
    """The detectors that an ensemble is made of, or the one that it is."""
    if isinstance(detector, EnsembleDetector):
        return detector.members
    assert isinstance(detector, TorchDetector)
    return (detector,)


def onnx_networks(
    names: Sequence[str],
    user_folder: Path | None,
    frames: Sequence[Sequence[NDArray[np.uint8]]],
) -> Callable[[], object] | None:
    """The same networks with the same frames; None without ONNX Runtime."""
    if find_spec("onnxruntime") is None:
        return None
    asked = [
        ask
        for name, shown in zip(names, frames, strict=True)
        for ask in asked_of(name, user_folder, shown)
    ]
    return lambda: [ask() for ask in asked]


def asked_of(
    name: str, user_folder: Path | None, frames: Sequence[NDArray[np.uint8]]
) -> list[Callable[[], object]]:
    """Each frame to be shown to one network in ONNX Runtime."""
    import onnxruntime

    card, weights = read_model(find_model(name, user_folder))
    network = fused(build_network(card, weights, Path(name)))
    asked: list[Callable[[], object]] = []
    for frame in frames:
        height, width = frame.shape
        # A file is for frames of one size.
        of_size = replace(card, looks=one_look(Size(width, height)))
        with TemporaryDirectory() as made:
            path, *_ = write_onnx(network, of_size, Path(made, "network.onnx")).paths
            session = onnxruntime.InferenceSession(path)
        given = {"frame": frame[None, None].astype(np.float32)}
        asked.append(partial(session.run, None, given))
    return asked


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def memory_megabytes(name: str) -> float:
    """VmRSS: memory in use, VmHWM: the most that was; 0 where they are not told."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    value = next(line for line in lines if line.startswith(f"{name}:"))
    return int(value.split()[1]) / 1024


main()
