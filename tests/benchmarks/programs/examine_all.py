"""Examines copies of a sample as a batch, and shows its frame to the networks alone,
in turn; or, given a number, examines that many and tells the memory on the way.

Given "kept" in place of the number, the networks alone keep memory as the batch does;
given "jpeg", the copies are JPEGs, which are decoded in a fifth of the time of PNGs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import torch

from dentalviewer.detection import load_detector
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detection.inference.child_process import (
    DetectorProcess,
    DetectorsInChild,
)
from dentalviewer.detection.inference.ensemble import EnsembleDetector
from dentalviewer.detection.inference.memory import keep_freed_memory
from dentalviewer.detection.inference.tooth_detector import ToothDetector
from dentalviewer.detection.inference.torch_detector import (
    RADIOGRAPHS_BEFORE_JOINING,
    TorchDetector,
    to_images,
)
from dentalviewer.detection.networks.layer_graph import joined
from dentalviewer.detector import Detector
from dentalviewer.radiograph import read_radiograph
from dentalviewer.resources import samples_folder
from dentalviewer.worklist.batch import Batch, Progress
from dentalviewer.worklist.predictions import PredictionStore

SAMPLE = "vott-v1/sample-1.png"
ROUNDS = 4
RADIOGRAPHS = 12
# From then on layers are joined, here as in the batch.
WARMING_UP = RADIOGRAPHS_BEFORE_JOINING + 2
# The detector of teeth looks three times: straight, mirrored and upside down.
LOOKS_FOR_TEETH = 3


def main() -> None:
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
    detectors = DetectorsInChild(folder, DetectorProcess())
    names = detectors.names()
    if not names:
        sys.exit("no detector is installed")
    wish = sys.argv[3] if len(sys.argv) > 3 else "0"
    many = int(wish) if wish.isdecimal() else 0
    if wish == "kept":
        keep_freed_memory()
    try:
        if many:
            print(json.dumps(examine_many(detectors, names[0], many)))
        else:
            suffix = ".jpg" if wish == "jpeg" else ".png"
            print(json.dumps(examine_in_turn(detectors, names[0], folder, suffix)))
    finally:
        detectors.process.stop()


def examine_in_turn(
    detectors: DetectorsInChild, name: str, folder: Path | None, suffix: str
) -> dict[str, list[float]]:
    networks = networks_alone(name, folder)
    networks()
    run_batch(detectors, name, copies("warm", WARMING_UP, suffix))
    batch, alone = [], []
    for number in range(ROUNDS):
        paths = copies(str(number), RADIOGRAPHS, suffix)
        batch.append(milliseconds(partial(run_batch, detectors, name, paths)))
        alone.append(milliseconds(networks, RADIOGRAPHS))
    return {"batch": [ms / RADIOGRAPHS for ms in batch], "network": alone}


def networks_alone(name: str, folder: Path | None) -> Callable[[], object]:
    """What the very networks of both detectors do for one radiograph."""
    found = load_detector(name, user_folder=folder)
    members = found.members if isinstance(found, EnsembleDetector) else (found,)
    asked: list[tuple[Detector, int]] = [(member, 1) for member in members]
    tooth_name = InstalledDetectors(folder).tooth_detector()
    if tooth_name:
        numbering = load_detector(tooth_name, user_folder=folder)
        assert isinstance(numbering, ToothDetector)
        assert isinstance(numbering._detector, TorchDetector)
        asked.append((numbering._detector, LOOKS_FOR_TEETH))
    radiograph = read_radiograph(samples_folder() / SAMPLE)
    steps = []
    for detector, looks in asked:
        assert isinstance(detector, TorchDetector)
        views = [detector._viewer.view(radiograph, look) for look in detector._looks]
        batches = [to_images([view.frame]) for view in views]
        network = joined(detector._network.detector, batches)
        steps += [(network, images) for images in batches] * looks

    def run() -> None:
        with torch.inference_mode():
            for network, images in steps:
                network(images)

    return run


def examine_many(
    detectors: DetectorsInChild, name: str, count: int
) -> dict[str, list[float]]:
    """Megabytes of the child and of this process, after each radiograph."""
    child, here = [], []

    def note(progress: Progress) -> None:
        if progress.latest is not None and detectors.process.pid is not None:
            child.append(megabytes(detectors.process.pid))
            here.append(megabytes("self"))

    run_batch(detectors, name, copies("many", count, ".png"), note)
    return {"child": child, "here": here}


def copies(folder: str, count: int, suffix: str) -> list[Path]:
    made = Path(folder)
    made.mkdir(exist_ok=True)
    content = (samples_folder() / SAMPLE).read_bytes()
    if suffix == ".jpg":
        pixels = read_radiograph(samples_folder() / SAMPLE).pixels
        content = cv2.imencode(suffix, pixels)[1].tobytes()
    original = made / "original"
    original.write_bytes(content)
    paths = [made / f"{number}{suffix}" for number in range(count)]
    for path in paths:
        path.hardlink_to(original)
    return paths


def run_batch(
    detectors: DetectorsInChild,
    name: str,
    paths: list[Path],
    announce: Callable[[Progress], None] = lambda progress: None,
) -> None:
    store = PredictionStore(Path("predictions.sqlite"))
    last: list[Progress] = []

    def note(progress: Progress) -> None:
        last[:] = [progress]
        announce(progress)

    Batch(
        paths,
        examiners=detectors.examiners(name),
        examine=lambda path: detectors.examine(name, path),
        at_once=detectors.at_once,
        store=store,
    ).run(note)
    store.close()
    if last[0].done != len(paths):
        sys.exit(f"{last[0].failures} {last[0].obstacle}")


def milliseconds(work: Callable[[], object], times: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) * 1000 / times


def megabytes(process: int | str) -> float:
    """Memory in use; 0 where it is not told."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    value = next(line for line in lines if line.startswith("VmRSS:"))
    return int(value.split()[1]) / 1024


if __name__ == "__main__":
    main()
