"""How long the window leaves the reader without an answer while the detector works."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.measurement import Measurement, Setting, ours

ROUNDS = 3
GOAL_MS = 50.0
PHASES = {
    "loading": "worst gap on the GUI thread, model load and detection",
    "detecting": "worst gap on the GUI thread, detection alone",
}


def measure(setting: Setting) -> list[Measurement]:
    folder = [str(setting.detectors)] if setting.detectors is not None else []
    runs = [ours("respond.py", *folder) for _ in range(ROUNDS)]
    idle = median(run["idle"] for run in runs)
    return [
        Measurement(
            what,
            f"in {median(run[f'{phase}_seconds'] for run in runs):.1f} s",
            f"{idle:.1f} ms when idle",
            median(run[phase] for run in runs),
            GOAL_MS,
            "ms",
        )
        for phase, what in PHASES.items()
    ]
