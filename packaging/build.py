"""Build the stand-alone program for the system this runs on, in dist/dentalviewer.

    scripts/setup app
    .venv/bin/python packaging/build.py

PyInstaller builds for the system that it runs on and for no other: Windows, macOS and
Linux each need their own run. On Linux, PyTorch as the package index has it brings the
libraries of NVIDIA's cards, some GB; install the CPU build of torch and torchvision
before, and the program has a fifth of that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "packaging" / "dentalviewer.spec"
# On Windows a program with a window cannot write to the terminal; its sister can.
NAME = "dentalviewer-cli.exe" if sys.platform == "win32" else "dentalviewer"
PROGRAM = ROOT / "dist" / "dentalviewer" / NAME
SAMPLES = ROOT / "resources" / "samples" / "vott-v1"


def main() -> int:
    """Build, then have the program examine a sample, for which it needs all it has."""
    subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", str(SPEC), "--noconfirm"),
            *("--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build")),
        ],
        check=True,
    )
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [str(PROGRAM), "detect", str(SAMPLES), "--output", scratch], check=True
        )
    print(f"Built {PROGRAM.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
