"""What was opened: a radiograph and the annotations that lay beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box

if TYPE_CHECKING:
    from pathlib import Path

    from dentalviewer.radiograph import Radiograph


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen on a radiograph.

    `label` is a class of the glossary ("restoration", "endodontic", "implant") or, kept
    verbatim, one that is unknown to it. `score` (0 to 1) is None unless a detector
    made the finding.
    """

    box: Box
    label: str
    tooth: Tooth | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A radiograph with the dentist's annotations; never changes once opened.

    `annotation_paths` are the files that the annotations were read from.
    """

    radiograph: Radiograph
    annotated: tuple[Finding, ...] = ()
    annotation_paths: tuple[Path, ...] = ()
