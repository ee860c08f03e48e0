"""Training a detector further, on the radiographs of another clinic."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import WEIGHTS_FILE, ModelCard
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.detection.frames.locator import ArchLocator
from dentalviewer.detection.inference.torch_detector import PanoramicNetwork
from dentalviewer.detection.inference.weights import build_network, plans_of
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.networks.heads import HeadPlan
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import ModelError
from dentalviewer.storage.files import content_digest


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """The detector that a run starts from, for one set of labels."""

    card: ModelCard
    network: PanoramicNetwork

    def plan(self, labels: Sequence[str]) -> HeadPlan:
        """Its head, for `labels`, of which its own come first."""
        return replace(plans_of(self.card)[self.card.head], num_labels=len(labels))


Starts = Mapping[str, Start]
"""By label set, the leading one first; none where a run starts from the beginning."""


def read_starts(config: TrainingConfig) -> Starts:
    """The detectors that a run starts from.

    Raises ModelError if a folder holds none of what is to be learned.
    """
    starts = {name: _read_start(path, name) for name, path in config.starts.items()}
    if len({start.card.architecture for start in starts.values()}) > 1:
        assert config.teeth_start is not None
        fault = "is of another architecture than the detector of treatments"
        raise ModelError(config.teeth_start, fault)
    return starts


def origins_of(config: TrainingConfig, starts: Starts) -> dict[str, str]:
    """What a run starts from, by how it is called in faults.

    Raises ModelError if a backbone cannot be read.
    """
    cards = {name: start.card for name, start in starts.items()}
    backbone = None if starts else config.backbone
    return {
        "the detector to start from": _told(cards.get(TREATMENTS)),
        "the detector of teeth to start from": _told(cards.get(TEETH)),
        "the backbone": "none" if backbone is None else _told_backbone(backbone),
    }


def _told(card: ModelCard | None) -> str:
    return "none" if card is None else f"{card.name} ({card.weights_sha256[:12]})"


def _told_backbone(path: Path) -> str:
    if path.is_dir():
        return _told(read_card(path))
    try:
        return f"{path.name} ({content_digest(path)[:12]})"
    except OSError as error:
        raise ModelError(path, f"cannot be read: {error.strerror}") from error


def _read_start(folder: Path, head: str) -> Start:
    card, data = read_model(folder)
    if card.head != head:
        raise ModelError(folder, f"looks for {card.head}, not for {head}")
    return Start(card, build_network(card, data, folder / WEIGHTS_FILE))


def borrowed_locator(config: TrainingConfig, starts: Starts) -> ArchLocator | None:
    """That of the detector that the run starts from, or whose backbone it takes.

    Raises ModelError if there is no such detector.
    """
    if starts:
        return next(iter(starts.values())).network.locator
    lender = config.backbone
    if lender is None or not lender.is_dir():
        return None
    card, data = read_model(lender)
    return build_network(card, data, lender / WEIGHTS_FILE).locator


def carry_over(starts: Starts, network: PanoramicDetector) -> None:
    """Give the network the weights of the detectors that the run starts from.

    What they share, the backbone, is that of the treatments. Labels that are new to a
    detector keep what they were initialised with.
    """
    for name in (TEETH, TREATMENTS):
        if name in starts:
            _carry_over(starts[name], network)


def is_as_carried_over(name: str, starts: Starts, network: PanoramicDetector) -> bool:
    """Whether it still has the weights that it started with, for one set of labels."""
    again = copy.deepcopy(network)
    carry_over(starts, again)
    before, now = again.alone(name).state_dict(), network.alone(name).state_dict()
    return all(torch.equal(weights, now[key]) for key, weights in before.items())


@torch.no_grad()
def _carry_over(start: Start, network: PanoramicDetector) -> None:
    groups = network.head(start.card.head).label_groups
    known = start.network.detector.state_dict()
    target = network.state_dict()
    for name, weights in known.items():
        if target[name].shape == weights.shape:
            target[name].copy_(weights)
        else:
            old, new = (_by_label(t, groups) for t in (weights, target[name]))
            new[:, : old.shape[1]] = old


def _by_label(tensor: Tensor, groups: int) -> Tensor:
    """(groups, labels, ...) of the outputs of the labels' layer."""
    return tensor.view(groups, len(tensor) // groups, *tensor.shape[1:])
