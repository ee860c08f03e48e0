"""What fails off the GUI thread is told to the reader, and keeps nothing else back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from dentalviewer.errors import FileError
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.gui.worklist.thumbnails import Thumbnails
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel
from dentalviewer.gui.worklist.worklist_reading import StandingsReading
from dentalviewer.review import ReadingMode
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.listing import FileMark, Sources, list_radiographs
from dentalviewer.worklist.standing import Circumstances
from tests.gui.conftest import write_radiograph


class FailingCache(WorklistCache):
    """Fails, as nobody expects, where it is asked about a file of this name."""

    failing = "2.png"

    def get(self, kind: str, path: Path, mark: FileMark) -> bytes | None:
        if path.name.startswith(self.failing):
            raise ZeroDivisionError(path)
        return super().get(kind, path, mark)


def failure_of(error: Exception, qtbot: QtBot) -> Exception:
    """What is given to those who asked for work that fails so."""

    def fail() -> None:
        raise error

    parent, failures = QObject(), list[Exception]()
    background = Background("test", parent, failed=failures.append)
    background.request(fail)
    qtbot.waitUntil(lambda: bool(failures))
    background.stop()
    return failures[0]


class Immediately(ThreadPoolExecutor):
    """Has done what it is given before anybody can look."""

    def submit(self, *args: Any, **named: Any) -> Future[Any]:
        future = super().submit(*args, **named)
        wait([future])
        return future


def test_work_that_is_done_at_once_is_waited_for_and_not_announced_as_well(
    qtbot: QtBot,
) -> None:
    parent, told = QObject(), list[object]()
    background = Background("test", parent, failed=told.append)
    background._executor = Immediately(1)
    background.answered.connect(told.append)

    background.request(lambda: "done")

    assert background.busy
    assert background.finish() == "done"
    QCoreApplication.processEvents()
    assert told == []
    background.stop()


def test_what_nobody_expected_is_told_and_in_the_log_without_names(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    error = ValueError("Erika Mustermann.png")

    assert failure_of(error, qtbot) is error
    assert in_words(error) == "ValueError: Erika Mustermann.png"
    (line,) = caplog.messages
    assert line.startswith("ValueError < test_background.py:")
    assert "Mustermann" not in line


def test_what_was_to_be_expected_is_told_as_it_is_and_not_logged(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    error = FileError(Path("1.png"), "is gone")

    assert failure_of(error, qtbot) is error
    assert in_words(error) == "1.png: is gone"
    assert caplog.messages == []


def test_a_thumbnail_that_fails_is_told_of_once_and_the_others_are_made(
    qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    thumbnails = Thumbnails(FailingCache(tmp_path / "cache"))
    made: list[str] = []
    told: list[str] = []
    thumbnails.made.connect(lambda path: made.append(path.name))
    thumbnails.reported.connect(told.append)
    paths = [
        write_radiograph(tmp_path / name) for name in ("1.png", "2.png", "2.png.png")
    ]
    for path in paths:
        thumbnails.pixmap(path, (1, 1))
    qtbot.waitUntil(lambda: len(made) == 3)
    thumbnails.stop()

    assert [thumbnails.is_faulty(path, (1, 1)) for path in paths] == [False, True, True]
    assert len(told) == 1
    assert told[0].endswith("has no thumbnail. ZeroDivisionError: " + str(paths[2]))


def read_standings(
    names: Sequence[str], tmp_path: Path, qtbot: QtBot
) -> tuple[WorklistPanel, list[str]]:
    """Of reviewed radiographs; the worklist then, and what was reported."""
    folder, reviews = tmp_path / "clinic", tmp_path / "reviews"
    folder.mkdir()
    for name in names:
        write_radiograph(folder / name)
        (folder / f"{name}.review.json").write_text("{}")
    cache = FailingCache(tmp_path / "cache")
    panel = WorklistPanel(Thumbnails(cache))
    qtbot.addWidget(panel)
    listing = list_radiographs(Sources((folder,)), reviews=reviews)
    panel.begin(listing)
    circumstances = Circumstances(reviews, {}, (), ReadingMode.CONCURRENT, None)
    reading = StandingsReading(
        panel, cache, lambda: circumstances, lambda: False, QObject(panel)
    )
    told: list[str] = []
    reading.reported.connect(told.append)

    reading.begin(listing.found)
    reading.show_counts()
    qtbot.waitUntil(lambda: reading.unread == 0)
    reading.stop()
    return panel, told


def test_a_standing_that_fails_is_told_of_and_the_others_are_read(
    qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    panel, told = read_standings(("1.png", "2.png", "3.png"), tmp_path, qtbot)

    assert {path.name for path in panel.model.standings} == {"1.png", "3.png"}
    assert [words.partition(". ")[0] for words in told] == [
        "The status of 2.png cannot be read"
    ]
    assert "ZeroDivisionError < test_background.py:" in caplog.messages[0]


def test_where_the_only_standing_fails_none_is_said_to_be_read_still(
    qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    panel, _ = read_standings(("2.png",), tmp_path, qtbot)

    (words,) = (
        label.text() for label in panel.findChildren(QLabel) if "done" in label.text()
    )
    assert words == "0 of 1 done"
