"""A batch that is learned from with half the digits, beside one with all of them."""

from __future__ import annotations

from math import nan
from statistics import median

from tests.benchmarks.measurement import Measurement, Setting, ours, ratio


def measure(setting: Setting) -> list[Measurement]:
    folder = [str(setting.detectors)] if setting.detectors is not None else []
    taken = ours("learn.py", *folder)
    what = "learn from six radiographs with half the digits, beside all of them"
    if taken["half"]:
        return [ratio(what, taken["half"], taken["all"], unit="ms")]
    every = f"{median(taken['all']):.0f} ms"
    return [Measurement(what, "no processor for that", every, nan)]
