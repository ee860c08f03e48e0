"""The radiographs of a set, one after another: thousands at full size fill a memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalviewer.detection.sets.dataset import (
    Dataset,
    Sample,
    read_pixels,
    require_no_faults,
)
from dentalviewer.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Pictures:
    """The grey (H, W) pixels of a dataset's radiographs, in order, each read anew when
    its turn comes. Raises DatasetError then if one cannot be read.
    """

    dataset: Dataset

    def __len__(self) -> int:
        return len(self.dataset.samples)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for _, pixels in read_one_by_one(self.dataset, self.dataset.samples):
            yield pixels


def read_one_by_one(
    dataset: Dataset, samples: Iterable[Sample]
) -> Iterator[tuple[Sample, NDArray[np.uint8]]]:
    """Some of the dataset's samples, each with its grey (H, W) pixels.

    Raises DatasetError at the end with all that could not be read.
    """
    faults: list[DatasetError] = []
    for sample in samples:
        try:
            pixels = read_pixels(sample)
        except DatasetError as error:
            faults.append(error)
            continue
        yield sample, pixels
    if len(faults) == 1:
        raise faults[0]
    told = [f"{error.path.name} {error.fault}" for error in faults]
    require_no_faults(dataset.path, told)


def require_readable(pictures: Pictures) -> None:
    """Before hours are spent. Raises DatasetError."""
    for _ in pictures:
        pass
