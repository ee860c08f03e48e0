"""Radiographs of every kind are read as they were stored, or refused with a reason."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from dentalviewer.errors import RadiographError
from dentalviewer.geometry import Size
from dentalviewer.radiograph import Radiograph, is_radiograph_name, read_radiograph

# Wider than high, and no two corners alike, so that every turn and flip shows.
GREY = np.full((24, 40), 120, np.uint8)
GREY[:8, :8], GREY[:8, -8:], GREY[-8:, :8], GREY[-8:, -8:] = 10, 60, 180, 240
COLOUR = np.dstack([GREY, 255 - GREY, GREY // 2])

WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, OFFSET, ROWS, BYTES = (
    256, 257, 258, 259, 262, 273, 278, 279
)  # fmt: skip


def save(picture: np.ndarray[Any, Any], path: Path, **options: Any) -> Path:
    Image.fromarray(picture).save(path, **options)
    return path


def fault_of(path: Path) -> str:
    with pytest.raises(RadiographError) as caught:
        read_radiograph(path)
    assert caught.value.path == path
    return caught.value.fault


def tiff_bytes(pixels: np.ndarray[Any, Any], photometric: int) -> bytes:
    """An uncompressed grey TIFF file of one strip, written by hand."""
    data = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    height, width = pixels.shape
    tags = {
        WIDTH: width,
        HEIGHT: height,
        BITS: pixels.itemsize * 8,
        COMPRESSION: 1,
        PHOTOMETRIC: photometric,
        OFFSET: 8,
        ROWS: height,
        BYTES: len(data),
    }
    directory = struct.pack("<H", len(tags))
    for tag, value in tags.items():
        directory += struct.pack("<HHII", tag, 4, 1, value)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + directory + bytes(4)


def png_header(width: int, height: int) -> bytes:
    """The start of a PNG file that claims a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


# What is read


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_grey_pixels_are_read_as_stored(suffix: str, tmp_path: Path) -> None:
    radiograph = read_radiograph(save(GREY, tmp_path / f"a.{suffix}"))

    assert np.array_equal(radiograph.pixels, GREY)
    assert (radiograph.size, radiograph.bits) == (Size(40, 24), 8)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_colours_are_read_as_red_green_blue(suffix: str, tmp_path: Path) -> None:
    radiograph = read_radiograph(save(COLOUR, tmp_path / f"a.{suffix}"))

    assert np.array_equal(radiograph.pixels, COLOUR)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_grey_keeps_every_value(suffix: str, tmp_path: Path) -> None:
    deep = GREY.astype(np.uint16) * 257 - 3

    radiograph = read_radiograph(save(deep, tmp_path / f"a.{suffix}"))

    assert np.array_equal(radiograph.pixels, deep)
    assert radiograph.bits == 16


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_colour_keeps_every_value(suffix: str, tmp_path: Path) -> None:
    deep = COLOUR.astype(np.uint16) * 257 - 3
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), deep[:, :, ::-1])

    assert np.array_equal(read_radiograph(path).pixels, deep)


def test_a_jpeg_is_read_in_grey_and_in_colour(tmp_path: Path) -> None:
    fine = {"quality": 100, "subsampling": 0}

    grey = read_radiograph(save(GREY, tmp_path / "grey.jpg", **fine))
    colour = read_radiograph(save(COLOUR, tmp_path / "colour.jpg", **fine))

    assert np.abs(grey.pixels.astype(int) - GREY).max() <= 3
    assert np.abs(colour.pixels.astype(int) - COLOUR).max() <= 5


def test_a_cmyk_jpeg_becomes_red_green_blue(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.fromarray(COLOUR).convert("CMYK").save(path, quality=100, subsampling=0)

    assert np.abs(read_radiograph(path).pixels.astype(int) - COLOUR).max() <= 5


def test_a_grey_picture_stored_in_three_channels_is_grey(tmp_path: Path) -> None:
    path = save(np.dstack([GREY] * 3), tmp_path / "a.png")

    assert np.array_equal(read_radiograph(path).pixels, GREY)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_how_opaque_a_pixel_is_does_not_matter(suffix: str, tmp_path: Path) -> None:
    half_seen = np.dstack([COLOUR, np.full_like(GREY, 128)])

    radiograph = read_radiograph(save(half_seen, tmp_path / f"a.{suffix}"))

    assert np.array_equal(radiograph.pixels, COLOUR)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_grey_with_opacity_is_grey(suffix: str, tmp_path: Path) -> None:
    half_seen = np.dstack([GREY, np.full_like(GREY, 128)])

    radiograph = read_radiograph(save(half_seen, tmp_path / f"a.{suffix}"))

    assert np.array_equal(radiograph.pixels, GREY)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_a_palette_is_resolved(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    # Five colours, which a palette of eight holds exactly.
    Image.fromarray(COLOUR).quantize(8).save(path)

    assert np.array_equal(read_radiograph(path).pixels, COLOUR)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_one_bit_becomes_black_and_white(suffix: str, tmp_path: Path) -> None:
    path = save(GREY > 100, tmp_path / f"a.{suffix}")

    expected = np.where(GREY > 100, 255, 0)
    assert np.array_equal(read_radiograph(path).pixels, expected)


@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"]
)
def test_a_compressed_tiff_is_read_without_loss(
    compression: str, tmp_path: Path
) -> None:
    for picture in (GREY, COLOUR):
        path = save(picture, tmp_path / "a.tif", compression=compression)

        assert np.array_equal(read_radiograph(path).pixels, picture)


def test_a_tiff_with_jpeg_inside_is_read(tmp_path: Path) -> None:
    path = save(GREY, tmp_path / "a.tif", compression="jpeg", quality=100)

    assert np.abs(read_radiograph(path).pixels.astype(int) - GREY).max() <= 3


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_tiff_whose_zero_is_white_is_turned_round(
    depth: type, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    picture = GREY.astype(depth)

    path.write_bytes(tiff_bytes(picture, BLACK_IS_ZERO))
    assert np.array_equal(read_radiograph(path).pixels, picture)

    path.write_bytes(tiff_bytes(picture, WHITE_IS_ZERO))
    assert np.array_equal(read_radiograph(path).pixels, np.iinfo(depth).max - picture)


def test_of_several_tiff_pages_the_first_is_shown_and_the_reader_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.tif"
    more = [Image.fromarray(255 - GREY), Image.fromarray(GREY // 2)]
    Image.fromarray(GREY).save(path, save_all=True, append_images=more)

    radiograph = read_radiograph(path)

    assert np.array_equal(radiograph.pixels, GREY)
    assert radiograph.notes == ("this file has 3 pages, of which the first is shown",)


def test_a_thumbnail_in_a_tiff_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    small = Image.fromarray(GREY[::2, ::2])
    small.encoderinfo = {"tiffinfo": {254: 1}}
    Image.fromarray(GREY).save(path, save_all=True, append_images=[small])

    assert read_radiograph(path).notes == ()


def upright(pixels: np.ndarray[Any, Any], orientation: int) -> np.ndarray[Any, Any]:
    """What EXIF's orientations mean, each in its own words (CIPA DC-008)."""
    return {
        1: pixels,
        2: np.fliplr(pixels),
        3: np.rot90(pixels, 2),
        4: np.flipud(pixels),
        5: pixels.T,
        6: np.rot90(pixels, -1),  # a quarter turn clockwise
        7: np.rot90(pixels, 2).T,
        8: np.rot90(pixels, 1),
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_a_picture_is_turned_upright_once(
    suffix: str, orientation: int, tmp_path: Path
) -> None:
    image = Image.fromarray(GREY)
    exif = image.getexif()
    exif[274] = orientation
    path = tmp_path / f"a.{suffix}"
    image.save(path, exif=exif.tobytes(), quality=100)

    pixels = read_radiograph(path).pixels

    expected = upright(GREY, orientation)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= 3


def with_orientation(tiff: bytes, orientation: int) -> bytes:
    """The little-endian TIFF file with this tag in place of its planar configuration,
    which has only its usual value.
    """
    (first,) = struct.unpack_from("<I", tiff, 4)
    (count,) = struct.unpack_from("<H", tiff, first)
    start, end = first + 2, first + 2 + 12 * count
    entries = [tiff[at : at + 12] for at in range(start, end, 12)]
    planar = next(e for e in entries if struct.unpack_from("<H", e)[0] == 284)
    entries.remove(planar)
    entries.append(struct.pack("<HHIHH", 274, 3, 1, orientation, 0))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry)[0])
    return tiff[:start] + b"".join(entries) + tiff[end:]


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_deep_colour_tiff_is_turned_upright_once(
    orientation: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    deep = COLOUR.astype(np.uint16) * 257
    cv2.imwrite(str(path), deep[:, :, ::-1])
    path.write_bytes(with_orientation(path.read_bytes(), orientation))

    turns = {3: 2, 6: -1}[orientation]
    assert np.array_equal(read_radiograph(path).pixels, np.rot90(deep, turns))


def test_an_orientation_that_does_not_exist_is_ignored(tmp_path: Path) -> None:
    image = Image.fromarray(GREY)
    exif = image.getexif()
    exif[274] = 9
    image.save(tmp_path / "a.png", exif=exif.tobytes())

    assert np.array_equal(read_radiograph(tmp_path / "a.png").pixels, GREY)


def test_damaged_metadata_does_not_hide_the_picture(tmp_path: Path) -> None:
    path = save(GREY, tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")

    assert read_radiograph(path).size == Size(40, 24)


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    path = save(GREY, tmp_path / "a.png").rename(tmp_path / "a.jpg")

    assert np.array_equal(read_radiograph(path).pixels, GREY)


@pytest.mark.parametrize(
    "name", ["Zähne oben.png", "口腔全景.png", "a'b\"c.png", "x" * 251 + ".png"]
)
def test_any_file_name_will_do(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    try:
        save(GREY, path)
    except OSError:
        pytest.skip("this system has no such file names")

    assert np.array_equal(read_radiograph(path).pixels, GREY)


def test_the_checksum_is_that_of_the_file(tmp_path: Path) -> None:
    path = save(GREY, tmp_path / "a.png")

    assert read_radiograph(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_pixels_cannot_be_changed(tmp_path: Path) -> None:
    radiograph = read_radiograph(save(GREY, tmp_path / "a.png"))

    with pytest.raises(ValueError, match="read-only"):
        radiograph.pixels[0, 0] = 1


def test_two_readings_are_two_radiographs(tmp_path: Path) -> None:
    path = save(GREY, tmp_path / "a.png")

    # Comparing pixels on every == would be slow, and ambiguous.
    assert read_radiograph(path) != read_radiograph(path)


@pytest.mark.parametrize(
    ("name", "worth_trying"),
    [("a.PNG", True), ("a.jpeg", True), ("a.dcm", True), ("a.xml", False),
     (".a.png", False), ("png", False)],
)  # fmt: skip
def test_files_worth_trying_are_told_by_name(name: str, worth_trying: bool) -> None:
    assert is_radiograph_name(Path(name)) is worth_trying


def test_what_is_known_without_pixels_is_told() -> None:
    deep = Radiograph(Path("a.png"), np.zeros((3, 5, 3), np.uint16), "")

    assert (deep.size, deep.bits) == (Size(5, 3), 16)


# What is refused


@pytest.mark.parametrize(
    "content",
    [b"\0", b"GIF89a" + bytes(40), b"%PDF-1.7 radiograph", b"<html></html>" * 9],
)
def test_what_is_no_picture_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "radiograph.png"
    path.write_bytes(content)

    assert fault_of(path) == "this is not a PNG, JPEG, TIFF, BMP or DICOM picture"


def test_what_is_no_picture_is_refused_first_thing_in_a_program(
    tmp_path: Path,
) -> None:
    """Pillow loads its readers on demand: a fresh program knows fewer."""
    import subprocess
    import sys

    save(GREY, tmp_path / "a.tif")
    (tmp_path / "b.txt").write_text("no picture")
    program = (
        "import sys; from pathlib import Path\n"
        "from dentalviewer.radiograph import read_radiograph\n"
        "from dentalviewer.errors import RadiographError\n"
        "try: print(read_radiograph(Path(sys.argv[1])).size)\n"
        "except RadiographError as error: print(error.fault)"
    )

    answers = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for name in ("a.tif", "b.txt")
    ]

    assert answers == ["40 x 24", "this is not a PNG, JPEG, TIFF, BMP or DICOM picture"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()

    assert fault_of(tmp_path / "a.png") == "the file is empty (0 bytes)"


def test_a_file_that_was_deleted_is_refused(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "a.png").startswith("cannot be opened: No such file")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert fault_of(tmp_path) == "this is a folder, not a radiograph"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = save(GREY, tmp_path / "a.png")
    path.chmod(0)

    assert fault_of(path) == "cannot be opened: Permission denied"


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    try:
        path.symlink_to(path)
    except OSError:
        pytest.skip("this system has no links")

    assert fault_of(path).startswith("cannot be opened: ")


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
def test_a_picture_that_was_cut_off_is_refused(
    suffix: str, share: float, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 120), np.uint8)
    path = save(noise, tmp_path / f"a.{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    fault_of(path)


@pytest.mark.parametrize("share", [0.5, 0.98])
def test_a_cut_compressed_tiff_is_refused(share: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 120), np.uint8)
    path = save(noise, tmp_path / "a.tif", compression="tiff_lzw")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    fault_of(path)


def test_the_whole_thumbnail_of_a_cut_jpeg_does_not_deceive(tmp_path: Path) -> None:
    thumbnail = save(GREY, tmp_path / "thumbnail.jpg").read_bytes()
    segment = b"Exif\0\0" + thumbnail
    path = save(GREY, tmp_path / "a.jpg", exif=segment)
    content = path.read_bytes()
    assert content.count(b"\xff\xd9") == 2

    path.write_bytes(content[:-20])

    assert fault_of(path) == "the picture is cut off: its end is missing"


def test_padding_after_the_end_does_no_harm(tmp_path: Path) -> None:
    for suffix in ("png", "jpg", "bmp", "tif"):
        path = save(GREY, tmp_path / f"a.{suffix}")
        path.write_bytes(path.read_bytes() + bytes(1000))

        assert read_radiograph(path).size == Size(40, 24)


def test_a_damaged_png_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 120), np.uint8)
    path = save(noise, tmp_path / "a.png")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    assert fault_of(path) == "the picture is damaged and cannot be decoded"


def test_100_megapixels_are_refused_before_any_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    # A real one would take seconds to write; the header alone must be enough.
    path.write_bytes(png_header(10_000, 10_000))

    assert fault_of(path) == (
        "10000 x 10000 pixels is too large (at most 64 megapixels)"
    )


def test_a_picture_that_claims_terapixels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_header(2_000_000, 2_000_000))

    assert "too large" in fault_of(path)


def test_the_largest_radiographs_are_read(tmp_path: Path) -> None:
    """A cephalogram of 30 x 30 cm at 50 micrometres has 36 megapixels."""
    path = save(np.zeros((6000, 6000), np.uint8), tmp_path / "a.png", compress_level=1)

    assert read_radiograph(path).size == Size(6000, 6000)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 15)])
def test_a_picture_without_extent_is_refused(
    shape: tuple[int, int], tmp_path: Path
) -> None:
    path = save(np.zeros(shape, np.uint8), tmp_path / "a.png")

    height, width = shape
    assert fault_of(path) == (
        f"{width} x {height} pixels is too small to be a radiograph"
    )


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_samples_of_another_kind_are_refused(kind: type, tmp_path: Path) -> None:
    path = save(GREY.astype(kind), tmp_path / "a.tif")

    assert fault_of(path).endswith("samples are not read; use 8 or 16 bit")


def test_random_damage_never_ends_in_another_error(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    for suffix in ("png", "jpg", "bmp", "tif"):
        path = save(COLOUR, tmp_path / f"a.{suffix}")
        whole = path.read_bytes()
        for _ in range(60):
            content = bytearray(whole)
            for position in chance.integers(0, min(len(whole), 400), 4):
                content[position] = chance.integers(0, 256)
            path.write_bytes(content)
            with contextlib.suppress(RadiographError):
                assert read_radiograph(path).pixels.size > 0
