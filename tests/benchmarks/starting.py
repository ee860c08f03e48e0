"""From the start of the process to a window that answers, beside labelme."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.benchmarks.measurement import Measurement, Setting, answer_of, ours, ratio

ROUNDS = 7


def measure(setting: Setting) -> list[Measurement]:
    mine: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    for _ in range(ROUNDS + 1):
        mine.append(ours("start.py", "dentalviewer"))
        if setting.labelme is not None:
            theirs.append(answer_of(setting.labelme, "start.py", "labelme"))
    # The first of each finds its files not yet in the computer's memory.
    return [
        _measurement(what, key, unit, mine[1:], theirs[1:], setting.no_labelme)
        for what, key, unit in (
            ("start to a window that answers", "milliseconds", "ms"),
            ("memory then, before a model is loaded", "megabytes", "MB"),
        )
    ]


def _measurement(
    what: str,
    key: str,
    unit: str,
    mine: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    no_labelme: str,
) -> Measurement:
    values = [run[key] for run in mine]
    if theirs:
        peer = [run[key] for run in theirs]
        return ratio(what, values, peer, unit=unit, goal=0.7)
    middle = median(values)
    return Measurement(what, f"{middle:.0f} {unit}", no_labelme, middle, unit=unit)
