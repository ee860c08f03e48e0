"""Marks of findings: who said it is told by line style, what it is by colour."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from dentalviewer.dentition import Notation
from dentalviewer.geometry import Box
from dentalviewer.gui.widgets.palette import label_color, short_class_name
from dentalviewer.phrases import percent
from dentalviewer.placing import Placing
from dentalviewer.review import ReviewItem, Source, Verdict
from dentalviewer.study import Finding

_NOWHERE = Placing()
# Of the detector's lines, in widths of the line: drawn, and left out.
DASHES = [4.0, 2.5]


@dataclass(frozen=True, slots=True)
class Mark:
    """A box as drawn; `box` is in pixels of the radiograph.

    `outcome` is what became of it, in a word. `brief` stands for the caption where
    there is no room for it. No pointer moves a `locked` one. `spoken_by` is the item
    whose mark has the caption of this one's place, None where it speaks for itself.
    """

    item_id: int
    box: Box
    label: str
    source: Source
    verdict: Verdict
    caption: str
    brief: str = ""
    locked: bool = False
    outcome: str = ""
    spoken_by: int | None = None

    @property
    def speaker(self) -> int:
        """The item whose caption is that of the place."""
        return self.item_id if self.spoken_by is None else self.spoken_by


def mark_of(
    item: ReviewItem,
    placing: Placing = _NOWHERE,
    *,
    notation: Notation = Notation.FDI,
    spoken_by: int | None = None,
    locked: bool = False,
) -> Mark:
    """`spoken_by` is the item that says the same of this one's place, if any does."""
    finding, captioned = item.current, spoken_by is None
    tooth = placing.written(notation)
    caption = caption_of(finding, tooth) if captioned else ""
    brief = caption_of(finding, tooth, named=False) if captioned else ""
    return Mark(
        item.id,
        finding.box,
        finding.label,
        item.source,
        item.verdict,
        caption,
        brief,
        locked,
        item.outcome,
        spoken_by,
    )


def caption_of(finding: Finding, tooth: str, *, named: bool = True) -> str:
    """Tooth, class in its short form, and percent, as far as there are any.

    Without the class unless it is `named`: its colour tells it. A class that is
    uncertain has a question mark.
    """
    score = "" if finding.score is None else percent(finding.score)
    label = short_class_name(finding.label) if named else ""
    doubt = "?" if finding.uncertain else ""
    return " ".join(filter(None, (tooth, f"{label}{doubt}", score)))


def pen_for(label: str, source: Source, width: float) -> QPen:
    """Colour by class; solid for the dentist, dashed for the detector."""
    pen = QPen(label_color(label), width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if source is Source.DETECTOR:
        pen.setDashPattern(DASHES)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
