"""Makes of one radiograph what other clinics' machines might have made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# A box of which less than this part is still in sight is ignored, not asked for.
LEAST_VISIBLE = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """Grey pixels (H, W) uint8 with boxes (N, 4) float32 as x_min, y_min, x_max, y_max.

    `label_indices` is (N,) int64; `ignored` is (N,) bool, True for boxes that the loss
    leaves out.
    """

    pixels: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    label_indices: NDArray[np.int64]
    ignored: NDArray[np.bool_]


def augment(example: Example, random: np.random.Generator) -> Example:
    """A random variant: other framing, other contrast, other faults of the picture."""
    example = _reframe(example, random)
    pixels = _cover(example.pixels, random)
    pixels = _change_contrast(pixels, random)
    pixels = _change_sharpness(pixels, random)
    return Example(pixels, example.boxes, example.label_indices, example.ignored)


def _reframe(example: Example, random: np.random.Generator) -> Example:
    """Flip, zoom (0.8 to 1.75), crop and turn (up to 4 degrees) in one resampling."""
    height, width = example.pixels.shape
    zoom = math.exp(random.uniform(math.log(0.8), math.log(1.75)))
    stretch = math.exp(random.uniform(-0.12, 0.12))
    # The window is what the new radiograph shows of the old one, in old pixels.
    window_width = width / zoom * math.sqrt(stretch)
    window_height = height / zoom / math.sqrt(stretch)
    slack_x, slack_y = abs(width - window_width), abs(height - window_height)
    center_x = width / 2 + random.uniform(-0.5, 0.5) * slack_x
    center_y = height / 2 + random.uniform(-0.5, 0.5) * slack_y
    angle = math.radians(random.uniform(-4, 4)) if random.random() < 0.4 else 0.0
    mirror = -1.0 if random.random() < 0.5 else 1.0
    # The new radiograph is as wide as the old one, whatever it shows of it.
    factor = width / window_width
    new_width, new_height = round(window_width * factor), round(window_height * factor)
    cosine, sine = math.cos(angle) * factor, math.sin(angle) * factor
    linear = np.array([[mirror * cosine, -mirror * sine], [sine, cosine]])
    shift = np.array([new_width / 2, new_height / 2]) - linear @ [center_x, center_y]
    # The matrix maps pixel edges; OpenCV maps pixel centres, half a pixel further on.
    centers = shift + linear @ [0.5, 0.5] - 0.5
    pixels = cv2.warpAffine(
        example.pixels,
        np.column_stack([linear, centers]),
        (new_width, new_height),
        flags=cv2.INTER_LINEAR if factor >= 1 else cv2.INTER_AREA,
        borderValue=0,
    )
    boxes = _move_boxes(example.boxes, linear, shift)
    return _clip(
        Example(pixels, boxes, example.label_indices, example.ignored),
        new_width,
        new_height,
    )


def _move_boxes(
    boxes: NDArray[np.float32], linear: NDArray[np.float64], shift: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Move the centres; sizes only scale, as the turns are too small to matter."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2 @ linear.T + shift
    halves = (boxes[:, 2:] - boxes[:, :2]) / 2 * math.sqrt(abs(np.linalg.det(linear)))
    return np.concatenate([centers - halves, centers + halves], axis=1).astype(
        np.float32
    )


def _clip(example: Example, width: int, height: int) -> Example:
    limits = np.array([width, height, width, height], dtype=np.float32)
    clipped = np.clip(example.boxes, 0, limits)
    sides = clipped[:, 2:] - clipped[:, :2]
    whole = np.prod(example.boxes[:, 2:] - example.boxes[:, :2], axis=1)
    visible = np.prod(sides, axis=1) / np.maximum(whole, 1e-6)
    kept = (sides > 1).all(axis=1) & (visible > 0.05)
    return Example(
        example.pixels,
        clipped[kept],
        example.label_indices[kept],
        (example.ignored | (visible < LEAST_VISIBLE))[kept],
    )


def _cover(
    pixels: NDArray[np.uint8], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Blacken a margin, as where a radiograph was masked, or a few small patches."""
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
        pixels = clahe.apply(pixels)
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
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.4, 1.3)))
    elif draw < 0.35:
        blurred = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.8, 2.5)))
        amount = float(random.uniform(0.5, 2.5))
        pixels = cv2.addWeighted(pixels, 1 + amount, blurred, -amount, 0)
    if random.random() < 0.3:
        noise = random.standard_normal(pixels.shape, dtype=np.float32)
        noise *= random.uniform(2, 14)
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return pixels
