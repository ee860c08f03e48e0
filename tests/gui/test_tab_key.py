"""Whatever can be used in a dialog is reached by the Tab key, and left again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from dentalviewer.evaluation.comparison import Comparison
from dentalviewer.gui.batch.batch_dialog import FailuresDialog
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog
from dentalviewer.gui.training.comparison_dialog import ComparisonDialog
from dentalviewer.gui.training.training_dialog import TrainingDialog
from dentalviewer.worklist.batch import Failure
from tests.gui.test_splitting import split_set

FAR_ENOUGH = 60


@pytest.fixture
def comparison(qtbot: QtBot, tmp_path: Path) -> ComparisonDialog:
    """Of two detectors on a folder."""
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialog.show_detectors(["bundled", "mine"], "bundled", "mine")
    dialog.show_data(tmp_path)
    return dialog


@pytest.fixture
def comparison_on_split(
    comparison: ComparisonDialog, qtbot: QtBot, tmp_path: Path
) -> ComparisonDialog:
    """On a set that is split already, in sight."""
    comparison.show_data(split_set(tmp_path / "set", train=5, val=2))
    qtbot.waitUntil(lambda: comparison.split.facts.is_split)
    shown(comparison, qtbot)
    return comparison


def shown(dialog: QDialog, qtbot: QtBot) -> None:
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)


def walk(dialog: QDialog, qtbot: QtBot) -> list[QWidget]:
    """What Tab reaches, from where the keyboard is until it is there again."""
    begin = dialog.focusWidget()
    assert begin is not None
    reached: list[QWidget] = []
    while len(reached) < FAR_ENOUGH:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
        if reached[-1] is begin:
            break
    assert reached[-1] is begin, "Tab does not come round"
    return reached


def usable(dialog: QDialog) -> set[QWidget]:
    """All that can be seen and used, but for what the arrow keys choose in a group."""
    return {
        each
        for each in dialog.findChildren(QWidget)
        if each.isVisible()
        and each.isEnabled()
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.focusProxy() is None
        and not (isinstance(each, QRadioButton) and not each.isChecked())
    }


def test_all_of_a_training_is_reached_where_the_set_is_split_already(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = TrainingDialog()
    qtbot.addWidget(dialog)
    form = dialog.form
    form.show_detectors(["bundled"], "bundled")
    form.data.setText(str(split_set(tmp_path / "set", train=5, val=2)))
    qtbot.waitUntil(lambda: form.split.facts.is_split)
    shown(dialog, qtbot)

    reached = walk(dialog, qtbot)

    assert set(reached) == usable(dialog)
    assert form.begin in reached


def test_all_of_a_comparison_is_reached_where_the_set_is_split_already(
    qtbot: QtBot, comparison_on_split: ComparisonDialog
) -> None:
    dialog = comparison_on_split

    reached = walk(dialog, qtbot)

    assert set(reached) == usable(dialog)
    assert dialog.go in reached


def test_the_keyboard_goes_along_with_a_comparison(
    qtbot: QtBot, comparison_on_split: ComparisonDialog
) -> None:
    dialog = comparison_on_split
    dialog.compare_requested.connect(lambda _: dialog.show_state("…", busy=True))
    dialog.go.setFocus()

    qtbot.keyClick(dialog.go, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is dialog.halt
    assert set(walk(dialog, qtbot)) == usable(dialog)

    dialog.show_state("", busy=False)
    assert QApplication.focusWidget() is dialog.go
    dialog.show_comparison(Comparison("bundled", "mine", 40, {}, ()))
    assert QApplication.focusWidget() is dialog.keep
    reached = walk(dialog, qtbot)
    assert set(reached) == usable(dialog)
    assert dialog.use in reached


def test_no_letter_in_a_comparison_means_two_things(
    qtbot: QtBot, comparison: ComparisonDialog
) -> None:
    dialog = comparison
    dialog.show_comparison(Comparison("bundled", "mine", 40, {}, ()))
    dialog.show_state("…", busy=True)
    shown(dialog, qtbot)

    named = [*dialog.findChildren(QLabel), *dialog.findChildren(QAbstractButton)]
    texts = [each.text() for each in named if each.isVisible()]
    letters = [text[text.index("&") + 1].casefold() for text in texts if "&" in text]

    assert len(letters) > 8
    assert len(set(letters)) == len(letters), letters


def test_the_keyboard_goes_along_with_a_training(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = TrainingDialog()
    qtbot.addWidget(dialog)
    dialog.form.show_detectors(["bundled"], "bundled")
    dialog.form.data.setText(str(tmp_path))
    shown(dialog, qtbot)
    dialog.form.begin.setFocus()

    dialog.show_training("mine", "bundled")
    assert QApplication.focusWidget() is dialog.progress.stop
    dialog.show_end("mine was stopped.", trained=False, can_go_on=True)
    assert QApplication.focusWidget() is dialog.progress.go_on
    dialog.show_training("mine", "bundled")
    dialog.show_end("mine is trained.", trained=True)
    assert QApplication.focusWidget() is dialog.progress.compare
    dialog.progress.another.setFocus()
    dialog.show_form()
    assert QApplication.focusWidget() is dialog.form.data


def test_whoever_has_gone_elsewhere_while_two_are_compared_stays_there(
    qtbot: QtBot, comparison: ComparisonDialog
) -> None:
    dialog = comparison
    shown(dialog, qtbot)
    dialog.show_state("…", busy=True)
    qtbot.keyClick(dialog.halt, Qt.Key.Key_Tab)
    elsewhere = QApplication.focusWidget()
    assert elsewhere is not dialog.halt

    dialog.show_state("", busy=False)
    dialog.show_comparison(Comparison("bundled", "mine", 40, {}, ()))

    assert QApplication.focusWidget() is elsewhere


@pytest.mark.parametrize("page", range(3))
def test_all_of_the_preferences_is_reached(page: int, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(Preferences())
    qtbot.addWidget(dialog)
    dialog._tabs.setCurrentIndex(page)
    shown(dialog, qtbot)

    assert set(walk(dialog, qtbot)) == usable(dialog)


def test_a_class_name_is_added_with_the_keyboard_and_tab_goes_on_after_it(
    qtbot: QtBot,
) -> None:
    dialog = PreferencesDialog(Preferences(aliases={"cap": "restoration"}))
    qtbot.addWidget(dialog)
    dialog._tabs.setCurrentIndex(1)
    shown(dialog, qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: dialog._aliases.rowCount() == 2)
    for text in ("screw", "implant"):
        typed = QApplication.focusWidget()
        qtbot.keyClicks(typed, text)
        qtbot.keyClick(typed, Qt.Key.Key_Tab)

    assert dialog.preferences.aliases["screw"] == "implant"
    assert set(walk(dialog, qtbot)) == usable(dialog)


def test_the_list_of_what_was_not_examined_is_left_again(qtbot: QtBot) -> None:
    failures = [Failure(Path(f"/a/{n}.png"), "It is no radiograph.") for n in (1, 2)]
    window = QWidget()
    qtbot.addWidget(window)
    dialog = FailuresDialog(failures, window)
    shown(dialog, qtbot)

    assert set(walk(dialog, qtbot)) == usable(dialog)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (Qt.Key.Key_Y, "_reader"),
        (Qt.Key.Key_D, "_dentist"),
        (Qt.Key.Key_N, "_notation"),
    ],
)
def test_the_letter_of_a_field_with_words_below_it_goes_to_the_field(
    key: Qt.Key, name: str, qtbot: QtBot
) -> None:
    dialog = PreferencesDialog(Preferences())
    qtbot.addWidget(dialog)
    shown(dialog, qtbot)
    dialog._practice.setFocus()

    qtbot.keyClick(dialog, key, Qt.KeyboardModifier.AltModifier)

    assert QApplication.focusWidget() is getattr(dialog, name)
