"""A file as it is and as it is to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Draft:
    """None stands for no file. `findings` are those that would change."""

    path: Path
    before: bytes | None
    after: bytes | None
    findings: int
