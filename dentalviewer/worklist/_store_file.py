"""A SQLite file that outlives damage, full disks and other windows."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dentalviewer.errors import FileError
from dentalviewer.formats.review_file import set_aside

# How long to wait while another window writes.
_PATIENCE_SECONDS = 10.0
# Faults that say: what is in the file makes no sense, or its tables are others.
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_OUT_OF_REACH = {
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH,
}  # fmt: skip

_Value = TypeVar("_Value")


class StoreFile:
    """The file of the stored predictions, with the tables that `orders` make.

    A file that is damaged is set aside and a new one begun; where none can be had, all
    is kept in memory alone. Either is told to `report`, in words for the reader.
    """

    def __init__(
        self,
        path: Path,
        orders: tuple[str, ...],
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.path = path
        self._orders = orders
        self._report = report
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    def do(self, work: Callable[[sqlite3.Connection], _Value]) -> _Value:
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

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._connection = _connect(str(self.path), self._orders)
            except OSError as error:
                self._connection = self._in_memory(error)
            except sqlite3.Error as error:
                if not _is_out_of_reach(error):
                    raise
                self._connection = self._in_memory(error)
        return self._connection

    def _in_memory(self, error: Exception) -> sqlite3.Connection:
        self._tell(
            f"{self.path}: cannot be used ({_reason(error)}). What the detector says"
            " is forgotten when the program ends."
        )
        return _connect(":memory:", self._orders)

    def _begin_anew(self) -> None:
        try:
            kept = set_aside(self.path)
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        except OSError as error:
            self._connection = self._in_memory(error)
            return
        self._tell(
            f"{self.path}: the stored predictions were damaged. They are kept as"
            f" {kept.name}; radiographs are examined again."
        )

    def _tell(self, message: str) -> None:
        if self._report is not None:
            self._report(message)

    def _fault(self, error: sqlite3.Error) -> FileError:
        return FileError(self.path, f"the predictions cannot be kept: {_reason(error)}")


def _connect(place: str, orders: tuple[str, ...]) -> sqlite3.Connection:
    """A store with its tables, of which each order is done wholly or not at all."""
    connection = sqlite3.connect(
        place, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _begin_journal(connection)
        # What was kept outlives a program that is killed.
        connection.execute("PRAGMA synchronous = NORMAL")
        for order in orders:
            connection.execute(order)
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
