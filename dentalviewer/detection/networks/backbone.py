"""The backbone that every network here has: MobileNetV2 and a feature pyramid."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import mobilenet_v2
from torchvision.ops import FeaturePyramidNetwork

from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.errors import ModelError

STRIDES = (8, 16, 32, 64)
PYRAMID_CHANNELS = 96

# Blocks of MobileNetV2 whose output enters the pyramid, with their channels; the last
# block, which widens to 1280 channels for classification, is not used.
PYRAMID_BLOCKS = {6: 32, 13: 96, 17: 320}
# Blocks that keep their ImageNet weights: edges look the same on a radiograph, and
# these, at the highest resolution, would take a third of the training time.
FROZEN_BLOCKS = 4

# What the backbone's weights are called in the weights file of a detector.
PREFIX = "detector.backbone."


@dataclass(frozen=True, slots=True, eq=False)
class BackboneWeights:
    """Weights by name, float32, of `mobilenet_v2().features`.

    Or, if `is_trained`, those of a detector's whole backbone.
    """

    path: Path
    values: dict[str, Tensor]
    is_trained: bool


def read_backbone_weights(path: Path) -> BackboneWeights:
    """Read a safetensors file of `mobilenet_v2().features`, or a detector's folder.

    Raises ModelError if it cannot be read or is damaged.
    """
    try:
        data = read_model(path)[1] if path.is_dir() else path.read_bytes()
        values = {name: value.float() for name, value in load(data).items()}
    except OSError as error:
        raise ModelError(path, f"cannot be read: {error.strerror}") from error
    except SafetensorError as error:
        raise ModelError(path, f"is no safetensors file: {error}") from error
    own = {
        name.removeprefix(PREFIX): value
        for name, value in values.items()
        if name.startswith(PREFIX)
    }
    return BackboneWeights(path, own or values, bool(own))


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
        """`weights` is what read_backbone_weights takes; None for random ones.

        Raises ModelError if it holds no weights of this backbone.
        """
        super().__init__()
        found = read_backbone_weights(weights) if weights is not None else None
        features = mobilenet_v2(weights=None).features
        if found is not None and not found.is_trained:
            _load(features, found)
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
        if found is not None and found.is_trained:
            _load(self, found)

    def forward(self, images: Tensor) -> list[Tensor]:
        taken: OrderedDict[str, Tensor] = OrderedDict()
        features = images
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in PYRAMID_BLOCKS:
                taken[str(index)] = features
        levels = list(self.pyramid(taken).values())
        return [*levels, self.coarsest(functional.relu(levels[-1]))]


def _load(module: nn.Module, weights: BackboneWeights) -> None:
    try:
        module.load_state_dict(weights.values)
    except RuntimeError as error:
        fault = f"does not hold the weights of this backbone: {error}"
        raise ModelError(weights.path, fault) from error


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
