"""What can be made again but not at once: small pictures, standings of reviews."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

# With the version of its table.
FILE_NAME = "worklist-1.sqlite"
MAX_BYTES = 200 * 1024 * 1024
_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    key BLOB PRIMARY KEY,
    mark TEXT NOT NULL,
    used INTEGER NOT NULL,
    content BLOB NOT NULL
)
"""
# Counting all that is kept takes longer than keeping something.
_PUTS_BETWEEN_COUNTS = 200
_DAY = 86_400
_PATIENCE_SECONDS = 2.0

_Value = TypeVar("_Value")


class WorklistCache:
    """One file for this user, never larger than `max_bytes` for long.

    What was used least recently goes first. Several threads may use it, one after the
    other, and several windows one file. Names are kept as hashes, since they may be
    patients'. Without a file that can be used nothing is kept, and nothing fails.
    """

    def __init__(self, file: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None
        self._usable = True
        self._puts = 0
        # Python's connection is not to be called by two threads at once.
        self._lock = RLock()

    def get(self, kind: str, path: Path, mark: Sequence[int]) -> bytes | None:
        """What was kept of a file while its mark, its size and time, was the same."""
        key = _key(kind, path)

        def read(connection: sqlite3.Connection) -> Any:
            question = "SELECT mark, used, content FROM kept WHERE key = ?"
            row = connection.execute(question, (key,)).fetchone()
            if row is not None and time.time() - row[1] > _DAY:
                order = "UPDATE kept SET used = ? WHERE key = ?"
                connection.execute(order, (int(time.time()), key))
            return row

        row = self._do(read)
        return bytes(row[2]) if row is not None and row[0] == _text(mark) else None

    def put(self, kind: str, path: Path, mark: Sequence[int], content: bytes) -> None:
        row = (_key(kind, path), _text(mark), int(time.time()), content)
        order = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)"
        self._do(lambda connection: connection.execute(order, row))
        with self._lock:
            is_time = self._puts % _PUTS_BETWEEN_COUNTS == 0
            self._puts += 1
        if is_time:
            self._do(self._shrink)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _shrink(self, connection: sqlite3.Connection) -> None:
        count = "SELECT COUNT(*), COALESCE(SUM(LENGTH(content)), 0) FROM kept"
        number, size = connection.execute(count).fetchone()
        if size <= self._max_bytes:
            return
        # A quarter at a time, so that it is not counted out each time.
        connection.execute(
            "DELETE FROM kept WHERE key IN"
            " (SELECT key FROM kept ORDER BY used, rowid LIMIT ?)",
            (number // 4 + 1,),
        )
        self._shrink(connection)

    def _do(self, work: Callable[[sqlite3.Connection], _Value]) -> _Value | None:
        """None where it cannot be done. A damaged file is begun anew."""
        with self._lock:
            if not self._usable:
                return None
            try:
                return work(self._open())
            except sqlite3.OperationalError:
                return None  # Another window is writing, or the disk is full.
            except sqlite3.DatabaseError:
                self.close()
                with suppress(OSError):
                    self._file.unlink()
                    return None
                self._usable = False
            except OSError:
                self._usable = False
            return None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._file,
                timeout=_PATIENCE_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_SCHEMA)
        return self._connection


def _key(kind: str, path: Path) -> bytes:
    place = os.path.normcase(os.path.abspath(path))
    return hashlib.sha256(kind.encode() + b"\0" + os.fsencode(place)).digest()


def _text(mark: Sequence[int]) -> str:
    return "-".join(map(str, mark))
