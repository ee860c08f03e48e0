"""Which teeth a finding lies on, where it does not say so itself."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading
from dentalviewer.geometry import Box
from dentalviewer.study import Finding

# A bridge is one box over several teeth. It lies on those of which it covers this much
# of the width, and this much of the area; teeth of the other jaw are merely touched.
COVERED_WIDTH = 0.5
COVERED_AREA = 0.2
# A finding that shares less than this of its area with any tooth lies in a gap.
LEAST_SHARE = 0.33


def with_teeth(teeth: AnnotationSet) -> AnnotationSet:
    """A set of tooth outlines, labels being FDI numbers, as findings with a tooth.

    Raises AnnotationFileError if a label is no tooth's number.
    """
    readings = tuple(
        Reading(
            reading.name,
            reading.size,
            tuple(Finding(f.box, f.label, _tooth(f, teeth)) for f in reading.findings),
        )
        for reading in teeth.readings
    )
    return AnnotationSet(teeth.path, teeth.labels, readings)


def _tooth(finding: Finding, teeth: AnnotationSet) -> Tooth:
    if finding.tooth is not None:
        return finding.tooth
    try:
        return Tooth.from_fdi(int(finding.label))
    except ValueError as error:
        raise AnnotationFileError(
            teeth.path, f'holds "{finding.label}", which is no tooth\'s FDI number'
        ) from error


def teeth_under(finding: Finding, outlines: Iterable[Finding]) -> frozenset[Tooth]:
    """The teeth of a finding: its own, or else those that its box lies on.

    Of its own, those that are there, if it is known which are: nobody outlines what a
    bridge replaces, and an implant that is named by its gap still lies in a gap.

    A box lies on the tooth it shares the largest area with, and every other that it
    covers in good part; on none where it barely touches a tooth, as in a gap.
    """
    outlines = tuple(outlines)
    if finding.tooth is not None:
        named = frozenset(finding.teeth)
        there = {outline.tooth for outline in outlines}
        return named & there if there else named
    shares = [
        (*_shared(finding.box, outline.box), outline.box, outline.tooth)
        for outline in outlines
        if outline.tooth is not None
    ]
    most = max((width * height for width, height, _, _ in shares), default=0.0)
    own = most if most >= LEAST_SHARE * finding.box.area else math.inf
    return frozenset(
        tooth
        for width, height, box, tooth in shares
        if width * height == own
        or (
            width >= COVERED_WIDTH * box.width
            and width * height >= COVERED_AREA * box.area
        )
    )


def _shared(a: Box, b: Box) -> tuple[float, float]:
    """Width and height of what two boxes share."""
    width = min(a.x_max, b.x_max) - max(a.x_min, b.x_min)
    height = min(a.y_max, b.y_max) - max(a.y_min, b.y_min)
    return max(width, 0.0), max(height, 0.0)
