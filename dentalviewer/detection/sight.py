"""What a backbone sees in a view, for all heads that stand on it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dentalviewer.detection.sharing import SharedByWeights
from dentalviewer.detection.views import View


class Sight:
    """Shows views to one backbone, and keeps what it sees as long as a view is there.

    May be used from several threads.
    """

    def __init__(self, backbone: nn.Module) -> None:
        self._backbone = backbone
        self._seen: WeakKeyDictionary[View, list[Tensor]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def levels(self, view: View) -> list[Tensor]:
        """The pyramid (1, channels, h, w) of the view's frame, finest level first."""
        with self._lock:
            levels = self._seen.get(view)
        if levels is None:
            levels = levels_of(self._backbone, view)
            with self._lock:
                self._seen[view] = levels
        return levels


def levels_of(backbone: nn.Module, view: View) -> list[Tensor]:
    """The same, not kept; `backbone` must be in evaluation mode."""
    device = next(backbone.parameters()).device
    with torch.inference_mode():
        levels: list[Tensor] = backbone(to_images([view.frame]).to(device))
    return levels


def to_images(frames: Sequence[NDArray[np.uint8]]) -> Tensor:
    """Grey (H, W) frames as float32 (N, 3, H, W) in [-1, 1], channels last in memory.

    [-1, 1] is the range that the MobileNetV2 weights in use were trained with.
    """
    stacked = torch.from_numpy(np.stack(frames)).unsqueeze(1)
    images = stacked.float().div_(127.5).sub_(1.0).expand(-1, 3, -1, -1)
    return images.contiguous(memory_format=torch.channels_last)


_sights: SharedByWeights[nn.Module, Sight] = SharedByWeights(Sight)


def sight_of(backbone: nn.Module) -> Sight:
    """The sight that all backbones of equal weights share."""
    return _sights.of(backbone)
