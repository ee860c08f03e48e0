"""In which order the radiographs of a worklist are worked on."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from dentalviewer.worklist.filtering import Filter
from dentalviewer.worklist.standing import Standing, Status

EVERYTHING = Filter()


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
    chosen: Filter = EVERYTHING,
    folder: Path | None = None,
) -> tuple[Path, ...]:
    """The radiographs that are `chosen`.

    The names are looked at from `folder` on. By need those come first whose need is
    known, then the others, then what is done; equal ones stay in their order.
    """
    search = chosen.search
    shown = [
        path
        for path in paths
        if chosen.passes(standings.get(path))
        and (not search.words or search.is_borne_by(name_within(path, folder)))
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


def _need(standing: Standing | None, order: Order) -> tuple[bool, bool, float]:
    if standing is None:
        return False, True, 0.0
    if order is Order.DISAGREEMENT:
        count = standing.disagreements
        need = None if count is None else -float(count)
    else:
        need = standing.least_score
    return standing.status is Status.DONE, need is None, need or 0.0
