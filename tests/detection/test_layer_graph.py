from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dentalviewer.detection.inference import torch_detector
from dentalviewer.detection.inference.torch_detector import (
    PanoramicNetwork,
    TorchDetector,
    to_images,
)
from dentalviewer.detection.inference.weights import fused
from dentalviewer.detection.looks import Look
from dentalviewer.detection.networks import layer_graph
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.networks.layer_graph import JoinedDetector, joined
from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.radiograph import Radiograph
from tests.detection.conftest import FRAME, drawn, faster_network, network

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="PyTorch has oneDNN Graph for Linux alone"
)
PIXELS = drawn(Size(FRAME.width, FRAME.height), [Box(30, 20, 50, 40)])


def single_shot() -> PanoramicDetector:
    whole = fused(network()).detector
    assert isinstance(whole, PanoramicDetector)
    return whole


def two_looks() -> Tensor:
    return to_images([PIXELS, PIXELS[:, ::-1]])


@on_linux
@pytest.mark.parametrize("make", [single_shot, faster_network])
def test_joined_layers_find_what_they_find_one_after_the_other(
    make: Callable[[], PanoramicDetector],
) -> None:
    detector, images = make(), two_looks()

    graph = joined(detector, [images])

    assert isinstance(graph, JoinedDetector)
    with torch.inference_mode():
        expected, found = detector(images), graph(images)
    assert len(found) == 2
    for before, after in zip(expected, found, strict=True):
        ours, theirs = before["treatments"], after["treatments"]
        assert torch.equal(ours["label_indices"], theirs["label_indices"])
        assert torch.allclose(ours["boxes"], theirs["boxes"], atol=1e-2)
        assert torch.allclose(ours["scores"], theirs["scores"], atol=1e-4)


@on_linux
def test_images_of_another_size_are_looked_at_layer_after_layer() -> None:
    detector, other = single_shot(), to_images([PIXELS[:, :64]])

    graph = joined(detector, [two_looks()])

    with torch.inference_mode():
        (expected,), (found,) = detector(other), graph(other)
    assert torch.equal(expected["treatments"]["boxes"], found["treatments"]["boxes"])


def test_a_graph_that_answers_otherwise_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Wrong(nn.Module):
        def forward(self, images: Tensor) -> tuple[tuple[Tensor, ...], ...]:
            ((logits, offsets),) = detector.answers(images)
            return ((logits + 0.01, offsets),)

    detector = single_shot()
    monkeypatch.setattr(layer_graph, "_graph", lambda *given: Wrong())

    assert joined(detector, [two_looks()]) is detector


def test_a_pytorch_without_it_runs_layer_after_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    detector = single_shot()
    monkeypatch.delattr(torch.jit, "enable_onednn_fusion")

    assert joined(detector, [two_looks()]) is detector


def test_with_too_little_memory_for_it_layers_stay_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(*given: object) -> nn.Module:
        raise MemoryError

    detector = single_shot()
    monkeypatch.setattr(layer_graph, "_graph", none_left)

    assert joined(detector, [two_looks()]) is detector


@on_linux
def test_layers_are_joined_once_many_radiographs_were_examined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, larger = [], Size(192, 64)

    def noted(detector: nn.Module, batches: Sequence[Tensor]) -> nn.Module:
        calls.append([tuple(images.shape) for images in batches])
        return joined(detector, batches)

    monkeypatch.setattr(torch_detector, "RADIOGRAPHS_BEFORE_JOINING", 3)
    monkeypatch.setattr(torch_detector, "joined", noted)
    detector = TorchDetector(
        PanoramicNetwork(single_shot(), None),
        identity=DetectorIdentity("tiny", "0" * 64),
        head="treatments",
        labels=KNOWN_LABELS,
        settings=DetectionSettings(),
        looks=(Look(larger), Look(FRAME, mirrored=True)),
    )
    radiograph = Radiograph(Path("drawn.png"), PIXELS, "0" * 64)

    first, second = detector.detect(radiograph), detector.detect(radiograph)
    assert calls == []
    third, fourth = detector.detect(radiograph), detector.detect(radiograph)

    assert calls == [[(1, 3, 64, 192), (1, 3, FRAME.height, FRAME.width)]]
    assert first == second
    for found in (third, fourth):
        assert [f.label for f in found] == [f.label for f in first]
        assert [f.score for f in found] == pytest.approx(
            [f.score for f in first], abs=1e-4
        )
