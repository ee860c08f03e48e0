"""Where it is proposed to write what is made of many radiographs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def folder_beside(radiographs: Sequence[Path]) -> Path:
    """The folder that holds the one with all radiographs, so that these stay apart."""
    try:
        common = os.path.commonpath([path.absolute().parent for path in radiographs])
    except ValueError:  # There are none, or they are on several drives of Windows.
        return Path.home()
    return Path(common).parent
