"""Runs a network on a radiograph."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cv2
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dentalviewer.detection.architectures import PanoramicDetector
from dentalviewer.detection.both_sides import Looks, fused, score_of
from dentalviewer.detection.heads import LEAST_SCORE
from dentalviewer.detection.locator import ArchLocator
from dentalviewer.detection.preprocessing import to_grey
from dentalviewer.detection.sight import levels_of, sight_of
from dentalviewer.detection.views import View, mirrored_view_of, view_of, viewer_with
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

# Boxes thinner than this, in pixels of the frame, are an artefact of clipping.
LEAST_SIDE = 0.5


class PanoramicNetwork(nn.Module):
    """A detector with the locator that finds the arches for it, None to use all."""

    def __init__(
        self, detector: PanoramicDetector, locator: ArchLocator | None
    ) -> None:
        super().__init__()
        self.detector = detector
        self.locator = locator


def find_candidates(
    network: PanoramicNetwork,
    pixels: NDArray[Any],
    *,
    labels: Mapping[str, Sequence[str]],
    input_size: Size,
    both_sides: bool = False,
) -> dict[str, tuple[Finding, ...]]:
    """Everything each head scores at least 0.05, best first, in pixels of `pixels`.

    `network` must be in evaluation mode; `labels` gives each head's labels by index.
    With `both_sides` the radiograph is looked at as it is and mirrored, and the mean
    taken; labels must mean the same on either side. Raises ValueError if `pixels` is no
    picture.
    """
    grey, size = to_grey(pixels), Size(pixels.shape[1], pixels.shape[0])
    views = [view_of(network.locator, grey, input_size)]
    if both_sides:
        views.append(mirrored_view_of(network.locator, grey, input_size))
    detector = network.detector
    looks = [
        candidates_in(detector, levels_of(detector.backbone, v), v, size, labels=labels)
        for v in views
    ]
    if not both_sides:
        return looks[0]
    return {head: _fused(first, looks[1][head]) for head, first in looks[0].items()}


def candidates_in(
    network: PanoramicDetector,
    levels: Sequence[Tensor],
    view: View,
    size: Size,
    *,
    labels: Mapping[str, Sequence[str]],
) -> dict[str, tuple[Finding, ...]]:
    """The same of what the backbone saw in one view of a radiograph of that size."""
    height, width = view.frame.shape
    with torch.inference_mode():
        (answer,) = network.candidates(levels, (height, width))
    return {
        head: _findings(found, labels[head], view, size)
        for head, found in answer.items()
    }


def _fused(first: Sequence[Finding], second: Sequence[Finding]) -> tuple[Finding, ...]:
    together = fused([first, second])
    return tuple(found for found in together if score_of(found) >= LEAST_SCORE)


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
        input_size: Size,
        both_sides: bool = False,
        calibrations: Mapping[str, Calibration] = MappingProxyType({}),
    ) -> None:
        self._network = network.eval().to(memory_format=torch.channels_last)
        self._viewer = viewer_with(network.locator)
        self._sight = sight_of(network.detector.backbone)
        self._identity = identity
        self._head = head
        self._labels = labels
        self._settings = settings
        self._input_size = input_size
        self._both_sides = both_sides
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
            viewer, size = self._viewer, self._input_size
            found = self._look(viewer.view(radiograph, size), radiograph.size)
            if self._both_sides:
                mirrored = viewer.mirrored(radiograph, size)
                found = _fused(found, self._look(mirrored, radiograph.size))
            return calibrated(found, self._calibrations)

    def look_around(self, radiograph: Radiograph) -> Looks:
        """As it is, mirrored, and upside down. Raises what `detect` raises."""
        self._cancelled.clear()
        with _plainly():
            viewer, size = self._viewer, self._input_size
            return Looks(
                self._look(viewer.view(radiograph, size), radiograph.size),
                self._look(viewer.mirrored(radiograph, size), radiograph.size),
                self._look(viewer.upside_down(radiograph, size), radiograph.size),
            )

    def _look(self, view: View, size: Size) -> tuple[Finding, ...]:
        found = candidates_in(
            self._network.detector,
            self._sight.levels(view),
            view,
            size,
            labels={self._head: self._labels},
        )
        if self._cancelled.is_set():
            raise DetectionCancelled("The examination was cancelled.")
        return found[self._head]


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
