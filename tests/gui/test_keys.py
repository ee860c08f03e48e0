"""Keys can be given other meanings; no key ever has two."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QScrollArea,
)
from pytestqt.qtbot import QtBot

from dentalviewer.gui.actions import ACTIONS
from dentalviewer.gui.preferences import shortcut_sheet
from dentalviewer.gui.preferences.key_map import keys_in_force, read_keys
from dentalviewer.gui.preferences.keys_page import KeysPage
from dentalviewer.gui.preferences.preferences import (
    Preferences,
    load_preferences,
    save_preferences,
)
from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog
from dentalviewer.gui.preferences.shortcut_sheet import ShortcutSheet
from tests.conftest import Dialogs
from tests.gui.conftest import PREDICTED, A, MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedDetector


@pytest.fixture
def page(qtbot: QtBot) -> KeysPage:
    page = KeysPage({})
    qtbot.addWidget(page)
    page.show()
    return page


def press(
    page: KeysPage,
    action: str,
    key: Qt.Key,
    *,
    field: int = 0,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    page.choose(action)
    edit = page.findChildren(QKeySequenceEdit)[field]
    QTest.keyClick(edit, key, held)


def click(page: KeysPage, words: str) -> None:
    (button,) = (b for b in page.findChildren(QPushButton) if b.text() == words)
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_key_is_changed(page: KeysPage) -> None:
    press(page, "next_radiograph", Qt.Key.Key_J)

    assert page.changed == {"next_radiograph": ("J",)}
    assert page.warning == ""


def test_a_second_key_is_added(page: KeysPage) -> None:
    press(page, "next_radiograph", Qt.Key.Key_PageDown, field=1)

    assert page.changed == {"next_radiograph": ("D", "PgDown")}


def test_a_key_that_is_taken_is_warned_of_and_the_other_action_is_named(
    page: KeysPage,
) -> None:
    press(page, "next_radiograph", Qt.Key.Key_N)

    assert page.warning == "N means “Next to decide”."
    assert page.changed == {}


def test_a_key_that_is_taken_can_be_taken_over(page: KeysPage) -> None:
    press(page, "next_radiograph", Qt.Key.Key_N)
    click(page, "Use it here")

    assert page.changed == {"next_radiograph": ("N",), "next_undecided": ()}
    assert page.warning == ""


def test_who_goes_on_after_a_warning_changes_nothing(page: KeysPage) -> None:
    press(page, "next_radiograph", Qt.Key.Key_N)
    press(page, "report", Qt.Key.Key_F12)

    assert page.changed == {"report": ("F12", "Ctrl+P")}


def test_a_key_in_any_field_is_taken_over_without_the_mouse(
    page: KeysPage, qtbot: QtBot
) -> None:
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    edits = page.findChildren(QKeySequenceEdit)
    page.choose("next_radiograph")
    edits[1].setFocus()
    QTest.keyClick(edits[1], Qt.Key.Key_N)
    assert page.warning == "N means “Next to decide”."

    for _ in range(10):
        focused = QApplication.focusWidget()
        assert focused is not None
        if isinstance(focused, QPushButton) and focused.text() == "Use it here":
            break
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert page.warning == "N means “Next to decide”."
    QTest.keyClick(focused, Qt.Key.Key_Space)

    assert page.changed == {"next_radiograph": ("D", "N"), "next_undecided": ()}


def test_a_key_that_is_not_in_force_stays_warned_of_while_it_stands_there(
    page: KeysPage,
) -> None:
    press(page, "next_radiograph", Qt.Key.Key_N, field=1)
    press(page, "next_radiograph", Qt.Key.Key_J)
    assert page.warning == "N means “Next to decide”."
    assert page.changed == {"next_radiograph": ("J",)}

    page.findChildren(QKeySequenceEdit)[1].clear()

    assert page.warning == ""
    assert page.changed == {"next_radiograph": ("J",)}


def test_a_key_that_was_taken_away_does_not_come_back_with_a_warning(
    page: KeysPage,
) -> None:
    page.choose("next_radiograph")
    page.findChildren(QKeySequenceEdit)[0].clear()
    press(page, "next_radiograph", Qt.Key.Key_N, field=1)

    assert page.warning == "N means “Next to decide”."
    assert page.changed == {"next_radiograph": ()}


def test_a_key_that_opens_a_menu_is_left_to_it(page: KeysPage) -> None:
    held = Qt.KeyboardModifier.AltModifier
    press(page, "report", Qt.Key.Key_F, held=held)

    assert page.warning == "Alt+F opens the menu “File”."
    assert page.changed == {}


def test_on_macos_where_no_key_opens_a_menu_any_may_be_given(
    page: KeysPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    held = Qt.KeyboardModifier.AltModifier
    press(page, "report", Qt.Key.Key_F, held=held)

    assert page.warning == ""
    assert page.changed == {"report": ("Alt+F", "Ctrl+P")}


def test_the_defaults_come_back_one_by_one_and_all_at_once(page: KeysPage) -> None:
    press(page, "next_radiograph", Qt.Key.Key_J)
    press(page, "report", Qt.Key.Key_F12)
    click(page, "Default keys")
    assert page.changed == {"next_radiograph": ("J",)}
    click(page, "Reset all keys")

    assert page.changed == {}


def test_a_default_that_another_has_by_now_is_not_taken_back(page: KeysPage) -> None:
    press(page, "next_radiograph", Qt.Key.Key_N)
    click(page, "Use it here")
    page.choose("next_undecided")
    click(page, "Default keys")

    assert page.warning == "N now means “Next radiograph”."
    assert page.changed["next_undecided"] == ()


def test_actions_are_found_by_their_words_and_by_their_keys(page: KeysPage) -> None:
    page.search("nudge left")
    assert page.found == ("nudge_left",)
    page.search("ctrl+shift+z")
    assert page.found == ("redo",)
    page.search("")

    assert len(page.found) == len(ACTIONS)


def test_no_key_of_a_changed_map_has_two_meanings() -> None:
    changed = {"next_radiograph": ("N", "Return"), "nudge_left": ("N",)}
    keys = [key for each in keys_in_force(changed).values() for key in each]

    assert len(keys) == len(set(keys))
    assert keys_in_force(changed)["accept"] == ("Enter", "Y")


def test_damaged_keys_are_left_out() -> None:
    raw = {"accept": ["J", 3, "No Such Key"], "nonsense": ["X"], "report": "Ctrl+E"}

    assert read_keys(raw) == {"accept": ("J",)}
    assert read_keys("half") == {}


def test_changed_keys_are_kept_between_sessions(qtbot: QtBot, tmp_path: Path) -> None:
    file = str(tmp_path / "settings.ini")
    chosen = Preferences(keys={"accept": ("Ctrl+Shift+J",)}, keep_view=True)
    save_preferences(QSettings(file, QSettings.Format.IniFormat), chosen)

    assert load_preferences(QSettings(file, QSettings.Format.IniFormat)) == chosen


def test_a_changed_key_works_at_once_and_is_named_everywhere(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path, qapp: QApplication
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()

    def change(dialog: QDialog) -> int:
        assert isinstance(dialog, PreferencesDialog)
        press(dialog.keys, "invert", Qt.Key.Key_J)
        press(dialog.keys, "next_undecided", Qt.Key.Key_M)
        press(dialog.keys, "accept", Qt.Key.Key_E)
        return 1

    dialogs.expect("QDialog.exec", change)
    dentist.choose("preferences")
    assert dentist.window.side.display.enhancement.inverted is False
    dentist.press("J")
    assert dentist.window.side.display.enhancement.inverted is True
    dentist.press("I")
    assert dentist.window.side.display.enhancement.inverted is True
    actions = dentist.window.commands.actions
    assert actions["invert"].toolTip() == "Invert (J)"
    words = {label.text() for label in dentist.window.side.card.findChildren(QLabel)}
    assert "Click a box or press M for the next one to decide." in words
    dentist.press("F1")
    sheet = qapp.activeModalWidget()
    assert sheet is not None
    assert "J" in {label.text() for label in sheet.findChildren(QLabel)}
    sheet.close()
    dentist.click((A.center[0], A.center[1]))
    dentist.press("E")

    assert "accepted" in dentist.verdicts()


def test_a_changed_key_is_named_where_the_window_asks_for_it(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    detector = ScriptedDetector(PREDICTED, held=threading.Event())
    dentist = make_window(detector)
    window = dentist.window
    window.preferences.change(
        keys={
            "detect": ("F7",),
            "cancel_detection": ("F8", "J"),
            "reopen_radiograph": ("F9",),
        }
    )
    path = write_radiograph(tmp_path / "1.png")
    window.open([path])
    dentist.wait_until(lambda: detector.examined)
    dentist.press("F8")
    write_radiograph(path, (500, 300))

    dentist.wait_until(
        lambda: "1.png has changed on disk. F9 reads it again." in dentist.messages
    )
    assert window.detection.state == "Cancelled. F7 runs the detector again."
    buttons = window.side.detector.findChildren(QPushButton)
    told = {button.text(): button.toolTip() for button in buttons}
    assert (told["Run again"], told["Cancel"]) == ("F7", "F8  or  J")


def test_an_action_without_a_key_is_named_by_its_menu(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    detector = ScriptedDetector(PREDICTED, held=threading.Event())
    dentist = make_window(detector)
    dentist.window.preferences.change(keys={"detect": (), "reopen_radiograph": ()})
    path = write_radiograph(tmp_path / "1.png")
    dentist.window.open([path])
    dentist.wait_until(lambda: detector.examined)
    dentist.press("Ctrl+.")
    write_radiograph(path, (500, 300))

    dentist.wait_until(
        lambda: "File > Read again from disk reads it again." in dentist.messages
    )
    assert dentist.window.detection.state == (
        "Cancelled. Detector > Run again runs the detector again."
    )


def test_the_sheet_leads_to_the_keys(
    make_window: MakeWindow, dialogs: Dialogs, qapp: QApplication
) -> None:
    dentist = make_window()
    shown: list[bool] = []

    def look(dialog: QDialog) -> int:
        assert isinstance(dialog, PreferencesDialog)
        shown.append(dialog.keys.isVisibleTo(dialog))
        return 0

    dialogs.expect("QDialog.exec", look)
    dentist.press("F1")
    sheet = qapp.activeModalWidget()
    assert sheet is not None
    (change,) = (
        b for b in sheet.findChildren(QPushButton) if b.text() == "Change keys…"
    )
    change.click()

    assert shown == [True]


@pytest.mark.parametrize(("width", "columns"), [(2000, 3), (900, 2), (560, 1)])
def test_the_sheet_has_as_many_columns_as_there_is_room_for(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, width: int, columns: int
) -> None:
    monkeypatch.setattr(
        shortcut_sheet, "room_on_screen", lambda _widget: QSize(width, 700)
    )
    table = [(f"Menu {n % 6}", f"Do what is done {n}", f"Ctrl+{n}") for n in range(60)]

    sheet = ShortcutSheet(table)
    qtbot.addWidget(sheet)

    area = sheet.findChild(QScrollArea)
    assert area.widget().layout().count() == columns
    assert area.widget().sizeHint().width() <= area.minimumWidth() <= width
