"""The benchmarks run: what they measure is told and never asserted here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.benchmarks.measurement import ROOT


# Those that need no other program to stand beside.
@pytest.mark.parametrize(
    "name", ["detecting", "learning", "painting", "responding", "worklist"]
)
def test_a_benchmark_measures_something(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", name],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    header, _, *lines = done.stdout.splitlines()
    assert header.startswith("| what | dentalviewer |")
    assert lines
