"""Runs a network on a radiograph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dentalviewer.detection.preprocessing import letterbox, to_grey
from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.errors import DetectionError
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from dentalviewer.radiograph import Radiograph

# Boxes thinner than this, in pixels of the frame, are an artefact of clipping.
LEAST_SIDE = 0.5


def to_images(frames: Sequence[NDArray[np.uint8]]) -> Tensor:
    """Grey (H, W) frames as float32 (N, 3, H, W) in [-1, 1], channels last in memory.

    [-1, 1] is the range that the MobileNetV2 weights in use were trained with.
    """
    stacked = torch.from_numpy(np.stack(frames)).unsqueeze(1)
    images = stacked.float().div_(127.5).sub_(1.0).expand(-1, 3, -1, -1)
    return images.contiguous(memory_format=torch.channels_last)


def find_candidates(
    network: nn.Module, pixels: NDArray[Any], *, labels: Sequence[str], input_size: Size
) -> tuple[Finding, ...]:
    """Everything the network scores at least 0.05, best first, in pixels of `pixels`.

    `network` must be in evaluation mode. Raises ValueError if `pixels` is no picture.
    """
    frame, placement = letterbox(to_grey(pixels), input_size)
    with torch.inference_mode():
        (answer,) = network(to_images([frame]))
    findings = []
    for corners, label_index, score in zip(
        answer["boxes"].tolist(),
        answer["label_indices"].tolist(),
        answer["scores"].tolist(),
        strict=True,
    ):
        x_min, y_min, x_max, y_max = corners
        if x_max - x_min < LEAST_SIDE or y_max - y_min < LEAST_SIDE:
            continue
        box = placement.to_radiograph(Box(*corners))
        inside = box.clipped(Size(pixels.shape[1], pixels.shape[0]))
        # The black margins around the radiograph are not part of it.
        if inside is not None:
            findings.append(Finding(inside, labels[label_index], score=score))
    return tuple(findings)


class TorchDetector:
    """A network with what its model card says about it; a Detector."""

    def __init__(
        self,
        network: nn.Module,
        *,
        identity: DetectorIdentity,
        labels: tuple[str, ...],
        settings: DetectionSettings,
        input_size: Size,
    ) -> None:
        self._network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._identity = identity
        self._labels = labels
        self._settings = settings
        self._input_size = input_size

    @property
    def identity(self) -> DetectorIdentity:
        return self._identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    @property
    def settings(self) -> DetectionSettings:
        return self._settings

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        """Candidates scoring at least 0.05, best first, in pixels of the radiograph.

        Raises DetectionError if there is too little memory or the network fails.
        """
        try:
            return find_candidates(
                self._network,
                radiograph.pixels,
                labels=self._labels,
                input_size=self._input_size,
            )
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise DetectionError(
                "There is too little memory to examine this radiograph."
            ) from error
        except (RuntimeError, ValueError) as error:
            raise DetectionError(
                f"The detector could not examine this radiograph: {error}"
            ) from error
