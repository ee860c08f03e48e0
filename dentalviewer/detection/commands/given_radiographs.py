"""Which radiographs a command is given, and which files are none of them.

Importing this module does not import torch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from dentalviewer.detection.commands.stems import stems_apart
from dentalviewer.errors import FileError
from dentalviewer.formats.locating import radiographs_below
from dentalviewer.phrases import counted
from dentalviewer.radiograph import natural_name_order, natural_order

PICTURES_FOLDER = "pictures"
PICTURE_SUFFIX = ".jpg"


def given_radiographs(paths: Sequence[Path], output: Path) -> tuple[Path, ...]:
    """Files as they are given and what lies below folders, in natural order, each once.

    It is printed what is passed over, since it lies in the `output`. Raises FileError
    if nothing of what is named is there, there is no radiograph, or a folder cannot be
    read.
    """
    if not any(map(os.path.exists, paths)):
        nor = ", nor is any of the others there" if len(paths) > 1 else ""
        raise FileError(paths[0], f"there is no such file or folder{nor}")
    kept, passed_over = _kept_and_passed_over(paths, output)
    if passed_over:
        told = counted(len(passed_over), "picture")
        print(f"Passed over, as an earlier run wrote it: {told} in {output}")
    if not kept:
        named = ", ".join(map(str, paths))
        raise FileError(paths[0], f"there is no radiograph in {named}")
    return kept


def _kept_and_passed_over(
    paths: Sequence[Path], output: Path
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Files as they are given and what lies below folders, in natural order, each once;
    and what is passed over, as an earlier run wrote it to `output`.

    Folders are told apart by where they really lie, however they are spelled. All of an
    `output` within a folder is passed over, of a folder that is the `output` itself, or
    lies in it, only pictures of the radiographs. Raises FileError if a folder cannot be
    read.
    """
    results = real_path(output)
    named = {real_path(path) for path in paths if not path.is_dir()}
    found: dict[Path, Path] = {}
    within: set[Path] = set()
    for path in paths:
        folder = real_path(path)
        # Of folders in the output nothing is passed over here.
        above = path.is_dir() and folder in results.parents
        for each in _below(path) if path.is_dir() else [path]:
            real = real_path(each)
            if above and results in real.parents and real not in named:
                within.add(real)
            else:
                found.setdefault(real, each)
    drawn = _drawn(found, results / PICTURES_FOLDER) - named
    kept = tuple(path for real, path in found.items() if real not in drawn)
    return kept, tuple(sorted((within - found.keys()) | drawn))


def real_path(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _below(folder: Path) -> list[Path]:
    below = radiographs_below(folder, partial(_fail, folder))
    return sorted(below, key=_natural_place)


def _drawn(found: Mapping[Path, Path], folder: Path) -> set[Path]:
    """What is in the `folder` of pictures, and called as that of a radiograph is."""
    pictures = {
        real
        for real in found
        if real.parent == folder and real.suffix == PICTURE_SUFFIX
    }
    others = [path for real, path in found.items() if real not in pictures]
    stems = set(stems_apart(others).values())
    return {picture for picture in pictures if picture.stem in stems}


def _fail(path: Path, error: OSError) -> None:
    fault = f"the folder cannot be read: {error.strerror}"
    raise FileError(Path(error.filename or path), fault) from error


def _natural_place(
    path: Path,
) -> tuple[list[list[tuple[int, str]]], list[tuple[int, str]]]:
    """What lies in a folder itself comes before what lies in the folders in it."""
    return [natural_name_order(part) for part in path.parent.parts], natural_order(path)
