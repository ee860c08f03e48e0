"""How long a detector takes for a radiograph, and how much memory, where it is made.

Importing this module does not import torch.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from dentalviewer import resources
from dentalviewer.detection import load_detector
from dentalviewer.detection.cards.model_card import ModelCard, Speed, encode_card
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.inference.memory import keep_freed_memory
from dentalviewer.errors import DentalViewerError
from dentalviewer.radiograph import read_radiograph

SAMPLE = "vott-v1/sample-1.png"
TIMES = 12
WARMING_UP = 2
# Twenty times of what two busy cores need.
PATIENCE_SECONDS = 180.0


def speed_of_weights(card: ModelCard, weights: bytes) -> Speed | None:
    """`speed_of` weights that are no detector's folder yet."""
    with (
        suppress(DentalViewerError, OSError),
        TemporaryDirectory(prefix="dentalviewer-") as made,
    ):
        folder = Path(made, "detector")
        write_model(folder, weights, encode_card(card))
        return speed_of(folder)
    return None


def speed_of(folder: Path) -> Speed | None:
    """Time and most memory of a process that examines the drawn sample.

    It is examined `TIMES` times, from pixels to findings; what else the computer does
    can only add to that, so the least time counts, but for the first `WARMING_UP`. None
    if it cannot be measured: that is no fault of the detector.
    """
    with suppress(OSError):
        return _asked_of_a_process(folder)
    return None


def _asked_of_a_process(folder: Path) -> Speed | None:
    """Raises OSError if none can be started."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    with ours:
        process = context.Process(target=_measure, args=(folder, theirs), daemon=True)
        with theirs:
            process.start()
        try:
            answer = ours.recv() if ours.poll(PATIENCE_SECONDS) else None
        except EOFError:
            answer = None
        finally:
            process.kill()
            process.join()
    return answer if isinstance(answer, Speed) else None


def _measure(folder: Path, connection: Connection) -> None:
    # As the window's own process of detectors does it.
    keep_freed_memory()
    try:
        detector = load_detector(folder)
        radiograph = read_radiograph(resources.samples_folder() / SAMPLE)
        taken = []
        for _ in range(TIMES):
            # What was prepared for a radiograph is kept as long as that is there.
            taken.append(_milliseconds(partial(detector.detect, replace(radiograph))))
    except (DentalViewerError, MemoryError):
        connection.send(None)
        return
    from torch import get_num_threads

    milliseconds, megabytes = min(taken[WARMING_UP:]), _most_memory_megabytes()
    connection.send(Speed(milliseconds, megabytes, get_num_threads(), radiograph.size))


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return round((time.perf_counter() - start) * 1000, 1)


def _most_memory_megabytes() -> float | None:
    """The most memory that this process has had; None where the system does not tell.

    Not by getrusage, which counts what the program that started this one had.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    most = next((line for line in lines if line.startswith("VmHWM:")), None)
    return None if most is None else int(most.split()[1]) / 1024
