"""Makes of one radiograph what other clinics' machines might have made of it.

An `Example` goes in, a frame as the network sees it comes out. Everything is drawn from
the generator that is passed in, so that a run can be repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.example import Boxes, Example, areas
from dentalviewer.detection.augmenting.transplantation import Donor, transplant
from dentalviewer.detection.frames.preprocessing import stretched
from dentalviewer.geometry import Size

# A box of which less than this part is still in sight is ignored, not asked for.
LEAST_VISIBLE = 0.5
TRANSPLANT_SHARE = 0.25
SYNTHESIS_SHARE = 0.5
NOISY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Which variations are made; all by default but turning upside down."""

    flip: bool = True
    upturn: bool = False
    reframe: bool = True
    transplant: bool = True
    synthesis: bool = True
    cover: bool = True
    contrast: bool = True
    sharpness: bool = True


def augment(
    example: Example,
    size: Size,
    random: np.random.Generator,
    *,
    donors: Sequence[Donor] = (),
    synthesise: Callable[[Example, np.random.Generator], Example] | None = None,
    plan: Augmentation | None = None,
) -> Example:
    """A random variant in a frame of `size`: other framing, contrast and faults.

    `donors` have treatments that may be transplanted into this one. `synthesise` treats
    teeth that were not.
    """
    plan = plan or Augmentation()
    if plan.synthesis and synthesise and random.random() < SYNTHESIS_SHARE:
        example = synthesise(example, random)
    if plan.transplant and donors and random.random() < TRANSPLANT_SHARE:
        donor = donors[int(random.integers(len(donors)))]
        if donor.example is not example:
            example = transplant(donor, example)
    if plan.sharpness and random.random() < NOISY_SHARE:
        example = replace(example, pixels=_noisy(example.pixels, random))
    example = _reframe(example, size, random, plan)
    pixels = example.pixels
    if plan.cover:
        pixels = _cover(pixels, random)
    if plan.contrast:
        pixels = _change_contrast(pixels, random)
    if plan.sharpness:
        pixels = _change_sharpness(pixels, random)
    return replace(example, pixels=stretched(pixels))


def _reframe(
    example: Example, size: Size, random: np.random.Generator, plan: Augmentation
) -> Example:
    """Flip, zoom, shift, stretch and turn the window, in one resampling."""
    window = example.window
    factor = min(size.width / window.width, size.height / window.height)
    x, y = window.center
    angle, stretch, mirror, upturn = 0.0, 1.0, False, False
    if plan.reframe:
        spread = 0.3 if random.random() < 0.15 else 0.1
        factor *= math.exp(np.clip(random.normal(0, spread), -0.5, 0.4))
        stretch = math.exp(random.uniform(-0.08, 0.08))
        x += random.uniform(-0.07, 0.07) * window.width
        y += random.uniform(-0.09, 0.09) * window.height
        if random.random() < 0.4:
            angle = math.radians(random.uniform(-4, 4))
    if plan.flip:
        mirror = bool(random.random() < 0.5)
    if plan.upturn:
        upturn = bool(random.random() < 0.5)
    cosine, sine = math.cos(angle) * factor, math.sin(angle) * factor
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([stretch, 1.0])
    linear = np.diag([-1.0 if mirror else 1.0, -1.0 if upturn else 1.0]) @ linear
    shift = np.array([size.width / 2, size.height / 2]) - linear @ [x, y]
    # The matrix maps pixel edges; OpenCV maps pixel centres, half a pixel further on.
    centers = shift + linear @ [0.5, 0.5] - 0.5
    pixels = cv2.warpAffine(
        example.pixels,
        np.column_stack([linear, centers]),
        (size.width, size.height),
        flags=cv2.INTER_LINEAR,
        borderValue=0,
    )
    boxes = {}
    for name, found in example.boxes.items():
        labels = found.label_indices
        if mirror and name in example.mirrored:
            labels = example.mirrored[name][labels]
        if upturn and name in example.upturned:
            labels = example.upturned[name][labels]
        moved = replace(
            found,
            corners=_move_corners(found.corners, linear, shift),
            label_indices=labels,
        )
        boxes[name] = _clip(moved, size)
    return replace(example, pixels=np.asarray(pixels, np.uint8), boxes=boxes, teeth=())


def _move_corners(
    corners: NDArray[np.float32],
    linear: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Move the centres; sizes only scale, as the turns are too small to matter."""
    centers = (corners[:, :2] + corners[:, 2:]) / 2 @ linear.T + shift
    scale = np.hypot(linear[0], linear[1])
    halves = (corners[:, 2:] - corners[:, :2]) / 2 * scale
    moved = np.concatenate([centers - halves, centers + halves], axis=1)
    return moved.astype(np.float32)


def _clip(boxes: Boxes, size: Size) -> Boxes:
    limits = np.array([size.width, size.height] * 2, dtype=np.float32)
    clipped = np.clip(boxes.corners, 0, limits)
    sides = clipped[:, 2:] - clipped[:, :2]
    visible = np.prod(sides, axis=1) / np.maximum(areas(boxes.corners), 1e-6)
    kept = (sides > 1).all(axis=1) & (visible > 0.05)
    ignored = boxes.ignored | (visible < LEAST_VISIBLE)
    return replace(boxes, corners=clipped, ignored=ignored).where(kept)


def _cover(pixels: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Blacken or whiten a few small patches, as burnt-in letters and markers do."""
    if random.random() > 0.15:
        return pixels
    pixels = pixels.copy()
    height, width = pixels.shape
    for _ in range(random.integers(1, 4)):
        patch_height = int(height * random.uniform(0.03, 0.12))
        patch_width = int(width * random.uniform(0.03, 0.12))
        # At the rims, where labels and names are burnt in: never over the teeth.
        top = random.choice([0, height - patch_height])
        left = random.integers(0, width - patch_width + 1)
        value = random.choice([0, 0, 255])
        pixels[top : top + patch_height, left : left + patch_width] = value
    return pixels


def _change_contrast(
    pixels: NDArray[np.uint8], random: np.random.Generator
) -> NDArray[np.uint8]:
    if random.random() < 0.12:
        clahe = cv2.createCLAHE(float(random.uniform(1.0, 4.0)), (8, 8))
        pixels = np.asarray(clahe.apply(pixels), np.uint8)
    ramp = np.arange(256, dtype=np.float64) / 255
    gamma = math.exp(random.uniform(-0.55, 0.55))
    contrast = math.exp(random.uniform(-0.4, 0.4))
    brightness = random.uniform(-0.12, 0.12)
    ramp = (ramp**gamma - 0.5) * contrast + 0.5 + brightness
    if random.random() < 0.1:
        ramp = 1 - ramp
    table = np.clip(ramp * 255, 0, 255).round().astype(np.uint8)
    return table[pixels]


def _change_sharpness(
    pixels: NDArray[np.uint8], random: np.random.Generator
) -> NDArray[np.uint8]:
    draw = random.random()
    if draw < 0.15:
        blurred = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.4, 1.3)))
        pixels = np.asarray(blurred, np.uint8)
    elif draw < 0.35:
        blurred = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.8, 2.5)))
        amount = float(random.uniform(0.5, 2.5))
        sharpened = cv2.addWeighted(pixels, 1 + amount, blurred, -amount, 0)
        pixels = np.asarray(sharpened, np.uint8)
    if random.random() < 0.2:
        pixels = _noisy(pixels, random)
    return pixels


def _noisy(pixels: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """As a sensor makes it if before framing, pixel by pixel; else as a print does."""
    noise = random.standard_normal(pixels.shape, dtype=np.float32)
    noise *= random.uniform(2, 15)
    return np.asarray(np.clip(pixels + noise, 0, 255), np.uint8)
