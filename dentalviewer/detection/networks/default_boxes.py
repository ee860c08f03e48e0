"""Which default boxes suit the boxes of the training data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.networks.backbone import STRIDES


def fit_default_boxes(
    sizes: NDArray[np.float64], count: int, seed: int, *, first_level: int = 0
) -> tuple[tuple[float, float], ...]:
    """`count` default box sizes (width, height), in strides, that suit (n, 2) `sizes`.

    Each size, in pixels of the network's frame, is divided by the stride of the level
    that would see it (the root of its area between 3 and 6 strides); k-means then
    groups them by 1 - IoU (Redmon & Farhadi, CVPR 2017). Raises ValueError if there are
    fewer sizes than `count`.
    """
    if len(sizes) < count:
        raise ValueError(f"{len(sizes)} boxes are too few to fit {count} sizes")
    strides = np.array(STRIDES[first_level:])
    levels = np.floor(np.log2(np.sqrt(sizes.prod(axis=1)) / strides[0] / 3))
    levels = levels.clip(0, len(strides) - 1).astype(int)
    points = sizes / strides[levels][:, None]
    random = np.random.default_rng(seed)
    centers = points[random.choice(len(points), count, replace=False)]
    for _ in range(100):
        shared = np.minimum(points[:, None], centers).prod(axis=2)
        joined = points.prod(axis=1)[:, None] + centers.prod(axis=1) - shared
        nearest = (shared / joined).argmax(axis=1)
        centers = np.array(
            [
                np.median(points[nearest == i], axis=0) if (nearest == i).any() else c
                for i, c in enumerate(centers)
            ]
        )
    ordered = centers[np.argsort(centers.prod(axis=1))].round(2).tolist()
    return tuple((width, height) for width, height in ordered)
