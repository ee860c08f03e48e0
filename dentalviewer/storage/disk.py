"""What Windows and file managers do to files and folders."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

ON_WINDOWS = os.name == "nt"
# Rather more than a second in all; of a window only what nobody notices.
_PAUSES_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)
_PAUSES_UNNOTICED = 4
# So that listing a folder of radiographs does not make a file for each of them.
_KNOWN_SECONDS = 10
# Of a whole path, where Windows was not told to take longer ones.
_MAX_PATH = 259
_OF_FILE_MANAGERS = frozenset({".ds_store", "desktop.ini", "thumbs.db"})

_Value = TypeVar("_Value")
_hurried: ContextVar[bool] = ContextVar("hurried", default=False)


@contextmanager
def hurried() -> Iterator[None]:
    """Within, `patiently` soon gives up on this thread, which has a window to serve."""
    token = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(token)


def patiently(attempt: Callable[[], _Value]) -> _Value:
    """What `attempt` returns, tried again for a second where Windows refuses it.

    There what another program has open, as a scanner of viruses does, can be neither
    replaced nor deleted, and perhaps not read. Raises what the last attempt raises.
    """
    if ON_WINDOWS:
        for pause in _PAUSES_SECONDS[: _PAUSES_UNNOTICED if _hurried.get() else None]:
            try:
                return attempt()
            except PermissionError:
                time.sleep(pause)
    return attempt()


def rename(source: Path, target: Path) -> None:
    """Rename a file or folder, over a file that is there; patiently.

    Raises OSError.
    """
    patiently(lambda: os.replace(source, target))


def is_too_long(path: Path) -> bool:
    """Whether Windows may take no file at a path for its length, and none is there."""
    return ON_WINDOWS and len(os.path.abspath(path)) > _MAX_PATH and not path.exists()


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder that is there."""
    # Of folders on Windows, and on drives of a network, this knows too little.
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    return _takes_files(folder, int(time.monotonic()) // _KNOWN_SECONDS)


def is_of_file_manager(name: str) -> bool:
    """Of what Explorer and Finder leave in any folder that is looked at."""
    return name.casefold() in _OF_FILE_MANAGERS or name.startswith("._")


@lru_cache(maxsize=64)
def _takes_files(folder: Path, _moment: int) -> bool:
    # Not by tempfile, which tries billions of names where a folder refuses all.
    probe = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        patiently(probe.unlink)
    except OSError:
        return False
    return True
