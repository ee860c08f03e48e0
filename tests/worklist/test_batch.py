"""All radiographs are examined, whatever happens on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from dentalviewer.detector import Answer, Detection, Examiners
from dentalviewer.errors import (
    DentalViewerError,
    DetectionError,
    DetectorEnded,
    FileError,
    ModelError,
    RadiographError,
)
from dentalviewer.geometry import Box
from dentalviewer.study import Finding
from dentalviewer.worklist.batch import Batch, Progress
from dentalviewer.worklist.predictions import PredictionStore
from tests.scripted_detector import IDENTITY, SETTINGS

FOUND = Detection(IDENTITY, SETTINGS, (Finding(Box(1, 2, 3, 4), "implant", score=0.7),))
EXAMINERS = Examiners(IDENTITY, SETTINGS)


class Examining:
    """Two hands that examine; `faults` are met by the radiographs of that name."""

    def __init__(self) -> None:
        self.faults: dict[str, Exception] = {}
        self.examined: list[str] = []
        self.most_beside = 0
        self.beside: dict[str, int] = {}
        self.at: Callable[[str], object] = lambda name: None
        self._in_work = 0
        self._lock = threading.Lock()
        self._hands = ThreadPoolExecutor(2)

    def __call__(self, path: Path) -> Future[Answer]:
        with self._lock:
            self._in_work += 1
            self.most_beside = max(self.most_beside, self._in_work)
            self.beside[path.name] = self._in_work - 1
        return self._hands.submit(self._examine, path.name)

    def _examine(self, name: str) -> Answer:
        self.at(name)
        with self._lock:
            self.examined.append(name)
            self._in_work -= 1
        if name in self.faults:
            raise self.faults[name]
        return FOUND, ""


@pytest.fixture
def examining() -> Examining:
    return Examining()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PredictionStore]:
    opened = PredictionStore(tmp_path / "predictions.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "folder"
    folder.mkdir()
    made = [folder / f"{number}.png" for number in range(1, 7)]
    for path in made:
        path.write_bytes(b"picture")
    return made


def batch(
    paths: list[Path], examining: Examining, store: PredictionStore, at_once: int = 3
) -> Batch:
    return Batch(
        paths, examiners=EXAMINERS, examine=examining, at_once=at_once, store=store
    )


def examine_all(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> Progress:
    said: list[Progress] = []
    batch(paths, examining, store).run(said.append)
    return said[-1]


def fresh(store: PredictionStore, paths: list[Path]) -> list[str]:
    states = store.states(paths, IDENTITY)
    return [path.name for path in paths if states.get(path) == "fresh"]


def test_all_are_examined_with_as_many_in_work_as_are_wanted(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    examining.at = lambda name: wait_for(lambda: examining.most_beside == 3)
    last = examine_all(paths, examining, store)

    assert (last.done, last.total, last.failures) == (6, 6, ())
    assert store.get(paths[5], IDENTITY) == FOUND
    assert examining.most_beside == 3


def test_what_is_put_first_is_examined_before_all_others_wherever_the_reader_is(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    """4 failed before, and is tried at once where the reader wants it."""
    store.put_failure(paths[3], "It is too dark.", IDENTITY)
    work = batch(paths, examining, store, at_once=1)
    work.put_first([paths[3], paths[5]])
    work.go_on_after(paths[0])
    work.run(lambda progress: None)

    assert examining.examined == [f"{n}.png" for n in (4, 6, 1, 2, 3, 5)]


def test_what_is_known_is_not_examined_again(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    store.put(paths[0], FOUND)
    store.put(paths[3], FOUND)
    paths[3].write_bytes(b"another picture")
    said: list[Progress] = []
    batch(paths, examining, store).run(said.append)

    assert (said[0].done, said[-1].done) == (1, 6)
    assert sorted(examining.examined) == ["2.png", "3.png", "4.png", "5.png", "6.png"]


def test_what_the_reader_had_examined_meanwhile_is_passed_over(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    examining.at = lambda name: name == "1.png" and store.put(paths[5], FOUND)
    said: list[Progress] = []
    batch(paths, examining, store, at_once=1).run(said.append)

    assert said[-1].done == 6
    assert "6.png" not in examining.examined


def test_broken_radiographs_are_listed_and_the_rest_is_done(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    examining.faults["2.png"] = RadiographError(paths[1], "the file is empty (0 bytes)")
    examining.faults["4.png"] = DetectionError("It is too dark.")
    examining.faults["5.png"] = RuntimeError("no idea")

    last = examine_all(paths, examining, store)

    assert (last.done, last.total) == (3, 6)
    assert {f.path.name: f.reason for f in last.failures} == {
        "2.png": "the file is empty (0 bytes)",
        "4.png": "It is too dark.",
        "5.png": "RuntimeError('no idea')",
    }
    assert fresh(store, paths) == ["1.png", "3.png", "6.png"]
    assert store.failures(paths, IDENTITY) == {f.path: f.reason for f in last.failures}


def test_what_failed_before_is_tried_again_when_all_else_is_done(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    store.put_failure(paths[0], "It is too dark.", IDENTITY)
    store.put_failure(paths[3], "It is too dark.", IDENTITY)
    said: list[Progress] = []
    batch(paths, examining, store, at_once=1).run(said.append)

    assert examining.examined == [
        "2.png", "3.png", "5.png", "6.png", "1.png", "4.png"
    ]  # fmt: skip
    assert said[-1].done == 6
    assert store.failures(paths, IDENTITY) == {}


def test_one_that_ends_the_detector_takes_no_other_with_it(
    paths: list[Path], store: PredictionStore
) -> None:
    ended = DetectorEnded("The detector's process ended.")
    alone: list[str] = []

    class Ending(Examining):
        def _examine(self, name: str) -> Answer:
            time.sleep(0.02)
            with self._lock:
                self.examined.append(name)
                self._in_work -= 1
            if self.beside[name] == 0 and name in self.examined[:-1]:
                alone.append(name)
            first = self.examined.count(name) == 1
            if name == "2.png" or (name == "3.png" and first):
                raise ended
            return FOUND, ""

    last = examine_all(paths, Ending(), store)

    # 3 was lost beside 2, and fares well by itself.
    assert [f.path.name for f in last.failures] == ["2.png"]
    assert last.done == 5
    assert sorted(alone) == ["2.png", "3.png"]


def run_beside(running: Batch, said: list[Progress]) -> threading.Thread:
    thread = threading.Thread(target=lambda: running.run(said.append))
    thread.start()
    return thread


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def test_paused_it_begins_nothing_and_resumed_it_does_the_rest(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    said: list[Progress] = []
    running = batch(paths, examining, store, at_once=1)
    examining.at = lambda name: name == "2.png" and running.pause()
    thread = run_beside(running, said)
    wait_for(lambda: said and said[-1].done == 2)
    time.sleep(0.1)

    assert running.paused
    assert fresh(store, paths) == ["1.png", "2.png"]
    running.resume()
    thread.join(10)
    assert said[-1].done == 6


@pytest.mark.parametrize("paused", [False, True])
def test_cancelled_it_ends_and_another_does_the_rest(
    paths: list[Path], examining: Examining, store: PredictionStore, paused: bool
) -> None:
    said: list[Progress] = []
    running = batch(paths, examining, store, at_once=1)
    examining.at = lambda name: (
        name == "3.png" and (running.pause() if paused else running.cancel())
    )
    thread = run_beside(running, said)
    wait_for(lambda: "3.png" in examining.examined)
    running.cancel()
    thread.join(10)

    assert not thread.is_alive()
    assert len(fresh(store, paths)) < 4
    examining.at = lambda name: None
    assert examine_all(paths, examining, store).done == 6


def test_what_follows_the_reader_comes_first(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    running = batch(paths, examining, store, at_once=1)
    examining.at = lambda name: name == "1.png" and running.go_on_after(paths[3])
    running.run(lambda progress: None)

    assert examining.examined == [
        "1.png", "5.png", "6.png", "2.png", "3.png", "4.png"
    ]  # fmt: skip


def test_a_folder_that_went_away_pauses_it_until_it_is_back(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    folder, away = paths[0].parent, paths[0].parent.with_name("away")
    examining.at = lambda name: name == "3.png" and folder.rename(away)
    examining.faults = {
        p.name: RadiographError(p, "cannot be opened") for p in paths[2:]
    }
    said: list[Progress] = []
    running = batch(paths, examining, store, at_once=1)
    thread = run_beside(running, said)
    wait_for(lambda: said and said[-1].obstacle)

    assert said[-1].obstacle == f"{folder} cannot be reached."
    assert not said[-1].failures
    examining.at = lambda name: None
    examining.faults.clear()
    away.rename(folder)
    running.resume()
    thread.join(10)
    assert said[-1].done == 6
    assert not said[-1].obstacle


@pytest.mark.parametrize(
    "fault",
    [
        ModelError(Path("model"), "the weights are damaged"),
        FileError(Path("predictions"), "the predictions cannot be kept: disk full"),
    ],
)
def test_what_would_spoil_every_one_pauses_it(
    paths: list[Path],
    examining: Examining,
    store: PredictionStore,
    fault: DentalViewerError,
) -> None:
    examining.faults["1.png"] = fault
    said: list[Progress] = []
    running = batch(paths, examining, store, at_once=1)
    thread = run_beside(running, said)
    wait_for(lambda: said and said[-1].obstacle)
    assert said[-1].obstacle == str(fault)
    assert len(examining.examined) == 1
    examining.faults.clear()
    running.resume()
    thread.join(10)

    assert said[-1].done == 6


def test_the_time_left_is_told_by_the_pace(
    paths: list[Path], examining: Examining, store: PredictionStore
) -> None:
    examining.at = lambda name: time.sleep(0.05)
    said: list[Progress] = []
    batch(paths, examining, store, at_once=1).run(said.append)

    told = {each.done: each.seconds_left for each in said}
    assert told[2] is None
    # Two intervals of 0.05 s or more went before, three are to come.
    assert told[3] is not None
    assert told[3] >= 0.14
    assert told[6] == 0


def test_nothing_to_do_is_done_at_once(
    examining: Examining, store: PredictionStore
) -> None:
    assert examine_all([], examining, store) == Progress(0, 0)
