"""What picture files say of themselves in EXIF, without their pixels being decoded."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def exif_of(header: Image.Image) -> Image.Exif:
    """Of a picture that Pillow has just opened. Raises whatever Pillow raises."""
    from PIL import Image

    file = getattr(header, "fp", None)
    if header.format == "PNG" and file is not None and not _has_late_words(file):
        # Of a PNG Pillow would decode the pixels first, to look behind them.
        return Image.Image.getexif(header)
    return header.getexif()


def _has_late_words(png: BinaryIO) -> bool:
    """Whether a PNG has anything behind its pixels that may say how it lies."""
    place = png.tell()
    try:
        png.seek(len(_PNG_SIGNATURE))
        behind = False
        while len(start := png.read(8)) == 8:
            length, kind = struct.unpack(">I4s", start)
            if behind and kind not in (b"IDAT", b"IEND"):
                return True
            behind = behind or kind == b"IDAT"
            png.seek(length + 4, os.SEEK_CUR)
        return False
    finally:
        png.seek(place)
