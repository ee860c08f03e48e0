"""Files are replaced wholly or not at all; JSON is believed only if it is strict."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dentalviewer.errors import AnnotationFileError, FileError
from dentalviewer.formats._export import copy_radiograph
from dentalviewer.storage import disk
from dentalviewer.storage.disk import hurried, patiently
from dentalviewer.storage.files import (
    make_folder,
    make_room_for,
    read_bytes,
    write_atomically,
)
from dentalviewer.storage.json_object import JsonObject, parse_json
from tests.held_files import FOREVER, as_on_windows, held

PATH = Path("7.json")


def disk_is_full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("before", [b"kept", None])
def test_a_full_disk_leaves_everything_as_it_was(
    call: str, before: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "7.json"
    if before is not None:
        path.write_bytes(before)
    monkeypatch.setattr(os, call, disk_is_full)

    with pytest.raises(FileError, match=r"7\.json: cannot be saved: No space left"):
        write_atomically(path, b"new")

    left = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert left == ({} if before is None else {"7.json": before})


@pytest.mark.parametrize("lasting", [True, False])
def test_a_file_is_replaced(lasting: bool, tmp_path: Path) -> None:
    path = tmp_path / "7.json"
    path.write_bytes(b"a much longer content")

    write_atomically(path, b"new", lasting=lasting)

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_another_program_reads_for_a_moment_is_replaced_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, copy = tmp_path / "curves.csv", tmp_path / "copy.csv"
    path.write_bytes(b"old")
    as_on_windows(monkeypatch)

    monkeypatch.setattr(os, "replace", held(os.replace, 3))
    write_atomically(path, b"new")
    monkeypatch.setattr(os, "replace", held(os.replace, 3))
    copy_radiograph(path, copy)

    assert path.read_bytes() == copy.read_bytes() == b"new"
    assert sorted(tmp_path.iterdir()) == [copy, path]


def test_the_thread_of_a_window_waits_unnoticed_and_others_for_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(disk, "ON_WINDOWS", True)
    refuse = held(os.stat, FOREVER)

    def waited() -> float:
        pauses: list[float] = []
        with monkeypatch.context() as patch:
            patch.setattr(time, "sleep", pauses.append)
            with pytest.raises(PermissionError):
                patiently(lambda: refuse("7.json"))
        return sum(pauses)

    with hurried(), ThreadPoolExecutor(1) as other:
        assert waited() < 0.2
        assert other.submit(waited).result() > 1
    assert waited() > 1


def test_a_file_that_stays_open_elsewhere_is_named_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "curves.csv"
    path.write_bytes(b"old")
    as_on_windows(monkeypatch)
    monkeypatch.setattr(os, "replace", held(os.replace, FOREVER))

    with pytest.raises(FileError, match=r"curves\.csv: cannot be saved: Permission"):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_replaced_is_saved_though_another_program_opens_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "7.json"
    read = held(Path.read_bytes, 1, ending="7.json")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read)
        write_atomically(path, b"new")

    assert path.read_bytes() == b"new"


def test_a_file_that_is_held_for_a_moment_is_read_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "7.json"
    path.write_bytes(b"content")
    as_on_windows(monkeypatch)
    monkeypatch.setattr("builtins.open", held(open, 3, ending="7.json"))

    assert read_bytes(path, error=FileError, max_bytes=100) == b"content"


def test_a_folder_that_takes_no_files_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, where only trying tells."""
    as_on_windows(monkeypatch)
    monkeypatch.setattr(os, "open", held(os.open, FOREVER, ending=".tmp"))

    with pytest.raises(FileError, match="cannot be written to"):
        make_folder(tmp_path / "results")


def test_a_file_that_is_to_be_written_later_gets_its_folder(tmp_path: Path) -> None:
    make_room_for(tmp_path / "results" / "7.json")

    assert os.listdir(tmp_path) == ["results"]


def test_a_file_that_could_not_be_written_later_is_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    read_only = tmp_path / "7.json"
    read_only.write_text("kept")
    # Where tests run as root, everything may be written.
    monkeypatch.setattr(os, "access", lambda path, _mode: path != read_only)

    with pytest.raises(FileError, match="folder: is a folder, not a file"):
        make_room_for(tmp_path / "folder")
    with pytest.raises(FileError, match="the file is read-only"):
        make_room_for(read_only)
    with pytest.raises(FileError, match=r"7\.json: is a file, not a folder"):
        make_room_for(read_only / "8.json")


@pytest.mark.parametrize("way", ["save", "copy"])
def test_what_a_killed_save_left_is_gone_after_a_day(way: str, tmp_path: Path) -> None:
    names = {"old": ".0123456789abcdef.tmp", "new": ".0123456789abcde0.tmp",
             "other": ".mine.tmp", "longer": ".0123456789abcdef.tmp.json"}  # fmt: skip
    for name in names.values():
        (tmp_path / name).write_bytes(b"half a review")
        if name != names["new"]:
            day_ago = time.time() - 25 * 3600
            os.utime(tmp_path / name, (day_ago, day_ago))

    if way == "save":
        write_atomically(tmp_path / "7.json", b"new")
    else:
        copy_radiograph(Path(__file__), tmp_path / "7.json")

    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"7.json", names["new"], names["other"], names["longer"]}


def test_what_was_left_and_is_held_keeps_nothing_else_from_being_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_ago = time.time() - 25 * 3600
    for number in range(3):
        left = tmp_path / f".{number:016x}.tmp"
        left.write_bytes(b"half a review")
        os.utime(left, (day_ago, day_ago))
    first = os.listdir(tmp_path)[0]
    monkeypatch.setattr(os, "unlink", held(os.unlink, FOREVER, ending=first))

    write_atomically(tmp_path / "7.json", b"new")

    assert set(os.listdir(tmp_path)) == {"7.json", first}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "7.json"
    path.write_bytes(b"")
    path.chmod(0o640)

    write_atomically(path, b"new")

    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "7.json"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_atomically(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.skipif(
    os.name == "nt" or os.getuid() == 0, reason="the superuser may write anywhere"
)
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "7.json"
    path.write_bytes(b"old")
    path.chmod(0o444)

    with pytest.raises(FileError, match="the file is read-only"):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationFileError, match=r"gone.*cannot be saved: No such"):
        write_atomically(tmp_path / "gone" / "7", b"", error=AnnotationFileError)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not valid JSON: Expecting value"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b"[Infinity]", "Infinity is not a number that JSON allows"),
        (b"[1e400]", "the number 1e400 is too large"),
        (b'{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8 text"),
        (b"[" * 202 + b"]" * 202, "more than 200 deep"),
        (b"[" * 100_000, "more than 200 deep"),
    ],
)
def test_json_that_is_not_strict_is_refused(content: bytes, fault: str) -> None:
    with pytest.raises(FileError, match=fault):
        parse_json(PATH, content, FileError)


def test_json_with_a_byte_order_mark_is_read() -> None:
    assert parse_json(PATH, b'\xef\xbb\xbf{"a": [1]}', FileError) == {"a": [1]}


def test_a_fault_says_where_in_the_file_it_is() -> None:
    value = {"frames": [{"box": {"x": "1"}}]}
    root = JsonObject.of(PATH, value, FileError)
    box = root.objects("frames", "frame")[0].object("box")

    with pytest.raises(
        FileError, match=r"^7\.json: frame 1, box: x should be a number"
    ):
        box.number("x")
    with pytest.raises(FileError, match=r"^7\.json: frame 1, box: y is missing$"):
        box.number("y")


def test_half_a_character_is_no_text() -> None:
    root = JsonObject.of(PATH, {"label": "\ud800"}, FileError)

    with pytest.raises(FileError, match="half a character"):
        root.text("label")
