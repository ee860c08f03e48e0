"""What was opened: a radiograph and the annotations that lay beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dentalviewer.arch import teeth_between
from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box

if TYPE_CHECKING:
    from pathlib import Path

    from dentalviewer.radiograph import Radiograph


@dataclass(frozen=True, slots=True)
class Origin:
    """What an annotation file says of a finding, word for word in its own notation.

    It is for writing a file of the same format, which is to lose nothing, and is packed
    until then. `number` tells regions of one radiograph apart; `box` is the finding's
    as it was read, and so is whether it is `uncertain`.
    """

    format_name: str
    number: int
    said: bytes
    box: Box
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen on a radiograph.

    `label` is a class of the glossary ("restoration", "endodontic", "implant") or, kept
    verbatim, one that is unknown to it. `score` (0 to 1) is None unless a detector
    made the finding. A span reaches from `tooth` to `last_tooth`, in one row; where it
    is one tooth, `last_tooth` is None. Raises ValueError if they are in two rows.
    `origin` makes no difference to what is found. `tooth_in_doubt` where the tooth was
    worked out, or numbered by a detector, and another would do nearly as well. What is
    `uncertain` is neither asked of a reader or detector nor counted against one, nor
    learned.
    """

    box: Box
    label: str
    tooth: Tooth | None = None
    score: float | None = None
    last_tooth: Tooth | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)
    tooth_in_doubt: bool = False
    uncertain: bool = False

    def __post_init__(self) -> None:
        if self.last_tooth is None:
            return
        if self.tooth is None:
            raise ValueError(f"a span to {self.last_tooth} needs its first tooth")
        teeth_between(self.tooth, self.last_tooth)

    @property
    def teeth(self) -> tuple[Tooth, ...]:
        """The tooth, or all of the span; none where it is not known."""
        if self.tooth is None:
            return ()
        return teeth_between(self.tooth, self.last_tooth or self.tooth)


@dataclass(frozen=True, slots=True)
class Study:
    """A radiograph with the dentist's annotations; never changes once opened.

    `annotation_paths` are the files that the annotations were read from, `cautions`
    what these say to beware of in the radiograph.
    """

    radiograph: Radiograph
    annotated: tuple[Finding, ...] = ()
    annotation_paths: tuple[Path, ...] = ()
    cautions: tuple[str, ...] = ()
