from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
)

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.preferences.preferences import Preferences, practice_of
from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog
from dentalviewer.gui.reporting.report_dialog import ReportDialog, ReportExport
from dentalviewer.gui.reporting.tooth_sentences import ToothLine
from dentalviewer.gui.widgets.proposing import file_beside
from dentalviewer.reports.report import Practice
from dentalviewer.review import Patient
from tests.gui.conftest import write_radiograph
from tests.reports.conftest import PRACTICE
from tests.reports.conftest import report as report
from tests.reports.conftest import review as review
from tests.reports.conftest import study as study

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dentalviewer.reports.report import (
        Report,
    )
    from tests.conftest import Dialogs
    from tests.gui.conftest import MakeWindow

PATIENT = Patient("Änne Müller", "P-1", "3 May 1961")


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> ReportDialog:
    dialog = ReportDialog(
        PATIENT, "a note", tmp_path / "pan.pdf", practice=PRACTICE, status="Unreviewed"
    )
    qtbot.addWidget(dialog)
    return dialog


def path_field(dialog: ReportDialog) -> QLineEdit:
    (field,) = (
        f for f in dialog.findChildren(QLineEdit) if f.accessibleName().startswith("F")
    )
    return field


def save_button(dialog: ReportDialog) -> QPushButton:
    box = dialog.findChild(QDialogButtonBox)
    return box.button(QDialogButtonBox.StandardButton.Save)


def texts(dialog: ReportDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_what_was_known_comes_back_untouched(
    dialog: ReportDialog, tmp_path: Path
) -> None:
    assert dialog.patient == PATIENT
    assert dialog.note == "a note"
    assert dialog.path == tmp_path / "pan.pdf"


def test_a_name_without_a_folder_lies_where_it_was_proposed_to_save(
    dialog: ReportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not in / or System32, where programs that are clicked on work."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    field = path_field(dialog)

    field.setText("Meier.html")
    assert dialog.path == tmp_path / "Meier.html"
    field.setText(str(tmp_path / "elsewhere" / "a.pdf"))
    assert dialog.path == tmp_path / "elsewhere" / "a.pdf"


def test_a_patient_is_typed_with_the_keyboard_alone(
    qtbot: QtBot, dialogs: Dialogs, tmp_path: Path
) -> None:
    dialog = ReportDialog(Patient(), "", tmp_path / "pan.pdf", practice=Practice())
    qtbot.addWidget(dialog)
    dialog.show()
    for text in ("Li Wei", "1 May 1990", "7", "Watch 36."):
        qtbot.keyClicks(dialog.focusWidget(), text)
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)

    assert dialog.patient == Patient("Li Wei", "7", "1 May 1990")
    assert dialog.note == "Watch 36."
    # Esc is soon pressed, and would lose all of it.
    dialogs.expect_question("Go on typing")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    dialogs.expect_question("Discard it")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_format_is_chosen_in_the_dialog_and_follows_what_is_typed(
    dialog: ReportDialog,
) -> None:
    formats = dialog.findChild(QComboBox, "format")
    path = path_field(dialog)
    path.setText("pan.report")
    assert (formats.currentText(), save_button(dialog).isEnabled()) == ("", False)
    path.setText("pan.HTM")
    assert formats.currentText() == "Web page"

    formats.setCurrentIndex(formats.findText("Table"))
    formats.activated.emit(formats.currentIndex())

    assert dialog.path.name == "pan.csv"
    assert save_button(dialog).isEnabled()


def test_whoever_waits_for_a_name_from_the_file_is_told_to_type_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = ReportDialog(Patient(), "", tmp_path / "pan.pdf", practice=Practice())
    qtbot.addWidget(dialog)
    dialog.show()
    name = dialog.focusWidget()

    assert isinstance(name, QLineEdit)
    assert "never taken from the file" in name.placeholderText()
    # All of it is to be read, also in the smallest dialog.
    dialog.resize(dialog.minimumSize())
    words = name.fontMetrics().horizontalAdvance(name.placeholderText())
    assert words < name.width() - 8


def test_the_reader_is_told_before_a_report_is_marked_unreviewed(
    dialog: ReportDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    final = ReportDialog(PATIENT, "", tmp_path / "a.pdf", practice=PRACTICE)
    qtbot.addWidget(final)

    assert "Unreviewed" in texts(dialog)
    assert "Unreviewed" not in texts(final)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PDF", "A PDF"), ("a.html", "A web page"), ("a.csv", "A table"),
     ("a.json", "JSON")],
)  # fmt: skip
def test_the_name_says_what_kind_of_file_it_will_be(
    dialog: ReportDialog, name: str, kind: str
) -> None:
    path_field(dialog).setText(name)

    assert kind in texts(dialog)
    assert save_button(dialog).isEnabled()


@pytest.mark.parametrize("name", ["report.doc", "report", "", ".pdf", "~nobody"])
def test_a_name_that_tells_no_kind_cannot_be_saved(
    dialog: ReportDialog, name: str
) -> None:
    path_field(dialog).setText(name)

    assert not save_button(dialog).isEnabled()
    assert ".json or .csv" in texts(dialog)


def test_a_name_too_long_for_any_disk_is_left_to_the_export(
    dialog: ReportDialog,
) -> None:
    path_field(dialog).setText(f"{'a' * 400}.pdf")

    save_button(dialog).click()

    assert dialog.result() == 1


def test_an_existing_report_is_replaced_only_if_the_reader_says_so(
    dialog: ReportDialog, dialogs: Dialogs
) -> None:
    dialog.path.write_text("an older report")
    dialogs.expect_question("Cancel")

    save_button(dialog).click()

    assert dialog.result() == 0
    dialogs.expect_question("Replace it")
    save_button(dialog).click()
    assert dialog.result() == 1


def test_a_table_of_teeth_from_before_is_not_replaced_unasked(
    dialog: ReportDialog, dialogs: Dialogs, tmp_path: Path
) -> None:
    (tmp_path / "pan-teeth.csv").write_text("an older table")
    path_field(dialog).setText(str(tmp_path / "pan.csv"))
    dialogs.expect_question("Cancel")

    save_button(dialog).click()

    assert dialog.result() == 0


def test_the_teeth_are_named_in_the_system_that_the_dialog_names(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """14 is 5."""
    line = ToothLine(Tooth(1, 4), dict.fromkeys(Notation, "restored"))
    dialog = ReportDialog(
        PATIENT, "", tmp_path / "a.pdf", practice=PRACTICE,
        notation=Notation.UNIVERSAL, teeth=[line],
    )  # fmt: skip
    qtbot.addWidget(dialog)

    (table,) = dialog.findChildren(QTableWidget)
    assert table.item(0, 0).text() == "\u20075"
    assert "in Universal (ADA) numbers" in texts(dialog)


def test_another_system_is_chosen_for_one_report_and_own_words_stay(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """14 to 16 are 5 to 3."""
    worked_out = {
        Notation.FDI: "carries a bridge from 14 to 16",
        Notation.UNIVERSAL: "carries a bridge from 5 to 3",
    }
    first, last = Tooth.from_fdi(14), Tooth.from_fdi(16)
    dialog = ReportDialog(
        PATIENT, "", tmp_path / "a.pdf", practice=PRACTICE,
        teeth=[ToothLine(first, worked_out), ToothLine(last, worked_out)],
    )  # fmt: skip
    qtbot.addWidget(dialog)
    (table,) = dialog.findChildren(QTableWidget)
    table.item(1, 1).setText("gold bridge")
    system = dialog.findChild(QComboBox, "system")
    assert system.currentText() == "FDI (ISO 3950)"

    system.setCurrentText("Universal (ADA)")

    assert dialog.notation is Notation.UNIVERSAL
    assert "in Universal (ADA) numbers" in texts(dialog)
    said = [[table.item(row, column).text() for column in (0, 1)] for row in (0, 1)]
    assert said == [
        ["\u20075", "carries a bridge from 5 to 3"],
        ["\u20073", "gold bridge"],
    ]
    assert dialog.tooth_words == ((last, "gold bridge"),)


def test_the_number_in_a_sentence_that_was_reworded_follows_the_system(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """14 is 5."""
    tooth = Tooth.from_fdi(14)
    worked_out = {
        Notation.FDI: "The upper right first premolar (14) is restored.",
        Notation.UNIVERSAL: "The upper right first premolar (5) is restored.",
    }
    dialog = ReportDialog(
        Patient(), "", tmp_path / "report.pdf", practice=Practice(),
        teeth=[ToothLine(tooth, worked_out)],
    )  # fmt: skip
    qtbot.addWidget(dialog)
    (table,) = dialog.findChildren(QTableWidget)
    table.item(0, 1).setText("The upper right first premolar (14) has a crown.")

    dialog.findChild(QComboBox, "system").setCurrentText("Universal (ADA)")

    said = "The upper right first premolar (5) has a crown."
    assert dialog.tooth_words == ((tooth, said),)


def test_on_the_way_to_the_preferences_and_back_nothing_typed_is_lost(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()

    def prefer(preferences: QDialog) -> int:
        assert isinstance(preferences, PreferencesDialog)
        preferences.findChild(QLineEdit, "practice").setText("Am Markt")
        preferences.findChild(QComboBox, "system").setCurrentText("Universal (ADA)")
        return 1

    def head(dialog: QDialog) -> int:
        assert isinstance(dialog, ReportDialog)
        assert "None yet" in texts(dialog)
        dialog.show()
        dentist.qtbot.keyClicks(dialog.focusWidget(), "Li Wei")
        dialogs.expect("QDialog.exec", prefer)
        button(dialog, "Pre&ferences…").click()
        assert dialog.patient.name == "Li Wei"
        assert "Am Markt" in texts(dialog)
        assert dialog.notation is Notation.UNIVERSAL
        path_field(dialog).setText(str(tmp_path / "1.html"))
        return 1

    dialogs.expect("QDialog.exec", head)
    with dentist.qtbot.waitSignal(dentist.window.reports.saved):
        dentist.choose("report")

    written = (tmp_path / "1.html").read_text(encoding="utf-8")
    assert "Am Markt" in written
    assert "Li Wei" in written
    assert dentist.window.preferences.current.practice_name == "Am Markt"


def test_numbers_chosen_for_one_report_stay_whatever_is_preferred(
    dialog: ReportDialog,
) -> None:
    dialog.findChild(QComboBox, "system").setCurrentText("Universal (ADA)")

    dialog.use_preferences(Practice(), Notation.FDI)

    assert dialog.notation is Notation.UNIVERSAL


def test_what_the_file_dialog_asked_is_not_asked_again(
    dialog: ReportDialog, dialogs: Dialogs, tmp_path: Path
) -> None:
    chosen = tmp_path / "other.html"
    chosen.write_text("an older report")
    dialogs.expect("QFileDialog.getSaveFileName", (str(chosen), "Web page (*.html)"))

    choose(dialog)
    save_button(dialog).click()

    assert dialog.path == chosen
    assert dialog.result() == 1


def test_a_chosen_name_without_an_ending_takes_that_of_the_chosen_kind(
    dialog: ReportDialog, dialogs: Dialogs, tmp_path: Path
) -> None:
    dialogs.expect(
        "QFileDialog.getSaveFileName", (str(tmp_path / "other"), "Table (*.csv)")
    )

    choose(dialog)

    assert dialog.path == tmp_path / "other.csv"


def choose(dialog: ReportDialog) -> None:
    button(dialog, "&Choose…").click()


def button(dialog: ReportDialog, text: str) -> QPushButton:
    (found,) = (b for b in dialog.findChildren(QPushButton) if b.text() == text)
    return found


def test_the_practice_is_that_of_the_preferences() -> None:
    preferences = Preferences(
        practice_name="Am Markt", practice_address="Markt 7", dentist="Dr. Weiß"
    )

    assert practice_of(preferences) == Practice("Am Markt", "Markt 7", "Dr. Weiß")


@pytest.fixture
def export(qtbot: QtBot) -> Any:
    export = ReportExport()
    yield export
    export.stop()


def test_a_report_is_announced_when_it_is_on_the_disk(
    export: ReportExport, report: Report, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "pan.pdf"
    with qtbot.waitSignal(export.exported) as announced:
        export.export(report, path)
        assert export.busy

    assert announced.args == [path]
    assert path.read_bytes().startswith(b"%PDF")
    assert not export.busy


def test_a_report_that_cannot_be_saved_says_why(
    export: ReportExport, report: Report, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(export.failed) as announced:
        export.export(report, tmp_path / "gone" / "pan.csv")

    assert "The report is not saved." in announced.args[0]
    assert "pan.csv: cannot be saved" in announced.args[0]


def test_where_the_folder_takes_no_files_the_report_is_proposed_among_the_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    radiograph = tmp_path / "cd" / "7.dcm"
    assert file_beside(radiograph.parent.parent / "7.dcm", "-report.pdf") == (
        tmp_path / "7-report.pdf"
    )
    # The superuser may write anywhere, so the answer is given here.
    monkeypatch.setattr(os, "access", lambda path, _mode: path != radiograph.parent)

    proposed = file_beside(radiograph, "-report.pdf")

    documents = QStandardPaths.StandardLocation.DocumentsLocation
    folder = Path(QStandardPaths.writableLocation(documents))
    assert proposed == folder / "7-report.pdf"
