"""The head of SSD (Liu et al., ECCV 2016): every default box is scored and adjusted.

It is shared among the levels of the pyramid; `losses` says how it is trained.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import batched_nms, clip_boxes_to_image

from dentalviewer.detection.networks.backbone import PYRAMID_CHANNELS
from dentalviewer.detection.networks.heads import (
    LEAST_SCORE,
    LOOSE_NMS_IOU,
    MAX_CANDIDATES,
    DefaultBoxes,
    Frame,
    Head,
    HeadPlan,
)
from dentalviewer.detection.networks.losses import Target, head_losses

MAX_CANDIDATES_BEFORE_NMS = 1000


class SingleShotHead(Head):
    """Scores and adjusts every default box of the levels it looks at."""

    takes_several = True

    def __init__(self, plan: HeadPlan) -> None:
        super().__init__()
        self.plan = plan
        self.label_groups = count = len(plan.default_box_sizes)
        self.tower = nn.Sequential(
            *_normed_convolution(plan.channels), *_normed_convolution(PYRAMID_CHANNELS)
        )
        self.labels = nn.Conv2d(PYRAMID_CHANNELS, count * plan.num_labels, 3, padding=1)
        self.offsets = nn.Conv2d(PYRAMID_CHANNELS, count * 4, 3, padding=1)
        for layer in (self.labels, self.offsets):
            nn.init.normal_(layer.weight, std=0.01)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        # Start from "nothing here" with 99 % (Lin et al., ICCV 2017).
        assert self.labels.bias is not None
        nn.init.constant_(self.labels.bias, -math.log(99))
        self._coder = BoxCoder(weights=(10.0, 10.0, 5.0, 5.0))
        self._default_boxes = DefaultBoxes(plan)

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (N, boxes, labels) and offsets (N, boxes, 4), in default-box order."""
        towers = [self.tower(level) for level in self.plan.seen_levels(levels)]
        logits = _flatten([self.labels(t) for t in towers], self.plan.num_labels)
        offsets = _flatten([self.offsets(t) for t in towers], 4)
        return logits.float(), offsets.float()

    def losses(
        self, levels: Sequence[Tensor], frame: Frame, targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        logits, offsets = self(levels)
        default_boxes = self._default_boxes.of(frame, logits.device)
        decoded = self._decode(offsets, torch.cat(default_boxes))
        return head_losses(logits, decoded, default_boxes, targets)

    def answers(self, levels: Sequence[Tensor]) -> tuple[Tensor, ...]:
        logits, offsets = self(levels)
        return logits, offsets

    def candidates(
        self, answers: Sequence[Tensor], frame: Frame
    ) -> list[dict[str, Tensor]]:
        logits, offsets = answers
        default_boxes = torch.cat(self._default_boxes.of(frame, logits.device))
        return [
            self._candidates(logits[image], offsets[image], default_boxes, frame)
            for image in range(len(logits))
        ]

    def scored_boxes(
        self, levels: Sequence[Tensor], frame: Frame
    ) -> tuple[Tensor, Tensor]:
        """Boxes may reach outside the frame."""
        logits, offsets = self(levels)
        default_boxes = torch.cat(self._default_boxes.of(frame, logits.device))
        return self._decode(offsets, default_boxes), logits.sigmoid()

    def _decode(self, offsets: Tensor, default_boxes: Tensor) -> Tensor:
        """(N, n, 4) boxes of (N, n, 4) offsets."""
        batch = offsets.shape[0]
        boxes = self._coder.decode_single(
            offsets.reshape(-1, 4), default_boxes.repeat(batch, 1)
        )
        shaped: Tensor = boxes.reshape(batch, -1, 4)
        return shaped

    def _candidates(
        self, logits: Tensor, offsets: Tensor, default_boxes: Tensor, frame: Frame
    ) -> dict[str, Tensor]:
        num_labels = logits.shape[1]
        flat = logits.sigmoid().flatten()
        above = torch.where(flat >= LEAST_SCORE)[0]
        best = flat[above].topk(min(MAX_CANDIDATES_BEFORE_NMS, len(above))).indices
        above = above[best]
        scores, label_indices = flat[above], above % num_labels
        where = above // num_labels
        boxes = self._coder.decode_single(offsets[where], default_boxes[where])
        boxes = clip_boxes_to_image(boxes, frame)
        kept = batched_nms(boxes, scores, label_indices, LOOSE_NMS_IOU)
        kept = kept[:MAX_CANDIDATES]
        return {
            "boxes": boxes[kept],
            "label_indices": label_indices[kept],
            "scores": scores[kept],
        }


def _normed_convolution(inputs: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, PYRAMID_CHANNELS, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return convolution, nn.GroupNorm(8, PYRAMID_CHANNELS), nn.ReLU(inplace=True)


def _flatten(levels: list[Tensor], width: int) -> Tensor:
    """Join (N, boxes * width, h, w) maps into (N, all default boxes, width)."""
    batch = levels[0].shape[0]
    return torch.cat(
        [level.permute(0, 2, 3, 1).reshape(batch, -1, width) for level in levels], dim=1
    )
