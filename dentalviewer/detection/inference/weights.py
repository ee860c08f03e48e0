"""Weights on disk: safetensors, float16; and the detector built from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.frames.locator import POLARITY_WEIGHT, new_locator
from dentalviewer.detection.inference.ensemble import EnsembleDetector
from dentalviewer.detection.inference.torch_detector import (
    PanoramicNetwork,
    TorchDetector,
)
from dentalviewer.detection.networks.architectures import ARCHITECTURES
from dentalviewer.detection.networks.backbone import STRIDES, FrozenNormConv2d
from dentalviewer.detection.networks.heads import HeadPlan
from dentalviewer.errors import ModelError


def encode_weights(network: nn.Module) -> bytes:
    """The network's weights as a safetensors file of float16.

    Raises ValueError if a weight is not finite once it is float16.
    """
    weights = {
        name: value.detach().half().contiguous()
        for name, value in network.state_dict().items()
    }
    for name, value in weights.items():
        if not value.isfinite().all():
            raise ValueError(f"{name} cannot be stored as float16")
    return save(weights)


def as_stored(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights as they are once they were written and read again."""
    return {name: value.half().float() for name, value in weights.items()}


def plans_of(card: ModelCard) -> dict[str, HeadPlan]:
    """The heads that the card's architecture parameters describe.

    Raises KeyError, TypeError or ValueError if they describe none.
    """
    heads = card.architecture_parameters["heads"]
    plans = {name: HeadPlan(**plan) for name, plan in heads.items()}
    if plans.keys() != {card.head} or plans[card.head].num_labels != len(card.labels):
        raise ValueError(f'they must describe the head "{card.head}" and its labels')
    for plan in plans.values():
        if plan.first_level not in range(len(STRIDES)):
            raise ValueError(f"there is no level {plan.first_level}")
        for width, height in plan.default_box_sizes:
            if not (0 < width < math.inf and 0 < height < math.inf):
                raise ValueError(f"no box is {width} wide and {height} high")
    return plans


def options_of(card: ModelCard) -> dict[str, Any]:
    """What else the card's architecture parameters decide. Raises ValueError."""
    options = dict(card.architecture_parameters)
    options.pop("heads", None)
    if "backbone_weights" in options:
        raise ValueError("weights come from the card's own file")
    return options


def build_network(card: ModelCard, data: bytes, path: Path) -> PanoramicNetwork:
    """The network of a card with the content of its weights file, to be trained on.

    `path` is only named in faults. Raises ModelError if the architecture is unknown or
    the weights are not its weights.
    """
    if card.architecture not in ARCHITECTURES:
        raise ModelError(path, f'unknown architecture "{card.architecture}"')
    try:
        weights = load(data)
    except SafetensorError as error:
        fault = f"the weights are damaged or not in safetensors format: {error}"
        raise ModelError(path, fault) from error
    knows_inverted = f"locator.{POLARITY_WEIGHT}" in weights
    try:
        network = PanoramicNetwork(
            ARCHITECTURES[card.architecture](plans_of(card), **options_of(card)),
            new_locator(knows_inverted=knows_inverted) if card.finds_arches else None,
        )
    except (KeyError, AttributeError, TypeError, ValueError, RuntimeError) as error:
        fault = f"the card's parameters do not fit {card.architecture}: {error}"
        raise ModelError(path, fault) from error
    _check_shapes(network.state_dict(), weights, path)
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return network.eval()


def build_detector(card: ModelCard, data: bytes, path: Path) -> TorchDetector:
    """The detector of a card and the content of its weights file.

    Raises what build_network raises.
    """
    return TorchDetector(
        fused(build_network(card, data, path)),
        identity=card.identity,
        head=card.head,
        labels=card.labels,
        settings=card.settings,
        looks=card.looks,
        calibrations=card.calibrations,
    )


def build_ensemble(
    card: ModelCard, members: Sequence[tuple[ModelCard, bytes]], folder: Path
) -> EnsembleDetector:
    """The ensemble of a card, with the card and the weights of each member, in order.

    Raises what build_network raises.
    """
    used = (
        replace(theirs, looks=member.looks, calibrations=member.calibrations)
        for member, (theirs, _) in zip(card.members, members, strict=True)
    )
    return EnsembleDetector(
        tuple(
            build_detector(theirs, data, folder / theirs.name)
            for theirs, (_, data) in zip(used, members, strict=True)
        ),
        identity=card.identity,
        labels=card.labels,
        settings=card.settings,
        calibrations=card.calibrations,
    )


def fused(network: PanoramicNetwork) -> PanoramicNetwork:
    """The network with its normalisations folded into plain convolutions, in place.

    It answers the same, sooner, and can no longer be trained.
    """
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, FrozenNormConv2d):
                setattr(module, name, _folded(child))
    return network


def _folded(normed: FrozenNormConv2d) -> nn.Conv2d:
    plain = nn.Conv2d(
        normed.in_channels,
        normed.out_channels,
        kernel_size=normed.kernel_size,  # type: ignore[arg-type]
        stride=normed.stride,  # type: ignore[arg-type]
        padding=normed.padding,  # type: ignore[arg-type]
        groups=normed.groups,
        device="meta",
    )
    plain.weight = nn.Parameter(
        normed.weight.detach() * normed.scale, requires_grad=False
    )
    assert normed.bias is not None
    plain.bias = nn.Parameter(normed.bias.detach(), requires_grad=False)
    return plain


def _check_shapes(
    expected: dict[str, Tensor], found: dict[str, Tensor], path: Path
) -> None:
    for name, value in expected.items():
        if name not in found:
            raise ModelError(path, f"the weights lack {name}")
        if found[name].shape != value.shape:
            raise ModelError(
                path,
                f"{name} is {tuple(found[name].shape)}, "
                f"the architecture needs {tuple(value.shape)}",
            )
        if not torch.isfinite(found[name]).all():
            raise ModelError(path, f"{name} holds values that are not finite")
    for name in found:
        if name not in expected:
            raise ModelError(path, f"the weights hold {name}, unknown to the card")
