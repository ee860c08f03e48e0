"""Reading and writing files so that nothing is lost and nothing is half believed."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from itertools import chain
from pathlib import Path

from dentalviewer.errors import FileError
from dentalviewer.formats._disk import is_writable, patiently, rename

MIB = 1024 * 1024
MAX_DEPTH = 200
# No file takes a day to be written.
ABANDONED_SECONDS = 24 * 3600
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")
_cleared: set[Path] = set()
_CONTAINERS = (dict, list)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


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


def read_json(
    path: Path, *, error: type[FileError], max_bytes: int = 64 * MIB
) -> object:
    """What the JSON file says, if it says it strictly; `parse_json` has the rules."""
    return parse_json(path, read_bytes(path, error=error, max_bytes=max_bytes), error)


def parse_json(path: Path, content: bytes, error: type[FileError]) -> object:
    """Strict JSON: UTF-8 (a byte order mark is let pass), finite numbers, unique keys.

    Raises `error` otherwise, or if values lie deeper than MAX_DEPTH in each other.
    """
    too_deep = f"values lie in each other more than {MAX_DEPTH} deep"
    try:
        value: object = json.loads(
            decoded_text(path, content, error),
            object_pairs_hook=_unique_pairs,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
        )
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise error(path, f"not valid JSON: {fault.msg} ({place})") from fault
    except ValueError as fault:
        raise error(path, f"not valid JSON: {fault}") from fault
    except RecursionError as fault:
        raise error(path, too_deep) from fault
    except MemoryError as fault:
        raise error(path, "the file is too large for the memory") from fault
    openings = content.count(b"[") + content.count(b"{")
    if openings > MAX_DEPTH and _is_deeper_than(MAX_DEPTH, value):
        raise error(path, too_deep)
    return value


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key!a} occurs twice in one object")
            seen.add(key)
    return values


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number that JSON allows")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if -math.inf < number < math.inf:
        return number
    raise ValueError(f"the number {digits[:40]} is too large")


def _is_deeper_than(depth: int, value: object) -> bool:
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(depth):
        if not level:
            return False
        values = (e.values() if isinstance(e, dict) else e for e in level)
        inner = chain.from_iterable(values)
        level = [child for child in inner if isinstance(child, _CONTAINERS)]
    return any(level)  # One with nothing in it is as deep as the others may be.


@dataclass(frozen=True, slots=True)
class JsonObject:
    """One JSON object of a file, read field by field.

    Every accessor raises `error`, saying which field of which object is at fault. A
    field must be there; `has` tells whether it is, and is not null.
    """

    path: Path
    values: Mapping[str, object] = field(repr=False)
    error: type[FileError]
    place: str = ""

    @classmethod
    def of(
        cls, path: Path, value: object, error: type[FileError], place: str = ""
    ) -> JsonObject:
        if not isinstance(value, dict):
            what = place or "the file"
            raise error(path, f"{what} should be an object, not {_kind(value)}")
        return cls(path, value, error, place)

    def fault(self, what: str) -> FileError:
        return self.error(self.path, f"{self.place}: {what}" if self.place else what)

    def name_of(self, key: str) -> str:
        return f"{self.place}, {key}" if self.place else key

    def has(self, key: str) -> bool:
        return self.values.get(key) is not None

    def value(self, key: str) -> object:
        if key not in self.values:
            raise self.fault(f"{key} is missing")
        return self.values[key]

    def number(self, key: str) -> float:
        """A finite number; neither true or false nor a text that looks like one."""
        value = self.values.get(key)
        if type(value) is float and math.isfinite(value):  # Most of them.
            return value
        return self.as_number(self.value(key), key)

    def as_number(self, value: object, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(f"{name} should be a number, not {_kind(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.fault(f"{name} is not a finite number")
        return number

    def whole_number(self, key: str) -> int:
        """A whole number; 3.0 is one, since JavaScript writes either."""
        number = self.number(key)
        value = self.values[key]
        if isinstance(
            value, int
        ):  # Beyond 2 to the power of 53, floats leave some out.
            return value
        if not number.is_integer():
            raise self.fault(f"{key} should be a whole number, not {number:g}")
        return int(number)

    def flag(self, key: str) -> bool:
        value = self.value(key)
        if not isinstance(value, bool):
            raise self.fault(f"{key} should be true or false, not {_kind(value)}")
        return value

    def text(self, key: str) -> str:
        return self.as_text(self.value(key), key)

    def path_text(self, key: str) -> str:
        """A path, which may hold half characters: names that are no UTF-8 have them."""
        value = self.value(key)
        if not isinstance(value, str):
            raise self.fault(f"{key} should be a text, not {_kind(value)}")
        return value

    def as_text(self, value: object, name: str) -> str:
        if not isinstance(value, str):
            raise self.fault(f"{name} should be a text, not {_kind(value)}")
        if not value.isascii() and _HALF_CHARACTER.search(value):
            raise self.fault(f"{name} holds half a character (a lone surrogate)")
        return value

    def items(self, key: str) -> list[object]:
        value = self.value(key)
        if not isinstance(value, list):
            raise self.fault(f"{key} should be a list, not {_kind(value)}")
        return value

    def texts(self, key: str) -> list[str]:
        return [
            self.as_text(item, f"{key} {number}")
            for number, item in enumerate(self.items(key), 1)
        ]

    def object(self, key: str) -> JsonObject:
        return JsonObject.of(self.path, self.value(key), self.error, self.name_of(key))

    def objects(self, key: str, singular: str) -> list[JsonObject]:
        """The objects of a list; a fault calls them `singular` 1, 2, 3 ..."""
        prefix = f"{self.place}, " if self.place else ""
        return [
            JsonObject.of(self.path, item, self.error, f"{prefix}{singular} {number}")
            for number, item in enumerate(self.items(key), 1)
        ]


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text {value[:40]!a}"
        case int() | float():
            return "a number"
        case list():
            return "a list"
    return "an object"
