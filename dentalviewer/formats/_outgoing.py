"""What of images is written: each once, its boxes cut to it, and the classes of all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import is_

from dentalviewer.formats._annotations import LabelledImage, reaches_outside
from dentalviewer.formats._plain import plain_text, rounded
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.study import Finding


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Images as they are written, and what of their boxes is not.

    `outside` boxes were left out, and `cut` ones end at the edge of their image.
    """

    images: tuple[LabelledImage, ...]
    outside: int
    cut: int


def outgoing(images: Sequence[LabelledImage]) -> Outgoing:
    """Each file once, with the findings that `exported` gives of it."""
    going = []
    outside = cut = 0
    for image in without_repeats(images):
        findings = exported(image)
        if findings is not image.findings:
            outside += len(image.findings) - len(findings)
            cut += sum(_is_cut(finding.box, image.size) for finding in image.findings)
            image = replace(image, findings=findings)
        going.append(image)
    return Outgoing(tuple(going), outside, cut)


def _is_cut(box: Box, size: Size) -> bool:
    return reaches_outside(box, size) and box.clipped(size) is not None


def exported(image: LabelledImage) -> tuple[Finding, ...]:
    """The findings as they are written: clipped to the image, without the digits that
    are but noise of the arithmetic.

    A box wholly outside the image is left out. The very same where nothing changes.
    """
    found = [_exported(finding, image.size) for finding in image.findings]
    if all(map(is_, found, image.findings)):
        return image.findings
    return tuple(finding for finding in found if finding is not None)


def _exported(finding: Finding, size: Size) -> Finding | None:
    """None where nothing is left of it; the very same where nothing changes."""
    box: Box | None = finding.box
    if reaches_outside(finding.box, size):
        box = finding.box.clipped(size)
    if box is None:
        return None
    corners = box.corners
    x_min, y_min, x_max, y_max = plain = tuple(map(rounded, corners))
    if x_max <= x_min or y_max <= y_min:
        return None
    label = plain_text(finding.label)
    if plain == corners and box is finding.box and label == finding.label:
        return finding
    # Several times as fast as `replace`.
    return Finding(
        Box(x_min, y_min, x_max, y_max),
        label,
        finding.tooth,
        finding.score,
        finding.last_tooth,
        finding.origin,
        finding.tooth_in_doubt,
        finding.uncertain,
    )


def export_labels(
    images: Sequence[LabelledImage], declared: Sequence[str] = KNOWN_LABELS
) -> tuple[str, ...]:
    """The classes that are declared, in that order, then others that occur.

    Of these the glossary's come first.
    """
    labels: set[str] = set()
    for image in images:
        for finding in image.findings:
            if finding.label not in labels and _is_written(finding.box, image.size):
                labels.add(plain_text(finding.label))
    also = [label for label in KNOWN_LABELS if label in labels]
    first = tuple(dict.fromkeys([*map(plain_text, declared), *also]))
    return (*first, *sorted(labels.difference(first)))


def _is_written(box: Box, size: Size) -> bool:
    cut = box.clipped(size) if reaches_outside(box, size) else box
    return cut is not None and (
        rounded(cut.x_max) > rounded(cut.x_min)
        and rounded(cut.y_max) > rounded(cut.y_min)
    )


def without_repeats(images: Sequence[LabelledImage]) -> list[LabelledImage]:
    """Each file once, as it was first named."""
    return list({os.path.abspath(i.path): i for i in reversed(images)}.values())[::-1]
