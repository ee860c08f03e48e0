"""Trains the arch locator, from tooth boxes with their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from dentalviewer.arch import Arch
from dentalviewer.detection.frames.locator import (
    COARSE_WIDTH,
    LOCATOR_FRAME,
    LOCATOR_STRIDE,
    ArchLocator,
    to_locator_images,
)
from dentalviewer.detection.frames.preprocessing import halved_to
from dentalviewer.detection.training.counting import counted

BATCH_SIZE = 16
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.02
# How far around a landmark its place is still called right, in cells of the map.
SPREAD = 1.0


def for_locator(
    pixels: NDArray[np.uint8], arch: Arch
) -> tuple[NDArray[np.uint8], Arch]:
    """A grey radiograph at the size from which a locator looks at it, and its arch."""
    coarse, factor = halved_to(pixels, COARSE_WIDTH)
    return coarse, Arch(arch.x / factor, arch.y / factor, arch.scale / factor)


def train_locator(
    examples: Sequence[tuple[NDArray[np.uint8], Arch]], *, epochs: int, seed: int
) -> ArchLocator:
    """A locator trained on radiographs with their arches, as of `for_locator`."""
    random = np.random.default_rng(seed)
    locator = ArchLocator()
    optimizer = torch.optim.AdamW(
        locator.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    batches = math.ceil(len(examples) / BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=epochs * batches
    )
    locator.train()
    with counted("learning where the arches are", epochs) as one_more:
        for _ in range(epochs):
            order = random.permutation(len(examples))
            for start in range(0, len(order), BATCH_SIZE):
                chosen = [
                    _vary(pixels, arch, random)
                    for pixels, arch in (
                        examples[index] for index in order[start : start + BATCH_SIZE]
                    )
                ]
                images = to_locator_images([frame for frame, _ in chosen])
                wanted = torch.tensor([points for _, points in chosen])
                points, logits = locator(images)
                loss = _loss(points, logits, wanted)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
            one_more()
    return locator.eval()


def _loss(points: Tensor, logits: Tensor, wanted: Tensor) -> Tensor:
    rows, columns = logits.shape[2:]
    x = (torch.arange(columns) + 0.5) / LOCATOR_FRAME.width * LOCATOR_STRIDE
    y = (torch.arange(rows) + 0.5) / LOCATOR_FRAME.height * LOCATOR_STRIDE
    # Cells are square in pixels; shares of the frame are not.
    far_x = (x - wanted[..., :1]) * columns
    far_y = (y - wanted[..., 1:]) * rows
    squared = far_x.unsqueeze(2) ** 2 + far_y.unsqueeze(3) ** 2
    places = (-squared / (2 * SPREAD**2)).flatten(2).softmax(dim=-1)
    spread_loss = -(places * logits.flatten(2).log_softmax(dim=-1)).sum(dim=-1).mean()
    scale = torch.tensor([2.0, 1.0])
    place_loss = functional.smooth_l1_loss(points * scale, wanted * scale, beta=0.02)
    return spread_loss * 0.1 + place_loss * 10


def _vary(
    pixels: NDArray[np.uint8], arch: Arch, random: np.random.Generator
) -> tuple[NDArray[np.uint8], list[list[float]]]:
    """The radiograph as another scanner might frame and expose it, and the landmarks
    as shares of the frame.
    """
    height, width = pixels.shape
    fit = min(LOCATOR_FRAME.width / width, LOCATOR_FRAME.height / height)
    zoom = fit * math.exp(random.uniform(math.log(0.65), math.log(1.9)))
    stretch = math.exp(random.uniform(-0.1, 0.1))
    angle = math.radians(random.uniform(-4, 4))
    mirror = -1.0 if random.random() < 0.5 else 1.0
    cosine, sine = math.cos(angle) * zoom, math.sin(angle) * zoom
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([stretch, 1.0])
    linear = np.diag([mirror, 1.0]) @ linear
    # The arches lie anywhere, as long as most of them stays in sight.
    arch_width = arch.scale * zoom
    free_x = max(LOCATOR_FRAME.width - arch_width, 12.0)
    free_y = max(LOCATOR_FRAME.height - arch_width * 0.5, 12.0)
    middle = np.array([LOCATOR_FRAME.width / 2, LOCATOR_FRAME.height / 2])
    target = middle + np.array(
        [
            random.uniform(-0.5, 0.5) * min(free_x, 0.35 * LOCATOR_FRAME.width),
            random.uniform(-0.5, 0.5) * min(free_y, 0.45 * LOCATOR_FRAME.height),
        ]
    )
    shift = target - linear @ [arch.x, arch.y]
    centers = shift + linear @ [0.5, 0.5] - 0.5
    frame = cv2.warpAffine(
        pixels,
        np.column_stack([linear, centers]),
        (LOCATOR_FRAME.width, LOCATOR_FRAME.height),
        flags=cv2.INTER_LINEAR,
        borderValue=0,
    )
    landmarks = np.array(arch.landmarks) @ linear.T + shift
    if mirror < 0:
        landmarks = landmarks[[1, 0, 2]]
    shares = landmarks / [LOCATOR_FRAME.width, LOCATOR_FRAME.height]
    return _expose(np.asarray(frame, np.uint8), random), shares.tolist()


def _expose(frame: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    # Other scanners cut their pictures off elsewhere.
    if random.random() < 0.4:
        frame = frame.copy()
        sides = random.uniform(0, 0.1, 4) * np.repeat(frame.shape, 2)
        top, bottom, left, right = sides.astype(int)
        frame[:top], frame[len(frame) - bottom :] = 0, 0
        frame[:, :left], frame[:, frame.shape[1] - right :] = 0, 0
    ramp = (np.arange(256) / 255) ** math.exp(random.uniform(-0.6, 0.6))
    if random.random() < 0.12:
        ramp = 1 - ramp
    values = ramp[frame] + random.normal(0, random.uniform(0, 0.04), frame.shape)
    return np.clip(values * 255, 0, 255).astype(np.uint8)
