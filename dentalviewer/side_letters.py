"""The R and L that are burnt into a radiograph beside the jaws, or lay on the film.

They are looked for in the outer quarters of the picture as regions that are brighter
(or darker, on a plate) than all around them, and that stay as they are over a range of
thresholds, as in maximally stable extremal regions (Matas et al. 2002). A letter in
outline is seen by what it encloses. What stands in a row with others is a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.geometry import Box, Size
from dentalviewer.letter_shapes import Letter, read_letter
from dentalviewer.page import extent_on_page, part_of

Grey = NDArray[np.uint8]

# The share of the width, at either end, that is looked at.
MARGIN = 0.25
# How high a letter is, of the height of the radiograph; and in pixels, to be legible.
LEAST_HEIGHT, MOST_HEIGHT = 0.02, 0.13
LEGIBLE = 9
LEAST_WIDTH, MOST_WIDTH = 0.3, 1.15
# The share of its box that a letter covers.
LEAST_FILLED, MOST_FILLED = 0.15, 0.85
LEVELS = range(24, 248, 14)
# Over so many thresholds a region keeps its shape: what looked like a letter on 299
# radiographs and was none did so over two at most, the faintest letter over four.
STEADY = 4
# More pixels do not make a letter clearer.
WORKING_HEIGHT = 640
# A second sign within so much of the height of a letter makes it part of a word.
WORD_GAP = 0.8
# Holes that make up more than this share show that a letter is drawn in outline.
OUTLINED = 0.15


@dataclass(frozen=True, slots=True)
class SideLetter:
    """A letter beside the jaws; `on_right` tells the half of the picture it is in."""

    letter: Letter
    box: Box
    on_right: bool


@dataclass(slots=True)
class _Sighting:
    """One place where a letter was read, and at which thresholds."""

    letter: Letter
    box: Box
    levels: set[tuple[bool, int]] = field(default_factory=set)


def find_side_letters(pixels: NDArray[Any]) -> tuple[SideLetter, ...]:
    """The letters in the margins of a radiograph, as `Radiograph.pixels` has it.

    What stands on the page beside a radiograph is none.
    """
    whole = _in_grey(pixels)
    extent = extent_on_page(whole)
    grey = _small(part_of(whole, extent))
    height, width = grey.shape
    margin = int(width * MARGIN)
    scale = extent.height / height
    found = []
    for left in (0, width - margin):
        strip = grey[:, left : left + margin]
        for sighting in _sightings(strip, open_left=left > 0):
            corners = np.add(sighting.box.corners, (left, 0, left, 0)) * scale
            box = Box(*map(float, corners)).moved(extent.x_min, extent.y_min)
            found.append(SideLetter(sighting.letter, box, on_right=left > 0))
    return tuple(found)


def _in_grey(pixels: NDArray[Any]) -> Grey:
    """(H, W) from 0 to 255."""
    # Coloured letters are bright in one of the colours.
    grey = pixels.max(axis=2) if pixels.ndim == 3 else pixels
    if grey.dtype != np.uint8:
        low, high = int(grey.min()), int(grey.max())
        grey = ((grey - low) * (255 / max(high - low, 1))).astype(np.uint8)
    return grey


def _small(grey: Grey) -> Grey:
    """No larger than letters need."""
    height, width = grey.shape
    if height > WORKING_HEIGHT:
        size = (max(round(width * WORKING_HEIGHT / height), 1), WORKING_HEIGHT)
        resized = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        grey = np.asarray(resized, np.uint8)
    return np.ascontiguousarray(grey)


def _sightings(strip: Grey, *, open_left: bool) -> Sequence[_Sighting]:
    """Where letters are read steadily. What reaches the open end is cut off there."""
    seen: list[_Sighting] = []
    for dark in (False, True):
        picture = 255 - strip if dark else strip
        for level in LEVELS:
            for shape, box in _shapes(picture >= level, open_left=open_left):
                letter = read_letter(shape)
                if letter is None:
                    continue
                known = [s for s in seen if s.letter == letter and _same(s.box, box)]
                if not known:
                    seen.append(_Sighting(letter, box))
                (known or seen[-1:])[0].levels.add((dark, level))
    return [each for each in seen if len(each.levels) >= STEADY]


def _same(one: Box, other: Box) -> bool:
    """Whether two regions are one letter at two thresholds."""
    return all(
        abs(a - b) <= one.height / 3
        for a, b in zip(one.corners, other.corners, strict=True)
    )


def _shapes(
    mask: NDArray[np.bool_], *, open_left: bool
) -> Iterator[tuple[NDArray[np.uint8], Box]]:
    """Regions that may be a letter by their size, with what outlines enclose."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    regions = np.asarray(facts[1:count], np.int32)
    size = Size(mask.shape[1], mask.shape[0])
    for index in np.flatnonzero(_of_letter_size(regions, size, open_left=open_left)):
        x, y, width, height, area = map(int, regions[index])
        if _in_a_word(regions, regions[index]):
            continue
        shape = (labels[y : y + height, x : x + width] == index + 1).astype(np.uint8)
        box = Box(x, y, x + width, y + height)
        yield shape, box
        filled = _filled(shape)
        if filled.sum() > (1 + OUTLINED) * area:
            yield filled, box


def _of_letter_size(
    regions: NDArray[np.int32], size: Size, *, open_left: bool
) -> NDArray[np.bool_]:
    x, _, width, height, area = regions.T
    share = area / (width * height)
    cut_off = x == 0 if open_left else x + width == size.width
    return np.asarray(
        (height >= max(LEAST_HEIGHT * size.height, LEGIBLE))
        & (height <= MOST_HEIGHT * size.height)
        & (width >= LEAST_WIDTH * height)
        & (width <= MOST_WIDTH * height)
        & (share >= LEAST_FILLED)
        & (share <= MOST_FILLED)
        & ~cut_off
    )


def _in_a_word(regions: NDArray[np.int32], region: NDArray[np.int32]) -> bool:
    """Whether a sign of about the same height stands close beside it."""
    x, y, width, height, _ = map(int, region)
    left, top, other_width, other_height, _ = regions.T
    shared = np.minimum(top + other_height, y + height) - np.maximum(top, y)
    gap = np.maximum(left - (x + width), x - (left + other_width))
    beside = (
        (other_height > 0.6 * height)
        & (other_height < 1.6 * height)
        & (other_width < 1.5 * height)
        & (shared > height / 2)
        & (gap >= 0)
        & (gap < WORD_GAP * height)
    )
    return bool(beside.any())


def _filled(shape: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With the holes closed."""
    outside = np.pad(1 - shape, 1, constant_values=1)
    _, labels = cv2.connectedComponents(outside.astype(np.uint8), connectivity=4)
    return np.asarray(labels != labels[0, 0], np.uint8)[1:-1, 1:-1]
