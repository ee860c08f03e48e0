"""What is handed to users is whole: the wheel, and the scripts that set it up."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the dev extra brings the build backend")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_what_the_checkout_has(wheel: Path) -> None:
    expected = {
        f"dentalviewer/_data/{path.relative_to(ROOT).as_posix()}"
        for folder in ("models", "resources")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    packed = set(zipfile.ZipFile(wheel).namelist())

    assert expected
    assert expected <= packed


def test_the_wheel_carries_both_licences(wheel: Path) -> None:
    names = {Path(name).name for name in zipfile.ZipFile(wheel).namelist()}

    assert {"LICENSE", "LICENSE-WEIGHTS.md"} <= names


def test_an_installed_wheel_finds_its_own_models_and_samples(
    wheel: Path, tmp_path: Path
) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from dentalviewer.resources import models_folder, samples_folder\n"
        "print(models_folder(), samples_folder(), sep='\\n')"
    )

    answer = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )

    folders = [Path(line) for line in answer.stdout.splitlines()]
    assert all(folder.is_relative_to(tmp_path) for folder in folders)
    assert all(any(folder.iterdir()) for folder in folders)


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX shells")
@pytest.mark.parametrize("script", ["start", "check", "scripts/setup", ".ci/run"])
def test_a_script_can_be_run(script: str) -> None:
    path = ROOT / script
    shell = "bash" if b"bash" in path.read_bytes()[:24] else "sh"

    assert os.access(path, os.X_OK)
    subprocess.run([shell, "-n", str(path)], check=True)
