"""Merging in the window: sets chosen, contradictions decided, the result written."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from threading import Event, Timer

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from dentalviewer.curation.merge_decisions import BegunMerge, write_begun
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.project.merge_desk import MergeDesk
from dentalviewer.gui.project.merge_dialog import CONFLICTS, RESULT, SETS, MergeDialog
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.study import Finding
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.test_tab_key import usable, walk

SIZE = Size(1000, 500)
FIRST = Box(100, 100, 200, 180)
BOXES = [FIRST.moved(200 * step, 0) for step in range(4)]


@pytest.fixture
def sets(tmp_path: Path) -> list[Path]:
    """Over one picture; of four places three are named otherwise by the second set."""
    path = write_radiograph(tmp_path / "pan.png")
    found = []
    for name, labels in (
        ("one", ["restoration"] * 4),
        ("two", ["restoration", "implant", "implant", "endodontic"]),
    ):
        findings = tuple(map(Finding, BOXES, labels))
        image = LabelledImage(path, SIZE, findings)
        export = write_annotations([image], tmp_path / name, "voc", copy_images=True)
        found.append(export.path)
    return found


@pytest.fixture
def open_desk(qtbot: QtBot, tmp_path: Path) -> Generator[Callable[[], MergeDesk]]:
    """Each as of a program that was started anew, by the same user."""
    window = QWidget()
    qtbot.addWidget(window)
    desks: list[MergeDesk] = []

    def open_desk() -> MergeDesk:
        desks.append(
            MergeDesk(
                tmp_path / "user" / "merges",
                lambda: DEFAULT_ALIASES,
                lambda: Notation.FDI,
                window,
            )
        )
        desks[-1].open()
        return desks[-1]

    yield open_desk
    for desk in desks:
        desk.stop()


@pytest.fixture
def desk(open_desk: Callable[[], MergeDesk]) -> MergeDesk:
    return open_desk()


@pytest.fixture
def compared(desk: MergeDesk, sets: list[Path], qtbot: QtBot) -> MergeDialog:
    """At the first of three conflicts."""
    desk.dialog.sets.add(sets)
    press(desk.dialog, "Compare")
    qtbot.waitUntil(lambda: desk.dialog.step == CONFLICTS)
    return desk.dialog


def press(dialog: MergeDialog, text: str) -> None:
    (button,) = (
        each
        for each in dialog.findChildren(QPushButton)
        if each.text() == text and each.isVisible()
    )
    button.click()


def type_key(dialog: MergeDialog, key: Qt.Key, *, control: bool = False) -> None:
    # Keys go to the window that is active; others may still be open.
    dialog.activateWindow()
    assert QTest.qWaitForWindowActive(dialog, 5000)
    modifier = Qt.KeyboardModifier
    held = modifier.ControlModifier if control else modifier.NoModifier
    QTest.keyClick(dialog.conflicts.list, key, held)


def written(
    dialog: MergeDialog, qtbot: QtBot, destination: Path
) -> list[tuple[str, float]]:
    press(dialog, "Write")
    qtbot.waitUntil(lambda: dialog.step == RESULT)
    (image,) = collect_annotations(destination).images
    return [(finding.label, finding.box.x_min) for finding in image.findings]


def test_a_merge_goes_beside_the_sets_and_needs_two(
    desk: MergeDesk, sets: list[Path], tmp_path: Path
) -> None:
    dialog = desk.dialog
    dialog.sets.add(sets[:1])
    (compare,) = (b for b in dialog.findChildren(QPushButton) if b.text() == "Compare")
    assert not compare.isEnabled()

    dialog.sets.add(sets[1:])

    assert compare.isEnabled()
    assert dialog.sets.destination == tmp_path / "merged"


def test_each_conflict_is_decided_with_one_key(
    compared: MergeDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    assert compared.conflicts.undecided == 3

    type_key(compared, Qt.Key.Key_2)
    type_key(compared, Qt.Key.Key_B)
    type_key(compared, Qt.Key.Key_X)

    assert compared.conflicts.undecided == 0
    found = written(compared, qtbot, tmp_path / "merged")
    assert sorted(found) == [
        ("implant", 300.0),
        ("implant", 500.0),
        ("restoration", 100.0),
        ("restoration", 500.0),
    ]


def test_from_the_list_tab_leads_to_the_decisions_and_then_to_the_buttons(
    compared: MergeDialog, qtbot: QtBot
) -> None:
    qtbot.waitUntil(compared.conflicts.list.hasFocus)

    reached = walk(compared, qtbot)

    page = compared.conflicts
    decisions = [*page._buttons[:2], page._all, page._none]
    assert reached[:4] == decisions
    assert reached[-2:] == [compared.close_button, page.list]
    assert set(reached) == usable(compared)


def test_what_is_left_out_of_the_line_of_a_conflict_is_in_its_tip(
    compared: MergeDialog,
) -> None:
    found = compared.conflicts.list
    lines = [found.item(row) for row in range(found.count())]
    assert [line.toolTip() for line in lines] == [line.text() for line in lines]

    type_key(compared, Qt.Key.Key_2)

    assert lines[0].text().startswith("✓ ")
    assert lines[0].toolTip() == lines[0].text()


def test_one_decision_settles_all_conflicts_like_it_and_can_be_taken_back(
    compared: MergeDialog,
) -> None:
    type_key(compared, Qt.Key.Key_1, control=True)
    # The two where the second set has implants; it goes on to the third.
    assert compared.conflicts.undecided == 1
    assert compared.conflicts.list.currentRow() == 2

    compared.conflicts.list.setCurrentRow(0)
    type_key(compared, Qt.Key.Key_U)
    assert compared.conflicts.undecided == 2


def test_a_key_without_a_side_decides_nothing(compared: MergeDialog) -> None:
    type_key(compared, Qt.Key.Key_3)

    assert compared.conflicts.undecided == 3


def test_the_place_is_shown_on_its_radiograph(
    compared: MergeDialog, qtbot: QtBot
) -> None:
    part = compared.conflicts.part
    qtbot.waitUntil(lambda: part.is_shown)

    shown = part.grab().toImage()

    # Around the boxes lies the radiograph, which is brighter than the bare canvas.
    assert shown.pixelColor(4, shown.height() // 2).lightness() > 30


def test_what_is_not_decided_is_kept(
    compared: MergeDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    assert len(written(compared, qtbot, tmp_path / "merged")) == 7


def test_another_folder_costs_no_decisions(
    compared: MergeDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "merged").mkdir()
    (tmp_path / "merged" / "mine.txt").touch()
    type_key(compared, Qt.Key.Key_1)
    press(compared, "Write")
    qtbot.waitUntil(lambda: "choose a new one" in compared.message)

    press(compared, "Back")
    assert compared.step == SETS
    compared.sets.folder.setText(str(tmp_path / "other"))
    press(compared, "Continue")

    assert compared.conflicts.undecided == 2
    assert len(written(compared, qtbot, tmp_path / "other")) == 6


def test_a_merge_that_is_cancelled_says_so_and_writes_nothing(
    desk: MergeDesk, compared: MergeDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    # Before the thread has said its first word: so small a set is soon written.
    desk._job.progressed.connect(desk._job.cancel)

    press(compared, "Write")

    qtbot.waitUntil(lambda: "Cancelled" in compared.message)
    assert sorted(tmp_path.iterdir()) == before


def test_the_cancel_button_asks_the_work_to_end(
    desk: MergeDesk, compared: MergeDialog, qtbot: QtBot
) -> None:
    desk._job.progressed.connect(lambda *_: press(compared, "Cancel"))

    press(compared, "Write")

    qtbot.waitUntil(lambda: "Cancelled" in compared.message)


def go_on(desk: MergeDesk, qtbot: QtBot) -> MergeDialog:
    """Accept the offer to go on with what was begun."""
    dialog = desk.dialog
    qtbot.waitUntil(dialog.offer.isVisible)
    press(dialog, "Go on")
    qtbot.waitUntil(lambda: dialog.step == CONFLICTS)
    return dialog


def test_decisions_are_there_again_when_the_program_is(
    desk: MergeDesk,
    compared: MergeDialog,
    open_desk: Callable[[], MergeDesk],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    compared.sets.format.setCurrentText("COCO")
    type_key(compared, Qt.Key.Key_2)
    type_key(compared, Qt.Key.Key_X)
    desk.stop()
    compared.close()

    again = open_desk()
    qtbot.waitUntil(again.dialog.offer.isVisible)
    assert "A merge of one and two is not finished: 2 of 3 conflicts decided" in (
        again.dialog.offer.words
    )
    dialog = go_on(again, qtbot)

    assert dialog.conflicts.undecided == 1
    assert dialog.conflicts.list.currentRow() == 2
    assert dialog.message == "2 earlier decisions were restored."
    assert dialog.sets.format_name == "coco"
    type_key(dialog, Qt.Key.Key_1)
    found = written(dialog, qtbot, tmp_path / "merged")
    assert sorted(found) == [
        ("implant", 300.0),
        ("restoration", 100.0),
        ("restoration", 700.0),
    ]


def test_a_program_that_is_killed_loses_no_decision_older_than_a_second(
    compared: MergeDialog,
    open_desk: Callable[[], MergeDesk],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    type_key(compared, Qt.Key.Key_2)
    # Nothing is done to close it.
    qtbot.waitUntil(lambda: bool([*tmp_path.glob("user/merges/*.json")]), timeout=2000)

    assert go_on(open_desk(), qtbot).conflicts.undecided == 2


def test_a_merge_that_is_written_is_not_offered_again(
    desk: MergeDesk, compared: MergeDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    type_key(compared, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: bool([*tmp_path.glob("user/merges/*")]))

    written(compared, qtbot, tmp_path / "merged")

    qtbot.waitUntil(lambda: not [*tmp_path.glob("user/merges/*")])


def test_after_a_merge_that_is_written_another_one_is_begun(
    desk: MergeDesk,
    compared: MergeDialog,
    qtbot: QtBot,
    sets: list[Path],
    tmp_path: Path,
) -> None:
    written(compared, qtbot, tmp_path / "merged")
    desk.open()
    assert compared.step == RESULT, "what came of it was still in sight"

    compared.close()
    desk.open()

    assert compared.step == SETS
    assert compared.sets.paths == ()
    # The same sets are read once more: they may have changed.
    compared.sets.add(sets)
    compared.sets.folder.setText(str(tmp_path / "another"))
    press(compared, "Compare")
    qtbot.waitUntil(lambda: compared.step == CONFLICTS)


@pytest.fixture
def three(sets: list[Path], tmp_path: Path) -> list[Path]:
    """The third of them says what the first does, but the implant in the last place."""
    labels = ["restoration", "restoration", "restoration", "implant"]
    image = LabelledImage(
        tmp_path / "pan.png", SIZE, tuple(map(Finding, BOXES, labels))
    )
    export = write_annotations([image], tmp_path / "three", "voc", copy_images=True)
    return [*sets, export.path]


def test_what_a_majority_marks_is_kept_and_decides_conflicts(
    desk: MergeDesk, three: list[Path], qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = desk.dialog
    dialog.sets.add(three)
    votes = dialog.sets.votes
    assert [votes.itemText(i) for i in range(votes.count())] == [
        "What any of the sets marks",
        "What at least 2 of the 3 sets mark",
        "What all 3 sets mark",
    ]
    votes.setCurrentIndex(1)

    press(dialog, "Compare")
    qtbot.waitUntil(lambda: dialog.step == CONFLICTS)

    assert dialog.conflicts.undecided == 0
    # Of the last place each set says something else.
    assert sorted(written(dialog, qtbot, tmp_path / "merged")) == [
        ("restoration", 100.0),
        ("restoration", 300.0),
        ("restoration", 500.0),
    ]
    assert (
        "3 findings that at least 2 of the sets mark, 5 that fewer mark are left out;"
        " 0 conflicts; 1 split vote, where 2 or more disagree."
    ) in dialog.account.toPlainText()


def test_another_number_of_votes_is_another_comparison_and_costs_no_decisions(
    desk: MergeDesk,
    compared: MergeDialog,
    open_desk: Callable[[], MergeDesk],
    qtbot: QtBot,
) -> None:
    type_key(compared, Qt.Key.Key_2)
    press(compared, "Back")
    compared.sets.votes.setCurrentIndex(1)
    press(compared, "Compare")
    qtbot.waitUntil(lambda: compared.step == CONFLICTS)
    assert compared.conflicts.undecided == 0
    desk.stop()
    compared.close()

    again = go_on(open_desk(), qtbot)

    assert again.sets.at_least == 1
    assert again.conflicts.undecided == 2


def test_no_more_votes_are_asked_for_than_there_are_sets(
    desk: MergeDesk, three: list[Path]
) -> None:
    sets = desk.dialog.sets
    assert not sets.votes.isEnabled()
    sets.add(three)
    sets.votes.setCurrentIndex(2)

    sets.list.setCurrentRow(0)
    press(desk.dialog, "&Remove")

    assert sets.at_least == 2
    assert sets.votes.currentText() == "What both sets mark"


def test_what_was_begun_and_is_not_wanted_is_forgotten(
    desk: MergeDesk,
    compared: MergeDialog,
    open_desk: Callable[[], MergeDesk],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    type_key(compared, Qt.Key.Key_2)
    desk.stop()
    compared.close()
    again = open_desk()
    qtbot.waitUntil(again.dialog.offer.isVisible)

    press(again.dialog, "Forget it")

    assert not again.dialog.offer.isVisible()
    qtbot.waitUntil(lambda: not [*tmp_path.glob("user/merges/*")])


def test_decisions_that_cannot_be_kept_are_told_of(
    compared: MergeDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "user").write_text("no folder")

    type_key(compared, Qt.Key.Key_2)

    qtbot.waitUntil(lambda: "not kept" in compared.keeping)
    (tmp_path / "user").unlink()
    type_key(compared, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: compared.keeping == "")


def test_what_fails_unexpectedly_as_the_window_closes_is_tried_once_more(
    desk: MergeDesk,
    compared: MergeDialog,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answers = Event(), Event()

    def write(folder: Path, begun: BegunMerge) -> None:
        if not asked.is_set():
            asked.set()
            assert answers.wait(10)
            raise ZeroDivisionError
        write_begun(folder, begun)

    monkeypatch.setattr("dentalviewer.gui.project.merge_keeping.write_begun", write)
    type_key(compared, Qt.Key.Key_2)
    qtbot.waitUntil(asked.is_set)
    Timer(0.1, answers.set).start()

    desk.stop()

    assert len([*tmp_path.glob("user/merges/*")]) == 1


def test_conflicts_name_teeth_in_the_preferred_system(
    make_window: MakeWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    """One set has a restoration over 36 to 34, which are 19 to 21, the other an implant
    at 37, which is 18.
    """
    path = write_radiograph(tmp_path / "pan.png")
    over_three = Finding(
        FIRST, "restoration", Tooth.from_fdi(34), last_tooth=Tooth.from_fdi(36)
    )
    said = {"one": over_three, "two": Finding(FIRST, "implant", Tooth.from_fdi(37))}
    for name, finding in said.items():
        image = LabelledImage(path, SIZE, (finding,))
        write_annotations([image], tmp_path / name, "coco")
    window = make_window().window
    window.preferences.change(notation="UNIVERSAL")
    window.commands.actions["merge"].trigger()
    dialog = window.project.merging.dialog
    dialog.sets.add([tmp_path / name for name in said])
    press(dialog, "Compare")
    qtbot.waitUntil(lambda: dialog.step == CONFLICTS)
    (row,) = (
        dialog.conflicts.list.item(n) for n in range(dialog.conflicts.list.count())
    )

    assert row.text().endswith(
        "restoration at 21–19 (Universal) / implant at 18 (Universal)"
    )
    press(dialog, "2   two has implant at 18 (Universal)")

    window.preferences.change(notation="FDI")
    window.commands.actions["merge"].trigger()

    assert row.text().endswith("restoration at 34–36 (FDI) / implant at 37 (FDI)")
    press(dialog, "2   two has implant at 37 (FDI)")


def test_the_merged_set_is_opened_in_the_window(
    make_window: MakeWindow, sets: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    dentist = make_window()
    window = dentist.window
    window.commands.actions["merge"].trigger()
    dialog = window.project.merging.dialog
    dialog.sets.add(sets)
    press(dialog, "Compare")
    qtbot.waitUntil(lambda: dialog.step == CONFLICTS)
    press(dialog, "Write")
    qtbot.waitUntil(lambda: dialog.step == RESULT)

    press(dialog, "Open the merged set")

    dentist.wait_for_radiograph("pan.png")
    (path,) = window.folder_list.paths
    assert path.is_relative_to(tmp_path / "merged")
    assert len(window.session.review.items) >= 7


def test_of_a_project_and_its_export_no_more_votes_are_counted_than_there_are_readers(
    desk: MergeDesk, sets: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    images = collect_annotations(sets[0]).images
    project = write_annotations(images, tmp_path / "anna", "vott2").path
    export = tmp_path / "anna" / "vott-json-export" / "anna-export.json"
    dialog = desk.dialog
    dialog.sets.add([project, export, sets[1]])
    dialog.sets.votes.setCurrentIndex(2)

    press(dialog, "Compare")

    qtbot.waitUntil(lambda: "These 3 sets count as 2" in dialog.message)
    assert dialog.step == SETS
    dialog.sets.votes.setCurrentIndex(1)
    press(dialog, "Compare")
    qtbot.waitUntil(lambda: dialog.step == CONFLICTS)
