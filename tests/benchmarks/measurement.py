"""What was measured, and the programs that are measured: each in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Measurement:
    """A line of the table. `value` is a ratio to the peer's, or has a `unit`."""

    what: str
    ours: str
    peer: str
    value: float
    goal: float | None = None
    unit: str = ""

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.value <= self.goal


@dataclass(frozen=True, slots=True)
class Setting:
    """What a benchmark may use: labelme's and datumaro's Python, or why there is none;
    detectors.
    """

    labelme: Path | None
    no_labelme: str
    detectors: Path | None
    datumaro: Path | None = None
    no_datumaro: str = "datumaro was not given"


def table(measurements: Iterable[Measurement]) -> str:
    """The measurements as a Markdown table."""
    lines = [
        "| what | dentalviewer | beside it | ratio or value | goal | met |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for each in measurements:
        unit = f" {each.unit}" if each.unit else ""
        goal = "" if each.goal is None else f"≤ {each.goal:g}{unit}"
        met = {None: "", True: "yes", False: "**no**"}[each.met]
        value = f"{each.value:.2f}" if not unit else f"{each.value:.1f}{unit}"
        lines.append(
            f"| {each.what} | {each.ours} | {each.peer} | {value} | {goal} | {met} |"
        )
    return "\n".join(lines)


def ratio(
    what: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    unit: str,
    goal: float | None = None,
) -> Measurement:
    """Our median beside the peer's."""
    mine, peer = median(ours), median(theirs)
    return Measurement(
        what, f"{mine:.0f} {unit}", f"{peer:.0f} {unit}", mine / peer, goal
    )


def answer_of(
    python: Path, program: str, *arguments: str, patience: float = PATIENCE_SECONDS
) -> dict[str, Any]:
    """What a program of `programs/` prints as JSON in its last line.

    It has an empty home, shows no window, and is told when it was started, in seconds
    since the epoch. Raises RuntimeError with what it wrote if it fails or hangs.
    """
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(
                [python, PROGRAMS / program, repr(time.time()), *arguments],
                cwd=home,
                env=_environment(Path(home)),
                capture_output=True,
                text=True,
                timeout=patience,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"{program} took over {error.timeout:.0f} s") from error
    if done.returncode != 0 or not done.stdout.strip():
        raise RuntimeError(f"{program} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def ours(
    program: str, *arguments: str, patience: float = PATIENCE_SECONDS
) -> dict[str, Any]:
    return answer_of(Path(sys.executable), program, *arguments, patience=patience)


def _environment(home: Path) -> Mapping[str, str]:
    places = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_CACHE_HOME": home / ".cache",
        "APPDATA": home / "AppData" / "Roaming",
        "LOCALAPPDATA": home / "AppData" / "Local",
    }
    # Compiled modules are kept, as they are for whoever starts a program twice.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        **{name: str(folder) for name, folder in places.items()},
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
    }
