"""A radiograph prepared for painting: enhanced, and halved for each step of zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QImage

from dentalviewer.enhancement import Enhancement, Window, equalised, full_window, shown
from dentalviewer.geometry import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = 4


class RadiographImage:
    """Images of one radiograph at full, half, quarter ... size, made when first needed.

    Smaller images are averaged, so that fine structures do not flicker when the whole
    radiograph is in sight, and so that painting costs the same at every zoom.
    """

    def __init__(self, pixels: NDArray[Any]) -> None:
        self._pixels = pixels
        height, width = pixels.shape[:2]
        self.size = Size(width, height)
        self.full_window: Window = full_window(pixels)
        self._enhancement = Enhancement()
        self._levels: dict[tuple[int, bool], NDArray[Any]] = {}
        self._images: dict[int, QImage] = {}

    @property
    def enhancement(self) -> Enhancement:
        return self._enhancement

    def enhance(self, enhancement: Enhancement) -> None:
        if enhancement != self._enhancement:
            self._enhancement = enhancement
            self._images.clear()

    @property
    def is_equalised(self) -> bool:
        """Whether local contrast can be shown at once."""
        return (0, True) in self._levels

    def equalise(self) -> list[NDArray[Any]]:
        """The radiograph with local contrast, at each size. Slow; changes nothing, so
        that another thread may do it.
        """
        levels = [equalised(self._pixels)]
        while len(levels) < LEVELS:
            levels.append(_halved(levels[-1]))
        return levels

    def keep_equalised(self, levels: list[NDArray[Any]]) -> None:
        self._levels.update({(i, True): made for i, made in enumerate(levels)})

    def prepare(self) -> None:
        """Make the images of all sizes, as another thread may do before it is shown."""
        for level in range(LEVELS):
            self._image(level)

    def at_scale(self, scale: float) -> QImage:
        """The image to paint at `scale` screen pixels per pixel of the radiograph."""
        level = 0
        while level < LEVELS - 1 and scale * 2 ** (level + 1) <= 1.0:
            level += 1
        return self._image(level)

    def _image(self, level: int) -> QImage:
        if level not in self._images:
            window = self._enhancement.window or self.full_window
            pixels = self._level(level, clahe=self._enhancement.clahe)
            picture = shown(pixels, window, inverted=self._enhancement.inverted)
            self._images[level] = _to_image(picture)
        return self._images[level]

    def _level(self, level: int, *, clahe: bool) -> NDArray[Any]:
        if level == 0 and not clahe:
            return self._pixels
        if (level, clahe) not in self._levels:
            if level == 0:
                made = equalised(self._pixels)
            else:
                made = _halved(self._level(level - 1, clahe=clahe))
            self._levels[level, clahe] = made
        return self._levels[level, clahe]


def _halved(pixels: NDArray[Any]) -> NDArray[Any]:
    import cv2

    height, width = pixels.shape[:2]
    size = (max((width + 1) // 2, 1), max((height + 1) // 2, 1))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _to_image(pixels: NDArray[np.uint8]) -> QImage:
    import numpy as np

    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    grey = pixels.ndim == 2
    layout = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    image = QImage(pixels.data, width, height, pixels.strides[0], layout)
    # 32 bits is what the screen takes; converting once makes every repaint cheap.
    return image.convertToFormat(QImage.Format.Format_RGB32)
