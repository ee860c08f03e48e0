"""What a picture file says of how it lies is known without its pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from dentalviewer.exif import exif_of

ORIENTATION = 274


def png(orientation: int | None) -> bytearray:
    grey = np.random.default_rng(1).integers(0, 255, (200, 400), np.uint8)
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG", exif=exif)
    return bytearray(file.getvalue())


@pytest.mark.parametrize("orientation", [None, 6])
def test_a_png_whose_pixels_are_damaged_still_says_how_it_lies(
    orientation: int | None,
) -> None:
    content = png(orientation)
    content[1000:60_000] = b"x" * 59_000

    with Image.open(io.BytesIO(content)) as picture:
        assert exif_of(picture).get(ORIENTATION) == orientation


def test_a_picture_that_was_asked_can_still_be_decoded() -> None:
    with Image.open(io.BytesIO(png(6))) as picture:
        exif_of(picture)
        pixels = np.asarray(picture)

    assert pixels[0, 0] == np.random.default_rng(1).integers(0, 255, 1, np.uint8)[0]
