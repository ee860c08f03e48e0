"""Weights on disk: safetensors, float16; and the detector built from them."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from dentalviewer.detection.architectures import ARCHITECTURES
from dentalviewer.detection.model_card import ModelCard
from dentalviewer.detection.torch_detector import TorchDetector
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


def build_detector(card: ModelCard, data: bytes, path: Path) -> TorchDetector:
    """The detector of a card and the content of its weights file.

    `path` is only named in faults. Raises ModelError if the architecture is unknown or
    the weights are not its weights.
    """
    if card.architecture not in ARCHITECTURES:
        raise ModelError(path, f'unknown architecture "{card.architecture}"')
    try:
        network = ARCHITECTURES[card.architecture](
            len(card.labels), **card.architecture_parameters
        )
    except (TypeError, ValueError, RuntimeError) as error:
        fault = f"the card's parameters do not fit {card.architecture}: {error}"
        raise ModelError(path, fault) from error
    try:
        weights = load(data)
    except SafetensorError as error:
        fault = f"the weights are damaged or not in safetensors format: {error}"
        raise ModelError(path, fault) from error
    _check_shapes(network.state_dict(), weights, path)
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return TorchDetector(
        network,
        identity=card.identity,
        labels=card.labels,
        settings=card.settings,
        input_size=card.input_size,
    )


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
