"""Where the arches are looked for; a bright bar on black stands for them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from dentalviewer.detection.frames.locator import ArchLocator, locate, pointed_at

# What the locator makes out of the bar only if it is as wide in the frame.
LEAST = 60
PICTURE = (1800, 2400)


class BarLocator(ArchLocator):
    """Points at the ends and the middle of a bar, or everywhere if it is too small."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        self.looks += 1
        (frame,) = images[:, 0]
        logits = torch.zeros(1, 3, 16, 32)
        # Of an even frame nothing is above its mean.
        rows, columns = torch.nonzero(frame > 0.5 * frame.max().clamp(1), as_tuple=True)
        if not len(columns) or columns.max() + 1 - columns.min() < LEAST:
            return torch.full((1, 3, 2), 0.5), logits
        left, right = int(columns.min()), int(columns.max()) + 1
        row = float(rows.float().mean()) + 0.5
        x = torch.tensor([left, right, (left + right) / 2])
        for index, each in enumerate(x.tolist()):
            logits[0, index, int(row / 8), min(int(each / 8), 31)] = 20.0
        points = torch.stack([x / 256, torch.full((3,), row / 128)], dim=1)
        return points[None], logits


def picture(left: int, width: int) -> NDArray[np.uint8]:
    pixels = np.zeros(PICTURE, np.uint8)
    pixels[1200:1300, left : left + width] = 255
    return pixels


def test_what_is_clear_at_once_is_looked_at_twice() -> None:
    """A bar of 1200 pixels in a frame that shows 3600 of them in 256."""
    finder = BarLocator()

    arch, clearness = locate(finder, picture(600, 1200))

    assert (arch.x, arch.y) == pytest.approx((1200, 1250), abs=20)
    assert arch.scale == pytest.approx(1200, abs=40)
    assert finder.looks == 2
    assert clearness == pytest.approx(1, abs=0.01)


def test_arches_too_small_to_be_clear_are_found_in_a_part_of_the_picture() -> None:
    """300 pixels are 21 of the whole frame, 43 of half of it and 64 of a third."""
    arch, _ = locate(BarLocator(), picture(1700, 300))

    assert (arch.x, arch.y) == pytest.approx((1850, 1250), abs=10)
    assert arch.scale == pytest.approx(300, abs=15)


def test_parts_are_looked_at_only_where_that_is_wished() -> None:
    arch, _ = locate(BarLocator(), picture(1700, 300), in_parts=False)

    assert abs(arch.x - 1850) > 300


def test_where_nothing_is_clear_an_answer_is_given_all_the_same() -> None:
    arch, clearness = locate(BarLocator(), picture(1700, 30))

    assert np.isfinite((arch.x, arch.y, arch.scale)).all()
    assert clearness < 0.1


def test_it_is_clear_where_all_that_is_said_lies_in_one_place() -> None:
    logits = torch.zeros(1, 3, 16, 32)
    logits[0, :, 5, 7] = 50.0
    everywhere = torch.zeros(1, 3, 16, 32)
    locator = BarLocator()
    for said, clearness in ((logits, 1.0), (everywhere, 9 / (16 * 32))):
        locator.forward = lambda _, said=said: (torch.zeros(1, 3, 2), said)  # type: ignore[method-assign,misc]
        _, found = pointed_at(locator, torch.zeros(1, 1, 128, 256))
        assert float(found) == pytest.approx(clearness)
