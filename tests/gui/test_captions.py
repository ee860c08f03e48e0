"""Captions beside boxes: what they hide, and whether they stay where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from dentalviewer.geometry import Box, Size, shared_area
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.canvas.caption_plates import plate_width
from dentalviewer.gui.canvas.caption_room import CLEARANCE, SIGHT, Room, distance
from dentalviewer.gui.canvas.captions import Caption, arrange, plate_area
from dentalviewer.gui.canvas.mark_layer import MarkLayer
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.outlines import area_of_words
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.widgets.palette import label_color
from dentalviewer.review import Source, Verdict
from tests.gui.conftest import ANNOTATED, MakeWindow, write_radiograph

ROW = tuple(Box(200 + 24 * i, 300, 222 + 24 * i, 380) for i in range(12))


def test_captions_never_cover_each_other() -> None:
    room = Room(18.0)
    room.take(100, 50, 80)

    assert not room.is_free(179, 50, 80)
    assert not room.is_free(100, 67, 80)
    assert not room.is_free(20.5, 33, 80)
    assert room.is_free(180, 50, 80)
    assert room.is_free(20, 50, 80)
    assert room.is_free(100, 100, 80)


def test_a_caption_hides_no_other_finding() -> None:
    own, other = Box(100, 100, 140, 140), Box(100, 60, 140, 95)
    room = Room(18.0, [own, other])

    assert not room.hides_nothing(100, 75, 80, own)
    assert not room.hides_nothing(60, 60, 80, own)
    assert room.hides_nothing(145, 100, 80, own)
    assert room.hides_nothing(100, 145, 80, own)
    assert not room.hides_nothing(100, 120, 80, other)
    # Beside its own box, but so near to the other that it would be taken for its.
    assert room.hides_nothing(145, 97, 80, own)
    assert not room.hides_nothing(145, 97, 80, own, margin=CLEARANCE)


def test_a_caption_lies_along_no_other_box_more_than_along_its_own() -> None:
    own, other = Box(100, 100, 130, 140), Box(132, 100, 170, 140)
    room = Room(18.0, [own, other])

    # Above both, with its greater part over the one or the other.
    assert room.belongs(80, 77, 60, own)
    assert not room.belongs(110, 77, 60, own)
    assert room.belongs(110, 77, 60, other)
    # From its own corner over the other's edge.
    assert not room.belongs(130, 77, 40, own)
    # Far enough from the other to be read with nothing.
    assert room.belongs(190, 60, 40, own)


def test_where_boxes_crowd_captions_are_brief_and_all_are_said(qtbot: QtBot) -> None:
    """Boxes in a row, with room beside each for tooth and percent only."""
    boxes = tuple(Box(100 + 60 * i, 200, 150 + 60 * i, 240) for i in range(8))
    captions = tuple(
        Caption(
            (f"1{i} restoration 50 %", f"1{i} 50 %"), "restoration", box, above=True
        )
        for i, box in enumerate(boxes)
    )
    arranged = arrange(captions, boxes, QFont().toString())

    assert {index for index, *_ in arranged} == set(range(8))
    assert any("restoration" not in text for _, text, *_ in arranged)


def test_a_caption_covers_no_number_of_a_tooth(qtbot: QtBot) -> None:
    box = Box(100, 200, 200, 240)
    caption = Caption(("11 restoration 50 %",), "restoration", box, above=True)
    above, below = Box(80, 170, 320, 198), Box(80, 242, 320, 270)

    def placed(clear: tuple[Box, ...], caption: Caption = caption) -> float:
        ((*_, (_, y)),) = arrange((caption,), (box,), QFont().toString(), clear)
        return y

    assert placed(()) < 200
    assert placed((above,)) > 240
    assert 200 <= placed((above, below)) < 240
    # What is selected is told in any case, be it apart from its box.
    beside = Box(0, 198, 600, 242)
    assert placed((above, below, beside), replace(caption, must=True)) < 170 - 16
    nothing = arrange((caption,), (box,), QFont().toString(), (above, below, beside))
    assert nothing == ()


@pytest.mark.parametrize(("end_of_left", "said"), [(525, True), (560, False)])
def test_a_small_box_between_large_ones_has_a_caption_where_it_is_read_as_its_own(
    qtbot: QtBot, end_of_left: int, said: bool
) -> None:
    left, small, right = (
        Box(500, 380, end_of_left, 424), Box(590, 402, 606, 425),
        Box(598, 380, 726, 440),
    )  # fmt: skip
    captions = tuple(
        Caption(
            (f"{tooth} restoration 97 %", f"{tooth} 97 %"), "restoration", box, True
        )
        for tooth, box in (("42-32", left), ("33", small), ("34-37", right))
    )
    arranged = arrange(captions, (left, small, right), QFont().toString())

    places = {index: (text, place) for index, text, _, place in arranged}
    assert {0, 2} <= places.keys()
    # It would be read as that of the box which it lies below.
    assert (1 in places) is said
    if not said:
        return
    text, (x, y) = places[1]
    assert text == "33 97 %"
    # Beside it, between the two.
    assert (x > 525, y) == (True, 402)


def painted(layer: MarkLayer, scale: float = 1.0) -> QImage:
    image = QImage(900, 700, QImage.Format.Format_RGB32)
    image.fill(QColor(100, 100, 100))
    painter = QPainter(image)
    layer.paint(painter, Viewport(scale), Size(900, 700), opacity=1.0)
    painter.end()
    return image


def mark(
    item_id: int, box: Box, source: Source = Source.DETECTOR, by: int | None = None
) -> Mark:
    said = "" if by else f"{item_id} endodontic 90 %"
    brief = "" if by else f"{item_id} 90 %"
    return Mark(
        item_id, box, "endodontic", source, Verdict.UNDECIDED, said, brief, spoken_by=by
    )


def row_of_marks() -> list[Mark]:
    return [mark(11 + i, box) for i, box in enumerate(ROW)]


def test_a_caption_hides_neither_box_of_a_place_that_two_have_marked(
    qtbot: QtBot,
) -> None:
    """The dentist's box reaches above the detector's, beside that of another tooth."""
    low, high = Box(300, 340, 330, 400), Box(300, 300, 330, 400)
    other = Box(333, 345, 363, 400)
    pair = [mark(1, low), mark(2, high, Source.DENTIST, by=1)]
    layer = MarkLayer([*pair, mark(3, other)])
    painted(layer)

    assert len(layer.plates) == 2
    for plate in layer.plates:
        for box in (low, high, other):
            assert shared_area(plate, box) == 0


@pytest.mark.parametrize("chosen", range(11, 23))
def test_what_is_selected_in_a_crowd_is_said_where_it_hides_no_finding(
    qtbot: QtBot, chosen: int
) -> None:
    layer = MarkLayer(row_of_marks(), {chosen})
    painted(layer)

    # It is arranged before all others.
    first, *_ = layer.plates
    assert all(shared_area(first, box) == 0 for box in ROW)
    assert distance(first, ROW[chosen - 11]) < 60


def test_a_line_leads_from_a_caption_that_lies_apart_to_its_box(qtbot: QtBot) -> None:
    layer = MarkLayer(row_of_marks(), {16})
    image = painted(layer)
    plate, box = layer.plates[0], ROW[5]
    assert distance(plate, box) > SIGHT

    above = plate.y_max < box.y_min
    between = (plate.y_max + box.y_min) / 2 if above else (box.y_max + plate.y_min) / 2
    line = [image.pixelColor(x, round(between)) for x in range(int(box.x_min) - 5, 400)]
    assert label_color("endodontic") in line


def test_where_no_place_is_free_what_is_selected_hides_as_little_as_it_can(
    qtbot: QtBot,
) -> None:
    """Boxes without end; only in the middle are they thin enough for a caption."""
    sides = [Box(0, 0, 395, 700), Box(405, 0, 900, 330), Box(405, 370, 900, 700)]
    own = Box(396, 340, 404, 360)
    caption = Caption(("11 endodontic",), "endodontic", own, above=True, must=True)
    (placed,) = arrange((caption,), (*sides, own), QFont().toString())

    assert sum(shared_area(plate_area(placed), box) for box in sides) == 0
    everywhere = Box(0, 0, 900, 700)
    (placed,) = arrange((caption,), (everywhere, own), QFont().toString())
    assert placed.text == "11 endodontic"


def test_a_caption_does_not_reach_beyond_the_edge_of_a_small_window(
    qtbot: QtBot,
) -> None:
    """It goes to the other side of its box, says less, or is left out; what is selected
    is said in any case.
    """
    text, brief, font_name = "47 restoration 99 %", "47 99 %", QFont().toString()
    wide, narrow = plate_width(text, font_name), plate_width(brief, font_name)
    box = Box(10, 100, 20, 110)
    caption = Caption((text, brief), "restoration", box, above=True)

    def area(end: float, *, must: bool = False) -> tuple[str, Box] | None:
        within = Box(0, 0, end, 300)
        found = arrange(
            (replace(caption, must=must),), (box,), font_name, within=within
        )
        return (found[0].text, plate_area(found[0])) if found else None

    for end, said in ((wide + 40, text), (wide - 2, brief)):
        for must in (False, True):
            found = area(end, must=must)
            assert found is not None
            told, plate = found
            assert told == said
            assert 0 <= plate.x_min < plate.x_max <= end
    assert area(narrow - 2) is None
    assert area(narrow - 2, must=True) is not None


def test_all_of_a_whole_radiograph_in_a_small_window_keeps_captions_in_sight() -> None:
    """800 x 400 at a quarter, in the middle of 260 x 200: 30 and 50 points around it.
    However far it is moved, captions stay beside their boxes.
    """
    radiograph, widget = Size(800, 400), Size(260, 200)
    for x in (0, 30, 90):
        area = Viewport(0.25, x, 50).around_whole(radiograph, widget)
        assert area == Box(-30, -50, 230, 150)
    assert Viewport(0.5, 0, 0).around_whole(radiograph, widget) is None


def test_a_caption_stays_in_its_spot_as_long_as_it_may(qtbot: QtBot) -> None:
    box = Box(100, 200, 200, 240)
    caption = Caption(("11 restoration", "11"), "restoration", box, above=True)

    def spot(before: int, clear: tuple[Box, ...] = ()) -> int:
        (placed,) = arrange(
            (caption,), (box,), QFont().toString(), clear, before={0: before}
        )
        return placed.spot

    assert [spot(before) for before in range(8)] == list(range(8))
    # Below the box there is something now.
    assert spot(2, (Box(0, 242, 600, 280),)) == 0


def test_captions_keep_their_sides_while_the_radiograph_is_zoomed(qtbot: QtBot) -> None:
    layer = MarkLayer([mark(1, ROW[0]), mark(2, ROW[2]), mark(3, ROW[4])], {2})
    sides = set()
    for step in range(60):
        painted(layer, 0.8 * 1.02**step)
        sides.add(tuple(layer.spots.items()))

    # Each may move to where it has room for all of its words.
    assert len(sides) <= 4


def test_a_caption_does_not_jump_when_something_else_goes_or_is_selected(
    qtbot: QtBot,
) -> None:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.show_radiograph(RadiographImage(np.zeros((700, 900), np.uint8)))
    canvas.resize(924, 724)
    low, high = mark(1, Box(300, 340, 420, 400)), mark(2, Box(280, 280, 440, 336))
    apart = mark(3, Box(600, 300, 700, 400))
    seen = []
    for marks, selected in (([low, high, apart], ()), ([low, apart], (3,))):
        canvas.show_marks(marks, selected=selected)
        canvas.grab()
        seen.append(canvas.caption_spots[1])

    # Below, as the box above it left no other room.
    assert seen[0] == seen[1] == 2


def test_who_hides_the_detectors_boxes_still_reads_what_the_dentists_are(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    dentist.window.session.propose_annotations(ANNOTATED, ())
    assert any(not mark.caption for mark in dentist.window.canvas.marks)
    dentist.press("H")

    assert dentist.shown_sources() == {Source.DENTIST}
    assert all(mark.caption for mark in dentist.window.canvas.marks)


def test_words_about_a_tooth_hide_no_finding(qtbot: QtBot) -> None:
    tooth, crown = Box(300, 300, 340, 380), Box(280, 250, 360, 298)
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    sight = Box(0, 0, 900, 700)

    def area(sight: Box, *findings: Box) -> Box:
        return area_of_words(painter, "38: missing", tooth, findings, sight)

    assert area(sight).y_max < 300
    below = area(sight, crown)
    beside = area(Box(0, 0, 900, 385), crown)
    painter.end()
    assert below.y_min > 380
    assert beside.x_min > 340 or beside.x_max < 300
    assert shared_area(beside, crown) == 0
