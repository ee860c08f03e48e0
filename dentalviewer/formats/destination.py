"""Where a conversion may write, so that nothing is read twice afterwards."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._export import ANOTHER_SPLIT, IS_THERE
from dentalviewer.formats._image_names import folded
from dentalviewer.formats.class_settings import FILE_NAME as CLASS_SETTINGS
from dentalviewer.formats.locating import radiographs_below

COCO_FILE = "annotations/instances_{}.json"
_PARTS = ("default", "train", "val")
# Of the files that formats without a word for parts write.
_SUFFIXES = (".json", ".vott", ".csv")

Tell = Callable[[str, int, int], object]
"""Given what is done, how many of it are done, and how many there are; 0 where that is
not known yet.
"""


def require_apart(destination: Path, sources: Sequence[Path]) -> None:
    place = real_path(destination)
    for folder in dict.fromkeys(source.parent for source in sources):
        source = real_path(folder)
        if place.is_relative_to(source) or source.is_relative_to(place):
            raise AnnotationFileError(
                destination,
                f"what is exported lies in {folder}: choose a folder apart from it",
            )


def real_path(path: Path) -> Path:
    return Path(os.path.realpath(path))


def require_same_split(folder: Path, format_name: str, parts: Iterable[str]) -> None:
    """Raises AnnotationFileError where an earlier export into the folder has a file or
    folder for a part that is not written now: read again, its images counted twice.
    """
    others = [name for name in _PARTS if name not in parts]
    if format_name == "coco":
        places = [folder / COCO_FILE.format(name) for name in others]
    else:
        places = [folder / name for name in others if name != "default"]
        if "default" in others:
            # What else a reader has put there is no export.
            found = (p for suffix in _SUFFIXES for p in folder.glob(f"*{suffix}"))
            places += [path for path in found if path.name != CLASS_SETTINGS]
    for place in places:
        if place.exists():
            raise AnnotationFileError(place, ANOTHER_SPLIT)


@dataclass(slots=True)
class Counting:
    """Tells of one radiograph after the other."""

    tell: Tell
    what: str
    total: int
    done: int = 0

    def __call__(self, _radiograph: Path) -> None:
        self.tell(self.what, self.done, self.total)
        self.done += 1


class Copying:
    """Tells of one copy after the other, and lets none be made beside another one that
    an earlier export left elsewhere in the folder.
    """

    def __init__(self, tell: Tell, total: int, folder: Path) -> None:
        self._count = Counting(tell, "Copying", total)
        self._there: dict[str, list[Path]] = {}
        for path in radiographs_below(folder):
            self._there.setdefault(folded(path.name), []).append(path)

    def __call__(self, radiograph: Path, target: Path) -> None:
        """Raises AnnotationFileError."""
        for other in self._there.get(folded(target.name), ()):
            elsewhere = os.path.abspath(other) != os.path.abspath(target)
            if elsewhere and _is_same(radiograph, other):
                raise AnnotationFileError(other, IS_THERE)
        self._count(radiograph)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False  # That it cannot be copied is told where it is.
