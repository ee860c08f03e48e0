"""What the reader worded stays with its tooth, in the window and the report dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QTableWidget

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.geometry import Box
from dentalviewer.gui.reviewing import tooth_edits
from dentalviewer.review import ToothWords
from dentalviewer.study import Finding
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.test_teeth import TEETH_IDENTITY, tooth
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

TEETH = (tooth(34, 500), tooth(35, 590), tooth(36, 680), tooth(37, 770))
CROWN_36 = Finding(Box(680, 200, 760, 260), "restoration", score=0.9)
ROOT_36 = Finding(Box(690, 270, 750, 400), "endodontic", score=0.9)
T36, T37, T46 = Tooth(3, 6), Tooth(3, 7), Tooth(4, 6)
GOLD = ToothWords(T36, "gold crown as on 46", "restored", Notation.FDI)


@pytest.fixture
def make_dentist(make_window: MakeWindow, tmp_path: Path) -> Callable[..., Dentist]:
    def make(*findings: Finding) -> Dentist:
        """Who has accepted all findings."""
        catalogue = ScriptedCatalogue(
            {"scripted": ScriptedDetector(findings)},
            teeth=ScriptedDetector(TEETH, identity=TEETH_IDENTITY),
        )
        dentist = make_window(catalogue=catalogue)
        dentist.window.open([write_radiograph(tmp_path / "1.png")])
        dentist.wait_for_detector()
        for item in dentist.window.session.review.items:
            dentist.window.desk.select(item.id)
            dentist.window.desk.accept()
        return dentist

    return make


def word(dentist: Dentist, *words: ToothWords) -> None:
    review = dentist.window.session.review
    dentist.window.desk.set_details(review.patient, review.note, words)


def own_words(dentist: Dentist) -> dict[int, str]:
    teeth = dentist.window.reports.report().teeth.values()
    return {s.tooth.fdi_number: s.reworded for s in teeth if s.reworded}


def test_words_move_with_an_answer_about_the_sides_in_one_undo_step(
    make_dentist: Callable[..., Dentist],
) -> None:
    dentist = make_dentist(CROWN_36)
    word(dentist, GOLD)
    dentist.choose("sides_mirrored")
    assert own_words(dentist) == {46: GOLD.words}
    assert GOLD.words in dentist.window.chart.words_of(T46)
    dentist.press("Ctrl+Z")
    assert own_words(dentist) == {36: GOLD.words}


def test_words_move_with_a_number_and_come_back_when_the_reader_starts_over(
    make_dentist: Callable[..., Dentist],
) -> None:
    dentist = make_dentist(CROWN_36)
    word(dentist, GOLD)
    session = dentist.window.session
    session.edit("Shift", tooth_edits.shifted(session.review, T36, tooth_edits.AWAY))
    assert own_words(dentist) == {37: GOLD.words}
    dentist.choose("start_over")
    assert [said.tooth for said in session.review.tooth_words] == [T36]
    dentist.press("Ctrl+Z", "Ctrl+Z")
    assert own_words(dentist) == {36: GOLD.words}


def leave(
    dentist: Dentist,
    dialogs: Dialogs,
    report: Path,
    look: Callable[[QDialog, QTableWidget], None],
) -> None:
    """Ask for a report, look at the dialog, and have it saved."""

    def see(dialog: QDialog) -> int:
        (table,) = dialog.findChildren(QTableWidget)
        look(dialog, table)
        dialog.findChild(QLineEdit, "path").setText(str(report))
        return 1

    dialogs.expect("QDialog.exec", see)
    with dentist.qtbot.waitSignal(dentist.window.reports.saved):
        dentist.window.reports.ask()


def test_words_in_doubt_are_offered_again_and_then_hold(
    make_dentist: Callable[..., Dentist], dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = make_dentist(CROWN_36)
    word(dentist, replace(GOLD, in_doubt=True))
    assert own_words(dentist) == {}

    def take_up(_dialog: QDialog, table: QTableWidget) -> None:
        worked_out = "The lower left first molar (36) is restored."
        assert table.item(0, 1).text() == worked_out
        button = table.cellWidget(0, 2)
        assert isinstance(button, QPushButton)
        button.click()

    leave(dentist, dialogs, tmp_path / "a.json", take_up)
    assert dentist.window.session.review.tooth_words == (GOLD,)


def test_words_in_doubt_stay_until_they_are_taken_up(
    make_dentist: Callable[..., Dentist], dialogs: Dialogs, tmp_path: Path
) -> None:
    """The report speaks of 36 in other words, of 36 and 37 there are some in doubt."""
    dentist = make_dentist(CROWN_36)
    amalgam = replace(GOLD, words="amalgam", in_doubt=True)
    of_37 = replace(amalgam, tooth=T37)
    word(dentist, amalgam, of_37, GOLD)
    leave(dentist, dialogs, tmp_path / "a.json", lambda _dialog, _table: None)
    session = dentist.window.session
    assert session.review.tooth_words == (amalgam, of_37, GOLD)

    def take_up(_dialog: QDialog, table: QTableWidget) -> None:
        table.item(0, 1).setText(amalgam.words)

    leave(dentist, dialogs, tmp_path / "b.json", take_up)
    now = replace(amalgam, in_doubt=False)
    assert session.review.tooth_words == (of_37, now)


def test_new_words_keep_the_system_of_their_numbers_and_old_ones_theirs(
    make_dentist: Callable[..., Dentist], dialogs: Dialogs, tmp_path: Path
) -> None:
    """The dialog shows the words as the report has them."""
    dentist = make_dentist(CROWN_36)
    word(dentist, GOLD)
    dentist.window.preferences.change(notation=Notation.UNIVERSAL.name)
    marked = f"{GOLD.words} (in FDI numbers)"

    def look(_dialog: QDialog, table: QTableWidget) -> None:
        assert table.item(0, 1).text() == marked

    leave(dentist, dialogs, tmp_path / "a.html", look)
    assert dentist.window.session.review.tooth_words == (GOLD,)
    assert marked in (tmp_path / "a.html").read_text(encoding="utf-8")

    def reword(_dialog: QDialog, table: QTableWidget) -> None:
        table.item(0, 1).setText("gold crown as on 30")

    leave(dentist, dialogs, tmp_path / "b.html", reword)
    assert dentist.window.session.review.tooth_words == (
        replace(GOLD, words="gold crown as on 30", notation=Notation.UNIVERSAL),
    )


def test_the_dialog_warns_of_a_root_filling_where_no_tooth_is_said_to_be(
    make_dentist: Callable[..., Dentist], dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = make_dentist(ROOT_36)
    warned: list[bool] = []

    def look(dialog: QDialog, _table: QTableWidget) -> None:
        told = " ".join(label.text() for label in dialog.findChildren(QLabel))
        warned.append("A root filling was accepted on tooth 36 (FDI)" in told)

    leave(dentist, dialogs, tmp_path / "a.json", look)
    session = dentist.window.session
    session.edit("Missing", tooth_edits.stated_missing(session.review, T36))
    leave(dentist, dialogs, tmp_path / "b.json", look)
    assert warned == [False, True]
