"""Pictures in a file instead of memory: the system keeps at hand as many as fit.

Thousands fill the memory of a small computer; in a file that is mapped, those that were
not asked for of late make room for others by themselves, and are read anew.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from tempfile import gettempdir
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dentalviewer.errors import ModelError
from dentalviewer.phrases import counted
from dentalviewer.storage.disk import ON_WINDOWS, is_writable
from dentalviewer.storage.files import MIB, temporary_beside
from dentalviewer.supervision import is_supervised

T = TypeVar("T")

# For checkpoints, and for other programs: a window has reviews to save.
SPARE_BYTES = 200 * MIB
# Windows, which keeps the names of open files, is told that they go with them.
_NEW_AND_OURS = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_TEMPORARY", 0)
)


def kept_on_disk(
    pictures: Iterable[tuple[NDArray[np.uint8], T]], count: int, folder: Path
) -> list[tuple[NDArray[np.uint8], T]]:
    """The same grey (H, W) pictures, each with what belongs to it; read-only.

    So many are to come. Their file lies on the disk of a `folder` that need not be
    there yet; it has no name, and is gone with the last of them, or with the process,
    be it killed. Raises ModelError, naming where and how much is needed, if there is no
    room for all.
    """
    place = _place_on_disk_of(folder)
    kept: list[tuple[int, tuple[int, ...], T]] = []
    length = needed = 0
    with _nameless_file(place) as file:
        for pixels, belonging in pictures:
            kept.append((length, pixels.shape, belonging))
            # Those to come are taken to be as large as these.
            needed = (length + pixels.nbytes) * max(count, len(kept)) // len(kept)
            free = _free(place)
            if free is not None and free < needed - length + SPARE_BYTES:
                raise _no_room(place, count, needed, f"{_in_gb(free)} are free")
            try:
                _write(file, pixels.tobytes())
            except OSError as error:
                raise _no_room(place, count, needed, error.strerror) from error
            length += pixels.nbytes
        if not length:
            return []
        try:
            # Drives of a network say only then that they are full.
            os.fsync(file.fileno())
            # It stays open by itself.
            mapped = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ)
        except OSError as error:
            raise _no_room(place, count, needed, error.strerror) from error
    everything = np.frombuffer(mapped, np.uint8)
    return [
        (everything[start : start + int(np.prod(shape))].reshape(shape), belonging)
        for start, shape, belonging in kept
    ]


def _place_on_disk_of(folder: Path) -> Path:
    """A folder that is there, where files can be made."""
    folder = folder.absolute()
    place = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    # Of several machines those that do not lead may lack the folder.
    return place if is_writable(place) else Path(gettempdir())


def _nameless_file(folder: Path) -> FileIO:
    """A new file that the system deletes once nobody has it open.

    Without a buffer, which would be written once more, and fail, when it is closed.
    """
    path = temporary_beside(folder / "pictures")
    try:
        file = FileIO(os.open(path, _NEW_AND_OURS, 0o600), "r+")
        if not ON_WINDOWS:
            path.unlink()
    except OSError as error:
        raise ModelError(folder, f"cannot be written: {error.strerror}") from error
    return file


def _write(file: FileIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _free(place: Path) -> int | None:
    """In bytes; None where it is not told, as of some drives of a network."""
    try:
        usage = shutil.disk_usage(place)
    except OSError:
        return None
    return usage.free if usage.total else None


def _no_room(place: Path, count: int, needed: int, reason: str | None) -> ModelError:
    way_on = "Make room there, or choose a --run-folder on another disk"
    if is_supervised():
        # Of a window all trainings lie with what else it keeps.
        way_on = "Make room there and begin again, or choose fewer to train on"
    return ModelError(
        place,
        f"cannot keep {counted(count, 'radiograph')} to learn from, scaled down, which"
        f" take about {_in_gb(needed)}: {reason}. {way_on}",
    )


def _in_gb(length: int) -> str:
    return f"{length / 1e9:.1f} GB"
