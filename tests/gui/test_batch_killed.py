"""The whole program is killed in the middle of a batch, and begun again."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dentalviewer.detector import DetectorIdentity
from dentalviewer.gui.batch.batch_bar import BatchBar
from dentalviewer.resources import samples_folder
from dentalviewer.worklist.predictions import FILE_NAME, PredictionStore
from tests.conftest import ROOT
from tests.gui.conftest import PREDICTED, MakeWindow, write_radiograph
from tests.scripted_detector import IDENTITY, ScriptedDetector

# The program's window with a folder, of which it examines all; writes down the process
# of the detectors, if they have one.
PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
from dentalviewer.detection.inference.child_process import DetectorsInChild
from dentalviewer.gui.window.main_window import MainWindow
from tests.gui.conftest import PREDICTED
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

which, folder, user = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
real = which == "real"
slow = ScriptedDetector(PREDICTED, seconds=0.05)
detectors = DetectorsInChild() if real else ScriptedCatalogue({"scripted": slow})
app = QApplication([])
settings = QSettings(str(user / "settings.ini"), QSettings.Format.IniFormat)
window = MainWindow(detectors, settings, user)
window.show()
window.open([folder])

def begin():
    if window.batch.may_begin and window.detection.ready:
        window.batch.begin()
        timer.stop()
        print((real and detectors.process.pid) or 0, flush=True)

timer = QTimer(interval=20)
timer.timeout.connect(begin)
timer.start()
app.exec()
"""


def wait_for(condition: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def examined(user: Path, paths: list[Path], identity: DetectorIdentity) -> list[Path]:
    store = PredictionStore(user / FILE_NAME)
    states = store.states(paths, identity)
    store.close()
    return [path for path in paths if states.get(path) == "fresh"]


def kill_after(
    count: int, which: str, paths: list[Path], user: Path, identity: DetectorIdentity
) -> int:
    """Once so many are examined. Returns the process of the detectors, or 0."""
    run = [sys.executable, "-c", PROGRAM, which, str(paths[0].parent), str(user)]
    program = subprocess.Popen(
        run,
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        pid = int(program.stdout.readline())
        wait_for(lambda: len(examined(user, paths, identity)) >= count, 120)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()
        program.stdout.close()
    return pid


def rows(user: Path) -> dict[int, bytes]:
    """What is stored; what is stored again gets another number."""
    connection = sqlite3.connect(user / FILE_NAME)
    found = dict(connection.execute("SELECT rowid, detection FROM predictions"))
    connection.close()
    return found


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_was_examined_is_kept_and_only_the_rest_examined(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    folder, user = tmp_path / "folder", tmp_path / "user"
    folder.mkdir()
    paths = [write_radiograph(folder / f"{n:02}.png") for n in range(1, 31)]
    before = {path: path.read_bytes() for path in paths}
    kill_after(3, "scripted", paths, user, IDENTITY)

    kept = examined(user, paths, IDENTITY)
    assert 3 <= len(kept) < 30
    store = PredictionStore(user / FILE_NAME)
    for path in kept:
        found = store.get(path, IDENTITY)
        assert found is not None
        assert found.candidates == PREDICTED
    store.close()
    # Nothing was begun beside the radiographs.
    assert {p: p.read_bytes() for p in folder.iterdir()} == before

    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    dentist.window.open([folder])
    dentist.wait_for_radiograph("01.png")
    bar = dentist.window.findChild(BatchBar)
    assert isinstance(bar, BatchBar)
    dentist.wait_until(lambda: f"{len(kept)} of 30 examined" in bar.words.text())
    assert bar.begin.text() == "Examine the rest"
    bar.begin.click()
    dentist.wait_until(lambda: "All 30 examined" in bar.words.text())
    assert sorted(detector.examined) == [p.name for p in paths if p not in kept]
    assert not dentist.messages


@pytest.mark.weights
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_process_of_the_detectors_ends_too_and_the_rest_is_resumed(
    tmp_path: Path,
) -> None:
    from dentalviewer.detection.inference.catalogue import InstalledDetectors

    catalogue = InstalledDetectors()
    identity = catalogue.card(catalogue.names()[0]).identity
    folder, user = tmp_path / "folder", tmp_path / "user"
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(1, 7)]
    for path in paths:
        shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", path)
    pid = kill_after(2, "real", paths, user, identity)

    wait_for(lambda: not is_running(pid), 20)
    first = rows(user)
    assert 2 <= len(first) < 6
    kill_after(6, "real", paths, user, identity)

    assert examined(user, paths, identity) == paths
    # What the first program had examined was not examined again.
    assert first.items() <= rows(user).items()
