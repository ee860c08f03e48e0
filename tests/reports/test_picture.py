from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box, Size, iou
from dentalviewer.labels import label_color
from dentalviewer.reports.captions import place_captions
from dentalviewer.reports.picture import (
    Mark,
    draw,
    prediction_picture,
    report_picture,
)
from dentalviewer.reports.report import (
    Report,
    RowSource,
)
from dentalviewer.study import Finding

BLUE = (0x56, 0xB4, 0xE9)
BOX = Box(400, 300, 500, 380)


def drawn(source: RowSource) -> np.ndarray:
    """A restoration on a grey radiograph of 1000 x 600, where a line is 1 pixel."""
    return draw(
        np.full((600, 1000), 90, np.uint8),
        [Mark(BOX, label_color("restoration"), "1", source)],
    )


def blue(pixels: np.ndarray) -> np.ndarray:
    return (pixels == BLUE).all(axis=-1)


def test_a_line_runs_just_outside_its_box() -> None:
    picture = drawn(RowSource.DENTIST)

    # Half way down, the left line is the pixel before x_min = 400.
    assert np.flatnonzero(blue(picture[340]))[0] == 399
    assert not blue(picture[301:379, 401:499]).any()


def test_what_is_inside_a_box_is_left_as_it_is() -> None:
    picture = drawn(RowSource.BOTH)

    assert (picture[303:377, 403:497] == 90).all()


def test_the_line_tells_the_source() -> None:
    # How much of the left line, between the corners, is coloured.
    solid, dashed, double = (
        blue(drawn(source)[310:370, 390:402])
        for source in (RowSource.DENTIST, RowSource.DETECTOR, RowSource.BOTH)
    )

    assert solid.any(axis=1).all()
    assert 0.4 < dashed.any(axis=1).mean() < 0.9
    assert (double.sum(axis=1) == 2 * solid.sum(axis=1)).all()


def test_dashed_corners_are_closed() -> None:
    picture = drawn(RowSource.DETECTOR)

    assert blue(picture[299:301, 399:401]).any()
    assert blue(picture[379:382, 499:502]).any()


def test_16_bit_radiographs_are_windowed() -> None:
    pixels = np.linspace(1000, 3000, 64 * 64).reshape(64, 64).astype(np.uint16)

    picture = draw(pixels, [])

    assert picture.shape == (64, 64, 3)
    assert picture.min() == 0
    assert picture.max() == 255


def test_colour_radiographs_keep_their_colours() -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :, 0] = 200

    assert (draw(pixels, []) == (200, 0, 0)).all()


def test_the_radiograph_itself_is_not_drawn_on() -> None:
    pixels = np.full((100, 200), 90, np.uint8)
    pixels.setflags(write=False)

    prediction_picture(pixels, [Finding(Box(10, 50, 60, 90), "implant", None, 0.9)])

    assert (pixels == 90).all()


def test_predictions_are_drawn_at_the_size_of_the_radiograph_with_a_key_below() -> None:
    pixels = np.full((300, 900), 90, np.uint8)
    found = Finding(Box(100, 100, 200, 150), "restoration", None, 0.87)

    picture = prediction_picture(pixels, [found])

    assert picture.shape[1:] == (900, 3)
    assert 310 < len(picture) < 330
    # The plate with the percentage is filled with the colour of the class, and a square
    # beside its name.
    assert blue(picture[:300]).sum() > 300
    assert 30 < blue(picture[300:]).sum() < 200
    assert prediction_picture(pixels, []).shape == (300, 900, 3)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "87 %"),
        ({"tooth": Tooth(3, 6)}, "36, 87 %"),
        ({"tooth": Tooth(3, 6), "tooth_in_doubt": True}, "36?, 87 %"),
        ({"tooth": Tooth(1, 6), "last_tooth": Tooth(1, 4)}, "16-14, 87 %"),
        ({"label": "36"}, "36, 87 %"),
        ({"score": None}, "restoration"),
    ],
)
def test_a_prediction_is_drawn_with_its_tooth(
    fields: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def note(pixels: np.ndarray, marks: Sequence[Mark]) -> np.ndarray:
        drawn.extend(mark.caption for mark in marks)
        return draw(pixels, marks)

    monkeypatch.setattr("dentalviewer.reports.picture.draw", note)
    found = {"box": BOX, "label": "restoration", "score": 0.87, **fields}

    prediction_picture(np.full((600, 1000), 90, np.uint8), [Finding(**found)])

    assert drawn == [told]


def test_a_key_takes_the_rows_that_it_needs() -> None:
    """On a narrow picture the names of two classes stand below each other."""
    found = [Finding(BOX, "restoration", Tooth(3, 6)), Finding(BOX, "endodontic")]

    wide, narrow = (
        len(prediction_picture(np.full((90, width), 90, np.uint8), found)) - 90
        for width in (900, 170)
    )

    assert narrow == pytest.approx(3 * wide, abs=3)


def test_a_report_shows_small_and_large_radiographs_alike(report: Report) -> None:
    assert report_picture(report).shape == (1200, 2400, 3)


def test_boxes_outside_the_radiograph_do_no_harm() -> None:
    pixels = np.full((100, 200), 90, np.uint8)
    far = [Mark(Box(-900, -900, -800, -800), "#2bd9a0", "1", RowSource.BOTH),
           Mark(Box(150, 50, 900, 900), "#2bd9a0", "2", RowSource.BOTH)]  # fmt: skip

    assert draw(pixels, far).shape == (100, 200, 3)


@pytest.mark.parametrize("count", [1, 15, 60])
def test_captions_cover_neither_each_other_nor_the_edge(count: int) -> None:
    size = Size(2400, 1160)
    # Three rows of boxes that touch each other, as crowns do, with wider captions.
    boxes = [
        Box(x, y, x + 60, y + 70) for y in (400, 480, 620) for x in range(600, 1800, 60)
    ][:count]

    plates = place_captions(boxes, [(90, 38)] * count, size)

    assert all(iou(a, b) == 0 for a, b in combinations(plates, 2))
    assert all(plate.clipped(size) == plate for plate in plates)


def test_a_caption_with_room_touches_its_box_and_leaves_it_free() -> None:
    upper, lower = Box(100, 100, 200, 200), Box(100, 800, 200, 900)

    above, below = place_captions([upper, lower], [(40, 30)] * 2, Size(1000, 1000))

    assert above == Box(100, 70, 140, 100)
    assert below == Box(100, 900, 140, 930)


def test_captions_larger_than_the_picture_stay_at_its_corner() -> None:
    (plate,) = place_captions([Box(1, 1, 5, 5)], [(100, 50)], Size(20, 20))

    assert (plate.x_min, plate.y_min) == (0, 0)


def test_predictions_have_the_colors_that_were_settled_for_a_folder() -> None:
    finding = Finding(BOX, "restoration", score=0.8)
    grey = np.full((600, 1000), 90, np.uint8)

    picture = prediction_picture(grey, [finding], {"restoration": "#102030"})

    # The line, and the plate of the caption, on which white is to be read.
    assert (picture == (0x10, 0x20, 0x30)).all(axis=-1).sum() > 400
    assert not blue(picture).any()
    assert (picture == (255, 255, 255)).all(axis=-1).any()
