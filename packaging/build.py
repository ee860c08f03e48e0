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
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "packaging" / "dentalviewer.spec"
# On Windows a program with a window cannot write to the terminal; its sister can.
NAME = "dentalviewer-cli.exe" if sys.platform == "win32" else "dentalviewer"
PROGRAM = ROOT / "dist" / "dentalviewer" / NAME


def main() -> int:
    """Build, then ask the program its version, which needs everything to be there."""
    subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", str(SPEC), "--noconfirm"),
            *("--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build")),
        ],
        check=True,
    )
    subprocess.run([str(PROGRAM), "--version"], check=True)
    print(f"Built {PROGRAM.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
