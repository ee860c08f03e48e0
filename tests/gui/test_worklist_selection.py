"""Several radiographs are selected in the worklist, and something is done with them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QProcess, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from dentalviewer.gui.actions import plain_text
from dentalviewer.gui.widgets.file_manager import show_in_folder
from dentalviewer.review import Source
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.listed_radiographs import four_radiographs, line, opened, shown
from tests.gui.test_mnemonics import twice

# Of menus that are shown off screen.
pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support (raise|grabbing the keyboard)", extend=True
)

NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With four radiographs."""
    return four_radiographs(tmp_path / "scans")


def click_row(dentist: Dentist, name: str, held: Qt.KeyboardModifier = NONE) -> None:
    view = dentist.window.folder_list.view
    place = view.visualRect(view.model().index(shown(dentist).index(name), 0)).center()
    dentist.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, held, place)


def selected(dentist: Dentist) -> list[str]:
    return [path.name for path in dentist.window.folder_list.selected]


def test_rows_are_selected_with_ctrl_and_shift_while_the_radiograph_stays(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    assert selected(dentist) == ["1.png"]
    click_row(dentist, "3.png", SHIFT)
    assert selected(dentist) == ["1.png", "2.png", "3.png"]
    click_row(dentist, "2.png", CTRL)
    assert selected(dentist) == ["1.png", "3.png"]
    assert "2 selected" in dentist.window.folder_list._words.text()

    assert dentist.open_name == "1.png"
    assert [line(dentist, row).current for row in range(4)] == [True] + 3 * [False]


def test_a_click_opens_and_leaves_one_selected_and_the_keyboard_in_the_list(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    assert dentist.window.canvas.hasFocus()
    click_row(dentist, "3.png", CTRL)
    click_row(dentist, "2.png")
    dentist.wait_for_radiograph("2.png")

    assert selected(dentist) == ["2.png"]
    assert dentist.window.folder_list.view.hasFocus()


def test_after_a_click_the_arrow_keys_go_through_the_radiographs_until_enter(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    view = dentist.window.folder_list.view
    click_row(dentist, "2.png")
    dentist.wait_for_radiograph("2.png")
    for key, name in (("Down", "3.png"), ("End", "10.png"), ("Up", "3.png")):
        dentist.press(key)
        dentist.wait_for_radiograph(name)
        assert (selected(dentist), view.hasFocus()) == ([name], True)

    dentist.press("Return")
    assert dentist.window.canvas.hasFocus()
    assert not dentist.window.opening.busy  # It is open already.


def test_who_goes_to_a_finding_decides_it_with_the_next_key(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name, (400, 200))
    dentist = make_window()
    dentist.open_folder(tmp_path)
    click_row(dentist, "2.png")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    dentist.press("N", "Return", "Down")

    assert dentist.window.canvas.hasFocus()
    assert dentist.verdicts().count("accepted") == 1
    assert dentist.open_name == "2.png"


def test_a_radiograph_is_called_read_right_after_the_click_that_opened_it(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name, (400, 200))
    dentist = make_window()
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([tmp_path])
    dentist.wait_for_radiograph("1.png")
    click_row(dentist, "2.png")
    dentist.wait_for_radiograph("2.png")
    assert dentist.shown_sources() == set()
    dentist.press("Space")

    dentist.wait_until(lambda: dentist.shown_sources() == {Source.DETECTOR})


def test_with_the_keyboard_in_the_list_rows_are_selected_and_one_is_opened(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    click_row(dentist, "2.png", CTRL)
    dentist.press("Shift+Down")
    assert selected(dentist) == ["1.png", "2.png", "3.png"]
    dentist.press("Ctrl+A")
    assert len(selected(dentist)) == 4
    assert dentist.open_name == "1.png"
    dentist.press("Down")
    dentist.wait_for_radiograph("10.png")
    assert selected(dentist) == ["10.png"]
    dentist.press("Return")
    assert dentist.window.canvas.hasFocus()

    click_row(dentist, "1.png", CTRL)
    dentist.press("Esc")
    assert selected(dentist) == ["10.png"]
    assert dentist.window.canvas.hasFocus()


def test_a_key_that_goes_on_selects_nothing_more_though_shift_is_held(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    dentist.qtbot.keyPress(dentist.window.canvas, Qt.Key.Key_Shift)
    dentist.press("Shift+D")
    dentist.wait_for_radiograph("2.png")
    dentist.qtbot.keyRelease(dentist.window.canvas, Qt.Key.Key_Shift)
    assert selected(dentist) == ["2.png"]

    click_row(dentist, "10.png", SHIFT)
    assert selected(dentist) == ["2.png", "3.png", "10.png"]


def test_what_is_selected_stays_so_when_the_list_changes_as_far_as_it_is_shown(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    click_row(dentist, "10.png", CTRL)
    write_radiograph(folder / "4.png")
    dentist.wait_until(lambda: len(shown(dentist)) == 5)
    assert selected(dentist) == ["1.png", "10.png"]

    dentist.window.folder_list.head.search.setText("10")
    dentist.wait_until(lambda: shown(dentist) == ["10.png"])
    assert selected(dentist) == ["10.png"]


def menu_of(dentist: Dentist) -> list[str]:
    """What the right button offers, shut again."""
    dentist.wait_until(QApplication.activePopupWidget)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert not twice(each.text() for each in menu.actions())
    offered = [plain_text(each) for each in menu.actions() if each.isEnabled()]
    menu.close()
    return [each for each in offered if each]


def test_the_right_button_offers_what_is_done_with_the_selected_and_opens_none(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    click_row(dentist, "3.png", CTRL)
    view = dentist.window.folder_list.view
    place = view.visualRect(view.model().index(1, 0)).center()
    offered = [
        "Examine the selected", "Export annotations of the selected",
        "Show in its folder", "Copy names of radiographs",
    ]  # fmt: skip

    # Of one that was not selected it is about that one.
    dentist.qtbot.mousePress(view.viewport(), Qt.MouseButton.RightButton, NONE, place)
    ask = QContextMenuEvent.Reason.Mouse
    at = view.viewport().mapToGlobal(place)
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(ask, place, at))
    assert menu_of(dentist) == offered
    assert selected(dentist) == ["2.png"]
    assert dentist.open_name == "1.png"

    click_row(dentist, "3.png", CTRL)
    ask = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(view, QContextMenuEvent(ask, QPoint(), QPoint()))
    assert menu_of(dentist) == offered
    assert selected(dentist) == ["2.png", "3.png"]


def test_names_are_copied_as_the_list_has_them(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "old").mkdir()
    write_radiograph(folder / "old" / "1.png")
    dentist = opened(make_window, folder)
    click_row(dentist, "10.png", CTRL)
    dentist.press("Shift+Down", "Ctrl+C")

    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines() == ["1.png", "10.png", str(Path("old") / "1.png")]
    assert dentist.news == "3 names were copied."
    # They lie in two folders.
    assert not dentist.window.commands.actions["show_in_folder"].isEnabled()


@pytest.mark.parametrize(
    ("system", "command"),
    [("win32", ["explorer.exe", "/select,"]), ("darwin", ["open", "-R"])],
)
def test_a_radiograph_is_pointed_out_where_its_file_lies(
    system: str, command: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(
        QProcess,
        "startDetached",
        lambda program, arguments: started.extend([program, *arguments]),
    )
    show_in_folder(folder / "1.png")

    assert started == [*command, str(folder / "1.png")]
