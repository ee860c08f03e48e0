"""What a set to train with is like, as far as its split is concerned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.curation.retraining import radiographs_of
from dentalviewer.curation.splitting import HELD_OUT_SHARE, KEPT_SHARE, Side
from dentalviewer.errors import AnnotationFileError
from dentalviewer.labels import TREATMENTS
from dentalviewer.storage.files import MIB
from dentalviewer.storage.json_object import JsonObject, read_json

MAX_BYTES = 512 * MIB


@dataclass(frozen=True, slots=True)
class SetFacts:
    """How many radiographs are on each of the `sides`, if the set is split already.

    Otherwise `radiographs` are those that are to be split.
    """

    sides: Mapping[Side, int] = field(default_factory=dict)
    radiographs: tuple[Path, ...] = ()

    @property
    def is_split(self) -> bool:
        return bool(self.sides)

    def leaves_none(self, *, to_compare: bool = False) -> bool:
        """Whether nothing is there to judge by once it was learned from; `to_compare`
        by is what is kept for that too.
        """
        if self.is_split:
            kept = self.sides.get(Side.COMPARE) if to_compare else 0
            return not (self.sides.get(Side.CHOOSE) or kept)
        return len(self.radiographs) == 1

    def kept(self, *, three_way: bool) -> int:
        """How many are kept for comparing, or about how many would be."""
        if self.is_split:
            return self.sides.get(Side.COMPARE, 0)
        share = HELD_OUT_SHARE * KEPT_SHARE if three_way else 0
        return round(share * len(self.radiographs))

    def held_out(self) -> int:
        """How many are, or about would be, held out."""
        if self.is_split:
            return sum(n for side, n in self.sides.items() if side is not Side.LEARN)
        count = len(self.radiographs)
        return max(round(HELD_OUT_SHARE * count), 1 if count > 1 else 0)


def side_files(folder: Path, side: str, label_set: str) -> tuple[Path, ...]:
    """Where annotations of one side of a set may be; the first that is there counts."""
    named = folder / f"{label_set}_{side}.json"
    return (named, folder / f"{side}.json") if label_set == TREATMENTS else (named,)


def facts_of_set(path: Path) -> SetFacts:
    """Slow. Raises AnnotationFileError if it cannot be read."""
    found = {side: _file_of(path, side) for side in Side} if path.is_dir() else {}
    if found.get(Side.LEARN) and found.get(Side.CHOOSE):
        files = {side: file for side, file in found.items() if file is not None}
        return SetFacts({side: _images_in(file) for side, file in files.items()})
    return SetFacts(radiographs=tuple(radiographs_of(path)))


def _file_of(folder: Path, side: Side) -> Path | None:
    return next(
        (f for f in side_files(folder, side, TREATMENTS) if os.path.isfile(f)), None
    )


def _images_in(path: Path) -> int:
    content = read_json(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    root = JsonObject.of(path, content, AnnotationFileError)
    return len(root.items("images"))
