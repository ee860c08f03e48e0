"""Training a detector further, on the radiographs of another clinic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from dentalviewer.detection.architectures import HeadPlan
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.model_card import WEIGHTS_FILE, ModelCard
from dentalviewer.detection.model_folder import read_model
from dentalviewer.detection.torch_detector import PanoramicNetwork
from dentalviewer.detection.weights import build_network, plans_of
from dentalviewer.errors import ModelError


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """The detector that a run starts from."""

    card: ModelCard
    network: PanoramicNetwork

    def plan(self, labels: Sequence[str]) -> HeadPlan:
        """Its head, for `labels`, of which its own come first."""
        return replace(plans_of(self.card)[TREATMENTS], num_labels=len(labels))


def read_start(folder: Path) -> Start:
    """Raises ModelError if there is no detector of treatments in the folder."""
    card, data = read_model(folder)
    if card.head != TREATMENTS:
        fault = f"looks for {card.head}; only treatments can be trained further"
        raise ModelError(folder, fault)
    return Start(card, build_network(card, data, folder / WEIGHTS_FILE))


@torch.no_grad()
def carry_over(start: Start, network: nn.Module) -> None:
    """Give the network the weights of the detector that the run starts from.

    Labels that are new to it keep what they were initialised with.
    """
    known = start.network.detector.state_dict()
    target = network.state_dict()
    for name, weights in known.items():
        if target[name].shape == weights.shape:
            target[name].copy_(weights)
        else:
            # The labels' layer: for each default box one output for each label.
            old, new = (_by_label(start, t, weights) for t in (weights, target[name]))
            new[:, : old.shape[1]] = old


def _by_label(start: Start, tensor: Tensor, weights: Tensor) -> Tensor:
    boxes = len(weights) // len(start.card.labels)
    return tensor.view(boxes, len(tensor) // boxes, *tensor.shape[1:])
