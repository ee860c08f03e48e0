"""The size of a radiograph, without decoding it."""

from __future__ import annotations

import warnings
from pathlib import Path

from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

_EXIF_ORIENTATION = 274
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
            lying = header.getexif().get(_EXIF_ORIENTATION) in _LYING
    except Exception:  # Pillow raises many kinds; the reader of radiographs says why.
        return read_radiograph(path).size
    return Size(height, width) if lying else Size(width, height)
