"""Views: what a network is shown of a radiograph, and where that lies on it."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from dentalviewer.detection.locator import ArchLocator, find_arches
from dentalviewer.detection.preprocessing import (
    Placement,
    crop,
    letterbox,
    stretched,
    to_grey,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from dentalviewer.geometry import Box, Size
    from dentalviewer.radiograph import Radiograph


@dataclass(frozen=True, slots=True)
class View:
    """A grey (H, W) frame, and where the radiograph lies in it, unless mirrored."""

    frame: NDArray[np.uint8]
    placement: Placement
    is_mirrored: bool = False

    def mirrored(self) -> View:
        return View(self.frame[:, ::-1], self.placement, not self.is_mirrored)

    def to_radiograph(self, corners: Tensor) -> Tensor:
        """(N, 4) corners on the frame as they are on the radiograph."""
        if self.is_mirrored:
            straight = corners.clone()
            straight[:, [0, 2]] = self.frame.shape[1] - corners[:, [2, 0]]
            corners = straight
        return self.placement.corners_to_radiograph(corners)


@dataclass(frozen=True, slots=True)
class Scene:
    """A grey (H, W) radiograph, turned back if inverted, and the window of its arches.

    Without a window all of it is shown.
    """

    grey: NDArray[np.uint8]
    window: Box | None

    def view(self, size: Size, *, window_share: float = 1.0) -> View:
        """In a frame of that size; `window_share` 0.9 is a tenth closer."""
        if self.window is None:
            frame, placement = letterbox(self.grey, size)
        else:
            window = self.window.about_center(window_share)
            frame, placement = crop(self.grey, window, size)
        return View(stretched(frame), placement)


def scene_of(locator: ArchLocator | None, grey: NDArray[np.uint8]) -> Scene:
    """What a detector with that locator looks at on grey (H, W) pixels."""
    if locator is None:
        return Scene(grey, None)
    upright, arch = find_arches(locator, grey)
    return Scene(upright, arch.window)


@dataclass(frozen=True, slots=True)
class _Shown:
    grey: NDArray[np.uint8]
    scene: Scene
    views: dict[tuple[Size, float], View] = field(default_factory=dict)


class Viewer:
    """Makes views with one locator, and keeps a radiograph's as long as that is there.

    May be used from several threads.
    """

    def __init__(self, locator: ArchLocator | None) -> None:
        self._locator = locator
        self._shown: WeakKeyDictionary[Radiograph, _Shown] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def view(
        self, radiograph: Radiograph, size: Size, *, window_share: float = 1.0
    ) -> View:
        """As Scene.view. Raises ValueError if the radiograph is no picture."""
        shown, key = self._of(radiograph), (size, window_share)
        if key not in shown.views:
            shown.views[key] = shown.scene.view(size, window_share=window_share)
        return shown.views[key]

    def upside_down(self, radiograph: Radiograph, size: Size) -> View:
        """Of the radiograph turned over; its placement is on that one."""
        turned_over = np.ascontiguousarray(self._of(radiograph).grey[::-1])
        return scene_of(self._locator, turned_over).view(size)

    def _of(self, radiograph: Radiograph) -> _Shown:
        with self._lock:
            shown = self._shown.get(radiograph)
        if shown is None:
            grey = to_grey(radiograph.pixels)
            shown = _Shown(grey, scene_of(self._locator, grey))
            with self._lock:
                self._shown[radiograph] = shown
        return shown


_viewers: WeakValueDictionary[str, Viewer] = WeakValueDictionary()
_viewers_lock = threading.Lock()


def viewer_with(locator: ArchLocator | None) -> Viewer:
    """Detectors whose locators are equal, as those trained together, share a viewer.

    So what one of them was shown need not be made again for the other. The locator
    must not be trained any further.
    """
    with _viewers_lock:
        viewer = _viewers.get(key := _key(locator))
        if viewer is None:
            viewer = _viewers[key] = Viewer(locator)
        return viewer


def _key(locator: ArchLocator | None) -> str:
    if locator is None:
        return ""
    digest = hashlib.sha256()
    for name, value in locator.state_dict().items():
        digest.update(name.encode() + value.cpu().numpy().tobytes())
    return digest.hexdigest()
