"""Findings have teeth in the window: in list, card, chart and on the radiograph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
)

from dentalviewer.dentition import Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.errors import DetectionError
from dentalviewer.geometry import Box
from dentalviewer.gui.reviewing.working_order import rows_of
from dentalviewer.reports import wording
from dentalviewer.review import Source, ToothWords
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import NO_ARCH
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector
from tests.test_dicom import FLAT, dicom, written

TEETH_IDENTITY = DetectorIdentity("teeth", "7e" * 32)


def tooth(number: int, left: int) -> Finding:
    """A lower tooth: 80 wide, 200 high, its crown at the top."""
    box = Box(left, 200, left + 80, 400)
    return Finding(box, str(number), Tooth.from_fdi(number), 0.9)


# 37, 36, 35, 34 from the right of the picture.
TEETH = (tooth(34, 500), tooth(35, 590), tooth(36, 680), tooth(37, 770))
CROWN_36 = Finding(Box(680, 200, 760, 260), "restoration", score=0.9)
ROOT_36 = Finding(Box(680, 276, 760, 400), "endodontic", score=0.8)


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """With 36 crowned and root-filled, both undecided."""
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36, ROOT_36))},
        teeth=ScriptedDetector(TEETH, identity=TEETH_IDENTITY),
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    return dentist


def selected_label(dentist: Dentist) -> str | None:
    item = dentist.window.desk.selected
    return item.current.label if item else None


def test_both_detectors_answer_as_one_job(dentist: Dentist) -> None:
    window = dentist.window
    detection = window.session.review.detection
    assert detection is not None
    assert detection.teeth == TEETH
    assert detection.tooth_detector == TEETH_IDENTITY
    assert window.detection.state == (
        "2 findings above the thresholds. 4 teeth numbered."
    )
    assert {mark.caption for mark in window.canvas.marks} == {
        "36 restoration 90 %",
        "36 endodontic 80 %",
    }


def test_the_chart_draws_hollow_what_is_still_to_decide(dentist: Dentist) -> None:
    chart, molar = dentist.window.chart, Tooth(3, 6)

    def hollow() -> set[str]:
        (drawn,) = (each for each in chart._drawn if each.state.tooth == molar)
        return {part.label for part in drawn.parts if part.hollow}

    assert hollow() == {"restoration", "endodontic"}
    assert "hollow: to decide" in chart.caption
    assert chart.words_of(molar).startswith(
        "36, lower left first molar: root-filled and restored, to decide."
    )
    (crown, _) = dentist.items(Source.DETECTOR)
    dentist.window.desk.select(crown.id)
    dentist.press("Return")
    assert hollow() == {"endodontic"}
    dentist.press("Return")
    assert hollow() == set()
    assert "hollow" not in chart.caption


def test_a_place_that_both_marked_has_the_same_teeth_in_list_and_on_the_radiograph(
    dentist: Dentist,
) -> None:
    session = dentist.window.session
    bridge = Finding(Box(590, 200, 760, 260), "restoration")  # IoU 80 / 170
    session.propose_annotations([bridge], [])

    rows = rows_of(session.review)
    assert [str(row.placing) for row in rows if row.place.annotation] == ["35–36"]
    captions = {mark.caption for mark in dentist.window.canvas.marks}
    assert captions == {"", "35–36 restoration 90 %", "36 endodontic 80 %"}


def test_a_click_in_the_chart_goes_through_the_findings_of_the_tooth(
    dentist: Dentist,
) -> None:
    chart = dentist.window.chart
    assert chart.isVisible()
    place = chart.area_of(Tooth(3, 6)).center().toPoint()
    seen = []
    for _ in range(3):
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
        seen.append(selected_label(dentist))
    assert seen[0] == seen[2] != seen[1]
    assert set(seen) == {"restoration", "endodontic"}


def test_a_tooth_without_findings_is_outlined_and_forgotten_again(
    dentist: Dentist,
) -> None:
    window = dentist.window
    window.chart_desk.choose(Tooth(3, 5))
    assert window.desk.selected is None
    assert window.canvas.outlined_tooth == TEETH[1].box
    window.chart_desk.choose(Tooth(3, 6))
    assert window.canvas.outlined_tooth is None


def test_the_reader_names_another_tooth_and_takes_it_back(dentist: Dentist) -> None:
    window = dentist.window
    window.chart_desk.choose(Tooth(3, 6))
    item = window.desk.selected
    assert item is not None
    window.side.card.tooth_entered.emit(Tooth(3, 5), None)
    assert str(window.desk.selection.placing) == "35"
    assert window.desk.selection.placing.stated
    # Moving the box does not overrule what was stated.
    window.desk.select(item.id)
    window.desk.nudge(90, 0)
    assert str(window.desk.selection.placing) == "35"
    window.session.undo_stack.undo()
    window.session.undo_stack.undo()
    assert str(window.desk.selection.placing) == "36"


def test_a_bridge_is_typed_by_its_ends(dentist: Dentist) -> None:
    window = dentist.window
    window.chart_desk.choose(Tooth(3, 6))
    window.side.card.edit_tooth()
    field = window.focusWidget()
    QTest.keyClicks(field, "36-34")
    QTest.keyClick(field, Qt.Key.Key_Return)
    placing = window.desk.selection.placing
    assert [t.fdi_number for t in placing.teeth] == [34, 35, 36]
    assert str(placing) == "34–36"


def type_tooth(dentist: Dentist, text: str) -> None:
    dentist.window.side.card.edit_tooth()
    field = dentist.window.focusWidget()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def said_on_card(dentist: Dentist) -> list[str]:
    labels = dentist.window.side.card.findChildren(QLabel)
    return [label.text() for label in labels if label.isVisible()]


def test_universal_numbers_reach_everything_and_the_system_is_named(
    dentist: Dentist,
) -> None:
    """36 is 19."""
    window = dentist.window
    findings = window.side.findings
    assert findings.headerItem().text(0) == "Tooth (FDI) and class"
    window.preferences.change(notation="UNIVERSAL")
    assert {mark.caption for mark in window.canvas.marks} == {
        "19 restoration 90 %",
        "19 endodontic 80 %",
    }
    assert findings.headerItem().text(0) == "Tooth (Universal) and class"
    assert findings.topLevelItem(0).child(0).text(0).startswith("19  ")
    window.chart_desk.choose(Tooth(3, 6))
    assert "&Tooth (Universal)" in said_on_card(dentist)
    (field,) = window.side.card.findChildren(QLineEdit)
    assert field.placeholderText() == "19  (worked out)"
    assert field.accessibleName() == "Tooth, Universal (ADA) number"
    window.preferences.change(notation="FDI")
    assert findings.topLevelItem(0).child(0).text(0).startswith("36  ")
    assert "&Tooth (FDI)" in said_on_card(dentist)


@pytest.mark.parametrize(
    ("typed", "fdi"),
    [("20", [35]), ("21-19", [34, 35, 36]), ("k", [75]),
     ("lower left second premolar", [35])],
)  # fmt: skip
def test_in_universal_mode_a_typed_tooth_is_a_universal_one(
    dentist: Dentist, typed: str, fdi: list[int]
) -> None:
    window = dentist.window
    window.preferences.change(notation="UNIVERSAL")
    window.chart_desk.choose(Tooth(3, 6))
    type_tooth(dentist, typed)
    placing = window.desk.selection.placing
    assert placing.stated
    assert [t.fdi_number for t in placing.teeth] == fdi


def test_a_tooth_that_was_typed_counts_however_its_field_is_left(
    dentist: Dentist,
) -> None:
    """The buttons and the list leave the keyboard in the field."""
    window = dentist.window
    window.chart_desk.choose(Tooth(3, 6))
    item = window.desk.selected
    assert item is not None
    (accept,) = (
        b for b in window.side.card.findChildren(QPushButton) if b.text() == "Accept"
    )
    window.side.card.edit_tooth()
    field = window.focusWidget()
    QTest.keyClicks(field, "18")

    accept.click()

    (decided,) = (i for i in window.session.review.items if i.id == item.id)
    assert decided.decided
    assert decided.current.tooth == Tooth(1, 8)
    assert not field.hasFocus()

    other = window.desk.selected
    assert other is not None
    assert other.id != item.id
    window.side.card.edit_tooth()
    QTest.keyClicks(field, "99")
    accept.click()
    window.side.findings.items_chosen.emit((item.id,))

    # What is no tooth is told, and nothing is decided or left meanwhile.
    assert window.desk.selected == other
    (fault,) = (
        label
        for label in window.side.card.findChildren(QLabel, "fault")
        if label.isVisible()
    )
    assert fault.text().startswith("99 is not a tooth")


def test_what_is_no_tooth_is_refused_by_the_rules_of_the_chosen_system(
    dentist: Dentist,
) -> None:
    window = dentist.window
    window.preferences.change(notation="UNIVERSAL")
    window.chart_desk.choose(Tooth(3, 6))
    type_tooth(dentist, "36")
    assert not window.desk.selection.placing.stated
    assert (
        "36 is not a tooth: Universal numbers are 1 to 32 and A to T; 19-21 is for"
        " several teeth." in said_on_card(dentist)
    )


def test_a_tooth_far_from_the_box_is_taken_with_a_caution(dentist: Dentist) -> None:
    window = dentist.window
    window.chart_desk.choose(Tooth(3, 6))
    caution = (
        "The stated tooth is 46, lower right first molar, but this box lies at 36,"
        " lower left first molar."
    )
    type_tooth(dentist, "46")
    assert str(window.desk.selection.placing) == "46"
    assert caution in said_on_card(dentist)
    type_tooth(dentist, "35")
    assert str(window.desk.selection.placing) == "35"
    assert window.session.undo_stack.undoText() == "Set tooth 35 (FDI)"
    assert not any("lies at" in said for said in said_on_card(dentist))


def test_the_undo_step_of_a_typed_tooth_has_the_preferred_numbers(
    dentist: Dentist,
) -> None:
    """18 and 20 are 37 and 35; 35 is nearer to the patient's right."""
    window = dentist.window
    window.preferences.change(notation="UNIVERSAL")
    window.chart_desk.choose(Tooth(3, 6))
    for typed, told in (("20", "20"), ("18-20", "20 to 18")):
        type_tooth(dentist, typed)
        step = window.session.undo_stack.undoText()
        assert step == f"Set tooth {told} (Universal)"


def test_a_report_as_tables_has_the_preferred_numbers_and_both_are_announced(
    dentist: Dentist, dialogs: Dialogs, tmp_path: Path
) -> None:
    """36 is 19."""
    window = dentist.window
    window.preferences.change(notation="UNIVERSAL")
    for item in window.session.review.items:
        window.desk.select(item.id)
        window.desk.accept()

    def name(dialog: QDialog) -> int:
        (table,) = dialog.findChildren(QTableWidget)
        assert table.item(0, 0).text() == "19"
        dialog.findChild(QLineEdit, "path").setText(str(tmp_path / "r.csv"))
        return 1

    dialogs.expect("QDialog.exec", name)
    window.reports.ask()
    dentist.wait_until(lambda: "and beside it r-teeth.csv" in dentist.news)
    table = (tmp_path / "r-teeth.csv").read_text(encoding="utf-8-sig")
    assert "Universal (ADA)" in table


def test_a_report_for_a_colleague_has_the_system_that_was_chosen_for_it_alone(
    dentist: Dentist, dialogs: Dialogs, tmp_path: Path
) -> None:
    """36 is 19."""
    window = dentist.window
    accept_all(dentist)
    shown = []

    def ask(name: str, chosen: str = "") -> str:
        def leave(dialog: QDialog) -> int:
            system = dialog.findChild(QComboBox, "system")
            shown.append(system.currentText())
            system.setCurrentText(chosen or system.currentText())
            dialog.findChild(QLineEdit, "path").setText(str(tmp_path / f"{name}.csv"))
            return 1

        dialogs.expect("QDialog.exec", leave)
        with dentist.qtbot.waitSignal(window.reports.saved):
            window.reports.ask()
        return (tmp_path / f"{name}-teeth.csv").read_text(encoding="utf-8-sig")

    assert "Universal (ADA)" in ask("theirs", "Universal (ADA)")
    assert "FDI (ISO 3950)" in ask("mine")
    assert shown == ["FDI (ISO 3950)"] * 2


def test_a_sentence_is_reworded_for_the_report_and_can_be_undone(
    dentist: Dentist, dialogs: Dialogs, tmp_path: Path
) -> None:
    window = dentist.window
    for item in window.session.review.items:
        window.desk.select(item.id)
        window.desk.accept()
    report = tmp_path / "report.json"

    def reword(dialog: QDialog) -> int:
        (table,) = dialog.findChildren(QTableWidget)
        assert [table.item(0, column).text() for column in (0, 1)] == [
            "36",
            "The lower left first molar (36) is root-filled and restored.",
        ]
        table.item(0, 1).setText("root-filled, gold crown of 2019")
        dialog.findChild(QLineEdit, "path").setText(str(report))
        return 1

    dialogs.expect("QDialog.exec", reword)
    window.reports.ask()
    dentist.wait_until(report.exists)
    said = json.loads(report.read_text(encoding="utf-8"))
    assert said["teeth"][0]["in_short"] == "root-filled, gold crown of 2019"
    window.session.undo_stack.undo()
    assert window.session.review.tooth_words == ()


def test_words_in_the_numbers_of_another_system_go_into_one_report_alone(
    dentist: Dentist, dialogs: Dialogs, tmp_path: Path
) -> None:
    window = dentist.window
    accept_all(dentist)
    report = tmp_path / "report.csv"

    def reword(dialog: QDialog) -> int:
        system = dialog.findChild(QComboBox, "system")
        system.setCurrentText("Universal (ADA)")
        (table,) = dialog.findChildren(QTableWidget)
        table.item(0, 1).setText("crown like that of 18")
        dialog.findChild(QLineEdit, "path").setText(str(report))
        return 1

    dialogs.expect("QDialog.exec", reword)
    with dentist.qtbot.waitSignal(window.reports.saved):
        window.reports.ask()

    said = report.with_name("report-teeth.csv").read_text(encoding="utf-8-sig")
    assert "crown like that of 18" in said
    assert window.session.review.tooth_words == ()


def accept_all(dentist: Dentist) -> None:
    for item in dentist.window.session.review.items:
        dentist.window.desk.select(item.id)
        dentist.window.desk.accept()


def test_own_words_are_not_said_of_what_they_were_not_written_for(
    dentist: Dentist, dialogs: Dialogs, tmp_path: Path
) -> None:
    """36 is worded while it is root-filled and restored; then its root filling goes."""
    window = dentist.window
    accept_all(dentist)
    words = (ToothWords(Tooth(3, 6), "gold crown", "root-filled and restored"),)
    review = window.session.review
    window.desk.set_details(review.patient, review.note, words)
    assert "gold crown" in window.chart.words_of(Tooth(3, 6))
    (root,) = (i for i in review.items if i.current.label == "endodontic")
    window.desk.select(root.id)
    window.desk.reject()
    assert "36, lower left first molar: restored." in window.chart.words_of(Tooth(3, 6))
    report = tmp_path / "report.json"
    asked = []

    def ask(*, take_up: bool) -> str:
        def leave(dialog: QDialog) -> int:
            (table,) = dialog.findChildren(QTableWidget)
            button = table.cellWidget(0, 2)
            asked.append((table.item(0, 1).text(), button.accessibleName()))
            if take_up:
                button.click()
            dialog.findChild(QLineEdit, "path").setText(str(report))
            return 1

        report.unlink(missing_ok=True)
        dialogs.expect("QDialog.exec", leave)
        with dentist.qtbot.waitSignal(window.reports.saved):
            window.reports.ask()
        said = json.loads(report.read_text(encoding="utf-8"))
        return str(said["teeth"][0]["in_short"])

    assert ask(take_up=False) == "restored"
    assert ask(take_up=True) == "gold crown"
    worked_out = "The lower left first molar (36) is restored."
    assert asked == [(worked_out, "Use again: gold crown")] * 2
    said = window.session.review.tooth_words
    assert said == (ToothWords(Tooth(3, 6), "gold crown", "restored"),)


def test_own_words_come_back_with_what_they_were_written_for(dentist: Dentist) -> None:
    window = dentist.window
    accept_all(dentist)
    words = (ToothWords(Tooth(3, 6), "gold crown", "root-filled and restored"),)
    review = window.session.review
    window.desk.set_details(review.patient, review.note, words)
    (root,) = (i for i in review.items if i.current.label == "endodontic")
    window.desk.select(root.id)
    window.desk.reject()
    window.desk.select(root.id)
    window.desk.accept()
    assert "gold crown" in window.chart.words_of(Tooth(3, 6))


def test_deciduous_teeth_are_drawn_for_the_radiograph_that_they_were_asked_for(
    dentist: Dentist, tmp_path: Path
) -> None:
    """Numbered permanent teeth stay in sight beside them."""
    window = dentist.window
    chart, action = window.chart, window.commands.actions["deciduous"]
    other = write_radiograph(tmp_path / "2.png", (900, 500))
    assert not action.isChecked()
    action.trigger()
    assert not chart.area_of(Tooth(8, 5)).isEmpty()
    assert not chart.area_of(Tooth(3, 6)).isEmpty()
    window.open([other])
    dentist.wait_for_radiograph("2.png")
    assert chart.area_of(Tooth(8, 5)).isEmpty()
    assert not action.isChecked()
    window.open([tmp_path / "1.png"])
    dentist.wait_for_radiograph("1.png")
    assert not chart.area_of(Tooth(8, 5)).isEmpty()
    assert action.isChecked()


def test_a_deciduous_tooth_of_which_something_is_known_is_always_drawn(
    dentist: Dentist,
) -> None:
    """The others only where they are asked for."""
    window = dentist.window
    action = window.commands.actions["deciduous"]
    window.chart_desk.choose(Tooth(3, 6))
    window.desk.set_tooth(Tooth(8, 5))
    chart = window.chart
    for wanted in (False, True, False):
        assert action.isChecked() is wanted
        assert not chart.area_of(Tooth(8, 5)).isEmpty()
        assert chart.area_of(Tooth(7, 5)).isEmpty() is not wanted
        action.trigger()


def test_the_teeth_of_a_child_are_drawn_unasked(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """At 5 years the deciduous ones, at 9 both."""
    dentist = make_window()
    for age, both in (("005Y", False), ("009Y", True)):
        file = written(tmp_path, dicom(FLAT, PatientAge=age))
        path = file.rename(tmp_path / f"{age}.dcm")
        dentist.window.open([path])
        dentist.wait_for_radiograph(path.name)
        chart = dentist.window.chart
        assert not chart.area_of(Tooth(8, 5)).isEmpty()
        assert chart.area_of(Tooth(3, 6)).isEmpty() is not both


def test_a_damaged_tooth_model_leaves_the_findings(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36,))}, teeth_are_broken=True
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    assert len(dentist.window.session.review.items) == 1
    assert "The teeth were not numbered." in dentist.messages
    assert "the weights are damaged" in dentist.messages
    # It is installed.
    assert "no detector of teeth" not in dentist.window.detection.state
    told = wording.teeth_told(dentist.window.reports.report())
    assert told.startswith("No detector of teeth was asked")


def test_without_a_detector_of_teeth_chart_and_report_say_so(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    lack = "no detector of teeth is installed"
    detector = ScriptedDetector((CROWN_36,))
    catalogue = ScriptedCatalogue({"scripted": detector})
    dentist = make_window(catalogue=catalogue)
    window = dentist.window
    window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    dentist.wait_until(lambda: lack in window.detection.state)
    assert window.chart.caption.endswith(f"pale: not examined, {lack}")
    told = wording.teeth_told(window.reports.report())
    assert told == "No detector of teeth is installed: only stated teeth are named."


def test_teeth_of_a_detector_that_is_gone_are_not_called_unexamined(
    dentist: Dentist,
) -> None:
    """What it said of this radiograph still holds."""
    window = dentist.window
    lack = "no detector of teeth is installed"
    window.chart_desk.tell_lack(True)
    assert "pale" in window.chart.caption
    assert lack not in window.chart.caption
    told = wording.teeth_told(window.reports.report())
    assert "Teeth numbered by the detector “teeth”." in told


def test_teeth_that_fail_on_one_radiograph_are_tried_on_the_next(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    teeth = ScriptedDetector(TEETH, fault=DetectionError("It went wrong."))
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36,))}, teeth=teeth
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    assert "The teeth were not numbered. It went wrong." in dentist.messages
    teeth.fault = None
    dentist.press("F5")
    dentist.wait_until(
        lambda: (d := dentist.window.session.review.detection) and d.teeth == TEETH
    )


def test_a_picture_without_arches_is_asked_about_and_not_numbered(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    house = ScriptedDetector((Finding(Box(10, 10, 50, 90), "tooth", score=0.6),))
    catalogue = ScriptedCatalogue(
        {"scripted": ScriptedDetector((CROWN_36,))}, teeth=house
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    assert NO_ARCH in dentist.messages
    assert {m.caption for m in dentist.window.canvas.marks} == {"restoration 90 %"}
