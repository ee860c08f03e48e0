"""How a radiograph is shown: window and level, inversion, CLAHE. Array in, array out.

None of this touches the file, the boxes or what the detector sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[Any]

# Found on panoramic radiographs in 2018: plain equalisation hides restorations.
CLAHE_CLIP_LIMIT = 2.0
CLAHE_TILES = (16, 16)


@dataclass(frozen=True, slots=True)
class Window:
    """The grey values shown from black to white: level ± width / 2, in pixel values."""

    level: float
    width: float

    @property
    def black(self) -> float:
        return self.level - self.width / 2

    @property
    def white(self) -> float:
        return self.level + self.width / 2


@dataclass(frozen=True, slots=True)
class Enhancement:
    """What is done to a radiograph before it is shown; no `window` is the full one."""

    window: Window | None = None
    inverted: bool = False
    clahe: bool = False


def full_window(pixels: Pixels) -> Window:
    """From black to white over all that the radiograph holds.

    8-bit radiographs use 0 to 255 as stored; 16-bit ones rarely fill their range, so
    theirs spans the 0.1st to the 99.9th percentile.
    """
    import numpy as np

    if pixels.dtype == np.uint8:
        return Window(127.5, 255.0)
    # Every 7th row and column is plenty for a percentile, and 50 times faster.
    low, high = np.percentile(pixels[::7, ::7], (0.1, 99.9))
    return Window(float(low + high) / 2, max(float(high - low), 1.0))


def equalised(pixels: Pixels) -> Pixels:
    """Contrast limited adaptive histogram equalisation (Zuiderveld 1994)."""
    import cv2
    import numpy as np

    clahe = cv2.createCLAHE(CLAHE_CLIP_LIMIT, CLAHE_TILES)
    if pixels.ndim == 2:
        return clahe.apply(pixels)
    return np.dstack(
        [clahe.apply(np.ascontiguousarray(c)) for c in np.rollaxis(pixels, 2)]
    )


def shown(pixels: Pixels, window: Window, *, inverted: bool) -> NDArray[np.uint8]:
    """Map pixels, (H, W) or (H, W, 3), through the window to 0..255 for the screen."""
    import numpy as np

    top = np.iinfo(pixels.dtype).max
    values = np.arange(top + 1, dtype=np.float32)
    table = (values - window.black) * (255.0 / max(window.width, 1e-6))
    table = np.clip(np.round(table), 0, 255).astype(np.uint8)
    if inverted:
        table = 255 - table
    if pixels.dtype == np.uint8:
        import cv2

        return cast("NDArray[np.uint8]", cv2.LUT(pixels, table))
    return cast("NDArray[np.uint8]", table[pixels])
