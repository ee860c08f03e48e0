"""The worklist is filtered by what radiographs have: classes, teeth, annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import Detection
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.class_settings import (
    FILE_NAME,
    ClassSettings,
    settings_content,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.worklist.choice_box import ChoiceBox, ClassFilter
from dentalviewer.study import Finding
from dentalviewer.worklist.predictions import PredictionStore
from dentalviewer.worklist.standing import Predictions
from tests.gui.conftest import MakeWindow
from tests.gui.listed_radiographs import four_radiographs, opened, pick, shown
from tests.scripted_detector import IDENTITY, SETTINGS

SMALL = Box(10, 10, 50, 50)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With four radiographs."""
    return four_radiographs(tmp_path / "scans")


def annotated(radiograph: Path, *findings: Finding) -> None:
    """With a file of labelme beside it."""
    image = LabelledImage(radiograph, Size(400, 200), findings)
    write_annotations([image], radiograph.parent, "labelme")


def entries(box: ChoiceBox) -> list[str]:
    """What can be chosen."""
    return [text for i in range(box.count()) if (text := box.itemText(i))]


def test_the_list_is_filtered_by_each_class_that_there_is(
    make_window: MakeWindow, folder: Path
) -> None:
    annotated(folder / "1.png", Finding(SMALL, "implant"), Finding(SMALL, "ulcer"))
    annotated(folder / "3.png", Finding(SMALL, "implant"))
    dentist = opened(make_window, folder)
    classes = dentist.window.folder_list.head.classes
    dentist.wait_until(lambda: len(entries(classes)) == 4)

    assert entries(classes) == [
        "Any class", "No annotations (2)", "implant (2)", "ulcer (1)",
    ]  # fmt: skip
    pick(classes, "implant")
    assert shown(dentist) == ["1.png", "3.png"]
    pick(classes, "ulcer")
    assert shown(dentist) == ["1.png"]
    pick(classes, "No annotations")
    assert shown(dentist) == ["2.png", "10.png"]


def test_a_class_that_is_not_there_any_more_stays_chosen_until_another_is(
    make_window: MakeWindow, folder: Path
) -> None:
    annotated(folder / "1.png", Finding(SMALL, "ulcer"))
    dentist = opened(make_window, folder)
    classes = dentist.window.folder_list.head.classes
    dentist.wait_until(lambda: len(entries(classes)) == 3)
    pick(classes, "ulcer")
    dentist.press("Down", "X")
    dentist.wait_until(lambda: "ulcer (0)" in entries(classes))
    assert classes.currentText() == "ulcer (0)"
    # As with statuses, what is worked on keeps its place until one chooses again.
    assert shown(dentist) == ["1.png"]

    pick(classes, "ulcer")
    assert dentist.window.folder_list.view.hint == (
        "None of these has a finding of class ulcer."
    )


def test_a_class_has_the_name_that_the_folder_gave_it(
    make_window: MakeWindow, folder: Path
) -> None:
    settings = ClassSettings(names={"implant": "fixture"})
    (folder / FILE_NAME).write_bytes(settings_content(settings))
    annotated(folder / "1.png", Finding(SMALL, "implant"))
    dentist = opened(make_window, folder)
    classes = dentist.window.folder_list.head.classes

    dentist.wait_until(lambda: "fixture (1)" in entries(classes))


def test_a_tooth_is_searched_for_in_the_notation_of_the_window(
    make_window: MakeWindow, folder: Path
) -> None:
    annotated(folder / "2.png", Finding(SMALL, "implant", tooth=Tooth(3, 6)))
    dentist = opened(make_window, folder)
    search = dentist.window.folder_list.head.search
    assert search.placeholderText() == "Search by name, or tooth:36"
    dentist.press("/")
    dentist.qtbot.keyClicks(search, "tooth:36")
    dentist.press("Return")
    assert shown(dentist) == ["2.png"]

    dentist.window.preferences.change(notation=Notation.UNIVERSAL.name)
    assert search.placeholderText() == "Search by name, or tooth:19"
    # What Universal calls 36 is no tooth.
    assert shown(dentist) == []
    dentist.press("/")
    dentist.qtbot.keyClicks(search, "tooth:19")
    dentist.press("Return")
    assert shown(dentist) == ["2.png"]


def test_no_filter_tells_what_was_predicted_to_who_reads_first(
    make_window: MakeWindow, folder: Path, tmp_path: Path
) -> None:
    store = PredictionStore(tmp_path / "predictions.sqlite")
    for name in ("2.png", "3.png"):
        found = (Finding(SMALL, "implant", score=0.9),)
        store.put(folder / name, Detection(IDENTITY, SETTINGS, found))
    dentist = opened(make_window, folder)
    classes = dentist.window.folder_list.head.classes
    dentist.window.worklist.use_predictions(Predictions(store, IDENTITY))
    dentist.wait_until(lambda: "implant (2)" in entries(classes))
    dentist.choose("read_first")

    dentist.wait_until(lambda: entries(classes) == ["Any class", "No annotations (4)"])
    store.close()


def test_a_long_name_of_a_class_ends_in_an_ellipsis_where_it_does_not_fit(
    qtbot: QtBot,
) -> None:
    box = ClassFilter()
    qtbot.addWidget(box)
    box.show_counts({"impacted wisdom tooth, lower left": 4}, 0)
    pick(box, "impacted wisdom tooth, lower left")

    def written(width: int) -> str:
        option: Any = QStyleOptionComboBox()
        box.setFixedWidth(width)
        box.initStyleOption(option)
        return str(option.currentText)

    assert written(200).startswith("impacted")
    assert written(200).endswith("…")
    assert written(box.sizeHint().width()) == "impacted wisdom tooth, lower left (4)"
