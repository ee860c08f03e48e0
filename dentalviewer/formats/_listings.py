"""Files by their names, for so many that asking the disk for each takes too long.

A letter such as ü can be written as one sign or as u and two points, and names that
come from a Mac mostly are as the latter. Not all disks take both for one name.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from dentalviewer.formats._image_names import folded

# Under what name a folder has a file of a name, None if it has none; the disk is asked,
# or what was listed of it.
FindFile = Callable[[str, str], str | None]

# Clocks of file systems are coarse; network drives count in seconds.
_SETTLED_NS = 4_000_000_000
# On FAT and exFAT, as most sticks have it, Windows does not tell of a folder that files
# were added to it.
_KNOWN_SECONDS = 10


def find_on_disk(folder: str, name: str) -> str | None:
    """A FindFile that notices what changes."""
    found = _spelled(folder, name)
    return found if os.path.isfile(os.path.join(folder, found)) else None


def folder_on_disk(folder: str, path: str) -> str:
    """The folder at the end of a path, with its names as the disk has them."""
    if path.isascii():
        return os.path.join(folder, path) if path else folder
    place = folder
    for part in path.split(os.sep):
        place = os.path.join(place, _spelled(place, part))
    return place


def settled_since(folder: str | os.PathLike[str]) -> tuple[int, int] | None:
    """What stays the same as long as nothing is known to have changed in a folder; None
    while more may change unnoticed.

    Raises OSError where that cannot be told.
    """
    changed = os.stat(folder).st_mtime_ns
    if abs(time.time_ns() - changed) < _SETTLED_NS:
        return None
    return changed, int(time.monotonic()) // _KNOWN_SECONDS


@dataclass(frozen=True, slots=True)
class _Listed:
    """The files of a folder, and their names by other ways to write them."""

    files: frozenset[str]
    composed: Mapping[str, str]
    folded: Mapping[str, str]


@dataclass(slots=True)
class Listings:
    """Folders, listed when first asked about; what changes later is not noticed."""

    _known: dict[str, _Listed | None] = field(default_factory=dict)

    def find_file(self, folder: str, name: str) -> str | None:
        if folder not in self._known:
            self._known[folder] = _listed(folder)
        listed = self._known[folder]
        if listed is None:
            return find_on_disk(folder, name)
        if name in listed.files:
            return name
        if not listed.files:  # As of most places that are looked into.
            return None
        found = listed.composed.get(_composed(name))
        if found is None:
            found = listed.folded.get(folded(name))
            # Some disks do not tell cases apart.
            if found and not os.path.isfile(os.path.join(folder, name)):
                return None
        return found


def _listed(folder: str) -> _Listed | None:
    """None where the folder does not let itself be listed."""
    try:
        with os.scandir(folder) as entries:
            files = frozenset(entry.name for entry in entries if entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        files = frozenset()
    except (OSError, ValueError):
        return None
    return _Listed(files, _by_composed(files), {folded(name): name for name in files})


def _spelled(folder: str, name: str) -> str:
    """As a folder spells a name, or as it is where it has none like it.

    A disk that takes two spellings for one name does not tell which of them it has.
    """
    if name.isascii():
        return name
    try:
        settled = settled_since(folder)
        if settled is None:
            names = _by_composed(os.listdir(folder))
        else:
            names = _names_once(folder, settled)
    except (OSError, ValueError):
        return name
    return names.get(name) or names.get(_composed(name), name)


@lru_cache(maxsize=16)
def _names_once(folder: str, _settled: tuple[int, int]) -> Mapping[str, str]:
    return _by_composed(os.listdir(folder))


def _by_composed(names: Iterable[str]) -> Mapping[str, str]:
    """Of the names that can be written otherwise; each is also there as it is."""
    others = [name for name in names if not name.isascii()]
    return {_composed(name): name for name in others} | {name: name for name in others}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
