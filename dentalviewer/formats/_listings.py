"""Whether files are there, for so many of them that asking for each takes too long."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from dentalviewer.formats._image_names import folded

# Whether a folder has a file of a name; the disk is asked, or what was listed of it.
IsFile = Callable[[str, str], bool]


def is_file_on_disk(folder: str, name: str) -> bool:
    return os.path.isfile(os.path.join(folder, name))


@dataclass(frozen=True, slots=True)
class _Listed:
    files: frozenset[str]
    folded: frozenset[str]


@dataclass(slots=True)
class Listings:
    """Folders, listed when first asked about; what changes later is not noticed."""

    _known: dict[str, _Listed | None] = field(default_factory=dict)

    def is_file(self, folder: str, name: str) -> bool:
        if folder not in self._known:
            self._known[folder] = _listed(folder)
        listed = self._known[folder]
        if listed is None:
            return is_file_on_disk(folder, name)
        if name in listed.files:
            return True
        if not listed.files:  # As of most places that are looked into.
            return False
        # Some disks do not tell cases apart, or ways to compose a letter.
        return folded(name) in listed.folded and is_file_on_disk(folder, name)


def _listed(folder: str) -> _Listed | None:
    """None where the folder does not let itself be listed."""
    try:
        with os.scandir(folder) as entries:
            files = frozenset(entry.name for entry in entries if entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        files = frozenset()
    except (OSError, ValueError):
        return None
    return _Listed(files, frozenset(map(folded, files)))
