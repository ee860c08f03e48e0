"""Whoever ends the program from its terminal loses nothing that was decided."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from dentalviewer.formats.review_file import read_review
from dentalviewer.review import Verdict
from tests.conftest import ROOT
from tests.gui.conftest import write_radiograph

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="no signal is sent to another program there"
)

# The program with a radiograph, on which all is accepted as soon as the detector has
# answered; says so, and is then busy as it was told. It does not save by itself.
PROGRAM = """
import signal, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox
from dentalviewer.gui import app
from dentalviewer.gui.reviewing import autosave
from tests.gui.conftest import PREDICTED
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

path, busy = Path(sys.argv[1]), sys.argv[2]
make_window = app.make_window
autosave.DELAY_MS = 600_000

def made(catalogue):
    window = make_window(catalogue)

    def decide():
        review = window.session.review
        if not review or not review.items:
            return
        timer.stop()
        if busy == "somebody else saves":
            path.with_name(f"{path.name}.review.json").write_text("another version")
        everything = [item.id for item in review.items]
        window.session.edit("Accept", review.accept(everything))
        if busy == "asking":
            QTimer.singleShot(0, lambda: QMessageBox(window).exec())
        QTimer.singleShot(50, lambda: print("decided", flush=True))
        if busy == "computing":
            QTimer.singleShot(100, lambda: time.sleep(600))

    timer = QTimer(window, interval=10)
    timer.timeout.connect(decide)
    timer.start()
    return window

app.make_window = made
if busy == "ignoring":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
detectors = ScriptedCatalogue({"scripted": ScriptedDetector(PREDICTED)})
sys.exit(app.run([path], catalogue=detectors))
"""

Begin = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    return write_radiograph(tmp_path / "7.png")


@pytest.fixture
def begin(radiograph: Path) -> Generator[Begin]:
    """The program, once all was decided."""
    programs = []

    def begun(busy: str) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(radiograph), busy],
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "minimal"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        programs.append(program)
        assert program.stdout is not None
        assert program.stdout.readline() == "decided\n"
        return program

    yield begun
    for program in programs:
        program.kill()
        program.communicate()


def review_of(radiograph: Path) -> Path:
    return radiograph.with_name(f"{radiograph.name}.review.json")


@pytest.mark.parametrize("busy", ["idle", "asking"])
@pytest.mark.parametrize(
    ("sent", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)]
)
def test_what_was_decided_a_moment_before_is_saved(
    begin: Begin, radiograph: Path, sent: str, status: int, busy: str
) -> None:
    program = begin(busy)
    assert not review_of(radiograph).exists()

    program.send_signal(getattr(signal, sent))

    _, told = program.communicate(timeout=60)
    assert program.returncode == status
    assert "Traceback" not in told
    saved, _ = read_review(review_of(radiograph))
    assert {item.verdict for item in saved.review.items} == {Verdict.ACCEPTED}


def test_what_cannot_be_saved_is_said_for_nobody_is_asked(
    begin: Begin, radiograph: Path
) -> None:
    program = begin("somebody else saves")

    program.send_signal(signal.SIGINT)

    _, told = program.communicate(timeout=60)
    assert program.returncode == 130
    assert "dentalviewer: the review is not saved" in told
    assert review_of(radiograph).read_text() == "another version"


def test_who_presses_ctrl_c_again_does_not_wait(begin: Begin) -> None:
    program = begin("computing")
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.5)

    program.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.5)
    program.send_signal(signal.SIGINT)

    assert program.wait(60) == -signal.SIGINT


def test_a_signal_that_is_to_be_ignored_ends_nothing(begin: Begin) -> None:
    program = begin("ignoring")

    program.send_signal(signal.SIGINT)

    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.5)
    program.send_signal(signal.SIGTERM)
    assert program.wait(60) == 143
