"""Other clinics, imitated: the validation radiographs as other scanners show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

# Where the jaws lie on the radiographs of the training clinic, as shares of the frame:
# every treatment is within.
JAWS = Box(0.17, 0.21, 0.77, 0.84)
# Of a picture as it arrives by a messenger: pixels, and JPEG's own scale to 100.
SMALL_WIDTH, SMALL_QUALITY = 1200, 40

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Variation:
    """A way in which radiographs differ; `window` is the part that is shown.

    Where it reaches outside the radiograph it has the grey value `around`. `resized`
    gives the size that the part is brought to, whatever its shape was, before its
    pixels are changed.
    """

    name: str
    window: Callable[[Size], Box] = lambda size: Box(0, 0, size.width, size.height)
    change: Callable[[Pixels], NDArray[np.uint8] | NDArray[np.uint16]] = lambda p: p
    around: int = 0
    resized: Callable[[Size], Size] = lambda size: size

    def apply(
        self, pixels: Pixels, reading: Reading
    ) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], Reading]:
        """The radiograph as shown, and what was said of it in that frame."""
        height, width = pixels.shape
        x_min, y_min, x_max, y_max = map(
            round, self.window(Size(width, height)).corners
        )
        size = Size(x_max - x_min, y_max - y_min)
        shown = np.full((size.height, size.width), self.around, np.uint8)
        left, top = max(x_min, 0), max(y_min, 0)
        part = pixels[top : max(y_max, 0), left : max(x_max, 0)]
        rows, columns = part.shape
        shown[top - y_min :, left - x_min :][:rows, :columns] = part
        new = self.resized(size)
        wider, taller = new.width / size.width, new.height / size.height

        def moved(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
            boxes = [(f, f.box.moved(-x_min, -y_min).clipped(size)) for f in findings]
            return tuple(
                replace(f, box=box.scaled(wider, taller))
                for f, box in boxes
                if box is not None
            )

        return self.change(_resized(shown, new)), replace(
            reading,
            size=new,
            findings=moved(reading.findings),
            uncertain=moved(reading.uncertain),
        )


def larger_jaws(size: Size) -> Box:
    """The jaws 1.6 times larger: the frame shows 1 / 1.6 of it around them."""
    x, y = JAWS.center
    half = 0.5 / 1.6
    x = min(max(x, half), 1 - half)
    y = min(max(y, half), 1 - half)
    return Box(x - half, y - half, x + half, y + half).scaled(size.width, size.height)


def teeth_alone(size: Size) -> Box:
    return JAWS.scaled(size.width, size.height)


def smaller_jaws(size: Size) -> Box:
    """The jaws 0.7 times as large: the radiograph amid a black frame."""
    x, y = size.width * (1 / 0.7 - 1) / 2, size.height * (1 / 0.7 - 1) / 2
    return Box(-x, -y, size.width + x, size.height + y)


def page(size: Size) -> Box:
    """The radiograph on a slide, with room for words beside and below it."""
    x, y = size.width * 0.3, size.height * 0.3
    return Box(-x, -y, size.width * 1.1, size.height * 1.5)


def _stretched(size: Size, factor: float) -> Size:
    """As scanners differ in how much they magnify across and along."""
    return Size(round(size.width * factor), size.height)


def _small(size: Size) -> Size:
    return Size(SMALL_WIDTH, round(size.height * SMALL_WIDTH / size.width))


def _resized(pixels: Pixels, size: Size) -> Pixels:
    if pixels.shape == (size.height, size.width):
        return pixels
    shrinks = size.width < pixels.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(pixels, (size.width, size.height), interpolation=method)
    return np.asarray(resized, np.uint8)


def _compressed(pixels: Pixels) -> Pixels:
    _, file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, SMALL_QUALITY])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)


def _inverted(pixels: Pixels) -> Pixels:
    return np.asarray(255 - pixels, np.uint8)


def _sixteen_bit(pixels: Pixels) -> NDArray[np.uint16]:
    """12 bits of 16 in use, and darker, as scanners store them."""
    return ((pixels / 255.0) ** 1.4 * 4095).round().astype(np.uint16)


def _noisy(pixels: Pixels) -> Pixels:
    random = np.random.default_rng(pixels.size)
    noise = random.normal(0, 12, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _oversharpened(pixels: Pixels) -> Pixels:
    blurred = cv2.GaussianBlur(pixels, (0, 0), 1.5)
    return np.asarray(cv2.addWeighted(pixels, 3.0, blurred, -2.0, 0), np.uint8)


def _softer(pixels: Pixels) -> Pixels:
    """Blurred as by a wider focus: by 2 pixels in a width of 2900."""
    spread = 2 * pixels.shape[1] / 2900
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), spread), np.uint8)


def _evened_out(pixels: Pixels) -> Pixels:
    """Contrast raised region by region, as many machines do by themselves."""
    return np.asarray(cv2.createCLAHE(2.0, (8, 8)).apply(pixels), np.uint8)


def _exposed(pixels: Pixels, gamma: float) -> Pixels:
    ramp = (np.arange(256) / 255) ** gamma * 255
    return np.asarray(cv2.LUT(pixels, ramp.round().astype(np.uint8)), np.uint8)


VARIATIONS = (
    Variation("jaws 1.6 times larger", larger_jaws),
    Variation("cropped to the teeth", teeth_alone),
    Variation("inverted", change=_inverted),
    Variation("16 bit", change=_sixteen_bit),
    Variation("noisy", change=_noisy),
    Variation("over-sharpened", change=_oversharpened),
    Variation("softer", change=_softer),
    Variation("local contrast", change=_evened_out),
    Variation("on a white page", page, around=255),
    Variation("1.25 times as wide", resized=partial(_stretched, factor=1.25)),
    Variation("1.5 times as wide", resized=partial(_stretched, factor=1.5)),
    Variation("small, as a JPEG", change=_compressed, resized=_small),
)
TOOTH_VARIATIONS = (
    *VARIATIONS,
    Variation("jaws 0.7 times as large", smaller_jaws),
    Variation("gamma 0.6", change=partial(_exposed, gamma=0.6)),
    Variation("gamma 1.6", change=partial(_exposed, gamma=1.6)),
)
