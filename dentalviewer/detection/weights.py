"""Weights on disk: safetensors, float16; and the detector built from them."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from dentalviewer.detection.architectures import ARCHITECTURES, HeadPlan
from dentalviewer.detection.locator import ArchLocator
from dentalviewer.detection.model_card import ModelCard
from dentalviewer.detection.torch_detector import PanoramicNetwork, TorchDetector
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


def plans_of(card: ModelCard) -> dict[str, HeadPlan]:
    """The heads that the card's architecture parameters describe.

    Raises TypeError or ValueError if they describe none.
    """
    heads = card.architecture_parameters["heads"]
    plans = {name: HeadPlan(**plan) for name, plan in heads.items()}
    if plans.keys() != {card.head} or plans[card.head].num_labels != len(card.labels):
        raise ValueError(f'they must describe the head "{card.head}" and its labels')
    return plans


def build_detector(card: ModelCard, data: bytes, path: Path) -> TorchDetector:
    """The detector of a card and the content of its weights file.

    `path` is only named in faults. Raises ModelError if the architecture is unknown or
    the weights are not its weights.
    """
    if card.architecture not in ARCHITECTURES:
        raise ModelError(path, f'unknown architecture "{card.architecture}"')
    try:
        network = PanoramicNetwork(
            ARCHITECTURES[card.architecture](plans_of(card)),
            ArchLocator() if card.finds_arches else None,
        )
    except (
        KeyError,
        AttributeError,
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:
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
        head=card.head,
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
