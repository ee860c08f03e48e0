"""Which radiographs a worklist holds: what is in folders, projects, exports, files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.errors import AnnotationFileError, FileError, RadiographError
from dentalviewer.formats import open_annotation_file
from dentalviewer.formats.locating import as_listed, radiographs_meant
from dentalviewer.formats.review_file import (
    REVIEW_SUFFIX,
    path_in_user_folder,
    radiograph_of,
)
from dentalviewer.radiograph import (
    NO_PICTURE,
    begins_as_picture,
    is_hidden_folder,
    is_radiograph,
    natural_name_order,
    natural_order,
)

_ANNOTATION_SUFFIXES = {".json", ".vott", ".xml"}
# Between two looks at the clock.
_STRIDE = 256

FileMark = tuple[int, int]
"""Size in bytes and time of the last change in ns: tell cheaply of a change."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What was opened: radiographs and folders, and annotation files in any mix.

    `left_out` says of all other files what is wrong with them.
    """

    paths: tuple[Path, ...] = ()
    annotation_files: tuple[Path, ...] = ()
    left_out: tuple[FileError, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """How a radiograph's file and its saved review were when they were listed.

    `review` is None where none is saved, `picture` where the file could not be seen.
    """

    picture: FileMark | None = None
    review: FileMark | None = None


UNMARKED = Marks()


@dataclass(frozen=True, slots=True)
class Listing:
    """Radiographs in the order of their folders.

    `problems` name what could not be read. A listing that is not `complete` stopped
    when its time was up; the rest follows in the same order.
    """

    found: dict[Path, Marks]
    problems: tuple[str, ...] = ()
    complete: bool = True

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those that the radiographs lie in."""
        return tuple(dict.fromkeys(path.parent for path in self.found))


def sources_of(paths: Iterable[Path]) -> Sources:
    """Tell radiographs and folders from annotation files, and from what is neither.

    Single files are looked into, since radiographs may have any name. A saved review
    stands for its radiograph.
    """
    wanted = tuple(as_listed(Path(os.path.abspath(path))) for path in paths)
    shown: list[Path] = []
    files: list[Path] = []
    left_out: list[FileError] = []
    for path in wanted:
        if is_annotation_name(path):
            files.append(path)
        elif os.path.isdir(path):
            shown.append(path)
        else:
            try:
                (shown if _is_picture(radiograph_of(path)) else files).append(path)
            except FileError as error:
                left_out.append(error)
    return Sources(tuple(shown), tuple(files), tuple(left_out))


def _is_picture(path: Path) -> bool:
    """Or else annotations of any name. Raises RadiographError if it is neither."""
    if begins_as_picture(path):
        return True
    if is_radiograph(path.name):
        raise RadiographError(path, NO_PICTURE)
    try:
        open_annotation_file(path)
    except AnnotationFileError as error:
        raise RadiographError(path, f"{NO_PICTURE}, and {error.fault}") from error
    return False


def is_annotation_name(path: Path) -> bool:
    """By the name alone; a saved review is none, though it is JSON."""
    return path.suffix.lower() in _ANNOTATION_SUFFIXES and radiograph_of(path) == path


def list_radiographs(
    sources: Sources, *, reviews: Path, seconds: float | None = None
) -> Listing:
    """The radiographs among files and reviews, in folders at any depth, and those that
    annotation files speak of, each once.

    Where folders hold none, those that annotation files in them speak of. `reviews` is
    where reviews lie that are not beside their radiographs. After `seconds` it stops,
    if something was found. Raises RadiographError or AnnotationFileError if nothing
    was found because of a fault.
    """
    search = _Search(reviews)
    end = None if seconds is None else time.monotonic() + seconds
    complete = True
    for count, (path, marks) in enumerate(search.through(sources)):
        search.found.setdefault(path, marks)
        if (
            end is not None
            and count % _STRIDE == _STRIDE - 1
            and time.monotonic() > end
        ):
            complete = False
            break
    if not search.found and search.faults:
        raise search.faults[0]
    return Listing(search.found, tuple(map(str, search.faults)), complete)


def lost_since(
    before: Mapping[Path, Marks], now: Mapping[Path, Marks], sources: Sources
) -> tuple[dict[Path, Marks], Path | None]:
    """The radiographs of an opened folder of which none can be seen any more, and that
    folder: rather a drive that went away than all of them deleted.
    """
    if before.keys() <= now.keys():
        return {}, None
    folders = {path.parent for path in now}
    seen = folders.union(*(folder.parents for folder in folders))
    for folder in sources.paths:
        # A radiograph that was opened by itself is no folder.
        if folder in seen or folder in before:
            continue
        were = {path: each for path, each in before.items() if folder in path.parents}
        if were:
            return were, folder
    return {}, None


def reviewed_first(found: Mapping[Path, Marks]) -> list[Path]:
    """Only of these is it unknown whether they are done."""
    return sorted(found, key=lambda path: found[path].review is None)


@dataclass(slots=True)
class _Search:
    reviews: Path
    found: dict[Path, Marks] = field(default_factory=dict)
    faults: list[FileError] = field(default_factory=list)
    _visited: set[str] = field(default_factory=set)
    _elsewhere: dict[str, FileMark | None] | None = None

    def through(self, sources: Sources) -> Iterator[tuple[Path, Marks]]:
        wanted = tuple(map(radiograph_of, sources.paths))
        for path in wanted:
            if path.is_dir():
                yield from self._in_folder(path)
            elif path.exists() or is_radiograph(path.name):
                yield path, self._marks(path)
            else:
                fault = "cannot be opened: there is no such file or folder"
                self.faults.append(RadiographError(path, fault))
        for file in sources.annotation_files:
            yield from self._meant_by(file)
        if not self.found:
            for folder in wanted:
                yield from self._meant_in(folder)

    def _in_folder(self, folder: Path) -> Iterator[tuple[Path, Marks]]:
        """First its own, in natural order, then those of the folders in it."""
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            fault = f"the folder cannot be read: {error.strerror}"
            self.faults.append(RadiographError(folder, fault))
            return
        # A link may lead back up. Not all drives of a network number their folders.
        place = os.path.realpath(folder)
        if place in self._visited:
            return
        self._visited.add(place)
        reviews = {e.name: e for e in entries if e.name.endswith(REVIEW_SUFFIX)}
        names = (e for e in entries if is_radiograph(e.name))
        for entry in sorted(names, key=lambda e: natural_name_order(e.name)):
            path = folder / entry.name
            beside = reviews.get(entry.name + REVIEW_SUFFIX)
            review = self._in_user_folder(path) if beside is None else _mark(beside)
            yield path, Marks(_mark(entry), review)
        inside = (Path(e.path) for e in entries if _is_open_folder(e))
        for path in sorted(inside, key=natural_order):
            yield from self._in_folder(path)

    def _meant_in(self, folder: Path) -> Iterator[tuple[Path, Marks]]:
        with suppress(OSError):
            for path in sorted(folder.iterdir(), key=natural_order):
                if is_annotation_name(path) and not path.name.startswith("."):
                    yield from self._meant_by(path)

    def _meant_by(self, file: Path) -> Iterator[tuple[Path, Marks]]:
        try:
            for path in radiographs_meant(file):
                yield path, self._marks(path)
        except AnnotationFileError as error:
            self.faults.append(error)

    def _marks(self, path: Path) -> Marks:
        beside = _mark(path.with_name(path.name + REVIEW_SUFFIX))
        return Marks(_mark(path), beside or self._in_user_folder(path))

    def _in_user_folder(self, path: Path) -> FileMark | None:
        if self._elsewhere is None:
            try:
                entries = os.scandir(self.reviews)
            except OSError:
                self._elsewhere = {}
            else:
                self._elsewhere = {entry.name: _mark(entry) for entry in entries}
        if not self._elsewhere:
            return None
        return self._elsewhere.get(path_in_user_folder(path, self.reviews).name)


def _is_open_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return not is_hidden_folder(entry.name) and entry.is_dir()
    except OSError:
        return False


def _mark(file: Path | os.DirEntry[str]) -> FileMark | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns
