"""Which teeth a finding lies on, where it does not say so itself."""

from __future__ import annotations

from collections.abc import Sequence

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading
from dentalviewer.placing import place_findings
from dentalviewer.review import Sides
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import numbered_for


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
            teeth.path, f'holds "{finding.label}", which is not a tooth\'s FDI number'
        ) from error


def teeth_under(
    findings: Sequence[Finding], outlines: Sequence[Finding]
) -> list[frozenset[Tooth]]:
    """The teeth of each finding: its own, or else those where it is placed.

    `outlines` are the teeth that are there, each with its number; the places of missing
    ones follow from them, as `place_findings` has it. Of a finding's teeth those count
    that are there, if it is known which are: nobody outlines what a bridge replaces,
    and an implant that is named by its gap still lies in a gap.
    """
    there = {outline.tooth for outline in outlines}
    if _lie_mirrored(outlines):
        # Places are worked out with the patient's right on the left.
        placings = place_findings(findings, numbered_for(Sides.MIRRORED, outlines))
        placings = tuple(placing.mirrored() for placing in placings)
    else:
        placings = place_findings(findings, outlines)
    named = [frozenset(placing.teeth) for placing in placings]
    return [teeth & there for teeth in named] if there else named


def _lie_mirrored(outlines: Sequence[Finding]) -> bool:
    """Whether the rows run the other way than in the usual view."""
    known = [
        (ARCH_TEETH[outline.tooth][0], outline.box.center[0])
        for outline in outlines
        if outline.tooth is not None and outline.tooth in ARCH_TEETH
    ]
    if not known:
        return False
    middle = sum(x for _, x in known) / len(known)
    usual_middle = sum(usual for usual, _ in known) / len(known)
    return sum((usual - usual_middle) * (x - middle) for usual, x in known) < 0
