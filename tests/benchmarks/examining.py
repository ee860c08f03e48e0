"""A batch over many radiographs, beside the networks alone; and its memory."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.measurement import Measurement, Setting, ours, ratio

# Nine tenths of the networks' own rate.
GOAL = 1 / 0.9
MANY = 1000
# By then every part has taken its place in memory.
SETTLED = 100
PATIENCE_SECONDS = 3600


def measure(setting: Setting) -> list[Measurement]:
    folder = str(setting.detectors) if setting.detectors is not None else ""
    turns = ours("examine_all.py", folder)
    memory = ours("examine_all.py", folder, str(MANY), patience=PATIENCE_SECONDS)
    child, here = memory["child"], memory["here"]
    grown = median(child[-SETTLED:]) - median(child[SETTLED : 2 * SETTLED])
    return [
        ratio(
            "examine a radiograph of 2900 x 1400 in a batch, beside the networks alone",
            turns["batch"],
            turns["network"],
            unit="ms",
            goal=GOAL,
        ),
        Measurement(
            f"growth of the detector's memory, radiographs {SETTLED} to {MANY}",
            f"{grown:.0f} MB",
            f"{max(child):.0f} MB at most, {max(here):.0f} MB beside it",
            grown,
            goal=50,
            unit="MB",
        ),
    ]
