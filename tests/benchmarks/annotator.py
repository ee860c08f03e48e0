"""An annotator's task, and what a hand does for it. Knows no program and no Qt.

The seconds at hand are those of the keystroke-level model (Card, Moran and Newell,
1980): a key takes a typist of mean skill 0.28 s, pointing at something 1.1 s, pressing
or letting go of a button 0.1 s. Thinking and looking are left out.
"""

from __future__ import annotations

import json
import math
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

SECONDS_FOR_KEY = 0.28
SECONDS_FOR_POINTING = 1.1
SECONDS_FOR_BUTTON = 0.1

PICTURES = 20
FINDINGS_EACH = 10
# How often each class occurs, about as on radiographs of adults.
LABELS = {"restoration": 0.7, "endodontic": 0.25, "implant": 0.05}
# Of the scripted detector: what it finds, with another class, and where nothing is.
FOUND, MISNAMED, FALSE_ALARMS = 8, 1, 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A box to be drawn, in pixels of the picture."""

    label: str
    box: tuple[float, float, float, float]


Task = dict[Path, list[Wanted]]


def make_task(picture: Path, size: tuple[int, int], folder: Path) -> Path:
    """Copies of a picture in `folder`, and the file that says what to draw on them."""
    folder.mkdir()
    chance = random.Random(2018)
    task = {}
    for number in range(1, PICTURES + 1):
        copy = folder / f"pan-{number:02}{picture.suffix}"
        shutil.copy(picture, copy)
        task[str(copy)] = [_wanted(place, size, chance) for place in range(10)]
    file = folder.with_suffix(".task")
    file.write_text(json.dumps(task))
    return file


def read_task(file: Path) -> Task:
    return {
        Path(path): [
            Wanted(label, (x, y, right, bottom)) for label, x, y, right, bottom in boxes
        ]
        for path, boxes in json.loads(file.read_text()).items()
    }


def _wanted(
    place: int, size: tuple[int, int], chance: random.Random
) -> tuple[str, int, int, int, int]:
    """One of five in the upper row and five in the lower, from left to right."""
    width, height = size
    column, row = place % 5, place // 5
    x = round(width * (0.18 + 0.13 * column) + chance.uniform(-30, 30))
    y = round(height * (0.36 + 0.22 * row) + chance.uniform(-20, 20))
    label = chance.choices(list(LABELS), list(LABELS.values()))[0]
    return label, x, y, x + chance.randint(80, 220), y + chance.randint(80, 160)


class Hand:
    """Counts what it does; `travel` is the pointer's way in points."""

    def __init__(self) -> None:
        self.keys = 0
        self.presses = 0
        self.travel = 0.0
        self._pointings = 0
        self._buttons = 0
        self._at = (0.0, 0.0)

    def key(self, number: int = 1) -> None:
        self.keys += number

    def point(self, x: float, y: float) -> None:
        self.travel += math.dist(self._at, (x, y))
        self._at = (x, y)
        self._pointings += 1

    def press(self) -> None:
        self.presses += 1
        self._buttons += 1

    def release(self) -> None:
        self._buttons += 1

    def told(self, seconds: float, busy: float, right: int) -> str:
        """As JSON, with the program's `seconds`, those of them that it kept a processor
        `busy`, and how many boxes came out `right`.
        """
        at_hand = (
            self.keys * SECONDS_FOR_KEY
            + self._pointings * SECONDS_FOR_POINTING
            + self._buttons * SECONDS_FOR_BUTTON
        )
        return json.dumps(
            {
                "keys": self.keys,
                "presses": self.presses,
                "travel": self.travel,
                "at_hand": at_hand,
                "seconds": seconds,
                "busy": busy,
                "right": right,
            }
        )


def count_right(drawn: list[Wanted], wanted: list[Wanted]) -> int:
    """How many of the wanted boxes were drawn, each once, and nothing else counts."""
    left = list(drawn)
    right = 0
    for each in wanted:
        same = [
            d for d in left if d.label == each.label and _iou(d.box, each.box) > 0.8
        ]
        if same:
            left.remove(same[0])
            right += 1
    return right - len(left)


def _iou(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float]
) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (both - width * height)
