"""Learns from a batch of drawn radiographs with half the digits and with all, in turn,
where the processor is made for half of them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from dentalviewer.detection import find_model
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detection.inference.weights import build_network
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.networks.losses import Target
from dentalviewer.detection.training.precision import computes_in_bfloat16

BATCH = 6
FINDINGS = 6
ROUNDS = 6
WARMING_UP = 2


def main() -> None:
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    catalogue = InstalledDetectors(folder)
    # An ensemble has nothing of its own that could learn.
    names = [name for name in catalogue.names() if not catalogue.members(name)]
    if not names:
        sys.exit("no detector is installed")
    path = find_model(names[0], folder)
    card, data = read_model(path)
    network = build_network(card, data, path).detector
    assert isinstance(network, PanoramicDetector)
    network.train().to(memory_format=torch.channels_last)
    size = card.input_size
    torch.manual_seed(0)
    images = torch.rand(BATCH, 3, size.height, size.width) * 2 - 1
    images = images.contiguous(memory_format=torch.channels_last)
    corners = torch.rand(FINDINGS, 2) * torch.tensor([size.width, size.height]) * 0.8
    target = Target(
        torch.cat([corners, corners + 40], dim=1),
        torch.zeros(FINDINGS, dtype=torch.int64),
        torch.zeros(FINDINGS, dtype=torch.bool),
    )
    targets = [{card.head: target} for _ in range(BATCH)]
    gains = computes_in_bfloat16(torch.device("cpu"))
    taken: dict[str, list[float]] = {"all": [], "half": []}
    for turn in range(ROUNDS):
        for kind, halved in (("all", False), ("half", True)):
            if halved and not gains:
                continue
            milliseconds = _learned(network, images, targets, halved=halved)
            if turn >= WARMING_UP:
                taken[kind].append(milliseconds)
    print(json.dumps(taken))


def _learned(
    network: PanoramicDetector,
    images: Tensor,
    targets: Sequence[Mapping[str, Target]],
    *,
    halved: bool,
) -> float:
    start = time.perf_counter()
    network.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=halved):
        losses = network(images, targets)
    sum(losses.values()).backward()
    return (time.perf_counter() - start) * 1000


main()
