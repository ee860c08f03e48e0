"""What a run learns from lies in a file, which nothing is left of when it ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.detection.training.pictures_on_disk import SPARE_BYTES, kept_on_disk
from dentalviewer.errors import DatasetError, ModelError
from dentalviewer.storage.disk import ON_WINDOWS
from dentalviewer.supervision import SUPERVISED

Picture = tuple[NDArray[np.uint8], str]


def pictures(count: int, *, height: int = 1000, width: int = 2000) -> Iterator[Picture]:
    """Each of one grey, and named by its number."""
    for number in range(count):
        yield np.full((height, width), number, np.uint8), f"{number}.png"


def room_for(
    monkeypatch: pytest.MonkeyPatch, free: int, *, total: int = 10**12
) -> None:
    told = SimpleNamespace(total=total, used=total - free, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: told)


def test_pictures_come_back_in_order_as_they_were_with_what_belongs_to_them(
    tmp_path: Path,
) -> None:
    upright = np.arange(12, dtype=np.uint8).reshape(3, 4)
    turned = np.arange(100, 115, dtype=np.uint8).reshape(3, 5).T

    kept = kept_on_disk([(upright, "a"), (turned, "b")], 2, tmp_path)

    assert [name for _, name in kept] == ["a", "b"]
    np.testing.assert_array_equal(kept[0][0], upright)
    np.testing.assert_array_equal(kept[1][0], turned)
    assert not kept[0][0].flags.writeable


def test_pictures_on_disk_take_no_memory_of_their_own(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        kept = kept_on_disk(pictures(50), 50, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # All are 100 MB; one while it is written, with its bytes and the next, is 6 MB.
    assert kept[49][0][999, 1999] == 49
    assert peak < 8_000_000


def test_where_there_is_nothing_to_keep_nothing_is_kept(tmp_path: Path) -> None:
    assert kept_on_disk(pictures(0), 0, tmp_path) == []


@pytest.mark.skipif(ON_WINDOWS, reason="there the name is seen while it is open")
def test_a_folder_that_is_not_there_yet_is_not_made_and_no_file_is_seen(
    tmp_path: Path,
) -> None:
    kept = kept_on_disk(pictures(3), 3, tmp_path / "runs" / "mine")

    assert list(tmp_path.iterdir()) == []
    assert kept[2][0][0, 0] == 2


def test_a_process_that_is_killed_leaves_no_file_behind(tmp_path: Path) -> None:
    words = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from dentalviewer.detection.training.pictures_on_disk import kept_on_disk\n"
        "picture = np.ones((1000, 2000), np.uint8), 1\n"
        "kept = kept_on_disk([picture], 1, Path(sys.argv[1]))\n"
        "assert kept[0][0].sum() == 2_000_000\n"
        "print('kept', flush=True)\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", words, str(tmp_path)], capture_output=True, text=True
    )

    assert ended.stdout == "kept\n", ended.stderr
    assert ended.returncode != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), DatasetError(Path("x"), "bad")])
def test_where_pictures_come_to_no_end_no_file_is_left(
    tmp_path: Path, fault: BaseException
) -> None:
    def until_stopped() -> Iterator[Picture]:
        yield from pictures(2)
        raise fault

    with pytest.raises(type(fault)):
        kept_on_disk(until_stopped(), 5, tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("by_a_window", "way_on"),
    [
        ("", "Make room there, or choose a --run-folder on another disk"),
        ("1", "Make room there and begin again, or choose fewer to train on"),
    ],
)
def test_a_disk_without_room_for_all_is_named_with_what_is_needed_before_it_is_full(
    by_a_window: str, way_on: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SUPERVISED, by_a_window)
    # 3,000 of 2 MB.
    room_for(monkeypatch, 1_300_000_000)
    asked: list[int] = []

    def counted() -> Iterator[Picture]:
        for number, picture in enumerate(pictures(3000)):
            asked.append(number)
            yield picture

    with pytest.raises(ModelError) as caught:
        kept_on_disk(counted(), 3000, tmp_path)

    assert caught.value.path == tmp_path
    assert caught.value.fault == (
        "cannot keep 3,000 radiographs to learn from, scaled down, which take about"
        f" 6.0 GB: 1.3 GB are free. {way_on}"
    )
    assert asked == [0]
    assert list(tmp_path.iterdir()) == []


def test_room_is_left_for_checkpoints_and_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(monkeypatch, 2_000_000 + SPARE_BYTES)
    assert len(kept_on_disk(pictures(1), 1, tmp_path)) == 1

    room_for(monkeypatch, 2_000_000 + SPARE_BYTES - 1)
    with pytest.raises(ModelError, match=r"about 0\.0 GB: 0\.2 GB are free"):
        kept_on_disk(pictures(1), 1, tmp_path)


def test_a_disk_that_does_not_tell_how_much_is_free_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(monkeypatch, 0, total=0)

    assert len(kept_on_disk(pictures(2), 2, tmp_path)) == 2


def test_a_disk_that_takes_only_a_part_is_told_as_the_system_tells_it(
    tmp_path: Path,
) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, before[1]))
    try:
        with pytest.raises(ModelError, match=r"about 0\.0 GB: File too large\. Make"):
            kept_on_disk(pictures(5), 5, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert list(tmp_path.iterdir()) == []


def test_a_quota_that_is_used_up_is_told_as_the_system_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(ModelError, match=r"take about 1\.0 GB: Disk quota exceeded\."):
        kept_on_disk(pictures(5), 500, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_the_folder_keeps_them_among_its_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dentalviewer.detection.training import pictures_on_disk

    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr(pictures_on_disk, "gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr(pictures_on_disk, "is_writable", lambda _: False)
    room_for(monkeypatch, 0)

    with pytest.raises(ModelError) as caught:
        kept_on_disk(pictures(1), 1, tmp_path / "not here")

    assert caught.value.path == elsewhere
