"""What the heads of all architectures have in common: plan, default boxes, limits."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dentalviewer.detection.networks.backbone import PYRAMID_CHANNELS, STRIDES
from dentalviewer.detection.networks.losses import Target

LEAST_SCORE = 0.05
LOOSE_NMS_IOU = 0.7
MAX_CANDIDATES = 300

Frame = tuple[int, int]
"""Height and width of the images, in pixels."""


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """What one head looks for.

    `default_box_sizes` are (width, height) in strides. `first_level` is the index in
    STRIDES of the finest level it looks at. With `sees_place` it is told where in the
    frame each feature lies, without which a tooth's number cannot be known.
    """

    num_labels: int
    default_box_sizes: Sequence[Sequence[float]]
    first_level: int = 0
    sees_place: bool = False

    @property
    def channels(self) -> int:
        """Of the levels that `seen_levels` gives."""
        return PYRAMID_CHANNELS + (2 if self.sees_place else 0)

    def seen_levels(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """The pyramid's levels that the head looks at, with places if it sees them."""
        seen = levels[self.first_level :]
        if not self.sees_place:
            return list(seen)
        return [torch.cat([level, _places(level)], dim=1) for level in seen]


class Head(nn.Module):
    """Finds one set of labels in the levels of the pyramid.

    `label_groups` says how the outputs of its labels lie in memory: so many groups,
    each of which has one label after the other. `takes_several` says whether
    `scored_boxes` takes several images at once.
    """

    plan: HeadPlan
    label_groups: int
    takes_several: bool

    @abstractmethod
    def losses(
        self, levels: Sequence[Tensor], frame: Frame, targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        """What is to be made small, by name; one target for each image."""

    @abstractmethod
    def answers(self, levels: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """What is computed alike for all images, before anything is chosen."""

    @abstractmethod
    def candidates(
        self, answers: Sequence[Tensor], frame: Frame
    ) -> list[dict[str, Tensor]]:
        """For each image boxes, label_indices and scores, best first."""

    @abstractmethod
    def scored_boxes(
        self, levels: Sequence[Tensor], frame: Frame
    ) -> tuple[Tensor, Tensor]:
        """All boxes (N, n, 4) and their scores (N, n, labels), before suppression."""


class DefaultBoxes:
    """The default boxes of a plan in frames of any size."""

    def __init__(self, plan: HeadPlan) -> None:
        self._plan = plan
        self._known: dict[Frame, list[Tensor]] = {}

    def of(self, frame: Frame, device: torch.device) -> list[Tensor]:
        """(n, 4) default boxes for each level of a (height, width) frame."""
        if frame not in self._known:
            # Those made in inference mode could not be trained with.
            with torch.inference_mode(mode=False):
                self._known[frame] = [
                    _level_boxes(frame, stride, self._plan.default_box_sizes)
                    for stride in STRIDES[self._plan.first_level :]
                ]
        return [boxes.to(device) for boxes in self._known[frame]]


def _places(level: Tensor) -> Tensor:
    """(N, 2, h, w): how far right and down each feature lies, -1 to 1 (CoordConv)."""
    batch, _, rows, columns = level.shape
    y = torch.linspace(-1, 1, rows, device=level.device, dtype=level.dtype)
    x = torch.linspace(-1, 1, columns, device=level.device, dtype=level.dtype)
    grid = torch.stack([x.expand(rows, columns), y.unsqueeze(1).expand(rows, columns)])
    return grid.expand(batch, -1, -1, -1)


def _level_boxes(frame: Frame, stride: int, sizes: Sequence[Sequence[float]]) -> Tensor:
    rows, columns = (math.ceil(side / stride) for side in frame)
    y, x = torch.meshgrid(
        (torch.arange(rows) + 0.5) * stride,
        (torch.arange(columns) + 0.5) * stride,
        indexing="ij",
    )
    centers = torch.stack([x, y], dim=-1).reshape(-1, 1, 2)
    halves = torch.tensor([list(size) for size in sizes]) * (stride / 2)
    return torch.cat([centers - halves, centers + halves], dim=-1).reshape(-1, 4)
