"""Small pictures of radiographs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dentalviewer.enhancement import full_window, shown
from dentalviewer.errors import RadiographError
from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

if TYPE_CHECKING:
    from numpy.typing import NDArray

# In pixels: twice as many as points, for sharp screens.
THUMBNAIL_SIZE = Size(176, 96)
_QUALITY = 82


def make_thumbnail(path: Path) -> bytes:
    """A radiograph that fits THUMBNAIL_SIZE, as JPEG. Raises RadiographError."""
    import cv2

    pixels = read_radiograph(path).pixels
    small = _fitted(pixels)
    grey = shown(small, full_window(small), inverted=False)
    picture = grey if grey.ndim == 2 else cv2.cvtColor(grey, cv2.COLOR_RGB2BGR)
    made, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not made:
        raise RadiographError(path, "no small picture can be made of it")
    return content.tobytes()


def _fitted(pixels: NDArray[Any]) -> NDArray[Any]:
    """Averaged down, never enlarged."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(THUMBNAIL_SIZE.width / width, THUMBNAIL_SIZE.height / height, 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cast("NDArray[Any]", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
