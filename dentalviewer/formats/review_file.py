"""The review on disk: our own JSON, versioned, beside the radiograph.

`docs/adr/0004-review-file-beside-the-radiograph.md` says why. Reading is strict: what
is not understood in full is refused, since the next save would lose it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from dentalviewer.decisions import Decision
from dentalviewer.errors import ReviewConflictError, ReviewFileError
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._review_json import review_json, saved_review_of
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.review import Review
from dentalviewer.storage.disk import is_too_long, is_writable, patiently, rename
from dentalviewer.storage.files import MIB, content_digest, read_bytes, write_atomically
from dentalviewer.storage.json_object import parse_json
from dentalviewer.study import Study

__all__ = [
    "REVIEW_SUFFIX",
    "FileStamp",
    "SavedReview",
    "annotation_files",
    "find_review",
    "path_in_user_folder",
    "radiograph_of",
    "read_review",
    "require_picture",
    "review_content",
    "review_path",
    "saved_review",
    "set_aside",
    "stamp_of",
    "write_review",
]

REVIEW_SUFFIX = ".review.json"
MAX_BYTES = 64 * MIB
# Writing takes far less, also on a network drive.
LOCK_SECONDS = 3.0
# Of one name in a folder, in bytes, on every common file system.
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a file was like when it was last read or written."""

    size: int
    sha256: str


def saved_review(
    study: Study,
    review: Review,
    *,
    opened: Review,
    decisions: Iterable[Decision] = (),
) -> SavedReview:
    """What is to be saved of a review; annotation files are named from the radiograph's
    folder, so that the folder can be moved.
    """
    radiograph = study.radiograph
    return SavedReview(
        radiograph=radiograph.path.name,
        radiograph_sha256=radiograph.sha256,
        size=radiograph.size,
        annotation_paths=tuple(
            _from_folder(path, radiograph.path.parent)
            for path in study.annotation_paths
        ),
        review=review,
        opened=opened,
        decisions=tuple(decisions),
    )


def annotation_files(saved: SavedReview, radiograph: Path) -> tuple[Path, ...]:
    """Where the annotation files of a saved review lie, seen from its radiograph."""
    folder = os.path.abspath(radiograph.parent)
    return tuple(
        Path(os.path.normpath(os.path.join(folder, path)))
        for path in saved.annotation_paths
    )


def require_picture(saved: SavedReview, radiograph: Path, path: Path) -> None:
    """The radiograph must be the picture that was reviewed: what `path`, the review
    file, says of another one holds of nothing.

    Raises ReviewFileError, RadiographError if the size cannot be told, or OSError.
    """
    size = upright_size(radiograph)
    if saved.size != size:
        fault = f"{radiograph.name} had {saved.size} pixels when reviewed, now {size}"
        raise ReviewFileError(path, fault)
    sha256 = saved.radiograph_sha256
    if sha256 and content_digest(radiograph) != sha256:
        fault = f"{radiograph.name} is another file than was reviewed: open it, check"
        raise ReviewFileError(path, f"{fault} every finding, and choose Done")


def _from_folder(path: Path, folder: Path) -> PurePath:
    try:
        return PurePath(os.path.relpath(path, folder))
    except ValueError:  # On another drive of Windows.
        return PurePath(path.name)


def review_path(radiograph: Path, user_folder: Path) -> Path:
    """Where the review of a radiograph is, or is to be, saved.

    Beside the radiograph; in `user_folder` where nothing can be written there, which is
    tried. One that already lies in either place is kept to, if none lies in the other.
    """
    places = _places(radiograph, user_folder)
    first, *others = [place for place in places if place.exists()] or places
    return first if not others or is_writable(radiograph.parent) else others[0]


def find_review(radiograph: Path, user_folder: Path) -> Path | None:
    """Where the review of a radiograph is saved, None if there is none.

    For who only reads: that its folder takes files is tried, which changes it, only
    where there is one in both places.
    """
    found = [p for p in _places(radiograph, user_folder) if p.exists()]
    if len(found) > 1:
        return review_path(radiograph, user_folder)
    return found[0] if found else None


def _places(radiograph: Path, user_folder: Path) -> list[Path]:
    """Beside the radiograph, unless that is too long, and in the user's folder."""
    own = path_in_user_folder(radiograph, user_folder)
    beside = radiograph.with_name(radiograph.name + REVIEW_SUFFIX)
    if len(os.fsencode(beside.name)) > MAX_NAME or is_too_long(beside):
        return [own]
    return [beside, own]


def has_reviews(folder: Path) -> bool:
    """Whether reviews lie in a folder, at any depth."""
    return folder.is_dir() and any(folder.rglob(f"*{REVIEW_SUFFIX}"))


def radiograph_of(path: Path) -> Path:
    """The radiograph that a review file beside it is about; any other path as it is."""
    if path.name.endswith(REVIEW_SUFFIX):
        return path.with_name(path.name.removesuffix(REVIEW_SUFFIX))
    return path


def path_in_user_folder(radiograph: Path, user_folder: Path) -> Path:
    """Where a review lies that cannot lie beside its radiograph.

    Many radiographs are named 1.png: the folder they come from is part of the name.

    A hash of it, since paths may hold patients' names and be longer than a name may.
    """
    place = os.path.normcase(os.path.abspath(radiograph))
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    return user_folder / f"{radiograph.name[:40]}-{digest}{REVIEW_SUFFIX}"


def read_review(path: Path) -> tuple[SavedReview, FileStamp]:
    """The saved review, and the stamp that the next `write_review` is to be given.

    Raises ReviewFileError if the file is not a review in full, or of a newer version.
    """
    content = read_bytes(path, error=ReviewFileError, max_bytes=MAX_BYTES)
    value = parse_json(path, content, ReviewFileError)
    return saved_review_of(path, value), _stamp(content)


def write_review(
    path: Path, saved: SavedReview, *, last: FileStamp | None
) -> FileStamp:
    """Save the review, wholly or not at all; returns the file's stamp.

    `last` is the stamp of the file as it was last read or written here, None if it was
    not there. Raises ReviewConflictError, and writes nothing, if somebody else has
    changed it since; ReviewFileError if it cannot be saved.
    """
    content = review_content(path, saved)
    if path.name != saved.radiograph + REVIEW_SUFFIX:
        # Not beside the radiograph: where a drive is gone, nobody wants a folder
        # in its place.
        _make_folder(path)
    with _alone_with(path):
        if not _is_already(content, path, last):
            write_atomically(path, content, error=ReviewFileError)
        return _stamp(content)


def review_content(path: Path, saved: SavedReview) -> bytes:
    """What a review file at `path` holds. Raises ReviewFileError if it cannot be."""
    try:
        text = json.dumps(
            review_json(saved),
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
        )
    except ValueError as fault:
        raise ReviewFileError(path, f"cannot be saved: {fault}") from fault
    # Half characters, as in file names that are not UTF-8, have no place in a file.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.encode()


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Keep other windows from writing between a look at the file and its replacement.

    Raises ReviewFileError if nothing can be written there.
    """
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    lock = path.with_name(f".{name}.lock")
    end, held = time.monotonic() + LOCK_SECONDS, None
    try:
        while not _took(lock):
            now, holder = time.monotonic(), _holder(lock)
            if holder != held:
                end, held = now + LOCK_SECONDS, holder
            elif now > end:
                # Only a program that was ended holds it for so long.
                patiently(lambda: lock.unlink(missing_ok=True))
            time.sleep(0.01)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ReviewFileError(path, f"cannot be saved: {reason}") from fault
    try:
        yield
    finally:
        # What is saved is saved; a lock that stays falls as that of an ended program.
        with suppress(OSError):
            patiently(lambda: lock.unlink(missing_ok=True))


def _took(lock: Path) -> bool:
    """Whether the lock is ours now. Raises OSError if nothing can be written there."""
    try:
        # Windows refuses the name while an earlier lock of it is being deleted.
        patiently(lambda: os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)))
    except FileExistsError:
        return False
    return True


def _holder(lock: Path) -> int | None:
    """Since when it is held, which tells who holds it: no clock of a disk is as coarse
    as LOCK_SECONDS. Drives of a network may number one file otherwise each time.
    """
    try:
        return lock.stat().st_mtime_ns
    except OSError:
        return None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ReviewFileError(path, f"cannot be saved: {reason}") from fault


def _is_already(content: bytes, path: Path, last: FileStamp | None) -> bool:
    """Whether the file holds just that; ReviewConflictError if it holds other news."""
    if not path.exists():
        return False
    found = read_bytes(path, error=ReviewFileError, max_bytes=MAX_BYTES)
    if found == content:
        return True
    if last is None or hashlib.sha256(found).hexdigest() != last.sha256:
        # What was there from the start was not changed, only never read.
        what = (
            "another review is saved there already"
            if last is None
            else "somebody else has changed the saved review meanwhile"
        )
        raise ReviewConflictError(path, f"{what}; nothing was written over it")
    return False


def stamp_of(path: Path) -> FileStamp:
    """The stamp of a file as it is now. Raises ReviewFileError."""
    content = read_bytes(path, error=ReviewFileError, max_bytes=MAX_BYTES)
    return _stamp(content)


def _stamp(content: bytes) -> FileStamp:
    return FileStamp(len(content), hashlib.sha256(content).hexdigest())


def set_aside(path: Path, ending: str = "unreadable") -> Path:
    """Rename a file that cannot be read, or that another one takes the place of, over
    no other file; returns its new path.

    Raises OSError if it cannot be renamed.
    """
    number = 1
    while True:
        count = "" if number == 1 else f"-{number}"
        aside = path.with_name(f"{path.name}.{ending}{count}")
        try:
            # Takes the name for ourselves; there is no renaming that never overwrites.
            with aside.open("xb"):
                pass
        except FileExistsError:
            number += 1
            continue
        try:
            rename(path, aside)
        except OSError:
            with suppress(OSError):
                aside.unlink()
            raise
        return aside
