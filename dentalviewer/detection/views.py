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
from dentalviewer.page import on_page, part_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dentalviewer.geometry import Box, Size
    from dentalviewer.radiograph import Radiograph


@dataclass(frozen=True, slots=True)
class View:
    """A grey (H, W) frame, and where the radiograph lies in it."""

    frame: NDArray[np.uint8]
    placement: Placement

    def mirrored(self) -> View:
        """The frame mirrored; what is found on it lies where it is all the same."""
        width = self.frame.shape[1]
        return View(self.frame[:, ::-1], self.placement.in_mirrored_frame(width))


def view_of(locator: ArchLocator | None, grey: NDArray[np.uint8], size: Size) -> View:
    """The arches of a grey (H, W) picture, or, without a locator, all of it.

    The page on which a radiograph may lie is not shown.
    """
    extent = on_page(grey)
    grey = part_of(grey, extent)
    if locator is None:
        frame, placement = letterbox(grey, size)
    else:
        upright, arch = find_arches(locator, grey)
        frame, placement = crop(upright, arch.window, size)
    return View(stretched(frame), placement.of_whole(extent.x_min, extent.y_min))


@dataclass(frozen=True, slots=True)
class _Shown:
    grey: NDArray[np.uint8]
    views: dict[Size, View] = field(default_factory=dict)


class Viewer:
    """Makes views with one locator, and keeps a radiograph's as long as that is there.

    May be used from several threads. Raises ValueError if a radiograph is no picture.
    """

    def __init__(self, locator: ArchLocator | None) -> None:
        self._locator = locator
        self._shown: WeakKeyDictionary[Radiograph, _Shown] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def view(self, radiograph: Radiograph, size: Size) -> View:
        shown = self._of(radiograph)
        if size not in shown.views:
            shown.views[size] = view_of(self._locator, shown.grey, size)
        return shown.views[size]

    def mirrored(self, radiograph: Radiograph, size: Size) -> View:
        """Of the mirrored radiograph; what is found lies where it is all the same.

        The arches are looked for anew: looks that differ more are surer together.
        """
        mirrored = np.ascontiguousarray(self._of(radiograph).grey[:, ::-1])
        view = view_of(self._locator, mirrored, size)
        return View(view.frame, view.placement.of_mirrored(radiograph.size.width))

    def extent(self, radiograph: Radiograph) -> Box:
        """Where the radiograph lies, should its picture be a page."""
        return on_page(self._of(radiograph).grey)

    def upside_down(self, radiograph: Radiograph, size: Size) -> View:
        """Of the radiograph turned over; its placement is on that one."""
        turned_over = np.ascontiguousarray(self._of(radiograph).grey[::-1])
        return view_of(self._locator, turned_over, size)

    def _of(self, radiograph: Radiograph) -> _Shown:
        with self._lock:
            shown = self._shown.get(radiograph)
        if shown is None:
            shown = _Shown(to_grey(radiograph.pixels))
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
