"""Decisions on a merge that is not written yet, kept so that a person can go on.

A conflict is known again by what it is about, not by its number: where a set was
changed meanwhile, only decisions on what is still the same count.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dentalviewer.curation.merged import Choices, Conflict, ConflictId, Merge
from dentalviewer.errors import FileError, NewerMergeError
from dentalviewer.formats._plain import rounded
from dentalviewer.formats.review_file import set_aside
from dentalviewer.storage.files import MIB, read_bytes, write_atomically
from dentalviewer.storage.json_object import JsonObject, parse_json, read_json

_FORMAT = "dentalviewer merge decisions"
_VERSION = 1
_MOST_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class BegunMerge:
    """The sets in the order of trust, what they are to become, and what was decided.

    `kept` has the sides that are kept by the key of a conflict; `conflicts` says how
    many there are in all, `when` the last decision was made. What `at_least` so many
    sets mark is kept; another number is another merge, with other conflicts.
    """

    sets: tuple[Path, ...]
    destination: str
    format_name: str
    when: datetime
    conflicts: int
    kept: Mapping[str, Sequence[int]] = field(default_factory=dict)
    at_least: int = 1


def conflict_keys(merge: Merge) -> dict[ConflictId, str]:
    """What each conflict is known by, the next time the same sets are compared."""
    return {
        place: _key(merge.radiographs[place.radiograph].image.path, conflict)
        for place, conflict in merge.conflicts.items()
    }


def _key(radiograph: Path, conflict: Conflict) -> str:
    about = [os.path.abspath(radiograph), conflict.kind.value]
    for side in conflict.sides:
        about.append(f"sets {side.sets}")
        for each in side.findings:
            finding = each.finding
            box = [rounded(edge) for edge in finding.box.corners]
            about.append(f"{finding.label} {box} {finding.tooth} {finding.last_tooth}")
    return hashlib.sha256(os.fsencode("\n".join(about))).hexdigest()[:32]


def kept_choices(
    keys: Mapping[ConflictId, str], begun: BegunMerge
) -> dict[ConflictId, frozenset[int]]:
    """What was decided on the conflicts that are there still, or again."""
    return {
        place: frozenset(begun.kept[key])
        for place, key in keys.items()
        if key in begun.kept
    }


def kept_by_key(
    keys: Mapping[ConflictId, str], choices: Choices
) -> dict[str, Sequence[int]]:
    return {keys[place]: sorted(sides) for place, sides in choices.items()}


def read_begun(
    folder: Path, sets: Sequence[Path], at_least: int = 1
) -> BegunMerge | None:
    """What was decided on these sets in this order, None if nothing was.

    Raises FileError if that cannot be read; a file that is damaged is set aside, one
    of a newer version of the program is left as it is.
    """
    path = _path(folder, sets, at_least)
    return _read(path) if path.is_file() else None


def begun_merges(folder: Path) -> tuple[BegunMerge, ...]:
    """Those whose sets are all there, the newest first; what is damaged is left out."""
    return tuple(sorted(_all_begun(folder), key=lambda each: each.when, reverse=True))


def write_begun(folder: Path, begun: BegunMerge) -> None:
    """Raises FileError if it cannot be saved, or a newer version's stands there."""
    content = {
        "format": _FORMAT,
        "version": _VERSION,
        "sets": [os.path.abspath(path) for path in begun.sets],
        "destination": begun.destination,
        "to": begun.format_name,
        "when": begun.when.isoformat(),
        "conflicts": begun.conflicts,
        "kept": dict(begun.kept),
        "at_least": begun.at_least,
    }
    path = _path(folder, begun.sets, begun.at_least)
    if _is_newer(path):
        raise _newer(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise FileError(path, f"cannot be saved: {reason}") from fault
    write_atomically(path, json.dumps(content).encode())


def forget_begun(folder: Path, sets: Sequence[Path], at_least: int = 1) -> None:
    """A newer version's file is left alone. Raises FileError if ours stays."""
    path = _path(folder, sets, at_least)
    if _is_newer(path):
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise FileError(path, f"cannot be removed: {reason}") from fault


def _path(folder: Path, sets: Sequence[Path], at_least: int) -> Path:
    about = [os.path.normcase(os.path.abspath(path)) for path in sets]
    if at_least > 1:
        about.append(f"at least {at_least}")
    digest = hashlib.sha256(os.fsencode("\n".join(about))).hexdigest()[:16]
    return folder / f"{digest}.json"


def _all_begun(folder: Path) -> Iterator[BegunMerge]:
    for path in folder.glob("*.json"):
        with suppress(FileError):
            begun = _read(path)
            if all(map(os.path.exists, begun.sets)):
                yield begun


def _read(path: Path) -> BegunMerge:
    content = read_bytes(path, error=FileError, max_bytes=_MOST_BYTES)
    try:
        value = parse_json(path, content, FileError)
        return _begun(JsonObject.of(path, value, FileError))
    except NewerMergeError:
        raise
    except (FileError, ValueError, TypeError) as error:
        with suppress(OSError):
            set_aside(path)
        fault = "what was decided on a merge cannot be read, and was set aside"
        raise FileError(path, fault) from error


def _begun(root: JsonObject) -> BegunMerge:
    if root.text("format") != _FORMAT:
        raise root.fault("these are not decisions on a merge")
    if root.whole_number("version") > _VERSION:
        raise _newer(root.path)
    kept = root.object("kept")
    return BegunMerge(
        tuple(Path(_name(root, each)) for each in root.items("sets")),
        _name(root, root.value("destination")),
        root.text("to"),
        datetime.fromisoformat(root.text("when")),
        root.whole_number("conflicts"),
        {
            key: [int(kept.as_number(side, key)) for side in kept.items(key)]
            for key in kept.values
        },
        root.whole_number("at_least") if root.has("at_least") else 1,
    )


def _is_newer(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        root = JsonObject.of(
            path, read_json(path, error=FileError, max_bytes=_MOST_BYTES), FileError
        )
        return (
            root.text("format") == _FORMAT and root.whole_number("version") > _VERSION
        )
    except FileError:
        return False


def _newer(path: Path) -> NewerMergeError:
    return NewerMergeError(
        path,
        "a newer dentalviewer keeps what was decided on this merge; that is left as it"
        " is",
    )


def _name(root: JsonObject, value: object) -> str:
    """Of a file or folder; as the disk has it, it need not be proper Unicode."""
    if not isinstance(value, str):
        raise root.fault("a set should be named by a text")
    return value
