"""The size of a PNG from its chunks alone, if nothing in it may say how it lies."""

from __future__ import annotations

import os
import struct
import zlib
from io import FileIO
from pathlib import Path

from dentalviewer.geometry import Size
from dentalviewer.radiograph import MAX_PIXELS

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST = struct.Struct(">8sI4sIIBBBBBI")
_CHUNK = struct.Struct(">I4s")
# All that is not text, EXIF or a sequence of pictures.
_SILENT = (
    b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs",
    b"bKGD", b"hIST", b"tIME", b"sPLT",
)  # fmt: skip


def plain_png_size(path: Path) -> Size | None:
    """None for another kind of file, one that is not whole, or one with words in it.

    Raises OSError if it cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        start = file.read(_FIRST.size)
        if len(start) < _FIRST.size:
            return None
        signature, length, kind, width, height, *_, checksum = _FIRST.unpack(start)
        if (signature, length, kind) != (_SIGNATURE, 13, b"IHDR"):
            return None
        if zlib.crc32(start[12:29]) != checksum or not 0 < width * height <= MAX_PIXELS:
            return None
        return Size(width, height) if _is_silent(file) else None


def _is_silent(file: FileIO) -> bool:
    while len(start := file.read(_CHUNK.size)) == _CHUNK.size:
        length, kind = _CHUNK.unpack(start)
        if kind == b"IEND":
            return True
        if kind not in _SILENT:
            return False
        file.seek(length + 4, os.SEEK_CUR)
    return False
