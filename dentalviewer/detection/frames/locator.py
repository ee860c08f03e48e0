"""Finds the dental arches on a radiograph of any zoom, before anything is detected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from dentalviewer.arch import Arch
from dentalviewer.detection.frames.polarity import (
    CLEARLY_BETTER,
    SURE,
    log_odds,
    new_polarity,
)
from dentalviewer.detection.frames.preprocessing import crop, halved_to, letterbox
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
    locator: ArchLocator, grey: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], Arch]:
    """The arches on grey (H, W) pixels, and the pixels, turned back if inverted.

    Where it is not sure from the arches as found whether they are, it looks for them on
    the inverse too, and believes the clearer of the two answers.
    """
    arch = locate(locator, grey)
    if locator.polarity is None:
        return grey, arch
    odds = log_odds(locator.polarity, grey, arch.window)
    if odds > SURE:
        return grey, arch
    inverse = np.asarray(255 - grey, np.uint8)
    if odds < -SURE:
        return inverse, arch
    other = locate(locator, inverse)
    other_odds = log_odds(locator.polarity, inverse, other.window)
    if other_odds > max(SURE, odds + CLEARLY_BETTER):
        return inverse, other
    return grey, arch


def locate(locator: ArchLocator, grey: NDArray[np.uint8]) -> Arch:
    """The arches on grey (H, W) pixels: a look at all of it, then a closer one."""
    # The locator needs a tenth of a scanner's pixels, and halves are made fast.
    coarse, factor = halved_to(grey, COARSE_WIDTH)
    frame, placement = letterbox(coarse, LOCATOR_FRAME)
    first = _point(locator, frame, placement.to_radiograph)
    window = first.window.about_center(SECOND_LOOK)
    frame, placement = crop(coarse, window, LOCATOR_FRAME)
    arch = _point(locator, frame, placement.to_radiograph)
    return Arch(arch.x * factor, arch.y * factor, arch.scale * factor)


def to_locator_images(frames: list[NDArray[np.uint8]]) -> Tensor:
    """Grey frames as (N, 1, H, W), each with mean 0 and standard deviation 1."""
    images = torch.from_numpy(np.stack(frames)).unsqueeze(1).float()
    mean = images.mean(dim=(2, 3), keepdim=True)
    return (images - mean) / images.std(dim=(2, 3), keepdim=True).clamp(min=1.0)


def _point(locator: ArchLocator, frame: NDArray[np.uint8], to_radiograph) -> Arch:  # type: ignore[no-untyped-def]
    with torch.inference_mode():
        points, _ = locator(to_locator_images([frame]))
    height, width = frame.shape
    placed = []
    for x, y in points[0].tolist():
        # A point is the corner of a box: the same conversion serves both.
        box = to_radiograph(Box(x * width, y * height, x * width + 1, y * height + 1))
        placed.append((box.x_min, box.y_min))
    return Arch.from_landmarks(tuple(placed))


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
