"""Reading a radiograph: by content, upright, at its own depth, or a clear error."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dentalviewer.errors import RadiographError
from dentalviewer.geometry import Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A panoramic radiograph has about 4 megapixels; far more is a mistake or an attack.
MAX_PIXELS = 64_000_000
MAX_BYTES = 512 * 1024 * 1024
MIN_SIDE = 16
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "MPO")
_EXIF_ORIENTATION = 274


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A radiograph as read.

    `pixels` is a read-only array, (height, width) when grey or (height, width, 3) RGB,
    uint8 or uint16, upright: EXIF orientation is applied once, here, so that display,
    boxes and detector share one frame. `sha256` is that of the file's bytes.
    """

    path: Path
    pixels: NDArray[Any] = field(repr=False)
    sha256: str

    @property
    def size(self) -> Size:
        height, width = self.pixels.shape[:2]
        return Size(width, height)

    @property
    def bits(self) -> int:
        """Bits stored per sample, 8 or 16."""
        return self.pixels.dtype.itemsize * 8


def is_radiograph_name(path: Path) -> bool:
    """Whether a file in a folder is worth trying; what it holds is told by content."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def read_radiograph(path: Path) -> Radiograph:
    """Read a PNG, JPEG, TIFF or BMP file, 8 or 16 bit, grey or colour, by content.

    Raises RadiographError, naming the file and the fault, if it cannot be read whole.
    """
    content = _read_bytes(path)
    kind, orientation = _examine_header(path, content)
    _require_whole(path, kind, content)
    pixels = _decode(path, content)
    pixels = np.ascontiguousarray(_turn_upright(pixels, orientation))
    pixels.setflags(write=False)
    return Radiograph(path, pixels, hashlib.sha256(content).hexdigest())


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise RadiographError(path, "this is a folder, not a radiograph")
        length = path.stat().st_size
        if length == 0:
            raise RadiographError(path, "the file is empty (0 bytes)")
        if length > MAX_BYTES:
            raise RadiographError(path, f"the file is too large ({length >> 20} MB)")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise RadiographError(path, f"cannot be opened: {reason}") from error


def _examine_header(path: Path, content: bytes) -> tuple[str, int]:
    """The format and EXIF orientation, with the size checked before any decoding."""
    from PIL import Image, UnidentifiedImageError

    if content[128:132] == b"DICM":
        raise RadiographError(path, "this is a DICOM file, which is not read yet")
    try:
        with warnings.catch_warnings():
            # Pillow's own size warning; the limit below is stricter.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Damaged metadata need not stop a whole picture from being shown.
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as header:
                width, height = header.size
                kind = header.format or ""
                _require_sensible_size(path, width, height)
                orientation = _orientation(header)
    except UnidentifiedImageError as error:
        raise RadiographError(
            path, "this is not a PNG, JPEG, TIFF or BMP picture"
        ) from error
    except Image.DecompressionBombError as error:
        raise RadiographError(path, f"the picture is too large: {error}") from error
    except (OSError, ValueError, SyntaxError, struct.error, EOFError) as error:
        raise RadiographError(path, f"the picture is damaged: {error}") from error
    return kind, orientation


def _orientation(header: object) -> int:
    try:
        value = header.getexif().get(_EXIF_ORIENTATION, 1)  # type: ignore[attr-defined]
    except Exception:  # Pillow raises many kinds on damaged EXIF, none of them ours.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _require_sensible_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise RadiographError(
            path,
            f"{width} x {height} pixels is too large"
            f" (at most {MAX_PIXELS // 1_000_000} megapixels)",
        )
    if min(width, height) < MIN_SIDE:
        raise RadiographError(
            path, f"{width} x {height} pixels is too small to be a radiograph"
        )


def _require_whole(path: Path, kind: str, content: bytes) -> None:
    """Refuse a picture that was cut off, which decoders would fill up with grey."""
    end = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND"}.get(kind)
    # Some devices pad their files, so the end mark need not be the very last bytes.
    if end is not None and end not in content[-65536:]:
        raise RadiographError(path, "the picture is cut off: its end is missing")
    if kind == "BMP" and struct.unpack_from("<I", content, 2)[0] > len(content):
        raise RadiographError(path, "the picture is cut off: its end is missing")


def _decode(path: Path, content: bytes) -> NDArray[Any]:
    import cv2

    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except (cv2.error, MemoryError) as error:
        raise RadiographError(path, "the picture cannot be decoded") from error
    if pixels is None:
        raise RadiographError(path, "the picture is damaged and cannot be decoded")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise RadiographError(
            path, f"pictures of {pixels.dtype} samples are not read; use 8 or 16 bit"
        )
    if pixels.ndim == 3:
        return _as_grey_or_rgb(pixels)
    return pixels


def _as_grey_or_rgb(
    pixels: NDArray[Any],
) -> NDArray[Any]:
    """RGB from OpenCV's BGR(A), or grey where all three channels are the same."""
    if pixels.shape[2] < 3:
        return pixels[:, :, 0]
    blue, green, red = pixels[:, :, 0], pixels[:, :, 1], pixels[:, :, 2]
    if np.array_equal(blue, green) and np.array_equal(green, red):
        return green
    return pixels[:, :, 2::-1]


def _turn_upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Apply an EXIF orientation (CIPA DC-008, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
