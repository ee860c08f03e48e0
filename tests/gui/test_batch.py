"""All radiographs are examined beside the reader, who goes on reviewing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from dentalviewer.detector import DetectorIdentity
from dentalviewer.errors import DetectionError
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.geometry import Size
from dentalviewer.gui.batch.batch_bar import BatchBar
from dentalviewer.gui.batch.batch_dialog import FailuresDialog
from dentalviewer.gui.batch.batch_words import time_left
from dentalviewer.review import Source
from tests.dentist import Dentist
from tests.gui.conftest import (
    ANNOTATED,
    PREDICTED,
    MakeWindow,
    write_numbered_radiographs,
    write_radiograph,
)
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_numbered_radiographs(tmp_path / "folder", 5)


def says(dentist: Dentist, bar: BatchBar, words: str) -> None:
    dentist.wait_until(lambda: words in bar.words.text())


def test_all_are_examined_and_shown_at_once_when_opened(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    bar = dentist.open_folder(folder)
    says(dentist, bar, "1 of 5 examined")
    assert bar.begin.text() == "Examine the rest"
    dentist.press("Shift+F5")
    says(dentist, bar, "All 5 examined")
    assert sorted(detector.examined) == [f"{n}.png" for n in range(1, 6)]
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()

    assert len(dentist.items(Source.DETECTOR)) == 3
    assert len(detector.examined) == 5
    assert not bar.begin.isVisible()
    assert not dentist.messages


def test_the_reader_goes_first_and_reviews_while_it_runs(
    make_window: MakeWindow, folder: Path
) -> None:
    batch, reader = ScriptedDetector(PREDICTED), ScriptedDetector(PREDICTED)
    batch.held = threading.Event()

    class Catalogue(ScriptedCatalogue):
        def load(self, name: str) -> ScriptedDetector:
            beside = threading.current_thread().name.startswith("hand")
            return batch if beside else reader

    dentist = make_window(catalogue=Catalogue({"scripted": reader}))
    bar = dentist.open_folder(folder)
    bar.begin.click()
    dentist.wait_until(lambda: batch.examined == ["2.png"])
    dentist.window.opening.open_radiograph(folder / "4.png")
    dentist.wait_for_radiograph("4.png")
    dentist.wait_for_detector()
    # The batch is still at 2, and 4 is examined, reviewed and saved.
    assert batch.examined == ["2.png"]
    dentist.press("N", "Y")
    dentist.wait_until_saved()
    assert "accepted" in dentist.verdicts()
    batch.held.set()
    says(dentist, bar, "All 5 examined")

    # 4 was examined by the reader's own wish. 5 follows the reader, 3 may lie ready.
    assert batch.examined[0] == "2.png"
    assert sorted(batch.examined) == ["2.png", "3.png", "5.png"]


def test_paused_cancelled_and_begun_again_the_rest_is_done(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    catalogue = ScriptedCatalogue({"scripted": detector}, at_once=1)
    dentist = make_window(catalogue=catalogue)
    bar = dentist.open_folder(folder)
    detector.held = threading.Event()
    dentist.choose("examine_all")
    dentist.wait_until(lambda: len(detector.examined) == 2)
    bar.pause.click()
    says(dentist, bar, "Paused")
    assert (bar.pause.isVisible(), bar.resume.isVisible()) == (False, True)
    assert dentist.window.commands.actions["pause_examining"].text() == (
        "Res&ume examining"
    )
    detector.held.set()
    # The second was in work as it was paused.
    says(dentist, bar, "Paused, 2 of 5 examined")
    dentist.choose("cancel_examining")
    says(dentist, bar, "2 of 5 examined")
    assert not bar.progress.isVisible()
    dentist.choose("examine_all")
    says(dentist, bar, "All 5 examined")

    assert len(detector.examined) == 5


def select(dentist: Dentist, *names: str) -> None:
    """In the worklist, by the mouse with Ctrl; the one in the window is given back."""
    panel, ctrl = dentist.window.folder_list, Qt.KeyboardModifier.ControlModifier
    for name in ("1.png", *names):
        row = [path.name for path in panel.model.shown].index(name)
        at = panel.view.visualRect(panel.model.index(row)).center()
        viewport, left = panel.view.viewport(), Qt.MouseButton.LeftButton
        dentist.qtbot.mouseClick(viewport, left, ctrl, at)


def test_those_that_are_selected_are_examined_alone(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    bar = dentist.open_folder(folder)
    says(dentist, bar, "1 of 5 examined")
    select(dentist, "3.png", "5.png")
    dentist.press("Ctrl+F5")

    says(dentist, bar, "3 of 5 examined")
    assert sorted(detector.examined) == ["1.png", "3.png", "5.png"]
    assert bar.begin.text() == "Examine the rest"
    assert not dentist.news
    dentist.choose("examine_selected")
    dentist.wait_until(lambda: "has examined these already" in dentist.news)
    assert len(detector.examined) == 3


def test_those_that_are_selected_come_first_where_all_are_being_examined(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    catalogue = ScriptedCatalogue({"scripted": detector}, at_once=1)
    dentist = make_window(catalogue=catalogue)
    bar = dentist.open_folder(folder)
    detector.held = threading.Event()
    dentist.choose("examine_all")
    dentist.wait_until(lambda: detector.examined == ["1.png", "2.png"])
    bar.pause.click()
    select(dentist, "5.png")
    dentist.choose("examine_selected")
    detector.held.set()

    # What was paused goes on.
    says(dentist, bar, "All 5 examined")
    assert detector.examined == [f"{n}.png" for n in (1, 2, 5, 3, 4)]


def test_others_are_added_to_those_that_are_being_examined(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    catalogue = ScriptedCatalogue({"scripted": detector}, at_once=1)
    dentist = make_window(catalogue=catalogue)
    bar = dentist.open_folder(folder)
    detector.held = threading.Event()
    select(dentist, "2.png", "3.png")
    dentist.choose("examine_selected")
    dentist.wait_until(lambda: detector.examined == ["1.png", "2.png"])
    dentist.press("Esc")
    select(dentist, "5.png")
    dentist.choose("examine_selected")
    detector.held.set()

    says(dentist, bar, "4 of 5 examined")
    assert "4.png" not in detector.examined


def test_a_detector_that_was_removed_is_asked_no_more(
    make_window: MakeWindow, folder: Path
) -> None:
    catalogue = ScriptedCatalogue({"mine": ScriptedDetector(PREDICTED)}, own=["mine"])
    dentist = make_window(catalogue=catalogue)
    bar = dentist.open_folder(folder)
    says(dentist, bar, "1 of 5 examined")

    catalogue.remove("mine")
    dentist.window.detectors.use_names(catalogue.names())

    assert not dentist.window.batch.may_begin
    assert not dentist.window.commands.actions["examine_all"].isEnabled()
    assert not bar.isVisible()


def test_after_a_restart_only_the_rest_is_examined(
    make_window: MakeWindow, folder: Path
) -> None:
    first = ScriptedDetector(PREDICTED)
    dentist = make_window(first)
    bar = dentist.open_folder(folder)
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    says(dentist, bar, "2 of 5 examined")
    dentist.window.close()

    second = ScriptedDetector(PREDICTED)
    dentist = make_window(second)
    bar = dentist.open_folder(folder)
    assert len(dentist.items(Source.DETECTOR)) == 3
    says(dentist, bar, "2 of 5 examined")
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    assert sorted(second.examined) == ["3.png", "4.png", "5.png"]


def test_another_detector_examines_all_anew_and_the_first_is_not_forgotten(
    make_window: MakeWindow, folder: Path
) -> None:
    first = ScriptedDetector(PREDICTED)
    second = ScriptedDetector(identity=DetectorIdentity("second", "6d" * 32, "none"))
    dentist = make_window(
        catalogue=ScriptedCatalogue({"first": first, "second": second})
    )
    bar = dentist.open_folder(folder)
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    dentist.window.detectors.choose("second")
    dentist.wait_for_detector()
    says(dentist, bar, "1 of 5 examined")
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    assert len(second.examined) == 5
    dentist.window.detectors.choose("first")
    dentist.wait_until(lambda: len(dentist.items(Source.DETECTOR)) == 3)

    says(dentist, bar, "All 5 examined")
    assert len(first.examined) == 5


def test_a_detector_chosen_meanwhile_does_the_rest(
    make_window: MakeWindow, folder: Path
) -> None:
    first = ScriptedDetector(PREDICTED)
    second = ScriptedDetector(identity=DetectorIdentity("second", "6d" * 32, "none"))
    dentist = make_window(
        catalogue=ScriptedCatalogue({"first": first, "second": second})
    )
    bar = dentist.open_folder(folder)
    first.held = threading.Event()
    bar.begin.click()
    dentist.wait_until(lambda: len(first.examined) == 2)
    dentist.window.detectors.choose("second")
    says(dentist, bar, "second")
    first.held.set()
    says(dentist, bar, "All 5 examined")

    # The reader and the batch may both have come to the first.
    assert set(second.examined) == {f"{n}.png" for n in range(1, 6)}


def test_broken_radiographs_are_listed_with_why(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "3.png").write_bytes(b"")
    (folder / "4.png").write_bytes(b"no picture")
    dentist = make_window()
    bar = dentist.open_folder(folder)
    bar.begin.click()
    says(dentist, bar, "3 of 5 examined")
    dentist.wait_until(bar.failures.isVisible)
    assert bar.failures.text() == "2 failed …"
    bar.failures.click()
    dialog = dentist.window.findChild(FailuresDialog)
    assert isinstance(dialog, FailuresDialog)
    rows = [[dialog.table.item(row, column).text() for column in (0, 1)]
            for row in range(dialog.table.rowCount())]  # fmt: skip
    dialog.close()

    assert rows == [
        ["3.png", "the file is empty (0 bytes)"],
        ["4.png", "this is not a PNG, JPEG, TIFF, BMP or DICOM picture"],
    ]


def test_what_fails_as_the_reader_opens_it_is_told_in_the_worklist_too(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED, fault=DetectionError("It is too dark."))
    dentist = make_window(detector)
    bar = dentist.open_folder(folder)
    dentist.wait_until(lambda: bar.failures.text() == "1 failed …")
    dentist.wait_until(lambda: shown(dentist, "Failed") == "Failed (1)")
    detector.fault = None
    dentist.press("F5")
    dentist.wait_until(lambda: shown(dentist, "Failed") == "Failed (0)")

    says(dentist, bar, "1 of 5 examined")
    assert not bar.failures.isVisible()


def test_a_broken_radiograph_that_was_mended_has_not_failed_any_more(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "3.png").write_bytes(b"no picture")
    (folder / "4.png").write_bytes(b"no picture")
    dentist = make_window()
    bar = dentist.open_folder(folder)
    bar.begin.click()
    says(dentist, bar, "3 of 5 examined")
    dentist.wait_until(lambda: bar.failures.text() == "2 failed …")
    write_radiograph(folder / "3.png")
    dentist.window.worklist.look_again()

    dentist.wait_until(lambda: bar.failures.text() == "1 failed …")
    assert bar.begin.text() == "Examine the rest"
    bar.begin.click()
    says(dentist, bar, "4 of 5 examined")


def test_what_failed_is_told_in_the_worklist_with_why_also_after_a_restart(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "3.png").write_bytes(b"no picture")
    dentist = make_window()
    bar = dentist.open_folder(folder)
    bar.begin.click()
    # So many are examined before the batch has ended, too.
    dentist.wait_until(lambda: bar.begin.text() == "Try again")
    says(dentist, bar, "4 of 5 examined")
    dentist.window.close()

    dentist = make_window()
    bar = dentist.open_folder(folder)
    says(dentist, bar, "4 of 5 examined")
    assert (bar.failures.text(), bar.begin.text()) == ("1 failed …", "Try again")
    panel = dentist.window.folder_list
    dentist.wait_until(lambda: shown(dentist, "Failed") == "Failed (1)")

    (line,) = [
        panel.model.data(panel.model.index(row), Qt.ItemDataRole.ToolTipRole)
        for row in range(panel.model.rowCount())
    ]
    assert line.splitlines() == [
        str(folder / "3.png"),
        "Failed",
        "The detector did not examine it, or only in part, because:",
        "this is not a PNG, JPEG, TIFF, BMP or DICOM picture",
    ]
    write_radiograph(folder / "3.png")
    dentist.window.worklist.look_again()
    dentist.wait_until(lambda: shown(dentist, "Failed") == "Failed (0)")
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    assert not bar.failures.isVisible()


def shown(dentist: Dentist, status: str) -> str:
    """Show those of one status; says how many there are."""
    choices = dentist.window.folder_list.head.filter
    texts = [choices.itemText(index) for index in range(choices.count())]
    (index,) = [i for i, text in enumerate(texts) if text.startswith(status)]
    choices.setCurrentIndex(index)
    choices.activated.emit(index)
    return choices.itemText(index)


def test_what_an_audit_examined_is_counted(
    make_window: MakeWindow, folder: Path
) -> None:
    for number in range(1, 6):
        image = LabelledImage(folder / f"{number}.png", Size(1000, 500), ANNOTATED)
        write_annotations([image], folder, "labelme")
    dentist = make_window()
    bar = dentist.open_folder(folder)
    says(dentist, bar, "1 of 5 examined")
    dentist.choose("audit")

    says(dentist, bar, "All 5 examined")
    assert not bar.begin.isVisible()
    dentist.wait_until(lambda: shown(dentist, "Examined") == "Examined (5)")


def test_files_that_come_and_go_are_counted(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    bar = dentist.open_folder(folder)
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    write_radiograph(folder / "6.png")
    says(dentist, bar, "5 of 6 examined")
    assert bar.begin.text() == "Examine the rest"
    (folder / "6.png").unlink()
    says(dentist, bar, "All 5 examined")
    write_radiograph(folder / "5.png", (900, 450))
    dentist.window.worklist.look_again()

    says(dentist, bar, "4 of 5 examined")


def test_running_again_asks_the_detector_in_spite_of_what_is_stored(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    dentist.open_folder(folder)
    dentist.press("F5")
    dentist.wait_for_detector()

    assert detector.examined == ["1.png", "1.png"]


def test_a_radiograph_that_changed_on_disk_is_examined_anew(
    make_window: MakeWindow, folder: Path
) -> None:
    detector = ScriptedDetector(PREDICTED)
    dentist = make_window(detector)
    bar = dentist.open_folder(folder)
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    write_radiograph(folder / "2.png", (900, 450))
    dentist.press("D")
    dentist.wait_until(lambda: detector.examined.count("2.png") == 2)
    dentist.wait_for_detector()

    assert len(dentist.items(Source.DETECTOR)) == 3


def test_a_damaged_store_is_told_and_nothing_else_happens(
    make_window: MakeWindow, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "user").mkdir()
    store = tmp_path / "user" / "predictions-1.sqlite"
    store.write_bytes(b"This is no database at all.")
    dentist = make_window()
    bar = dentist.open_folder(folder)

    dentist.wait_until(lambda: "stored predictions were damaged" in dentist.messages)
    bar.begin.click()
    says(dentist, bar, "All 5 examined")


def test_the_worklist_tells_which_are_examined(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    bar = dentist.open_folder(folder)
    bar.begin.click()
    says(dentist, bar, "All 5 examined")
    standings = dentist.window.folder_list.model.standings

    dentist.wait_until(
        lambda: all(str(standings[p].status) == "examined" for p in list(standings)[1:])
    )
    assert len(standings) == 5


def test_the_time_left_is_told_roughly() -> None:
    told = [time_left(seconds) for seconds in (5, 59, 61, 3_500, 3_600, 7_900)]
    assert told == [
        "under 1 min",
        "under 1 min",
        "1 min",
        "58 min",
        "1 h",
        "2 h 10 min",
    ]
