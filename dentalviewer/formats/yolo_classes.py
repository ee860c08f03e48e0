"""The numbered classes of YOLO: `classes.txt` (labelImg), `obj.names` (Darknet) or
`data.yaml` (Ultralytics).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._listings import find_on_disk
from dentalviewer.formats._yaml_names import read_yaml_names
from dentalviewer.storage.files import MIB, read_text

MAX_BYTES = MIB
CLASSES, DATA = "classes.txt", "data.yaml"
YAML_NAMES = (DATA, "dataset.yaml", "data.yml")
DARKNET = "obj.names"
_LISTS = (CLASSES, DARKNET, *YAML_NAMES)
# How many folders are looked into, from that of the file up.
_LEVELS = 4


_known: ContextVar[dict[str, Mapping[int, str]] | None] = ContextVar(
    "known", default=None
)


@contextmanager
def class_lists_read_once() -> Iterator[None]:
    """Within, on this thread, the list of a folder is read when first asked for; what
    changes later is not noticed.
    """
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def class_names(path: Path) -> Mapping[int, str]:
    """The names of the classes by number, from beside the file or further up.

    Empty if nothing names them. Raises AnnotationFileError.
    """
    known = _known.get()
    if known is None or path.name in _LISTS:
        return _names_now(path)
    folder = os.path.dirname(path)
    if folder not in known:
        known[folder] = _names_now(path)
    return known[folder]


def _names_now(path: Path) -> Mapping[int, str]:
    listed = class_list_of(path)
    if listed is None:
        return {}
    try:
        found = os.stat(listed)
    except OSError:
        return _read_names(listed)  # Which says what is wrong.
    return _read_names_once(listed, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=16)
def _read_names_once(listed: Path, _mtime_ns: int, _size: int) -> Mapping[int, str]:
    return _read_names(listed)


def _read_names(listed: Path) -> Mapping[int, str]:
    text = read_text(listed, error=AnnotationFileError, max_bytes=MAX_BYTES)
    if listed.name in YAML_NAMES:
        return read_yaml_names(listed, text)
    return {n: line.strip() for n, line in enumerate(text.rstrip().splitlines())}


def class_list_of(path: Path) -> Path | None:
    """The file that names the classes of a file, or is such a list itself."""
    if path.name in _LISTS:
        return path
    folder = os.path.dirname(os.path.abspath(path))
    if find_on_disk(folder, CLASSES):
        return Path(folder, CLASSES)
    for _ in range(_LEVELS):
        for name in (*YAML_NAMES, CLASSES, DARKNET):
            if find_on_disk(folder, name):
                return Path(folder, name)
        folder = os.path.dirname(folder)
    return None
