"""Editing at speed: classes, many boxes at once, boxes used again, kept views."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QInputDialog, QPushButton

from dentalviewer.agreement import accepted_items
from dentalviewer.enhancement import Window
from dentalviewer.formats import LabelledImage, Project, write_annotations
from dentalviewer.formats._project import ClassEntry
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.reviewing.working_order import rows_of
from dentalviewer.review import Review, Source, Verdict
from dentalviewer.study import Finding
from tests.dentist import LEFT, Dentist, near
from tests.gui.conftest import A, B, C, MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedDetector

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
SIZE = Size(1000, 500)
INNER = Box(730, 280, 750, 330)  # inside C
FOUND = (
    Finding(A, "restoration", score=0.9),
    Finding(B, "implant", score=0.8),
    Finding(C, "implant", score=0.7),
    Finding(INNER, "endodontic", score=0.6),
)


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """The detector found four boxes on each of two radiographs, one within another."""
    dentist = make_window(ScriptedDetector(FOUND))
    folder = tmp_path / "folder"
    folder.mkdir()
    write_radiograph(folder / "1.png")
    write_radiograph(folder / "2.png", (500, 250))
    dentist.open_folder(folder)
    return dentist


def drag(
    dentist: Dentist,
    start: tuple[float, float],
    end: tuple[float, float],
    held: Qt.KeyboardModifier,
) -> None:
    canvas = dentist.window.canvas
    begin, finish = dentist._point(start), dentist._point(end)
    QTest.mousePress(canvas, LEFT, held, begin)
    for step in (0.5, 1.0):
        QTest.mouseMove(canvas, begin + (finish - begin) * step)
    QTest.mouseRelease(canvas, LEFT, held, finish)


def click(dentist: Dentist, box: Box, held: Qt.KeyboardModifier) -> None:
    point: QPoint = dentist._point(near(box))
    QTest.mouseClick(dentist.window.canvas, LEFT, held, point)


def go_on(dentist: Dentist, name: str = "2.png") -> None:
    dentist.press("D")
    dentist.wait_for_radiograph(name)
    dentist.wait_for_detector()


def selected(dentist: Dentist) -> set[tuple[float, float, float, float]]:
    return {i.current.box.corners for i in dentist.window.desk.selection.items}


def drawn(dentist: Dentist) -> list[Finding]:
    return [i.current for i in dentist.window.session.review.items if i.added]


# Classes


def test_the_class_used_last_is_that_of_the_next_box(dentist: Dentist) -> None:
    dentist.press("3", "W")
    dentist.drag((100, 300), (160, 360))
    dentist.press("Esc", "W")
    dentist.drag((200, 300), (260, 360))
    go_on(dentist)
    dentist.press("B")

    assert dentist.selected.current.label == "implant"
    assert dentist.window.commands.annotator.classes.current == "implant"


def test_a_class_given_to_a_box_goes_on_to_the_next(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("2", "Esc", "B")

    assert dentist.selected.current.label == "endodontic"


def test_other_classes_of_the_project_have_the_next_numbers(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(ScriptedDetector((Finding(A, "caries", score=0.9),)))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    assert not dentist.window.commands.actions["class_5"].isVisible()
    dentist.press("Esc", "4", "B")

    assert dentist.selected.current.label == "caries"
    buttons = dentist.window.side.card.findChildren(QPushButton, "labelButton")
    assert "caries" in [button.text() for button in buttons if button.isChecked()]


def test_classes_that_the_project_lists_have_numbers_from_the_first_radiograph_on(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    image = LabelledImage(
        write_radiograph(folder / "1.png"), SIZE, (Finding(A, "Krone"),)
    )
    tags = ("Karies", "Krone", "Implantat")
    project = Project(tuple(map(ClassEntry, tags)))
    export = write_annotations([image], folder, "coco", project=project)
    dentist = make_window(ScriptedDetector(()))
    current = dentist.window.preferences.current
    settings = replace(current, aliases={"implantat": "implant"})
    dentist.window.preferences.use(settings)
    dentist.window.open([export.path])
    dentist.wait_for_radiograph("1.png")
    choice = dentist.window.commands.annotator.classes
    dentist.wait_until(lambda: len(choice.labels) == 5)

    # The glossary's three, then what the file lists and is none of them, in its order,
    # though only the crown occurs.
    assert choice.labels[3:] == ("Karies", "Krone")
    dentist.press("Esc", "4", "B")
    assert dentist.selected.current.label == "Karies"

    dentist.window.open([write_radiograph(tmp_path / "other.png")])
    dentist.wait_for_radiograph("other.png")
    assert choice.labels == ("restoration", "endodontic", "implant")


def test_a_class_that_nobody_used_yet_is_named(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("0")
    (dialog,) = dentist.window.findChildren(QInputDialog)
    dialog.setTextValue(" Post  & core ")
    dialog.accept()
    dentist.press("Esc", "1", "4", "B")

    assert dentist.selected.current.label == "Post & core"
    assert {i.current.label for i in dentist.items(Source.DETECTOR)} >= {"Post & core"}


# Drawing on


def test_the_drawing_tool_stays_in_hand_if_the_reader_wants(dentist: Dentist) -> None:
    dentist.press("Shift+R", "R")
    dentist.drag((100, 300), (160, 360))
    dentist.press("2")
    dentist.drag((200, 300), (260, 360))

    assert [f.label for f in drawn(dentist)] == ["restoration", "endodontic"]
    assert dentist.window.preferences.current.keep_drawing


# Many at once


def test_boxes_are_selected_one_more_by_one_more(dentist: Dentist) -> None:
    dentist.click(near(A))
    click(dentist, B, SHIFT)
    assert selected(dentist) == {A.corners, B.corners}
    click(dentist, A, CTRL)

    assert selected(dentist) == {B.corners}


def test_lines_of_the_list_are_selected_together(dentist: Dentist) -> None:
    findings = dentist.window.side.findings
    (group,) = (findings.topLevelItem(i) for i in range(findings.topLevelItemCount()))
    assert group is not None
    for line, held in ((0, Qt.KeyboardModifier.NoModifier), (2, SHIFT), (1, CTRL)):
        place = findings.visualItemRect(group.child(line)).center()
        QTest.mouseClick(findings.viewport(), LEFT, held, place)

    # In the list as in the picture: from left to right, without the second of three.
    assert selected(dentist) == {A.corners, C.corners}
    assert findings.selectedItems() == [group.child(0), group.child(2)]


def test_a_frame_selects_what_has_its_middle_in_it(dentist: Dentist) -> None:
    drag(dentist, (90, 90), (450, 190), SHIFT)

    assert selected(dentist) == {A.corners, B.corners}


def test_a_frame_moves_neither_boxes_nor_the_radiograph(dentist: Dentist) -> None:
    before = dentist.window.canvas.viewport
    dentist.click(near(A))
    drag(dentist, near(A), (500, 400), SHIFT)

    assert dentist.window.canvas.viewport == before
    assert not dentist.window.session.undo_stack.count()


def test_all_are_accepted_in_one_step(dentist: Dentist) -> None:
    dentist.press("Ctrl+A", "Return")
    assert dentist.verdicts() == ["accepted"] * 4
    dentist.press("Ctrl+Z")

    assert dentist.verdicts() == ["undecided"] * 4


def test_what_both_marked_and_was_renamed_afterwards_is_one_finding(
    dentist: Dentist,
) -> None:
    review = Review().propose_annotations([Finding(A, "restoration")])
    detection = dentist.window.session.review.detection
    study = dentist.window.session.study
    assert study is not None
    dentist.window.session.open(study, review.propose(detection))
    dentist.press("Ctrl+Return")
    dentist.click(near(A))
    dentist.press("3")

    (renamed,) = accepted_items(dentist.window.session.review)
    assert (renamed.id, renamed.current) == (1, Finding(A, "implant"))
    rows = rows_of(dentist.window.session.review)
    assert [row.item.id for row in rows if row.place.decided] == [1]


def test_what_was_rejected_is_not_accepted_with_the_rest(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("X", "Ctrl+A", "Return")

    assert dentist.verdicts() == ["rejected", "accepted", "accepted", "accepted"]


def test_all_are_rejected_and_renamed_in_one_step(dentist: Dentist) -> None:
    dentist.click(near(A))
    click(dentist, B, SHIFT)
    dentist.press("2")
    assert [i.current.label for i in dentist.items(Source.DETECTOR)[:2]] == [
        "endodontic",
        "endodontic",
    ]
    dentist.press("Ctrl+Z", "X")

    assert dentist.verdicts() == ["rejected", "rejected", "undecided", "undecided"]
    assert dentist.window.session.undo_stack.count() == 1


def test_all_are_nudged_in_one_step(dentist: Dentist) -> None:
    dentist.click(near(A))
    click(dentist, B, SHIFT)
    dentist.press("Ctrl+1", "Ctrl+Right", "Ctrl+Right")
    assert selected(dentist) == {A.moved(2, 0).corners, B.moved(2, 0).corners}
    dentist.press("Ctrl+Z")

    assert selected(dentist) == {A.corners, B.corners}


def test_all_are_dragged_together(dentist: Dentist) -> None:
    dentist.click(near(A))
    click(dentist, B, SHIFT)
    dentist.drag(near(A), near(A, dx=40, dy=20))
    (one, other) = (i.current.box for i in dentist.window.desk.selection.items)

    # A point of the screen is up to two pixels of the radiograph.
    assert one.x_min - A.x_min == pytest.approx(40, abs=2)
    assert (one.x_min - A.x_min, one.y_min - A.y_min) == pytest.approx(
        (other.x_min - B.x_min, other.y_min - B.y_min)
    )
    assert dentist.window.session.undo_stack.count() == 1


def test_own_boxes_are_deleted_together(dentist: Dentist) -> None:
    dentist.press("B", "Ctrl+D", "Ctrl+A", "Del")
    assert drawn(dentist) == []
    assert dentist.verdicts() == ["rejected"] * 4
    dentist.press("Ctrl+Z")

    assert len(drawn(dentist)) == 2


def test_a_place_with_two_names_is_left_to_be_chosen(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(ScriptedDetector((Finding(A, "implant", score=0.9),)))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.window.session.propose_annotations(
        [Finding(A, "restoration"), Finding(C, "restoration")], []
    )
    dentist.press("Ctrl+A", "Return")

    assert dentist.verdicts() == ["undecided", "undecided", "accepted"]
    assert len(dentist.window.desk.selection.ids) == 2


def test_of_two_marks_that_agree_one_is_selected(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(ScriptedDetector((Finding(A, "implant", score=0.9),)))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.window.session.propose_annotations([Finding(A, "implant")], [])
    dentist.press("Ctrl+A", "Ctrl+Right")

    assert [i.source for i in dentist.window.desk.selection.items] == [Source.DENTIST]
    assert not dentist.items(Source.DETECTOR)[0].corrected


# What lies under what


def test_a_key_goes_through_boxes_that_lie_on_each_other(dentist: Dentist) -> None:
    dentist.click(near(INNER))
    assert selected(dentist) == {INNER.corners}
    dentist.press("O")
    assert selected(dentist) == {C.corners}
    dentist.press("O")

    assert selected(dentist) == {INNER.corners}


def test_quick_clicks_on_boxes_that_overlap_do_not_zoom(dentist: Dentist) -> None:
    before = dentist.window.canvas.viewport
    point = dentist._point(near(INNER))
    QTest.mouseClick(dentist.window.canvas, LEFT, pos=point)
    QTest.mouseDClick(dentist.window.canvas, LEFT, pos=point)

    assert dentist.window.canvas.viewport == before


# Out of the way


def test_a_locked_box_stays_where_it_is(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("L")
    dentist.drag(near(A), near(A, dx=60))
    dentist.press("Ctrl+Right")
    dentist.drag((A.x_max, A.y_max), (A.x_max + 30, A.y_max + 30))
    assert dentist.items(Source.DETECTOR)[0].current.box == A
    dentist.click(near(A))
    dentist.press("L", "Ctrl+Right")

    assert dentist.items(Source.DETECTOR)[0].current.box != A


def test_a_locked_box_can_be_decided(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("L", "Return")

    assert dentist.verdicts()[0] == "accepted"


def test_a_hidden_box_is_in_sight_while_it_is_selected(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("Shift+H")
    assert len(dentist.window.canvas.marks) == 3
    dentist.window.desk.select(1)
    assert len(dentist.window.canvas.marks) == 4
    dentist.press("Esc", "Ctrl+H")

    assert len(dentist.window.canvas.marks) == 4


def test_a_class_is_hidden_and_shown_again(dentist: Dentist) -> None:
    dentist.click(near(B))
    dentist.press("Shift+G")
    assert {m.label for m in dentist.window.canvas.marks} == {
        "restoration",
        "endodontic",
    }
    dentist.press("Ctrl+H")

    assert len(dentist.window.canvas.marks) == 4


def test_who_draws_a_hidden_class_sees_it(dentist: Dentist) -> None:
    dentist.click(near(B))
    dentist.press("Shift+G", "3", "B")

    assert "implant" in {mark.label for mark in dentist.window.canvas.marks}


# Boxes used again


def test_boxes_are_copied_to_a_radiograph_of_another_size(dentist: Dentist) -> None:
    dentist.click(near(A))
    click(dentist, B, SHIFT)
    dentist.press("Ctrl+C")
    go_on(dentist)
    dentist.press("Ctrl+V")

    assert drawn(dentist) == [
        Finding(A.scaled(0.5, 0.5), "restoration"),
        Finding(B.scaled(0.5, 0.5), "implant"),
    ]


def test_a_double_lies_beside_and_is_undone_at_once(dentist: Dentist) -> None:
    dentist.press("B", "Ctrl+D")
    first, second = drawn(dentist)
    assert second.box.x_min > first.box.x_min
    assert second.box.width == pytest.approx(first.box.width)
    dentist.press("Ctrl+Z")

    assert drawn(dentist) == [first]


def test_the_previous_boxes_are_proposed_and_not_decided(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("Return")
    dentist.click(near(B))
    dentist.press("X")
    go_on(dentist)
    before = dentist.window.session.review
    dentist.press("Ctrl+B")
    (item,) = dentist.items(Source.DENTIST)
    assert item.current == Finding(A.scaled(0.5, 0.5), "restoration")
    assert item.verdict is Verdict.UNDECIDED
    assert dentist.window.desk.selection.ids == (item.id,)
    dentist.press("Ctrl+Z")

    assert dentist.window.session.review == before


def test_previous_boxes_are_not_copied_twice(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("Return")
    go_on(dentist)
    dentist.press("Ctrl+B")
    dentist.press("Right", "Ctrl+B")

    assert len(dentist.items(Source.DENTIST)) == 1
    assert dentist.news == "All boxes of 1.png are here already."


def test_hidden_predictions_neither_keep_nor_stand_for_previous_boxes(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """On both radiographs the detector says what the dentist draws on the first."""
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist = make_window(ScriptedDetector([Finding(A, "restoration", score=0.9)]))
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([tmp_path])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.window.desk.draw([Finding(A, "restoration")])
    go_on(dentist)
    assert dentist.window.session.review.predictions_hidden
    dentist.press("Ctrl+B")

    assert dentist.news == "1 box is copied from 1.png."
    assert boxes(dentist) == [Finding(A, "restoration")]


@pytest.fixture
def annotated(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """Of four radiographs the second is annotated, the third reviewed; none but the
    last was opened.
    """
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("1.png", "2.png", "3.png", "4.png"):
        write_radiograph(folder / name)
    second = LabelledImage(folder / "2.png", SIZE, (Finding(A, "restoration"),))
    write_annotations([second], folder, "labelme")
    review = Review().propose_annotations([Finding(B, "implant"), Finding(C, "caries")])
    saved = SavedReview("3.png", "", SIZE, (), review.reject([2]), review, ())
    write_review(folder / "3.png.review.json", saved, last=None)
    dentist = make_window(ScriptedDetector(()))
    dentist.window.open([folder])
    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 4)
    dentist.wait_for_radiograph("1.png")
    return dentist


def jump_to(dentist: Dentist, name: str) -> None:
    (path,) = (p for p in dentist.window.folder_list.paths if p.name == name)
    dentist.window.opening.open_radiograph(path)
    dentist.wait_for_radiograph(name)


def boxes(dentist: Dentist) -> list[Finding]:
    return [item.current for item in dentist.items(Source.DENTIST)]


def test_previous_boxes_come_from_the_review_of_one_that_was_never_opened(
    annotated: Dentist,
) -> None:
    jump_to(annotated, "4.png")
    annotated.press("Ctrl+B")

    annotated.wait_until(lambda: boxes(annotated) == [Finding(B, "implant")])
    assert annotated.news == "1 box is copied from 3.png."


def test_previous_boxes_come_from_annotations_where_there_is_no_review(
    annotated: Dentist,
) -> None:
    (annotated.window.opening.current.parent / "3.png.review.json").unlink()
    jump_to(annotated, "4.png")
    jump_to(annotated, "3.png")
    annotated.press("Ctrl+B")

    annotated.wait_until(lambda: boxes(annotated) == [Finding(A, "restoration")])


def test_previous_boxes_that_are_uncertain_are_copied_too(annotated: Dentist) -> None:
    folder = annotated.window.opening.current.parent
    (folder / "3.png.review.json").unlink()
    (folder / "2.json").unlink()
    second = LabelledImage(folder / "2.png", SIZE, (Finding(A, "restoration"),))
    written = write_annotations([second], folder, "coco")
    value = json.loads(written.path.read_bytes())
    value["annotations"][0]["iscrowd"] = 1
    written.path.write_text(json.dumps(value))
    jump_to(annotated, "3.png")
    annotated.press("Ctrl+B")

    annotated.wait_until(
        lambda: [(f.box, f.label) for f in boxes(annotated)] == [(A, "restoration")]
    )


def test_where_the_previous_has_no_boxes_it_is_said(annotated: Dentist) -> None:
    jump_to(annotated, "3.png")
    jump_to(annotated, "2.png")
    annotated.press("Ctrl+B")

    annotated.wait_until(
        lambda: annotated.news == "There are no boxes on 1.png to copy."
    )


def test_a_previous_review_that_cannot_be_read_is_named(annotated: Dentist) -> None:
    jump_to(annotated, "4.png")
    path = annotated.window.opening.current.with_name("3.png.review.json")
    path.write_text("{")
    annotated.press("Ctrl+B")

    annotated.wait_until(lambda: "3.png.review.json" in annotated.messages)
    assert boxes(annotated) == []


def test_without_a_radiograph_before_there_is_nothing_to_copy(dentist: Dentist) -> None:
    assert not dentist.window.commands.actions["take_over"].isEnabled()
    assert not dentist.window.commands.actions["paste"].isEnabled()


def test_whether_there_is_a_previous_one_follows_what_the_worklist_shows(
    annotated: Dentist,
) -> None:
    action = annotated.window.commands.actions["take_over"]
    panel = annotated.window.folder_list
    assert not action.isEnabled()

    write_radiograph(annotated.window.opening.current.with_name("0.png"))
    annotated.window.worklist.look_again()
    annotated.wait_until(lambda: len(panel.model.shown) == 5)
    assert action.isEnabled()

    panel.head.search.setText("1.png")
    annotated.wait_until(lambda: len(panel.model.shown) == 1)
    assert not action.isEnabled()


# What is kept from one radiograph to the next


def test_zoom_and_window_are_kept_if_the_reader_wants(dentist: Dentist) -> None:
    dentist.press("K")
    dentist.click(near(A))
    dentist.press("Z")
    dentist.window.side.display.set_window(Window(100, 80))
    before = dentist.window.canvas.viewport
    go_on(dentist)
    after = dentist.window.canvas.viewport

    assert after.scale == pytest.approx(2 * before.scale)
    assert dentist.window.side.display.window_level == Window(100, 80)
    assert dentist.window.preferences.current.keep_view


def test_else_each_radiograph_is_shown_whole(dentist: Dentist) -> None:
    dentist.click(near(A))
    dentist.press("Z")
    go_on(dentist)
    whole = dentist.window.canvas.viewport
    dentist.press("=")

    assert dentist.window.canvas.viewport == whole


def test_the_same_part_of_a_larger_radiograph_is_shown() -> None:
    from dentalviewer.geometry import Size

    seen = Viewport(scale=2.0, x_offset=-300.0, y_offset=-100.0)
    part = seen.carried_over(Size(1000, 500), Size(2000, 1000), Size(400, 200))

    # The middle of the widget was over (250, 100), a quarter across and a fifth down.
    assert part.scale == 1.0
    assert part.to_widget(500, 200) == (200, 100)


def test_a_box_deleted_on_the_radiograph_before_comes_back_with_undo(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    for number in (1, 2):
        write_radiograph(tmp_path / f"{number}.png")
    dentist = make_window()
    dentist.window.open([tmp_path])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.press("B")
    drawn = dentist.selected.current
    dentist.press("Del")
    assert drawn not in [item.current for item in dentist.window.session.review.items]

    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    assert not dentist.window.commands.actions["undo"].isEnabled()
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.press("Ctrl+Z")

    assert drawn in [item.current for item in dentist.window.session.review.items]
    dentist.wait_until_saved()


def test_a_finding_is_marked_as_uncertain_by_key_and_box_and_kept_so(
    dentist: Dentist, tmp_path: Path
) -> None:
    card = dentist.window.side.card
    dentist.click(near(A))
    dentist.press("Q")

    assert dentist.selected.current.uncertain
    # Who is not sure has not decided.
    assert dentist.selected.verdict is Verdict.UNDECIDED
    assert not dentist.selected.corrected
    (box,) = card.findChildren(QCheckBox)
    assert box.isChecked()
    captions = [mark.caption for mark in dentist.window.canvas.marks]
    assert any("restoration?" in caption for caption in captions)
    dentist.press("Ctrl+Z")
    assert not box.isChecked()
    box.click()
    assert dentist.selected.current.uncertain
    assert dentist.window.commands.actions["uncertain"].isChecked()

    dentist.wait_until_saved()
    name = dentist.open_name
    dentist.choose("reopen_radiograph")
    dentist.wait_for_radiograph(name)
    doubted = [i.current.uncertain for i in dentist.window.session.review.items]
    assert doubted.count(True) == 1


def test_several_findings_are_uncertain_together_and_sure_again(
    dentist: Dentist,
) -> None:
    dentist.press("Ctrl+A")
    count = len(dentist.window.desk.selection.items)
    assert count > 1

    dentist.press("Q")
    assert all(i.current.uncertain for i in dentist.window.desk.selection.items)
    dentist.press("Q")
    assert not any(i.current.uncertain for i in dentist.window.desk.selection.items)
    assert not any(i.decided for i in dentist.window.desk.selection.items)
