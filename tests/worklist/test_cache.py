"""Small pictures are kept, within bounds, and never those of another file."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from PIL import Image

from dentalviewer.errors import RadiographError
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.thumbnails import THUMBNAIL_SIZE, make_thumbnail

PATH = Path("scans") / "Meyer, Anna.png"


def test_what_is_kept_is_given_until_the_file_changes(tmp_path: Path) -> None:
    cache = WorklistCache(tmp_path / "c" / "cache.sqlite")
    cache.put("thumbnail", PATH, (10, 1), b"small")

    assert cache.get("thumbnail", PATH, (10, 1)) == b"small"
    assert cache.get("thumbnail", PATH, (10, 2)) is None
    assert cache.get("standing", PATH, (10, 1)) is None
    cache.close()


def test_it_outlives_the_window_and_names_no_patient(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite"
    cache = WorklistCache(file)
    cache.put("thumbnail", PATH, (10, 1), b"small")
    cache.close()
    again = WorklistCache(file)

    assert again.get("thumbnail", PATH, (10, 1)) == b"small"
    again.close()
    assert b"Meyer" not in file.read_bytes()


def test_it_grows_no_larger_than_its_bound(tmp_path: Path) -> None:
    cache = WorklistCache(tmp_path / "cache.sqlite", max_bytes=100_000)
    for number in range(801):
        cache.put("thumbnail", Path(f"{number}.png"), (1, 1), bytes(1000))
    kept = sum(
        cache.get("thumbnail", Path(f"{number}.png"), (1, 1)) is not None
        for number in range(801)
    )

    # It is counted out every 200: the last time just after the 801st.
    assert 50 <= kept <= 100
    assert cache.get("thumbnail", Path("0.png"), (1, 1)) is None
    cache.close()


def test_threads_that_use_it_at_once_each_find_what_they_kept(tmp_path: Path) -> None:
    def keep_and_find(cache: WorklistCache, together: Barrier, kind: str) -> bool:
        together.wait()
        path, mark = Path("1.png"), (1, 2)
        for _ in range(20):
            cache.put(kind, path, mark, kind.encode())
        return cache.get(kind, path, mark) == kind.encode()

    # Each file is opened once: what goes wrong then goes wrong in some of them.
    for number in range(20):
        cache = WorklistCache(tmp_path / f"{number}.sqlite")
        use = partial(keep_and_find, cache, Barrier(4))
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(use, "abcd")) == [True] * 4


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite"
    file.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    cache = WorklistCache(file)

    assert cache.get("thumbnail", PATH, (1, 1)) is None
    cache.put("thumbnail", PATH, (1, 1), b"small")
    assert cache.get("thumbnail", PATH, (1, 1)) == b"small"
    cache.close()


def test_where_nothing_can_be_kept_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = WorklistCache(tmp_path / "file" / "cache.sqlite")
    cache.put("thumbnail", PATH, (1, 1), b"small")

    assert cache.get("thumbnail", PATH, (1, 1)) is None


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_thumbnail_fits_and_keeps_its_shape(tmp_path: Path, depth: type) -> None:
    path = tmp_path / "1.png"
    top = np.iinfo(depth).max
    grey = np.tile(np.linspace(0, top, 880), (400, 1)).astype(depth)
    Image.fromarray(grey).save(path)
    picture = Image.open(io.BytesIO(make_thumbnail(path)))

    # 880 x 400 goes into 176 x 96 five times.
    assert picture.size == (176, 80)
    assert picture.size[1] <= THUMBNAIL_SIZE.height
    row = np.asarray(picture)[40].astype(int)
    assert row[5] < 20
    assert row[-5] > 235


def test_of_what_is_no_picture_there_is_no_thumbnail(tmp_path: Path) -> None:
    path = tmp_path / "1.png"
    path.write_bytes(b"no picture")
    with pytest.raises(RadiographError, match=r"1\.png"):
        make_thumbnail(path)
