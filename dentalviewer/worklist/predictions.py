"""What detectors said of radiographs, kept, so that no radiograph is examined twice.

All candidates are kept, so that other thresholds need no new run.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dentalviewer.detector import Detection, DetectorIdentity
from dentalviewer.errors import FileError
from dentalviewer.worklist._packing import pack, unpack
from dentalviewer.worklist._store_file import StoreFile

# With the version of its tables: another version of the program has a file of its own.
FILE_NAME = "predictions-1.sqlite"

_PREDICTIONS = """
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
_FAILURES = """
CREATE TABLE IF NOT EXISTS failures (
    path BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    teeth_sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (path, sha256, preprocessing)
)
"""
# SQLite takes at least 999 values in one question.
_PATHS_AT_ONCE = 900


class PredictionState(StrEnum):
    """Of a radiograph that was examined; stale if another detector did, or if its file
    has changed since; failed if this detector could not, or not wholly.
    """

    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"


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
    reader; of which file something was kept, to `announce`; both on the thread that
    met it. Give `teeth` where teeth are numbered: what was said without that detector
    of teeth is then stale.
    """

    def __init__(
        self,
        file: Path,
        report: Callable[[str], None] | None = None,
        announce: Callable[[Path], None] | None = None,
    ) -> None:
        self._store = StoreFile(file, (_PREDICTIONS, _INDEX, _FAILURES), report)
        self._announce = announce

    @property
    def file(self) -> Path:
        return self._store.path

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
            row = self._store.do(lambda c: c.execute(question, values).fetchone())
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
        row = (*_asked_of(path, identity, teeth, stamp), pack(detection))
        self._keep("predictions", row)
        forget = "DELETE FROM failures WHERE path = ? AND sha256 = ?"
        with suppress(FileError):  # What was kept now counts for more in any case.
            self._store.do(lambda c: c.execute(forget, row[:2]))
        self._tell(path)

    def put_failure(
        self,
        path: Path,
        reason: str,
        identity: DetectorIdentity,
        teeth: DetectorIdentity | None = None,
        stamp: PictureStamp | None = None,
    ) -> None:
        """Keep why these detectors could not examine a file, or not wholly.

        `stamp` as for `put`, and raises what `put` raises.
        """
        stamp = stamp or picture_stamp(path)
        if stamp is None:
            return
        # It may quote a file name, which need not be proper Unicode.
        said = reason.encode(errors="replace").decode()
        row = (*_asked_of(path, identity, teeth, stamp), said)
        self._keep("failures", row)
        self._tell(path)

    def failures(
        self,
        paths: Iterable[Path],
        identity: DetectorIdentity,
        teeth: DetectorIdentity | None = None,
    ) -> dict[Path, str]:
        """Why these detectors could not examine files, as these are now.

        As for `states`, call it off the GUI thread.
        """
        keys = {path: _key(path) for path in paths}
        try:
            rows = self._store.do(lambda c: _rows(c, "failures", "reason", keys))
        except FileError:
            return {}
        reasons = {
            key: (PictureStamp(size, modified), reason)
            for key, *who, size, modified, reason in rows
            if _asked(who, identity, teeth)
        }
        return {
            path: reasons[key][1]
            for path, key in keys.items()
            if key in reasons and reasons[key][0] == picture_stamp(path)
        }

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
        paths = tuple(paths)
        keys = {path: _key(path) for path in paths}
        try:
            rows = self._store.do(lambda c: _rows(c, "predictions", "path", keys))
        except FileError:
            return {}
        examined = {row[0] for row in rows}
        stamps = {
            key: PictureStamp(size, modified)
            for key, *who, size, modified, _ in rows
            if _asked(who, identity, teeth)
        }
        failed = self.failures(paths, identity, teeth)
        found: dict[Path, PredictionState] = {}
        for path, key in keys.items():
            stamp = stamps.get(key)
            if stamp is not None and stamp == picture_stamp(path):
                found[path] = PredictionState.FRESH
            elif path in failed:
                found[path] = PredictionState.FAILED
            elif key in examined:
                found[path] = PredictionState.STALE
        return found

    def _keep(self, table: str, row: tuple[object, ...]) -> None:
        order = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._store.do(lambda c: c.execute(order, row))

    def _tell(self, path: Path) -> None:
        if self._announce is not None:
            self._announce(path)

    def _forget(self, path: Path) -> None:
        """Else what cannot be read would count as fresh for ever."""
        order = "DELETE FROM predictions WHERE path = ?"
        with suppress(FileError):
            self._store.do(lambda c: c.execute(order, (_key(path),)))

    def close(self) -> None:
        self._store.close()


def _rows(
    connection: sqlite3.Connection, table: str, last: str, keys: Mapping[Path, bytes]
) -> list[Any]:
    """What is kept of these files: by whom, of which file, and the column `last`."""
    wanted = list(set(keys.values()))
    rows: list[Any] = []
    for start in range(0, len(wanted), _PATHS_AT_ONCE):
        some = wanted[start : start + _PATHS_AT_ONCE]
        marks = ",".join("?" * len(some))
        rows += connection.execute(
            "SELECT path, sha256, preprocessing, teeth_sha256, size, modified,"
            f" {last} FROM {table} WHERE path IN ({marks})",
            some,
        ).fetchall()
    return rows


def _asked_of(
    path: Path,
    identity: DetectorIdentity,
    teeth: DetectorIdentity | None,
    stamp: PictureStamp,
) -> tuple[bytes, str, str, str, int, int]:
    """Which file was asked about, as it was, and who was asked: a row's beginning."""
    return (
        _key(path),
        identity.sha256,
        identity.preprocessing,
        "" if teeth is None else teeth.sha256,
        stamp.size,
        stamp.modified_ns,
    )


def _asked(
    who: Sequence[str], identity: DetectorIdentity, teeth: DetectorIdentity | None
) -> bool:
    """Whether these are the detectors of a row: sha256, preprocessing, of the teeth."""
    sha256, preprocessing, teeth_sha256 = who
    return (sha256, preprocessing) == (identity.sha256, identity.preprocessing) and (
        teeth is None or teeth_sha256 == teeth.sha256
    )


def _key(path: Path) -> bytes:
    """The same for each way to write the path; names need not be proper Unicode."""
    return os.fsencode(os.path.normcase(os.path.abspath(path)))
