"""How a radiograph is shown, which changes neither the file nor the boxes."""

from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.enhancement import Window, equalised, full_window, shown


def test_the_window_maps_black_to_0_and_white_to_255() -> None:
    pixels = np.array([[0, 50, 100, 150, 200]], np.uint8)

    # From 50 to 150: half way is 127.5, which rounds to the even 128.
    assert shown(pixels, Window(100, 100), inverted=False).tolist() == [
        [0, 0, 128, 255, 255]
    ]


def test_inversion_shows_white_as_black() -> None:
    pixels = np.array([[0, 255]], np.uint8)

    assert shown(pixels, Window(127.5, 255), inverted=True).tolist() == [[255, 0]]


def test_deep_radiographs_are_windowed_at_their_own_depth() -> None:
    pixels = np.array([[1000, 1500, 2000]], np.uint16)

    found = shown(pixels, Window(1500, 1000), inverted=False)

    assert found.dtype == np.uint8
    assert found.tolist() == [[0, 128, 255]]


def test_the_full_window_of_8_bit_is_all_of_it() -> None:
    assert full_window(np.zeros((9, 9), np.uint8)) == Window(127.5, 255)


def test_the_full_window_of_16_bit_is_what_is_used_of_it() -> None:
    pixels = np.full((70, 70), 2000, np.uint16)
    pixels[:, :35] = 600

    window = full_window(pixels)

    assert (window.black, window.white) == (pytest.approx(600), pytest.approx(2000))


def test_a_flat_deep_radiograph_still_has_a_window() -> None:
    assert full_window(np.full((70, 70), 7, np.uint16)).width >= 1


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_local_contrast_brings_out_what_is_faint(depth: type) -> None:
    faint = np.full((64, 64), 100, depth)
    faint[::2] = 104

    enhanced = equalised(faint)

    assert enhanced.dtype == depth
    assert np.ptp(enhanced) > np.ptp(faint)
    assert np.ptp(faint) == 4


def test_colour_keeps_its_channels() -> None:
    assert equalised(np.zeros((32, 32, 3), np.uint8)).shape == (32, 32, 3)
