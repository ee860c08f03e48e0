"""A radiograph, a window, and what a detector says of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from dentalviewer.detector import Detection
from dentalviewer.geometry import Box
from dentalviewer.gui.batch import looking_ahead
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.radiograph import Radiograph
from dentalviewer.review import Review
from dentalviewer.study import Finding, Study
from tests.dentist import Dentist
from tests.scripted_detector import (
    IDENTITY,
    SETTINGS,
    ScriptedCatalogue,
    ScriptedDetector,
)

# The dentist says A and B; the detector says A, calls B an implant, and finds C.
A, B, C = Box(100, 100, 200, 180), Box(400, 100, 480, 200), Box(700, 250, 760, 380)
ANNOTATED = (Finding(A, "restoration"), Finding(B, "endodontic"))
PREDICTED = (
    Finding(A, "restoration", score=0.9),
    Finding(B, "implant", score=0.8),
    Finding(C, "implant", score=0.6),
    Finding(C.moved(150, 0), "restoration", score=0.2),
)

MakeWindow = Callable[..., Dentist]


def write_radiograph(path: Path, size: tuple[int, int] = (1000, 500)) -> Path:
    grey = np.tile(np.linspace(30, 220, size[0]).astype(np.uint8), (size[1], 1))
    Image.fromarray(grey).save(path)
    return path


def write_numbered_radiographs(folder: Path, count: int) -> Path:
    """The new folder, with 1.png and those that follow."""
    folder.mkdir()
    for number in range(1, count + 1):
        write_radiograph(folder / f"{number}.png")
    return folder


@pytest.fixture
def detection() -> Detection:
    return Detection(IDENTITY, SETTINGS, PREDICTED)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    pixels = np.zeros((500, 1000), np.uint8)
    return Study(Radiograph(tmp_path / "pan.png", pixels, "ab" * 32), ANNOTATED)


@pytest.fixture
def session(qtbot: QtBot, study: Study) -> ReviewSession:
    """With the dentist's two annotations, as opened."""
    session = ReviewSession(reader=lambda: "Dr Test")
    session.open(study, Review().propose_annotations(ANNOTATED))
    return session


@pytest.fixture
def make_window(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    looks_ahead_after_ms: int,
) -> Generator[MakeWindow]:
    monkeypatch.setattr(looking_ahead, "STAYED_MS", looks_ahead_after_ms)
    windows: list[MainWindow] = []

    def make(
        detector: ScriptedDetector | None = None,
        *,
        catalogue: ScriptedCatalogue | None = None,
    ) -> Dentist:
        installed = catalogue or ScriptedCatalogue(
            {"scripted": detector or ScriptedDetector(PREDICTED)}
        )
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(installed, settings, tmp_path / "user")
        qtbot.addWidget(window)
        windows.append(window)
        window.resize(1300, 700)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return Dentist(window, qtbot)

    yield make
    for window in windows:
        window.close()
