"""A radiograph is found on the page that it lies on, and a radiograph alone is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dentalviewer.geometry import Box
from dentalviewer.page import extent_on_page, part_of, with_black_page

Pixels = NDArray[np.uint8]


def jaws(width: int = 1000, height: int = 500) -> Pixels:
    """Soft shapes from 40 to 190, without an edge of one colour."""
    grey = np.random.default_rng(5).normal(0, 1, (10, 20))
    soft = cv2.resize(grey, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(115 + 40 * soft, 40, 190).astype(np.uint8)


def laid(picture: Pixels, place: Box, page: Pixels) -> Pixels:
    part_of(page, place)[:] = picture
    return page


def page_of(colour: int, width: int = 1600, height: int = 1200) -> Pixels:
    return np.full((height, width), colour, np.uint8)


PLACE = Box(300, 200, 1300, 700)


def assert_near(found: Box, place: Box, by: float = 4) -> None:
    away = np.abs(np.subtract(found.corners, place.corners)).max()
    assert away <= by, f"{found} instead of {place}"


def test_a_radiograph_alone_is_all_of_the_picture() -> None:
    assert extent_on_page(jaws()) == Box(0, 0, 1000, 500)


@pytest.mark.parametrize("colour", [255, 240, 215, 15, 0])
def test_a_radiograph_is_found_on_a_page_of_any_colour(colour: int) -> None:
    found = extent_on_page(laid(jaws(), PLACE, page_of(colour)))

    assert_near(found, PLACE)


def test_nothing_of_the_page_is_left_around_the_radiograph() -> None:
    """Every third pixel is looked at, and what is found lies within the radiograph."""
    place = Box(401, 302, 401 + 1501, 302 + 751)
    page = laid(jaws(1501, 751), place, page_of(255, 2300, 1600))

    assert part_of(page, extent_on_page(page)).max() < 255
    assert_near(extent_on_page(page), place, by=6)


def test_a_page_is_blackened_and_what_is_none_stays_as_it_is() -> None:
    page = laid(jaws(), PLACE, page_of(255))
    extent = extent_on_page(page)

    blackened = with_black_page(page)

    assert (blackened == laid(part_of(page, extent), extent, page_of(0))).all()
    assert (with_black_page(jaws()) == jaws()).all()


def test_words_and_a_logo_beside_the_radiograph_are_left_out() -> None:
    sheet = Image.fromarray(laid(jaws(), PLACE, page_of(255)))
    drawing = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(40)
    drawing.text((300, 100), "Panoramic radiograph of 3 May 2019", 0, font)
    drawing.text((300, 800), "Findings: 36 root-filled", 0, font)
    drawing.rectangle((40, 40, 200, 160), fill=90)

    assert_near(extent_on_page(np.asarray(sheet)), PLACE)


@pytest.mark.parametrize(
    "place",
    [
        Box(0, 0, 1000, 500),
        Box(0, 200, 1000, 700),
        Box(0, 0, 800, 700),
        Box(200, 0, 1000, 700),
    ],
)
def test_a_page_on_one_side_alone_is_a_page(place: Box) -> None:
    picture = jaws(int(place.width), int(place.height))

    assert_near(extent_on_page(laid(picture, place, page_of(255, 1000, 700))), place)


def test_the_traces_of_compression_are_no_part_of_the_radiograph() -> None:
    page = laid(jaws(), PLACE, page_of(255))
    _, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 40])

    compressed = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    found = extent_on_page(compressed)

    assert_near(found, PLACE, by=8)


def test_white_letters_at_the_rim_leave_the_radiograph_whole() -> None:
    picture = jaws()
    picture[200:240, :30] = 255
    picture[:25, 400:600] = 255

    assert_near(extent_on_page(laid(picture, PLACE, page_of(255))), PLACE)


def test_the_rim_that_scanners_leave_is_part_of_the_radiograph() -> None:
    """Of 1000 pixels 20 on either side, which is less than 4 %."""
    picture = jaws()
    picture[:, :20] = 255
    picture[:, -20:] = 255

    assert extent_on_page(picture) == Box(0, 0, 1000, 500)


def test_a_thin_rim_above_or_below_is_part_of_the_radiograph_too() -> None:
    """Of 500 pixels 10, which is less than 4 %."""
    for rim in (slice(0, 10), slice(-10, None)):
        picture = jaws()
        picture[rim] = 255

        assert extent_on_page(picture) == Box(0, 0, 1000, 500)


def test_light_surroundings_of_the_jaws_are_no_page() -> None:
    """As on an inverted radiograph: what differs from them is no upright rectangle."""
    picture = page_of(250, 1000, 500)
    cv2.ellipse(picture, (500, 250), (350, 200), 0, 0, 360, (90,), -1)

    assert extent_on_page(picture) == Box(0, 0, 1000, 500)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (900, 2), (500, 1000)])
def test_an_empty_picture_is_all_of_the_picture(size: tuple[int, int]) -> None:
    height, width = size

    assert extent_on_page(np.full(size, 255, np.uint8)) == Box(0, 0, width, height)


def test_a_stamp_on_a_page_is_no_radiograph() -> None:
    """Of 1600 x 1200 pixels 200 x 100 are one in a hundred."""
    page = laid(jaws(200, 100), Box(300, 200, 500, 300), page_of(255))

    assert extent_on_page(page) == Box(0, 0, 1600, 1200)


@pytest.mark.parametrize("where", [500, 330])
def test_a_line_through_the_radiograph_does_not_cut_it(where: int) -> None:
    picture = jaws()
    picture[:, where : where + 3] = 255

    assert_near(extent_on_page(laid(picture, PLACE, page_of(255))), PLACE)


def test_the_page_may_lie_in_a_window() -> None:
    """Under a grey bar 80 pixels high, and in a dark frame 150 pixels wide."""
    page = laid(jaws(), PLACE, page_of(255))
    window = cv2.copyMakeBorder(page, 80, 0, 0, 0, cv2.BORDER_CONSTANT, value=(60,))
    framed = cv2.copyMakeBorder(
        window, 150, 150, 150, 150, cv2.BORDER_CONSTANT, value=(20,)
    )

    assert_near(extent_on_page(np.asarray(window, np.uint8)), PLACE.moved(0, 80))
    assert_near(extent_on_page(np.asarray(framed, np.uint8)), PLACE.moved(150, 230))


@pytest.mark.parametrize("second", [Box(100, 650, 1100, 1150), Box(50, 600, 650, 900)])
def test_of_two_radiographs_on_a_page_none_is_dropped(second: Box) -> None:
    page = laid(jaws(), Box(100, 50, 1100, 550), page_of(255))
    page = laid(jaws(int(second.width), int(second.height)), second, page)

    found = extent_on_page(page)

    assert found.y_min <= 50
    assert found.y_max >= second.y_max - 1
