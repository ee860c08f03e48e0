"""The numbers of teeth in the window: seen, corrected and pointed out."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.formats.review_file import read_review
from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.tooth_layer import ToothLayer
from dentalviewer.gui.canvas.tooth_numbers import (
    NumberedTooth,
    arrange_numbers,
    overlap,
)
from dentalviewer.review import Sides
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import NO_ARCH, numbered_teeth
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.test_teeth import TEETH_IDENTITY, tooth
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

# Of menus that are shown off screen.
pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support (raise|grabbing the keyboard)", extend=True
)

# 37, 36, 35, 34 from the right of the picture; 36 has a crown.
TEETH = (tooth(34, 500), tooth(35, 590), tooth(36, 680), tooth(37, 770))
CROWN_36 = Finding(Box(680, 200, 760, 260), "restoration", score=0.9)
T34, T35, T36, T37, T38 = (Tooth.from_fdi(n) for n in (34, 35, 36, 37, 38))
# On a tooth and on no crown.
ROOT_35, ROOT_36 = (630, 350), (720, 350)
BESIDE = (200, 100)


@pytest.fixture
def teeth_detector() -> ScriptedDetector:
    return ScriptedDetector(TEETH, identity=TEETH_IDENTITY)


@pytest.fixture
def dentist(
    make_window: MakeWindow, teeth_detector: ScriptedDetector, tmp_path: Path
) -> Generator[Dentist]:
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36,))}, teeth=teeth_detector
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    yield dentist
    _close_menus()


def _close_menus() -> None:
    for menu in _menus():
        menu.close()


def _menus() -> list[QMenu]:
    return [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, QMenu) and each.objectName() == "toothMenu"
        if each.isVisible()
    ]


def the_menu() -> dict[str, QAction]:
    """The entries of the tooth's menu that is open, by their text."""
    (menu,) = _menus()
    return {
        each.text().replace("&", ""): each
        for each in menu.actions()
        if not each.isSeparator()
    }


def open_menu(dentist: Dentist, number: int) -> QMenu:
    """Of a tooth in the chart."""
    chart = dentist.window.chart
    place = chart.area_of(Tooth.from_fdi(number)).center().toPoint()
    mouse = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(
        chart, QContextMenuEvent(mouse, place, chart.mapToGlobal(place))
    )
    (menu,) = _menus()
    return menu


def ticked(dentist: Dentist, number: int) -> list[str]:
    """What the menu of a tooth has ticked, before it is closed again."""
    menu = open_menu(dentist, number)
    found = [text for text, action in the_menu().items() if action.isChecked()]
    menu.close()
    return found


def choose(dentist: Dentist, number: int, entry: str) -> None:
    """An entry of a tooth's menu in the chart, by how it begins, with the mouse."""
    menu = open_menu(dentist, number)
    (action,) = (a for text, a in the_menu().items() if text.startswith(entry))
    QTest.mouseClick(
        menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center()
    )


def numbers(dentist: Dentist) -> dict[float, str]:
    """The label of each tooth, by the left side of its box."""
    teeth = numbered_teeth(dentist.window.session.review)
    return {each.box.x_min: each.label for each in teeth}


def chart_says(dentist: Dentist, number: int) -> str:
    return dentist.window.chart.words_of(Tooth.from_fdi(number))


def caption(dentist: Dentist) -> str:
    (mark,) = dentist.window.canvas.marks
    return mark.caption


def test_an_implant_that_is_hidden_takes_no_tooth_from_who_reads_first(
    make_window: MakeWindow, teeth_detector: ScriptedDetector, tmp_path: Path
) -> None:
    implant = Finding(TEETH[1].box, "implant", score=0.9)
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((implant,))}, teeth=teeth_detector
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    choose(dentist, 35, "Missing")

    assert dentist.window.session.review.stated_teeth == (
        StatedTooth(T35, False, TEETH[1].box),
    )
    dentist.window.session.undo_stack.undo()
    dentist.press("Space")
    assert ticked(dentist, 35) == ["Missing"]
    dentist.window.chart_desk.point_out(T35)
    assert dentist.window.canvas.outlined_tooth != TEETH[1].box


def test_who_reads_first_does_not_see_which_teeth_a_detector_saw(
    make_window: MakeWindow, teeth_detector: ScriptedDetector, tmp_path: Path
) -> None:
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36,))}, teeth=teeth_detector
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    dentist.press("Shift+T")
    dentist.window.chart_desk.choose(T35)

    assert dentist.window.canvas.shown_teeth == ()
    assert dentist.window.canvas.outlined_tooth is None
    assert "not examined" in chart_says(dentist, 35)
    assert "not examined" in chart_says(dentist, 47)
    assert dentist.window.chart.caption.endswith(
        "pale: hidden until you have read the radiograph"
    )
    assert ticked(dentist, 35) == []
    menu = open_menu(dentist, 35)
    assert not [text for text in the_menu() if "Shift" in text]
    menu.close()
    choose(dentist, 47, "Missing")
    choose(dentist, 36, "Present")
    assert "missing" in chart_says(dentist, 47)
    assert dentist.window.canvas.shown_teeth == ("36",)

    dentist.press("Space")
    assert dentist.window.canvas.shown_teeth == ("34", "35", "36", "37")
    assert ticked(dentist, 35) == ["Present"]


def test_who_reads_first_is_told_at_which_tooth_an_own_box_lies(
    make_window: MakeWindow, teeth_detector: ScriptedDetector, tmp_path: Path
) -> None:
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector()}, teeth=teeth_detector
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    box = TEETH[2].box
    dentist.press("R")
    dentist.drag((box.x_min, box.y_min), (box.x_max, box.y_min + 60))

    assert caption(dentist).startswith("36 restoration")
    assert "restored" in chart_says(dentist, 36)
    assert "not examined" in chart_says(dentist, 35)


# Corrections


def test_a_number_in_doubt_has_a_question_mark_until_it_is_said_to_be_right(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = doubting_36(make_window, tmp_path)

    assert dentist.window.canvas.shown_teeth == ("34", "35", "36?", "37")
    state = dentist.window.detection.state
    assert state.endswith(" 4 teeth numbered, 1 in doubt.")
    assert caption(dentist).startswith("36?")
    assert "restored (tooth number in doubt)" in chart_says(dentist, 36)
    assert "? in doubt" in dentist.window.chart.caption

    # Without its crown the tooth itself is still in doubt.
    dentist.press("N")
    dentist.press("X")
    assert "36, lower left first molar: seen, its number in doubt" in chart_says(
        dentist, 36
    )
    dentist.press("Ctrl+Z")
    open_menu(dentist, 36)
    heading, *_ = the_menu()
    assert heading == "36, lower left first molar, as detected, in doubt"
    _close_menus()
    choose(dentist, 36, "Present, the number is right")

    assert dentist.window.canvas.shown_teeth == ("34", "35", "36", "37")
    assert caption(dentist).startswith("36 ")
    assert "doubt" not in chart_says(dentist, 36)
    assert "? in doubt" not in dentist.window.chart.caption
    assert ticked(dentist, 36) == ["Present"]
    dentist.press("Ctrl+Z")
    assert dentist.window.canvas.shown_teeth == ("34", "35", "36?", "37")


def test_a_tooth_that_is_typed_of_its_crown_is_in_no_doubt_anywhere(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = doubting_36(make_window, tmp_path)
    dentist.press("N", "T")
    QTest.keyClicks(dentist.window.focusWidget(), "36")
    dentist.press("Return")

    assert dentist.window.desk.selection.placing.stated
    assert dentist.window.canvas.shown_teeth == ("34", "35", "36", "37")
    assert "doubt" not in chart_says(dentist, 36)
    dentist.press("Y")
    assert not dentist.window.reports.report().teeth[T36].questioned
    dentist.press("Ctrl+Z", "Ctrl+Z")
    assert dentist.window.canvas.shown_teeth == ("34", "35", "36?", "37")


def doubting_36(make_window: MakeWindow, folder: Path) -> Dentist:
    """A window with the outlines of teeth, of which the number of one is in doubt."""
    doubted = replace(TEETH[2], tooth_in_doubt=True)
    teeth = ScriptedDetector((*TEETH[:2], doubted, TEETH[3]), identity=TEETH_IDENTITY)
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36,))}, teeth=teeth
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(folder / "1.png")])
    dentist.wait_for_detector()
    dentist.press("Shift+T")
    return dentist


def test_a_tooth_that_was_overlooked_is_said_to_be_there_and_undone(
    dentist: Dentist,
) -> None:
    assert "38, lower left third molar: not seen" in chart_says(dentist, 38)
    choose(dentist, 38, "Present")
    assert "38, lower left third molar: seen" in chart_says(dentist, 38)
    dentist.press("Ctrl+Z")
    assert "38, lower left third molar: not seen" in chart_says(dentist, 38)


def test_what_was_only_said_to_be_there_leaves_no_place_when_it_is_said_to_be_missing(
    dentist: Dentist,
) -> None:
    choose(dentist, 38, "Present")
    choose(dentist, 38, "Missing")

    (stated,) = dentist.window.session.review.stated_teeth
    assert (stated.tooth, stated.seen, stated.box) == (Tooth(3, 8), False, None)


def test_a_tooth_that_is_none_is_missing_and_its_crown_stays_in_its_place(
    dentist: Dentist,
) -> None:
    assert caption(dentist) == "36 restoration 90 %"
    choose(dentist, 36, "Missing")
    assert numbers(dentist) == {500: "34", 590: "35", 680: "tooth", 770: "37"}
    assert caption(dentist) == "36 restoration 90 %"


def test_corrections_of_teeth_are_in_the_log_and_so_is_undoing_them(
    dentist: Dentist, tmp_path: Path
) -> None:
    dentist.window.preferences.change(reader="Dr Ada")
    choose(dentist, 36, "Missing")
    dentist.press("Ctrl+Z")
    dentist.window.session.undo_stack.redo()
    missing = StatedTooth(T36, seen=False, box=TEETH[2].box)
    dentist.wait_until_saved()
    saved, _ = read_review(tmp_path / "1.png.review.json")
    assert [(d.action, d.tooth_before, d.tooth_after) for d in saved.decisions] == [
        ("Tooth 36 (FDI): missing", None, missing),
        ("Undo: Tooth 36 (FDI): missing", missing, None),
        ("Redo: Tooth 36 (FDI): missing", None, missing),
    ]
    assert {(d.reader, d.detector) for d in saved.decisions} == {("Dr Ada", "teeth")}


def test_starting_over_drops_corrections_of_teeth_and_can_be_undone(
    dentist: Dentist,
) -> None:
    window = dentist.window
    choose(dentist, 36, "Missing")
    dentist.choose("start_over")
    assert numbers(dentist)[680] == "36"
    assert window.session.decisions[-1].action == "Start over"
    assert window.session.decisions[-1].tooth_after is None
    dentist.press("Ctrl+Z")
    assert numbers(dentist)[680] == "tooth"


def test_a_retained_tooth_stands_where_its_successor_would(dentist: Dentist) -> None:
    """35 is missing and 75 there; all others are drawn only where they are wanted."""
    window = dentist.window
    place = window.chart.area_of(T35)
    choose(dentist, 35, "Missing")
    deciduous = window.commands.actions["deciduous"]
    deciduous.trigger()
    choose(dentist, 75, "Present")
    assert not window.chart.area_of(Tooth(8, 5)).isEmpty()
    deciduous.trigger()
    assert window.chart.area_of(Tooth(7, 5)) == place
    assert window.chart.area_of(T35).isEmpty()
    assert window.chart.area_of(Tooth(8, 5)).isEmpty()


def test_a_retained_tooth_beside_its_successor_is_drawn_without_the_others(
    dentist: Dentist,
) -> None:
    window = dentist.window
    deciduous = window.commands.actions["deciduous"]
    deciduous.trigger()
    choose(dentist, 75, "Present")
    deciduous.trigger()
    assert not window.chart.area_of(Tooth(7, 5)).isEmpty()
    assert not window.chart.area_of(T35).isEmpty()
    assert window.chart.area_of(Tooth(8, 5)).isEmpty()


def test_a_shifted_quadrant_is_put_right_at_once(dentist: Dentist) -> None:
    choose(dentist, 35, "Shift this and those behind it away from the midline")
    assert numbers(dentist) == {500: "34", 590: "36", 680: "37", 770: "38"}
    assert "35, lower left second premolar: not seen" in chart_says(dentist, 35)
    assert caption(dentist) == "37 restoration 90 %"
    # And back, for there is room again.
    choose(dentist, 36, "Shift this and those behind it towards the midline")
    assert numbers(dentist) == {500: "34", 590: "35", 680: "36", 770: "37"}
    for _ in range(2):
        dentist.press("Ctrl+Z")
    assert dentist.window.session.review.stated_teeth == ()


def test_the_menu_tells_which_numbers_a_shift_gives(dentist: Dentist) -> None:
    dentist.window.tooth_menu.popup(T35, QPoint(300, 300))
    menu = the_menu()
    away = "Shift this and those behind it away from the midline"
    assert menu[f"{away} (35–37 → 36–38)"].isEnabled()
    # 34 is taken.
    assert not menu["Shift this and those behind it towards the midline"].isEnabled()


def test_where_the_last_number_is_taken_only_a_gap_is_closed(dentist: Dentist) -> None:
    choose(dentist, 37, "Shift this and those behind it away from the midline")
    # Now 34, 35, 36, 38: from 35 on there is room up to 37.
    choose(dentist, 35, "Shift this and those behind it away from the midline")
    assert numbers(dentist) == {500: "34", 590: "36", 680: "37", 770: "38"}
    dentist.window.tooth_menu.popup(T36, QPoint(300, 300))
    assert not the_menu()[
        "Shift this and those behind it away from the midline"
    ].isEnabled()


def test_a_tooth_gets_the_number_that_is_chosen(
    dentist: Dentist, dialogs: Dialogs
) -> None:
    dialogs.expect("QInputDialog.getItem", ("38   lower left third molar", True))
    choose(dentist, 37, "Has another number…")
    assert numbers(dentist) == {500: "34", 590: "35", 680: "36", 770: "38"}
    assert (
        dentist.window.commands.actions["undo"].text() == "&Undo tooth 37 is 38 (FDI)"
    )


def test_two_teeth_change_numbers(dentist: Dentist, dialogs: Dialogs) -> None:
    dialogs.expect("QInputDialog.getItem", ("37   lower left second molar", True))
    choose(dentist, 36, "Has another number…")
    assert numbers(dentist) == {500: "34", 590: "35", 680: "37", 770: "36"}


def test_what_was_stated_is_saved_and_outlives_another_run_of_the_detector(
    dentist: Dentist, teeth_detector: ScriptedDetector, tmp_path: Path
) -> None:
    choose(dentist, 36, "Missing")
    dentist.wait_until_saved()
    saved, _ = read_review(tmp_path / "1.png.review.json")
    assert [(t.tooth, t.seen) for t in saved.review.stated_teeth] == [(T36, False)]
    # The next run finds 36 again, two pixels aside, and 38.
    teeth_detector.candidates = (*TEETH[:2], tooth(36, 682), TEETH[3], tooth(38, 860))
    dentist.choose("detect")
    dentist.wait_until(lambda: 860 in numbers(dentist))
    assert numbers(dentist)[682] == "tooth"
    dentist.window.tooth_menu.popup(T36, QPoint(300, 300))
    assert "36, lower left first molar, as you said" in the_menu()
    the_menu()["All teeth as detected"].trigger()
    assert numbers(dentist)[682] == "36"


def test_a_mirrored_radiograph_is_corrected_by_its_real_numbers(
    dentist: Dentist,
) -> None:
    dentist.window.sides.state(Sides.MIRRORED)
    assert numbers(dentist)[770] == "47"
    choose(dentist, 47, "Shift this and those behind it away from the midline")
    assert numbers(dentist) == {500: "44", 590: "45", 680: "46", 770: "48"}


def test_while_the_sides_are_in_doubt_nothing_is_said_of_teeth(
    dentist: Dentist,
) -> None:
    window = dentist.window
    window.session.edit("Doubt", replace(window.session.review, sides=Sides.DOUBTFUL))
    window.tooth_menu.popup(T36, QPoint(300, 300))
    (entry,) = the_menu().values()
    assert not entry.isEnabled()


def test_the_menu_of_the_chart_opens_by_the_keyboard(dentist: Dentist) -> None:
    chart = dentist.window.chart
    chart.setFocus()
    # From 18 down to 48, and three to the right: 45.
    for key in (Qt.Key.Key_Down, *[Qt.Key.Key_Right] * 3):
        QTest.keyClick(chart, key)
    keyboard = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(chart, QContextMenuEvent(keyboard, QPoint(), QPoint()))
    assert "45, lower right second premolar, as detected" in the_menu()


def test_in_universal_numbers_the_menu_speaks_universal(dentist: Dentist) -> None:
    dentist.window.preferences.change(notation=Notation.UNIVERSAL.name)
    dentist.window.tooth_menu.popup(T36, QPoint(300, 300))
    assert "19, lower left first molar, as detected" in the_menu()
    _close_menus()
    dentist.press("Shift+T")
    assert dentist.window.canvas.shown_teeth == ("21", "20", "19", "18")


# The overlay


def test_the_numbers_of_all_teeth_are_shown_by_a_key_and_kept(
    dentist: Dentist,
) -> None:
    window = dentist.window
    assert window.canvas.shown_teeth == ()
    dentist.press("Shift+T")
    assert window.canvas.shown_teeth == ("34", "35", "36", "37")
    assert window.commands.actions["tooth_numbers"].isChecked()
    assert window.preferences.current.tooth_numbers
    dentist.press("Shift+T")
    assert window.canvas.shown_teeth == ()


def test_the_numbers_change_the_picture_and_follow_corrections(
    dentist: Dentist,
) -> None:
    canvas = dentist.window.canvas
    bare = canvas.grab().toImage()
    dentist.press("Shift+T")
    numbered = canvas.grab().toImage()
    assert numbered != bare
    choose(dentist, 37, "Shift this and those behind it away from the midline")
    _close_menus()
    assert canvas.shown_teeth == ("34", "35", "36", "38")


def test_no_box_of_a_tooth_is_caught_by_the_mouse(dentist: Dentist) -> None:
    window = dentist.window
    dentist.press("Shift+T")
    window.canvas.zoom(2.0)
    before, view = window.session.review, window.canvas.viewport
    dentist.drag(ROOT_35, (ROOT_35[0] + 40, ROOT_35[1]))
    assert window.session.review == before
    assert window.canvas.viewport != view


def test_a_tooth_of_the_overlay_has_the_menu(
    dentist: Dentist, dialogs: Dialogs
) -> None:
    dentist.press("Shift+T")
    canvas = dentist.window.canvas
    x, y = canvas.viewport.to_widget(*ROOT_35)
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(round(x), round(y)))
    assert "35, lower left second premolar, as detected" in the_menu()
    the_menu()["Missing"].trigger()
    _close_menus()
    assert canvas.shown_teeth == ("34", "?", "36", "37")
    # What has no number can be given one.
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(round(x), round(y)))
    dialogs.expect("QInputDialog.getItem", ("35   lower left second premolar", True))
    the_menu()["Has another number…"].trigger()
    assert canvas.shown_teeth == ("34", "35", "36", "37")


def test_of_teeth_that_overlap_the_nearer_one_is_meant() -> None:
    left, right = tooth(34, 500), tooth(35, 560)
    layer = ToothLayer([left, right])
    # 560 to 580 is in both; the middles are at 540 and 600.
    assert layer.at(565, 300) is left
    assert layer.at(575, 300) is right
    assert layer.at(700, 300) is None


def numbered(teeth: dict[str, Box], *boxes: Box) -> dict[str, Box]:
    """What each number covers that finds a place; roots are below."""
    there = [NumberedTooth(text, box, upper=False) for text, box in teeth.items()]
    placed = arrange_numbers(there, boxes, QFont().toString())
    return {number.text: number.area for number in placed}


def test_a_number_stands_at_the_end_of_the_root(qtbot: QtBot) -> None:
    box = Box(100, 100, 140, 200)
    (upper,) = arrange_numbers(
        [NumberedTooth("14", box, upper=True)], (), QFont().toString()
    )
    lower = numbered({"44": box})["44"]
    assert (upper.area.y_min, lower.y_max) == (102, 198)
    assert upper.area.center[0] == lower.center[0] == 120


def test_numbers_of_crowded_teeth_are_shifted_and_never_lie_on_each_other(
    qtbot: QtBot,
) -> None:
    # Narrower than their numbers.
    row = {f"4{i}": Box(100 + 14 * i, 100, 114 + 14 * i, 200) for i in range(1, 6)}
    areas = numbered(row)
    assert areas.keys() == row.keys()
    assert not any(overlap(a, b) for a, b in combinations(areas.values(), 2))
    for text, area in areas.items():
        assert row[text].x_min < area.center[0] < row[text].x_max


def test_where_teeth_lie_on_each_other_numbers_are_left_out(qtbot: QtBot) -> None:
    heap = {f"4{i}": Box(100, 100, 114, 200) for i in range(1, 9)}
    areas = numbered(heap)
    assert 0 < len(areas) < len(heap)
    assert not any(overlap(a, b) for a, b in combinations(areas.values(), 2))


def test_no_line_of_a_box_cuts_a_number_that_has_room_beside_it(qtbot: QtBot) -> None:
    tooth_box = Box(100, 100, 130, 200)
    filled = Box(108, 140, 122, 199)
    area = numbered({"44": tooth_box}, filled)["44"]
    # Beyond the root, and still below it.
    assert area.y_min >= 200
    assert area.center[0] == 115
    wide = Box(95, 140, 135, 205)
    assert numbered({"44": tooth_box}, wide)["44"].y_max <= 200


def is_readable(dentist: Dentist, tooth_box: Box) -> bool:
    """Whether the window looks otherwise where a tooth has another number."""
    canvas, pictures = dentist.window.canvas, []
    for number in (34, 37):
        found = Finding(tooth_box, str(number), Tooth.from_fdi(number), 0.9)
        canvas.show_teeth(ToothLayer([found]))
        pictures.append(canvas.grab().toImage())
    return pictures[0] != pictures[1]


def test_words_beside_a_tooth_are_not_printed_over(dentist: Dentist) -> None:
    dentist.press("Shift+T")
    assert is_readable(dentist, TEETH[1].box)
    # These words lie on the end of the root, at 400.
    dentist.window.canvas.show_tooth(Box(590, 405, 670, 440), "38: not seen")
    assert not is_readable(dentist, TEETH[1].box)


def test_the_caption_of_a_finding_leaves_the_number_of_a_tooth_readable(
    dentist: Dentist,
) -> None:
    dentist.press("Shift+T")
    # The caption of the crown would lie above it, at 200, on the end of the root.
    root = Box(680, 20, 760, 198)
    assert is_readable(dentist, root)
    dentist.click((720, 230))
    assert dentist.selected.current == CROWN_36
    assert is_readable(dentist, root)


# Pointing out


def test_a_click_on_a_tooth_chooses_it_in_the_chart(dentist: Dentist) -> None:
    window = dentist.window
    dentist.click(ROOT_35)
    assert window.canvas.outlined_tooth == TEETH[1].box
    assert window.chart.selected == {T35}
    assert window.desk.selected is None
    dentist.click(BESIDE)
    assert window.canvas.outlined_tooth is None
    assert window.chart.selected == frozenset()


def test_a_click_on_a_finding_is_about_the_finding(dentist: Dentist) -> None:
    dentist.click((720, 230))
    assert dentist.selected.current == CROWN_36
    assert dentist.window.canvas.outlined_tooth is None
    # Below it lies its tooth.
    dentist.click(ROOT_36)
    assert dentist.window.desk.selected is None
    assert dentist.window.canvas.outlined_tooth == TEETH[2].box


def test_the_place_of_a_tooth_that_was_not_seen_is_outlined(dentist: Dentist) -> None:
    window = dentist.window
    QTest.mouseClick(
        window.chart,
        Qt.MouseButton.LeftButton,
        pos=window.chart.area_of(T38).center().toPoint(),
    )
    place = window.canvas.outlined_tooth
    assert place is not None
    # Behind 37, which reaches from 770 to 850.
    assert place.center[0] > 850
    assert window.canvas.outlined_words == "38: not seen"
    choose(dentist, 38, "Missing")
    window.chart_desk.choose(T38)
    assert window.canvas.outlined_words == "38: missing"
    window.chart_desk.choose(T35)
    assert window.canvas.outlined_words == ""


def test_on_a_mirrored_radiograph_the_place_of_a_tooth_is_where_it_was_before(
    dentist: Dentist,
) -> None:
    """What was 33 is 43 now, before 44, which begins at 500."""
    window = dentist.window
    window.chart_desk.choose(Tooth(3, 3))
    place = window.canvas.outlined_tooth
    assert place is not None
    assert place.x_min < place.center[0] < 500
    dentist.choose("sides_mirrored")
    window.chart_desk.choose(Tooth(4, 3))
    assert window.canvas.outlined_tooth == place
    assert window.canvas.outlined_words == "43: not seen"
    choose(dentist, 43, "Missing")
    window.chart_desk.choose(Tooth(4, 3))
    assert window.canvas.outlined_words == "43: missing"
    window.chart_desk.choose(Tooth(3, 3))
    assert window.canvas.outlined_words == "33: not seen"


def test_the_menu_ticks_nothing_of_a_tooth_that_nobody_looked_for(
    dentist: Dentist,
) -> None:
    dentist.window.commands.actions["deciduous"].trigger()
    assert ticked(dentist, 36) == ["Present"]
    assert ticked(dentist, 33) == ["Missing"]
    assert "not examined" in chart_says(dentist, 75)
    assert ticked(dentist, 75) == []
    choose(dentist, 74, "Present")
    assert ticked(dentist, 74) == ["Present"]
    # Who speaks of one tooth has said nothing of the others.
    assert ticked(dentist, 75) == []


def test_no_place_is_outlined_for_teeth_that_nobody_looked_for(
    dentist: Dentist,
) -> None:
    # Permanent teeth were found, and no deciduous one.
    dentist.window.chart_desk.choose(Tooth(7, 5))
    assert dentist.window.canvas.outlined_tooth is None
    assert dentist.window.canvas.outlined_words == ""


def test_where_no_tooth_is_numbered_no_place_is_known(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    house = ScriptedDetector((Finding(Box(10, 10, 50, 90), "tooth", score=0.6),))
    catalogue = ScriptedCatalogue({"scripted": ScriptedDetector(())}, teeth=house)
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    assert NO_ARCH in dentist.messages
    dentist.window.chart_desk.choose(T38)
    assert dentist.window.canvas.outlined_tooth is None
    choose(dentist, 38, "Missing")
    # Nobody has said anything of its neighbour.
    assert "missing" in chart_says(dentist, 38)
    assert "not examined" in chart_says(dentist, 37)


def test_no_place_is_outlined_beside_teeth_that_only_a_person_numbered(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    """The detector has looked for none of the others, as chart and menu say."""
    unnumbered = [replace(each, tooth=None, label="tooth") for each in TEETH[:3]]
    house = ScriptedDetector(tuple(unnumbered), identity=TEETH_IDENTITY)
    catalogue = ScriptedCatalogue({"scripted": ScriptedDetector(())}, teeth=house)
    dentist = make_window(catalogue=catalogue)
    window = dentist.window
    window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    for found, number in zip(unnumbered, (T34, T35, T36), strict=True):
        window.tooth_menu.popup_found(found, QPoint(300, 300))
        dialogs.expect("QInputDialog.getItem", (f"{number}   {number.words}", True))
        the_menu()["Has another number…"].trigger()
        _close_menus()
    window.chart_desk.choose(T37)
    assert window.chart.selected == {T37}
    assert "not examined" in chart_says(dentist, 37)
    assert ticked(dentist, 37) == []
    assert window.canvas.outlined_tooth is None
    assert window.canvas.outlined_words == ""
    choose(dentist, 37, "Missing")
    window.chart_desk.choose(T37)
    # Behind 36, which reaches from 680 to 760.
    assert window.canvas.outlined_tooth is not None
    assert window.canvas.outlined_tooth.center[0] > 760
    assert window.canvas.outlined_words == "37: missing"
    _close_menus()


def test_the_menu_ticks_what_the_report_says_of_a_tooth_with_a_finding(
    dentist: Dentist,
) -> None:
    """What is found on 48 shows that its place is on the picture."""
    assert ticked(dentist, 48) == []
    crown = Finding(Box(10, 210, 60, 260), "restoration", Tooth(4, 8))
    dentist.window.desk.draw([crown])
    report = dentist.window.reports.report()
    assert Tooth(4, 8) in report.teeth_not_seen
    assert Tooth(4, 8) not in report.teeth_off_picture
    assert ticked(dentist, 48) == ["Missing"]


def test_a_tooth_outside_the_picture_is_not_examined_and_has_no_place_on_it(
    dentist: Dentist,
) -> None:
    """34 to 37 are found so far to the left that 48 would lie beside the picture."""
    window = dentist.window
    assert "not examined" in chart_says(dentist, 48)
    assert "not seen" in chart_says(dentist, 38)
    window.chart_desk.choose(Tooth(4, 8))
    assert window.chart.selected == {Tooth(4, 8)}
    assert window.canvas.outlined_tooth is None
    assert ticked(dentist, 48) == []
    choose(dentist, 48, "Missing")
    assert ticked(dentist, 48) == ["Missing"]
    assert "missing" in chart_says(dentist, 48)
    assert window.canvas.outlined_tooth is None
