"""What a dentist does with the program, from beginning to end, in a real window."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from dentalviewer.cli import main
from dentalviewer.dentition import Tooth
from dentalviewer.detection.inference import child_process
from dentalviewer.geometry import Box
from dentalviewer.gui.reporting.report_dialog import ReportDialog
from dentalviewer.review import ReadingMode, Source, Verdict
from dentalviewer.storage import disk
from dentalviewer.study import Finding
from tests.conftest import Dialogs
from tests.dentist import Dentist, near, use_program
from tests.held_files import FOREVER, held
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

# On a radiograph of 1400 x 700: what the dentist's file says and the detector finds.
CROWN = Box(200, 300, 280, 360)
FILLING = Box(500, 300, 560, 340)
ROOT = Box(700, 340, 760, 460)
SCREW = Box(1000, 400, 1050, 520)
PREDICTED = (
    Finding(CROWN.moved(3, 2), "restoration", score=0.91),
    Finding(ROOT, "endodontic", score=0.83),
    Finding(SCREW, "implant", score=0.76),
    Finding(Box(1200, 100, 1260, 160), "restoration", score=0.30),
)
VOC = """<annotation><folder>f</folder><filename>{name}</filename>
<size><width>{width}</width><height>700</height><depth>1</depth></size>{objects}
</annotation>"""
OBJECT = """<object><name>{label}</name><bndbox><xmin>{0}</xmin><ymin>{1}</ymin>
<xmax>{2}</xmax><ymax>{3}</ymax></bndbox></object>"""


@dataclass
class Practice:
    """A folder with radiographs, and the program."""

    folder: Path
    qtbot: QtBot
    detector: ScriptedDetector

    def radiograph(self, name: str = "pan.png") -> Path:
        path = self.folder / name
        grey = np.tile(np.linspace(30, 220, 1400).astype(np.uint8), (700, 1))
        Image.fromarray(grey).save(path)
        return path

    def annotate(self, radiograph: Path, *, width: int = 1400) -> None:
        """The dentist's own file: a crown, a filling, and a root called a filling."""
        objects = "".join(
            OBJECT.format(*(int(c) for c in box.corners), label=label)
            for box, label in (
                (CROWN, "crown"),
                (FILLING, "filling"),
                (ROOT, "filling"),
            )
        )
        voc = VOC.format(name=radiograph.name, width=width, objects=objects)
        radiograph.with_suffix(".xml").write_text(voc)

    def use(
        self, script: Callable[[Dentist], None], *paths: Path, sample: bool = False
    ) -> int:
        typed = ["--sample"] if sample else [str(path) for path in paths]
        return use_program(script, typed, qtbot=self.qtbot)


@pytest.fixture
def practice(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Practice:
    detector = ScriptedDetector(PREDICTED)
    installed = ScriptedCatalogue({"scripted": detector})
    monkeypatch.setattr(child_process, "DetectorsInChild", lambda *_: installed)
    return Practice(tmp_path, qtbot, detector)


def review_of(radiograph: Path) -> Path:
    return radiograph.with_name(radiograph.name + ".review.json")


def report_to(path: Path) -> Callable[[QDialog], int]:
    """Fill in the report's dialog and save."""

    def answer(dialog: QDialog) -> int:
        assert isinstance(dialog, ReportDialog)
        dialog._name.setText("Ada <Example>")
        dialog._path.setText(str(path))
        return 1

    return answer


def test_a_second_opinion_is_read_decided_and_handed_out(
    practice: Practice, dialogs: Dialogs, tmp_path: Path
) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph)
    report = tmp_path / "report.json"

    def read(dentist: Dentist) -> None:
        dentist.wait_for_radiograph("pan.png")
        dentist.wait_for_detector()
        assert dentist.shown_sources() == {Source.DENTIST, Source.DETECTOR}
        assert dentist.to_decide == "4 to decide"
        dentist.press("N")  # The root that the two name differently comes first.
        assert dentist.selected.current.label == "restoration"
        dentist.press("X")
        dentist.press("Return")  # The detector was right about it.
        assert dentist.selected.current.label == "implant"
        dentist.press("Return")
        dentist.press("X")  # A filling that is not there.
        dentist.choose("accept_agreeing")
        assert dentist.to_decide == "All decided"
        dialogs.expect("QDialog.exec", report_to(report))
        dentist.press("Ctrl+E")
        dentist.wait_until(report.exists)

    assert practice.use(read, radiograph) == 0
    said = json.loads(report.read_text())
    assert sorted(f["class"] for f in said["findings"]) == [
        "endodontic",
        "implant",
        "restoration",
    ]


def test_closing_the_lid_loses_nothing(practice: Practice) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph)

    def decide(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        dentist.press("N", "X", "Return", "Return")

    def look_again(dentist: Dentist) -> None:
        dentist.wait_for_radiograph("pan.png")
        before = dentist.verdicts()
        assert before.count("accepted") == 2
        assert before.count("rejected") == 1
        # Starting over leads back to what was opened, in another session too.
        dentist.choose("start_over")
        assert set(dentist.verdicts()) == {"undecided"}
        dentist.press("Ctrl+Z")
        assert dentist.verdicts() == before

    practice.use(decide, radiograph)
    practice.use(look_again, radiograph)

    # The detector's answer was saved with the review and not asked for twice.
    assert practice.detector.examined == ["pan.png"]


def test_a_wrong_box_is_dragged_into_place_and_back(practice: Practice) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph)

    def correct(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        dentist.drag(near(FILLING), near(FILLING, dx=100, dy=50))
        moved = dentist.selected
        assert moved.corrected
        assert moved.verdict is Verdict.ACCEPTED
        x, y = moved.current.box.center
        assert x == pytest.approx(630, abs=2)
        assert y == pytest.approx(370, abs=2)
        box = moved.current.box
        dentist.drag((box.x_max, box.y_max), (box.x_max + 40, box.y_max + 30))
        assert dentist.selected.current.box.width == pytest.approx(100, abs=3)
        dentist.press("Ctrl+Z", "Ctrl+Z")
        # VOC counts pixels from 1, so that its 500 is the edge at 499.
        assert dentist.selected.current == dentist.selected.proposed
        dentist.press("Ctrl+Y")
        assert dentist.selected.current.box == box

    practice.use(correct, radiograph)


def test_a_missed_filling_is_drawn_named_and_given_its_tooth(
    practice: Practice,
) -> None:
    radiograph = practice.radiograph()

    def draw(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        dentist.press("R", "2")
        dentist.drag((300, 500), (380, 620))
        drawn = dentist.selected
        assert drawn.added
        assert drawn.current.label == "endodontic"
        dentist.press("T")
        dentist.qtbot.keyClicks(dentist.window.focusWidget(), "36")
        dentist.press("Return")
        assert dentist.selected.current.tooth == Tooth(3, 6)
        dentist.press("1")
        assert dentist.selected.current.label == "restoration"
        dentist.press("Del")
        assert not dentist.items(Source.DENTIST)

    practice.use(draw, radiograph)


def test_a_careful_reader_reads_first_and_reveals_then(
    practice: Practice, dialogs: Dialogs, tmp_path: Path
) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph)
    report = tmp_path / "report.json"

    def read(dentist: Dentist) -> None:
        dentist.wait_for_radiograph("pan.png")
        dentist.choose("read_first")
        held.set()
        dentist.wait_for_detector()
        assert dentist.shown_sources() == {Source.DENTIST}
        assert "3 findings" not in dentist.window.detection.state
        dentist.press("N", "Return")
        hidden = dentist.items(Source.DETECTOR)
        assert {item.verdict for item in hidden} == {Verdict.UNDECIDED}
        dentist.press("Space")
        assert dentist.shown_sources() == {Source.DENTIST, Source.DETECTOR}
        # What has been seen cannot be unseen.
        dentist.choose("read_first")
        dentist.choose("read_first")
        assert dentist.shown_sources() == {Source.DENTIST, Source.DETECTOR}
        dialogs.expect("QDialog.exec", report_to(report))
        dentist.press("Ctrl+P")
        dentist.wait_until(report.exists)

    held = practice.detector.held = Event()
    practice.use(read, radiograph)

    assert ReadingMode.READ_FIRST in report.read_text()


def test_thresholds_show_more_or_less_without_asking_again(practice: Practice) -> None:
    radiograph = practice.radiograph()

    def adjust(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        assert len(dentist.items(Source.DETECTOR)) == 3
        sliders = dentist.window.side.detector.sliders.thresholds
        sliders["restoration"].setValue(25)
        assert len(dentist.items(Source.DETECTOR)) == 4
        sliders["restoration"].setValue(95)
        assert len(dentist.items(Source.DETECTOR)) == 2
        dentist.press("Ctrl+Z")
        assert len(dentist.items(Source.DETECTOR)) == 3

    practice.use(adjust, radiograph)

    assert practice.detector.examined == ["pan.png"]


def test_a_folder_is_read_from_one_radiograph_to_the_next(practice: Practice) -> None:
    for name in ("10.png", "2.png", "1.png"):
        practice.radiograph(name)
    (practice.folder / "3.png").write_bytes(b"")

    def leaf_through(dentist: Dentist) -> None:
        dentist.wait_for_radiograph("1.png")
        dentist.wait_for_detector()
        dentist.press("N", "Return", "D")
        dentist.wait_for_radiograph("2.png")
        dentist.press("D")
        dentist.wait_until(lambda: "3.png: the file is empty" in dentist.messages)
        assert not dentist.shown_sources()
        dentist.press("D")
        dentist.wait_for_radiograph("10.png")
        assert not dentist.messages
        dentist.press("A", "A", "A")
        dentist.wait_for_radiograph("1.png")
        assert dentist.verdicts().count("accepted") == 1

    practice.use(leaf_through, practice.folder)


def test_annotations_of_another_size_are_asked_about(
    practice: Practice, dialogs: Dialogs
) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph, width=700)
    asked: list[str] = []

    def leave_out(dialog: QDialog) -> int:
        asked.append(dialog.windowTitle())
        return 0

    dialogs.expect("QDialog.exec", leave_out)

    def look(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        assert not dentist.items(Source.DENTIST)

    practice.use(look, radiograph)

    assert asked == ["Which annotations belong to this radiograph?"]


def test_two_people_on_one_radiograph_never_lose_a_review(
    practice: Practice, dialogs: Dialogs
) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph)

    def reject_one(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        dentist.press("N", "X")

    practice.use(reject_one, radiograph)
    colleague = review_of(radiograph).read_bytes().replace(b'"rejected"', b'"accepted"')

    def decide_too(dentist: Dentist) -> None:
        dentist.wait_for_radiograph("pan.png")
        review_of(radiograph).write_bytes(colleague)
        dialogs.expect_question("Decide later")
        dentist.press("N", "Return")
        dentist.wait_until(lambda: not dialogs.unanswered)
        assert "somebody else" in dentist.messages
        dialogs.expect("QDialog.exec", leave)

    def leave(box: QDialog) -> int:
        assert isinstance(box, QMessageBox)
        assert "somebody else" in box.informativeText()
        next(b for b in box.buttons() if b.text() == "Leave without saving").click()
        return 0

    practice.use(decide_too, radiograph)

    assert review_of(radiograph).read_bytes() == colleague


def test_a_window_does_not_stand_still_for_a_file_that_another_program_has_open(
    practice: Practice,
    dialogs: Dialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    radiograph = practice.radiograph()
    copy = tmp_path / "copy.review.json"
    tried: list[Path] = []

    def save_a_copy(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        monkeypatch.setattr(disk, "ON_WINDOWS", True)
        refuse = held(os.replace, FOREVER)

        def count(source: Path, target: Path) -> None:
            tried.append(target)
            refuse(source, target)

        monkeypatch.setattr(os, "replace", count)
        dialogs.expect("QFileDialog.getSaveFileName", (str(copy), ""))
        dentist.press("Ctrl+Shift+S")
        assert "cannot be saved: Permission denied" in dentist.messages

    practice.use(save_a_copy, radiograph)

    assert tried == [copy] * 5  # Within 0.15 s.


def test_a_damaged_review_is_kept_aside_and_reported(practice: Practice) -> None:
    radiograph = practice.radiograph()
    review_of(radiograph).write_text('{"half": ')

    def look(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        assert "kept as pan.png.review.json.unreadable" in dentist.messages
        dentist.press("N", "Return")

    practice.use(look, radiograph)

    aside = radiograph.with_name("pan.png.review.json.unreadable")
    assert aside.read_text() == '{"half": '
    assert review_of(radiograph).exists()


def test_a_review_in_the_own_folder_is_found_for_the_report(
    practice: Practice, tmp_path: Path
) -> None:
    # So long a name that the review's would be too long for its folder.
    radiograph = practice.radiograph()
    radiograph = radiograph.rename(radiograph.with_name("p" * 250 + ".png"))

    def decide(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        dentist.press("N", "Return")
        dentist.wait_until_saved()

    practice.use(decide, radiograph)
    report = tmp_path / "report.csv"

    assert main(["report", str(radiograph), "--output", str(report)]) == 0
    assert len(report.read_text().splitlines()) == 2


def test_without_a_working_detector_everything_else_works(practice: Practice) -> None:
    radiograph = practice.radiograph()
    practice.annotate(radiograph)

    def read(dentist: Dentist) -> None:
        dentist.wait_for_detector()
        assert "out of memory" in dentist.messages
        dentist.press("N", "Return", "R")
        dentist.drag((300, 500), (380, 620))
        dentist.wait_until_saved()
        assert dentist.verdicts().count("accepted") == 2

    practice.detector.fault = MemoryError()
    practice.use(read, radiograph)


def test_the_sample_is_there_to_try(practice: Practice) -> None:
    def look(dentist: Dentist) -> None:
        dentist.wait_for_radiograph("sample-1.png")
        dentist.wait_for_detector()
        assert len(dentist.window.folder_list.paths) == 3
        assert len(dentist.items(Source.DENTIST)) > 5

    assert practice.use(look, sample=True) == 0
