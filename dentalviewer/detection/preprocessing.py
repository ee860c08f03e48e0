"""From a radiograph of any size and depth to the frame that a network sees.

Training and inference both come through here, so that a network is shown on the
dentist's machine what it was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from dentalviewer.geometry import Box, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The part of the histogram that a 16 bit radiograph uses, in per cent.
LOW_PERCENTILE, HIGH_PERCENTILE = 0.1, 99.9

# Rec. 601 luma (ITU-R BT.601), red, green, blue.
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a radiograph lies in the network's frame.

    A point at x of the radiograph is at x * `x_factor` + `left` of the frame, both in
    pixel edges; likewise y. The two factors differ by less than a pixel's rounding.
    """

    x_factor: float
    y_factor: float
    left: int
    top: int

    def to_radiograph(self, box: Box) -> Box:
        moved = box.moved(-self.left, -self.top)
        return moved.scaled(1 / self.x_factor, 1 / self.y_factor)

    def to_frame(self, box: Box) -> Box:
        return box.scaled(self.x_factor, self.y_factor).moved(self.left, self.top)


def to_grey(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """8 bit grey of (H, W) or (H, W, 3) red-green-blue pixels, uint8 or uint16.

    8 bit values are kept. 16 bit values are scaled linearly so that the 0.1 and 99.9
    percentiles become 0 and 255. Raises ValueError for any other shape or type.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        pixels = (pixels.astype(np.float32) @ LUMA).round().astype(pixels.dtype)
    if pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(f"not a picture: an array of shape {pixels.shape}")
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    if pixels.dtype != np.uint16:
        raise ValueError(f"pixels must be uint8 or uint16, not {pixels.dtype}")
    low, high = np.percentile(pixels, (LOW_PERCENTILE, HIGH_PERCENTILE))
    span = max(float(high - low), 1.0)
    scaled = (pixels.astype(np.float32) - np.float32(low)) * np.float32(255 / span)
    return np.clip(scaled.round(), 0, 255).astype(np.uint8)


def letterbox(
    grey: NDArray[np.uint8], size: Size
) -> tuple[NDArray[np.uint8], Letterbox]:
    """Fit a grey (H, W) picture into a black frame of `size`, centred, shape kept.

    Shrinks by averaging areas, enlarges bilinearly. Returns the (size.height,
    size.width) frame and where the picture lies in it.
    """
    height, width = grey.shape
    factor = min(size.width / width, size.height / height)
    # A very long and thin picture would otherwise vanish.
    fitted = Size(max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(grey, (fitted.width, fitted.height), interpolation=method)
    left = (size.width - fitted.width) // 2
    top = (size.height - fitted.height) // 2
    frame = np.zeros((size.height, size.width), dtype=np.uint8)
    frame[top : top + fitted.height, left : left + fitted.width] = resized
    return frame, Letterbox(fitted.width / width, fitted.height / height, left, top)
