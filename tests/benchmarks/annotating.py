"""200 findings on 20 radiographs: the keys, clicks and seconds that they take.

The same task, done by one script with a keyboard and a mouse, in either window; once
from nothing, and once where a detector has proposed most boxes, which labelme has none
for. In labelme the class is named for each box, or chosen in its list beforehand, which
is set by hand in its configuration.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from dentalviewer.resources import samples_folder
from tests.benchmarks.annotator import FINDINGS_EACH, PICTURES, make_task
from tests.benchmarks.measurement import Measurement, Setting, answer_of, ours

ROUNDS = 3
PICTURE, SIZE = "vott-v1/sample-1.png", (2900, 1400)
FINDINGS = PICTURES * FINDINGS_EACH
WHAT = {
    "keys": ("keys", "", 0),
    "presses": ("clicks", "", 0),
    "travel": ("way of the pointer", " points", 0),
    "at_hand": ("seconds at hand, keystroke-level model", " s", 0),
    "seconds": ("seconds of the program", " s", 1),
    "busy": ("seconds of the processor", " s", 1),
}
Answers = list[dict[str, Any]]


def measure(setting: Setting) -> list[Measurement]:
    drawn: Answers = []
    corrected: Answers = []
    named: Answers = []
    listed: Answers = []
    for _ in range(ROUNDS):
        drawn.append(_done("annotate_in_dentalviewer.py"))
        corrected.append(_done("annotate_in_dentalviewer.py", "corrected"))
        if setting.labelme is not None:
            named.append(_done("annotate_in_labelme.py", labelme=setting.labelme))
            listed.append(
                _done("annotate_in_labelme.py", "list", labelme=setting.labelme)
            )
    return [
        *_lines("drawn, labelme as installed", drawn, named, setting),
        *_lines("drawn, labelme without its dialog", drawn, listed, setting),
        *_lines("corrected, labelme without its dialog", corrected, listed, setting),
    ]


def _done(program: str, *how: str, labelme: Path | None = None) -> dict[str, Any]:
    """Raises RuntimeError if not every box came out as it was wanted."""
    with tempfile.TemporaryDirectory() as folder:
        picture = samples_folder() / PICTURE
        task = str(make_task(picture, SIZE, Path(folder) / "pictures"))
        if labelme is None:
            answer = ours(program, task, *how)
        else:
            answer = answer_of(labelme, program, task, *how)
    if answer["right"] != FINDINGS:
        raise RuntimeError(f"{program}: {answer['right']} of {FINDINGS} boxes right")
    return answer


def _lines(
    how: str, mine: Answers, theirs: Answers, setting: Setting
) -> list[Measurement]:
    lines = []
    for key, (what, unit, places) in WHAT.items():
        middle = median(each[key] for each in mine)
        told = f"{middle:.{places}f}{unit}"
        if not theirs:
            line = Measurement(
                f"{what}, {how}", told, setting.no_labelme, middle, unit=unit or what
            )
        else:
            peer = median(each[key] for each in theirs)
            beside = f"{peer:.{places}f}{unit}"
            # Keys may stand for clicks, and clicks for keys: the time they take counts.
            goal = 1.0 if key in {"at_hand", "seconds"} else None
            line = Measurement(f"{what}, {how}", told, beside, middle / peer, goal)
        lines.append(line)
    return lines
