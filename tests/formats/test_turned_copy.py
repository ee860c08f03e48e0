from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dentalviewer.errors import RadiographError
from dentalviewer.formats.turned_copy import turned_copy_path, write_turned_copy
from dentalviewer.radiograph import Radiograph, read_radiograph


def radiograph(path: Path, pixels: NDArray[np.generic]) -> Radiograph:
    Image.fromarray(pixels).save(path)
    return read_radiograph(path)


def test_the_last_pixel_is_the_first_of_the_copy_and_none_loses_a_bit(
    tmp_path: Path,
) -> None:
    deep = np.zeros((20, 30), np.uint16)
    deep[0, 0], deep[19, 29], deep[0, 29] = 513, 65535, 7
    original = radiograph(tmp_path / "1.png", deep)

    write_turned_copy(original, tmp_path / "turned.png")

    copy = read_radiograph(tmp_path / "turned.png")
    assert copy.bits == 16
    assert (copy.pixels[0, 0], copy.pixels[19, 29]) == (65535, 513)
    assert copy.pixels[19, 0] == 7


def test_a_copy_in_colour_keeps_its_colours(tmp_path: Path) -> None:
    red = np.zeros((20, 30, 3), np.uint8)
    red[0, 0] = (200, 10, 5)
    original = radiograph(tmp_path / "1.png", red)

    write_turned_copy(original, tmp_path / "turned.png")

    assert read_radiograph(tmp_path / "turned.png").pixels[19, 29].tolist() == [
        200, 10, 5,
    ]  # fmt: skip


def test_a_radiograph_is_never_written_over_by_its_copy(tmp_path: Path) -> None:
    original = radiograph(tmp_path / "1.png", np.zeros((20, 30), np.uint8))
    before = original.path.read_bytes()

    with pytest.raises(RadiographError, match=r"1\.png: is the radiograph itself"):
        write_turned_copy(original, tmp_path / "sub" / ".." / "1.png")

    assert original.path.read_bytes() == before


def test_a_link_to_a_radiograph_is_the_radiograph(tmp_path: Path) -> None:
    original = radiograph(tmp_path / "1.png", np.zeros((20, 30), np.uint8))
    link = tmp_path / "link.png"
    link.symlink_to(original.path)

    with pytest.raises(RadiographError, match="is the radiograph itself"):
        write_turned_copy(original, link)


def test_a_radiograph_that_is_gone_from_the_disk_can_still_be_copied(
    tmp_path: Path,
) -> None:
    original = radiograph(tmp_path / "1.png", np.zeros((20, 30), np.uint8))
    other = radiograph(tmp_path / "old.png", np.ones((20, 30), np.uint8)).path
    original.path.unlink()

    write_turned_copy(original, other)

    assert not read_radiograph(other).pixels.any()


def test_too_little_memory_is_said_of_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = radiograph(tmp_path / "1.png", np.zeros((20, 30), np.uint8))

    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(cv2, "imencode", fails)
    with pytest.raises(RadiographError, match=r"turned\.png: .* too little memory"):
        write_turned_copy(original, tmp_path / "turned.png")


def test_a_copy_that_cannot_be_saved_is_named(tmp_path: Path) -> None:
    original = radiograph(tmp_path / "1.png", np.zeros((20, 30), np.uint8))

    with pytest.raises(RadiographError, match=r"turned\.png: cannot be saved"):
        write_turned_copy(original, tmp_path / "gone" / "turned.png")


def test_a_copy_is_proposed_beside_its_radiograph_as_png() -> None:
    assert turned_copy_path(Path("a/7.dcm")) == Path("a/7_turned.png")
