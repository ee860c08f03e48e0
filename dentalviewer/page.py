"""A radiograph that lies on a page: a slide, a report, a screenshot.

What surrounds it is of one colour, which a sheet that was scanned or photographed is
not. Left as it is, a light page takes the contrast that the jaws need, and the jaws are
not where a radiograph has them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.geometry import Box

# So many pixels are looked at across the longer side: a page is of one colour, and
# leaving pixels out keeps that as it is.
LOOKED_AT = 720
# How far, of 255, a page's pixels are from its colour, and how many of an edge are.
OF_ONE_COLOUR, OF_AN_EDGE = 10, 0.95
# Which share of its upright rectangle the radiograph fills: bright spots at its rim
# melt into a light page. On 299 radiographs that are inverted, where the surroundings
# of the jaws look like a page, they fill less.
FILLS = 0.9
# A rim that is narrower than this share of the picture is part of how radiographs are
# stored; on 299 of them it is 0.02 at most.
LEAST_RIM = 0.04
# A line of the page's colour through the radiograph, as of a ruler, makes two parts of
# it: those count that have this share of the largest one's area.
LARGE = 0.2
# A page in a window on a screen.
MOST_PAGES = 4
# A smaller share of the page is a stamp or a signature.
LEAST_AREA = 0.04


def extent_on_page(grey: NDArray[np.uint8]) -> Box:
    """Where the radiograph lies in a grey (H, W) picture, in whole pixels.

    All of the picture, unless one of its edges has one colour and what differs from
    that colour is, but for small parts, an upright rectangle, with a broad rim left.
    Words and small pictures may stand beside it, and the page may lie on another, as in
    a window. Several radiographs on a page are left as they are.
    """
    height, width = grey.shape
    extent = Box(0, 0, width, height)
    for _ in range(MOST_PAGES):
        part = _within(part_of(grey, extent))
        if part is None:
            break
        extent = part.moved(extent.x_min, extent.y_min)
    return extent


def _within(grey: NDArray[np.uint8]) -> Box | None:
    """What lies on the page that a picture is; None if it is no page."""
    height, width = grey.shape
    step = max(1, max(height, width) // LOOKED_AT)
    looked_at = grey[::step, ::step].astype(np.int16)
    for colour in _edge_colours(looked_at):
        part = _rectangle(np.abs(looked_at - colour) > OF_ONE_COLOUR)
        if part is not None:
            x_min, y_min, x_max, y_max = part.scaled(step, step).corners
            # Within the first and the last pixel that was seen to be no page.
            inner = step - 1
            return Box(
                x_min, y_min, min(x_max - inner, width), min(y_max - inner, height)
            )
    return None


def part_of(grey: NDArray[np.uint8], extent: Box) -> NDArray[np.uint8]:
    """What a box in whole pixels shows of grey (H, W) pixels; they are shared."""
    x_min, y_min, x_max, y_max = map(int, extent.corners)
    return grey[y_min:y_max, x_min:x_max]


def with_black_page(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey (H, W) pixels, black around the radiograph if they are a page."""
    extent = extent_on_page(grey)
    if extent == Box(0, 0, grey.shape[1], grey.shape[0]):
        return grey
    blackened = np.zeros_like(grey)
    part_of(blackened, extent)[:] = part_of(grey, extent)
    return blackened


def _edge_colours(picture: NDArray[np.int16]) -> list[int]:
    """The colours of the edges that have one."""
    colours: list[int] = []
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        colour = int(np.median(edge))
        if colour in colours:
            continue
        if np.mean(np.abs(edge - colour) <= OF_ONE_COLOUR) >= OF_AN_EDGE:
            colours.append(colour)
    return colours


def _rectangle(mask: NDArray[np.bool_]) -> Box | None:
    """That which the large connected parts fill together, with a broad rim left."""
    height, width = mask.shape
    contours, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    areas = [cv2.contourArea(contour) for contour in contours]
    least = LARGE * max(areas, default=0)
    large = [each for each in zip(contours, areas, strict=True) if each[1] >= least]
    if not large:
        return None
    outline = np.concatenate([contour for contour, _ in large])
    x, y, columns, rows = cv2.boundingRect(outline)
    if min(columns, rows) < 2 or columns * rows < LEAST_AREA * width * height:
        return None
    if sum(area for _, area in large) < FILLS * (columns - 1) * (rows - 1):
        return None
    rims = (x / width, y / height, 1 - (x + columns) / width, 1 - (y + rows) / height)
    if max(rims) < LEAST_RIM:
        return None
    return Box(x, y, x + columns, y + rows)
