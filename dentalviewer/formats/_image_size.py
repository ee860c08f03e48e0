"""The size of a radiograph, without decoding it."""

from __future__ import annotations

import os
import struct
import warnings
from pathlib import Path

from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

_EXIF_ORIENTATION = 274
_WIDTH, _HEIGHT = 256, 257
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LYING = (5, 6, 7, 8)


def upright_size(path: Path) -> Size:
    """The size after EXIF orientation, as of `Radiograph`. Raises RadiographError."""
    from PIL import Image

    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=("PNG", "JPEG", "TIFF", "BMP")) as header,
        ):
            width, height = header.size
            if header.format == "TIFF":
                # Newer Pillows give the size of a TIFF upright already, others lying.
                tags = header.tag_v2  # type: ignore[attr-defined]
                width, height = int(tags[_WIDTH]), int(tags[_HEIGHT])
            if header.format == "PNG" and not _has_late_words(path):
                # Of a PNG Pillow would decode the pixels first, to look behind them.
                exif = Image.Image.getexif(header)
            else:
                exif = header.getexif()
            lying = exif.get(_EXIF_ORIENTATION) in _LYING
    except Exception:  # Pillow raises many kinds; the reader of radiographs says why.
        return read_radiograph(path).size
    return Size(height, width) if lying else Size(width, height)


def _has_late_words(path: Path) -> bool:
    """Whether a PNG has anything behind its pixels that may say how it lies."""
    with path.open("rb") as file:
        file.seek(len(_PNG_SIGNATURE))
        behind = False
        while len(start := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", start)
            if behind and kind not in (b"IDAT", b"IEND"):
                return True
            behind = behind or kind == b"IDAT"
            file.seek(length + 4, os.SEEK_CUR)
        return False
