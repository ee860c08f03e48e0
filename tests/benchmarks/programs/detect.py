"""Examines a sample through the detector, through its network alone, and through that
in ONNX Runtime where it is installed, in turn.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray

from dentalviewer.detection import find_model, load_detector
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detection.inference.memory import keep_freed_memory
from dentalviewer.detection.inference.onnx_export import write_onnx
from dentalviewer.detection.inference.torch_detector import (
    RADIOGRAPHS_BEFORE_JOINING,
    TorchDetector,
    to_images,
)
from dentalviewer.detection.inference.weights import build_network, fused
from dentalviewer.detection.looks import one_look
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
    names = InstalledDetectors(folder).names()
    if not names:
        sys.exit("no detector is installed")
    detector = load_detector(names[0], user_folder=folder)
    radiograph = read_radiograph(samples_folder() / SAMPLE)
    assert isinstance(detector, TorchDetector)
    # The very network inside the detector: a second one would have other memory.
    frames = [detector._viewer.view(radiograph, a).frame for a in detector._looks]

    def network_alone() -> object:
        with torch.inference_mode():
            return [detector._layers(to_images([frame])) for frame in frames]

    in_onnx_runtime = onnx_network(names[0], folder, frames)
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


def onnx_network(
    name: str, user_folder: Path | None, frames: list[NDArray[np.uint8]]
) -> Callable[[], object] | None:
    """The same network with the same frames; None without ONNX Runtime."""
    try:
        import onnxruntime
    except ImportError:
        return None
    card, weights = read_model(find_model(name, user_folder))
    network = fused(build_network(card, weights, Path(name)))
    asked = []
    for frame in frames:
        height, width = frame.shape
        # A file is for frames of one size.
        of_size = replace(card, looks=one_look(Size(width, height)))
        with TemporaryDirectory() as made:
            path, *_ = write_onnx(network, of_size, Path(made, "network.onnx")).paths
            session = onnxruntime.InferenceSession(path)
        given = {"frame": frame[None, None].astype(np.float32)}
        asked.append(partial(session.run, None, given))
    return lambda: [ask() for ask in asked]


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
