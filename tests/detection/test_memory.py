"""What a network gives back serves it again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

glibc_alone = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="for glibc alone"
)

# Prints how many pages were fetched from the system for the same 48 MB, ten times.
PROGRAM = """
import resource, sys
from dentalviewer.detection.inference.memory import keep_freed_memory
if sys.argv[1] != "plain":
    really, sys.platform = sys.platform, sys.argv[1]
    keep_freed_memory()
    sys.platform = really
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


@glibc_alone
def test_memory_that_is_needed_again_and_again_is_fetched_once() -> None:
    assert 10 * pages_fetched("linux") < pages_fetched("plain")


@glibc_alone
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_on_other_systems_memory_is_fetched_as_ever(system: str) -> None:
    assert pages_fetched(system) > 10 * pages_fetched("linux")
