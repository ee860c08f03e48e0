"""What a network gives back serves it again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from dentalviewer.detection.memory import keep_freed_memory

# Prints how many pages were fetched from the system for the same 48 MB, ten times.
PROGRAM = """
import resource, sys
from dentalviewer.detection.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
size = 48_000_000
b"x" * size
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    b"x" * size
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_fetched(how: str) -> int:
    run = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(run, capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="for glibc alone")
def test_memory_that_is_needed_again_and_again_is_fetched_once() -> None:
    assert 10 * pages_fetched("keep") < pages_fetched("plain")


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_on_other_systems_nothing_is_changed(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    keep_freed_memory()
