"""Treatments that were never there: teeth of one radiograph treated like another's.

Real treatments are few. A treated tooth is grafted onto an untreated one of its kind,
or a root filling, crown or filling is painted where the tooth's outline says that it
would lie. The boxes follow the convention of the labels that are learned from: a
restoration's holds what is painted, a root filling's the apical part of the tooth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.example import (
    Boxes,
    Example,
    ToothOutline,
    covered,
)
from dentalviewer.detection.augmenting.implanting import Implant, implanted, sites
from dentalviewer.detection.augmenting.moves import matched
from dentalviewer.detection.augmenting.opacity import (
    bounds,
    box_filled,
    enlarged,
    filled,
    pixel_area,
    softened,
    union,
)
from dentalviewer.detection.augmenting.painting import Kind, kind_of, paint
from dentalviewer.labels import ENDODONTIC

# A treatment belongs to a tooth whose box, a little enlarged, holds this part of it.
OWN_SHARE = 0.85
# How alike in size and shape two teeth have to be for one to be grafted, as a ratio.
LIKENESS = 1.7
# How often an implant is made, rather than other treatments.
IMPLANT_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Graft:
    """A treated tooth, with the boxes of its treatments; all in pixels of `pixels`."""

    pixels: NDArray[np.uint8]
    outline: ToothOutline
    treatments: Boxes


Grafts = Mapping[Kind, Sequence[Graft]]


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What treatments can be made: grafts by kind, and the labels that are painted.

    `label_indices` gives the index of "restoration" and "endodontic" where these are
    learned; `implants` can be brought to other radiographs.
    """

    grafts: Grafts
    label_indices: Mapping[str, int]
    implants: Sequence[Implant] = ()


def find_grafts(examples: Sequence[Example], head: str = "treatments") -> Grafts:
    """The treated teeth whose treatments are theirs alone: no bridges."""
    found: dict[Kind, list[Graft]] = {}
    for example in examples:
        boxes = example.boxes[head]
        for outline in example.teeth:
            own = covered(boxes.corners, enlarged(outline.bounds, 0.12))
            touching = covered(boxes.corners, outline.bounds) > 0.1
            if not touching.any() or (own[touching] < OWN_SHARE).any():
                continue
            if boxes.ignored[touching].any():
                continue
            graft = Graft(example.pixels, outline, boxes.where(touching))
            found.setdefault(kind_of(outline), []).append(graft)
    return found


def synthesise(
    example: Example,
    random: np.random.Generator,
    synthesis: Synthesis,
    head: str = "treatments",
) -> Example:
    """`example` with some of its teeth treated, or an implant; itself if none is."""
    if synthesis.implants and random.random() < IMPLANT_SHARE:
        return _implanted(example, random, synthesis, head)
    free = [o for o in example.teeth if _is_free(o, example.boxes[head])]
    if not free:
        return example
    example = replace(example, pixels=example.pixels.copy())
    count = min(len(free), 1 + int(random.poisson(1.0)))
    for index in random.choice(len(free), count, replace=False):
        outline = free[index]
        # What was made before may now stand beside it: joined crowns share a box.
        if not _is_free(outline, example.boxes[head]):
            continue
        donors = synthesis.grafts.get(kind_of(outline), ())
        if donors and random.random() < 0.6:
            donor = donors[int(random.integers(len(donors)))]
            apical = synthesis.label_indices.get(ENDODONTIC, -1)
            made = graft(example.pixels, outline, donor, apical)
        else:
            made = paint(example.pixels, outline, synthesis.label_indices, random)
        if made is not None:
            boxes = {**example.boxes, head: example.boxes[head].joined(made)}
            example = replace(example, boxes=boxes)
    return example


def _implanted(
    example: Example, random: np.random.Generator, synthesis: Synthesis, head: str
) -> Example:
    implant = synthesis.implants[int(random.integers(len(synthesis.implants)))]
    if implant.example is example:
        return example
    room = sites(example, head)
    random.shuffle(room)
    changed = (implanted(implant, example, site, head) for site in room)
    return next((each for each in changed if each is not example), example)


def graft(
    pixels: NDArray[np.uint8], host: ToothOutline, donor: Graft, apical_index: int = -1
) -> Boxes | None:
    """Put a treated tooth in place of another, in `pixels`; its boxes there.

    Box is fitted to box, left and right exchanged where the sides differ, and the rim
    blended. Restorations may stand out of the outline and are brought whole; boxes of
    the label `apical_index` hold bone around the root, which is not. None, and nothing
    is changed, if the two teeth differ too much in shape or size.
    """
    source, target = donor.outline.bounds, host.bounds
    scale = (target[2:] - target[:2]) / (source[2:] - source[:2])
    if max(scale[0] / scale[1], scale[1] / scale[0], *scale, *(1 / scale)) > LIKENESS:
        return None
    is_left = [outline.tooth.quadrant in (2, 3) for outline in (host, donor.outline)]
    mirror = is_left[0] != is_left[1]
    linear = np.diag([-scale[0] if mirror else scale[0], scale[1]])
    centers = [(bounds[:2] + bounds[2:]) / 2 for bounds in (source, target)]
    shift = centers[1] - linear @ centers[0]
    outline = donor.outline.points @ linear.T + shift
    corners = donor.treatments.corners.reshape(-1, 2, 2) @ linear.T + shift
    corners = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    reach = union(np.concatenate([corners, [bounds(outline)]]))
    area = pixel_area(enlarged(reach, 0.3), pixels)
    opacity = softened(filled(outline, area), max(1.5, 0.06 * (reach[2] - reach[0])))
    for box in corners[donor.treatments.label_indices != apical_index]:
        opacity = np.maximum(opacity, softened(box_filled(box, area), 1.5))
    left, top, right, bottom = area
    # Pixel centres lie half a pixel after the edges that the matrix maps.
    offset = shift + linear @ [0.5, 0.5] - 0.5 - [left, top]
    warped = cv2.warpAffine(
        donor.pixels,
        np.column_stack([linear, offset]),
        (right - left, bottom - top),
        borderMode=cv2.BORDER_REFLECT,
    )
    new: NDArray[np.uint8] = np.asarray(warped, np.uint8)
    below = pixels[top:bottom, left:right]
    rim = (opacity > 0.05) & (opacity < 0.6)
    if not rim.any():
        return None
    shifted = matched(new, float(np.median(new[rim])), float(np.median(below[rim])))
    mixed = opacity * shifted + (1 - opacity) * below
    pixels[top:bottom, left:right] = np.clip(mixed.round(), 0, 255)
    return replace(donor.treatments, corners=corners.astype(np.float32))


def _is_free(outline: ToothOutline, boxes: Boxes) -> bool:
    """Whether no treatment is on the tooth or touches it."""
    bounds = enlarged(outline.bounds, 0.1)
    return not (covered(boxes.corners, bounds) > 0).any()
