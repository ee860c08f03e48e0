"""What detectors said is kept, and only believed of the very file they saw."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import FileError
from dentalviewer.geometry import Box
from dentalviewer.study import Finding
from dentalviewer.worklist._packing import pack, unpack
from dentalviewer.worklist.predictions import (
    FILE_NAME,
    PredictionStore,
    picture_stamp,
)
from tests.conftest import ROOT

IDENTITY = DetectorIdentity("first", "a1" * 32, "crop to the arches")
OTHER = DetectorIdentity("second", "b2" * 32, "crop to the arches")
TEETH = DetectorIdentity("teeth", "c3" * 32, "crop")
DETECTION = Detection(
    IDENTITY,
    DetectionSettings({"implant": 0.35}, 0.4, 50, 0.5),
    (
        Finding(Box(10.25, 20.5, 1 / 3 + 30, 44), "implant", None, 0.91),
        Finding(Box(-1, 0, 5, 5), "Füllung 填充", Tooth(3, 6), 0.05, Tooth(3, 7)),
    ),
    (
        Finding(Box(1, 2, 3, 4), "36", Tooth(3, 6), 0.8),
        Finding(Box(5, 2, 8, 4), "37", Tooth(3, 7), 0.5, tooth_in_doubt=True),
        Finding(Box(9, 2, 12, 4), "tooth", None, 0.5),
    ),
    TEETH,
)

# Keeps what a detector said of files without end; says so before it begins.
WRITER = """
import sys
from pathlib import Path
from dentalviewer.worklist.predictions import PredictionStore
from tests.worklist.test_predictions import DETECTION
store = PredictionStore(Path(sys.argv[1]))
files = sorted(Path(sys.argv[2]).glob("*.png"))
number = 0
print("begun", flush=True)
while True:
    store.put(files[number % len(files)], DETECTION)
    number += 1
    print(number, flush=True)
"""


@pytest.fixture
def said() -> list[str]:
    """What the store told the reader."""
    return []


@pytest.fixture
def store(tmp_path: Path, said: list[str]) -> Iterator[PredictionStore]:
    opened = PredictionStore(tmp_path / "user" / FILE_NAME, said.append)
    yield opened
    opened.close()


def radiographs(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:05}.png" for number in range(count)]
    for path in paths:
        path.write_bytes(b"picture")
    return paths


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    return radiographs(tmp_path / "folder", 1)[0]


def test_what_was_kept_comes_back_whole_after_the_program_was_closed(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, DETECTION)
    store.close()

    assert PredictionStore(store.file).get(radiograph, IDENTITY) == DETECTION


def test_another_detector_makes_it_stale_and_the_first_one_fresh_again(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, DETECTION)

    assert store.states([radiograph], IDENTITY) == {radiograph: "fresh"}
    assert store.states([radiograph], OTHER) == {radiograph: "stale"}
    assert store.get(radiograph, OTHER) is None
    store.put(radiograph, replace(DETECTION, identity=OTHER))
    assert store.states([radiograph], OTHER) == {radiograph: "fresh"}
    assert store.states([radiograph], IDENTITY) == {radiograph: "fresh"}


def test_a_detector_that_was_only_given_another_name_is_the_same(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, DETECTION)

    renamed = replace(IDENTITY, name="best")
    assert store.states([radiograph], renamed) == {radiograph: "fresh"}


def test_another_detector_of_teeth_makes_it_stale_too(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, DETECTION)
    better = replace(TEETH, sha256="d4" * 32)

    assert store.states([radiograph], IDENTITY, TEETH) == {radiograph: "fresh"}
    assert store.states([radiograph], IDENTITY, better) == {radiograph: "stale"}
    assert store.get(radiograph, IDENTITY, better) is None
    assert store.get(radiograph, IDENTITY, TEETH) == DETECTION


def test_a_file_that_changed_or_vanished_is_stale(
    store: PredictionStore, tmp_path: Path
) -> None:
    same, larger, later, gone, new = radiographs(tmp_path / "folder", 5)
    for path in (same, larger, later, gone):
        store.put(path, DETECTION)
    larger.write_bytes(b"another picture")
    os.utime(larger, ns=(same.stat().st_atime_ns, same.stat().st_mtime_ns))
    os.utime(later, ns=(0, later.stat().st_mtime_ns + 1))
    gone.unlink()

    assert store.states([same, larger, later, gone, new], IDENTITY) == {
        same: "fresh",
        larger: "stale",
        later: "stale",
        gone: "stale",
    }
    answers = [store.get(p, IDENTITY) for p in (same, larger, later, gone, new)]
    assert answers == [DETECTION, None, None, None, None]


def test_a_file_that_changed_while_it_was_examined_is_stale(
    store: PredictionStore, radiograph: Path
) -> None:
    before = picture_stamp(radiograph)
    radiograph.write_bytes(b"another picture")
    store.put(radiograph, DETECTION, before)

    assert store.states([radiograph], IDENTITY) == {radiograph: "stale"}


@pytest.mark.skipif(sys.platform == "win32", reason="names are Unicode there")
def test_a_failure_is_kept_until_the_file_or_the_detector_is_another(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put_failure(radiograph, "It is too dark.", IDENTITY, TEETH)

    again = PredictionStore(store.file)
    assert again.failures([radiograph], IDENTITY, TEETH) == {
        radiograph: "It is too dark."
    }
    assert store.states([radiograph], IDENTITY, TEETH) == {radiograph: "failed"}
    assert store.failures([radiograph], OTHER, TEETH) == {}
    assert store.states([radiograph], OTHER, TEETH) == {}
    radiograph.write_bytes(b"another picture")
    assert store.states([radiograph], IDENTITY, TEETH) == {}
    again.close()


def test_a_failure_may_quote_any_name(store: PredictionStore, radiograph: Path) -> None:
    name = os.fsdecode(b"latin-\xfc.png")

    store.put_failure(radiograph, f"{name} is too dark.", IDENTITY)

    assert store.failures([radiograph], IDENTITY) == {
        radiograph: "latin-?.png is too dark."
    }


def test_an_answer_takes_a_failure_back(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put_failure(radiograph, "It is too dark.", IDENTITY, TEETH)
    store.put(radiograph, DETECTION)

    assert store.failures([radiograph], IDENTITY, TEETH) == {}
    assert store.states([radiograph], IDENTITY, TEETH) == {radiograph: "fresh"}


def test_an_answer_without_the_teeth_that_were_asked_for_has_failed(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, replace(DETECTION, teeth=(), tooth_detector=None))
    store.put_failure(radiograph, "The teeth were not numbered.", IDENTITY, TEETH)

    assert store.states([radiograph], IDENTITY, TEETH) == {radiograph: "failed"}
    assert store.states([radiograph], IDENTITY) == {radiograph: "fresh"}


def test_whoever_wants_to_know_is_told_of_which_file_something_was_kept(
    store: PredictionStore, tmp_path: Path
) -> None:
    told: list[Path] = []
    announcing = PredictionStore(store.file, announce=told.append)
    first, second = radiographs(tmp_path / "folder", 2)
    announcing.put(first, DETECTION)
    announcing.put_failure(second, "It is too dark.", IDENTITY)
    announcing.put(tmp_path / "gone.png", DETECTION)
    announcing.close()

    assert told == [first, second]


def test_any_name_is_kept(store: PredictionStore, tmp_path: Path) -> None:
    names = ["a b.png", "Röntgen 'x' \"y\".png", "全景.png", "n" * 251 + ".png"]
    names.append(os.fsdecode(b"latin-\xfc.png"))
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.write_bytes(b"picture")
        store.put(path, DETECTION)

    assert store.states(paths, IDENTITY) == dict.fromkeys(paths, "fresh")


def test_a_path_written_in_another_way_is_the_same_radiograph(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, DETECTION)
    roundabout = radiograph.parent / "sub" / ".." / radiograph.name

    both = store.states([radiograph, roundabout], IDENTITY)
    # The detour leads through a folder that is not there.
    assert both == {radiograph: "fresh", roundabout: "stale"}
    (radiograph.parent / "sub").mkdir()
    assert store.states([roundabout], IDENTITY) == {roundabout: "fresh"}


def test_ten_thousand_are_told_apart_quickly(
    store: PredictionStore, tmp_path: Path
) -> None:
    examined, other = radiographs(tmp_path / "folder", 2)
    many = [tmp_path / "folder" / f"no-{number}.png" for number in range(9_998)]
    store.put(examined, DETECTION)
    store.put(other, replace(DETECTION, identity=OTHER))
    for path in many[:3000]:
        os.link(examined, path)
        store.put(path, DETECTION)
    start = time.perf_counter()
    states = store.states([*many, examined, other], IDENTITY)
    seconds = time.perf_counter() - start

    assert list(states.values()).count("fresh") == 3001
    assert len(states) == 3002
    # Some 0.1 s on an idle computer.
    assert seconds < 2.0


@pytest.mark.parametrize(
    "content", [b"no database at all", b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_damaged_store_is_set_aside_and_said_once(
    store: PredictionStore, radiograph: Path, said: list[str], content: bytes
) -> None:
    store.file.parent.mkdir()
    store.file.write_bytes(content)

    assert store.get(radiograph, IDENTITY) is None
    store.put(radiograph, DETECTION)
    assert store.get(radiograph, IDENTITY) == DETECTION
    kept = store.file.with_name(f"{FILE_NAME}.unreadable")
    assert kept.read_bytes() == content
    (message,) = said
    assert "were damaged" in message
    assert kept.name in message


def test_a_store_damaged_in_the_middle_is_set_aside(
    store: PredictionStore, tmp_path: Path, said: list[str]
) -> None:
    paths = radiographs(tmp_path / "folder", 300)
    for path in paths:
        store.put(path, DETECTION)
    store.close()
    content = bytearray(store.file.read_bytes())
    content[8192:-4096] = b"\x55" * (len(content) - 12288)
    store.file.write_bytes(content)

    assert store.states(paths, IDENTITY) == {}
    assert "were damaged" in "".join(said)
    store.put(paths[0], DETECTION)
    assert store.states(paths, IDENTITY) == {paths[0]: "fresh"}


def test_a_store_with_other_tables_is_set_aside(
    store: PredictionStore, radiograph: Path, said: list[str]
) -> None:
    store.file.parent.mkdir()
    with sqlite3.connect(store.file) as other:
        other.execute("CREATE TABLE predictions (something TEXT)")
    other.close()
    store.put(radiograph, DETECTION)

    assert store.get(radiograph, IDENTITY) == DETECTION
    assert len(said) == 1


def test_a_single_answer_that_cannot_be_read_is_forgotten(
    store: PredictionStore, radiograph: Path, said: list[str]
) -> None:
    store.put(radiograph, DETECTION)
    with sqlite3.connect(store.file) as other:
        other.execute("UPDATE predictions SET detection = ?", (b"nonsense",))
    other.close()

    assert store.get(radiograph, IDENTITY) is None
    assert store.states([radiograph], IDENTITY) == {}
    assert not said


def test_where_no_file_can_be_had_it_is_kept_in_memory(
    tmp_path: Path, radiograph: Path, said: list[str]
) -> None:
    (tmp_path / "user").write_bytes(b"a file, where a folder should be")
    store = PredictionStore(tmp_path / "user" / FILE_NAME, said.append)
    store.put(radiograph, DETECTION)

    assert store.get(radiograph, IDENTITY) == DETECTION
    (message,) = said
    assert "forgotten when the program ends" in message
    store.close()


def test_what_cannot_be_written_is_said_with_the_file(
    store: PredictionStore, radiograph: Path
) -> None:
    store.put(radiograph, DETECTION)
    # As if the disk were full.
    assert store._store._connection is not None
    store._store._connection.execute("PRAGMA max_page_count = 1")
    huge = replace(DETECTION, candidates=tuple(many_findings(5000)))

    with pytest.raises(FileError, match="cannot be kept"):
        store.put(radiograph, huge)
    assert store.get(radiograph, IDENTITY) == DETECTION


def many_findings(count: int) -> Iterator[Finding]:
    for number in range(count):
        yield Finding(Box(number, 0, number * 1.37 + 2, 9), "implant", None, 1 / 7)


def test_several_threads_may_use_it(store: PredictionStore, tmp_path: Path) -> None:
    paths = radiographs(tmp_path / "folder", 40)

    def put(some: list[Path]) -> None:
        for path in some:
            store.put(path, DETECTION)
            store.states(paths, IDENTITY)

    threads = [threading.Thread(target=put, args=(paths[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.states(paths, IDENTITY) == dict.fromkeys(paths, "fresh")


def test_two_programs_may_use_it_and_one_may_be_killed(
    store: PredictionStore, tmp_path: Path, said: list[str]
) -> None:
    paths = radiographs(tmp_path / "folder", 20)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.file), str(tmp_path / "folder")],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        while writer.stdout.readline().strip() != b"25":
            pass
        writer.kill()
        writer.communicate()

    assert store.states(paths, IDENTITY) == dict.fromkeys(paths, "fresh")
    assert [store.get(path, IDENTITY) for path in paths] == [DETECTION] * 20
    assert not said


@pytest.mark.parametrize("row", [[], ["?"], ["implant", 1, 2, 3, 4]])
def test_a_finding_that_lacks_something_is_no_detection(row: list[object]) -> None:
    content = json.loads(zlib.decompress(pack(DETECTION)))
    content["teeth"][0] = row

    with pytest.raises(ValueError, match="this is no detection"):
        unpack(zlib.compress(json.dumps(content).encode()))
