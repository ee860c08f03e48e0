"""Finding radiographs: below a folder, or by what an annotation file says of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PureWindowsPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._image_names import base_name
from dentalviewer.formats._listings import FindFile, Listings, folder_on_disk
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._project import SET_NAME
from dentalviewer.radiograph import SUFFIXES, is_hidden_folder, is_radiograph

# What COCO's files are called is what they tell of, then the part.
_PART = re.compile(r"(?:instances|image_info|stuff|person_keypoints)_(.+)")


def as_listed(path: Path) -> Path:
    """A whole path with its names as folders list them.

    On macOS dialogs tell ä as one sign where the disk has a and two points, and either
    opens the file.
    """
    return Path(folder_on_disk(path.anchor, os.path.join("", *path.parts[1:])))


def radiographs_below(
    folder: Path, fail: Callable[[OSError], object] | None = None
) -> Iterator[Path]:
    """At any depth, in the order of their names; hidden folders are passed over.

    Folders that cannot be listed are passed over, too, and `fail` is told why.
    """
    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not is_hidden_folder(name))
        here = Path(place)
        for name in sorted(names):
            if is_radiograph(name):
                yield here / name


def radiographs_meant(file: Path) -> tuple[Path, ...]:
    """Those that an annotation file speaks of and that are there, each once.

    Raises AnnotationFileError if it cannot be read, or none of its pictures is there.
    """
    stated = tuple(open_annotation_file(file).images.values())
    locator = Locator(file, Listings().find_file)
    located = map(locator.locate, stated)
    found = tuple(dict.fromkeys(path for path in located if path is not None))
    if not found:
        names = ", ".join(f'"{base_name(each)}"' for each in stated[:3])
        raise AnnotationFileError(
            file, f"its pictures are not there: {names}" if names else "it names none"
        )
    return found


def counterpart(folder: Path, name: str, other: str) -> Path | None:
    """Where `other` has what a folder below `name` has: Ultralytics has images/train
    for labels/train. None if the folder is not below one of that name.
    """
    parts = folder.parts
    if name not in parts:
        return None
    place = len(parts) - 1 - parts[::-1].index(name)
    below = os.path.join("", *parts[place + 1 :])
    return Path(folder_on_disk(os.path.join(*parts[:place], other), below))


class Locator:
    """Finds the pictures that one annotation file means; `find_file` is asked for them.

    Near the file first, with as much of the path as fits: paths of another computer
    are in most files.
    """

    def __init__(self, path: Path, find_file: FindFile) -> None:
        self._find_file = find_file
        above = path.parent.parent
        folders = [
            path.parent,
            path.with_suffix(""),
            path.parent / "images",
            path.parent / "JPEGImages",
            above,
            above / "images",
            above / "JPEGImages",
            # Annotations of sub-folders lie in sub-folders.
            *(p.parent / "JPEGImages" for p in path.parents if p.name == "Annotations"),
        ]
        for side in _sides(path.stem):
            folders += [
                path.parent / "images" / side,
                above / "images" / side,
                path.parent / side,
                above / side,
            ]
        # As Ultralytics has it, and LabelMe.
        for name, other in (("labels", "images"), ("Annotations", "Images")):
            images = counterpart(Path(os.path.abspath(path.parent)), name, other)
            if images is not None:
                folders.append(images)
        self._folders = [os.path.abspath(folder) for folder in folders]
        # For the folders that were stated last, since most pictures share theirs.
        self._stated: str | None = None
        self._places: list[str] = []
        self._drives: dict[str, bool] = {}

    def locate(self, stated: str) -> Path | None:
        """The picture that is meant by a name or path; None if not found."""
        name = base_name(stated)
        if not name or "\0" in stated:
            return None
        # "C:7.png" is 7.png on a drive.
        file = PureWindowsPath(stated).name if ":" in name else name
        for place in self._places_for(stated.removesuffix(name)):
            if found := self._find_file(place, file):
                return Path(place, found)
        if os.path.isabs(stated) and self._is_file(stated):
            return self._as_listed(Path(os.path.abspath(stated)))
        if Path(name).suffix.casefold() in SUFFIXES:
            return None
        # VoTT 1 leaves the suffix off.
        for folder in self._folders:
            for suffix in SUFFIXES:
                if found := self._find_file(folder, name + suffix):
                    return Path(folder, found)
        return None

    def _is_file(self, stated: str) -> bool:
        """A server or a drive of another computer is asked for once: Windows looks for
        one that is not there for seconds.
        """
        drive, _ = os.path.splitdrive(stated)
        if drive not in self._drives:
            self._drives[drive] = not drive or _is_there(drive + os.sep)
        return self._drives[drive] and os.path.isfile(stated)

    def _as_listed(self, path: Path) -> Path:
        """A file that is there, with the names that its folders list."""
        folders = os.path.join("", *path.parent.parts[1:])
        folder = folder_on_disk(path.anchor, folders)
        return Path(folder, self._find_file(folder, path.name) or path.name)

    def _places_for(self, stated: str) -> list[str]:
        """Where a picture may lie that is stated to lie in these folders."""
        if stated != self._stated:
            ends = _ends(stated)
            self._places = [
                place
                for folder in self._folders
                for end in ends
                for place in _reached(folder, end)
            ]
            self._stated = stated
        return self._places


def _sides(stem: str) -> Iterable[str]:
    """What the folder for the pictures of a part of a set may be called."""
    if named := SET_NAME.fullmatch(stem):
        # Sets have images/val, and COCO's own val2017 beside their annotations.
        return dict.fromkeys((named[1], named[1] + named[2]))
    # Datumaro calls the only part "default", and others as they are called.
    return [part[1]] if (part := _PART.fullmatch(stem)) else []


def _is_there(drive: str) -> bool:
    """Or may be: who may not see a share may see a folder in it."""
    try:
        os.stat(drive)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _ends(stated: str) -> list[str]:
    """Folders as they are stated, less one after the other down to none."""
    whole = PureWindowsPath(stated)
    parts = whole.relative_to(whole.anchor).parts
    return [os.path.join("", *parts[first:]) for first in range(len(parts) + 1)]


def _reached(folder: str, end: str) -> list[str]:
    """The folder at the end of a path; where it leads up, as written and as it is."""
    place = folder_on_disk(folder, end)
    if ".." not in end:
        return [place]
    # Above a link lie other folders than above what it leads to.
    return [os.path.normpath(place), os.path.realpath(place)]
