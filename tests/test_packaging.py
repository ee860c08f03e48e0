"""The wheel is whole, and the program in it works away from the checkout."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

import dentalviewer

ROOT = Path(__file__).parents[1]
SAMPLE = "vott-v1/sample-1.png"


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


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and all else from ours."""
    folder = tmp_path_factory.mktemp("away from the checkout")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(python), "install"),
            *("--no-deps", "--no-index", "--quiet", str(wheel)),
        ],
        check=True,
        capture_output=True,
    )
    answer = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    # Below its own packages, and without the link to the checkout that ours have.
    others = Path(answer.stdout.strip(), "others.pth")
    others.write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return python


def run(python: Path, *arguments: str) -> str:
    """What Python says, started in its own folder, far from the checkout."""
    answer = subprocess.run(
        [str(python), *arguments],
        cwd=python.parent,
        env={**os.environ, "PYTHONPATH": "", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_the_stand_alone_program_can_train_and_has_every_decoder() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]

    assert "dentalviewer[dicom,train]" in extras["app"]


def test_on_macos_the_program_says_what_it_opens_and_which_version_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = ROOT / "packaging" / "dentalviewer.spec"
    said: dict[str, Any] = {}
    tools = dict.fromkeys(["Analysis", "PYZ", "EXE", "COLLECT"], MagicMock())
    tools |= {"SPECPATH": str(spec.parent), "BUNDLE": lambda _, **all: said.update(all)}
    monkeypatch.setattr(sys, "platform", "darwin")
    # PyInstaller, which runs it, is needed for nothing else.
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", MagicMock())

    exec(compile(spec.read_text(encoding="utf-8"), spec, "exec"), tools)

    assert said["version"] == dentalviewer.__version__
    pictures, folders = said["info_plist"]["CFBundleDocumentTypes"]
    assert {"png", "jpg", "tif", "bmp", "dcm"} <= {*pictures["CFBundleTypeExtensions"]}
    assert folders["LSItemContentTypes"] == ["public.folder"]


def test_the_wheel_carries_what_the_checkout_has(wheel: Path) -> None:
    expected = {
        f"dentalviewer/_data/{path.relative_to(ROOT).as_posix()}"
        for folder in ("models", "resources")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }

    packed = set(zipfile.ZipFile(wheel).namelist())

    assert f"dentalviewer/_data/resources/samples/{SAMPLE}" in expected
    assert expected <= packed


def test_the_wheel_carries_nothing_that_is_no_part_of_the_program(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    (information,) = tops - {"dentalviewer"}
    assert information.endswith(".dist-info")


def test_the_wheel_carries_both_licences(wheel: Path) -> None:
    names = {Path(name).name for name in zipfile.ZipFile(wheel).namelist()}

    assert {"LICENSE", "LICENSE-WEIGHTS.md"} <= names


def test_an_installed_program_is_the_one_of_the_wheel(installed: Path) -> None:
    program = (
        "from dentalviewer import resources as r; import sys\n"
        "print(r.__file__, r.models_folder(), r.samples_folder(), r.icons_folder(),"
        " sep='\\n')"
    )

    places = [Path(line) for line in run(installed, "-c", program).splitlines()]

    environment = installed.parents[1]
    assert all(place.resolve().is_relative_to(environment) for place in places)


def test_an_installed_program_reports_on_a_sample(
    installed: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    locate = "from dentalviewer import resources as r; print(r.samples_folder())"
    sample = Path(run(installed, "-c", locate), SAMPLE)

    run(installed, "-m", "dentalviewer", "report", str(sample), "--output", str(report))

    assert sample.name in report.read_text(encoding="utf-8")


def test_an_installed_program_opens_its_window(installed: Path) -> None:
    program = (
        "import sys; from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication, QMainWindow\n"
        "from dentalviewer.cli import main\n"
        "import dentalviewer.gui.app\n"
        # It is looked at, though Qt paints it for nobody.
        "dentalviewer.gui.app.is_seen = lambda: True\n"
        "app = QApplication(sys.argv[:1])\n"
        "def look():\n"
        "    print(any(isinstance(w, QMainWindow) and w.isVisible()"
        " for w in app.topLevelWidgets()))\n"
        "    app.closeAllWindows()\n"
        "QTimer.singleShot(0, look)\n"
        "sys.exit(main(['--sample']))"
    )

    assert run(installed, "-c", program) == "True"


def test_an_installed_program_has_a_command_of_its_own(installed: Path) -> None:
    (command,) = installed.parent.glob("dentalviewer*")

    answer = subprocess.run(
        [str(command), "--version"], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == dentalviewer.__version__
