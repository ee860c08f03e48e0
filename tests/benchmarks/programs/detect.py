"""Examines a sample through the detector and through its network alone, in turn."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from dentalviewer.detection import load_detector
from dentalviewer.detection.catalogue import InstalledDetectors
from dentalviewer.detection.memory import keep_freed_memory
from dentalviewer.detection.torch_detector import TorchDetector, to_images
from dentalviewer.radiograph import read_radiograph
from dentalviewer.resources import samples_folder

SAMPLE = "vott-v1/sample-1.png"
TIMES = 12
WARMING_UP = 2


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
    network, size = detector._network, detector._input_size
    frame = detector._viewer.view(radiograph, size).frame
    frames = [frame, frame[:, ::-1]] if detector._both_sides else [frame]

    def network_alone() -> object:
        with torch.inference_mode():
            return network.detector(to_images(frames))

    whole, alone = [], []
    for _ in range(TIMES):
        # What was prepared for a radiograph is kept as long as that is there.
        another = replace(radiograph)
        whole.append(milliseconds(partial(detector.detect, another)))
        alone.append(milliseconds(network_alone))
    answer = {
        "whole": whole[WARMING_UP:],
        "network": alone[WARMING_UP:],
        "megabytes_with_torch": with_torch,
        "peak_megabytes": memory_megabytes("VmHWM"),
    }
    print(json.dumps(answer))


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
