"""What shape a letter is: R and L, straight or mirrored, told from all other signs.

A shape is compared with letters drawn in several hands and weights (normalised
correlation of the blurred shapes, all stretched to one square) and with what else may
stand on a radiograph: other letters and digits, straight, mirrored and upside down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[Any]

_SIDE = 20
_BLUR = 1.1
# A letter may be wide or narrow, but what is far from all drawn ones is another sign.
_PROPORTION_WEIGHT = 0.25
# How like a drawn letter a shape must be, and how much more than like anything else.
_ALIKE, _AHEAD = 0.8, 0.05
_OTHER_SIGNS = "ABCDEFGHIJKMNOPQSTUVWXYZ0123456789hkrtz[(/+"
# OpenCV's stroke fonts: which one, and how thick its strokes are.
_STROKES = ((0, 2), (0, 5), (0, 8), (0, 11), (2, 6), (3, 4))
_BOLDNESS = (0, 2, 5)
_FONT_SIZE = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """R or L; `mirrored` if it is written the wrong way round."""

    name: str
    mirrored: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class _Bank:
    """Drawn shapes; `letters` has None for every other sign."""

    letters: tuple[Letter | None, ...]
    shapes: NDArray[np.float32]
    proportions: NDArray[np.float32]


def read_letter(shape: Mask) -> Letter | None:
    """The letter that a shape (height, width), 1 inside and 0 outside, is; else None.

    The shape fills its array.
    """
    bank = _bank()
    off = np.abs(_proportion(shape) - bank.proportions)
    alike = bank.shapes @ _in_one_square(shape) - _PROPORTION_WEIGHT * off
    ranked = np.argsort(-alike)
    letter: Letter | None = bank.letters[int(ranked[0])]
    second = next(i for i in ranked if bank.letters[i] != letter)
    if alike[ranked[0]] < _ALIKE or alike[ranked[0]] - alike[second] < _AHEAD:
        return None
    return letter


@cache
def _bank() -> _Bank:
    letters: list[Letter | None] = []
    shapes: list[Mask] = []

    def add(letter: Letter | None, shape: Mask) -> None:
        letters.append(letter)
        shapes.append(shape)

    for name, drawings in (
        ("L", (*_drawn("L"), *_angles())),
        ("R", (*_drawn("R"), *_bowed_letters())),
    ):
        for shape in drawings:
            add(Letter(name), shape)
            add(Letter(name, mirrored=True), shape[:, ::-1])
            add(None, shape[::-1])
            add(None, shape[::-1, ::-1])
    for sign in _OTHER_SIGNS:
        for shape in list(_drawn(sign))[1::2]:
            add(None, shape)
            add(None, shape[:, ::-1])
    return _Bank(
        tuple(letters),
        np.array([_in_one_square(shape) for shape in shapes], np.float32),
        np.array([_proportion(shape) for shape in shapes], np.float32),
    )


def _proportion(shape: Mask) -> float:
    height, width = shape.shape
    return float(np.log(width / height))


def _in_one_square(shape: Mask) -> NDArray[np.float32]:
    """As a vector of length 1 with mean 0."""
    smaller = min(shape.shape) > _SIDE
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    square = cv2.resize(shape.astype(np.float32), (_SIDE, _SIDE), interpolation=how)
    square = cv2.GaussianBlur(np.pad(square, 2), (0, 0), _BLUR)
    square = square - square.mean()
    return np.asarray(square / max(np.linalg.norm(square), 1e-6), np.float32).ravel()


def _drawn(sign: str) -> Iterator[Mask]:
    from PIL import Image, ImageDraw, ImageFont

    for font, thickness in _STROKES:
        paper = np.zeros((120, 150), np.uint8)
        cv2.putText(paper, sign, (30, 90), font, 2.2, 255, thickness, cv2.LINE_AA)
        yield _cut_out(paper)
    for stroke_width in _BOLDNESS:
        picture = Image.new("L", (140, 140))
        ImageDraw.Draw(picture).text(
            (40, 30),
            sign,
            fill=255,
            font=ImageFont.load_default(_FONT_SIZE),
            stroke_width=stroke_width,
        )
        yield _cut_out(np.asarray(picture))


def _angles() -> Iterator[Mask]:
    """L made of two bars: how wide, and how thick the bars are, per height."""
    for width in (50, 65, 80):
        for stem in (15, 25, 35):
            for foot in (12, 20, 30):
                shape = np.zeros((100, width), np.float32)
                shape[:, :stem] = shape[-foot:] = 1
                yield shape


def _bowed_letters() -> Iterator[Mask]:
    """R as lead markers have it: a stem, a round bow and a straight leg."""
    for width in (72, 90, 108):
        for thickness in (16, 24, 32):
            for leg in (0.35, 0.5):
                yield _bowed_letter(width, thickness, leg)


def _bowed_letter(width: int, thickness: int, leg: float) -> Mask:
    height, bow = 120, 67
    paper = np.zeros((height, width), np.uint8)
    for inset, colour in ((0, 255), (thickness, 0)):
        radius = max(bow // 2 - inset, 2)
        right = max(width - 1 - bow // 2, inset + 2)
        cv2.rectangle(paper, (inset, inset), (right, bow - 1 - inset), colour, -1)
        centre = (right, bow // 2)
        cv2.ellipse(paper, centre, (radius, radius), 0, -90, 90, colour, -1)
    cv2.rectangle(paper, (0, 0), (thickness - 1, height), 255, -1)
    start = int(width * leg)
    end = width - 1 - int(thickness * 1.15)
    corners = [
        (start, bow - 2), (start + thickness, bow - 2), (width - 1, height),
        (end, height),
    ]  # fmt: skip
    cv2.fillPoly(paper, [np.array(corners, np.int32)], 255)
    return _cut_out(paper)


def _cut_out(paper: Mask) -> Mask:
    """What is drawn, without the empty paper around it, from 0 to 1."""
    rows, columns = (_ends(np.flatnonzero((paper > 127).any(axis=a))) for a in (1, 0))
    return paper[rows, columns].astype(np.float32) / 255


def _ends(places: Iterable[int]) -> slice:
    found = list(places)
    return slice(int(found[0]), int(found[-1]) + 1)
