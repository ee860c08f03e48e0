"""The networks, by name. Each is a plain function that returns a module.

All follow torchvision's convention for detection: in training mode a network takes
images and targets and returns a dict of losses; in evaluation mode it takes images and
returns one dict of boxes, label_indices and scores per image. Images are float32
(N, 3, H, W); boxes are float32 (n, 4) pixel edges x_min, y_min, x_max, y_max of the
(H, W) frame.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import mobilenet_v2
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.ops import (
    FeaturePyramidNetwork,
    batched_nms,
    box_iou,
    clip_boxes_to_image,
    generalized_box_iou_loss,
    sigmoid_focal_loss,
)

LEAST_SCORE = 0.05
LOOSE_NMS_IOU = 0.7
MAX_CANDIDATES = 300
MAX_CANDIDATES_BEFORE_NMS = 1000

STRIDES = (8, 16, 32, 64)
PYRAMID_CHANNELS = 96

# Blocks of MobileNetV2 whose output enters the pyramid, with their channels; the last
# block, which widens to 1280 channels for classification, is not used.
PYRAMID_BLOCKS = {6: 32, 13: 96, 17: 320}
# Blocks that keep their ImageNet weights: edges look the same on a radiograph, and
# these, at the highest resolution, would take a third of the training time.
FROZEN_BLOCKS = 4

# A default box is positive above, background below; between, it is left out.
POSITIVE_IOU, BACKGROUND_IOU = 0.5, 0.4

BoxSize = tuple[float, float]


def ssd_mobilenet(
    num_labels: int,
    *,
    default_box_sizes: Sequence[BoxSize],
    backbone_weights: Path | None = None,
) -> nn.Module:
    """SSD (Liu et al., ECCV 2016) on MobileNetV2 (Sandler et al., CVPR 2018).

    A feature pyramid (Lin et al., CVPR 2017) carries the layers to strides 8 to 64; the
    heads are shared among them and trained with the focal loss (Lin et al., ICCV 2017)
    and generalised IoU (Rezatofighi et al., CVPR 2019) in place of SSD's own losses.

    `default_box_sizes` are (width, height) in strides. `backbone_weights` is a
    safetensors file for `mobilenet_v2().features`; without it weights are random.
    """
    return SingleShotDetector(
        MobilePyramid(backbone_weights), num_labels, default_box_sizes
    )


ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {"ssd_mobilenet": ssd_mobilenet}


class FrozenNormConv2d(nn.Conv2d):
    """A convolution and the frozen batch normalisation after it, in one step.

    Equal to both in evaluation mode, but the normalisation is applied to the weights
    instead of to every pixel. The shift is learned, the scale is not.
    """

    scale: Tensor

    @classmethod
    def joining(cls, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> FrozenNormConv2d:
        joined = cls(
            convolution.in_channels,
            convolution.out_channels,
            kernel_size=convolution.kernel_size,  # type: ignore[arg-type]
            stride=convolution.stride,  # type: ignore[arg-type]
            padding=convolution.padding,  # type: ignore[arg-type]
            groups=convolution.groups,
        )
        assert norm.running_mean is not None
        assert norm.running_var is not None
        assert joined.bias is not None
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        joined.weight.data = convolution.weight.data.clone()
        joined.bias.data = (norm.bias - norm.running_mean * scale).detach()
        joined.register_buffer("scale", scale.detach().reshape(-1, 1, 1, 1))
        return joined

    def forward(self, features: Tensor) -> Tensor:
        weight = self.weight * self.scale
        return self._conv_forward(features, weight, self.bias)


class MobilePyramid(nn.Module):
    """MobileNetV2 and a feature pyramid: images to features at `STRIDES`."""

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        features = mobilenet_v2(weights=None).features
        if weights is not None:
            from safetensors.torch import load_file

            features.load_state_dict(load_file(weights))
        self.blocks = features[: max(PYRAMID_BLOCKS) + 1]
        _join_norms(self.blocks)
        for block in self.blocks[:FROZEN_BLOCKS]:
            block.requires_grad_(requires_grad=False)
        self.pyramid = FeaturePyramidNetwork(
            list(PYRAMID_BLOCKS.values()), PYRAMID_CHANNELS
        )
        self.coarsest = nn.Conv2d(
            PYRAMID_CHANNELS, PYRAMID_CHANNELS, 3, stride=2, padding=1
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        taken: OrderedDict[str, Tensor] = OrderedDict()
        features = images
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in PYRAMID_BLOCKS:
                taken[str(index)] = features
        levels = list(self.pyramid(taken).values())
        return [*levels, self.coarsest(functional.relu(levels[-1]))]


class SingleShotDetector(nn.Module):
    """A backbone, and two heads that score and adjust every default box."""

    def __init__(
        self,
        backbone: nn.Module,
        num_labels: int,
        default_box_sizes: Sequence[BoxSize],
    ) -> None:
        super().__init__()
        self.num_labels = num_labels
        self.default_box_sizes = tuple(default_box_sizes)
        self.backbone = backbone
        self.label_head = _head(len(self.default_box_sizes) * num_labels)
        self.box_head = _head(len(self.default_box_sizes) * 4)
        # Start from "nothing here" with 99 %, as the focal loss paper advises.
        last = self.label_head[-1]
        assert isinstance(last.bias, Tensor)
        nn.init.constant_(last.bias, -math.log(99))
        self._coder = BoxCoder(weights=(10.0, 10.0, 5.0, 5.0))
        self._matcher = Matcher(
            POSITIVE_IOU, BACKGROUND_IOU, allow_low_quality_matches=True
        )
        self._default_boxes: dict[tuple[int, int], Tensor] = {}

    def forward(
        self, images: Tensor, targets: Sequence[dict[str, Tensor]] | None = None
    ) -> Any:
        levels = self.backbone(images)
        logits = _flatten([self.label_head(level) for level in levels], self.num_labels)
        offsets = _flatten([self.box_head(level) for level in levels], 4)
        frame = (int(images.shape[2]), int(images.shape[3]))
        default_boxes = self.default_boxes(frame).to(images.device)
        if self.training:
            assert targets is not None
            return self._losses(logits.float(), offsets.float(), default_boxes, targets)
        return [
            self._candidates(*answer, default_boxes, frame)
            for answer in zip(logits.float(), offsets.float(), strict=True)
        ]

    def default_boxes(self, frame: tuple[int, int]) -> Tensor:
        """(N, 4) default boxes of a (height, width) frame, in the heads' order."""
        if frame not in self._default_boxes:
            self._default_boxes[frame] = torch.cat(
                [self._level_boxes(frame, stride) for stride in STRIDES]
            )
        return self._default_boxes[frame]

    def _level_boxes(self, frame: tuple[int, int], stride: int) -> Tensor:
        rows, columns = (math.ceil(side / stride) for side in frame)
        y, x = torch.meshgrid(
            (torch.arange(rows) + 0.5) * stride,
            (torch.arange(columns) + 0.5) * stride,
            indexing="ij",
        )
        centers = torch.stack([x, y], dim=-1).reshape(-1, 1, 2)
        halves = torch.tensor(self.default_box_sizes) * (stride / 2)
        return torch.cat([centers - halves, centers + halves], dim=-1).reshape(-1, 4)

    def _losses(
        self,
        logits: Tensor,
        offsets: Tensor,
        default_boxes: Tensor,
        targets: Sequence[dict[str, Tensor]],
    ) -> dict[str, Tensor]:
        label_loss = logits.sum() * 0
        box_loss = offsets.sum() * 0
        positives = 0
        for image, target in enumerate(targets):
            boxes = target["boxes"]
            wanted = torch.zeros_like(logits[image])
            matched = torch.full((len(default_boxes),), -1, device=logits.device)
            if len(boxes):
                matched = self._matcher(box_iou(boxes, default_boxes))
                # A doubtful box is neither a treatment nor background.
                doubtful = (matched >= 0) & target["ignored"][matched.clamp(min=0)]
                matched = matched.masked_fill(doubtful, Matcher.BETWEEN_THRESHOLDS)
            found = torch.where(matched >= 0)[0]
            if len(found):
                which = matched[found]
                wanted[found, target["label_indices"][which]] = 1.0
                predicted = self._coder.decode_single(
                    offsets[image, found], default_boxes[found]
                )
                box_loss = box_loss + generalized_box_iou_loss(
                    predicted, boxes[which], reduction="sum"
                )
                positives += len(found)
            judged = matched != Matcher.BETWEEN_THRESHOLDS
            label_loss = label_loss + sigmoid_focal_loss(
                logits[image, judged], wanted[judged], reduction="sum"
            )
        count = max(positives, 1)
        return {"label_loss": label_loss / count, "box_loss": box_loss / count}

    def _candidates(
        self,
        logits: Tensor,
        offsets: Tensor,
        default_boxes: Tensor,
        frame: tuple[int, int],
    ) -> dict[str, Tensor]:
        flat = logits.sigmoid().flatten()
        above = torch.where(flat >= LEAST_SCORE)[0]
        best = flat[above].topk(min(MAX_CANDIDATES_BEFORE_NMS, len(above))).indices
        above = above[best]
        scores, label_indices = flat[above], above % self.num_labels
        where = above // self.num_labels
        boxes = self._coder.decode_single(offsets[where], default_boxes[where])
        boxes = clip_boxes_to_image(boxes, frame)
        kept = batched_nms(boxes, scores, label_indices, LOOSE_NMS_IOU)
        kept = kept[:MAX_CANDIDATES]
        return {
            "boxes": boxes[kept],
            "label_indices": label_indices[kept],
            "scores": scores[kept],
        }


def _head(outputs: int) -> nn.Sequential:
    head = nn.Sequential(
        nn.Conv2d(PYRAMID_CHANNELS, PYRAMID_CHANNELS, 3, padding=1, bias=False),
        nn.GroupNorm(8, PYRAMID_CHANNELS),
        nn.ReLU(inplace=True),
        nn.Conv2d(PYRAMID_CHANNELS, outputs, 3, padding=1),
    )
    for layer in head:
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=0.01)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return head


def _flatten(levels: list[Tensor], width: int) -> Tensor:
    """Join (N, boxes * width, h, w) maps into (N, all default boxes, width)."""
    batch = levels[0].shape[0]
    return torch.cat(
        [level.permute(0, 2, 3, 1).reshape(batch, -1, width) for level in levels], dim=1
    )


def _join_norms(module: nn.Module) -> None:
    """Replace every convolution that a batch normalisation follows, in place."""
    for child in module.children():
        _join_norms(child)
    if not isinstance(module, nn.Sequential):
        return
    for index in range(len(module) - 1):
        layer, norm = module[index], module[index + 1]
        if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module[index] = FrozenNormConv2d.joining(layer, norm)
            module[index + 1] = nn.Identity()
