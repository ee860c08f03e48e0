"""The fields of a review file, each with the fault that it may have."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from dentalviewer.geometry import Box
from dentalviewer.storage.json_object import JsonObject

_Value = TypeVar("_Value")
_Choice = TypeVar("_Choice", bound=StrEnum)


def box(source: JsonObject) -> Box:
    """Raises ValueError if it has no area."""
    corners = [source.as_number(each, "box") for each in source.items("box")]
    if len(corners) != 4:
        raise source.fault(f"box should have 4 numbers, not {len(corners)}")
    return Box(*corners)


def require_fields(source: JsonObject, names: str, *, optional: str = "") -> None:
    required: Collection[str] = names.split()
    for name in required:
        source.value(name)
    for name in source.values:
        if name not in required and name not in optional.split():
            raise source.fault(f"the field {name[:40]!a} is not known")


def optional(
    source: JsonObject, key: str, read: Callable[[JsonObject], _Value]
) -> _Value | None:
    return read(source.object(key)) if source.has(key) else None


def optional_text(source: JsonObject, key: str) -> str | None:
    return source.text(key) if source.has(key) else None


def optional_number(source: JsonObject, key: str) -> float | None:
    return source.number(key) if source.has(key) else None


def choice(source: JsonObject, key: str, kind: type[_Choice]) -> _Choice:
    text = source.text(key)
    try:
        return kind(text)
    except ValueError as fault:
        raise source.fault(
            f"{key} should be one of {', '.join(kind)}, not {text[:40]!a}"
        ) from fault


def count(source: JsonObject, key: str) -> int:
    number = source.whole_number(key)
    if number < 1:
        raise source.fault(f"{key} should be 1 or more, not {number}")
    return number


def time(source: JsonObject, key: str) -> datetime:
    text = source.text(key)
    try:
        when = datetime.fromisoformat(text)
    except ValueError as fault:
        raise source.fault(f"{key} is not a time: {text[:40]!a}") from fault
    if when.tzinfo is None:
        raise source.fault(f"{key} has no time zone: {text[:40]!a}")
    return when.astimezone(UTC)
