"""Reading a radiograph: by content, upright, at its own depth, or a clear error."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dentalviewer.dicom import (
    decode_dicom,
    is_dicom,
    notes_on,
    patient_age,
    read_dicom_header,
)
from dentalviewer.errors import RadiographError
from dentalviewer.exif import exif_of
from dentalviewer.geometry import Size

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

# A panoramic radiograph has about 4 megapixels; far more is a mistake or an attack.
MAX_PIXELS = 64_000_000
MAX_BYTES = 512 * 1024 * 1024
MIN_SIDE = 16
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".dcm")
# JPEG covers MPO, the form in which cameras keep several pictures.
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
# What files of these begin with, in either order of bytes for TIFF and BigTIFF.
_BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM",
    b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+",
)  # fmt: skip
_BEGINNING_BYTES = 132
# Of Windows on every drive, and of network drives: bins, and what nobody may read.
_OF_SYSTEMS = frozenset(
    {"$recycle.bin", "#recycle", "@recycle", "system volume information"}
)
_EMPTY = "the file is empty (0 bytes)"
NO_PICTURE = "this is not a PNG, JPEG, TIFF, BMP or DICOM picture"
_NEW_SUBFILE_TYPE, _ORIENTATION, _EXTRA_SAMPLES = 254, 274, 338
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_REDUCED_RESOLUTION = 1
# In TIFF tags: the orientation of an upright picture; colours multiplied by opacity.
_UPRIGHT = _PREMULTIPLIED = 1
_BIG_TIFF = 43
# What Pillow raises on damaged files.
_DAMAGE = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, struct.error
)  # fmt: skip
_MAX_PAGES = 1000


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A radiograph as read.

    `pixels` is a read-only array, (height, width) when grey or (height, width, 3) RGB,
    uint8 or uint16, upright: EXIF orientation is applied once, here, so that display,
    boxes and detector share one frame. `sha256` is that of the file's bytes. `notes`
    is what the user should know of how it was read. `patient_age` is in whole years,
    None where the file does not tell.
    """

    path: Path
    pixels: NDArray[Any] = field(repr=False)
    sha256: str
    notes: tuple[str, ...] = ()
    patient_age: int | None = None

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
    return is_radiograph(path.name)


def is_radiograph(name: str) -> bool:
    """The same for the name alone, a tenth as slow."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def is_hidden_folder(name: str) -> bool:
    """Whether a folder is none of the user's own; what was deleted may lie there."""
    return name.startswith(".") or name.casefold() in _OF_SYSTEMS


def find_radiographs(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Files as they are given and what lies in folders, there in natural order.

    Raises RadiographError if a folder cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        try:
            files = [p for p in path.iterdir() if is_radiograph_name(p)]
        except OSError as error:
            raise RadiographError(
                path, f"the folder cannot be read: {error.strerror}"
            ) from error
        found += sorted(files, key=natural_order)
    return tuple(dict.fromkeys(found))


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Sorts 2.png before 10.png."""
    return natural_name_order(path.name)


def natural_name_order(name: str) -> list[tuple[int, str]]:
    """The same for the name alone."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]


def read_radiograph(path: Path) -> Radiograph:
    """Read a PNG, JPEG, TIFF, BMP or DICOM file, 8 or 16 bit, grey or colour.

    What it is told by its content, not its name. Of a TIFF file with several pages the
    first is read. Raises RadiographError, naming the file and the fault, if it cannot
    be read whole.
    """
    import numpy as np

    content = _read_bytes(path)
    notes: tuple[str, ...] = ()
    age: int | None = None
    if is_dicom(content):
        dicom = read_dicom_header(path, content)
        _require_sensible_size(path, dicom.Columns, dicom.Rows)
        pixels = decode_dicom(path, dicom)
        notes, age = tuple(notes_on(dicom)), patient_age(dicom)
    else:
        header = _examine_header(path, content)
        _require_whole(path, header.kind, content)
        pixels = _turn_upright(_decode(path, header.kind, content), header.orientation)
        if header.white_is_zero and pixels.dtype == np.uint16:
            # OpenCV turns round 8 bit pictures of this kind, but no deeper ones.
            pixels = np.iinfo(np.uint16).max - pixels
        if header.pages > 1:
            notes = (
                f"this file has {header.pages} pages, of which the first is shown",
            )
    pixels = np.ascontiguousarray(_without_needless_colour(pixels))
    pixels.setflags(write=False)
    return Radiograph(path, pixels, hashlib.sha256(content).hexdigest(), notes, age)


def get_ready() -> None:
    """Import what reading takes, so that the first picture comes as soon as others."""
    import cv2  # noqa: F401
    import numpy as np  # noqa: F401
    from PIL import Image

    Image.preinit()


def begins_as_picture(path: Path) -> bool:
    """Whether a file begins as those do that are read; it may still be damaged.

    Raises RadiographError, as reading it would, if it cannot be opened or is empty.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING_BYTES)
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from error
    if not beginning:
        raise RadiographError(path, _EMPTY)
    return beginning.startswith(_BEGINNINGS) or is_dicom(beginning)


def _unopened(path: Path, error: OSError | ValueError) -> RadiographError:
    reason = getattr(error, "strerror", None) or str(error)
    return RadiographError(path, f"cannot be opened: {reason}")


@dataclass(frozen=True, slots=True)
class _Header:
    """What a picture file says of itself; `pages` leaves out reduced copies."""

    kind: str
    orientation: int
    pages: int = 1
    white_is_zero: bool = False


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise RadiographError(path, "this is a folder, not a radiograph")
        length = path.stat().st_size
        if length == 0:
            raise RadiographError(path, _EMPTY)
        if length > MAX_BYTES:
            raise RadiographError(path, f"the file is too large ({length >> 20} MB)")
        return path.read_bytes()
    except OSError as error:
        raise _unopened(path, error) from error


def _examine_header(path: Path, content: bytes) -> _Header:
    """Kind, orientation and pages, with the size checked before any decoding."""
    # Pillow knows TIFF only once its plugin is imported.
    from PIL import Image, TiffImagePlugin, UnidentifiedImageError

    try:
        # Pillow warns of sizes, where the limit below is stricter, and of damaged
        # metadata, which need not stop a whole picture from being shown.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=_FORMATS) as header,
        ):
            _require_sensible_size(path, *header.size)
            kind, orientation = header.format or "", _orientation(header)
            if not isinstance(header, TiffImagePlugin.TiffImageFile):
                return _Header(kind, orientation)
            white_is_zero = header.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
            return _Header(kind, orientation, _count_pages(header), white_is_zero)
    except UnidentifiedImageError as error:
        raise RadiographError(path, NO_PICTURE) from error
    except Image.DecompressionBombError as error:
        raise RadiographError(path, f"the picture is too large: {error}") from error
    except _DAMAGE as error:
        raise RadiographError(path, f"the picture is damaged: {error}") from error


def _orientation(header: Image.Image) -> int:
    try:
        value = exif_of(header).get(_ORIENTATION, 1)
    except Exception:  # Pillow raises many kinds on damaged EXIF, none of them ours.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _count_pages(header: Any) -> int:
    pages = 1
    for index in range(1, min(header.n_frames, _MAX_PAGES)):
        header.seek(index)
        if not header.tag_v2.get(_NEW_SUBFILE_TYPE, 0) & _REDUCED_RESOLUTION:
            pages += 1
    return pages


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
    if kind in ("JPEG", "MPO"):
        whole = content.find(b"\xff\xd9", _start_of_scan(content)) >= 0
    elif kind == "PNG":
        # Some devices pad their files, so the end need not be the very last bytes.
        whole = b"IEND" in content[-65536:]
    elif kind == "BMP":
        whole = struct.unpack_from("<I", content, 2)[0] <= len(content)
    else:
        whole = True  # OpenCV itself refuses a TIFF file that was cut off.
    if not whole:
        raise RadiographError(path, "the picture is cut off: its end is missing")


def _start_of_scan(jpeg: bytes) -> int:
    """Where the picture proper begins, after the segments that may hold a thumbnail."""
    position = 2
    while jpeg[position : position + 1] == b"\xff":
        marker = jpeg[position + 1 : position + 2]
        if marker == b"\xda":
            break
        if marker == b"\xff":
            position += 1
        else:
            position += 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
    return position


def _decode(path: Path, kind: str, content: bytes) -> NDArray[Any]:
    """(H, W) or (H, W, 3) RGB as stored, whatever the orientation."""
    import cv2
    import numpy as np

    # What OpenCV would log is in the error; a reader's terminal is no place for it.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        if kind == "TIFF":
            content = _as_plain_tiff(content)
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except (cv2.error, struct.error, MemoryError) as error:
        raise RadiographError(path, "the picture cannot be decoded") from error
    if pixels is None:
        raise RadiographError(path, "the picture is damaged and cannot be decoded")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise RadiographError(
            path, f"pictures of {pixels.dtype} samples are not read; use 8 or 16 bit"
        )
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] < 3:
        return pixels[:, :, 0]
    return pixels[:, :, 2::-1]


def _as_plain_tiff(content: bytes) -> bytes:
    """The same TIFF file without an orientation, and with its colours not darkened.

    OpenCV turns TIFF pictures itself, told not to or not, and multiplies colours by
    the opacity, unless the file says that this was already done.
    """
    plain = {_ORIENTATION: _UPRIGHT, _EXTRA_SAMPLES: _PREMULTIPLIED}
    tiff = bytearray(content)
    order = "<" if tiff[:2] == b"II" else ">"
    if struct.unpack_from(order + "H", tiff, 2)[0] == _BIG_TIFF:
        start, counts, entry_size, value_at = 8, "Q", 20, 12
    else:
        start, counts, entry_size, value_at = 4, "H", 12, 8
    (first,) = struct.unpack_from(order + ("Q" if counts == "Q" else "I"), tiff, start)
    (count,) = struct.unpack_from(order + counts, tiff, first)
    for index in range(count):
        entry = first + struct.calcsize(counts) + index * entry_size
        (tag,) = struct.unpack_from(order + "H", tiff, entry)
        if tag in plain:
            struct.pack_into(order + "H", tiff, entry + value_at, plain[tag])
    return bytes(tiff)


def _without_needless_colour(pixels: NDArray[Any]) -> NDArray[Any]:
    """Grey where all three channels are the same."""
    import numpy as np

    if pixels.ndim == 2:
        return pixels
    red, green, blue = pixels[:, :, 0], pixels[:, :, 1], pixels[:, :, 2]
    if np.array_equal(blue, green) and np.array_equal(green, red):
        return green
    return pixels


def _turn_upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Apply an EXIF orientation (CIPA DC-008, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
