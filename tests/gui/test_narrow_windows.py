"""What is still in sight on a small screen, or on one that enlarges everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QScrollArea, QStackedWidget, QToolButton
from pytestqt.qtbot import QtBot

from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.window.tool_bar import ToolBar
from dentalviewer.gui.window.welcome import Welcome
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_numbered_radiographs

NAMED = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """With a list of two radiographs."""
    dentist = make_window()
    dentist.open_folder(write_numbered_radiographs(tmp_path / "scans", 2))
    return dentist


def button(dentist: Dentist, action: str) -> QToolButton:
    bar = dentist.window.findChild(ToolBar)
    assert isinstance(bar, ToolBar)
    found = bar.widgetForAction(dentist.window.commands.actions[action])
    assert isinstance(found, QToolButton)
    return found


def test_a_window_with_a_list_fits_on_a_screen_that_shows_1920_pixels_as_960(
    dentist: Dentist,
) -> None:
    dentist.wait_until(lambda: dentist.window.minimumSizeHint().width() <= 960)

    dentist.window.resize(900, 540)

    dentist.wait_until(lambda: dentist.window.width() == 900)
    assert dentist.window.side.card.isVisible()


def test_what_ends_the_work_gives_up_its_name_before_it_leaves_the_tool_bar(
    dentist: Dentist,
) -> None:
    report = button(dentist, "report")
    agreeing = button(dentist, "accept_agreeing")
    named = [report.toolButtonStyle(), agreeing.toolButtonStyle()]
    assert named == [NAMED, NAMED]

    bar = dentist.window.findChild(ToolBar)
    dentist.window.resize(bar.sizeHint().width() - 20, 700)

    dentist.wait_until(lambda: agreeing.toolButtonStyle() != NAMED)
    dentist.wait_until(lambda: agreeing.isVisible() and report.isVisible())
    assert report.toolButtonStyle() == NAMED
    dentist.window.resize(1300, 700)
    dentist.wait_until(lambda: agreeing.toolButtonStyle() == NAMED)


@pytest.mark.parametrize("width", [960, 762])
def test_the_report_is_in_sight_in_the_narrowest_window_with_a_list(
    dentist: Dentist, width: int
) -> None:
    dentist.window.resize(width, 600)
    dentist.wait_until(lambda: dentist.window.width() == width)
    dentist.qtbot.wait(50)

    in_sight = [
        button(dentist, each) for each in (*IN_ORDER, "accept_agreeing", "report")
    ]
    assert all(each.isVisible() for each in in_sight)
    assert not more(dentist).isVisible()
    assert button(dentist, "report").toolButtonStyle() == NAMED
    assert (
        class_button(dentist).accessibleName() == "Class of the next box: restoration"
    )


def test_where_not_even_icons_have_room_what_is_used_less_goes_into_a_menu(
    dentist: Dentist,
) -> None:
    bar, chooser = dentist.window.findChild(ToolBar), class_button(dentist)
    full = chooser.width()
    # As in larger type.
    bar.setMaximumWidth(420)
    dentist.wait_until(lambda: more(dentist).isVisible())

    assert chooser.width() < full / 2
    assert chooser.accessibleName() == "Class of the next box: restoration"
    actions = dentist.window.commands.actions
    shown = {action.text() for action in more(dentist).menu().actions()}
    gone = [each for each in LESS_OFTEN_FIRST if actions[each].text() in shown]
    assert gone == list(LESS_OFTEN_FIRST[: len(shown)])
    staying = [each for each in IN_ORDER if each not in gone]
    assert staying
    places = [button(dentist, each).x() for each in staying]
    report = button(dentist, "report")
    assert [*places, more(dentist).x(), report.x()] == sorted(
        [*places, more(dentist).x(), report.x()]
    )
    assert report.isVisible()

    bar.setMaximumWidth(2000)
    dentist.wait_until(lambda: not more(dentist).isVisible())
    assert chooser.width() == full
    places = [button(dentist, each).x() for each in (*IN_ORDER, "report")]
    assert places == sorted(places)


IN_ORDER = (
    *("open", "open_folder", "select_tool", "draw_tool", "fit", "actual_size"),
    *("invert", "clahe", "hide_predictions", "hide_annotations", "undo", "redo"),
)
LESS_OFTEN_FIRST = (
    *("hide_annotations", "hide_predictions", "actual_size", "clahe", "invert", "fit"),
    *("redo", "undo", "open_folder", "open"),
)


def more(dentist: Dentist) -> QToolButton:
    (found,) = dentist.window.findChildren(QToolButton, "moreTools")
    return found


def class_button(dentist: Dentist) -> QToolButton:
    (found,) = dentist.window.findChildren(QToolButton, "classButton")
    return found


@pytest.mark.parametrize("size", [(762, 470), (762, 600), (960, 480), (1300, 700)])
def test_all_answers_of_an_audit_are_in_sight_in_a_low_and_narrow_window(
    dentist: Dentist, size: tuple[int, int]
) -> None:
    window, bar = dentist.window, dentist.window.project.audit.bar
    window.resize(*size)
    words = "The detector is sure of it, and nobody marked it. " * 3

    bar.show_place("1 of 12: endodontic treatment not marked?", words)

    view = bar.parentWidget()
    dentist.wait_until(lambda: bar.isVisible() and window.width() == size[0])
    dentist.qtbot.wait(50)
    buttons = [each for each in bar.findChildren(QPushButton) if each.isVisible()]
    assert len(buttons) == 5
    for each in buttons:
        assert bar.rect().contains(each.geometry())
        assert view.rect().contains(each.mapTo(view, each.rect().bottomRight()))
    scrolled = bar.findChild(QScrollArea)
    assert isinstance(scrolled, QScrollArea)
    assert scrolled.height() >= scrolled.fontMetrics().height()
    # What does not fit is scrolled, from its beginning.
    assert scrolled.verticalScrollBar().value() == 0
    if size == (1300, 700):
        assert bar.height() == bar.heightForWidth(bar.width())
        assert not scrolled.verticalScrollBar().maximum()


def test_the_way_to_a_saved_report_is_not_cut_off_in_a_narrow_window(
    dentist: Dentist, tmp_path: Path
) -> None:
    window, bar = dentist.window, dentist.window.message_bar
    window.resize(762, 600)
    dentist.wait_until(lambda: window.width() == 762)

    bar.show_written("The report is saved: 1-report.pdf", tmp_path / "1-report.pdf")

    dentist.wait_until(bar.isVisible)
    dentist.wait_until(lambda: bar.height() == bar.heightForWidth(bar.width()))
    for each in (bar.written.open_button, bar.written.folder_button):
        assert each.width() >= each.sizeHint().width()
        assert bar.rect().contains(each.mapTo(bar, each.rect().bottomRight()))


@pytest.mark.parametrize("size", [(762, 600), (960, 540), (1300, 700)])
def test_what_is_asked_during_an_audit_can_be_answered_by_the_mouse(
    dentist: Dentist, size: tuple[int, int]
) -> None:
    """The answers lie over the bar of the audit where there is no room below it."""
    window, notice = dentist.window, dentist.window.message_bar
    bar, answers = window.project.audit.bar, ("Panoramic", "Not panoramic", "Turned")
    window.resize(*size)
    bar.show_place("1 of 2: endodontic treatment not marked?", "It is not. " * 5)

    notice.ask("Is this one?", {each: QAction(each, notice) for each in answers})

    view = notice.parentWidget()
    buttons = [b for b in notice.findChildren(QPushButton) if b.text() in answers]
    dentist.wait_until(lambda: notice.isVisible() and bar.isVisible())
    dentist.qtbot.wait(50)
    assert len(buttons) == len(answers)
    for each in buttons:
        place = each.mapTo(view, each.rect().center())
        assert view.rect().contains(each.mapTo(view, each.rect().bottomRight()))
        assert view.childAt(place) is each
    if size == (1300, 700):
        assert not notice.geometry().intersects(bar.geometry())


def test_a_place_is_not_shown_tiny_where_a_bar_and_a_notice_leave_no_room() -> None:
    """Of 264 points they leave 8; a sixth, 44, counts as seen. The box, 40 pixels high,
    takes three tenths of that, in its middle, and is seen once the notice is gone.
    """
    widget, box = Size(328, 264), Box(400, 200, 460, 240)

    place = Viewport.around(box, widget, top=256)

    assert place.scale == pytest.approx(0.3 * 44 / 40)
    seen = place.box_to_widget(box)
    assert seen.center == pytest.approx((164, 242))
    assert place.showing(box, widget, top=256) == place
    # Where more is left, that is its room.
    assert Viewport.around(box, widget, top=166).scale == pytest.approx(0.3 * 98 / 40)


def test_a_long_name_of_what_was_open_last_is_cut_at_its_end_alone(
    qtbot: QtBot,
) -> None:
    action = QAction("Continue with a folder of all the radiographs of the practice")
    action.setToolTip("/scans/a folder of all the radiographs of the practice")
    window, welcome = QStackedWidget(), Welcome([], action)
    qtbot.addWidget(window)
    window.addWidget(welcome)
    (button,) = welcome.findChildren(QPushButton)
    window.resize(900, 400)
    window.show()
    assert button.text() == action.text()

    window.resize(250, 400)

    qtbot.waitUntil(lambda: welcome.width() == 250)
    qtbot.wait(50)
    assert button.text().startswith("Continue with a")
    assert button.text().endswith("…")
    assert welcome.rect().contains(button.geometry())
    assert button.width() >= button.sizeHint().width()
    assert button.accessibleName() == action.text()
    assert button.toolTip() == action.toolTip()
