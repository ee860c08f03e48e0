"""Treatments that were never there: teeth of one radiograph treated like another's.

Real treatments are few. A treated tooth is grafted onto an untreated one of its kind,
or a root filling, crown or filling is painted where the tooth's outline says that it
would lie. The boxes follow the convention of the labels that are learned from: a
restoration's holds what is painted, a root filling's the apical part of the tooth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmentation import (
    Boxes,
    Example,
    ToothOutline,
    covered,
    matched,
)
from dentalviewer.labels import ENDODONTIC, RESTORATION

# The part of a tooth's height that an endodontic box holds, from the apex.
APICAL_SHARE = 0.62
# Outlines are drawn at this many times the resolution, then shrunk: soft edges.
SUPERSAMPLING = 4
# A treatment belongs to a tooth whose box, a little enlarged, holds this part of it.
OWN_SHARE = 0.85
# How alike in size and shape two teeth have to be for one to be grafted, as a ratio.
LIKENESS = 1.7

Kind = tuple[bool, str]
"""Whether in the upper jaw, and the tooth's family."""


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
    learned.
    """

    grafts: Grafts
    label_indices: Mapping[str, int]


def find_grafts(examples: Sequence[Example], head: str = "treatments") -> Grafts:
    """The treated teeth whose treatments are theirs alone: no bridges."""
    found: dict[Kind, list[Graft]] = {}
    for example in examples:
        boxes = example.boxes[head]
        for outline in example.teeth:
            own = covered(boxes.corners, _enlarged(outline.bounds, 0.12))
            touching = covered(boxes.corners, outline.bounds) > 0.1
            if not touching.any() or (own[touching] < OWN_SHARE).any():
                continue
            if boxes.ignored[touching].any():
                continue
            graft = Graft(example.pixels, outline, boxes.where(touching))
            found.setdefault(kind_of(outline), []).append(graft)
    return found


def kind_of(outline: ToothOutline) -> Kind:
    tooth = outline.tooth
    families = ("incisor", "incisor", "canine", "premolar", "premolar")
    family = families[tooth.position - 1] if tooth.position <= 5 else "molar"
    return tooth.quadrant in (1, 2), family


def synthesise(
    example: Example,
    random: np.random.Generator,
    synthesis: Synthesis,
    head: str = "treatments",
) -> Example:
    """`example` with one or more of its untreated teeth treated; itself if none is."""
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
    reach = _union(np.concatenate([corners, [_bounds(outline)]]))
    area = _pixel_area(_enlarged(reach, 0.3), pixels)
    opacity = _softened(_filled(outline, area), max(1.5, 0.06 * (reach[2] - reach[0])))
    for box in corners[donor.treatments.label_indices != apical_index]:
        opacity = np.maximum(opacity, _softened(_box_filled(box, area), 1.5))
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


def paint(
    pixels: NDArray[np.uint8],
    outline: ToothOutline,
    label_indices: Mapping[str, int],
    random: np.random.Generator,
) -> Boxes | None:
    """Paint a root filling, a crown or filling, or a crown on a root filling.

    In `pixels`; returns the boxes, None if nothing could be painted.
    """
    corners, labels = [], []
    rooted = ENDODONTIC in label_indices and random.random() < 0.45
    paths = canals(outline, random) if rooted else []
    if paths:
        paint_root_filling(pixels, outline, paths, random)
        corners.append(apical_box(outline))
        labels.append(label_indices[ENDODONTIC])
    if RESTORATION in label_indices and (not paths or random.random() < 0.7):
        crowned = random.random() < (0.6 if paths else 0.35)
        make = paint_crown if crowned else paint_filling
        box = make(pixels, outline, random)
        if box is not None:
            corners.append(box)
            labels.append(label_indices[RESTORATION])
    if not corners:
        return None
    return Boxes(
        np.array(corners, np.float32),
        np.array(labels, np.int64),
        np.zeros(len(labels), np.bool_),
    )


def apical_box(outline: ToothOutline) -> NDArray[np.float64]:
    """The part of a tooth's box that holds its root."""
    left, top, right, bottom = outline.bounds
    height = (bottom - top) * APICAL_SHARE
    if outline.tooth.quadrant in (1, 2):
        return np.array([left, top, right, top + height])
    return np.array([left, bottom - height, right, bottom])


def paint_root_filling(
    pixels: NDArray[np.uint8],
    outline: ToothOutline,
    paths: Sequence[NDArray[np.float64]],
    random: np.random.Generator,
) -> None:
    """White lines along the canals, as `canals` gives them."""
    area = _pixel_area(_enlarged(outline.bounds, 0.1), pixels)
    width = float(outline.bounds[2] - outline.bounds[0])
    share = 0.085 if _is_molar(outline) else 0.13
    thickness = max(1.2, width * share * random.uniform(0.7, 1.3))
    opacity = np.zeros((area[3] - area[1], area[2] - area[0]))
    for canal in paths:
        opacity = np.maximum(opacity, _line(canal, area, thickness))
    _brighten(pixels, area, opacity, float(random.uniform(205, 255)))


def canals(
    outline: ToothOutline, random: np.random.Generator
) -> list[NDArray[np.float64]]:
    """(n, 2) points of each canal, from the middle of the tooth to near an apex.

    The tooth is stood upright by its longer axis; level by level, a canal runs through
    the middle of each root, and where a molar's roots are one, through its thirds.
    """
    upright = _upright(outline)
    steps = 24
    levels = np.linspace(0.38, random.uniform(0.9, 0.97), steps)
    paths: list[list[tuple[float, float]]] = []
    for level in levels:
        middles = _root_middles(upright, level, molar=_is_molar(outline))
        if not paths:
            paths = [[] for _ in middles]
        for index, path in enumerate(paths):
            if index < len(middles):
                path.append((middles[index], level))
    usable = [np.array(path) for path in paths if len(path) > steps // 3]
    return [upright.to_radiograph(_smoothed(path)) for path in usable]


def paint_crown(
    pixels: NDArray[np.uint8], outline: ToothOutline, random: np.random.Generator
) -> NDArray[np.float64] | None:
    """Cover the crown of a tooth as metal or ceramics do; the box of it."""
    upright = _upright(outline)
    depth = random.uniform(0.24, 0.4)
    edge = np.array([[-2.0, depth], [0.0, depth * random.uniform(0.75, 1.1)],
                     [2.0, depth], [2.0, -1.0], [-2.0, -1.0]])  # fmt: skip
    area = _pixel_area(_enlarged(outline.bounds, 0.1), pixels)
    tooth = _filled(_grown(outline.points, random.uniform(1.0, 1.06)), area)
    opacity = tooth * _filled(upright.to_radiograph(edge), area)
    return _restore(pixels, area, opacity, _metal(random))


def paint_filling(
    pixels: NDArray[np.uint8], outline: ToothOutline, random: np.random.Generator
) -> NDArray[np.float64] | None:
    """A filling at the chewing surface or at a side of the crown; the box of it."""
    upright = _upright(outline)
    across, along = random.uniform(-0.4, 0.4), random.uniform(0.02, 0.2)
    half = (random.uniform(0.15, 0.42), random.uniform(0.05, 0.14))
    angles = np.sort(random.uniform(0, 2 * math.pi, 11))
    radii = random.uniform(0.75, 1.2, 11)
    blob = np.column_stack(
        [
            across + half[0] * radii * np.cos(angles),
            along + half[1] * radii * np.sin(angles),
        ]
    )
    area = _pixel_area(_enlarged(outline.bounds, 0.1), pixels)
    opacity = _filled(outline.points, area) * _filled(upright.to_radiograph(blob), area)
    # Front teeth are filled with composite, which is hardly whiter than enamel.
    is_composite = random.random() < (0.4 if _is_molar(outline) else 0.75)
    value = (
        _composite(pixels, area, opacity, random) if is_composite else _metal(random)
    )
    return _restore(pixels, area, opacity, value)


@dataclass(frozen=True, slots=True)
class _Upright:
    """A tooth's own frame: across -0.5 to 0.5, along 0 at the crown to 1 at the root.

    `mask` shows the tooth in it, one row for each hundredth along.
    """

    origin: NDArray[np.float64]
    across: NDArray[np.float64]
    along: NDArray[np.float64]
    mask: NDArray[np.bool_]

    def to_radiograph(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.origin + points[:, :1] * self.across + points[:, 1:] * self.along


def _upright(outline: ToothOutline) -> _Upright:
    points = outline.points.astype(np.float64)
    _, _, axes = np.linalg.svd(points - points.mean(axis=0))
    along = axes[0] if abs(axes[0, 1]) > abs(axes[1, 1]) else axes[1]
    root_is_up = outline.tooth.quadrant in (1, 2)
    if (along[1] < 0) != root_is_up:
        along = -along
    across = np.array([abs(along[1]), -along[0] * np.sign(along[1])])
    placed = points @ np.column_stack([across, along])
    low, high = placed.min(axis=0), placed.max(axis=0)
    size = high - low
    origin = across * (low[0] + high[0]) / 2 + along * low[1]
    shares = (placed - low) / size
    mask = np.zeros((100, 100), np.uint8)
    cv2.fillPoly(mask, [np.round(shares * 99).astype(np.int32)], 1)
    return _Upright(origin, across * size[0], along * size[1], mask.astype(np.bool_))


def _root_middles(upright: _Upright, level: float, *, molar: bool) -> list[float]:
    """Where canals run at a level along the tooth, -0.5 to 0.5 across it."""
    row = np.flatnonzero(upright.mask[min(99, int(level * 100))])
    if not len(row):
        return []
    roots = np.split(row, np.flatnonzero(np.diff(row) > 2) + 1)
    if molar and len(roots) == 1:
        left, right = row[0], row[-1]
        return [(left + (right - left) * s) / 100 - 0.5 for s in (0.3, 0.7)]
    wide = [root for root in roots if len(root) > 3] or roots[:1]
    return [(root[0] + root[-1]) / 200 - 0.5 for root in wide]


def _smoothed(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """A canal bends gently: a parabola through its points."""
    curve = np.polyfit(path[:, 1], path[:, 0], 2)
    return np.column_stack([np.polyval(curve, path[:, 1]), path[:, 1]])


def _restore(
    pixels: NDArray[np.uint8],
    area: tuple[int, int, int, int],
    opacity: NDArray[np.float64],
    value: float,
) -> NDArray[np.float64] | None:
    # What a hand has shaped has no sharp corners.
    rounded = cv2.GaussianBlur(opacity, (0, 0), 1.3)
    opacity = np.clip((rounded - 0.5) * 2.5 + 0.5, 0, 1)
    ys, xs = np.nonzero(opacity > 0.5)
    if len(xs) < 12:
        return None
    _brighten(pixels, area, opacity, value)
    left, top = area[:2]
    return np.array(
        [xs.min() + left, ys.min() + top, xs.max() + 1 + left, ys.max() + 1 + top],
        np.float64,
    )


def _metal(random: np.random.Generator) -> float:
    """A grey value: mostly as white as metal, at times like ceramics."""
    is_white = random.random() < 0.7
    return float(random.uniform(240, 255) if is_white else random.uniform(200, 245))


def _composite(
    pixels: NDArray[np.uint8],
    area: tuple[int, int, int, int],
    opacity: NDArray[np.float64],
    random: np.random.Generator,
) -> float:
    """A grey value that stands out a little from the tooth below."""
    left, top, right, bottom = area
    below = pixels[top:bottom, left:right][opacity > 0.5]
    tooth = float(np.percentile(below, 75)) if below.size else 160.0
    return min(tooth + float(random.uniform(22, 75)), 250.0)


def _brighten(
    pixels: NDArray[np.uint8],
    area: tuple[int, int, int, int],
    opacity: NDArray[np.float64],
    value: float,
) -> None:
    left, top, right, bottom = area
    below = pixels[top:bottom, left:right].astype(np.float64)
    # What lies before and behind still shows a little.
    shown = np.maximum(below, value + 0.15 * (below - below.mean()))
    soft = cv2.GaussianBlur(opacity, (0, 0), 0.6)
    mixed = soft * shown + (1 - soft) * below
    pixels[top:bottom, left:right] = np.clip(mixed.round(), 0, 255)


def _is_molar(outline: ToothOutline) -> bool:
    return kind_of(outline)[1] == "molar"


def _is_free(outline: ToothOutline, boxes: Boxes) -> bool:
    """Whether no treatment is on the tooth or touches it."""
    bounds = _enlarged(outline.bounds, 0.1)
    return not (covered(boxes.corners, bounds) > 0).any()


def _bounds(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _union(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])


def _enlarged(corners: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    margin = (corners[2:] - corners[:2]).astype(np.float64) * share
    return np.concatenate([corners[:2] - margin, corners[2:] + margin])


def _grown(points: NDArray[np.float32], factor: float) -> NDArray[np.float64]:
    middle = points.mean(axis=0)
    return np.asarray(middle + (points - middle) * factor, np.float64)


def _pixel_area(
    corners: NDArray[np.float64], pixels: NDArray[np.uint8]
) -> tuple[int, int, int, int]:
    """Whole pixels of the picture around the corners: left, top, right, bottom."""
    height, width = pixels.shape
    left, top = np.floor(corners[:2]).astype(int)
    right, bottom = np.ceil(corners[2:]).astype(int)
    return (
        int(np.clip(left, 0, width - 1)),
        int(np.clip(top, 0, height - 1)),
        int(np.clip(right, 1, width)),
        int(np.clip(bottom, 1, height)),
    )


def _filled(
    points: NDArray[np.floating], area: tuple[int, int, int, int]
) -> NDArray[np.float64]:
    """(h, w): how much of each pixel of the area a polygon covers, 0 to 1."""
    left, top, right, bottom = area
    size = ((right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING)
    mask = np.zeros(size[::-1], np.uint8)
    placed = np.round((points - [left, top]) * SUPERSAMPLING).astype(np.int32)
    cv2.fillPoly(mask, [placed], 255)
    return _shrunk(mask, area)


def _box_filled(
    corners: NDArray[np.floating], area: tuple[int, int, int, int]
) -> NDArray[np.float64]:
    left, top, right, bottom = corners
    outline = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return _filled(outline, area)


def _line(
    points: NDArray[np.float64], area: tuple[int, int, int, int], thickness: float
) -> NDArray[np.float64]:
    """(h, w) opacity of a line that grows thinner towards its end."""
    left, top, right, bottom = area
    size = ((right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING)
    mask = np.zeros(size[::-1], np.uint8)
    placed = np.round((points - [left, top]) * SUPERSAMPLING).astype(np.int32)
    for index, (start, end) in enumerate(pairwise(placed)):
        taper = 1 - 0.6 * index / len(placed)
        pen = max(1, round(thickness * SUPERSAMPLING * taper))
        cv2.line(mask, start.tolist(), end.tolist(), 255, pen)
    return _shrunk(mask, area)


def _shrunk(
    mask: NDArray[np.uint8], area: tuple[int, int, int, int]
) -> NDArray[np.float64]:
    left, top, right, bottom = area
    shrunk = cv2.resize(
        mask, (right - left, bottom - top), interpolation=cv2.INTER_AREA
    )
    return np.asarray(shrunk, np.float64) / 255


def _softened(opacity: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """A rim outside what is covered, fading over `spread` pixels."""
    grown = cv2.dilate(opacity, np.ones((3, 3)), iterations=max(1, round(spread)))
    blurred = cv2.GaussianBlur(grown, (0, 0), max(0.6, spread / 2))
    return np.asarray(np.maximum(blurred, 0), np.float64)
