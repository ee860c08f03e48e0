"""Boxes that are not as their radiograph: without area, outside it or over its rim.

What has no area or lies wholly outside is a slip of the hand, and is left out and told
of. Where more boxes lie outside than inside, they and the sizes do not belong together.
What reaches over the rim is cut there, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import AnnotationSet, FaultyBox, Reading
from dentalviewer.geometry import Box, Size
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

Edges = tuple[float, float, float, float]

MAX_LISTED = 20
# Annotations are rounded to a tenth of a pixel; more than this outside is a slip.
RIM = 1.0


def without_area(path: Path, place: str, box: Edges, label: str, on: str) -> FaultyBox:
    """What a `place` in the file at `path` states on the radiograph called `on`."""
    return FaultyBox(path, f"{place}: a {label} at {box} on {on} has no area")


def fitted(
    path: Path, radiograph: str, size: Size, box: Box, label: str
) -> tuple[Box | None, FaultyBox | None]:
    """What is left of a box that the file at `path` states, and what was amiss with it:
    the very same, and nothing, where it lies in the radiograph.
    """
    over = max(-box.x_min, -box.y_min, box.x_max - size.width, box.y_max - size.height)
    inside = box.clipped(size)
    if inside is not None and over <= RIM:
        return box, None
    does = "lies outside" if inside is None else "reaches outside"
    fault = f"a {label} at {box.corners} {does} {radiograph}, which is {size} pixels"
    return inside, FaultyBox(
        path, fault, is_outside=inside is None, is_cut=inside is not None
    )


def within(path: Path, reading: Reading) -> tuple[Reading, list[FaultyBox]]:
    """The reading, as the file at `path` states it, without boxes wholly outside, and
    with those that reach over the rim cut there.

    Raises AnnotationFileError if a score is none.
    """
    faulty: list[FaultyBox] = []

    def kept(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        found = []
        for finding in findings:
            box: Box | None = finding.box
            if reading.size is not None:
                box, fault = fitted(
                    path, reading.name, reading.size, finding.box, finding.label
                )
                faulty.extend(() if fault is None else (fault,))
            if box is not None:
                found.append(replace(finding, box=box))
        return tuple(found)

    for finding in (*reading.findings, *reading.uncertain):
        if finding.score is not None and not 0 <= finding.score <= 1:
            raise AnnotationFileError(
                path,
                f"a {finding.label} on {reading.name} has the score"
                f" {finding.score:g}, which should be from 0 to 1",
            )
    certain, uncertain = kept(reading.findings), kept(reading.uncertain)
    if not faulty:
        return reading, []
    return replace(reading, findings=certain, uncertain=uncertain), faulty


def told_of_faulty(found: AnnotationSet) -> AnnotationSet:
    """The set, with notes on the boxes that were left out of it, or cut.

    Raises AnnotationFileError if more lie outside than inside.
    """
    inside = sum(len(r.findings) + len(r.uncertain) for r in found.readings)
    notes = notes_on_faulty(found.path, found.faulty, inside)
    return replace(found, notes=(*found.notes, *notes))


def notes_on_faulty(
    path: Path, faulty: Sequence[FaultyBox], inside: int
) -> tuple[str, ...]:
    """What is to be said of such boxes of the set at `path`, of which so many are
    `inside` their radiographs.

    Raises AnnotationFileError if more lie outside than inside.
    """
    outside = [each for each in faulty if each.is_outside]
    if len(outside) > inside:
        of_all = f"{len(outside)} of {len(outside) + inside} boxes"
        raise AnnotationFileError(
            outside[0].path,
            f"{outside[0].fault}; so do {of_all}, which do not belong to these sizes",
        )
    left_out = [each for each in faulty if not each.is_cut]
    cut = len(faulty) - len(left_out)
    notes = []
    if left_out:
        boxes = counted(len(left_out), "box", "boxes")
        notes = [
            f"Left out of {path}: {boxes} without area or outside the radiograph",
            *(f"{each.path}: {each.fault}" for each in left_out[:MAX_LISTED]),
        ]
    if len(left_out) > MAX_LISTED:
        more = len(left_out) - MAX_LISTED
        notes.append(f"and {counted(more, 'more box', 'more boxes')}")
    if cut:
        is_one = cut == 1
        boxes, end = (
            ("1 box reaches", "ends") if is_one else (f"{cut} boxes reach", "end")
        )
        notes.append(f"{path}: {boxes} over the rim of the radiograph, and {end} there")
    return tuple(notes)
