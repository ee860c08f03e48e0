"""Names for the files that are made of each of several radiographs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path


def stems_apart(paths: Sequence[Path]) -> dict[Path, str]:
    """A stem of its own for each path: its name's, or else one that none of them has.

    Radiographs of several folders, or of several formats, may bear the same name; and
    some file systems do not tell capital letters from small ones.
    """
    real = {path.stem.casefold() for path in paths}
    used: set[str] = set()
    stems = {}
    for path in paths:
        stem = path.stem
        if stem.casefold() in used:
            numbered = (f"{path.stem}-{n}" for n in count(2))
            stem = next(s for s in numbered if s.casefold() not in real | used)
        used.add(stem.casefold())
        stems[path] = stem
    return stems
