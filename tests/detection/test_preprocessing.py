from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dentalviewer.detection.frames.preprocessing import (
    Placement,
    crop,
    halved_to,
    letterbox,
    stretched,
    to_grey,
)
from dentalviewer.geometry import Box, Size


def test_a_wide_radiograph_lies_between_black_margins() -> None:
    frame, placement = letterbox(np.full((100, 200), 7, np.uint8), Size(100, 100))

    assert placement == Placement(0.5, 0.5, 0, 25)
    assert (frame[25:75] == 7).all()
    assert not frame[:25].any()
    assert not frame[75:].any()
    assert placement.to_frame(Box(20, 40, 60, 80)) == Box(10, 45, 30, 65)
    assert placement.to_radiograph(Box(10, 45, 30, 65)) == Box(20, 40, 60, 80)


def test_a_line_of_pixels_does_not_vanish_in_the_frame() -> None:
    frame, placement = letterbox(np.full((1, 4000), 9, np.uint8), Size(100, 50))

    assert (frame == 9).sum() == 100
    assert placement.to_radiograph(Box(0, 24, 100, 25)) == Box(0, 0, 4000, 1)


def test_a_window_is_shown_larger_and_where_the_placement_says() -> None:
    grey = np.zeros((50, 100), np.uint8)
    grey[15:20, 20:30] = 255

    frame, placement = crop(grey, Box(10, 10, 50, 30), Size(80, 40))

    assert placement == Placement(2, 2, -20, -20)
    shown = placement.to_frame(Box(20, 15, 30, 20))
    assert shown == Box(20, 10, 40, 20)
    assert (frame[11:19, 21:39] == 255).all()
    assert not frame[:9].any()
    assert not frame[:, 42:].any()


def test_what_lies_outside_the_radiograph_is_black() -> None:
    frame, placement = crop(
        np.full((50, 100), 7, np.uint8), Box(-20, -10, 20, 10), Size(80, 40)
    )

    assert placement == Placement(2, 2, 40, 20)
    assert not frame[:20].any()
    assert not frame[:, :40].any()
    assert (frame[20:, 40:] == 7).all()


def test_a_window_of_another_shape_shows_more_instead_of_distorting() -> None:
    grey = np.tile(np.arange(100, dtype=np.uint8), (50, 1))

    frame, placement = crop(grey, Box(40, 10, 60, 30), Size(80, 40))

    assert placement == Placement(2, 2, -60, -20)
    assert int(frame[20, 40]) == pytest.approx(50, abs=1)


def test_of_a_window_beside_the_radiograph_all_is_shown_instead() -> None:
    grey = np.full((50, 100), 7, np.uint8)

    frame, placement = crop(grey, Box(500, 500, 600, 550), Size(100, 50))

    assert placement == Placement(1, 1, 0, 0)
    assert (frame == 7).all()


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-60, 160),
    y=st.floats(-30, 80),
    width=st.floats(20, 300),
    height=st.floats(10, 150),
)
def test_boxes_come_back_from_any_window_and_lie_on_their_pixels(
    x: float, y: float, width: float, height: float
) -> None:
    box = Box(60, 30, 90, 60)
    grey = np.zeros((100, 200), np.uint8)
    grey[30:60, 60:90] = 255

    frame, placement = crop(grey, Box(x, y, x + width, y + height), Size(128, 64))

    back = placement.to_radiograph(placement.to_frame(box))
    assert back.corners == pytest.approx(box.corners)
    shown = placement.to_frame(box).clipped(Size(128, 64))
    rows, columns = np.nonzero(frame > 127)
    if shown is None or min(shown.width, shown.height) < 1:
        assert len(rows) <= 128
    else:
        found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert found == pytest.approx(shown.corners, abs=1.5)


def test_contrast_is_stretched_from_black_to_white() -> None:
    frame = np.array([[50, 90], [110, 150]], np.uint8)

    # 50 becomes 0 and 150 becomes 255: each step is 2.55.
    assert stretched(frame).tolist() == [[0, 102], [153, 255]]


def test_a_frame_of_one_grey_value_is_no_fault() -> None:
    assert not stretched(np.full((4, 4), 80, np.uint8)).any()


def test_a_few_white_letters_do_not_darken_the_rest() -> None:
    frame = np.full((100, 100), 60, np.uint8)
    frame[:, 50:] = 120
    frame[0, :40] = 255

    assert stretched(frame)[50, 75] == 255


def test_sixteen_bits_become_eight_whatever_part_of_them_is_used() -> None:
    ramp = np.tile(np.linspace(1000, 3000, 300), (30, 1)).astype(np.uint16)

    grey = to_grey(ramp)

    assert grey.dtype == np.uint8
    assert (grey.min(), grey.max()) == (0, 255)
    assert int(grey[0, 150]) == pytest.approx(128, abs=2)


def test_colours_become_grey_as_bright_as_they_look() -> None:
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 100

    assert to_grey(red).tolist() == [[30, 30], [30, 30]]


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 10), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4), np.float32),
    ],
)
def test_what_is_no_picture_is_refused(pixels: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"picture|uint8"):
        to_grey(pixels)


def test_a_large_picture_is_halved_as_often_as_it_stays_wide_enough() -> None:
    picture = np.zeros((140, 290), np.uint8)
    picture[8:16, 16:32] = 200

    halved, factor = halved_to(picture, 70)

    # 290 and 145 are at least twice 70, 72 is not.
    assert (halved.shape, factor) == ((35, 72), 4)
    assert (halved[2:4, 4:8] == 200).all()
    assert halved.sum() == 2 * 4 * 200


def test_a_small_picture_is_left_as_it_is() -> None:
    picture = np.zeros((35, 139), np.uint8)

    halved, factor = halved_to(picture, 70)

    assert halved is picture
    assert factor == 1
