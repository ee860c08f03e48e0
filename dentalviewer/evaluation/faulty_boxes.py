"""Boxes that cannot be compared: without area, or wholly outside their radiograph.

Such a box is a slip of the hand, and is left out and told of. Where more of them lie
outside than inside, boxes and sizes do not belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import AnnotationSet, FaultyBox, Reading
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

MAX_LISTED = 20


def within(path: Path, reading: Reading) -> tuple[Reading, list[FaultyBox]]:
    """The reading, as the file at `path` states it, without boxes wholly outside.

    Raises AnnotationFileError if a score is none.
    """
    outside: list[FaultyBox] = []

    def kept(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        found = []
        for finding in findings:
            if reading.size and finding.box.clipped(reading.size) is None:
                fault = (
                    f"a {finding.label} at {finding.box.corners} lies outside"
                    f" {reading.name}, which is {reading.size} pixels"
                )
                outside.append(FaultyBox(path, fault, is_outside=True))
            else:
                found.append(finding)
        return tuple(found)

    for finding in (*reading.findings, *reading.uncertain):
        if finding.score is not None and not 0 <= finding.score <= 1:
            raise AnnotationFileError(
                path,
                f"a {finding.label} on {reading.name} has the score"
                f" {finding.score:g}, which should be from 0 to 1",
            )
    certain, uncertain = kept(reading.findings), kept(reading.uncertain)
    if not outside:
        return reading, []
    return replace(reading, findings=certain, uncertain=uncertain), outside


def told_of_faulty(found: AnnotationSet) -> AnnotationSet:
    """The set, with notes on the boxes that were left out of it.

    Raises AnnotationFileError if more lie outside than inside.
    """
    faulty = found.faulty
    outside = [each for each in faulty if each.is_outside]
    inside = sum(len(r.findings) + len(r.uncertain) for r in found.readings)
    if len(outside) > inside:
        of_all = f"{len(outside)} of {len(outside) + inside} boxes"
        raise AnnotationFileError(
            outside[0].path,
            f"{outside[0].fault}; so do {of_all}, which do not belong to these sizes",
        )
    if not faulty:
        return found
    boxes = counted(len(faulty), "box", "boxes")
    notes = [
        f"Left out of {found.path}: {boxes} without area or outside the radiograph",
        *(f"{each.path}: {each.fault}" for each in faulty[:MAX_LISTED]),
    ]
    if len(faulty) > MAX_LISTED:
        notes.append(
            f"and {counted(len(faulty) - MAX_LISTED, 'more box', 'more boxes')}"
        )
    return replace(found, notes=(*found.notes, *notes))
