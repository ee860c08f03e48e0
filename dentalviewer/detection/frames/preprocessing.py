"""From a radiograph of any size and depth to the frame that a network sees.

Training and inference both come through here, so that a network is shown on the
dentist's machine what it was trained on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from dentalviewer.geometry import Box, Size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from dentalviewer.detection.looks import Look

PREPROCESSING = (
    "grey; of a page of one colour the radiograph alone; the dental arches are found"
    " and cropped; contrast stretched so that the 0.5 and 99.5 percentiles of the crop"
    " are black and white"
)
PREPROCESSING_UPRIGHT = f"turned back if inverted; {PREPROCESSING}"
PREPROCESSING_OF_ALL = (
    "grey; of a page of one colour the radiograph alone; all of it between black"
    " margins; contrast stretched so that the 0.5 and 99.5 percentiles are black and"
    " white"
)
CALIBRATED = "; scores calibrated"

# The part of the histogram that a 16 bit radiograph uses, in per cent.
LOW_PERCENTILE, HIGH_PERCENTILE = 0.1, 99.9
# The part of a crop's histogram that is stretched over all grey values, in per cent.
BLACK_PERCENTILE, WHITE_PERCENTILE = 0.5, 99.5

# Rec. 601 luma (ITU-R BT.601), red, green, blue.
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a radiograph lies in a network's frame.

    A point at x of the radiograph is at x * `x_factor` + `left` of the frame, both in
    pixel edges; likewise y. In a mirror `x_factor` is negative.
    """

    x_factor: float
    y_factor: float
    left: float
    top: float

    def to_radiograph(self, box: Box) -> Box:
        moved = box.moved(-self.left, -self.top)
        return moved.scaled(1 / self.x_factor, 1 / self.y_factor)

    def corners_to_radiograph(self, corners: Tensor) -> Tensor:
        """The same for (N, 4) corners x_min, y_min, x_max, y_max, in a mirror too."""
        moved = corners - corners.new_tensor([self.left, self.top] * 2)
        placed = moved / corners.new_tensor([self.x_factor, self.y_factor] * 2)
        return placed if self.x_factor > 0 else placed[:, [2, 1, 0, 3]]

    def in_mirrored_frame(self, frame_width: float) -> Placement:
        """Where the radiograph lies in the frame when that is mirrored."""
        return replace(self, x_factor=-self.x_factor, left=frame_width - self.left)

    def of_mirrored(self, width: float) -> Placement:
        """Where a radiograph of that width lies, if this is said of it in a mirror."""
        left = self.left + width * self.x_factor
        return replace(self, x_factor=-self.x_factor, left=left)

    def of_whole(self, left: float, top: float) -> Placement:
        """Where a whole picture lies, if this is said of its part that begins there."""
        return replace(
            self,
            left=self.left - left * self.x_factor,
            top=self.top - top * self.y_factor,
        )

    def to_frame(self, box: Box) -> Box:
        return box.scaled(self.x_factor, self.y_factor).moved(self.left, self.top)


def in_words(looks: Sequence[Look]) -> str:
    """How often a radiograph is looked at, as it stands behind PREPROCESSING: nothing
    where it is once.
    """
    if len(looks) == 1:
        return ""
    seen = " and ".join(
        f"{'mirrored ' if look.mirrored else ''}at {look.size}" for look in looks
    )
    return f"; seen {seen}, of which the mean is taken"


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
        return np.array(pixels, np.uint8, order="C", copy=None)
    if pixels.dtype != np.uint16:
        raise ValueError(f"pixels must be uint8 or uint16, not {pixels.dtype}")
    low, high = np.percentile(pixels[::3, ::3], (LOW_PERCENTILE, HIGH_PERCENTILE))
    span = max(float(high - low), 1.0)
    scaled = (pixels.astype(np.float32) - np.float32(low)) * np.float32(255 / span)
    return np.asarray(np.clip(scaled.round(), 0, 255), np.uint8)


def letterbox(
    grey: NDArray[np.uint8], size: Size
) -> tuple[NDArray[np.uint8], Placement]:
    """Fit a grey (H, W) picture into a black frame of `size`, centred, shape kept.

    Shrinks by averaging areas, enlarges bilinearly. Returns the (size.height,
    size.width) frame and where the picture lies in it.
    """
    height, width = grey.shape
    factor = min(size.width / width, size.height / height)
    # A very long and thin picture would otherwise vanish.
    fitted = Size(max(1, round(width * factor)), max(1, round(height * factor)))
    resized = _resized(grey, fitted)
    left = (size.width - fitted.width) // 2
    top = (size.height - fitted.height) // 2
    frame = np.zeros((size.height, size.width), dtype=np.uint8)
    frame[top : top + fitted.height, left : left + fitted.width] = resized
    return frame, Placement(fitted.width / width, fitted.height / height, left, top)


def crop(
    grey: NDArray[np.uint8], window: Box, size: Size
) -> tuple[NDArray[np.uint8], Placement]:
    """What a window of a grey (H, W) picture shows, fitted into a frame of `size`.

    Shape kept; the frame shows more than the window where their shapes differ, and
    black where that lies outside the picture. Returns as `letterbox` does.
    """
    height, width = grey.shape
    factor = min(size.width / window.width, size.height / window.height)
    x, y = window.center
    left, top = x - size.width / factor / 2, y - size.height / factor / 2
    # Whole pixels of the picture, so that shrinking averages whole areas.
    x_min, y_min = max(0, math.floor(left)), max(0, math.floor(top))
    x_max = min(width, math.ceil(left + size.width / factor))
    y_max = min(height, math.ceil(top + size.height / factor))
    if x_max <= x_min or y_max <= y_min:
        return letterbox(grey, size)
    fitted = Size(
        max(1, round((x_max - x_min) * factor)), max(1, round((y_max - y_min) * factor))
    )
    resized = _resized(grey[y_min:y_max, x_min:x_max], fitted)
    to_left, to_top = round((x_min - left) * factor), round((y_min - top) * factor)
    frame = np.zeros((size.height, size.width), dtype=np.uint8)
    inside = resized[max(0, -to_top) :, max(0, -to_left) :]
    to_left_inside, to_top_inside = max(0, to_left), max(0, to_top)
    inside = inside[: size.height - to_top_inside, : size.width - to_left_inside]
    frame[
        to_top_inside : to_top_inside + inside.shape[0],
        to_left_inside : to_left_inside + inside.shape[1],
    ] = inside
    x_factor, y_factor = fitted.width / (x_max - x_min), fitted.height / (y_max - y_min)
    return frame, Placement(
        x_factor, y_factor, to_left - x_min * x_factor, to_top - y_min * y_factor
    )


def halved_to(
    grey: NDArray[np.uint8], least_width: int
) -> tuple[NDArray[np.uint8], int]:
    """A grey (H, W) picture halved as often as it stays `least_width` wide or wider.

    Returns it with the factor by which its coordinates are smaller.
    """
    factor = 1
    while grey.shape[1] >= 2 * least_width and grey.shape[0] >= 2:
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        whole = grey[: height * 2, : width * 2]
        halved = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
        grey, factor = np.asarray(halved, np.uint8), factor * 2
    return grey, factor


def stretched(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frame with its contrast stretched over all grey values."""
    counts = cv2.calcHist([frame], [0], None, [256], [0, 256]).ravel().cumsum()
    black = int(np.searchsorted(counts, counts[-1] * BLACK_PERCENTILE / 100))
    white = int(np.searchsorted(counts, counts[-1] * WHITE_PERCENTILE / 100))
    ramp = (np.arange(256) - black) * (255 / max(white - black, 1))
    table = np.clip(ramp.round(), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(frame, table), np.uint8)


def _resized(grey: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    shrinks = size.width < grey.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(grey, (size.width, size.height), interpolation=method)
    return np.asarray(resized, dtype=np.uint8)
