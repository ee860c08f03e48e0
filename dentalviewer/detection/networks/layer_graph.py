"""A network's layers joined into one graph for the processor that they run on.

PyTorch runs layer after layer, each from memory to memory. oneDNN Graph, which is part
of PyTorch for Linux, runs a convolution and what follows it in one step, in the order
of values in memory that suits the processor: two looks at a radiograph take a third
less time. Joining costs a second and more, and some hundred megabytes, for each size.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dentalviewer.detection.networks.architectures import PanoramicDetector

# So often it has to run before it is fully joined: it looks at the values first.
RUNS_BEFORE_USE = 3
# Sums are added up in another order; a wrong graph is further off than this.
TOLERANCE = 1e-3

# Tracing, and silencing warnings, change what all threads see.
_one_at_a_time = threading.Lock()


class JoinedDetector(nn.Module):
    """Finds the same as the detector that it was made of, sooner.

    `graphs` are by the shape (N, 3, H, W) of the images that they are for; others the
    detector itself looks at.
    """

    def __init__(
        self, detector: PanoramicDetector, graphs: Mapping[torch.Size, nn.Module]
    ) -> None:
        super().__init__()
        self.detector = detector
        self.graphs = graphs

    def forward(self, images: Tensor) -> list[dict[str, dict[str, Tensor]]]:
        graph = self.graphs.get(images.shape)
        answers = self.detector.answers(images) if graph is None else graph(images)
        return self.detector.candidates(answers, images)


class _Answers(nn.Module):
    def __init__(self, detector: PanoramicDetector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> tuple[tuple[Tensor, ...], ...]:
        return self.detector.answers(images)


def joined(detector: nn.Module, batches: Sequence[Tensor]) -> nn.Module:
    """For images (N, 3, H, W) of these shapes; the detector itself where it cannot be.

    It is compared with the detector on these very images, and not used if it answers
    otherwise.
    """
    if not isinstance(detector, PanoramicDetector):
        return detector
    if sys.platform != "linux" or batches[0].device.type != "cpu":
        return detector
    graphs = {}
    try:
        for images in batches:
            graphs[images.shape] = graph = _graph(detector, images)
            if not _answers_alike(detector, graph, images):
                return detector
    except (AttributeError, MemoryError, RuntimeError, TypeError, ValueError):
        # A PyTorch without it, a processor that it does not know, too little memory.
        return detector
    return JoinedDetector(detector, graphs).eval()


def _graph(detector: PanoramicDetector, images: Tensor) -> nn.Module:
    # What was made in inference mode cannot be traced.
    with (
        _one_at_a_time,
        torch.inference_mode(mode=False),
        torch.no_grad(),
        warnings.catch_warnings(),
    ):
        # PyTorch has nothing else as yet that needs no compiler on the user's computer.
        warnings.simplefilter("ignore")
        torch.jit.enable_onednn_fusion(True)
        answers = _Answers(detector).eval()
        trace: Any = torch.jit.trace
        traced = trace(answers, images.clone(), check_trace=False)
        frozen: nn.Module = torch.jit.freeze(traced)
    return frozen


def _answers_alike(
    detector: PanoramicDetector, graph: nn.Module, images: Tensor
) -> bool:
    with torch.inference_mode():
        expected = detector.answers(images)
        for _ in range(RUNS_BEFORE_USE):
            found = graph(images)
        return all(
            torch.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE)
            for ours, theirs in zip(expected, found, strict=True)
            for a, b in zip(ours, theirs, strict=True)
        )
