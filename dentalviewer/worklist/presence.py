"""Which radiographs the running windows of this user have open.

An empty file for each window says so in its name, in the user's cache and never beside
the radiographs. A window touches its file now and then; one that was not touched for
long, or whose program is gone, counts no more and is removed by whoever sees it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

# Several times as long as windows wait between touching their files.
STALE_SECONDS = 90.0
_NAME = re.compile(r"([0-9a-f]{16})-(\d{1,10})-([0-9a-f]{8})@(.*)")


@dataclass(frozen=True, slots=True)
class Holder:
    """A window that has a radiograph open: on which computer, in which process."""

    host: str
    pid: int

    @property
    def is_here(self) -> bool:
        return self.host == platform.node()


class Presence:
    """That of one window, which has at most one radiograph open.

    Where the folder cannot be used nobody learns of anybody; nothing is raised. It may
    be ended on one thread while another waits for the drive of a radiograph.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._token = secrets.token_hex(4)
        self._key = ""
        self._ended = False
        self._lock = threading.RLock()

    def hold(self, radiograph: Path) -> tuple[Holder, ...]:
        """Say that this one is open here, and no other. Who has it open, too?"""
        self.release()
        # Outside the lock: where the drive is lost, this takes as long as it takes.
        place = os.path.normcase(os.path.realpath(radiograph))
        with self._lock:
            if self._ended:
                return ()
            # A hash, since paths may hold patients' names, or be too long for a name.
            self._key = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
            return self.look()

    def look(self) -> tuple[Holder, ...]:
        """Say that it is open still. Who has it open, too?"""
        with self._lock, suppress(OSError):
            if not self._key:
                return ()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file.touch()
            return self._others()
        return ()

    def release(self) -> None:
        """Nothing is open here any more."""
        with self._lock:
            if self._key:
                with suppress(OSError):
                    self._file.unlink(missing_ok=True)
                self._key = ""

    def end(self) -> None:
        """Nothing is open here any more, nor will be."""
        with self._lock:
            self._ended = True
            self.release()

    @property
    def _file(self) -> Path:
        host = quote(platform.node(), safe="")
        return self._folder / f"{self._key}-{os.getpid()}-{self._token}@{host}"

    def _others(self) -> tuple[Holder, ...]:
        found: set[Holder] = set()
        with os.scandir(self._folder) as entries:
            for entry in entries:
                said = _NAME.fullmatch(entry.name)
                if said is None or said[3] == self._token:
                    continue
                holder = Holder(unquote(said[4]), int(said[2]))
                with suppress(OSError):  # Removed meanwhile.
                    age = abs(time.time() - entry.stat().st_mtime)
                    if age > STALE_SECONDS or _is_gone(holder):
                        os.unlink(entry.path)
                    elif said[1] == self._key:
                        found.add(holder)
        return tuple(sorted(found, key=lambda each: (each.host, each.pid)))


def _is_gone(holder: Holder) -> bool:
    """Whether its process is known to have ended."""
    # On Windows, os.kill ends the process it is asked about.
    if os.name != "posix" or not holder.is_here:
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass  # Somebody else's, or no number of a process at all: its age tells.
    return False
