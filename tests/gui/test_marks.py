"""How marks look on the screen, pixel by pixel."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.box_lines import STRIP_LENGTH, Line, paint_boxes
from dentalviewer.gui.canvas.mark_layer import MarkLayer
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.widgets.palette import label_color, use_classes
from dentalviewer.review import Source, Verdict

GREY = QColor(100, 100, 100)
IMPLANT = Mark(1, Box(40, 30, 90, 70), "implant", Source.DENTIST, Verdict.UNDECIDED, "")


def grey(width: int, height: int, ratio: float = 1.0) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(GREY)
    return image


def lined(boxes: list[tuple[int, int, int, int]], line: Line, image: QImage) -> QImage:
    painter = QPainter(image)
    paint_boxes(painter, boxes, line, (image.width(), image.height()))
    painter.end()
    return image


def test_what_was_accepted_is_silent_until_nothing_is_left_to_decide(
    qtbot: QtBot,
) -> None:
    """Then the radiograph shows what was found; what was not there is grey."""
    accepted = replace(IMPLANT, verdict=Verdict.ACCEPTED, caption="36 implant")
    rejected = replace(
        IMPLANT,
        item_id=2,
        box=Box(140, 30, 190, 70),
        verdict=Verdict.REJECTED,
        caption="46 implant",
    )
    open_one = replace(IMPLANT, item_id=3, box=Box(240, 30, 290, 70), caption="")
    viewport, color = Viewport(1.0, 0.0, 0.0), label_color("implant")

    during, after = MarkLayer([accepted, open_one]), MarkLayer([accepted, rejected])
    dim = marked(during, viewport, grey(320, 100))
    full = marked(after, viewport, grey(320, 100))

    assert (len(during.plates), len(after.plates)) == (0, 1)
    assert dim.pixelColor(40, 50) != color
    assert full.pixelColor(40, 50) == color
    red, green, blue, _ = full.pixelColor(140, 50).getRgb()
    assert max(red, green, blue) - min(red, green, blue) < 20


def marked(layer: MarkLayer, viewport: Viewport, image: QImage) -> QImage:
    size = image.deviceIndependentSize()
    painter = QPainter(image)
    sight = Size(round(size.width()), round(size.height()))
    layer.paint(painter, viewport, sight, opacity=1.0)
    painter.end()
    return image


def row(image: QImage, y: int) -> str:
    """The pixels of a row: `#` where it is painted, else a dot."""
    colors = [image.pixelColor(x, y) for x in range(image.width())]
    return "".join("." if color == GREY else "#" for color in colors)


def colors(image: QImage) -> Counter[str]:
    return Counter(
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
    )


def test_a_translucent_line_is_even_also_in_its_corners(qtbot: QtBot) -> None:
    line = Line(QColor(0, 0, 0, 128).rgba(), 2)
    counted = colors(lined([(4, 4, 14, 12)], line, grey(20, 20)))

    # 12 x 10 pixels around 8 x 6 that stay free.
    assert sorted(counted.values()) == [12 * 10 - 8 * 6, 400 - (12 * 10 - 8 * 6)]


def test_each_side_of_a_dashed_box_begins_with_a_dash(qtbot: QtBot) -> None:
    image = lined([(3, 3, 17, 17)], Line(QColor("red").rgba(), 2, (4, 3)), grey(22, 22))

    assert row(image, 2) == "..####...####...##...."
    assert row(image, 2) == row(image, 3) == row(image, 16) == row(image, 17)
    assert row(image, 4) == row(image, 7) == "..##............##...."
    assert row(image, 8) == row(image, 10) == "." * 22


def test_dashes_stay_with_their_box_when_it_is_half_out_of_sight(qtbot: QtBot) -> None:
    line = Line(QColor("red").rgba(), 2, (4, 3))
    whole = lined([(30, 5, 80, 15)], line, grey(100, 20))
    half = lined([(-20, 5, 30, 15)], line, grey(50, 20))

    assert half == whole.copy(50, 0, 50, 20)


def test_a_side_longer_than_the_strip_is_put_together(qtbot: QtBot) -> None:
    width = STRIP_LENGTH + 200
    image = grey(width, 4)
    lined([(0, 1, width, 90)], Line(QColor("red").rgba(), 2, (4, 3)), image)

    assert row(image, 0)[1:] == ("####..." * (width // 7 + 1))[2 : width + 1]


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_lines_are_never_blurred(qtbot: QtBot, ratio: float) -> None:
    image = grey(300, 240, ratio)
    marked(MarkLayer([IMPLANT]), Viewport(0.731, 20.3, 15.7), image)

    # The line, its shadow and what was there; nothing in between.
    assert len(colors(image)) == 3
    assert label_color("implant").name() in colors(image)


def test_panning_moves_all_of_it_together(qtbot: QtBot) -> None:
    marks = [
        replace(IMPLANT, caption="implant"),
        replace(
            IMPLANT,
            item_id=2,
            box=Box(60, 40, 120, 95),
            source=Source.DETECTOR,
            caption="16 implant 80 %",
            brief="16 80 %",
        ),
        replace(IMPLANT, item_id=3, box=Box(100, 60, 150, 99), caption="implant"),
    ]
    layer = MarkLayer(marks, {3})
    here = marked(layer, Viewport(1.3, 50.4, 40.3), grey(400, 300))
    there = marked(layer, Viewport(1.3, 87.4, 61.3), grey(400, 300))

    assert here.copy(0, 0, 363, 279) == there.copy(37, 21, 363, 279)
    assert there.copy(0, 0, 400, 21) == grey(400, 21)


def test_captions_take_on_the_colours_of_another_project(qtbot: QtBot) -> None:
    layer = MarkLayer([replace(IMPLANT, caption="implant")])
    view = Viewport(1.0, 0.0, 0.0)
    before = marked(layer, view, grey(200, 120))
    use_classes({"implant": "#ff00ff"})
    try:
        after = marked(layer, view, grey(200, 120))
    finally:
        use_classes({})
    # Below the box lies the caption alone.
    assert before.copy(0, 75, 200, 45) != after.copy(0, 75, 200, 45)
