"""Where Python looks for what nobody needs any more."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from dentalviewer.gui.work import garbage
from dentalviewer.gui.work.garbage import GarbageCollection


class Cycle:
    """Notes on which thread it ends."""

    def __init__(self, ended_on: list[threading.Thread]) -> None:
        self.itself = self
        self.ended_on = ended_on

    def __del__(self) -> None:
        self.ended_on.append(threading.current_thread())


@pytest.fixture
def searching_by_itself() -> Iterator[None]:
    gc.collect()
    gc.enable()
    yield
    gc.enable()


@pytest.mark.usefixtures("searching_by_itself")
def test_cycles_end_on_the_gui_thread_whoever_makes_much(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage, "INTERVAL_MS", 20)
    parent, ended_on = QObject(), list[threading.Thread]()
    GarbageCollection(parent)
    GarbageCollection(parent)
    Cycle(ended_on)
    much: list[list[int]] = []

    worker = threading.Thread(target=lambda: much.extend([] for _ in range(10_000)))
    worker.start()
    worker.join()

    assert not ended_on
    qtbot.waitUntil(lambda: bool(ended_on))
    assert ended_on == [threading.current_thread()]
