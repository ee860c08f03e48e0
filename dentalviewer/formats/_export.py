"""What every export shares: copies of radiographs, and notes on what is left out."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path, PurePosixPath

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._image_names import folded, short_name, stated_names
from dentalviewer.formats._outgoing import Outgoing
from dentalviewer.phrases import counted
from dentalviewer.storage.disk import rename
from dentalviewer.storage.files import temporary_beside, write_atomically

IS_THERE = (
    "this radiograph is here already, as of an earlier export that is laid out"
    " otherwise: both would be read, and it would count twice. Choose a new folder"
)
ITSELF = (
    "this is to be written, and a copy beside it would count twice: choose a folder"
    " apart from the radiographs"
)
ANOTHER_SPLIT = (
    "this is of an earlier export with other parts, beside which radiographs would"
    " count twice: choose a new folder, or delete the earlier export"
)


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: the file or folder to open, and what it could not hold."""

    path: Path
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Begun:
    """What an export has made so far, and what it has written over."""

    files: dict[Path, None] = field(default_factory=dict)
    folders: dict[Path, None] = field(default_factory=dict)
    earlier: dict[Path, bytes] = field(default_factory=dict)

    def note(self, file: Path) -> None:
        """Before the file is written or removed, and its folder made. Raises OSError
        if it is there and cannot be read.
        """
        if file in self.files or file in self.earlier:
            return
        if file.exists():
            self.earlier[file] = file.read_bytes()
            return
        self.files[file] = None
        if file.parent not in self.folders:
            new = takewhile(lambda folder: not folder.exists(), file.parents)
            self.folders |= dict.fromkeys(new)

    def take_back(self) -> None:
        """Remove what was made, folders only if nothing else is in them; then there is
        room for what was written over.
        """
        for file in self.files:
            with suppress(OSError):
                file.unlink(missing_ok=True)
        for folder in sorted(self.folders, key=lambda each: -len(each.parts)):
            with suppress(OSError):
                folder.rmdir()
        for file, content in self.earlier.items():
            with suppress(AnnotationFileError):
                _save(file, content)


_begun: ContextVar[_Begun | None] = ContextVar("begun", default=None)


@contextmanager
def wholly_or_not_at_all() -> Iterator[None]:
    """Within, an export on this thread that does not come to its end, be it refused or
    stopped, leaves all files and folders as they were.
    """
    begun = _Begun()
    token = _begun.set(begun)
    try:
        yield
    except BaseException:
        begun.take_back()
        raise
    finally:
        _begun.reset(token)


def written_so_far() -> frozenset[Path]:
    """The files of the export that is under way on this thread."""
    begun = _begun.get()
    return frozenset() if begun is None else frozenset((*begun.files, *begun.earlier))


def _note(file: Path) -> None:
    begun = _begun.get()
    if begun is not None:
        begun.note(file)


def write_export(path: Path, text: str) -> None:
    """Write one file of an export, with its folder. Raises AnnotationFileError."""
    try:
        _note(path)
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(path, f"cannot be saved: {reason}") from fault
    # Half a character in what a file says besides, as JSON alone can write it.
    _save(path, text.encode(errors="backslashreplace"))


def _save(path: Path, content: bytes) -> None:
    write_atomically(path, content, error=AnnotationFileError, lasting=False)


def remove_earlier(file: Path) -> None:
    """What an earlier export has written there, for it would be read again.

    Raises AnnotationFileError.
    """
    try:
        if file.exists():
            _note(file)
            file.unlink()
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(file, f"cannot be removed: {reason}") from fault


Copying = Callable[[Path, Path], object]
"""Given a radiograph, and where a copy of it goes."""

_tell: ContextVar[Copying | None] = ContextVar("tell", default=None)


@contextmanager
def telling_of_copies(tell: Copying) -> Iterator[None]:
    """Within, `tell` is given each radiograph, and where it goes, before an export on
    this thread copies it; what it raises ends the export.
    """
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def copy_radiograph(source: Path, target: Path, *, replace: bool = False) -> None:
    """Copy the file as it is, wholly or not at all.

    Raises AnnotationFileError, also where another picture would be written over; with
    `replace` it is.
    """
    tell = _tell.get()
    if tell is not None:
        tell(source, target)
    try:
        if not replace and target.exists():
            if filecmp.cmp(source, target, shallow=False):
                return
            fault = "another picture is here already: choose another folder"
            raise AnnotationFileError(target, fault)
        _note(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_beside(target)
        try:
            shutil.copyfile(source, temporary)
            rename(temporary, target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(
            target, f"the radiograph {source} cannot be copied here: {reason}"
        ) from fault


def path_between(folder: Path, file: Path) -> str:
    """The relative path from a folder to a file; the whole one across drives."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:
        return Path(os.path.abspath(file)).as_posix()


def file_stems(images: Sequence[LabelledImage]) -> list[str]:
    """For each image the stem of its own annotation file; never two alike.

    The stem of the image; its whole name where images differ only in their suffix;
    cut where no suffix would fit behind it.
    """
    names = [PurePosixPath(name) for name in stated_names(images)]
    taken: set[str] = set()
    alike = _repeated(folded(name.with_suffix("").as_posix()) for name in names)
    stems = []
    for name in names:
        stem = name.with_suffix("").as_posix()
        if folded(stem) in alike:
            stem = name.as_posix()
        stem = short_name(stem)
        number, free = 2, stem
        while folded(free) in taken:
            free = f"{stem}-{number}"
            number += 1
        taken.add(folded(free))
        stems.append(free)
    return stems


def _repeated(texts: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {text for text in texts if text in seen or seen.add(text)}  # type: ignore[func-returns-value]


def notes_on(
    going: Outgoing,
    format_name: str,
    *,
    teeth: bool = False,
    scores: bool = False,
    doubts: bool = False,
    cautions: bool = False,
) -> list[str]:
    """What is lost in a format that holds teeth, scores, what is uncertain, or what is
    asked of a radiograph, or does not.
    """
    notes = []
    findings = [finding for image in going.images for finding in image.findings]
    with_tooth = sum(finding.tooth is not None for finding in findings)
    with_score = sum(finding.score is not None for finding in findings)
    if with_tooth and not teeth:
        notes.append(
            f"{format_name} has no room for the tooth numbers of"
            f" {counted(with_tooth, 'finding')}"
        )
    if with_score and not scores:
        notes.append(
            f"{format_name} has no room for the scores of"
            f" {counted(with_score, 'finding')}"
        )
    doubted = sum(finding.uncertain for finding in findings)
    if doubted and not doubts:
        are = "1 finding is" if doubted == 1 else f"{doubted} findings are"
        notes.append(f"{format_name} has no room for it that {are} uncertain")
    asked = sum(bool(image.cautions) for image in going.images)
    if asked and not cautions:
        notes.append(
            f"{format_name} has no room for the cautions about"
            f" {counted(asked, 'radiograph')}"
        )
    if going.outside:
        were = "box outside its radiograph was", "boxes outside their radiograph were"
        notes.append(f"{counted(going.outside, *were)} left out")
    if going.cut:
        were = "box was cut at the edge of its", "boxes were cut at the edge of their"
        notes.append(f"{counted(going.cut, *were)} radiograph")
    return notes


def note_on_outlines(changed: int) -> list[str]:
    """Of outlines whose box was moved, so that only the box is still true."""
    if not changed:
        return []
    if changed == 1:
        return ["1 outline became a box, since the box around it was changed"]
    return [f"{changed} outlines became boxes, since the box around them was changed"]
