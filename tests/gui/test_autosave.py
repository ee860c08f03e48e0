"""What was decided is on disk within a second, or the reader knows why not."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from shutil import rmtree

import pytest
from pytestqt.qtbot import QtBot

from dentalviewer.formats.review_file import (
    FileStamp,
    SavedReview,
    read_review,
    write_review,
)
from dentalviewer.gui.reviewing.autosave import Autosave
from dentalviewer.gui.reviewing.session import ReviewSession

RETRY_MS = 300


@pytest.fixture
def autosave(session: ReviewSession) -> Autosave:
    # A disk that is busy with much else may need a while.
    return Autosave(session, session.snapshot, retry_ms=RETRY_MS, patience_seconds=60)


def test_an_edit_is_on_disk_within_a_second(
    autosave: Autosave, session: ReviewSession, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    start = time.monotonic()
    session.edit("Accept", session.review.accept([1]))
    qtbot.waitUntil(lambda: not autosave.unsaved)

    assert time.monotonic() - start < 1.5
    assert read_review(file)[0].review == session.review


def test_two_edits_on_end_are_both_saved(
    autosave: Autosave, session: ReviewSession, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    qtbot.wait(450)
    session.edit("Reject", session.review.reject([2]))
    with qtbot.waitSignal(autosave.settled) as settled:
        autosave.settle()

    assert settled.args == [""]
    assert read_review(file)[0].review == session.review


def test_what_is_decided_while_another_radiograph_is_waited_for_is_saved_on_closing(
    autosave: Autosave,
    session: ReviewSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write(path: Path, saved: SavedReview, *, last: FileStamp | None) -> FileStamp:
        time.sleep(0.1)
        return write_review(path, saved, last=last)

    monkeypatch.setattr("dentalviewer.gui.reviewing.autosave.write_review", write)
    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    autosave.settle()
    session.edit("Reject", session.review.reject([2]))

    assert autosave.flush() is None
    assert read_review(file)[0].review == session.review
    autosave.stop()


def test_a_drive_that_does_not_answer_keeps_nobody_waiting(
    session: ReviewSession,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = threading.Event()

    def write(path: Path, saved: SavedReview, *, last: FileStamp | None) -> FileStamp:
        assert answers.wait(10)
        return write_review(path, saved, last=last)

    monkeypatch.setattr("dentalviewer.gui.reviewing.autosave.write_review", write)
    autosave = Autosave(session, session.snapshot, patience_seconds=0.2)
    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    begun = time.monotonic()

    fault = autosave.flush() or ""

    assert time.monotonic() - begun < 5
    assert fault.startswith(f"{file}: it is still being saved")
    assert autosave.unsaved
    # Who stays after all has it saved once the drive answers.
    answers.set()
    qtbot.waitUntil(lambda: not autosave.unsaved)
    assert read_review(file)[0].review == session.review
    autosave.stop()


def test_what_is_decided_while_a_drive_is_waited_for_is_saved_once_it_answers(
    session: ReviewSession,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answers = threading.Event(), threading.Event()

    def write(path: Path, saved: SavedReview, *, last: FileStamp | None) -> FileStamp:
        asked.set()
        assert answers.wait(10)
        return write_review(path, saved, last=last)

    monkeypatch.setattr("dentalviewer.gui.reviewing.autosave.write_review", write)
    autosave = Autosave(session, session.snapshot, patience_seconds=0.2)
    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    qtbot.waitUntil(asked.is_set)
    session.edit("Reject", session.review.reject([2]))
    with qtbot.waitSignal(autosave.settled) as settled:
        autosave.settle()
    assert "does not answer" in settled.args[0]
    assert "does not answer" in (autosave.flush() or "")

    answers.set()
    qtbot.waitUntil(lambda: not autosave.unsaved)

    assert read_review(file)[0].review == session.review
    autosave.stop()


def test_a_drive_that_breaks_off_is_tried_again(
    autosave: Autosave,
    session: ReviewSession,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_off(*_: object, **__: object) -> FileStamp:
        raise TimeoutError(110, "Connection timed out")

    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    with monkeypatch.context() as lost:
        lost.setattr("dentalviewer.gui.reviewing.autosave.write_review", break_off)
        assert "Connection timed out" in (autosave.flush() or "")
    assert autosave.unsaved

    qtbot.waitUntil(lambda: not autosave.unsaved)

    assert read_review(file)[0].review == session.review


def test_nobodys_work_is_overwritten(
    autosave: Autosave, session: ReviewSession, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    autosave.flush()
    file.write_text("somebody else's")
    with qtbot.waitSignal(autosave.failed) as failed:
        session.edit("Reject", session.review.reject([2]))
    fault = autosave.flush()

    assert "somebody else" in failed.args[0]
    assert fault is not None
    assert file.read_text() == "somebody else's"
    assert autosave.unsaved


def test_why_the_other_version_cannot_be_written_over_is_told(
    autosave: Autosave, session: ReviewSession, tmp_path: Path, qtbot: QtBot
) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    file = drive / "pan.png.review.json"
    autosave.begin(file, None)
    session.edit("Accept", session.review.accept([1]))
    file.write_text("somebody else's")
    told: list[str] = []
    taken_back: list[str] = []
    autosave.failed.connect(told.append)
    autosave.recovered.connect(taken_back.append)
    autosave.flush()
    assert autosave.in_conflict
    rmtree(drive)

    assert "cannot be saved" in (autosave.overwrite() or "")

    assert taken_back == told[:1]
    assert "cannot be saved" in told[1]
    autosave.stop()


def test_nothing_is_unsaved_of_a_review_that_was_given_up(
    autosave: Autosave, session: ReviewSession, tmp_path: Path
) -> None:
    autosave.begin(tmp_path / "pan.png.review.json", None)
    session.edit("Accept", session.review.accept([1]))
    autosave.give_up()

    session.edit("Reject", session.review.reject([2]))

    assert not autosave.unsaved
    assert autosave.flush() is None
    assert not (tmp_path / "pan.png.review.json").exists()


def test_a_lost_drive_is_told_once_and_saved_to_when_it_is_back(
    autosave: Autosave, session: ReviewSession, tmp_path: Path, qtbot: QtBot
) -> None:
    told: list[str] = []
    autosave.failed.connect(told.append)
    drive = tmp_path / "drive" / "folder"
    autosave.begin(drive / "pan.png.review.json", None)
    session.edit("Accept", session.review.accept([1]))
    for _ in range(2):
        with qtbot.waitSignal(autosave.settled) as settled:
            autosave.settle()
        assert "cannot be saved" in settled.args[0]
    assert len(told) == 1

    drive.mkdir(parents=True)
    with qtbot.waitSignal(autosave.settled) as settled:
        autosave.settle()

    assert settled.args == [""]
    assert not autosave.unsaved


def test_who_stays_after_a_failed_farewell_is_saved_once_it_is_possible(
    autosave: Autosave, session: ReviewSession, tmp_path: Path, qtbot: QtBot
) -> None:
    drive = tmp_path / "drive"
    autosave.begin(drive / "pan.png.review.json", None)
    session.edit("Accept", session.review.accept([1]))
    told: list[str] = []
    taken_back: list[str] = []
    autosave.failed.connect(told.append)
    autosave.recovered.connect(taken_back.append)
    assert "cannot be saved" in (autosave.flush() or "")
    assert autosave.failing

    drive.mkdir()
    qtbot.waitUntil(lambda: not autosave.unsaved)

    assert read_review(drive / "pan.png.review.json")[0].review == session.review
    assert taken_back == told
    assert not autosave.failing
