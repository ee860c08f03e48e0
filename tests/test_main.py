"""Where the program begins, and how it ends where the user stops it at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dentalviewer.__main__ import INTERRUPTED

ROOT = Path(__file__).parents[1]
# Has Ctrl+C come as soon as a module of a name is looked for.
INTERRUPTED_BY = """
import signal, sys

class CtrlC:
    def find_spec(self, name, *others):
        if name == {name!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
sys.argv = ["dentalviewer", "detect", "in.png", "--output", "out"]
"""
AS_A_MODULE = "import runpy; runpy.run_module('dentalviewer', run_name='__main__')"


def as_installed() -> str:
    """What installers make of the command that the project declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, function = project["scripts"]["dentalviewer"].partition(":")
    return f"from {module} import {function}; sys.exit({function}())"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """The folder with what is to be examined, which is no radiograph."""
    (tmp_path / "in.png").write_bytes(b"nothing")
    return tmp_path


@pytest.mark.parametrize("started", [AS_A_MODULE, as_installed()])
@pytest.mark.parametrize("name", ["dentalviewer.cli", "numpy", "torch"])
def test_ctrl_c_while_the_program_is_imported_ends_it_with_one_line(
    given: Path, started: str, name: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_BY.format(name=name) + started],
        cwd=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stderr.splitlines() == ["dentalviewer: stopped"]
    assert ended.returncode == INTERRUPTED


def test_a_command_that_ignores_ctrl_c_goes_on(given: Path) -> None:
    """As shells start what is to go on in the background."""
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    program = f"{ignoring}\n{INTERRUPTED_BY.format(name='numpy')}{AS_A_MODULE}"

    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 of 1 radiographs failed." in ended.stderr
    assert ended.returncode == 1


def test_ctrl_c_in_the_midst_of_the_work_ends_it_with_one_line() -> None:
    program = (
        "import signal; from dentalviewer import cli, __main__\n"
        "cli.run = lambda: signal.raise_signal(signal.SIGINT)\n"
        "__main__.run()"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ended.stderr.splitlines() == ["dentalviewer: stopped"]
    assert ended.returncode == INTERRUPTED


@pytest.mark.skipif(sys.platform == "win32", reason="its signals end no program so")
def test_ctrl_c_pressed_again_waits_for_nothing() -> None:
    program = (
        "import signal, time; from dentalviewer import cli, __main__\n"
        "def work():\n"
        "    try: signal.raise_signal(signal.SIGINT)\n"
        "    finally: signal.raise_signal(signal.SIGINT); time.sleep(60)\n"
        "cli.run = work\n"
        "__main__.run()"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert ended.returncode == -signal.SIGINT
    assert ended.stderr == ""
