"""Finds the dental arches on a radiograph of any zoom, before anything is detected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dentalviewer.arch import Arch
from dentalviewer.detection.frames.polarity import (
    CLEARLY_BETTER,
    SURE,
    log_odds,
    new_polarity,
)
from dentalviewer.detection.frames.preprocessing import (
    Placement,
    crop,
    halved_to,
    letterbox,
)
from dentalviewer.geometry import Box, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOCATOR_FRAME = Size(256, 128)
COARSE_WIDTH = 2 * LOCATOR_FRAME.width
LOCATOR_STRIDE = 8
# What its state holds if it knows inverted radiographs.
POLARITY_WEIGHT = "polarity.weight"
# The second look: how much larger than the arches' window the view is.
SECOND_LOOK = 1.5
# On radiographs the arches are mostly as clear or more so; where they are misplaced, on
# a photograph of a screen, they are less. There they are looked for in parts of these
# shares, and what is found so is clearer by this much, and small: an arch unit is no
# longer than this share of the picture's height, of which it is 0.9 on a radiograph and
# mostly more on a part of one.
CLEAR, PARTS, CLEARER, SMALL = 0.55, (1 / 2, 1 / 3), 0.2, 0.5
# Log odds of not being inverted that it is worth to see the arches quite clearly.
CLEARNESS_WORTH = 20.0


class ArchLocator(nn.Module):
    """Points at the two ends and the origin of the arches; `Arch.landmarks`.

    Images (N, 1, 128, 256) to points (N, 3, 2), each x and y as a share of the frame:
    the mean place under a softmax over the frame (integral regression, Sun et al.,
    ECCV 2018), which does the same wherever the jaws lie. With `polarity` it also knows
    inverted radiographs.
    """

    def __init__(self, polarity: nn.Linear | None = None) -> None:
        super().__init__()
        self.polarity = polarity
        self.layers = nn.Sequential(
            *_block(1, 16, stride=2),
            *_block(16, 32, stride=2),
            *_block(32, 64, stride=2),
            *_block(64, 64, dilation=2),
            *_block(64, 64, dilation=4),
            *_block(64, 64, dilation=8),
            *_block(64, 64, dilation=2),
            nn.Conv2d(64, 3, 1),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The points, and the (N, 3, h, w) logits of where they are."""
        logits = self.layers(images)
        rows, columns = logits.shape[2:]
        shares = logits.flatten(2).softmax(dim=-1).reshape(logits.shape)
        x = (torch.arange(columns, device=images.device) + 0.5) / columns
        y = (torch.arange(rows, device=images.device) + 0.5) / rows
        points = torch.stack(
            [(shares.sum(dim=2) * x).sum(dim=-1), (shares.sum(dim=3) * y).sum(dim=-1)],
            dim=-1,
        )
        return points, logits


def new_locator(*, knows_inverted: bool) -> ArchLocator:
    """Untrained, to load weights into."""
    return ArchLocator(new_polarity() if knows_inverted else None)


def find_arches(
    locator: ArchLocator, grey: NDArray[np.uint8], *, in_parts: bool = True
) -> tuple[NDArray[np.uint8], Arch]:
    """The arches on grey (H, W) pixels, and the pixels, turned back if inverted.

    Where they are not both clear and surely upright, they are looked for on the inverse
    too, which is believed if it is clearly better by how upright the arches look and
    how clear they are. `in_parts` is as of `locate`.
    """
    found = locate(locator, grey, in_parts=in_parts)
    if locator.polarity is None:
        return grey, found.arch
    odds = log_odds(locator.polarity, grey, found.arch.window)
    if odds > SURE and found.clearness >= CLEAR:
        return grey, found.arch
    inverse = np.asarray(255 - grey, np.uint8)
    # Among the many answers for parts one would seem upright by chance.
    in_parts = in_parts and odds < -SURE
    other = locate(locator, inverse, in_parts=in_parts)
    gained = log_odds(locator.polarity, inverse, other.arch.window) - odds
    gained += CLEARNESS_WORTH * (other.clearness - found.clearness)
    if gained > CLEARLY_BETTER:
        return inverse, other.arch
    return grey, found.arch


class Located(NamedTuple):
    """Arches in pixels, and how clearly they are seen, 0 to 1."""

    arch: Arch
    clearness: float


def locate(
    locator: ArchLocator, grey: NDArray[np.uint8], *, in_parts: bool = True
) -> Located:
    """The arches on grey (H, W) pixels: a look at all of it, then a closer one.

    Where they are not clearly seen so, as on a photograph of a screen, and they may be
    looked for `in_parts`, parts are looked at likewise, and the clearest answer is
    believed if it is much clearer, and the arches are small there.
    """
    # The locator needs a tenth of a scanner's pixels, and halves are made fast.
    coarse, factor = halved_to(grey, COARSE_WIDTH)
    whole = best = _looked_closer(locator, coarse, *letterbox(coarse, LOCATOR_FRAME))
    for share in PARTS if in_parts else ():
        if best.clearness >= CLEAR:
            break
        for part in _parts(Size(coarse.shape[1], coarse.shape[0]), share):
            shown = crop(coarse, part, LOCATOR_FRAME)
            best = max(best, _looked_closer(locator, coarse, *shown), key=_clearness)
    is_clearer = best.clearness >= whole.clearness + CLEARER
    is_small = best.arch.scale <= SMALL * coarse.shape[0]
    arch, clearness = best if is_clearer and is_small else whole
    scaled = Arch(arch.x * factor, arch.y * factor, arch.scale * factor)
    return Located(scaled, clearness)


def _clearness(located: Located) -> float:
    return located.clearness


def _looked_closer(
    locator: ArchLocator,
    grey: NDArray[np.uint8],
    frame: NDArray[np.uint8],
    placement: Placement,
) -> Located:
    """Look at a frame, then closer at what is found there."""
    window = _look(locator, frame, placement).arch.window
    around = window.about_center(SECOND_LOOK)
    return _look(locator, *crop(grey, around, LOCATOR_FRAME))


def _look(
    locator: ArchLocator, frame: NDArray[np.uint8], placement: Placement
) -> Located:
    with torch.inference_mode():
        points, clearness = pointed_at(locator, to_locator_images([frame]))
    height, width = frame.shape
    landmarks = []
    for x, y in points[0].tolist():
        # A point is the corner of a box: the same conversion serves both.
        box = placement.to_radiograph(
            Box(x * width, y * height, x * width + 1, y * height + 1)
        )
        landmarks.append((box.x_min, box.y_min))
    return Located(Arch.from_landmarks(tuple(landmarks)), float(clearness[0]))


def pointed_at(locator: ArchLocator, images: Tensor) -> tuple[Tensor, Tensor]:
    """Where the locator points in (N, 1, h, w) images, (N, 3, 2) as shares of them, and
    (N,) how clearly: how much of what it has to say lies in one place, 3 by 3 of its
    cells, on average.
    """
    points, logits = locator(images)
    shares = logits.flatten(2).softmax(dim=-1).reshape(logits.shape)
    together = 9 * functional.avg_pool2d(shares, 3, stride=1, padding=1)
    return points, together.flatten(2).amax(dim=-1).mean(dim=-1)


def _parts(size: Size, share: float) -> Iterator[Box]:
    """Parts of that share of both sides, each half over the next."""
    width, height = size.width * share, size.height * share
    steps = round(2 / share) - 1
    for row, column in product(range(steps), repeat=2):
        x, y = column * width / 2, row * height / 2
        yield Box(x, y, x + width, y + height)


def to_locator_images(frames: list[NDArray[np.uint8]]) -> Tensor:
    """Grey frames as (N, 1, H, W), each with mean 0 and standard deviation 1."""
    images = torch.from_numpy(np.stack(frames)).unsqueeze(1).float()
    mean = images.mean(dim=(2, 3), keepdim=True)
    return (images - mean) / images.std(dim=(2, 3), keepdim=True).clamp(min=1.0)


def _block(
    inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1
) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(
        inputs,
        outputs,
        3,
        stride=stride,
        padding=dilation,
        dilation=dilation,
        bias=False,
    )
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return convolution, nn.GroupNorm(8, outputs), nn.ReLU(inplace=True)
