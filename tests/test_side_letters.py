"""R and L are read beside the jaws, and nothing else is taken for them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dentalviewer.geometry import Box, iou
from dentalviewer.letter_shapes import Letter
from dentalviewer.side_letters import find_side_letters

WIDTH, HEIGHT = 900, 440
Pixels = NDArray[Any]


def jaws() -> Pixels:
    """Soft shapes of a medium grey, darker towards the corners."""
    grey = np.random.default_rng(3).normal(0, 1, (HEIGHT // 20, WIDTH // 20))
    soft = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(70 + 18 * soft, 0, 255).astype(np.uint8)


def sign(text: str, height: int) -> Pixels:
    """From 0 to 1, with a little room around it."""
    picture = Image.new("L", (6 * height, 3 * height))
    font = ImageFont.load_default(round(height / 0.72))
    ImageDraw.Draw(picture).text((height, height), text, font=font, fill=255)
    drawn = np.asarray(picture)
    rows, columns = np.nonzero(drawn > 127)
    room = height // 4
    return (
        drawn[
            rows.min() - room : rows.max() + room,
            columns.min() - room : columns.max() + room,
        ]
        / 255
    )


def with_sign(
    text: str,
    *,
    right: bool,
    height: int = 26,
    white: int = 250,
    mirrored: bool = False,
    on_plate: bool = False,
    top: int = 300,
) -> Pixels:
    shape = sign(text, height)
    if mirrored:
        shape = shape[:, ::-1]
    pixels = jaws()
    left = WIDTH - 40 - shape.shape[1] if right else 40
    place = pixels[top : top + shape.shape[0], left : left + shape.shape[1]]
    under = np.full(place.shape, 240.0) if on_plate else place.astype(float)
    ink = 10 if on_plate else white
    place[:] = np.rint(under * (1 - shape) + ink * shape)
    return pixels


def read(pixels: Pixels) -> list[tuple[Letter, bool]]:
    return [(found.letter, found.on_right) for found in find_side_letters(pixels)]


def test_jaws_bear_no_letter() -> None:
    assert find_side_letters(jaws()) == ()


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("name", ["R", "L"])
@pytest.mark.parametrize("height", [16, 40])
def test_a_burnt_in_letter_is_read_on_its_side(
    name: str, right: bool, height: int
) -> None:
    straight = with_sign(name, right=right, height=height)
    assert read(straight) == [(Letter(name), right)]
    wrong_way_round = with_sign(name, right=right, height=height, mirrored=True)
    assert read(wrong_way_round) == [(Letter(name, mirrored=True), right)]


@pytest.mark.parametrize("name", ["R", "L"])
def test_a_letter_on_a_white_plate_is_read(name: str) -> None:
    assert read(with_sign(name, right=True, on_plate=True)) == [(Letter(name), True)]


def test_a_letter_in_outline_is_read() -> None:
    pixels = jaws()
    corners = [(830, 300), (838, 300), (838, 332), (852, 332), (852, 340), (830, 340)]
    cv2.polylines(pixels, [np.array(corners, np.int32)], True, 255, 2)
    assert read(pixels) == [(Letter("L"), True)]


def test_its_box_is_in_pixels_of_the_radiograph() -> None:
    large = cv2.resize(with_sign("R", right=False), None, fx=3, fy=3)
    (found,) = find_side_letters(large)
    # 40 and 300 are where the room around the letter begins, 6 pixels wide.
    letter = Box(3 * 46, 3 * 306, 3 * 65, 3 * 332)
    assert iou(found.box, letter) > 0.7


def test_letters_are_read_beside_the_jaws_and_not_on_the_page_around_them() -> None:
    """The page is so large that the letter lies outside the outer quarters of it."""
    page = np.full((900, 2400), 255, np.uint8)
    page[200 : 200 + HEIGHT, 700 : 700 + WIDTH] = with_sign("R", right=False)
    ink = 255 * (1 - sign("L", 40))
    page[400 : 400 + ink.shape[0], 100 : 100 + ink.shape[1]] = np.rint(ink)

    (found,) = find_side_letters(page)

    assert (found.letter, found.on_right) == (Letter("R"), False)
    assert iou(found.box, Box(746, 506, 765, 532)) > 0.7


def test_deep_and_coloured_radiographs_are_read_alike() -> None:
    grey = with_sign("R", right=True)
    deep = grey.astype(np.uint16) * 16
    yellow = np.stack([grey, grey, np.minimum(grey, 90)], axis=2)
    assert read(deep) == read(yellow) == [(Letter("R"), True)]


@pytest.mark.parametrize("text", ["RIGHT", "DR LEE", "12.03.2020", "B", "K", "7", "P"])
def test_words_and_other_signs_are_no_side_letters(text: str) -> None:
    assert read(with_sign(text, right=True)) == []
    assert read(with_sign(text, right=False, mirrored=True)) == []


def test_upside_down_letters_are_not_read() -> None:
    for name in ("R", "L"):
        pixels = with_sign(name, right=True)
        assert read(np.ascontiguousarray(pixels[::-1])) == []
        assert read(np.ascontiguousarray(pixels[::-1, ::-1])) == []


def test_a_letter_that_hardly_stands_out_is_not_guessed_at() -> None:
    assert read(with_sign("R", right=True, white=110)) == []


def test_what_lies_between_the_margins_is_not_looked_at() -> None:
    pixels = jaws()
    shape = sign("R", 26)
    pixels[200 : 200 + shape.shape[0], 430 : 430 + shape.shape[1]][shape > 0.5] = 250
    assert find_side_letters(pixels) == ()


def test_the_smallest_radiograph_is_looked_at() -> None:
    assert find_side_letters(np.zeros((16, 16), np.uint8)) == ()


@pytest.mark.parametrize("shape", [(2000, 1), (1, 2000), (1, 1)])
def test_the_thinnest_picture_has_no_letters(shape: tuple[int, int]) -> None:
    assert find_side_letters(np.zeros(shape, np.uint8)) == ()
