"""The layers of pyproject.toml hold, and the program starts without what is slow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dentalviewer"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Names that say nothing about what lives in the room.
EMPTY_NAMES = {"utils", "util", "helpers", "common", "misc", "manager", "base"}

# Folders where only one particular machine has its files.
PRIVATE_PATH = re.compile(r"(?<![\w.~])/(?:work|farm|root|opt|tmp)/\w")


def test_every_module_imports_only_what_lies_below_it() -> None:
    program = "from importlinter import cli; cli.lint_imports_command()"

    # In a process of its own: it silences the loggers of the one that it runs in.
    answer = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("module", ["dentalviewer.cli", "dentalviewer.gui.app"])
@pytest.mark.parametrize("slow", ["torch", "cv2", "numpy"])
def test_start_up_does_not_wait_for(slow: str, module: str) -> None:
    program = f"import {module}, sys; print({slow!r} in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "False"


def test_asking_for_help_loads_no_window() -> None:
    program = (
        "import sys; from dentalviewer import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('PySide6' in sys.modules)"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert answer.stdout.splitlines()[-1] == "False"


def test_no_module_is_named_after_nothing() -> None:
    named = {path.stem.strip("_"): path for path in MODULES}

    assert not EMPTY_NAMES & named.keys()


def test_only_the_command_line_ends_the_program() -> None:
    ending = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        if path.name not in {"cli.py", "__main__.py"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"sys.exit", "exit", "quit", "os._exit"}
    ]

    assert not ending


def test_no_file_names_a_path_of_one_machine() -> None:
    naming = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _text_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if PRIVATE_PATH.search(line)
    ]

    assert not naming


def _text_files() -> list[Path]:
    """Every file that belongs to the project and holds text."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listing.returncode == 0:
        paths = [ROOT / line for line in listing.stdout.splitlines()]
    else:
        paths = [p for folder in ("dentalviewer", "tests", "docs", "packaging")
                 for p in (ROOT / folder).rglob("*")]  # fmt: skip
    return [p for p in paths if p.is_file() and _holds_text(p)]


def _holds_text(path: Path) -> bool:
    start = path.read_bytes()[:4096]
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4  # a character cut in two
    return b"\0" not in start
