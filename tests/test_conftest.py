"""The rules that every test runs under do bite."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMessageBox,
)
from pytestqt.qtbot import QtBot

from tests.conftest import Dialogs


def test_home_is_empty_and_not_the_users(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []


def test_settings_go_into_the_tests_home(qapp: QApplication, home: Path) -> None:
    written = Path(QSettings("dentalviewer", "dentalviewer").fileName())
    config = QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.ConfigLocation
    )

    assert written.is_relative_to(home)
    assert Path(config).is_relative_to(home)


@pytest.mark.parametrize(
    "open_dialog",
    [
        lambda: QMessageBox.warning(None, "title", "text"),
        lambda: QFileDialog.getOpenFileName(None, "title"),
        lambda: QInputDialog.getText(None, "title", "label"),
        lambda: QDialog().exec(),
        lambda: QMessageBox().exec(),
    ],
)
def test_an_unexpected_dialog_raises(
    open_dialog: object, qapp: QApplication, dialogs: Dialogs
) -> None:
    with pytest.raises(AssertionError, match="unexpected modal dialog"):
        open_dialog()  # type: ignore[operator]
    dialogs.unexpected.clear()


def test_an_expected_dialog_is_answered(qapp: QApplication, dialogs: Dialogs) -> None:
    dialogs.expect("QFileDialog.getOpenFileName", ("radiograph.png", ""))
    dialogs.expect("QDialog.exec", lambda dialog: dialog.windowTitle() == "Class")

    dialog = QDialog()
    dialog.setWindowTitle("Class")

    assert QFileDialog.getOpenFileName(None, "Open") == ("radiograph.png", "")
    assert dialog.exec()


def test_a_widget_given_to_qtbot_is_closed(qtbot: QtBot) -> None:
    label = QLabel("closed when the test ends")
    qtbot.addWidget(label)
    label.show()

    assert label.isVisible()


def test_a_test_that_breaks_the_rules_fails(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text())
    pytester.makepyfile(
        """
        from PySide6.QtWidgets import QLabel, QMessageBox

        KEPT = []

        def test_leaves_a_widget(qapp):
            KEPT.append(QLabel("left"))
            KEPT[0].show()

        def test_swallows_a_dialog(qapp):
            try:
                QMessageBox.critical(None, "title", "text")
            except Exception:
                pass

        def test_expects_too_much(qapp, dialogs):
            dialogs.expect("QMessageBox.about", None)
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "0")

    # Each passes in itself and fails on what it leaves.
    result.assert_outcomes(passed=3, errors=3)
    result.stdout.fnmatch_lines_random(
        [
            "*widgets survived the test: QLabel*",
            "*unexpected modal dialogs*",
            "*dialogs were expected that never opened*",
        ]
    )
