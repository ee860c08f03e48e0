"""What a coordinate means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalviewer.geometry import Box, Size, iou, shared_area, shared_of_smaller

COORDINATE = st.floats(-1e4, 1e4)
EXTENT = st.floats(0.01, 1e4)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(COORDINATE), draw(COORDINATE)
    return Box(x, y, x + draw(EXTENT), y + draw(EXTENT))


def test_the_maxima_are_one_past_the_last_pixel() -> None:
    pixel = Box(0, 0, 1, 1)

    assert (pixel.width, pixel.height, pixel.area) == (1, 1, 1)
    assert pixel.center == (0.5, 0.5)


@pytest.mark.parametrize(
    "corners",
    [
        (5, 0, 5, 1),
        (0, 5, 1, 4),
        (math.nan, 0, 1, 1),
        (0, 0, math.inf, 1),
        (0, 0, 1, math.inf),
        (-math.inf, 0, 1, 1),
        (0, -math.inf, 1, 1),
    ],
)
def test_a_box_without_area_or_with_endless_sides_cannot_be(
    corners: tuple[float, float, float, float],
) -> None:
    with pytest.raises(ValueError, match="a box needs"):
        Box(*corners)


def test_boxes_that_share_a_third_of_what_they_cover_overlap_by_a_third() -> None:
    # Each 4 x 2; 2 x 2 shared, 8 + 8 - 4 = 12 covered.
    assert iou(Box(0, 0, 4, 2), Box(2, 0, 6, 2)) == pytest.approx(4 / 12)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert iou(Box(0, 0, 4, 2), Box(4, 0, 8, 2)) == 0


def test_boxes_share_what_lies_in_both_and_nothing_where_they_lie_apart() -> None:
    tall, low = Box(0, 0, 4, 10), Box(2, 8, 7, 20)
    # 2 x 2 in both; the smaller one is 4 x 10.
    assert shared_area(tall, low) == 4
    assert shared_of_smaller(tall, low) == shared_of_smaller(low, tall) == 4 / 40
    for apart in (low.moved(3, 0), low.moved(0, 3), low.moved(3, 3)):
        assert shared_area(tall, apart) == shared_area(apart, tall) == 0


def test_a_box_is_clipped_to_the_radiograph_or_is_not_on_it() -> None:
    size = Size(100, 50)

    assert Box(-5, 40, 10, 60).clipped(size) == Box(0, 40, 10, 50)
    assert Box(100, 0, 110, 10).clipped(size) is None


def test_a_box_moves_and_scales() -> None:
    assert Box(1, 2, 3, 5).moved(10, -2) == Box(11, 0, 13, 3)
    assert Box(1, 2, 3, 5).scaled(2, 10) == Box(2, 20, 6, 50)


@given(boxes(), boxes())
def test_overlap_is_the_same_whoever_is_first(one: Box, other: Box) -> None:
    assert iou(one, other) == pytest.approx(iou(other, one))
    assert 0 <= iou(one, other) <= 1 + 1e-9


@given(boxes())
def test_a_box_overlaps_itself_wholly(box: Box) -> None:
    assert iou(box, box) == pytest.approx(1)


def test_a_box_grows_about_its_centre() -> None:
    assert Box(10, 20, 14, 40).about_center(1.5) == Box(9, 15, 15, 45)
