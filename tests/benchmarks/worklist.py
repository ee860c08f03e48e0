"""A folder of 10,000 radiographs: until its first rows are in sight, and scrolling."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from PIL import Image

from tests.benchmarks.measurement import Measurement, Setting, ours

COUNT = 10_000
FEW = 20
SIZE = (290, 140)
DIFFERENT = 50
FIRST_ROWS_MS = 1_000.0
FRAME_MS = 16.7
GROWTH_MB = 10.0


def measure(_setting: Setting) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "radiographs"
        _fill(folder, COUNT)
        _fill(folder.with_name("few"), FEW)
        answer = ours("worklist.py", str(folder.with_name("few")), str(folder))
    many = f"{answer['count']:,} radiographs"
    measurements = [
        Measurement(
            f"{many}: until the first rows are in sight",
            f"{answer['rows_ms']:.0f} ms",
            f"{answer['rows_work_ms']:.0f} ms at work; first radiograph after"
            f" {answer['radiograph_ms']:.0f} ms",
            answer["rows_ms"],
            FIRST_ROWS_MS,
            "ms",
        )
    ]
    for what, frames in (
        ("while statuses are read", answer["frames_reading"]),
        ("afterwards", answer["frames"]),
    ):
        took = [elapsed for elapsed, _ in frames]
        slow = quantiles(took, n=20)[-1]
        work = [worked for _, worked in frames]
        measurements.append(
            Measurement(
                f"{many}: a frame of scrolling, {what}",
                f"median {median(took):.1f} ms",
                f"19 of 20 within {slow:.1f} ms; at work: median {median(work):.1f} ms,"
                f" 19 of 20 within {quantiles(work, n=20)[-1]:.1f} ms",
                median(took),
                FRAME_MS,
                "ms",
            )
        )
    measurements += [
        Measurement(
            f"{many}: a search by name",
            f"{answer['search_ms'][0]:.0f} ms",
            f"{answer['search_ms'][1]:.0f} ms at work; all statuses read after"
            f" {answer['read_s']:.1f} s",
            answer["search_ms"][0],
            100.0,
            "ms",
        ),
        Measurement(
            f"{many}: more memory once scrolled through again",
            f"{answer['growth_scrolled_mb']:.0f} MB",
            f"{answer['growth_mb']:.0f} MB more than a list of {FEW},"
            f" {answer['memory_mb']:.0f} MB in all",
            answer["growth_scrolled_mb"],
            GROWTH_MB,
            "MB",
        ),
    ]
    return measurements


def _fill(folder: Path, count: int) -> None:
    """With a few pictures over and over: what is measured does not look at them."""
    random = np.random.default_rng(1)
    folder.mkdir()
    contents = []
    for number in range(DIFFERENT):
        grey = np.linspace(20, 200, SIZE[0])[None] + random.normal(0, 12, SIZE[::-1])
        path = folder / f"{number}.png"
        Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(path)
        contents.append(path.read_bytes())
        path.unlink()
    for number in range(count):
        (folder / f"{number}.png").write_bytes(contents[number % DIFFERENT])
