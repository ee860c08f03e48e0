"""Paints treatments on teeth that have none, where the outlines say they would lie.

Boxes follow the convention of the labels that are learned from: a restoration's holds
what is painted, a root filling's the apical part of the tooth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.example import Boxes, ToothOutline
from dentalviewer.detection.augmenting.opacity import (
    Area,
    enlarged,
    filled,
    grown,
    line,
    pixel_area,
)
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, RESTORATION
from dentalviewer.tooth_places import root_region

# How round corners are, of the root of an area.
ROUNDED = 0.09

Kind = tuple[bool, str]
"""Whether in the upper jaw, and the tooth's family."""


def kind_of(outline: ToothOutline) -> Kind:
    tooth = outline.tooth
    families = ("incisor", "incisor", "canine", "premolar", "premolar")
    family = families[tooth.position - 1] if tooth.position <= 5 else "molar"
    return tooth.is_upper, family


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
    """The part of a tooth's box that holds its root: x_min, y_min, x_max, y_max."""
    whole = Box(*map(float, outline.bounds))
    return np.array(root_region(outline.tooth, whole).corners)


def paint_root_filling(
    pixels: NDArray[np.uint8],
    outline: ToothOutline,
    paths: Sequence[NDArray[np.float64]],
    random: np.random.Generator,
) -> None:
    """Bright lines along the canals, as `canals` gives them."""
    area = pixel_area(enlarged(outline.bounds, 0.1), pixels)
    width = float(outline.bounds[2] - outline.bounds[0])
    share = 0.07 if is_molar(outline) else 0.11
    thickness = max(1.2, width * share * random.uniform(0.7, 1.3))
    opacity = np.zeros((area[3] - area[1], area[2] - area[0]))
    for canal in paths:
        opacity = np.maximum(opacity, line(canal, area, thickness))
    opacity *= _unevenness(opacity.shape, 2 * thickness, random, depth=0.45)
    _brighten(pixels, area, opacity, float(random.uniform(185, 250)))


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
        middles = _root_middles(upright, level, molar=is_molar(outline))
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
    across = np.linspace(-0.6, 0.6, 13)
    # Its margin follows the gum: higher or lower in the middle than at the sides.
    margin = depth * (1 - random.uniform(-0.1, 0.25) * (1 - (across / 0.6) ** 2))
    edge = np.concatenate([np.column_stack([across, margin]), [[2, -1], [-2, -1]]])
    area = pixel_area(enlarged(outline.bounds, 0.1), pixels)
    tooth = filled(grown(outline.points, random.uniform(1.0, 1.06)), area)
    opacity = tooth * filled(upright.to_radiograph(edge), area)
    return _restore(pixels, area, opacity, _metal(random), random)


def paint_filling(
    pixels: NDArray[np.uint8], outline: ToothOutline, random: np.random.Generator
) -> NDArray[np.float64] | None:
    """A filling at the chewing surface or at a side of the crown; the box of it."""
    upright = _upright(outline)
    across, along = random.uniform(-0.4, 0.4), random.uniform(0.02, 0.2)
    half = (random.uniform(0.15, 0.42), random.uniform(0.05, 0.14))
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    radii = np.ones_like(angles)
    for waves in (1, 2, 3):
        turned = random.uniform(0, 2 * math.pi)
        radii += random.uniform(0, 0.3 / waves) * np.cos(waves * angles + turned)
    blob = np.column_stack(
        [
            across + half[0] * radii * np.cos(angles),
            along + half[1] * radii * np.sin(angles),
        ]
    )
    area = pixel_area(enlarged(outline.bounds, 0.1), pixels)
    opacity = filled(outline.points, area) * filled(upright.to_radiograph(blob), area)
    # Front teeth are filled with composite, which is hardly whiter than enamel.
    is_composite = random.random() < (0.4 if is_molar(outline) else 0.75)
    value = (
        _composite(pixels, area, opacity, random) if is_composite else _metal(random)
    )
    return _restore(pixels, area, opacity, value, random)


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
    root_is_up = outline.tooth.is_upper
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
    area: Area,
    opacity: NDArray[np.float64],
    value: float,
    random: np.random.Generator,
) -> NDArray[np.float64] | None:
    # What a hand has shaped has no sharp corners.
    spread = max(1.3, ROUNDED * math.sqrt(opacity.sum()))
    rounded = cv2.GaussianBlur(opacity, (0, 0), spread)
    opacity = np.clip((rounded - 0.5) * 2 * spread + 0.5, 0, 1)
    ys, xs = np.nonzero(opacity > 0.5)
    if len(xs) < 12:
        return None
    uneven = _unevenness(opacity.shape, 3 * spread, random, depth=0.15)
    _brighten(pixels, area, opacity * uneven, value)
    left, top = area[:2]
    return np.array(
        [xs.min() + left, ys.min() + top, xs.max() + 1 + left, ys.max() + 1 + top],
        np.float64,
    )


def _unevenness(
    shape: tuple[int, ...],
    spread: float,
    random: np.random.Generator,
    *,
    depth: float,
) -> NDArray[np.float64]:
    """(h, w) of 1 - `depth` to 1, that changes over about `spread` pixels."""
    noise = cv2.GaussianBlur(random.standard_normal(shape), (0, 0), spread)
    low, high = noise.min(), noise.max()
    return np.asarray(1 - depth * (noise - low) / max(high - low, 1e-9), np.float64)


def _metal(random: np.random.Generator) -> float:
    """A grey value: mostly as white as metal, at times like ceramics."""
    is_white = random.random() < 0.7
    return float(random.uniform(240, 255) if is_white else random.uniform(200, 245))


def _composite(
    pixels: NDArray[np.uint8],
    area: Area,
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
    area: Area,
    opacity: NDArray[np.float64],
    value: float,
) -> None:
    left, top, right, bottom = area
    below = pixels[top:bottom, left:right].astype(np.float64)
    # What lies before and behind still shows a little.
    shown = np.maximum(below, value + 0.15 * (below - below.mean()))
    soft = cv2.GaussianBlur(opacity, (0, 0), 0.8)
    mixed = soft * shown + (1 - soft) * below
    pixels[top:bottom, left:right] = np.clip(mixed.round(), 0, 255)


def is_molar(outline: ToothOutline) -> bool:
    return kind_of(outline)[1] == "molar"
