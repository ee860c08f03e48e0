"""The networks, by name. Each is a plain function that returns a module.

All follow torchvision's convention for detection: in training mode a network takes
images and targets and returns a dict of losses; in evaluation mode it takes images and
returns, per image, a dict of boxes, label_indices and scores for each head. Images are
float32 (N, 3, H, W); boxes are float32 (n, 4) pixel edges x_min, y_min, x_max, y_max of
the (H, W) frame.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import mobilenet_v2
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import FeaturePyramidNetwork, batched_nms, clip_boxes_to_image

from dentalviewer.detection.losses import Target, head_losses

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


def ssd_mobilenet(
    heads: Mapping[str, HeadPlan], *, backbone_weights: Path | None = None
) -> nn.Module:
    """SSD (Liu et al., ECCV 2016) on MobileNetV2 (Sandler et al., CVPR 2018).

    A feature pyramid (Lin et al., CVPR 2017) carries the layers to strides 8 to 64.
    Each head is shared among the levels; `losses` says how it is trained.

    `backbone_weights` is a safetensors file for `mobilenet_v2().features`; without it
    weights are random.
    """
    return SingleShotDetector(MobilePyramid(backbone_weights), heads)


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
        answer: Tensor = self._conv_forward(features, weight, self.bias)
        return answer


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


class BoxHead(nn.Module):
    """Scores and adjusts every default box of the levels it looks at."""

    def __init__(self, plan: HeadPlan) -> None:
        super().__init__()
        self.plan = plan
        count = len(plan.default_box_sizes)
        inputs = PYRAMID_CHANNELS + (2 if plan.sees_place else 0)
        self.tower = nn.Sequential(
            *_normed_convolution(inputs), *_normed_convolution(PYRAMID_CHANNELS)
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

    def forward(self, levels: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (N, boxes, labels) and offsets (N, boxes, 4), in default-box order."""
        answers = [self._answer(level) for level in levels[self.plan.first_level :]]
        return (
            _flatten([logits for logits, _ in answers], self.plan.num_labels),
            _flatten([offsets for _, offsets in answers], 4),
        )

    def _answer(self, level: Tensor) -> tuple[Tensor, Tensor]:
        if self.plan.sees_place:
            level = torch.cat([level, _places(level)], dim=1)
        features = self.tower(level)
        return self.labels(features), self.offsets(features)

    def default_boxes(self, frame: tuple[int, int]) -> list[Tensor]:
        """(n, 4) default boxes for each level of a (height, width) frame."""
        return [
            _level_boxes(frame, stride, self.plan.default_box_sizes)
            for stride in STRIDES[self.plan.first_level :]
        ]


class SingleShotDetector(nn.Module):
    """A backbone, and one head for each set of labels."""

    def __init__(self, backbone: nn.Module, heads: Mapping[str, HeadPlan]) -> None:
        super().__init__()
        self.backbone = backbone
        self.heads = nn.ModuleDict({name: BoxHead(heads[name]) for name in heads})
        self._coder = BoxCoder(weights=(10.0, 10.0, 5.0, 5.0))
        self._default_boxes: dict[tuple[str, int, int], list[Tensor]] = {}

    def forward(
        self,
        images: Tensor,
        targets: Sequence[Mapping[str, Target]] | None = None,
    ) -> Any:
        answers = self._answers(images)
        if self.training:
            assert targets is not None
            losses: dict[str, Tensor] = {}
            for name, (logits, offsets, default_boxes) in answers.items():
                found = head_losses(
                    logits,
                    self._decode(offsets, torch.cat(default_boxes)),
                    default_boxes,
                    [target[name] for target in targets],
                )
                losses |= {f"{name}_{kind}": loss for kind, loss in found.items()}
            return losses
        frame = (int(images.shape[2]), int(images.shape[3]))
        return [
            {
                name: self._candidates(logits[image], offsets[image], boxes, frame)
                for name, (logits, offsets, boxes) in answers.items()
            }
            for image in range(len(images))
        ]

    def scored_boxes(self, images: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """For each head all its boxes (N, n, 4), and their scores (N, n, labels).

        Nothing is left out yet, and boxes may reach outside the frame.
        """
        return {
            name: (self._decode(offsets, torch.cat(default_boxes)), logits.sigmoid())
            for name, (logits, offsets, default_boxes) in self._answers(images).items()
        }

    def _answers(
        self, images: Tensor
    ) -> dict[str, tuple[Tensor, Tensor, list[Tensor]]]:
        """Logits, offsets and the default boxes of each level, for each head."""
        levels = self.backbone(images)
        frame = (int(images.shape[2]), int(images.shape[3]))
        answers = {}
        for name, head in self.heads.items():
            logits, offsets = (tensor.float() for tensor in head(levels))
            answers[name] = logits, offsets, self._boxes_of(name, frame, images.device)
        return answers

    def _boxes_of(
        self, name: str, frame: tuple[int, int], device: torch.device
    ) -> list[Tensor]:
        key = (name, *frame)
        if key not in self._default_boxes:
            head = self.heads[name]
            assert isinstance(head, BoxHead)
            self._default_boxes[key] = head.default_boxes(frame)
        return [boxes.to(device) for boxes in self._default_boxes[key]]

    def _decode(self, offsets: Tensor, default_boxes: Tensor) -> Tensor:
        """(N, n, 4) boxes of (N, n, 4) offsets."""
        batch = offsets.shape[0]
        boxes = self._coder.decode_single(
            offsets.reshape(-1, 4), default_boxes.repeat(batch, 1)
        )
        shaped: Tensor = boxes.reshape(batch, -1, 4)
        return shaped

    def _candidates(
        self,
        logits: Tensor,
        offsets: Tensor,
        default_boxes: list[Tensor],
        frame: tuple[int, int],
    ) -> dict[str, Tensor]:
        num_labels = logits.shape[1]
        flat = logits.sigmoid().flatten()
        above = torch.where(flat >= LEAST_SCORE)[0]
        best = flat[above].topk(min(MAX_CANDIDATES_BEFORE_NMS, len(above))).indices
        above = above[best]
        scores, label_indices = flat[above], above % num_labels
        where = above // num_labels
        boxes = self._coder.decode_single(
            offsets[where], torch.cat(default_boxes)[where]
        )
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


def _places(level: Tensor) -> Tensor:
    """(N, 2, h, w): how far right and down each feature lies, -1 to 1 (CoordConv)."""
    batch, _, rows, columns = level.shape
    y = torch.linspace(-1, 1, rows, device=level.device, dtype=level.dtype)
    x = torch.linspace(-1, 1, columns, device=level.device, dtype=level.dtype)
    grid = torch.stack([x.expand(rows, columns), y.unsqueeze(1).expand(rows, columns)])
    return grid.expand(batch, -1, -1, -1)


def _level_boxes(
    frame: tuple[int, int], stride: int, sizes: Sequence[Sequence[float]]
) -> Tensor:
    rows, columns = (math.ceil(side / stride) for side in frame)
    y, x = torch.meshgrid(
        (torch.arange(rows) + 0.5) * stride,
        (torch.arange(columns) + 0.5) * stride,
        indexing="ij",
    )
    centers = torch.stack([x, y], dim=-1).reshape(-1, 1, 2)
    halves = torch.tensor([list(size) for size in sizes]) * (stride / 2)
    return torch.cat([centers - halves, centers + halves], dim=-1).reshape(-1, 4)


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
