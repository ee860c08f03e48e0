"""What the bar above the radiograph says, and the way it shows to what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from dentalviewer.gui.training.training_export_dialog import TrainingExportDialog
from dentalviewer.gui.window.message_bar import MessageBar
from tests.conftest import Dialogs
from tests.gui.conftest import MakeWindow, write_radiograph


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What the computer was asked to show."""
    shown: list[Path] = []

    def show(url: QUrl) -> bool:
        shown.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    return shown


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    return bar


def test_from_the_news_that_a_report_is_saved_one_click_leads_to_it(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs, opened: list[Path]
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    report = tmp_path / "Bericht ü #1.pdf"

    def name(dialog: QDialog) -> int:
        dialog.findChild(QLineEdit, "path").setText(str(report))
        return 1

    dialogs.expect("QDialog.exec", name)
    dentist.choose("report")
    written = dentist.window.message_bar.written
    dentist.wait_until(written.isVisible)

    written.open_button.click()
    written.folder_button.click()

    assert opened == [report, tmp_path]
    # Enter goes on to mean "accept".
    assert dentist.window.canvas.hasFocus()


def test_other_news_show_no_way_to_the_file_of_before(
    bar: MessageBar, tmp_path: Path
) -> None:
    bar.show_written("The report is saved", tmp_path / "report.pdf")
    assert bar.written.isVisible()

    bar.show_news("3 boxes are copied from 2.png.")

    assert bar.isVisible()
    assert not bar.written.isVisible()


def test_what_went_wrong_stays_in_sight_whatever_is_saved(
    bar: MessageBar, tmp_path: Path
) -> None:
    bar.show_message("2.png: the picture is damaged")
    bar.show_written("The report is saved", tmp_path / "report.pdf")

    assert bar.text == "2.png: the picture is damaged\nThe report is saved"
    assert bar.written.isVisible()
    assert bar.objectName() == "messageBar"


def test_news_replace_the_news_before_and_outlast_a_fault_that_is_withdrawn(
    bar: MessageBar,
) -> None:
    bar.show_message("2.png is open in another window")
    bar.show_news("mine is installed and can be chosen.")
    bar.show_news("mine is removed.")
    assert bar.text == "2.png is open in another window\nmine is removed."

    bar.withdraw("2.png is open in another window")

    assert bar.text == "mine is removed."
    assert bar.isVisible()
    assert bar.objectName() == "newsBar"


def test_what_goes_wrong_after_news_takes_their_place(bar: MessageBar) -> None:
    bar.show_news("mine is removed.")
    bar.show_message("2.png: the picture is damaged")

    assert bar.text == "2.png: the picture is damaged"


def test_of_a_set_that_was_exported_the_folder_is_shown(
    qtbot: QtBot, tmp_path: Path, opened: list[Path]
) -> None:
    dialog = TrainingExportDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.folder.setText(str(tmp_path / "retraining"))
    assert not dialog.written.isVisible()

    dialog.show_exported("Wrote 3 radiographs.")
    assert not dialog.written.open_button.isVisible()
    dialog.written.folder_button.click()

    assert opened == [tmp_path / "retraining"]


def test_who_is_at_an_answer_stays_there_when_another_message_comes(
    bar: MessageBar, qtbot: QtBot
) -> None:
    answered: list[str] = []
    action = QAction("left", bar)
    action.triggered.connect(lambda: answered.append("left"))
    bar.show()
    bar.ask("Where?", {"On the left": action})
    (button,) = (b for b in bar.findChildren(QPushButton) if b.text() == "On the left")
    button.setFocus()

    bar.show_message("The file could not be saved.")
    qtbot.keyClick(button, Qt.Key.Key_Space)

    assert answered == ["left"]
    assert bar.messages == ("Where?", "The file could not be saved.")
