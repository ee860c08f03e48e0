"""Classes of a project change in the window: filled in, previewed, done, taken back."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QInputDialog,
    QPushButton,
    QStyleOptionViewItem,
    QTreeWidgetItemIterator,
)
from pytestqt.qtbot import QtBot

from dentalviewer.cli import main
from dentalviewer.curation.class_renaming import Occurring, request_of
from dentalviewer.curation.classes import (
    ClassChange,
    plan_change,
    read_project_classes,
)
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.class_settings import NOTHING_SETTLED, class_settings_of
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.project.classes_desk import ClassesDesk
from dentalviewer.gui.project.classes_dialog import ClassesDialog
from dentalviewer.gui.project.classes_preview import ClassesPreview
from dentalviewer.gui.project.classes_table import MEANS, NEW_NAME, SWATCH, ClassesTable
from dentalviewer.gui.widgets.palette import label_color, use_classes
from dentalviewer.study import Finding
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, ScriptedDetector, write_radiograph
from tests.gui.test_tab_key import usable, walk

SIZE = Size(1000, 500)
BOX = Box(100, 100, 200, 180)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two radiographs: three crowns, a pin, and in one of the files a cap."""
    place = tmp_path / "set"
    place.mkdir()
    images = [
        LabelledImage(
            write_radiograph(place / name),
            SIZE,
            tuple(
                Finding(BOX.moved(150 * i, 0), each) for i, each in enumerate(labels)
            ),
        )
        for name, labels in {
            "a.png": ["crown", "crown", "pin"],
            "b.png": ["crown", "cap"],
        }.items()
    ]
    write_annotations(images, place, "labelme")
    return place


@pytest.fixture
def desk(folder: Path, make_window: MakeWindow, qtbot: QtBot) -> ClassesDesk:
    """With the dialog open, after all was looked through."""
    dentist = make_window()
    dentist.window.open([folder])
    qtbot.waitUntil(lambda: dentist.window.session.study is not None)
    desk = dentist.window.project.classes
    dentist.window.commands.actions["classes"].trigger()
    qtbot.waitUntil(lambda: not desk.busy and desk.dialog.table.rowCount() > 0)
    return desk


def names(dialog: ClassesDialog) -> list[str]:
    items = [dialog.table.item(row, 0) for row in range(dialog.table.rowCount())]
    return [item.text() for item in items if item is not None]


def click(desk: ClassesDesk, button: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(getattr(desk.dialog, button), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.busy)


def labels(folder: Path, name: str) -> list[str]:
    value = json.loads((folder / name).read_bytes())
    return [shape["label"] for shape in value["shapes"]]


def test_classes_are_merged_after_a_preview_and_taken_back(
    desk: ClassesDesk, folder: Path, qtbot: QtBot
) -> None:
    dialog = desk.dialog
    before = {path: path.read_bytes() for path in folder.glob("?.json")}
    assert names(dialog) == ["cap", "crown", "pin"]
    assert not dialog.apply_button.isEnabled()

    dialog.table.setRangeSelected(_rows(0, 1), True)
    dialog.table.merge_selected()
    click(desk, "preview_button", qtbot)

    assert dialog.preview.summary == "1 finding in 1 file would change"
    lines = [dialog.preview.list.item(row).text() for row in range(2)]
    means = "crown means restoration: the window shows it so"
    assert lines == [means, "b.json: 1 finding"]
    assert {path: path.read_bytes() for path in before} == before
    click(desk, "apply_button", qtbot)
    qtbot.waitUntil(lambda: names(dialog) == ["crown", "pin"])
    assert labels(folder, "b.json") == ["crown", "crown"]
    assert dialog.message == "1 file written"
    qtbot.waitUntil(lambda: not desk.busy)
    qtbot.mouseClick(dialog.undo_button, Qt.MouseButton.LeftButton)
    # Taking back goes to its end.
    assert not dialog.close_button.isEnabled()
    qtbot.waitUntil(lambda: names(dialog) == ["cap", "crown", "pin"])
    assert dialog.close_button.isEnabled()
    assert {path: path.read_bytes() for path in before} == before


def test_after_a_preview_the_space_bar_does_not_close_the_dialog(
    desk: ClassesDesk, qtbot: QtBot
) -> None:
    dialog = desk.dialog
    dialog.table.setRangeSelected(_rows(0, 1), True)
    dialog.table.merge_selected()
    dialog.preview_button.setFocus()

    qtbot.keyClick(dialog.preview_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not desk.busy)

    assert dialog.focusWidget() is dialog.preview_button
    assert dialog.isVisible()


def _rows(first: int, last: int) -> object:
    from PySide6.QtWidgets import QTableWidgetSelectionRange

    return QTableWidgetSelectionRange(first, 0, last, 5)


def test_a_review_on_another_drive_of_windows_is_previewed_with_its_whole_path(
    folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those in the user's own folder are, where the radiographs' is read-only."""

    def on_another_drive(path: Path, start: Path) -> str:
        raise ValueError(f"{path} is on another drive than {start}")

    monkeypatch.setattr(os.path, "relpath", on_another_drive)
    classes = read_project_classes(folder, user_folder=folder / "none")
    change = ClassChange({"cap": "crown"})
    now = datetime.now(UTC)
    request = request_of(
        change, NOTHING_SETTLED, occurring=Occurring(), aliases={}, when=now
    )
    preview = ClassesPreview()
    qtbot.addWidget(preview)

    preview.show_plan(plan_change(classes, request))

    shown = [preview.list.item(row).text() for row in range(preview.list.count())]
    assert shown == [f"{folder / 'b.json'}: 1 finding"]


def test_what_is_filled_in_after_a_preview_needs_another(
    desk: ClassesDesk, qtbot: QtBot
) -> None:
    desk.dialog.table.set_new_name(1, "Krone")
    click(desk, "preview_button", qtbot)
    assert desk.dialog.apply_button.isEnabled()

    desk.dialog.table.set_new_name(1, "Kronen")

    assert not desk.dialog.apply_button.isEnabled()
    assert desk.dialog.preview.summary == ""


def test_a_color_is_that_of_the_boxes_from_then_on(
    desk: ClassesDesk, folder: Path, qtbot: QtBot
) -> None:
    desk.dialog.table.set_color(1, "#102030")
    click(desk, "preview_button", qtbot)
    click(desk, "apply_button", qtbot)

    # Those of a crown are restorations in the window.
    colors = {"crown": "#102030", "restoration": "#102030"}
    assert class_settings_of(folder).colors == colors
    qtbot.waitUntil(lambda: label_color("restoration").name() == "#102030")
    use_classes({})


def test_what_a_name_means_by_the_preferences_is_shown_and_not_filled_in(
    desk: ClassesDesk, qtbot: QtBot
) -> None:
    table = desk.dialog.table
    cap, crown = names(desk.dialog).index("cap"), names(desk.dialog).index("crown")

    assert meaning(table, crown) == "restoration"
    assert meaning(table, cap) == ""
    assert swatch(table, crown) == label_color("restoration").name()
    assert not table.is_filled
    # Who says it for the whole project is heard.
    table.item(crown, MEANS).setText("implant")
    assert meaning(table, crown) == "implant"
    assert table.wanted.aliases == {"crown": "implant"}


def meaning(table: ClassesTable, row: int) -> str:
    """What stands in the line, be it filled in or not."""
    option = QStyleOptionViewItem()
    index = table.model().index(row, MEANS)
    table.itemDelegateForColumn(MEANS).initStyleOption(option, index)
    return str(option.text)  # type: ignore[attr-defined]


def swatch(table: ClassesTable, row: int) -> str:
    image = table.item(row, 0).icon().pixmap(SWATCH, SWATCH).toImage()
    return image.pixelColor(SWATCH // 2, SWATCH // 2).name()


def test_a_name_that_means_one_of_our_classes_is_read_as_it(
    desk: ClassesDesk, folder: Path, make_window: MakeWindow, qtbot: QtBot
) -> None:
    item = desk.dialog.table.item(2, MEANS)
    assert item is not None
    item.setText("implant")
    click(desk, "preview_button", qtbot)
    assert desk.dialog.preview.list.item(0).text() == "dentalviewer-classes.json: new"
    click(desk, "apply_button", qtbot)

    assert labels(folder, "a.json") == ["crown", "crown", "pin"]
    for path in folder.glob("*.review.json"):
        path.unlink()
    other = make_window()
    other.window.open([folder / "a.png"])
    qtbot.waitUntil(lambda: other.window.session.study is not None)
    annotated = other.window.session.study.annotated
    assert [finding.label for finding in annotated][2] == "implant"


def test_our_classes_are_offered_for_what_a_name_means(
    desk: ClassesDesk, qtbot: QtBot
) -> None:
    table = desk.dialog.table
    item = table.item(2, MEANS)
    assert item is not None
    table.editItem(item)
    choice = table.findChild(QComboBox)
    assert choice is not None
    offered = [choice.itemText(index) for index in range(choice.count())]
    assert offered == ["", "restoration", "endodontic", "implant"]

    choice.setCurrentIndex(3)
    choice.activated.emit(3)

    assert table.wanted.aliases == {"pin": "implant"}
    assert desk.dialog.preview_button.isEnabled()


def test_a_name_that_cannot_be_is_said(desk: ClassesDesk, qtbot: QtBot) -> None:
    desk.dialog.table.set_new_name(1, "a\tb")
    click(desk, "preview_button", qtbot)
    assert "goes on one line" in desk.dialog.message
    item = desk.dialog.table.item(1, NEW_NAME)
    assert item is not None
    assert item.text() == "a\tb"


def test_the_keyboard_goes_from_the_table_to_what_is_done_with_it(
    desk: ClassesDesk, qtbot: QtBot
) -> None:
    dialog = desk.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.table.set_new_name(0, "caries")
    dialog.table.setFocus()
    dialog.table.selectRow(0)

    reached = walk(dialog, qtbot)

    assert set(reached) == usable(dialog)
    assert {dialog.color_button, dialog.reset_button, dialog.preview_button} <= {
        *reached
    }


def list_of(dentist: Dentist) -> list[str]:
    """What the list of findings says, a line each."""
    lines = QTreeWidgetItemIterator(dentist.window.side.findings)
    said = []
    while (line := lines.value()) is not None:
        said.append(line.text(0))
        lines += 1
    return said


def test_the_window_calls_a_class_as_it_was_renamed_and_knows_it_by_that(
    folder: Path, make_window: MakeWindow
) -> None:
    for path in folder.glob("?.json"):
        path.write_text(path.read_text().replace("crown", "endodontic"))
    assert main(["classes", str(folder), "--rename", "endodontic=kanalX"]) == 0
    dentist = make_window(ScriptedDetector(()))
    dentist.window.open([folder])
    dentist.wait_for_radiograph("a.png")
    card = dentist.window.side.card

    dentist.press("N")
    assert dentist.selected.current.label == "endodontic"
    buttons = card.findChildren(QPushButton, "labelButton")
    assert [b.text() for b in buttons if b.isChecked()] == ["kanalX"]
    assert dentist.window.commands.actions["endodontic"].text() == "Class: kanalX"
    dentist.press("1")
    assert dentist.selected.current.label == "restoration"
    # Whoever types the name means the class.
    dentist.window.commands.actions["other_class"].trigger()
    (dialog,) = dentist.window.findChildren(QInputDialog)
    assert "kanalX" in dialog.comboBoxItems()
    dialog.setTextValue("kanalX")
    dialog.accept()
    assert dentist.selected.current.label == "endodontic"

    dentist.wait_until_saved()
    assert main(["classes", str(folder), "--rename", "kanalX=Wurzel"]) == 0
    dentist.choose("reopen_radiograph")
    dentist.wait_until(lambda: list_of(dentist).count("Wurzel") == 2)
    assert "kanalX" not in list_of(dentist)

    dentist.window.open([write_radiograph(folder.parent / "other.png")])
    dentist.wait_for_radiograph("other.png")
    words = dentist.window.commands.actions["endodontic"].text()
    assert words == "Class: endodontic treatment"
