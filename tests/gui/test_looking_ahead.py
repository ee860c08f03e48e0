"""The next radiograph is examined while the dentist is at the one before."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dentalviewer.review import Source
from tests.conftest import NEVER_MS
from tests.gui.conftest import (
    PREDICTED,
    MakeWindow,
    write_numbered_radiographs,
)
from tests.scripted_detector import ScriptedDetector


@pytest.fixture
def looks_ahead_after_ms() -> int:
    return 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_numbered_radiographs(tmp_path / "folder", 3)


def test_who_stays_at_one_finds_the_next_examined_and_no_more_than_that(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    bar = dentist.open_folder(folder)

    dentist.wait_until(lambda: "2 of 3 examined" in bar.words.text())
    dentist.qtbot.wait(200)
    assert detector.examined == ["1.png", "2.png"]
    assert not dentist.messages
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    assert len(dentist.items(Source.DETECTOR)) == 3
    dentist.wait_until(lambda: "All 3 examined" in bar.words.text())
    assert detector.examined == ["1.png", "2.png", "3.png"]


def test_a_radiograph_that_failed_is_not_tried_again_in_passing(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "2.png").write_bytes(b"no picture")
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    bar = dentist.open_folder(folder)

    dentist.wait_until(lambda: bar.failures.text() == "1 failed …")
    assert not dentist.messages
    dentist.press("D")
    dentist.wait_until(lambda: "2.png" in dentist.messages)
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.qtbot.wait(200)
    assert detector.examined == ["1.png"]


def test_where_all_are_being_examined_anyway_nobody_looks_ahead(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    window = dentist.window
    assert window.batch._ahead is not None
    window.batch._ahead._rest.setInterval(NEVER_MS)
    dentist.open_folder(folder)
    detector.held = threading.Event()
    dentist.choose("examine_all")
    dentist.wait_until(lambda: len(detector.examined) == 2)

    window.batch._ahead._look()

    assert not window.batch._ahead._runner.busy
    detector.held.set()
    dentist.wait_until(lambda: len(detector.examined) == 3)
    assert sorted(detector.examined) == ["1.png", "2.png", "3.png"]
