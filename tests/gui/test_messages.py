"""What the bar over the radiograph says, and the way it shows to what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAction,
    QDesktopServices,
)
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
)
from pytestqt.qtbot import QtBot

from dentalviewer.gui.training.training_export_dialog import TrainingExportDialog
from dentalviewer.gui.window.message_bar import MessageBar
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import PREDICTED, MakeWindow, write_radiograph


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


def test_the_way_to_what_was_written_is_beside_the_words_where_there_is_room(
    dentist: Dentist, tmp_path: Path
) -> None:
    bar = dentist.window.message_bar
    words = bar.findChild(QScrollArea)
    assert isinstance(words, QScrollArea)
    news = "The report is saved: 1.pdf"

    def is_one_row() -> bool:
        return bar.written.geometry().top() < words.geometry().bottom()

    def is_as_high_as_needed() -> bool:
        return bar.height() == bar.heightForWidth(bar.width()) and not (
            words.verticalScrollBar().maximum()
        )

    bar.show_written(news, tmp_path / "1.pdf")
    dentist.wait_until(lambda: bar.isVisible() and is_one_row())
    assert is_as_high_as_needed()
    low = bar.height()
    assert words.geometry().right() < bar.written.x()
    assert bar.written.geometry().right() < bar.width() - 60

    bar.show_written(f"The report is saved: {'/very/long/path' * 9}", tmp_path / "1")
    dentist.wait_until(lambda: not is_one_row() and is_as_high_as_needed())
    bar.show_written(news, tmp_path / "1.pdf")
    dentist.wait_until(lambda: is_one_row() and bar.height() == low)

    # Where there is a question too, its answers have a row of their own.
    bar.ask("Where?", {"On the left": QAction("left", bar)})
    bar.show_written(news, tmp_path / "1.pdf")
    dentist.wait_until(lambda: not is_one_row() and is_as_high_as_needed())
    bar.clear()


def test_what_went_wrong_stays_in_sight_whatever_is_saved(
    bar: MessageBar, tmp_path: Path
) -> None:
    bar.show_message("2.png: the picture is damaged")
    bar.show_written("The report is saved", tmp_path / "report.pdf")

    assert bar.text == "• 2.png: the picture is damaged\n• The report is saved"
    assert bar.written.isVisible()
    assert bar.objectName() == "messageBar"


def test_news_replace_the_news_before_and_outlast_a_fault_that_is_withdrawn(
    bar: MessageBar,
) -> None:
    bar.show_message("2.png is open in another window")
    bar.show_news("mine is installed and can be chosen.")
    bar.show_news("mine is removed.")
    # Of several each has a point: where lines are broken, nothing else parts them.
    assert bar.text == "• 2.png is open in another window\n• mine is removed."

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
    assert dialog.written.folder_button.text() == "Open folder"
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


def test_after_an_answer_the_keyboard_is_at_what_is_still_asked_and_dismisses_nothing(
    dentist: Dentist,
) -> None:
    bar, answered = dentist.window.message_bar, list[str]()
    questions = {"Where?": "On the left", "What?": "A radiograph"}
    for question, answer in questions.items():
        action = QAction(answer, bar)
        action.triggered.connect(lambda _, said=answer: answered.append(said))
        action.triggered.connect(lambda _, asked=question: bar.withdraw(asked))
        bar.ask(question, {answer: action})
    bar.show_message("The file could not be saved.")
    (second,) = (b for b in bar.findChildren(QPushButton) if b.text() == "A radiograph")
    dentist.wait_until(second.isVisible)
    # Before there is room for all words, Tab would come to them.
    dentist.wait_until(lambda: bar.height() == bar.heightForWidth(bar.width()))

    dentist.press("Tab", "Space")
    assert answered == ["On the left"]
    assert bar.messages == ("What?", "The file could not be saved.")
    dentist.press("Space")

    assert answered == ["On the left", "A radiograph"]
    assert bar.messages == ("The file could not be saved.",)
    assert dentist.window.canvas.hasFocus()


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """At a radiograph with findings."""
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    return dentist


def place_of(dentist: Dentist) -> tuple[QRect, object]:
    """Where the radiograph lies in the window, to the pixel."""
    window, canvas = dentist.window, dentist.window.canvas
    return QRect(canvas.mapTo(window, QPoint()), canvas.size()), canvas.viewport


def test_the_radiograph_stays_where_it_is_whatever_is_said(dentist: Dentist) -> None:
    bar, before = dentist.window.message_bar, place_of(dentist)
    bar.show_message("The file could not be saved: " + "the disk is full. " * 30)
    bar.show_news("3 boxes are copied.")
    dentist.wait_until(lambda: bar.heightForWidth(bar.width()) == bar.height())
    assert place_of(dentist) == before

    bar.clear()
    dentist.wait_until(lambda: not bar.isVisible())
    assert place_of(dentist) == before


def test_a_notice_covers_no_more_than_its_words_need(dentist: Dentist) -> None:
    bar, canvas = dentist.window.message_bar, dentist.window.canvas
    bar.show_news("Undone.")
    dentist.wait_until(bar.isVisible)
    short = bar.geometry()
    bar.show_message("The file could not be saved: " + "the disk is full. " * 30)
    dentist.wait_until(lambda: bar.height() > short.height())
    long = bar.geometry()

    for each in (short, long):
        assert canvas.rect().contains(each)
        assert abs(each.center().x() - canvas.rect().center().x()) <= 1
    assert short.width() < canvas.width() / 3
    assert long.height() >= bar.heightForWidth(long.width())


def test_however_much_is_said_half_of_the_radiograph_and_all_answers_are_in_sight(
    dentist: Dentist,
) -> None:
    window, bar, canvas = (
        dentist.window,
        dentist.window.message_bar,
        dentist.window.canvas,
    )
    bar.ask("Where?", {"On the left": QAction("left", bar)})
    for number in range(5):
        bar.show_message(f"{number} {'/a/very/long/path/that/goes/on' * 8}")
    bar.show_message("The newest.")

    for width, height in ((1300, 700), (900, 500)):
        window.resize(width, height)
        dentist.wait_until(lambda: bar.geometry().bottom() <= canvas.height() // 2 + 8)
        (answer,) = (
            b for b in bar.findChildren(QPushButton) if b.text() == "On the left"
        )
        below = answer.mapTo(bar, answer.rect().bottomLeft()).y()
        assert 0 < below < bar.height()
        (label,) = (w for w in bar.findChildren(QLabel) if w.text() == bar.text)
        # Of what has no room the end is in sight, and the rest is scrolled to.
        assert label.visibleRegion().boundingRect().bottom() == label.rect().bottom()


def test_where_room_is_short_every_answer_can_be_read_beside_those_of_its_question(
    bar: MessageBar, qtbot: QtBot
) -> None:
    kinds = ("Panoramic", "Not panoramic", "Upside down…")
    sides = ("Mirrored", "Not mirrored")
    for question, answers in (("Is it one?", kinds), ("Is it mirrored?", sides)):
        bar.ask(question, {answer: QAction(answer, bar) for answer in answers})
    buttons = {b.text(): b for b in bar.findChildren(QPushButton)}

    def rows(answers: tuple[str, ...]) -> int:
        return len({buttons[answer].y() for answer in answers})

    qtbot.waitUntil(buttons["Not mirrored"].isVisible)
    wide = bar.sizeHint().width()
    for width, count in ((wide, 1), (wide - 20, 2)):
        bar.resize(width, bar.heightForWidth(width))
        assert (rows((*kinds, *sides)), rows(kinds), rows(sides)) == (count, 1, 1)
        for button in (buttons[answer] for answer in (*kinds, *sides)):
            assert bar.rect().contains(button.geometry())
            assert button.width() >= button.sizeHint().width()


def test_words_that_are_scrolled_are_reached_by_the_keyboard(dentist: Dentist) -> None:
    """Up and down then go through them, and not to another finding."""
    dentist.press("N")
    bar, selected = dentist.window.message_bar, dentist.selected
    words = bar.findChild(QScrollArea)
    assert isinstance(words, QScrollArea)
    place = words.verticalScrollBar()
    bar.ask("Where?", {"On the left": QAction("left", bar)})
    dentist.press("Tab")
    assert not words.hasFocus()
    dentist.window.canvas.setFocus()
    for number in range(5):
        bar.show_message(f"{number} {'/a/very/long/path/that/goes/on' * 8}")
    dentist.wait_until(lambda: 0 < place.value() == place.maximum())

    dentist.press("Tab")
    assert words.hasFocus()
    dentist.press("Up")
    assert 0 < place.value() < place.maximum()
    dentist.press(*["PgUp"] * 9)
    assert place.value() == 0
    assert dentist.selected == selected
    dentist.press("Tab")
    answer = dentist.window.focusWidget()

    assert isinstance(answer, QPushButton)
    assert answer.text() == "On the left"


@pytest.mark.parametrize("half", ["left", "right"])
def test_neither_side_letter_lies_under_a_notice(dentist: Dentist, half: str) -> None:
    canvas = dentist.window.canvas
    dentist.choose("sides_mirrored")
    middle, below = canvas.width() // 2, canvas.height() // 2
    left = 0 if half == "left" else middle

    canvas.show_covered(QRect(left, 0, middle, below))

    seen = canvas.grab().toImage()
    plates = [
        (x < middle, y)
        for x in range(seen.width())
        for y in range(seen.height())
        if seen.pixelColor(x, y).name() == "#f5d680"
    ]
    assert {on_the_left for on_the_left, _ in plates} == {True, False}
    assert min(y for _, y in plates) > below


def test_a_finding_under_a_notice_is_brought_into_sight(dentist: Dentist) -> None:
    bar, canvas = dentist.window.message_bar, dentist.window.canvas
    canvas.zoom(3.0)
    box = PREDICTED[0].box
    _, top = canvas.viewport.to_widget(box.x_min, box.y_min)
    x, _ = canvas.viewport.to_widget(box.center[0], 0)
    canvas.pan(canvas.width() / 2 - x, 2 - top)
    bar.show_message("The file could not be saved.")
    dentist.wait_until(bar.isVisible)

    canvas.reveal(box)

    _, top = canvas.viewport.to_widget(box.x_min, box.y_min)
    assert top > bar.geometry().bottom()


def test_answers_are_next_to_the_radiograph_for_the_keyboard_which_comes_back(
    dentist: Dentist,
) -> None:
    bar, answered = dentist.window.message_bar, list[str]()
    left, right = QAction("left", bar), QAction("right", bar)
    left.triggered.connect(lambda: answered.append("left"))
    right.triggered.connect(lambda: answered.append("right"))
    right.triggered.connect(lambda: bar.withdraw("Where?"))
    bar.ask("Where?", {"On the left": left, "On the right": right})

    dentist.press("Tab", "Space", "Tab", "Space")

    assert answered == ["left", "right"]
    assert not bar.isVisible()
    assert dentist.window.canvas.hasFocus()
    bar.show_message("The file could not be saved.")
    dentist.press("Tab", "Space")
    assert not bar.isVisible()
    assert dentist.window.canvas.hasFocus()


def test_what_is_new_is_said_to_who_does_not_see_it(
    bar: MessageBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            heard.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    bar.show_message("2.png is open in another window")
    bar.show_message("2.png is open in another window")
    bar.show_news("mine is removed.")
    bar.withdraw("2.png is open in another window")

    assert heard == ["2.png is open in another window", "mine is removed."]
    (label,) = (w for w in bar.findChildren(QLabel) if w.text())
    face = QAccessible.queryAccessibleInterface(label)
    assert face.text(QAccessible.Text.Name) == "mine is removed."
