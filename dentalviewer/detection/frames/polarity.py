"""Tells inverted radiographs, on which bone is dark, so that they can be turned back.

The arches are looked at in a few hundred pixels, each standardised, by a logistic
regression without intercept: the inverse of a picture gets the opposite answer, and
black margins outside the radiograph say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dentalviewer.detection.frames.preprocessing import crop, halved_to
from dentalviewer.geometry import Box, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOK = Size(44, 24)
# Log odds beyond which the answer is sure; by how much the inverse has to be better,
# what its clearness is worth (locator.py) included.
SURE = 3.0
CLEARLY_BETTER = 3.0

VIEWS = 10
STEPS = 60
WEIGHT_DECAY = 3e-3


def new_polarity() -> nn.Linear:
    """Untrained: (N, 1056) looks to (N, 1) log odds of "not inverted"."""
    return nn.Linear(LOOK.width * LOOK.height, 1, bias=False)


def look(grey: NDArray[np.uint8], window: Box) -> NDArray[np.float32]:
    """(1056,): what the window shows, mean 0, standard deviation 1, 0 outside."""
    shown, _ = crop(grey, window, LOOK)
    inside, _ = crop(np.full_like(grey, 255), window, LOOK)
    part = inside.ravel() > 127
    values = shown.ravel().astype(np.float32)
    known = values[part]
    if not known.size:
        return np.zeros_like(values)
    spread = max(float(known.std()), 1.0)
    return np.where(part, (values - known.mean()) / spread, 0).astype(np.float32)


def log_odds(polarity: nn.Linear, grey: NDArray[np.uint8], window: Box) -> float:
    """How surely the arches in the window of grey (H, W) pixels are not inverted."""
    coarse, factor = halved_to(grey, 8 * LOOK.width)
    found = look(coarse, window.scaled(1 / factor, 1 / factor))
    with torch.inference_mode():
        return float(polarity(torch.from_numpy(found)))


def train_polarity(
    examples: Iterable[tuple[NDArray[np.uint8], Box]], *, seed: int
) -> nn.Linear:
    """Fitted to grey radiographs that are not inverted, with the arches' windows."""
    random = np.random.default_rng(seed)
    views = [_view(p, w, random) for p, w in examples for _ in range(VIEWS)]
    looks = torch.from_numpy(np.stack(views))
    polarity = new_polarity()
    nn.init.zeros_(polarity.weight)
    optimizer = torch.optim.LBFGS(polarity.parameters(), max_iter=STEPS)

    def loss() -> Tensor:
        optimizer.zero_grad()
        # Their inverses would say the same: the answer to each is the opposite.
        misfit = functional.softplus(-polarity(looks)).mean()
        found = misfit + WEIGHT_DECAY * polarity.weight.square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return polarity.requires_grad_(requires_grad=False)


def _view(
    pixels: NDArray[np.uint8], window: Box, random: np.random.Generator
) -> NDArray[np.float32]:
    """The arches as another scanner shows them, and as they are found by and by."""
    height, width = pixels.shape
    zoom = math.exp(random.normal(0, 0.08))
    x, y = window.center
    x += random.normal(0, 0.03) * window.width
    y += random.normal(0, 0.05) * window.height
    half_width, half_height = window.width * zoom / 2, window.height * zoom / 2
    seen = Box(x - half_width, y - half_height, x + half_width, y + half_height)
    # Others cut their pictures off nearer to the teeth.
    left, right = (random.uniform(0, 0.2) * width for _ in range(2))
    top, bottom = (random.uniform(0, 0.22) * height for _ in range(2))
    if random.random() < 0.5:
        pixels = pixels[round(top) : round(height - bottom)]
        pixels = pixels[:, round(left) : round(width - right)]
        seen = seen.moved(-round(left), -round(top))
    ramp = (np.arange(256) / 255) ** math.exp(random.uniform(-0.6, 0.6)) * 255
    exposed = cv2.LUT(pixels, ramp.round().astype(np.uint8))
    return look(np.asarray(exposed, np.uint8), seen)
