"""A reader counts once, though a file may be given and a folder that it is read in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from dentalviewer.errors import AnnotationFileError

Heard = tuple[str, Iterable[Path]]
"""What a set is called, and the files that its findings are from."""


def require_another_reader(
    path: Path, files: Iterable[Path], before: Iterable[Heard]
) -> None:
    """Raises AnnotationFileError if one of the `files` that the set at `path` is read
    from is one of another set's as well.
    """
    own = _real(files)
    for name, others in before:
        if not own.isdisjoint(_real(others)):
            raise AnnotationFileError(
                path,
                f"this is read from a file of {name} as well, so that one reader would"
                " count twice: give only one of the two",
            )


def _real(files: Iterable[Path]) -> set[str]:
    return {os.path.normcase(os.path.realpath(file)) for file in files}
