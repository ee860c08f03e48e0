"""Findings have teeth in the window: in list, card, chart and on the radiograph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QTableWidget

from dentalviewer.dentition import Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.errors import DetectionError
from dentalviewer.geometry import Box
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import NO_ARCH
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

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
        "36 restoration 90%",
        "36 endodontic 80%",
    }


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
            "36  lower left first molar",
            "root-filled and restored",
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
    assert {m.caption for m in dentist.window.canvas.marks} == {"restoration 90%"}
