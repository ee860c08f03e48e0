"""Preferences, keys, the log, and the program where there is no display."""

from __future__ import annotations

import logging
import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot

from dentalviewer.gui import actions, app
from dentalviewer.gui.actions import shortcut_table
from dentalviewer.gui.preferences.preferences import (
    Preferences,
    load_preferences,
    save_preferences,
)
from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog
from dentalviewer.gui.unseen import run_sample
from dentalviewer.gui.work.reporting_errors import (
    described,
    log_file,
    redacted,
    reporting_errors,
)
from tests.conftest import ROOT, Dialogs
from tests.gui.conftest import PREDICTED, MakeWindow
from tests.held_files import FOREVER, held
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector


def test_preferences_are_kept_between_sessions(qtbot: QtBot, tmp_path: Path) -> None:
    file = str(tmp_path / "settings.ini")
    chosen = Preferences(
        reader="Dr Ä. Example",
        practice_address="1 Street\nTown",
        theme="light",
        read_first=True,
        aliases={"plombe": "restoration"},
    )
    save_preferences(QSettings(file, QSettings.Format.IniFormat), chosen)

    assert load_preferences(QSettings(file, QSettings.Format.IniFormat)) == chosen


def test_damaged_preferences_fall_back(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    file.write_text("[preferences]\ntheme=purple\naliases={half\nread_first=maybe\n")

    assert (
        load_preferences(QSettings(str(file), QSettings.Format.IniFormat))
        == Preferences()
    )


def test_class_names_are_edited_in_the_preferences(
    make_window: MakeWindow, dialogs: Dialogs
) -> None:
    dentist = make_window()

    def edit(dialog: QDialog) -> int:
        assert isinstance(dialog, PreferencesDialog)
        dialog.add_alias(" Große  Füllung ", "restoration")
        return 1

    dialogs.expect("QDialog.exec", edit)
    dentist.choose("preferences")

    assert dentist.window.preferences.current.aliases["grosse füllung"] == "restoration"


@pytest.fixture
def preferences(qtbot: QtBot) -> PreferencesDialog:
    dialog = PreferencesDialog(Preferences())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_class_name_that_would_mean_two_things_is_not_taken(
    preferences: PreferencesDialog,
) -> None:
    preferences.add_alias("Crown", "implant")
    assert preferences.told == (
        '"Crown" means both "restoration" and "implant": remove one of the rows.'
    )

    preferences.accept()
    assert preferences.isVisible()
    assert preferences._told.isVisible()

    preferences._aliases.removeRow(preferences._aliases.rowCount() - 1)
    assert preferences.told == ""
    preferences.accept()
    assert not preferences.isVisible()


def test_half_a_row_of_class_names_is_not_lost_without_a_word(
    preferences: PreferencesDialog,
) -> None:
    # One that was added and not filled in says nothing, and is no matter.
    preferences.add_alias("", "")
    assert preferences.told == ""
    preferences.add_alias("post", " ")
    assert preferences.told == ('"post" has no meaning: fill it in, or remove the row.')

    preferences.accept()
    assert preferences.isVisible()

    row = preferences._aliases.rowCount() - 1
    preferences._aliases.item(row, 1).setText("Implant")
    assert preferences.told == ""
    assert preferences.preferences.aliases["post"] == "implant"


def test_a_meaning_that_is_none_of_our_classes_is_said_and_taken(
    preferences: PreferencesDialog,
) -> None:
    preferences.add_alias("post", "implnt")

    assert preferences.told == (
        '"implnt" is a class of your own; the program\'s are restoration, endodontic,'
        " implant."
    )
    preferences.accept()
    assert not preferences.isVisible()
    assert preferences.preferences.aliases["post"] == "implnt"


def test_the_light_theme_is_light(make_window: MakeWindow, qapp: QApplication) -> None:
    window = make_window().window
    window.preferences.use(replace(window.preferences.current, theme="dark"))
    window.commands.actions["light_theme"].trigger()
    assert qapp.palette().window().color().lightnessF() > 0.9
    window.commands.actions["light_theme"].trigger()
    assert qapp.palette().window().color().lightnessF() < 0.2


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_no_key_has_two_meanings(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    table = runpy.run_path(str(actions.__file__))["ACTIONS"]
    keys = [key for spec in table for key in spec.keys]

    assert len(keys) == len(set(keys))
    # By which macOS hides a program or all windows, whatever the program does with it.
    assert {"Ctrl+H", "F11"}.isdisjoint(keys) == (system == "darwin")


def test_on_macos_only_three_actions_go_to_the_menu_of_the_program(
    make_window: MakeWindow,
) -> None:
    found = make_window().window.commands.actions
    stays = QAction.MenuRole.NoRole

    assert {
        name: action.menuRole()
        for name, action in found.items()
        if action.menuRole() is not stays
    } == {
        "about": QAction.MenuRole.AboutRole,
        "preferences": QAction.MenuRole.PreferencesRole,
        "quit": QAction.MenuRole.QuitRole,
    }


def test_f1_shows_every_key(make_window: MakeWindow, qapp: QApplication) -> None:
    dentist = make_window()
    dentist.press("F1")
    sheet = qapp.activeModalWidget()
    assert sheet is not None
    words = {label.text() for label in sheet.findChildren(QLabel)}
    sheet.close()

    assert {
        text for _, text, _ in shortcut_table(dentist.window.commands.actions)
    } <= words


def test_the_log_names_lines_and_never_patients(home: Path) -> None:
    told: list[str] = []
    before = sys.excepthook
    try:
        sys.excepthook = lambda *_: None
        with reporting_errors(told.append):
            try:
                raise ValueError("/data/Meyer, Anna.png")
            except ValueError as error:
                sys.excepthook(type(error), error, error.__traceback__)
            logging.getLogger("dentalviewer").warning(
                "Qt: %s", redacted('QFile: cannot open "Meyer" in D:\\x\\Anna.jpg')
            )
    finally:
        sys.excepthook = before

    written = log_file().read_text()
    assert log_file().is_relative_to(home)
    assert "ValueError < test_program.py" in written
    assert "Meyer" not in written
    assert "Anna" not in written
    assert told == ["Something went wrong: ValueError: /data/Meyer, Anna.png"]


def test_a_log_that_cannot_be_written_stops_nothing(home: Path) -> None:
    log_file().parent.parent.mkdir(parents=True)
    log_file().parent.write_text("a file in the way")
    with reporting_errors(lambda _: None):
        pass
    assert log_file().parent.is_file()


def test_a_full_log_that_another_window_has_open_too_loses_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows does not rename it then."""
    monkeypatch.setattr("dentalviewer.gui.work.reporting_errors.MAX_LOG_BYTES", 50)
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, held(getattr(os, name), FOREVER, ending=".txt"))
    with reporting_errors(lambda _: None):
        for word in ("first", "second", "third"):
            logging.getLogger("dentalviewer").warning(word * 10)

    written = log_file().read_text()
    assert [line.split()[-1] for line in written.splitlines()] == [
        "first" * 10, "second" * 10, "third" * 10,
    ]  # fmt: skip


def test_what_an_error_went_through_is_told_from_its_end() -> None:
    def inner() -> None:
        raise KeyError("private")

    try:
        inner()
    except KeyError as error:
        words = described(error)

    assert words.startswith("KeyError < test_program.py:")
    assert words.endswith("test_what_an_error_went_through_is_told_from_its_end")
    assert "private" not in words


# The program without a radiograph, which is closed once it could read one at once.
UNASKED = """
import sys
from PySide6.QtCore import QTimer
from dentalviewer.gui import app
from tests.scripted_detector import ScriptedCatalogue

make_window = app.make_window

def made(catalogue):
    window = make_window(catalogue)
    timer = QTimer(window, interval=10)
    timer.timeout.connect(lambda: "cv2" in sys.modules and window.close())
    timer.start()
    return window

app.make_window = made
sys.exit(app.run([], catalogue=ScriptedCatalogue({})))
"""


def test_what_reads_radiographs_is_there_before_one_is_asked_for(home: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", UNASKED], cwd=ROOT, capture_output=True, timeout=120
    )

    assert answer.returncode == 0, answer.stderr.decode()


def test_without_a_display_the_sample_is_done_unseen(
    make_window: MakeWindow,
    qapp: QApplication,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    window = make_window(ScriptedDetector(PREDICTED)).window
    output = tmp_path / "out"

    assert run_sample(qapp, window, output) == 0
    said = capsys.readouterr().out
    for name in ("window.png", "report.pdf"):
        assert str(output / name) in said
        assert (output / name).stat().st_size > 10_000


def test_without_a_display_a_window_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "has_display", lambda: False)

    assert app.run([], catalogue=ScriptedCatalogue({})) == 1
    assert "There is no display" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("platform", "screen", "seen"),
    [
        ("", ":0", True),
        ("", "", False),
        ("xcb", "", True),
        ("offscreen", ":0", False),
        ("minimal:enable_fonts", ":0", False),
    ],
)
def test_a_window_is_seen_where_qt_paints_it_on_a_screen(
    monkeypatch: pytest.MonkeyPatch, platform: str, screen: str, *, seen: bool
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    assert app.is_seen() is seen
