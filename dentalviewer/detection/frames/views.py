"""Views: what a network is shown of a radiograph, and where that lies on it."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from dentalviewer.detection.frames.locator import ArchLocator, find_arches
from dentalviewer.detection.frames.preprocessing import (
    Placement,
    crop,
    letterbox,
    stretched,
    to_grey,
)
from dentalviewer.detection.looks import Look
from dentalviewer.page import extent_on_page, part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def of_whole(self, left: float, top: float) -> View:
        """The view of a part that begins there, as one of the whole picture."""
        return View(self.frame, self.placement.of_whole(left, top))


def views_of(
    locator: ArchLocator | None, grey: NDArray[np.uint8], looks: Sequence[Look]
) -> list[View]:
    """What looks at a grey (H, W) picture show: the arches, or, without a locator, all.

    The page on which a radiograph may lie is not shown.
    """
    extent = extent_on_page(grey)
    found = _found(locator, part_of(grey, extent))
    return [found.seen(look).of_whole(extent.x_min, extent.y_min) for look in looks]


@dataclass(frozen=True, slots=True)
class _Found:
    """A grey (H, W) picture, turned back if inverted, and where its arches are: None
    where nobody looked for them.
    """

    upright: NDArray[np.uint8]
    window: Box | None

    def seen(self, look: Look) -> View:
        if self.window is None:
            frame, placement = letterbox(self.upright, look.size)
        else:
            frame, placement = crop(self.upright, self.window, look.size)
        view = View(stretched(frame), placement)
        return view.mirrored() if look.mirrored else view


def _found(
    locator: ArchLocator | None, grey: NDArray[np.uint8], *, in_parts: bool = True
) -> _Found:
    if locator is None:
        return _Found(grey, None)
    upright, arch = find_arches(locator, grey, in_parts=in_parts)
    return _Found(upright, arch.window)


@dataclass(slots=True)
class _Shown:
    """What `extent` of a picture `height` pixels high shows, in grey.

    `found` is None until the arches were looked for.
    """

    part: NDArray[np.uint8]
    extent: Box
    height: int
    found: _Found | None = None
    views: dict[Look, View] = field(default_factory=dict)


class Viewer:
    """Makes views with one locator, and keeps a radiograph's as long as that is there.

    The page on which a radiograph may lie is not shown. May be used from several
    threads. Raises ValueError if a radiograph is no picture.
    """

    def __init__(self, locator: ArchLocator | None) -> None:
        self._locator = locator
        self._shown: WeakKeyDictionary[Radiograph, _Shown] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def view(self, radiograph: Radiograph, look: Look) -> View:
        shown = self._of(radiograph)
        if look not in shown.views:
            if shown.found is None:
                shown.found = _found(self._locator, shown.part)
            left, top = shown.extent.x_min, shown.extent.y_min
            shown.views[look] = shown.found.seen(look).of_whole(left, top)
        return shown.views[look]

    def mirrored(self, radiograph: Radiograph, size: Size) -> View:
        """Of the mirrored radiograph; what is found lies where it is all the same.

        The arches are looked for anew: looks that differ more are surer together.
        """
        shown = self._of(radiograph)
        mirrored = np.ascontiguousarray(shown.part[:, ::-1])
        view = _found(self._locator, mirrored).seen(Look(size))
        placement = view.placement.of_mirrored(shown.extent.width)
        left, top = shown.extent.x_min, shown.extent.y_min
        return View(view.frame, placement).of_whole(left, top)

    def upside_down(self, radiograph: Radiograph, size: Size) -> View:
        """Of the radiograph turned over; its placement is on that one."""
        shown = self._of(radiograph)
        turned_over = np.ascontiguousarray(shown.part[::-1])
        # Most radiographs are not, and their arches unclear so: no reason to search on.
        found = _found(self._locator, turned_over, in_parts=False)
        view = found.seen(Look(size))
        return view.of_whole(shown.extent.x_min, shown.height - shown.extent.y_max)

    def extent(self, radiograph: Radiograph) -> Box:
        """Where the radiograph lies, should its picture be a page."""
        return self._of(radiograph).extent

    def _of(self, radiograph: Radiograph) -> _Shown:
        with self._lock:
            shown = self._shown.get(radiograph)
        if shown is None:
            grey = to_grey(radiograph.pixels)
            extent = extent_on_page(grey)
            shown = _Shown(part_of(grey, extent), extent, grey.shape[0])
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
