"""Which radiographs of a worklist are shown, and in which order they are worked on."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from dentalviewer.worklist.standing import Standing, Status

UNDONE = frozenset(Status) - {Status.DONE}


class Order(StrEnum):
    """By need, or as they lie."""

    FOLDER = "folder order"
    DISAGREEMENT = "most disagreement first"
    CONFIDENCE = "least sure first"


def arranged(
    paths: Iterable[Path],
    standings: Mapping[Path, Standing],
    *,
    order: Order = Order.FOLDER,
    statuses: Collection[Status] = frozenset(Status),
    search: str = "",
    folder: Path | None = None,
) -> tuple[Path, ...]:
    """The radiographs that are of one of the statuses and bear all words of `search`.

    The names are looked at from `folder` on. By need those come first whose need is
    known, then the others, then what is done; equal ones stay in their order. One
    whose standing is not known yet counts as new.
    """
    words = [_folded(word) for word in search.split()]
    shown = [
        path
        for path in paths
        if _status(standings.get(path)) in statuses
        and (not words or _bears(words, name_within(path, folder)))
    ]
    if order is Order.FOLDER:
        return tuple(shown)
    return tuple(sorted(shown, key=lambda path: _need(standings.get(path), order)))


def name_within(path: Path, folder: Path | None) -> str:
    """The name with the folders that lead to it, seen from `folder`."""
    if folder is not None:
        whole, start = str(path), os.path.join(folder, "")
        if whole.startswith(start):
            return whole[len(start) :]
    return path.name if folder is None else str(path)


def common_folder(folders: Collection[Path]) -> Path | None:
    """The folder that all of them are in or are; None if there is none."""
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # Of none, or of several drives.
        return None


def _status(standing: Standing | None) -> Status:
    return Status.NEW if standing is None else standing.status


def _bears(words: Iterable[str], name: str) -> bool:
    folded = _folded(name)
    return all(word in folded for word in words)


def _folded(text: str) -> str:
    """Alike however a system writes its umlauts."""
    return unicodedata.normalize("NFC", text).casefold()


def _need(standing: Standing | None, order: Order) -> tuple[bool, bool, float]:
    if standing is None:
        return False, True, 0.0
    if order is Order.DISAGREEMENT:
        count = standing.disagreements
        need = None if count is None else -float(count)
    else:
        need = standing.least_score
    return standing.status is Status.DONE, need is None, need or 0.0
