"""Runs a network on a radiograph."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dentalviewer.detection.frames.locator import ArchLocator
from dentalviewer.detection.frames.preprocessing import to_grey
from dentalviewer.detection.frames.views import View, viewer_with, views_of
from dentalviewer.detection.inference.several_looks import Looks, fused, score_of
from dentalviewer.detection.looks import Look
from dentalviewer.detection.networks.heads import LEAST_SCORE
from dentalviewer.detection.networks.layer_graph import joined
from dentalviewer.detector import (
    Calibration,
    DetectionSettings,
    DetectorIdentity,
    calibrated,
)
from dentalviewer.errors import DetectionCancelled, DetectionError
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from dentalviewer.radiograph import Radiograph

# Joining a network's layers takes as long as it saves on so many radiographs.
RADIOGRAPHS_BEFORE_JOINING = 20
# Boxes thinner than this, in pixels of the frame, are an artefact of clipping.
LEAST_SIDE = 0.5


class PanoramicNetwork(nn.Module):
    """A detector with the locator that finds the arches for it, None to use all."""

    def __init__(self, detector: nn.Module, locator: ArchLocator | None) -> None:
        super().__init__()
        self.detector = detector
        self.locator = locator


def to_images(frames: Sequence[NDArray[np.uint8]]) -> Tensor:
    """Grey (H, W) frames as float32 (N, 3, H, W) in [-1, 1], channels last in memory.

    [-1, 1] is the range that the MobileNetV2 weights in use were trained with.
    """
    stacked = torch.from_numpy(np.stack(frames)).unsqueeze(1)
    images = stacked.float().div_(127.5).sub_(1.0).expand(-1, 3, -1, -1)
    return images.contiguous(memory_format=torch.channels_last)


def find_candidates(
    network: PanoramicNetwork,
    pixels: NDArray[Any],
    *,
    labels: Mapping[str, Sequence[str]],
    looks: Sequence[Look],
) -> dict[str, tuple[Finding, ...]]:
    """Everything each head scores at least 0.05, best first, in pixels of `pixels`.

    `network` must be in evaluation mode; `labels` gives each head's labels by index. Of
    several looks the mean is taken; with mirrored ones labels must mean the same on
    either side. Raises ValueError if `pixels` is no picture.
    """
    views = views_of(network.locator, to_grey(pixels), looks)
    size = Size(pixels.shape[1], pixels.shape[0])
    return candidates_in(network.detector, views, size, labels=labels)


def candidates_in(
    network: nn.Module,
    views: Sequence[View],
    size: Size,
    *,
    labels: Mapping[str, Sequence[str]],
) -> dict[str, tuple[Finding, ...]]:
    """The same of views of a radiograph of that size."""
    found = candidates_of_each(network, views, size, labels=labels)
    if len(found) == 1:
        return found[0]
    return {head: _fused([each[head] for each in found]) for head in found[0]}


def candidates_of_each(
    network: nn.Module,
    views: Sequence[View],
    size: Size,
    *,
    labels: Mapping[str, Sequence[str]],
) -> list[dict[str, tuple[Finding, ...]]]:
    """The same of each view, before their mean is taken."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        answers = [
            answer for batch in _batches(views) for answer in network(batch.to(device))
        ]
    return [
        {head: _findings(a, labels[head], view, size) for head, a in answer.items()}
        for view, answer in zip(views, answers, strict=True)
    ]


def _batches(views: Sequence[View]) -> list[Tensor]:
    """The frames in their order; those next to each other of one size go together."""
    alike = itertools.groupby((view.frame for view in views), lambda f: f.shape)
    return [to_images(list(frames)) for _, frames in alike]


def _fused(looks: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    return tuple(found for found in fused(looks) if score_of(found) >= LEAST_SCORE)


def _findings(
    answer: dict[str, Tensor], labels: Sequence[str], view: View, size: Size
) -> tuple[Finding, ...]:
    boxes = answer["boxes"].double()
    wide_enough = (boxes[:, 2:] - boxes[:, :2] >= LEAST_SIDE).all(dim=1)
    placed = view.placement.corners_to_radiograph(boxes)
    # The black margins around the radiograph are not part of it.
    limits = boxes.new_tensor([size.width, size.height] * 2)
    inside = placed.clamp(min=0).minimum(limits)
    kept = wide_enough & (inside[:, 2:] > inside[:, :2]).all(dim=1)
    return tuple(
        Finding(Box(*corners), labels[label_index], score=score)
        for corners, label_index, score in zip(
            inside[kept].tolist(),
            answer["label_indices"][kept].tolist(),
            answer["scores"][kept].tolist(),
            strict=True,
        )
    )


def _lacked_memory(error: Exception) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    # On the processor PyTorch has no exception of its own for it, nor has OpenCV.
    return any(
        words in str(error).casefold()
        for words in ("not enough memory", "insufficient memory", "can't allocate")
    )


class TorchDetector:
    """A network with what its model card says about it; a Detector."""

    def __init__(
        self,
        network: PanoramicNetwork,
        *,
        identity: DetectorIdentity,
        head: str,
        labels: tuple[str, ...],
        settings: DetectionSettings,
        looks: Sequence[Look],
        calibrations: Mapping[str, Calibration] = MappingProxyType({}),
    ) -> None:
        self._network = network.eval().to(memory_format=torch.channels_last)
        self._layers = self._network.detector
        self._examined = itertools.count(1)
        self._viewer = viewer_with(network.locator)
        self._identity = identity
        self._head = head
        self._labels = labels
        self._settings = settings
        self._looks = tuple(looks)
        self._calibrations = calibrations
        self._cancelled = threading.Event()

    @property
    def identity(self) -> DetectorIdentity:
        return self._identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    @property
    def settings(self) -> DetectionSettings:
        return self._settings

    def cancel(self) -> None:
        self._cancelled.set()

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        """Candidates that the network scores at least 0.05, best first, in pixels.

        Raises DetectionError if there is too little memory or the network fails,
        DetectionCancelled if `cancel` was called meanwhile.
        """
        self._cancelled.clear()
        with _plainly():
            return self._seen_in(self._views(radiograph), radiograph.size)

    def look_by_look(self, radiograph: Radiograph) -> list[tuple[Finding, ...]]:
        """The same as seen in each look alone, for who takes the mean of more.

        Raises what `detect` raises.
        """
        self._cancelled.clear()
        with _plainly():
            found = candidates_of_each(
                self._layers,
                self._views(radiograph),
                radiograph.size,
                labels={self._head: self._labels},
            )
        return [self._told(each) for each in found]

    def look_around(self, radiograph: Radiograph) -> Looks:
        """As it is, mirrored, and upside down, at the size of the first of the looks.

        Raises what `detect` raises.
        """
        self._cancelled.clear()
        with _plainly():
            viewer, look = self._viewer, self._looks[0]
            views = (
                viewer.view(radiograph, look),
                viewer.mirrored(radiograph, look.size),
                viewer.upside_down(radiograph, look.size),
            )
            self._join_in_time(views[:1])
            straight, mirrored, upside_down = (
                self._seen_in([view], radiograph.size) for view in views
            )
            extent = viewer.extent(radiograph)
            return Looks(straight, mirrored, upside_down, extent)

    def _views(self, radiograph: Radiograph) -> list[View]:
        views = [self._viewer.view(radiograph, look) for look in self._looks]
        self._join_in_time(views)
        return views

    def _join_in_time(self, views: Sequence[View]) -> None:
        # Of several threads one gets this number; the others go on meanwhile.
        if next(self._examined) == RADIOGRAPHS_BEFORE_JOINING:
            self._layers = joined(self._network.detector, _batches(views))

    def _seen_in(self, views: Sequence[View], size: Size) -> tuple[Finding, ...]:
        labels = {self._head: self._labels}
        return self._told(candidates_in(self._layers, views, size, labels=labels))

    def _told(self, found: Mapping[str, tuple[Finding, ...]]) -> tuple[Finding, ...]:
        if self._cancelled.is_set():
            raise DetectionCancelled("The examination was cancelled.")
        return calibrated(found[self._head], self._calibrations)


@contextmanager
def _plainly() -> Iterator[None]:
    """What goes wrong with a network, in plain words."""
    try:
        yield
    except (MemoryError, RuntimeError, ValueError, cv2.error) as error:
        if _lacked_memory(error):
            raise DetectionError(
                "There is too little memory to examine this radiograph."
            ) from error
        raise DetectionError(
            f"The detector could not examine this radiograph: {error}"
        ) from error
