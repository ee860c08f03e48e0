"""How long a frame takes while the reader pans and zooms, with 200 boxes in sight."""

from __future__ import annotations

from statistics import median, quantiles

from tests.benchmarks.measurement import Measurement, Setting, ours

GOAL_MS = 16.0


def measure(_setting: Setting) -> list[Measurement]:
    answer = ours("paint.py")
    measurements = []
    for motion in ("pan", "zoom"):
        frames = answer[motion]
        slow = quantiles(frames, n=20)[-1]
        measurements.append(
            Measurement(
                f"a frame with 200 boxes, {motion}, {answer['canvas']}",
                f"median {median(frames):.1f} ms",
                f"19 of 20 within {slow:.1f} ms",
                median(frames),
                GOAL_MS,
                "ms",
            )
        )
    return measurements
