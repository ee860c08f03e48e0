"""Reading and writing files so that nothing is lost and nothing is half believed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

from dentalviewer.errors import FileError
from dentalviewer.storage.disk import is_writable, patiently, rename

MIB = 1024 * 1024
# No file takes a day to be written.
ABANDONED_SECONDS = 24 * 3600
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")
_cleared: set[Path] = set()


def write_atomically(
    path: Path,
    content: bytes,
    *,
    error: type[FileError] = FileError,
    lasting: bool = True,
) -> None:
    """Replace the file by `content` wholly, or leave it wholly as it was.

    Keeps the mode of an existing file and writes through a link to its target.
    `lasting` waits until the disk has it, some milliseconds; not needed for what can
    be made again. Raises `error`, naming the file and the reason, if it cannot be
    saved.
    """
    try:
        target = Path(os.path.realpath(path))
        temporary = temporary_beside(target)
        try:
            _write_through(temporary, content, lasting=lasting)
            if target.exists():
                if not os.access(target, os.W_OK):
                    raise error(path, "cannot be saved: the file is read-only")
                temporary.chmod(target.stat().st_mode & 0o7777)
            _require_length(path, temporary, len(content), error)
            rename(temporary, target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        if lasting:
            _sync_folder(target.parent)
            with suppress(PermissionError):  # It is there, and somebody has it open.
                _require_length(path, target, len(content), error)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise error(path, f"cannot be saved: {reason}") from fault


def temporary_beside(target: Path) -> Path:
    """Where a file is written before it takes the place of `target`.

    What those that were killed meanwhile left in the folder is cleared away, for it may
    tell of a patient: once by each process, since a folder may be large.
    """
    folder = target.parent
    if folder not in _cleared:
        _cleared.add(folder)
        _clear_leftovers(folder)
    return target.with_name(f".{secrets.token_hex(8)}.tmp")


def _clear_leftovers(folder: Path) -> None:
    """Those that nobody is writing any more; that it fails keeps nobody from saving."""
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if _TEMPORARY.fullmatch(e.name)]
    except OSError:
        return
    for entry in found:
        with suppress(OSError):  # Perhaps somebody has it open.
            if time.time() - entry.stat().st_mtime > ABANDONED_SECONDS:
                os.unlink(entry.path)


def make_folder(folder: Path) -> None:
    """Make a folder to write to, unless it is there. Raises FileError, naming it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise FileError(folder, "is a file, not a folder to write to") from error
    except OSError as error:
        raise FileError(folder, f"cannot be made: {error.strerror}") from error
    if not is_writable(folder):
        raise FileError(folder, "cannot be written to")


def make_room_for(file: Path) -> None:
    """Make the folder of a file that is to be written after long work.

    Raises FileError, naming what is in the way, if it could not be written then.
    """
    if file.is_dir():
        raise FileError(file, "is a folder, not a file to write to")
    make_folder(file.parent)
    if file.exists() and not os.access(file, os.W_OK):
        raise FileError(file, "cannot be saved: the file is read-only")


def _write_through(path: Path, content: bytes, *, lasting: bool) -> None:
    with path.open("xb") as file:
        file.write(content)
        if lasting:
            file.flush()
            os.fsync(file.fileno())


def _require_length(
    path: Path, written: Path, length: int, error: type[FileError]
) -> None:
    """Some network drives say "saved" and keep nothing."""
    found = len(written.read_bytes())
    if found != length:
        raise error(
            path, f"cannot be saved: {found} of {length} bytes arrived on the disk"
        )


def _sync_folder(folder: Path) -> None:
    """Make the new name last, where the system can; the file itself is on the disk."""
    # Windows cannot open a folder, and network file systems refuse to sync one.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_bytes(path: Path, *, error: type[FileError], max_bytes: int) -> bytes:
    """The whole content; raises `error` if it cannot be had or is too much."""
    try:
        # First, for what is no file may keep whoever opens it waiting.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise error(path, "this is not a file")
        content, length = patiently(lambda: _content_and_length(path, max_bytes + 1))
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise error(path, f"cannot be opened: {reason}") from fault
    except ValueError as fault:  # A name with a NUL character.
        raise error(path, f"cannot be opened: {fault}") from fault
    if max(length, len(content)) > max_bytes:
        raise error(path, f"the file is too large (over {max_bytes / MIB:.0f} MB)")
    return content


def content_digest(path: Path) -> str:
    """The sha256 of a file's bytes, however many. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content_and_length(path: Path, limit: int) -> tuple[bytes, int]:
    with open(path, "rb", buffering=0) as file:
        length = os.fstat(file.fileno()).st_size
        return _read_up_to(file, length, limit), length


def _read_up_to(file: FileIO, expected: int, limit: int) -> bytes:
    """All that the file has; no more than `limit`, and nothing if that is expected."""
    if expected >= limit:
        return b""
    parts = [file.read(expected + 1)]
    while parts[-1] and (room := limit - sum(map(len, parts))) > 0:
        parts.append(file.read(min(room, MIB)))
    return b"".join(parts)


def read_text(path: Path, *, error: type[FileError], max_bytes: int) -> str:
    """Of UTF-8, with a byte order mark or without; raises `error` as `read_bytes`."""
    return decoded_text(path, read_bytes(path, error=error, max_bytes=max_bytes), error)


def decoded_text(path: Path, content: bytes, error: type[FileError]) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error(path, f"not UTF-8 text (byte {fault.start + 1})") from fault
