"""A radiograph of 2900 x 1400 pixels: from the wish to the picture in the window."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median

from dentalviewer.resources import samples_folder
from tests.benchmarks.measurement import Measurement, Setting, answer_of, ours, ratio

ROUNDS = 3
PICTURES = {
    "PNG": "vott-v1/sample-1.png",
    "JPEG": "vott-v2/sample-2.jpg",
}


def measure(setting: Setting) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            _measure(kind, _alone(picture, Path(folder) / kind), setting)
            for kind, picture in PICTURES.items()
        ]


def _alone(picture: str, folder: Path) -> Path:
    """A copy with no annotations beside it, so that both read the same."""
    folder.mkdir()
    return Path(shutil.copy(samples_folder() / picture, folder))


def _measure(kind: str, picture: Path, setting: Setting) -> Measurement:
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        mine += ours("open_in_dentalviewer.py", str(picture))["milliseconds"]
        if setting.labelme is not None:
            answer = answer_of(setting.labelme, "open_in_labelme.py", str(picture))
            theirs += answer["milliseconds"]
    what = f"open a {kind} of 2900 x 1400"
    if theirs:
        return ratio(what, mine, theirs, unit="ms", goal=1.0)
    middle = median(mine)
    return Measurement(what, f"{middle:.0f} ms", setting.no_labelme, middle, unit="ms")
