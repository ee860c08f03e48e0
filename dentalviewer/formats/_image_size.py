"""The size of a radiograph, without decoding it."""

from __future__ import annotations

import warnings
from pathlib import Path

from dentalviewer.exif import exif_of
from dentalviewer.formats._png_size import plain_png_size
from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

_EXIF_ORIENTATION = 274
_WIDTH, _HEIGHT = 256, 257
_LYING = (5, 6, 7, 8)


def upright_size(path: Path) -> Size:
    """The size after EXIF orientation, as of `Radiograph`. Raises RadiographError."""
    try:
        return plain_png_size(path) or _size_by_pillow(path)
    except OSError:  # The reader of radiographs says why.
        return read_radiograph(path).size


def _size_by_pillow(path: Path) -> Size:
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
            lying = exif_of(header).get(_EXIF_ORIENTATION) in _LYING
    except Exception:  # Pillow raises many kinds; the reader of radiographs says why.
        return read_radiograph(path).size
    return Size(height, width) if lying else Size(width, height)
