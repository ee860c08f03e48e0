"""What of images is written: each once, its boxes cut to it, and the classes of all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from dentalviewer.formats._annotations import LabelledImage, reaches_outside
from dentalviewer.formats._plain import plain_text, rounded
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.study import Finding


def exported(image: LabelledImage) -> tuple[Finding, ...]:
    """The findings as they are written: clipped to the image, without the digits that
    are but noise of the arithmetic.

    A box wholly outside the image is left out.
    """
    found = (_exported(finding, image.size) for finding in image.findings)
    return tuple(finding for finding in found if finding is not None)


def _exported(finding: Finding, size: Size) -> Finding | None:
    box = finding.box
    if reaches_outside(box, size):
        clipped = box.clipped(size)
        if clipped is None:
            return None
        box = clipped
    corners = tuple(rounded(value) for value in box.corners)
    label = plain_text(finding.label)
    if corners == finding.box.corners and label == finding.label:
        return finding
    x_min, y_min, x_max, y_max = corners
    if x_max <= x_min or y_max <= y_min:
        return None
    return replace(finding, box=Box(x_min, y_min, x_max, y_max), label=label)


def export_labels(
    images: Sequence[LabelledImage], declared: Sequence[str] = ()
) -> tuple[str, ...]:
    """The classes in the order that the files they come from declare.

    Where none does, those of the glossary first, always with the same number.
    """
    labels = {finding.label for image in images for finding in exported(image)}
    first: tuple[str, ...] = KNOWN_LABELS
    if declared:
        also = [label for label in KNOWN_LABELS if label in labels]
        first = tuple(dict.fromkeys([*map(plain_text, declared), *also]))
    return (*first, *sorted(labels.difference(first)))


def without_repeats(images: Sequence[LabelledImage]) -> list[LabelledImage]:
    """Each file once, as it was first named."""
    return list({os.path.abspath(i.path): i for i in reversed(images)}.values())[::-1]
