"""Where it is proposed to write what is made of one radiograph, or of many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QStandardPaths


def folder_beside(radiographs: Sequence[Path]) -> Path:
    """The folder that holds the one with all radiographs, so that these stay apart."""
    try:
        common = os.path.commonpath([path.absolute().parent for path in radiographs])
    except ValueError:  # There are none, or they are on several drives of Windows.
        return Path.home()
    return Path(common).parent


def file_beside(radiograph: Path, ending: str) -> Path:
    """Called as the radiograph is, with another ending; among the reader's documents
    where the folder of the radiograph is known to take no files.
    """
    folder = radiograph.parent
    if not os.access(folder, os.W_OK):
        place = QStandardPaths.StandardLocation.DocumentsLocation
        folder = Path(QStandardPaths.writableLocation(place))
    return folder / f"{radiograph.stem}{ending}"
