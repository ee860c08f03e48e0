"""Teeth that bear an artificial crown, where their labels leave it out.

Some who outline a tooth take its crown of metal or ceramic for a part of it, others end
at its root, and within one set both happen. What learns from both comes to expect one
of them, whose box is often too short, or too long, to be taken for the other's. A box
that ends midway is near enough to either.
"""

from __future__ import annotations

from dataclasses import replace

from dentalviewer.arch import UPPER_ROW
from dentalviewer.dentition import Tooth
from dentalviewer.detection.dataset import AnnotatedBox, Dataset, Sample
from dentalviewer.geometry import Box
from dentalviewer.labels import RESTORATION
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import place_findings

# What is lower than this share of its tooth is a filling; what covers less of the
# tooth's width is the crown of another.
CROWN_HEIGHT = 0.2
COVERED_WIDTH = 0.55


def ending_midway(teeth: Dataset, treatments: Dataset) -> tuple[Dataset, int]:
    """The teeth, those whose boxes leave out the better half of their crown extended to
    the middle of it, and how many those are.

    The labels of `teeth` are FDI numbers. Crowns are the restorations of the same
    radiograph in `treatments`; without any there, nothing changes.
    """
    if RESTORATION not in treatments.labels:
        return teeth, 0
    restoration = treatments.labels.index(RESTORATION)
    crowns = {
        sample.path: [
            b.box
            for b in sample.boxes
            if b.label_index == restoration and not b.uncertain
        ]
        for sample in treatments.samples
    }
    samples, count = [], 0
    for sample in teeth.samples:
        longer = _longer(sample, teeth.labels, crowns.get(sample.path, []))
        boxes = tuple(longer.get(i, box) for i, box in enumerate(sample.boxes))
        samples.append(replace(sample, boxes=boxes))
        count += len(longer)
    return replace(teeth, samples=tuple(samples)), count


def _longer(
    sample: Sample, labels: tuple[str, ...], crowns: list[Box]
) -> dict[int, AnnotatedBox]:
    """The boxes that change, by their index."""
    numbered = {
        Tooth.from_fdi(int(labels[annotated.label_index])): index
        for index, annotated in enumerate(sample.boxes)
        if not annotated.uncertain
    }
    teeth = [
        Finding(sample.boxes[index].box, str(tooth), tooth)
        for tooth, index in numbered.items()
    ]
    placings = place_findings([Finding(box, RESTORATION) for box in crowns], teeth)
    found: dict[int, AnnotatedBox] = {}
    for crown, placing in zip(crowns, placings, strict=True):
        for tooth in placing.teeth:
            if tooth in numbered:
                index = numbered[tooth]
                # Of two on one tooth, what reaches further.
                annotated = found.get(index, sample.boxes[index])
                box = _to_the_middle(annotated.box, crown, is_upper=tooth in UPPER_ROW)
                if box is not None:
                    found[index] = replace(annotated, box=box)
    return found


def _to_the_middle(tooth: Box, crown: Box, *, is_upper: bool) -> Box | None:
    """The tooth with half its crown; None where it has that already."""
    shared = min(tooth.x_max, crown.x_max) - max(tooth.x_min, crown.x_min)
    if crown.height < CROWN_HEIGHT * tooth.height or (
        shared < COVERED_WIDTH * tooth.width
    ):
        return None
    middle = crown.center[1]
    if is_upper:
        return replace(tooth, y_max=middle) if tooth.y_max < middle else None
    return replace(tooth, y_min=middle) if tooth.y_min > middle else None
