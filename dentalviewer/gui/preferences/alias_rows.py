"""What a reader wrote about names of classes, row by row: a name and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dentalviewer.labels import KNOWN_LABELS, canonical

AliasRow = tuple[str, str]


def aliases_of(rows: Sequence[AliasRow]) -> dict[str, str]:
    """By names without regard to case; our own classes are known however written."""
    return {
        _key(name): canonical(_plain(label), {})
        for name, label in rows
        if _plain(name) and _plain(label)
    }


def fault_of(rows: Sequence[AliasRow]) -> str:
    """Why they cannot be used as they stand; "" if they can."""
    meanings: dict[str, str] = {}
    for name, label in rows:
        name, label = _plain(name), canonical(_plain(label), {})
        if bool(name) != bool(label):
            lacks = f'"{name}" has no meaning' if name else f'"{label}" has no name'
            return f"{lacks}: fill it in, or remove the row."
        if name and meanings.setdefault(_key(name), label) != label:
            return (
                f'"{name}" means both "{meanings[_key(name)]}" and "{label}": remove'
                " one of the rows."
            )
    return ""


def told_of(aliases: Mapping[str, str]) -> str:
    """Which classes they lead to that are none of ours."""
    others = dict.fromkeys(
        each for each in aliases.values() if each not in KNOWN_LABELS
    )
    if not others:
        return ""
    named = ", ".join(f'"{each}"' for each in others)
    are = "is a class" if len(others) == 1 else "are classes"
    ours = ", ".join(KNOWN_LABELS)
    return f"{named} {are} of your own; the program's are {ours}."


def _key(name: str) -> str:
    return _plain(name).casefold()


def _plain(text: str) -> str:
    return " ".join(text.split())
