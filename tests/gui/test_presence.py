"""A radiograph that is open in two windows: both know before anything is decided."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from pytestqt.qtbot import QtBot

from dentalviewer.gui.reviewing.presence_desk import PresenceDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.resources import cache_folder
from dentalviewer.review import Review
from dentalviewer.study import Study
from dentalviewer.worklist.presence import Presence
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.lost_drive import OnALostDrive
from tests.scripted_detector import ScriptedDetector

WARNING = "1.png is open in another window, too."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "clinic"
    place.mkdir()
    for name in ("1.png", "2.png"):
        write_radiograph(place / name)
    return place


def opened(make_window: MakeWindow, folder: Path) -> Dentist:
    dentist = make_window(ScriptedDetector(()))
    dentist.window.open([folder])
    dentist.wait_for_radiograph("1.png")
    return dentist


def test_the_second_window_is_warned_at_once_and_the_first_when_it_looks(
    make_window: MakeWindow, folder: Path
) -> None:
    first = opened(make_window, folder)
    second = opened(make_window, folder)

    second.wait_until(lambda: WARNING in second.messages)
    assert WARNING not in first.messages
    first.window.presence.look()
    first.wait_until(lambda: WARNING in first.messages)
    assert sorted(p.name for p in folder.iterdir()) == ["1.png", "2.png"]


def test_the_warning_goes_with_the_other_window(
    make_window: MakeWindow, folder: Path
) -> None:
    first, second = opened(make_window, folder), opened(make_window, folder)
    second.wait_until(lambda: WARNING in second.messages)

    first.window.close()
    second.window.presence.look()
    second.wait_until(lambda: second.messages == "")
    second.window.close()

    assert [*(cache_folder() / "open").iterdir()] == []


def test_who_goes_on_to_another_radiograph_is_alone_there(
    make_window: MakeWindow, folder: Path
) -> None:
    opened(make_window, folder)
    second = opened(make_window, folder)
    second.wait_until(lambda: WARNING in second.messages)

    second.press("D")
    second.wait_for_radiograph("2.png")
    second.wait_until(lambda: not second.window.presence.looking)
    assert second.messages == ""
    # Once more to where the first still is.
    second.press("A")
    second.wait_until(lambda: WARNING in second.messages)


def test_one_window_is_not_warned_of_itself(
    make_window: MakeWindow, folder: Path
) -> None:
    only = opened(make_window, folder)
    only.press("Ctrl+R")
    only.wait_for_radiograph("1.png")
    only.window.presence.look()
    only.wait_until(lambda: not only.window.presence.looking)

    assert only.messages == ""


def test_what_fails_at_every_look_is_told_once(
    session: ReviewSession,
    study: Study,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: Presence) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(Presence, "look", fail)
    desk = PresenceDesk(tmp_path / "open", session)
    told: list[str] = []
    desk.reported.connect(told.append)
    session.open(study, Review())
    for _ in range(2):
        qtbot.waitUntil(lambda: not desk.looking)
        desk.look()
    qtbot.waitUntil(lambda: not desk.looking)
    desk.stop()

    assert len(told) == 1
    assert "ZeroDivisionError" in told[0]


def test_closing_does_not_wait_for_a_drive_that_is_lost(
    session: ReviewSession, study: Study, tmp_path: Path, qtbot: QtBot
) -> None:
    desk = PresenceDesk(tmp_path / "open", session)
    path = OnALostDrive("/lost/1.png")
    radiograph = replace(study.radiograph, path=path)
    session.open(replace(study, radiograph=radiograph), Review())
    qtbot.waitUntil(path.asked.is_set)
    begun = time.monotonic()

    desk.stop()

    assert time.monotonic() - begun < 5
    path.answers.set()
    qtbot.waitUntil(lambda: "presence_0" not in {t.name for t in threading.enumerate()})
    assert not (tmp_path / "open").exists()
