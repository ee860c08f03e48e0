"""What of the window is exported to train with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ExportSource:
    """What the window has open: radiographs, and where their reviews lie otherwise.

    `done` tells how many of the radiographs are known to be reviewed to the end.
    `aliases` are the reader's other names for classes. `save` writes the review in
    hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    reviews: Path
    aliases: Callable[[], Mapping[str, str]]
    save: Callable[[], str | None]
    done: Callable[[], int]
