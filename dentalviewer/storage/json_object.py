"""Strict JSON, read field by field so that a fault names its place."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from dentalviewer.errors import FileError
from dentalviewer.storage.faults import Faults
from dentalviewer.storage.files import MIB, decoded_text, read_bytes

MAX_DEPTH = 200
_CONTAINERS = (dict, list)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


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

    def objects(
        self, key: str, singular: str, faults: Faults | None = None
    ) -> list[JsonObject]:
        """The objects of a list; a fault calls them `singular` 1, 2, 3 ...

        With `faults`, what is none is among these, and left out; so is a list that is
        none.
        """
        prefix = f"{self.place}, " if self.place else ""
        kept = nullcontext() if faults is None else faults
        found = []
        with kept:
            for number, item in enumerate(self.items(key), 1):
                place = f"{prefix}{singular} {number}"
                with kept:
                    found.append(JsonObject.of(self.path, item, self.error, place))
        return found


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
