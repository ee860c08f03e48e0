"""A batch over many radiographs, beside the networks alone; and its memory."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.measurement import Measurement, Setting, ours, ratio

# Nine tenths of the networks' own rate.
GOAL = 1 / 0.9
MANY = 1000
# By then every part has taken its place in memory.
SETTLED = 100
STEPS = (100, 250, 500, MANY)
PATIENCE_SECONDS = 3600


def measure(setting: Setting) -> list[Measurement]:
    folder = str(setting.detectors) if setting.detectors is not None else ""
    turns = ours("examine_all.py", folder)
    jpeg = ours("examine_all.py", folder, "jpeg")
    kept = ours("examine_all.py", folder, "kept")
    memory = ours("examine_all.py", folder, str(MANY), patience=PATIENCE_SECONDS)
    child, here = memory["child"], memory["here"]
    steps = ", ".join(f"{child[n - 1]:.0f} MB at {n}" for n in STEPS)
    grown = median(child[-SETTLED:]) - median(child[SETTLED : 2 * SETTLED])
    return [
        ratio(
            "examine a PNG of 2900 x 1400 in a batch, beside the networks alone",
            turns["batch"],
            turns["network"],
            unit="ms",
            goal=GOAL,
        ),
        ratio(
            "the same of a JPEG",
            jpeg["batch"],
            jpeg["network"],
            unit="ms",
            goal=GOAL,
        ),
        ratio(
            "the PNG, where the networks alone keep memory as the batch does",
            kept["batch"],
            kept["network"],
            unit="ms",
        ),
        Measurement(
            f"growth of the detector's memory, radiographs {SETTLED} to {MANY}",
            f"{grown:.0f} MB",
            f"{steps}; {max(here):.0f} MB at most beside it",
            grown,
            goal=50,
            unit="MB",
        ),
    ]
