"""The size of a radiograph is known without its pixels being decoded."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from dentalviewer.formats._image_size import upright_size
from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

# On its side, as EXIF has it.
ON_ITS_SIDE = Image.Exif()
ON_ITS_SIDE[274] = 6


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
@pytest.mark.parametrize("lying", [False, True])
def test_a_picture_that_lies_is_measured_upright(
    name: str, lying: bool, tmp_path: Path
) -> None:
    exif = ON_ITS_SIDE if lying else Image.Exif()
    Image.new("L", (40, 20)).save(tmp_path / name, exif=exif)
    expected = Size(20, 40) if lying else Size(40, 20)
    assert upright_size(tmp_path / name) == expected
    assert read_radiograph(tmp_path / name).size == expected


def test_what_a_png_says_behind_its_pixels_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (40, 20)).save(path)
    exif = ON_ITS_SIDE.tobytes().removeprefix(b"Exif\x00\x00")
    chunk = b"eXIf" + exif
    said = struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    content = path.read_bytes()
    path.write_bytes(content[:-12] + said + content[-12:])

    assert upright_size(path) == Size(20, 40)


def test_damaged_pixels_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.effect_noise((40, 20), 50).save(path)
    content = bytearray(path.read_bytes())
    content[60:80] = b"x" * 20
    path.write_bytes(content)

    assert upright_size(path) == Size(40, 20)
