from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dentalviewer.detection import load_detector
from dentalviewer.detection.frames.preprocessing import in_words
from dentalviewer.detection.inference.torch_detector import (
    PanoramicNetwork,
    TorchDetector,
)
from dentalviewer.detection.inference.weights import build_network, fused
from dentalviewer.detection.looks import Look, one_look, two_looks
from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.errors import DetectionCancelled, DetectionError
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph
from tests.detection.conftest import FRAME, card, drawn, network


def radiograph(pixels: NDArray[Any]) -> Radiograph:
    return Radiograph(Path("drawn.png"), pixels, "0" * 64)


def features(network: PanoramicNetwork, images: Tensor) -> list[Tensor]:
    levels: list[Tensor] = network.detector.get_submodule("backbone")(images)
    return levels


class Scripted(nn.Module):
    """A network that follows a script."""

    def __init__(self, *boxes: tuple[float, ...], fault: Exception | None = None):
        super().__init__()
        self.boxes = nn.Parameter(
            torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
        )
        self.fault = fault
        self.seen: list[Tensor] = []

    def forward(self, images: Tensor) -> list[dict[str, dict[str, Tensor]]]:
        self.seen.append(images)
        if self.fault is not None:
            raise self.fault
        count = len(self.boxes)
        answer = {
            "boxes": self.boxes,
            "label_indices": torch.zeros(count, dtype=torch.int64),
            "scores": torch.linspace(0.9, 0.5, count),
        }
        return [{"treatments": answer}]


class TwoLooks(nn.Module):
    """Finds some things on the frame as it is and others on the mirrored one."""

    def __init__(self, *looks: dict[tuple[float, ...], float]):
        super().__init__()
        self.looks = looks
        self.weight = nn.Parameter(torch.zeros(1))
        self.seen: list[Tensor] = []

    def forward(self, images: Tensor) -> list[dict[str, dict[str, Tensor]]]:
        before = sum(map(len, self.seen))
        self.seen.append(images)
        return [
            {
                "treatments": {
                    "boxes": torch.tensor(list(look)),
                    "label_indices": torch.zeros(len(look), dtype=torch.int64),
                    "scores": torch.tensor(list(look.values())),
                }
            }
            for look in self.looks[before : before + len(images)]
        ]


ONE_LOOK = one_look(FRAME)


def detector_with(script: nn.Module, looks: Sequence[Look] = ONE_LOOK) -> TorchDetector:
    return TorchDetector(
        PanoramicNetwork(script, None),
        identity=DetectorIdentity("scripted", "0" * 64),
        head="treatments",
        labels=("restoration", "endodontic", "implant"),
        settings=DetectionSettings(),
        looks=looks,
    )


def test_boxes_are_given_in_pixels_of_the_radiograph() -> None:
    # 256 x 256 in a frame of 128 x 64: a quarter as large, 32 pixels from the left.
    detector = detector_with(Scripted((42, 10, 52, 20)))

    (finding,) = detector.detect(radiograph(drawn(Size(256, 256), [])))

    assert finding.box == Box(40, 40, 80, 80)
    assert finding.label == "restoration"
    assert finding.score == pytest.approx(0.9)


def test_what_is_found_in_the_black_margin_is_left_out() -> None:
    detector = detector_with(Scripted((0, 0, 20, 20), (20, 0, 42, 10), (50, 5, 50, 9)))

    (finding,) = detector.detect(radiograph(drawn(Size(256, 256), [])))

    assert finding.box == Box(0, 0, 40, 40)


def test_two_looks_are_averaged_where_they_agree_and_count_half_where_not() -> None:
    # The frame is 128 wide: 76 to 86 on the mirrored one is 42 to 52.
    script = TwoLooks(
        {(40.0, 10.0, 50.0, 20.0): 0.6},
        {
            (76.0, 10.0, 86.0, 20.0): 0.2,
            (77.0, 10.0, 87.0, 20.0): 0.19,
            (100.0, 40.0, 110.0, 50.0): 0.16,
            (0.0, 40.0, 20.0, 50.0): 0.08,
        },
    )
    pixels = drawn(Size(128, 64), [Box(5, 5, 40, 40), Box(80, 30, 110, 60)])

    looks = (Look(FRAME), Look(FRAME, mirrored=True))
    found = detector_with(script, looks).detect(radiograph(pixels))

    assert [f.score for f in found] == pytest.approx([0.4, 0.08])
    # Three quarters of the weight lie on the first look.
    assert found[0].box.corners == pytest.approx((40.5, 10, 50.5, 20))
    assert found[1].box == Box(18, 40, 28, 50)
    (images,) = script.seen
    assert torch.equal(images[1], images[0].flip(-1))


def test_a_second_look_may_be_smaller() -> None:
    # On the frame half as wide, 76 to 86 of the mirrored radiograph is 38 to 43.
    script = TwoLooks({(40.0, 10.0, 50.0, 20.0): 0.6}, {(38.0, 5.0, 43.0, 10.0): 0.2})
    pixels = drawn(Size(128, 64), [Box(5, 5, 40, 40), Box(80, 30, 110, 60)])

    looks = (Look(FRAME), Look(Size(64, 32), mirrored=True))
    (found,) = detector_with(script, looks).detect(radiograph(pixels))

    assert found.score == pytest.approx(0.4)
    assert found.box.corners == pytest.approx((40.5, 10, 50.5, 20))
    assert [images.shape for images in script.seen] == [(1, 3, 64, 128), (1, 3, 32, 64)]


def test_two_looks_are_a_third_larger_and_a_sixth_smaller_in_whole_steps() -> None:
    larger, smaller = two_looks(Size(832, 448))

    assert larger == Look(Size(1088, 576))
    assert smaller == Look(Size(704, 384), mirrored=True)
    assert two_looks(Size(64, 32))[1].size == Size(64, 64)


def test_looks_are_told_by_their_sizes_so_that_others_make_another_detector() -> None:
    assert in_words(ONE_LOOK) == ""
    assert in_words(two_looks(Size(832, 448))) == (
        "; seen at 1088 x 576 and mirrored at 704 x 384, of which the mean is taken"
    )


def test_looking_around_shows_the_frame_mirrored_and_upside_down() -> None:
    script = Scripted((42, 10, 52, 20))
    pixels = drawn(Size(128, 64), [Box(5, 5, 40, 40), Box(80, 30, 110, 60)])

    looks = detector_with(script).look_around(radiograph(pixels))

    straight, mirrored, upside_down = (images[0] for images in script.seen)
    assert torch.equal(mirrored, straight.flip(-1))
    assert torch.equal(upside_down, straight.flip(-2))
    assert looks.straight[0].box == Box(42, 10, 52, 20)
    assert looks.mirrored[0].box == Box(76, 10, 86, 20)
    assert looks.upside_down[0].box == Box(42, 10, 52, 20)


def test_the_network_sees_grey_from_minus_one_to_one() -> None:
    script = Scripted()

    detector_with(script).detect(radiograph(drawn(Size(128, 64), [Box(5, 5, 40, 40)])))

    (images,) = script.seen
    assert images.shape == (1, 3, 64, 128)
    assert (images.min().item(), images.max().item()) == (-1, 1)
    assert (images[:, 0] == images[:, 2]).all()


@pytest.mark.parametrize(
    "pixels",
    [
        drawn(Size(300, 150), []).astype(np.uint16) * 16,
        np.dstack([drawn(Size(300, 150), [])] * 3),
        np.zeros((16, 16), np.uint8),
        np.full((1, 3000), 9, np.uint8),
        drawn(Size(60, 900), []),
    ],
    ids=["16 bit", "colour", "tiny and black", "a line", "upright"],
)
def test_any_radiograph_is_examined(model: Path, pixels: NDArray[Any]) -> None:
    height, width = pixels.shape[:2]

    found = load_detector(model).detect(radiograph(pixels))

    assert found
    assert all(
        finding.box.clipped(Size(width, height)) == finding.box for finding in found
    )
    scores = [finding.score or 0 for finding in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= 0.05


def test_depth_and_colour_do_not_change_what_is_found(model: Path) -> None:
    pixels = drawn(Size(256, 128), [Box(40, 40, 80, 70)], ground=128)
    detector = load_detector(model)

    grey = detector.detect(radiograph(pixels))
    colour = detector.detect(radiograph(np.dstack([pixels] * 3)))

    assert [f.box.corners for f in colour] == [f.box.corners for f in grey]


def test_cancelling_ends_the_examination() -> None:
    started = threading.Event()

    class Slow(Scripted):
        def forward(self, images: Tensor) -> list[dict[str, dict[str, Tensor]]]:
            started.set()
            assert cancelled.wait(10)
            return super().forward(images)

    cancelled = threading.Event()
    detector = detector_with(Slow((42, 10, 52, 20)))
    caught: list[Exception] = []

    def examine() -> None:
        try:
            detector.detect(radiograph(drawn(Size(128, 64), [])))
        except DetectionCancelled as error:
            caught.append(error)

    worker = threading.Thread(target=examine)
    worker.start()
    assert started.wait(10)
    detector.cancel()
    cancelled.set()
    worker.join(10)

    assert len(caught) == 1


def test_a_cancelled_detector_examines_the_next_radiograph() -> None:
    detector = detector_with(Scripted((42, 10, 52, 20)))

    detector.cancel()

    assert detector.detect(radiograph(drawn(Size(128, 64), [])))


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to ..."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"),
        cv2.error("Insufficient memory in function 'OutOfMemoryError'"),
    ],
)
def test_too_little_memory_is_said_plainly(fault: Exception) -> None:
    detector = detector_with(Scripted(fault=fault))

    with pytest.raises(DetectionError, match="too little memory"):
        detector.detect(radiograph(drawn(Size(128, 64), [])))


def test_a_network_that_fails_names_its_fault() -> None:
    detector = detector_with(Scripted(fault=RuntimeError("shapes differ")))

    with pytest.raises(DetectionError, match=r"could not examine.*shapes differ"):
        detector.detect(radiograph(drawn(Size(128, 64), [])))


def test_folded_weights_answer_as_those_that_were_trained(
    random_weights: bytes,
) -> None:
    path = Path("weights.safetensors")
    images = torch.rand(1, 3, 64, 128, generator=torch.Generator().manual_seed(1))
    trained = build_network(card(random_weights), random_weights, path)
    folded = fused(build_network(card(random_weights), random_weights, path))

    with torch.inference_mode():
        before = features(trained, images * 2 - 1)
        after = features(folded, images * 2 - 1)

    for expected, found in zip(before, after, strict=True):
        assert (expected - found).abs().max() <= 1e-5 * expected.abs().max()
    kinds = {type(module).__name__ for module in folded.modules()}
    assert "FrozenNormConv2d" not in kinds
    assert "FrozenNormConv2d" in {type(module).__name__ for module in trained.modules()}


def test_a_normalisation_that_changes_something_is_folded_too() -> None:
    whole = network()
    for module in whole.modules():
        if type(module).__name__ == "FrozenNormConv2d":
            module.scale.uniform_(0.5, 1.5)  # type: ignore[operator]
    images = torch.rand(1, 3, 64, 128)

    with torch.inference_mode():
        before = features(whole, images)
        after = features(fused(whole), images)

    for expected, found in zip(before, after, strict=True):
        assert (expected - found).abs().max() <= 1e-5 * expected.abs().max()
