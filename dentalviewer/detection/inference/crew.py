"""Many radiographs at once: each hand of the crew reads one and examines it whole.

With the cores shared out among the hands, decoding and preparing of one radiograph
overlap with the network on another, and no hand waits for the slowest step.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from dentalviewer.detector import Answer, Detection, Detector
from dentalviewer.errors import DentalViewerError, DetectionCancelled
from dentalviewer.radiograph import Radiograph

# Each hand takes some hundred megabytes.
MOST_HANDS = 4

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def hands() -> int:
    """How many radiographs are examined beside each other on this computer."""
    return min(os.cpu_count() or 1, MOST_HANDS)


def crew(count: int) -> ThreadPoolExecutor:
    """`count` threads, among which PyTorch shares the cores out."""
    return ThreadPoolExecutor(
        count, thread_name_prefix="hand", initializer=take_share, initargs=(count,)
    )


def in_order(
    work: Callable[[_Given], _Made], given: Iterable[_Given], count: int
) -> Iterator[_Made]:
    """What a crew of `count` makes of each, in order; few are finished ahead.

    Raises what `work` raises.
    """
    coming: deque[Future[_Made]] = deque()
    with crew(count) as pool:
        try:
            for each in given:
                coming.append(pool.submit(work, each))
                if len(coming) > count:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def answer_of(
    radiograph: Radiograph, detector: Detector, tooth_detector: Detector | None
) -> Answer:
    """What both say; without the teeth, and why, where these go wrong.

    Raises DetectionError if the detector itself fails.
    """
    candidates = detector.detect(radiograph)
    detection = Detection(detector.identity, detector.settings, candidates)
    if tooth_detector is None:
        return detection, ""
    try:
        teeth = tooth_detector.detect(radiograph)
    except DetectionCancelled:
        raise
    except (DentalViewerError, MemoryError) as error:
        return detection, f"The teeth were not numbered. {error}".strip()
    return replace(detection, teeth=teeth, tooth_detector=tooth_detector.identity), ""


def take_share(count: int) -> None:
    """Have this thread compute on its share of the cores, one of `count` shares."""
    # Where PyTorch cannot be started, loading a detector says so.
    with suppress(ImportError, OSError):
        import torch

        torch.set_num_threads(max((os.cpu_count() or 1) // count, 1))
