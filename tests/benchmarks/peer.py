"""labelme, the nearest relative of dentalviewer, to be measured beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RELEASE = "labelme==6.3.1"


def install_labelme(folder: Path) -> Path:
    """Put labelme into a virtual environment in `folder`; the Python that runs it.

    Raises RuntimeError if it cannot be had.
    """
    commands: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", folder],
        [_python(folder), "-m", "pip", "install", "-q", RELEASE],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["no reason given"]
            raise RuntimeError(f"{RELEASE} cannot be installed: {said[-1]}")
    return _python(folder)


def has_labelme(python: Path) -> bool:
    done = subprocess.run([python, "-c", "import labelme"], capture_output=True)
    return done.returncode == 0


def _python(folder: Path) -> Path:
    if os.name == "nt":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"
