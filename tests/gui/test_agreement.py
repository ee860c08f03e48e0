"""How the readers of the open folder agree, in the window."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from dentalviewer.cli import main
from dentalviewer.decisions import Decision, decisions_between
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection
from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.evaluation.open_readers import DENTIST, NAMELESS, read_open_readers
from dentalviewer.formats import LabelledImage, Project, write_annotations
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.formats.signature import Signature, signed
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.project.agreement_desk import AgreementDesk, AgreementScope
from dentalviewer.gui.project.agreement_dialog import AgreementDialog
from dentalviewer.gui.widgets.palette import apply_theme
from dentalviewer.review import Review
from dentalviewer.study import Finding
from dentalviewer.worklist.predictions import FILE_NAME, PredictionStore
from tests.conftest import Dialogs
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.scripted_detector import (
    IDENTITY,
    SETTINGS,
    ScriptedCatalogue,
    ScriptedDetector,
)

SIZE = Size(1000, 500)
A, B, C = Box(100, 100, 200, 180), Box(400, 100, 480, 200), Box(700, 250, 760, 380)
CROWNS = tuple(Finding(box, "restoration") for box in (A, B, C))


@dataclass
class Practice:
    """A folder of two radiographs, and who read them."""

    folder: Path
    user: Path

    @property
    def paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.png"))

    def annotate(self, *findings: Finding) -> None:
        for path in self.paths:
            image = LabelledImage(path, SIZE, findings)
            write_annotations([image], self.folder, "labelme")

    def write_set(self, name: str, *findings: Finding) -> Path:
        images = [LabelledImage(path, SIZE, findings) for path in self.paths]
        folder = self.folder.parent / name
        return write_annotations(images, folder, "coco").path.rename(
            folder.with_suffix(".json")
        )

    def review(
        self,
        path: Path,
        reader: str,
        *findings: Finding,
        undecided: int = 0,
        seen: Detection | None = None,
    ) -> None:
        opened = Review().propose(seen).propose_annotations(findings)
        kept = [item.id for item in opened.items[undecided:]]
        review = opened.accept(kept)
        decisions = decisions_between(
            opened, review, action="accept", reader=reader, when=datetime.now(UTC)
        )
        saved = SavedReview(path.name, "", SIZE, (), review, opened, decisions)
        write_review(path.with_name(f"{path.name}.review.json"), saved, last=None)

    def call_done(self, path: Path, *readers: str) -> None:
        """Nothing was found; each reader but the last took it back again."""
        blank, done, now = Review(), Review().marked_read(), datetime.now(UTC)
        decisions: list[Decision] = []
        for reader in readers:
            steps = [(blank, done), (done, blank)]
            for before, after in steps if reader != readers[-1] else steps[:1]:
                decisions += decisions_between(
                    before, after, action="Done", reader=reader, when=now
                )
        saved = SavedReview(path.name, "", SIZE, (), done, blank, tuple(decisions))
        write_review(path.with_name(f"{path.name}.review.json"), saved, last=None)

    def predict(self, *findings: Finding, teeth: tuple[Finding, ...] = ()) -> None:
        store = PredictionStore(self.user / FILE_NAME)
        for path in self.paths:
            store.put(path, Detection(IDENTITY, SETTINGS, findings, teeth, IDENTITY))
        store.close()


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    folder = tmp_path / "radiographs"
    folder.mkdir()
    for name in ("1.png", "2.png"):
        write_radiograph(folder / name)
    return Practice(folder, tmp_path / "user")


@pytest.fixture
def desk(qtbot: QtBot, practice: Practice) -> Generator[AgreementDesk]:
    window = QWidget()
    qtbot.addWidget(window)
    store = PredictionStore(practice.user / FILE_NAME)
    desk = AgreementDesk(
        AgreementScope(
            lambda: practice.paths,
            lambda: {"krone": "restoration"},
            lambda: "scripted",
            lambda: None,
        ),
        ScriptedCatalogue({"scripted": ScriptedDetector()}),
        store,
        practice.user,
        window,
    )
    yield desk
    desk.stop()
    store.close()


def predicted(*findings: Finding) -> tuple[Finding, ...]:
    return tuple(Finding(f.box, f.label, score=0.9) for f in findings)


def rows(table: QTableWidget) -> list[list[str]]:
    found = []
    for row in range(table.rowCount()):
        items = [table.item(row, column) for column in range(table.columnCount())]
        found.append([item.text() for item in items if item is not None])
    return found


def names(dialog: AgreementDialog) -> list[str]:
    return [dialog.readers.item(row).text() for row in range(dialog.readers.count())]


def wait_for_tables(dialog: AgreementDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "all of them read" in dialog.message)


def notes(dialog: AgreementDialog) -> str:
    return dialog._notes.text()


def test_dentist_reviewers_and_detector_are_the_readers_of_the_folder(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS[:2]))
    for path in practice.paths:
        practice.review(path, "Dr. Ä", *CROWNS)

    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    assert names(desk.dialog) == [
        f"{DENTIST}: 2 radiographs",
        "Dr. Ä: 2 radiographs",
        "scripted (detector): 2 radiographs",
    ]
    pairs = rows(desk.dialog.pairs)
    # On each radiograph 2 shared of 3 and 2: F1 is 2 x 2 / 5.
    assert pairs[2][:7] == [
        DENTIST, "scripted", "restoration", "4", "2", "0", "0.80"
    ]  # fmt: skip
    places = rows(desk.dialog.standings)
    # The people agree wholly, which the detector does not.
    assert [place[1:3] for place in places[:3]] == [
        [DENTIST, "1"],
        ["Dr. Ä", "1"],
        ["scripted", "3"],
    ]
    assert places[2][3:6] == ["0.80", "1.00", "-0.20"]
    assert places[2][6] == "no verdict: fewer than 5 radiographs"
    assert places[0][6] == "no verdict: fewer than two other people"
    # Numbers stand on the right, words on the left, those that follow numbers too.
    sides = [desk.dialog.standings.item(0, n).textAlignment() for n in (1, 3, 6)]
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    assert [bool(side & left) for side in sides] == [True, False, True]
    assert [bool(side & right) for side in sides] == [False, True, False]


def test_with_five_radiographs_there_are_intervals_and_a_verdict(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    for name in ("3.png", "4.png", "5.png"):
        write_radiograph(practice.folder / name)
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS[:2]))
    for path in practice.paths:
        practice.review(path, "Dr. Ä", *CROWNS)

    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    assert rows(desk.dialog.pairs)[2][6] == "0.80 (0.80-0.80)"
    assert rows(desk.dialog.standings)[2][3:] == [
        "0.80 (0.80-0.80)", "1.00", "-0.20 (-0.20 to -0.20)", "below people"
    ]  # fmt: skip


def test_who_read_few_of_the_radiographs_is_not_compared_until_ticked(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    for name in ("3.png", "4.png", "5.png"):
        write_radiograph(practice.folder / name)
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS[:2]))
    practice.review(practice.paths[0], "Dr A", *CROWNS)

    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    assert names(desk.dialog)[1] == "Dr A: 1 radiograph"
    assert [each.name for each in desk.dialog.chosen] == [DENTIST, "scripted"]
    assert desk.dialog.message == "5 radiographs that all of them read"

    desk.dialog.readers.item(1).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: "1 radiograph that all" in desk.dialog.message)
    assert rows(desk.dialog.pairs)[0][6] == "1.00"


def test_where_no_radiograph_was_read_by_all_that_are_ticked_it_is_said_what_to_do(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS[:2]))
    elsewhere = Practice(practice.folder.parent / "elsewhere", practice.user)
    elsewhere.folder.mkdir()
    write_radiograph(elsewhere.folder / "9.png")
    other = elsewhere.write_set("other", *CROWNS)
    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    desk.add_sets([other])
    qtbot.waitUntil(lambda: len(names(desk.dialog)) == 3)
    desk.dialog.readers.item(2).setCheckState(Qt.CheckState.Checked)

    untick = "No radiograph was read by all the ticked readers; untick one."
    qtbot.waitUntil(lambda: desk.dialog.message == untick)
    assert rows(desk.dialog.pairs) == []


def test_teeth_that_were_numbered_make_it_an_agreement_by_tooth(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    teeth = tuple(
        Finding(box, str(number), Tooth.from_fdi(number), 0.9)
        for box, number in ((A, 11), (B, 21), (C, 36))
    )
    practice.predict(*predicted(*CROWNS[:2]), teeth=teeth)

    desk.open()
    wait_for_tables(desk.dialog, qtbot)
    # Of three teeth on each, two with yes from both and one from the dentist alone.
    assert rows(desk.dialog.pairs)[0][-2:] == ["6", "tooth"]
    assert rows(desk.dialog.pairs)[0][7] == "0.80"

    assert not desk.dialog.pairs.isColumnHidden(7)

    desk.dialog.per_tooth.setChecked(False)
    qtbot.waitUntil(lambda: rows(desk.dialog.pairs)[0][-1] == "place")
    # Nothing is known per tooth any more.
    assert desk.dialog.pairs.isColumnHidden(7)


def test_a_further_set_is_compared_and_one_that_is_not_ticked_is_not(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot, dialogs: Dialogs
) -> None:
    practice.annotate(*CROWNS)
    path = practice.write_set("second", CROWNS[0])
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    dialogs.expect("QFileDialog.getOpenFileNames", ([str(path)], ""))
    button(desk.dialog, "Add &set…").click()
    wait_for_tables(desk.dialog, qtbot)
    # On each radiograph 1 shared of 3 and 1: F1 is 2 / 4.
    assert rows(desk.dialog.pairs)[0][6] == "0.50"

    desk.dialog.readers.item(1).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)
    assert rows(desk.dialog.pairs) == []


def test_what_is_among_the_readers_already_is_not_added_a_second_time(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    path = practice.write_set("second", CROWNS[0])
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)
    desk.add_sets([path])
    wait_for_tables(desk.dialog, qtbot)

    for again, name in ((path, str(path)), (practice.folder, DENTIST)):
        desk.add_sets([again])

        told = f"{again}: this is read from a file of {name} as well"
        qtbot.waitUntil(lambda told=told: told in notes(desk.dialog))
        assert desk.dialog.readers.count() == 2


def test_a_project_of_vott_and_its_export_are_one_reader(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    images = [LabelledImage(path, SIZE, CROWNS) for path in practice.paths]
    project = write_annotations(images, practice.folder.parent / "anna", "vott2").path
    export = project.parent / "vott-json-export" / "anna-export.json"
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    desk.add_sets([export, project])

    wait_for_tables(desk.dialog, qtbot)
    assert desk.dialog.readers.count() == 2
    assert f"{export} is the export of {project}, and says" in notes(desk.dialog)


def test_files_that_are_called_alike_keep_their_ticks_and_the_names_of_the_list(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    anna, berta = (practice.folder.parent / name for name in ("anna", "berta"))
    for folder in (anna, berta):
        folder.mkdir()
        shutil.copy(practice.write_set("second", CROWNS[0]), folder / "coco.json")
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)
    desk.add_sets([anna / "coco.json"])
    wait_for_tables(desk.dialog, qtbot)
    assert names(desk.dialog)[1] == "coco: 2 radiographs"
    desk.dialog.readers.item(1).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    desk.add_sets([berta / "coco.json"])
    wait_for_tables(desk.dialog, qtbot)

    assert names(desk.dialog)[1:] == ["anna: 2 radiographs", "berta: 2 radiographs"]
    assert rows(desk.dialog.pairs)[0][:2] == [DENTIST, "berta"]


def test_a_set_that_is_added_is_read_with_the_users_names_for_classes(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    path = practice.write_set("second", *(replace(f, label="Krone") for f in CROWNS))
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    desk.add_sets([path])
    wait_for_tables(desk.dialog, qtbot)

    pairs = rows(desk.dialog.pairs)
    assert pairs[0][2:6] == ["restoration", "6", "0", "0"]


def test_a_table_of_a_detector_says_that_nothing_was_found_on_the_other_radiographs(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    images = [LabelledImage(practice.paths[0], SIZE, predicted(*CROWNS))]
    table = write_annotations(images, practice.folder.parent / "run", "csv").path
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    desk.add_sets([table])
    wait_for_tables(desk.dialog, qtbot)

    assert rows(desk.dialog.pairs)[0][2:6] == ["restoration", "3", "3", "0"]


def test_texts_of_yolo_without_pictures_are_about_the_open_radiographs(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot, tmp_path: Path
) -> None:
    practice.annotate(*CROWNS)
    run = tmp_path / "run"
    (run / "labels").mkdir(parents=True)
    (run / "classes.txt").write_text("restoration\n")
    (run / "labels" / "1.txt").write_text("0 0.15 0.28 0.1 0.16 0.9\n")
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    desk.add_sets([run])
    wait_for_tables(desk.dialog, qtbot)

    # The first of three on one radiograph, and nothing on the other.
    assert rows(desk.dialog.pairs)[0][2:6] == ["restoration", "1", "5", "0"]


def test_a_detector_that_is_added_is_shown_as_its_own_file_says(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    found = [Finding(f.box, f.label, score=0.45) for f in CROWNS]
    images = [LabelledImage(path, SIZE, tuple(found)) for path in practice.paths]
    # The detector in use shows restorations from 0.4 on, this one from 0.6 on.
    strict = replace(SETTINGS, thresholds={"restoration": 0.6})
    signature = Signature(replace(IDENTITY, name="other"), strict, is_whole=True)
    project = Project(rests=(signed(signature, images),))
    folder = practice.folder.parent / "other"
    path = write_annotations(images, folder, "coco", project=project).path
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    desk.add_sets([path])
    wait_for_tables(desk.dialog, qtbot)

    # All six of the dentist's, and nothing of the detector's.
    assert rows(desk.dialog.pairs)[0][2:6] == ["restoration", "0", "6", "0"]


def button(dialog: AgreementDialog, text: str) -> QPushButton:
    (found,) = (b for b in dialog.findChildren(QPushButton) if b.text() == text)
    return found


def test_a_set_that_cannot_be_read_is_named_and_the_others_are_added(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot, tmp_path: Path
) -> None:
    practice.annotate(*CROWNS)
    (tmp_path / "broken.json").write_text("{")
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)

    good = practice.write_set("good", *CROWNS)
    desk.add_sets([tmp_path / "broken.json", good])

    qtbot.waitUntil(lambda: "broken.json: not valid JSON" in notes(desk.dialog))
    wait_for_tables(desk.dialog, qtbot)
    assert names(desk.dialog)[1] == "good: 2 radiographs"


def test_reviews_that_are_not_finished_are_left_out_and_counted(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    one, two = practice.paths
    practice.review(one, "Dr A", *CROWNS)
    practice.review(two, "Dr A", *CROWNS, undecided=1)

    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    assert names(desk.dialog)[1] == "Dr A: 1 radiograph"
    assert "1 review is not finished and left out." in notes(desk.dialog)


def test_what_a_reviewer_calls_no_panoramic_radiograph_is_told_apart_from_unfinished(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    """All of it is decided, and no more is to be done."""
    practice.annotate(*CROWNS)
    one, two = practice.paths
    practice.review(one, "Dr A", *CROWNS)
    said = Review().propose_annotations(CROWNS).with_panoramic(False)
    saved = SavedReview(two.name, "", SIZE, (), said.accept([1, 2, 3]), said, ())
    write_review(two.with_name(f"{two.name}.review.json"), saved, last=None)

    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    assert names(desk.dialog)[1] == "Dr A: 1 radiograph"
    told = "1 review says that the picture is not a panoramic radiograph: left out."
    assert told in notes(desk.dialog)
    assert "not finished" not in notes(desk.dialog)


def test_what_is_to_be_known_of_a_reader_is_told_while_that_reader_is_ticked(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    nothing = Detection(IDENTITY, SETTINGS, (), (), IDENTITY)
    for path in practice.paths:
        practice.review(path, "Dr A", *CROWNS, seen=nothing)
    desk.open()
    wait_for_tables(desk.dialog, qtbot)
    told = "Dr A had the predictions in sight on 2 of 2 radiographs"
    assert told in notes(desk.dialog)

    box = desk.dialog.readers.item(1)
    box.setCheckState(Qt.CheckState.Unchecked)
    assert not desk.dialog._notes.isVisible()

    box.setCheckState(Qt.CheckState.Checked)
    assert told in notes(desk.dialog)


def test_notes_on_a_set_that_is_added_go_with_its_tick(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    images = [LabelledImage(path, SIZE, CROWNS) for path in practice.paths]
    folder = practice.folder.parent / "second"
    write_annotations(images, folder, "voc")
    for file in folder.rglob("1.xml"):
        without_box = "<object><name>crown</name></object></annotation>"
        file.write_text(file.read_text().replace("</annotation>", without_box))
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)
    desk.add_sets([next(folder.rglob("1.xml")).parent])
    wait_for_tables(desk.dialog, qtbot)
    assert "has no bndbox" in notes(desk.dialog)

    desk.dialog.readers.item(1).setCheckState(Qt.CheckState.Unchecked)

    assert "has no bndbox" not in notes(desk.dialog)


def test_which_radiographs_the_detector_has_not_examined_is_said(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS))
    desk.open()
    wait_for_tables(desk.dialog, qtbot)
    assert not desk.dialog._notes.isVisible()

    write_radiograph(practice.folder / "3.png")
    practice.annotate(*CROWNS)
    desk.open()
    qtbot.waitUntil(lambda: "3 radiographs" in names(desk.dialog)[0])

    told = "scripted has not examined 1 of the 3 open radiographs"
    assert told in notes(desk.dialog)
    assert "Examine all radiographs" in notes(desk.dialog)


def test_a_radiograph_that_cannot_be_examined_is_not_advised_to_be_examined(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS))
    write_radiograph(practice.folder / "3.png")
    practice.annotate(*CROWNS)
    third = practice.paths[2]
    desk._store.put_failure(third, "cut short", IDENTITY, IDENTITY)
    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    told = "scripted could not examine 1 of the 3 open radiographs"
    assert told in notes(desk.dialog)
    assert "Examine all radiographs" not in notes(desk.dialog)


def test_a_review_that_cannot_be_read_makes_no_radiograph_unexamined(
    desk: AgreementDesk, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    practice.predict(*predicted(*CROWNS))
    first = practice.paths[0]
    first.with_name(f"{first.name}.review.json").write_text("{")
    desk.open()
    wait_for_tables(desk.dialog, qtbot)

    assert "scripted (detector): 1 radiograph" in names(desk.dialog)
    assert "review.json" in notes(desk.dialog)
    assert "has not looked" not in notes(desk.dialog)


def test_copy_and_file_are_what_the_command_line_prints(
    desk: AgreementDesk,
    practice: Practice,
    qtbot: QtBot,
    tmp_path: Path,
    dialogs: Dialogs,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = practice.write_set("first", *CROWNS)
    second = practice.write_set("second", *CROWNS[1:])
    desk.open()
    qtbot.waitUntil(lambda: "Two readers are needed" in desk.dialog.message)
    desk.add_sets([first, second])
    wait_for_tables(desk.dialog, qtbot)

    button(desk.dialog, "&Copy").click()
    assert main(["agreement", str(first), str(second)]) == 0
    assert QApplication.clipboard().text().strip() == capsys.readouterr().out.strip()

    for name in ("out.md", "out.csv"):
        dialogs.expect("QFileDialog.getSaveFileName", (str(tmp_path / name), ""))
        button(desk.dialog, "Sa&ve as…").click()
        assert desk.dialog.written.open_button.isVisible()
    assert (tmp_path / "out.md").read_text() == desk.dialog.markdown
    table = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert table[0].startswith("reader,reader,class,both,only first,only second,F1,F1 ")
    assert table[1].startswith("first,second,restoration,4,2,0,0.8000,,,")


def test_the_menu_opens_it_for_what_is_open(
    make_window: MakeWindow, practice: Practice, qtbot: QtBot
) -> None:
    practice.annotate(*CROWNS)
    practice.write_set("other", *CROWNS)
    dentist = make_window()
    dentist.window.open([practice.folder])
    dentist.wait_for_radiograph("1.png")

    dentist.window.commands.actions["agreement"].trigger()

    dialog = dentist.window.project.agreement.dialog
    qtbot.waitUntil(lambda: bool(names(dialog)))
    assert names(dialog)[0] == f"{DENTIST}: 2 radiographs"


def test_a_radiograph_without_findings_counts_for_who_called_it_done(
    practice: Practice,
) -> None:
    first, second = practice.paths
    practice.review(first, "Dr. Ä", *CROWNS)
    practice.call_done(second, "Dr. B", "Dr. Ä")

    assert readings_by_reader(practice) == {"Dr. Ä": [3, 0]}


def test_who_called_it_done_before_that_was_kept_has_no_name(
    practice: Practice,
) -> None:
    practice.call_done(practice.paths[0])

    assert readings_by_reader(practice) == {NAMELESS: [0]}


def readings_by_reader(practice: Practice) -> dict[str, list[int]]:
    """How many findings each of their readings has."""
    readers = read_open_readers(
        practice.paths,
        aliases={},
        reviews=practice.user,
        detector="scripted",
        detection_of=lambda _path: None,
    )
    return {
        each.title: [len(reading.findings) for reading in each.readings]
        for each in readers.sets
    }


def lightness(color: QColor) -> float:
    """Relative luminance, as WCAG has it."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [True, False])
def test_the_box_of_a_reader_who_is_not_ticked_is_seen(
    dark: bool, qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, dark=dark)
    dialog = AgreementDialog()
    qtbot.addWidget(dialog)
    nobody = AnnotationSet(Path("1.json"), (), ())
    dialog.show_readers([nobody, nobody], ["Anna", "Ben"], 0, {0})
    dialog.show()
    readers, item = dialog.readers, dialog.readers.item(1)
    assert item.checkState() is Qt.CheckState.Unchecked
    item.setText("")
    seen = readers.viewport().grab(readers.visualItemRect(item)).toImage()

    found = [
        lightness(seen.pixelColor(x, y))
        for x in range(seen.width())
        for y in range(seen.height())
    ]

    assert (max(found) + 0.05) / (min(found) + 0.05) > 3
