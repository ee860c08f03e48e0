"""From pixels to findings, beside the network alone on the frames made for it."""

from __future__ import annotations

from math import nan
from statistics import median

from tests.benchmarks.measurement import Measurement, Setting, ours, ratio

ROUNDS = 3


def measure(setting: Setting) -> list[Measurement]:
    folder = [str(setting.detectors)] if setting.detectors is not None else []
    runs = [ours("detect.py", *folder) for _ in range(ROUNDS)]
    whole = [ms for run in runs for ms in run["whole"]]
    network = [ms for run in runs for ms in run["network"]]
    onnx = [ms for run in runs for ms in run["onnx"]]
    peak = median(run["peak_megabytes"] for run in runs)
    before = median(run["megabytes_with_torch"] for run in runs)
    return [
        ratio(
            "examine a radiograph of 2900 x 1400, beside the network alone",
            whole,
            network,
            unit="ms",
        ),
        beside_onnx_runtime(whole, onnx),
        Measurement(
            "most memory while examining it",
            f"{peak:.0f} MB",
            f"{before:.0f} MB with PyTorch alone",
            peak,
            unit="MB",
        ),
    ]


def beside_onnx_runtime(whole: list[float], onnx: list[float]) -> Measurement:
    what = "the same, beside the network in ONNX Runtime"
    if onnx:
        return ratio(what, whole, onnx, unit="ms", goal=1.15)
    return Measurement(what, f"{median(whole):.0f} ms", "not installed", nan)
