"""The scripts that set the program up, start and check it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX shells")
@pytest.mark.parametrize("script", ["start", "check", "scripts/setup", ".ci/run"])
def test_a_script_can_be_run(script: str) -> None:
    path = ROOT / script
    shell = "bash" if b"bash" in path.read_bytes()[:24] else "sh"

    assert os.access(path, os.X_OK)
    subprocess.run([shell, "-n", str(path)], check=True)
