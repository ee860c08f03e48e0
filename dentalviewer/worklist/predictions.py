"""What detectors said of radiographs, kept, so that no radiograph is examined twice.

All candidates are kept, so that other thresholds need no new run.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from dentalviewer.detector import Detection, DetectorIdentity
from dentalviewer.errors import FileError
from dentalviewer.formats.review_file import set_aside
from dentalviewer.worklist._packing import pack, unpack

# With the version of its tables: another version of the program has a file of its own.
FILE_NAME = "predictions-1.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    path BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    teeth_sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    detection BLOB NOT NULL,
    PRIMARY KEY (path, sha256, preprocessing)
)
"""
# All that `states` looks at, so that it reads none of the detections themselves.
_INDEX = """
CREATE INDEX IF NOT EXISTS states ON predictions
    (path, sha256, preprocessing, teeth_sha256, size, modified)
"""
# How long to wait while another window writes.
_PATIENCE_SECONDS = 10.0
# SQLite takes at least 999 values in one question.
_PATHS_AT_ONCE = 900
# Faults that say: what is in the file makes no sense, or its tables are others.
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_OUT_OF_REACH = {
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH,
}  # fmt: skip

_Value = TypeVar("_Value")


class PredictionState(StrEnum):
    """Of a radiograph that was examined; stale if another detector did, or if its file
    has changed since.
    """

    FRESH = "fresh"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class PictureStamp:
    """What tells cheaply that a file is still the one that was examined."""

    size: int
    modified_ns: int


def picture_stamp(path: Path) -> PictureStamp | None:
    """None if there is no such file, or it cannot be reached."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return PictureStamp(status.st_size, status.st_mtime_ns)


class PredictionStore:
    """One file for this user; any number of threads and programs may use it at once.

    A file that is damaged is set aside and a new one begun; where none can be had,
    predictions are kept in memory alone. Either is told to `report`, in words for the
    reader, on the thread that met it. Give `teeth` where teeth are numbered: what was
    said without that detector of teeth is then stale.
    """

    def __init__(self, file: Path, report: Callable[[str], None] | None = None) -> None:
        self._file = file
        self._report = report
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    @property
    def file(self) -> Path:
        return self._file

    def get(
        self,
        path: Path,
        identity: DetectorIdentity,
        teeth: DetectorIdentity | None = None,
    ) -> Detection | None:
        """What this detector said of this very file; None where that is not known."""
        stamp = picture_stamp(path)
        if stamp is None:
            return None
        question = (
            "SELECT detection FROM predictions WHERE path = ? AND sha256 = ?"
            " AND preprocessing = ? AND size = ? AND modified = ?"
        )
        values: list[object] = [_key(path), identity.sha256, identity.preprocessing]
        values += [stamp.size, stamp.modified_ns]
        if teeth is not None:
            question += " AND teeth_sha256 = ?"
            values.append(teeth.sha256)
        try:
            row = self._do(lambda c: c.execute(question, values).fetchone())
            return None if row is None else unpack(row[0])
        except FileError:
            return None
        except ValueError:
            self._forget(path)
            return None

    def put(
        self, path: Path, detection: Detection, stamp: PictureStamp | None = None
    ) -> None:
        """Keep what a detector said of a file; wholly, or not at all.

        `stamp` is that of the file before it was read; by default, as it is now. Of
        files that are gone nothing is kept. Raises FileError if it cannot be saved.
        """
        stamp = stamp or picture_stamp(path)
        if stamp is None:
            return
        identity, teeth = detection.identity, detection.tooth_detector
        row = (
            _key(path),
            identity.sha256,
            identity.preprocessing,
            "" if teeth is None else teeth.sha256,
            stamp.size,
            stamp.modified_ns,
            pack(detection),
        )
        order = "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._do(lambda c: c.execute(order, row))

    def states(
        self,
        paths: Iterable[Path],
        identity: DetectorIdentity,
        teeth: DetectorIdentity | None = None,
    ) -> dict[Path, PredictionState]:
        """How it stands with those of the files that were ever examined.

        Looks at each file's size and time: for 10,000 files some 0.2 s, so call it off
        the GUI thread. Empty where the store cannot be read.
        """
        keys = {path: _key(path) for path in paths}
        try:
            rows = self._do(lambda c: _state_rows(c, list(set(keys.values()))))
        except FileError:
            return {}
        examined = {row[0] for row in rows}
        stamps = {
            key: PictureStamp(size, modified)
            for key, sha256, preprocessing, teeth_sha256, size, modified in rows
            if (sha256, preprocessing) == (identity.sha256, identity.preprocessing)
            and (teeth is None or teeth_sha256 == teeth.sha256)
        }
        found: dict[Path, PredictionState] = {}
        for path, key in keys.items():
            if key in examined:
                stamp = stamps.get(key)
                fresh = stamp is not None and stamp == picture_stamp(path)
                found[path] = PredictionState.FRESH if fresh else PredictionState.STALE
        return found

    def _forget(self, path: Path) -> None:
        """Else what cannot be read would count as fresh for ever."""
        order = "DELETE FROM predictions WHERE path = ?"
        with suppress(FileError):
            self._do(lambda c: c.execute(order, (_key(path),)))

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # The file

    def _do(self, work: Callable[[sqlite3.Connection], _Value]) -> _Value:
        """Work on the store, on a new one if the old one turns out to be damaged.

        Raises FileError if that does not help.
        """
        with self._lock:
            try:
                return work(self._open())
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise self._fault(error) from error
            # Another window may have set the damaged file aside meanwhile.
            self.close()
            try:
                return work(self._open())
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise self._fault(error) from error
                self.close()
                self._begin_anew()
            try:
                return work(self._open())
            except sqlite3.Error as error:
                raise self._fault(error) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._connection = _connect(str(self._file))
            except OSError as error:
                self._connection = self._in_memory(error)
            except sqlite3.Error as error:
                if not _is_out_of_reach(error):
                    raise
                self._connection = self._in_memory(error)
        return self._connection

    def _in_memory(self, error: Exception) -> sqlite3.Connection:
        self._tell(
            f"{self._file}: cannot be used ({_reason(error)}). What the detector says"
            " is forgotten when the window closes."
        )
        return _connect(":memory:")

    def _begin_anew(self) -> None:
        try:
            kept = set_aside(self._file)
            for ending in ("-wal", "-shm"):
                self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        except OSError as error:
            self._connection = self._in_memory(error)
            return
        self._tell(
            f"{self._file}: the stored predictions were damaged. They are kept as"
            f" {kept.name}; radiographs are examined again when they are opened."
        )

    def _tell(self, message: str) -> None:
        if self._report is not None:
            self._report(message)

    def _fault(self, error: sqlite3.Error) -> FileError:
        return FileError(
            self._file, f"the predictions cannot be kept: {_reason(error)}"
        )


def _connect(place: str) -> sqlite3.Connection:
    """A store with its tables, of which each order is done wholly or not at all."""
    connection = sqlite3.connect(
        place, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _begin_journal(connection)
        # What was kept outlives a program that is killed.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_SCHEMA)
        connection.execute(_INDEX)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin_journal(connection: sqlite3.Connection) -> None:
    """The journal where readers and a writer do not wait for each other."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # For this SQLite itself does not wait while another window does the same.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.02)


def _state_rows(connection: sqlite3.Connection, keys: list[bytes]) -> list[Any]:
    rows: list[Any] = []
    for start in range(0, len(keys), _PATHS_AT_ONCE):
        some = keys[start : start + _PATHS_AT_ONCE]
        marks = ",".join("?" * len(some))
        rows += connection.execute(
            "SELECT path, sha256, preprocessing, teeth_sha256, size, modified"
            f" FROM predictions WHERE path IN ({marks})",
            some,
        ).fetchall()
    return rows


def _key(path: Path) -> bytes:
    """The same for each way to write the path; names need not be proper Unicode."""
    return os.fsencode(os.path.normcase(os.path.abspath(path)))


def _is_damage(error: sqlite3.Error) -> bool:
    return _code(error) in _DAMAGE


def _is_out_of_reach(error: sqlite3.Error) -> bool:
    return _code(error) in _OUT_OF_REACH


def _code(error: sqlite3.Error) -> int:
    """The kind of the fault; the finer codes have it in their lowest byte."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
