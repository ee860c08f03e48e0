"""A copy of a radiograph turned by 180 degrees, for one that was stored upside down."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.errors import RadiographError
from dentalviewer.storage.files import write_atomically

if TYPE_CHECKING:
    from dentalviewer.radiograph import Radiograph

COPY_SUFFIX = ".png"


def turned_copy_path(radiograph: Path) -> Path:
    """Where such a copy is proposed to be saved: beside the radiograph."""
    return radiograph.with_name(f"{radiograph.stem}_turned{COPY_SUFFIX}")


def write_turned_copy(radiograph: Radiograph, path: Path) -> None:
    """Write its pixels as a PNG, turned by 180 degrees, without loss and at their own
    depth; what else its file tells is not copied.

    Raises RadiographError if `path` is the radiograph itself, which is never changed,
    or if it cannot be saved.
    """
    # Pillow writes no colours of 16 bit. Imported late, for that takes a while, and the
    # window is on screen before.
    import cv2
    import numpy as np

    if _are_one_file(path, radiograph.path):
        fault = "is the radiograph itself, which is never changed: choose another name"
        raise RadiographError(path, fault)
    turned = radiograph.pixels[::-1, ::-1]
    if turned.ndim == 3:
        turned = turned[..., ::-1]  # OpenCV takes blue first.
    try:
        made, content = cv2.imencode(COPY_SUFFIX, np.ascontiguousarray(turned))
    except (cv2.error, MemoryError) as error:
        fault = f"cannot be saved: there is too little memory ({error})"
        raise RadiographError(path, fault) from error
    if not made:
        raise RadiographError(path, "cannot be saved as a PNG")
    write_atomically(path, content.tobytes(), error=RadiographError)


def _are_one_file(path: Path, other: Path) -> bool:
    """Whether to write to `path` changes `other`, also through a link."""
    ends = os.path.realpath(path), os.path.realpath(other)
    with suppress(OSError):  # What is not there cannot be changed.
        return os.path.samefile(*ends)
    return ends[0] == ends[1]
