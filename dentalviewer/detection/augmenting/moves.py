"""What of one radiograph is brought to another: where it lies there, and how bright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.opacity import Area


@dataclass(frozen=True, slots=True)
class Move:
    """Where points of one radiograph lie on another: scaled, then shifted.

    A negative factor exchanges left and right, or up and down.
    """

    factors: NDArray[np.float64]
    shift: NDArray[np.float64]

    def corners(self, corners: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 4) corners as they lie on the other radiograph."""
        pairs = corners.reshape(*corners.shape[:-1], 2, 2) * self.factors + self.shift
        low, high = pairs.min(axis=-2), pairs.max(axis=-2)
        return np.asarray(np.concatenate([low, high], axis=-1), np.float64)

    def warped(
        self, picture: NDArray[Any], area: Area, *, around: int = cv2.BORDER_REFLECT
    ) -> NDArray[Any]:
        """(h, w) of an area of the other radiograph, as (H, W) of this one shows it;
        `around` tells OpenCV what is beyond the rim.
        """
        left, top, right, bottom = area
        # Pixel centres lie half a pixel after the edges that are mapped.
        offset = self.shift + self.factors * 0.5 - 0.5 - [left, top]
        matrix = np.column_stack([np.diag(self.factors), offset])
        size = (right - left, bottom - top)
        return cv2.warpAffine(picture, matrix, size, borderMode=around)


def matched(
    grey: NDArray[np.uint8], ground: float, wanted: float
) -> NDArray[np.float64]:
    """Grey values with the `ground` as bright as wanted; what is white stays so."""
    share = (255.0 - grey) / max(255.0 - ground, 1.0)
    return np.asarray(grey + (wanted - ground) * share, np.float64)
