"""Teeth that bear an artificial crown, where labels differ on whether it is theirs.

Some who outline a tooth take its crown of metal or ceramic for a part of it, others end
where it begins, and within one set, or several that are learned together, both happen.
What learns from both comes to expect one of them, whose box is often too short to be
taken for the other's. A box that ends midway is near enough to either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dentalviewer.arch import UPPER_DECIDUOUS_ROW, UPPER_ROW
from dentalviewer.dentition import Tooth
from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset, Sample
from dentalviewer.geometry import Box
from dentalviewer.labels import RESTORATION
from dentalviewer.placing import place_findings
from dentalviewer.study import Finding

# What is lower than this share of its tooth is a filling; what covers less of the
# tooth's width is the crown of another.
CROWN_HEIGHT = 0.2
COVERED_WIDTH = 0.55
# Labels differ where at least this share of the crowned teeth is labelled each way.
DIFFERING_SHARE = 0.2
_UPPER = frozenset((*UPPER_ROW, *UPPER_DECIDUOUS_ROW))


@dataclass(frozen=True, slots=True)
class _Crowned:
    """Of one radiograph: how many teeth hold their crown, and by index those that do
    not, with half of it.
    """

    whole: int
    halved: Mapping[int, AnnotatedBox]


def with_half_of_the_crown(teeth: Dataset, treatments: Dataset) -> tuple[Dataset, int]:
    """The teeth, those whose boxes leave out the better half of their crown extended to
    the middle of it, and how many those are; unchanged where the labels do not differ.

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
    crowned = [
        _crowned(sample, teeth.labels, crowns.get(sample.path, ()))
        for sample in teeth.samples
    ]
    whole = sum(each.whole for each in crowned)
    halved = sum(len(each.halved) for each in crowned)
    if min(whole, halved) < DIFFERING_SHARE * (whole + halved) or not halved:
        return teeth, 0
    samples = tuple(
        replace(
            sample,
            boxes=tuple(
                each.halved.get(index, box) for index, box in enumerate(sample.boxes)
            ),
        )
        for sample, each in zip(teeth.samples, crowned, strict=True)
    )
    return replace(teeth, samples=samples), halved


def _crowned(
    sample: Sample, labels: tuple[str, ...], crowns: Sequence[Box]
) -> _Crowned:
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
    whole: set[int] = set()
    halved: dict[int, AnnotatedBox] = {}
    for crown, placing in zip(crowns, placings, strict=True):
        for tooth in placing.teeth:
            index = numbered.get(tooth)
            if index is None or not _is_crown(crown, sample.boxes[index].box):
                continue
            # Of two on one tooth, what reaches further.
            annotated = halved.get(index, sample.boxes[index])
            box = _to_the_middle(annotated.box, crown, is_upper=tooth in _UPPER)
            if box is None:
                whole.add(index)
            else:
                halved[index] = replace(annotated, box=box)
    return _Crowned(len(whole - halved.keys()), halved)


def _is_crown(restoration: Box, tooth: Box) -> bool:
    shared = min(tooth.x_max, restoration.x_max) - max(tooth.x_min, restoration.x_min)
    is_high = restoration.height >= CROWN_HEIGHT * tooth.height
    return is_high and shared >= COVERED_WIDTH * tooth.width


def _to_the_middle(tooth: Box, crown: Box, *, is_upper: bool) -> Box | None:
    """The tooth with half its crown; None where it has that already."""
    middle = crown.center[1]
    if is_upper:
        return replace(tooth, y_max=middle) if tooth.y_max < middle else None
    return replace(tooth, y_min=middle) if tooth.y_min > middle else None
