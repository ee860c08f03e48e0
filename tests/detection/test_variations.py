from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.detection.augmenting.variations import TOOTH_VARIATIONS
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

BY_NAME = {each.name: each for each in TOOTH_VARIATIONS}
READING = Reading("a.png", Size(70, 70), (Finding(Box(10, 20, 30, 40), "11"),))


def test_smaller_jaws_lie_in_the_middle_of_a_black_frame() -> None:
    pixels = np.full((70, 70), 200, np.uint8)

    shown, moved = BY_NAME["jaws 0.7 times as large"].apply(pixels, READING)

    # 70 / 0.7 = 100, of which 15 are on each side.
    assert shown.shape == (100, 100)
    assert moved.size == Size(100, 100)
    assert (shown[15:85, 15:85] == 200).all()
    assert int(shown.sum()) == 70 * 70 * 200
    assert moved.findings[0].box == Box(25, 35, 45, 55)


def test_a_page_is_white_around_the_radiograph() -> None:
    pixels = np.full((70, 70), 100, np.uint8)

    shown, moved = BY_NAME["on a white page"].apply(pixels, READING)

    # 0.3 * 70 = 21 left and above, 7 on the right and 35 below.
    assert shown.shape == (126, 98)
    assert (shown[21:91, 21:91] == 100).all()
    assert int((shown == 255).sum()) == 126 * 98 - 70 * 70
    assert moved.findings[0].box == Box(31, 41, 51, 61)


def test_larger_jaws_are_a_part_of_the_radiograph() -> None:
    pixels = np.arange(160, dtype=np.uint8)[None].repeat(80, axis=0)

    shown, moved = BY_NAME["jaws 1.6 times larger"].apply(pixels, READING)

    # 160 / 1.6 = 100 pixels around 0.47 of the width: 75.2 - 50.
    assert shown.shape == (50, 100)
    assert shown[0].tolist() == list(range(25, 125))
    # 80 / 1.6 = 50 pixels around 0.525 of the height: 42 - 25 = 17.
    assert moved.findings[0].box == Box(0, 3, 5, 23)


def test_one_that_is_wider_has_wider_boxes_as_tall_as_before() -> None:
    pixels = np.zeros((70, 70), np.uint8)
    pixels[20:40, 10:30] = 200

    shown, moved = BY_NAME["1.5 times as wide"].apply(pixels, READING)

    assert shown.shape == (70, 105)
    assert moved.size == Size(105, 70)
    assert moved.findings[0].box == Box(15, 20, 45, 40)
    assert (shown[20:40, 16:44] == 200).all()
    assert int((shown > 0).sum(axis=1).max()) <= 32


def test_a_small_one_keeps_its_shape_and_has_the_blocks_of_jpeg() -> None:
    pixels = np.zeros((1200, 2400), np.uint8)
    pixels[400:800, 600:1400] = 200
    reading = Reading(
        "a.png", Size(2400, 1200), (Finding(Box(600, 400, 1400, 800), "11"),)
    )

    shown, moved = BY_NAME["small, as a JPEG"].apply(pixels, reading)

    assert shown.shape == (600, 1200)
    assert moved.findings[0].box == Box(300, 200, 700, 400)
    # At the box's corner a block of 8 x 8 is neither black nor white any more.
    assert len(np.unique(shown)) > 2


def test_a_softer_radiograph_spreads_what_is_small_and_keeps_its_brightness() -> None:
    pixels = np.zeros((41, 2900), np.uint8)
    pixels[:, 1450] = 200

    soft = BY_NAME["softer"].apply(pixels, READING)[0][20].astype(float)

    # A line of 200 becomes a bell with a deviation of 2 pixels: 200 / (2 sqrt(2 pi)).
    assert soft[1450] == pytest.approx(200 / (2 * np.sqrt(2 * np.pi)), abs=2)
    assert soft.sum() == pytest.approx(200, abs=8)


def test_local_contrast_is_raised_where_there_is_little() -> None:
    pixels = np.full((160, 160), 100, np.uint8)
    pixels[::2] = 104

    even = BY_NAME["local contrast"].apply(pixels, READING)[0].astype(int)

    assert np.ptp(even) >= 1.5 * np.ptp(pixels)


def test_a_gamma_below_one_is_brighter_and_keeps_black_and_white() -> None:
    pixels = np.array([[0, 128, 255]], np.uint8)

    bright, _ = BY_NAME["gamma 0.6"].apply(pixels, READING)
    dark, _ = BY_NAME["gamma 1.6"].apply(pixels, READING)

    # 255 * (128 / 255) ** 0.6 = 168.6, and ** 1.6 = 84.6.
    assert bright.tolist() == [[0, 169, 255]]
    assert dark.tolist() == [[0, 85, 255]]
