"""Whatever is opened is shown, or the window says which file is at fault, and why."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFileOpenEvent
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from dentalviewer.errors import ReviewFileError
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.review_file import (
    SavedReview,
    read_review,
    saved_review,
    write_review,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.opening.opening import Opened, open_radiograph, sample_radiographs
from dentalviewer.radiograph import read_radiograph
from dentalviewer.review import Review, Source
from dentalviewer.study import Finding, Study
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.held_files import FOREVER, as_on_windows, held

V1 = """{{"frames": {{"{name}": [{{"x1": 100, "y1": 100, "x2": 200, "y2": 180,
"width": 1000, "height": 500, "box": {{"x1": 100, "y1": 100, "x2": 200, "y2": 180}},
"UID": "1", "id": 0, "type": "Rectangle", "tags": ["{label}"], "name": 1}}]}},
"framerate": "1", "inputTags": "{label}", "suggestiontype": "track", "scd": false,
"visitedFrames": ["{name}"], "tag_colors": ["#0cc"]}}"""


COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


def drop(dentist: Dentist, *paths: Path) -> None:
    """Drag files over the window and let them go there."""
    assert is_taken(dentist, *paths)
    # An event does not keep what it tells of.
    data = _dragged(*paths)
    let_go = QDropEvent(QPointF(200, 200), COPY, data, LEFT, NO_KEY)
    QApplication.sendEvent(dentist.window, let_go)


def is_taken(dentist: Dentist, *paths: Path) -> bool:
    """Whether the window would have files that are dragged over it."""
    data = _dragged(*paths)
    enter = QDragEnterEvent(QPoint(200, 200), COPY, data, LEFT, NO_KEY)
    QApplication.sendEvent(dentist.window, enter)
    return enter.isAccepted()


def _dragged(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_a_radiograph_is_dropped_on_the_window(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    drop(dentist, write_radiograph(tmp_path / "ein Bild ü.png"))
    dentist.wait_for_radiograph("ein Bild ü.png")

    assert "ein Bild ü.png" in dentist.window.windowTitle()
    assert not dentist.window.folder_list.isVisible()


def test_files_that_the_system_hands_over_wait_for_a_window_and_come_in_one(
    make_window: MakeWindow, qapp: QApplication, tmp_path: Path
) -> None:
    paths = tuple(write_radiograph(tmp_path / name) for name in ("1.png", "2.png"))

    for path in paths:
        qapp.sendEvent(qapp, QFileOpenEvent(str(path)))
        qapp.processEvents()  # The program goes on without its window.
    dentist = make_window()
    dentist.wait_for_radiograph("1.png")

    assert dentist.window.folder_list.paths == paths


def test_files_that_the_system_hands_over_wait_for_an_answer(
    make_window: MakeWindow, qapp: QApplication, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.press("F1")
    sheet = qapp.activeModalWidget()
    assert sheet is not None

    qapp.sendEvent(qapp, QFileOpenEvent(str(write_radiograph(tmp_path / "1.png"))))
    qapp.processEvents()
    assert dentist.open_name == ""
    sheet.close()

    dentist.wait_for_radiograph("1.png")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("empty.jpg", b"", "empty"),
        ("words.jpg", b"no picture at all", "not a PNG"),
        ("cut.png", b"\x89PNG\r\n\x1a\n" + bytes(40), "not a PNG"),
        ("note.txt", b"recall in May", "not a PNG"),
        ("gone.png", None, "No such file"),
        ("some.json", b"{}", "not annotations"),
    ],
)
def test_what_cannot_be_opened_is_named_with_its_fault_and_what_is_in_hand_stays(
    make_window: MakeWindow,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    fault: str,
) -> None:
    dentist = make_window()
    drop(dentist, write_radiograph(tmp_path / "good.png"))
    dentist.wait_for_detector()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    drop(dentist, tmp_path / name)
    dentist.wait_until(lambda: dentist.messages)

    assert name in dentist.messages
    assert fault in dentist.messages
    assert dentist.open_name == "good.png"
    assert "good.png" in dentist.window.windowTitle()
    assert dentist.window.commands.actions["report"].isEnabled()
    assert dentist.window.chart.isVisible()


@pytest.mark.usefixtures("qapp")
def test_a_review_that_cannot_be_read_just_now_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, review_file = reviewed_radiograph(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", held(open, 1, ending=".review.json"))
        opened = open_radiograph(path, aliases={}, user_folder=tmp_path / "user")

    (problem,) = opened.problems
    assert "Permission denied. The file was left untouched." in problem
    assert opened.saved is None
    assert read_review(review_file)[0].review.note == "mine"
    assert {each.name for each in tmp_path.glob("1.png*")} == {
        path.name,
        review_file.name,
    }


@pytest.mark.usefixtures("qapp")
def test_doubts_of_annotations_are_seen_in_a_review_that_was_saved_before_any(
    tmp_path: Path,
) -> None:
    path = write_radiograph(tmp_path / "7.png")
    crown = Finding(Box(100, 100, 200, 180), "restoration", uncertain=True)
    image = LabelledImage(path, Size(1000, 500), (crown,))
    write_annotations([image], tmp_path, "labelme")
    before = Review().propose_annotations([replace(crown, uncertain=False)])
    saved = SavedReview(path.name, "", image.size, (Path("7.json"),), before, before)
    write_review(tmp_path / "7.png.review.json", saved, last=None)

    opened = open_radiograph(path, aliases={}, user_folder=tmp_path / "user")

    assert opened.saved is not None
    for review in (opened.saved.review, opened.saved.opened):
        assert [item.current for item in review.items] == [crown]
        assert [item.proposed for item in review.items] == [crown]


@pytest.mark.usefixtures("qapp")
def test_a_review_that_another_program_has_open_for_a_moment_is_read_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = reviewed_radiograph(tmp_path)
    as_on_windows(monkeypatch)
    monkeypatch.setattr("builtins.open", held(open, 3, ending=".review.json"))

    opened = open_radiograph(path, aliases={}, user_folder=tmp_path / "user")

    assert opened.problems == ()
    assert opened.saved is not None
    assert opened.saved.review.note == "mine"


def reviewed_radiograph(folder: Path) -> tuple[Path, Path]:
    """A radiograph, and its review with a note."""
    path = write_radiograph(folder / "1.png")
    radiograph, review = read_radiograph(path), Review(note="mine")
    saved = saved_review(Study(radiograph, ()), review, opened=Review())
    review_file = folder / "1.png.review.json"
    write_review(review_file, saved, last=None)
    return path, review_file


def test_a_wrong_file_leaves_list_search_and_place_as_they_are(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in (11, 12, 21):
        write_radiograph(folder / f"{number}.png")
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("x")
    dentist = make_window()
    drop(dentist, folder)
    dentist.wait_for_radiograph("11.png")
    panel = dentist.window.folder_list
    panel.head.search.setText("1")
    dentist.press("D")
    dentist.wait_for_radiograph("12.png")

    drop(dentist, wrong)
    dentist.wait_until(lambda: dentist.messages)

    assert "wrong.txt" in dentist.messages
    assert [path.name for path in panel.paths] == ["11.png", "12.png", "21.png"]
    assert panel.isVisible()
    assert panel.head.search.text() == "1"
    assert dentist.open_name == "12.png"


def test_a_wrong_file_does_not_keep_another_radiograph_from_being_opened(
    drives: TwoDrives, may_read: Event, tmp_path: Path
) -> None:
    dentist = drives.dentist
    (tmp_path / "wrong.txt").write_text("x")
    dentist.press("D")
    drop(dentist, tmp_path / "wrong.txt")
    dentist.wait_until(lambda: dentist.messages)
    may_read.set()

    dentist.wait_for_radiograph("2.png")


def test_what_is_no_picture_is_left_out_of_what_is_dropped_with_one_message(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    names = ["1.txt", "1.png", "2.txt", "3.txt", "2.png", "4.txt", "gone.png"]
    for name in names[:-1]:
        write_radiograph((tmp_path / name).with_suffix(".png"))
        (tmp_path / name).with_suffix(".txt").write_text("words")
    dentist = make_window()
    drop(dentist, *(tmp_path / name for name in names))
    dentist.wait_until(lambda: dentist.messages)

    assert dentist.open_name == "1.png"
    paths = dentist.window.folder_list.paths
    assert [path.name for path in paths] == ["1.png", "2.png"]
    (message,) = dentist.window.message_bar.messages
    assert message.startswith(
        "5 files cannot be opened. 1.txt, 2.txt, 3.txt and 1 more"
    )
    assert message.endswith("; gone.png: cannot be opened: No such file or directory")


def test_a_broken_radiograph_of_the_list_says_so_where_it_would_be_shown(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    write_radiograph(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(b"no picture at all")
    dentist = make_window()
    drop(dentist, tmp_path)
    dentist.wait_for_radiograph("1.png")
    dentist.press("D")
    dentist.wait_until(lambda: "2.png" in dentist.messages)

    assert dentist.open_name == ""
    assert not dentist.window.commands.actions["report"].isEnabled()
    assert not dentist.window.chart.isVisible()


def test_annotations_are_told_by_what_is_in_them_and_added_to_what_is_in_hand(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    drop(dentist, write_radiograph(tmp_path / "7.png"))
    dentist.wait_for_detector()
    (tmp_path / "elsewhere").mkdir()
    yolo = tmp_path / "elsewhere" / "7.txt"
    yolo.write_text("0 0.5 0.5 0.1 0.1\n")
    drop(dentist, yolo)
    dentist.wait_until(lambda: dentist.items(Source.DENTIST))

    assert dentist.open_name == "7.png"


def test_what_its_name_tells_to_be_something_else_cannot_be_dropped(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()

    assert not is_taken(dentist, tmp_path / "bill.PDF", tmp_path / "talk.pptx")
    assert is_taken(dentist, tmp_path / "bill.pdf", tmp_path / "1.png")
    assert is_taken(dentist, tmp_path / "1.2.840.10008")
    assert is_taken(dentist, tmp_path / "IM0001")


@pytest.mark.parametrize("size", [(1, 1), (20000, 5000)])
def test_pictures_of_absurd_size_are_refused(
    make_window: MakeWindow, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "odd.png"
    Image.fromarray(np.zeros(size[::-1], np.uint8)).save(path)
    dentist = make_window()
    drop(dentist, path)
    dentist.wait_until(lambda: f"{size[0]} x {size[1]}" in dentist.messages)


def test_a_radiograph_that_was_deleted_while_open_keeps_its_review(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    path = write_radiograph(tmp_path / "1.png")
    drop(dentist, path)
    dentist.wait_for_detector()
    path.unlink()
    dentist.press("N", "Return")
    dentist.wait_until_saved()
    assert (tmp_path / "1.png.review.json").exists()
    dentist.press("Ctrl+R")
    dentist.wait_until(lambda: "1.png" in dentist.messages)


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="here any folder can be read"
)
def test_a_folder_that_may_not_be_read_is_named(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    drop(dentist, closed)
    dentist.wait_until(lambda: "cannot be read" in dentist.messages)
    closed.chmod(0o700)


def test_an_empty_folder_leaves_what_is_open(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    drop(dentist, write_radiograph(tmp_path / "1.png"))
    dentist.wait_for_radiograph("1.png")
    (tmp_path / "empty").mkdir()
    drop(dentist, tmp_path / "empty")
    dentist.wait_until(lambda: "no radiograph in this folder" in dentist.messages)

    assert dentist.open_name == "1.png"


def test_what_else_is_wrong_is_told_with_an_empty_folder(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("recall in May")
    (tmp_path / "empty").mkdir()
    dentist = make_window()
    drop(dentist, tmp_path / "note.txt", tmp_path / "empty")
    dentist.wait_until(lambda: dentist.messages)

    (message,) = dentist.window.message_bar.messages
    assert message.startswith("There is no radiograph in what was opened. ")
    assert f"{tmp_path / 'note.txt'}: " in message
    assert "not a PNG" in message


def test_what_else_is_wrong_is_told_with_a_damaged_radiograph(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("recall in May")
    whole = write_radiograph(tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:60])
    (tmp_path / "some.json").write_text("{}")
    dentist = make_window()
    drop(dentist, *(tmp_path / name for name in ("note.txt", "cut.png", "some.json")))
    dentist.wait_until(lambda: dentist.messages)

    (message,) = dentist.window.message_bar.messages
    assert message.startswith("2 files cannot be opened. note.txt: ")
    assert "; cut.png: " in message
    assert f"{tmp_path / 'some.json'}: " in message
    assert dentist.open_name == ""


def test_what_else_is_wrong_is_told_where_nothing_can_be_listed(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("recall in May")
    (tmp_path / "some.json").write_text("{}")
    dentist = make_window()
    drop(dentist, tmp_path / "note.txt", tmp_path / "some.json")
    dentist.wait_until(lambda: dentist.messages)

    (message,) = dentist.window.message_bar.messages
    assert "note.txt: " in message
    assert "some.json: " in message


def test_annotations_are_found_by_the_readers_own_names(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    window = dentist.window
    aliases = {**window.preferences.current.aliases, "plombe": "restoration"}
    window.preferences.use(replace(window.preferences.current, aliases=aliases))
    folder = tmp_path / "pictures"
    folder.mkdir()
    path = write_radiograph(folder / "1.png")
    text = V1.format(name="1.png", label="Plombe")
    (tmp_path / "pictures.json").write_text(text)
    drop(dentist, path)
    dentist.wait_for_radiograph("1.png")
    dentist.wait_until(lambda: dentist.items(Source.DENTIST))

    assert [i.current.label for i in dentist.items(Source.DENTIST)] == ["restoration"]


def test_annotations_from_elsewhere_are_opened_by_hand(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    dentist = make_window()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file = elsewhere / "project.json"
    file.write_text(V1.format(name="1.png", label="caries"))
    drop(dentist, write_radiograph(tmp_path / "1.png"))
    dentist.wait_for_detector()
    assert not dentist.items(Source.DENTIST)
    dialogs.expect("QFileDialog.getOpenFileNames", ([str(file)], ""))
    dentist.press("Ctrl+L")
    dentist.wait_until(lambda: dentist.items(Source.DENTIST))

    # A class that the glossary lacks is kept word for word.
    assert dentist.items(Source.DENTIST)[0].current.label == "caries"


def test_who_chooses_no_annotations_after_all_is_told_nothing(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    dentist = make_window()
    drop(dentist, write_radiograph(tmp_path / "1.png"))
    dentist.wait_for_detector()
    dialogs.expect("QFileDialog.getOpenFileNames", ([], ""))
    dentist.press("Ctrl+L")
    dentist.wait_until(lambda: not dentist.window.opening.busy)

    assert dentist.messages == ""


def test_broken_annotations_are_reported_and_the_radiograph_is_shown(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    path = write_radiograph(tmp_path / "1.png")
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'
    (tmp_path / "1.xml").write_text(bomb)
    drop(dentist, path)
    dentist.wait_for_radiograph("1.png")
    dentist.wait_until(lambda: "1.xml" in dentist.messages)


def test_a_review_that_cannot_be_saved_is_not_left_by_mistake(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    dentist = make_window()
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist.window.open([tmp_path])
    dentist.wait_for_detector()
    dentist.press("N", "Return")
    dentist.wait_until_saved()
    (tmp_path / "1.png.review.json").write_text("somebody else's")
    dentist.press("X")
    asked: list[QDialog] = []

    def stay(box: QDialog) -> int:
        asked.append(box)
        return 0

    dialogs.expect("QDialog.exec", stay)
    dentist.press("D")
    dentist.wait_until(lambda: asked)
    assert dentist.open_name == "1.png"
    # Theirs is read again, ours is kept under another name first.
    copy = tmp_path / "mine.review.json"
    dialogs.expect("QFileDialog.getSaveFileName", (str(copy), ""))
    dentist.choose("save_copy")
    assert copy.exists()
    (tmp_path / "1.png.review.json").unlink()
    dentist.window.autosave.begin(None, None)


VOC = """<annotation><filename>{name}</filename><size><width>1000</width>
<height>500</height><depth>1</depth></size><object><name>crown</name><bndbox>
<xmin>101</xmin><ymin>101</ymin><xmax>200</xmax><ymax>180</ymax></bndbox></object>
</annotation>"""


def test_a_project_is_opened_by_its_own_file(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    project = tmp_path / "project" / "mouths.json"
    (tmp_path / "images").mkdir()
    project.parent.mkdir()
    write_radiograph(tmp_path / "images" / "7.png")
    project.write_text(V1.format(name="7.png", label="implant"))
    drop(dentist, project)
    dentist.wait_for_radiograph("7.png")
    dentist.wait_until(lambda: dentist.items(Source.DENTIST))

    assert [i.current.label for i in dentist.items(Source.DENTIST)] == ["implant"]


def test_a_project_whose_pictures_are_gone_names_them(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    project = tmp_path / "mouths.json"
    project.write_text(V1.format(name="7.png", label="implant"))
    drop(dentist, project)
    dentist.wait_until(lambda: '"7.png"' in dentist.messages)

    assert "mouths.json" in dentist.messages


@pytest.mark.parametrize("opened", ["set", "set/Annotations"])
def test_a_data_set_is_opened_by_its_folder(
    make_window: MakeWindow, tmp_path: Path, opened: str
) -> None:
    dentist = make_window()
    for name in ("Annotations", "JPEGImages"):
        (tmp_path / "set" / name).mkdir(parents=True)
    write_radiograph(tmp_path / "set" / "JPEGImages" / "3.png")
    text = VOC.format(name="3.png")
    (tmp_path / "set" / "Annotations" / "3.xml").write_text(text)
    drop(dentist, tmp_path / opened)
    dentist.wait_for_radiograph("3.png")
    dentist.wait_until(lambda: dentist.items(Source.DENTIST))


def test_a_review_of_a_newer_program_is_left_as_it_is(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    dentist = make_window()
    path = write_radiograph(tmp_path / "1.png")
    review = tmp_path / "1.png.review.json"
    newer = '{"format": "dentalviewer review", "version": 99}'
    review.write_text(newer)
    drop(dentist, path)
    dentist.wait_for_detector()
    assert "a newer dentalviewer wrote it" in dentist.messages
    assert "Your decisions will not be saved to it" in dentist.messages
    asked: list[str] = []

    def read_and_stay(box: QDialog) -> int:
        assert isinstance(box, QMessageBox)
        buttons = [button.text() for button in box.buttons()]
        asked.extend((box.text(), box.informativeText(), *buttons))
        return stay(box)

    dialogs.expect("QDialog.exec", read_and_stay)
    dentist.press("N", "Return")
    dentist.wait_until(lambda: "The review is not saved" in dentist.messages)

    assert review.read_text() == newer
    told = " ".join(asked)
    assert "a newer dentalviewer wrote it" in told
    # Nobody has saved it meanwhile, and nothing of it can be shown.
    for words in ("omebody else", "another computer", "theirs"):
        assert words not in told + dentist.messages
    assert "another review is saved there already" in dentist.messages
    assert sorted(p.name for p in tmp_path.glob("1.*")) == [path.name, review.name]
    dentist.window.autosave.begin(None, None)


def stay(box: QDialog) -> int:
    assert isinstance(box, QMessageBox)
    box.escapeButton().click()
    return 0


class TwoDrives:
    """A dentist with a radiograph of one drive in hand, and another on the other."""

    def __init__(self, dentist: Dentist, tmp_path: Path) -> None:
        self.dentist = dentist
        self.lost, self.kept = tmp_path / "lost", tmp_path / "kept"
        for drive, name in ((self.lost, "1.png"), (self.kept, "2.png")):
            drive.mkdir()
            write_radiograph(drive / name)
        drop(dentist, self.lost / "1.png", self.kept / "2.png")
        dentist.wait_for_radiograph("1.png")
        dentist.wait_for_detector()

    def lose(self) -> None:
        shutil.rmtree(self.lost)

    def decide(self) -> None:
        self.dentist.press("N", "Return")
        assert self.dentist.window.autosave.unsaved


@pytest.fixture
def drives(make_window: MakeWindow, tmp_path: Path) -> TwoDrives:
    return TwoDrives(make_window(), tmp_path)


@pytest.fixture
def may_read(drives: TwoDrives, monkeypatch: pytest.MonkeyPatch) -> Event:
    """The next radiograph is read once this is set."""
    may_read = Event()

    def read_later(*wanted: Any, **options: Any) -> Opened:
        assert may_read.wait(10)
        return open_radiograph(*wanted, **options)

    monkeypatch.setattr(
        "dentalviewer.gui.opening.opening_desk.open_radiograph", read_later
    )
    return may_read


def test_what_takes_long_to_open_is_named_until_it_is_there(
    drives: TwoDrives, may_read: Event
) -> None:
    dentist, line = drives.dentist, drives.dentist.window.status_line
    dentist.press("D")
    dentist.wait_until(lambda: line.currentMessage() == "Opening 2.png …")

    may_read.set()

    dentist.wait_for_radiograph("2.png")
    dentist.wait_until(lambda: line.currentMessage() == "")


def test_who_leaves_what_cannot_be_saved_is_asked_once(
    drives: TwoDrives, dialogs: Dialogs
) -> None:
    dentist = drives.dentist
    drives.lose()
    drives.decide()
    dialogs.expect_question("Leave without saving")

    dentist.press("D")

    dentist.wait_for_radiograph("2.png")


def test_who_decides_something_after_leaving_is_asked_again_and_may_stay(
    drives: TwoDrives, dialogs: Dialogs, may_read: Event
) -> None:
    dentist = drives.dentist
    drives.lose()
    drives.decide()
    dialogs.expect_question("Leave without saving")
    dentist.press("D")
    dentist.wait_until(lambda: not dialogs.unanswered)
    dialogs.expect("QDialog.exec", stay)

    drives.decide()
    may_read.set()
    dentist.wait_until(lambda: not dialogs.unanswered)

    assert dentist.open_name == "1.png"
    assert dentist.window.opening.current == drives.lost / "1.png"
    assert not dentist.window.opening.busy
    dentist.window.autosave.begin(None, None)


def test_what_is_decided_while_one_that_is_broken_is_read_is_saved(
    drives: TwoDrives, may_read: Event
) -> None:
    dentist = drives.dentist
    (drives.kept / "2.png").write_bytes(b"no picture at all")
    dentist.press("D")
    drives.decide()
    decided = dentist.window.session.review
    may_read.set()
    # The worklist too names the file, perhaps while the other is still open.
    dentist.wait_until(lambda: not dentist.open_name)

    assert read_review(drives.lost / "1.png.review.json")[0].review == decided
    assert "2.png" in dentist.messages


def test_who_closes_while_another_radiograph_is_waited_for_is_asked_once(
    drives: TwoDrives, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, asked, answers = drives.dentist.window, Event(), Event()

    def write(path: Path, *_: object, **__: object) -> NoReturn:
        asked.set()
        assert answers.wait(10)
        raise ReviewFileError(path, "cannot be saved: the drive is lost")

    monkeypatch.setattr("dentalviewer.gui.reviewing.autosave.write_review", write)
    drives.decide()
    drives.dentist.press("D")
    drives.dentist.wait_until(asked.is_set)
    dialogs.expect_question("Leave without saving")
    Timer(0.2, answers.set).start()

    window.close()

    assert not window.isVisible()
    assert drives.dentist.open_name == "1.png"


def test_samples_that_another_program_has_open_are_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows lets nobody write over them."""
    found = sample_radiographs(tmp_path)
    found[1].write_bytes(b"")
    refusing = held(shutil.copyfile, FOREVER, ending=found[0].name)
    monkeypatch.setattr(shutil, "copyfile", refusing)

    assert sample_radiographs(tmp_path) == found
    assert found[1].stat().st_size > 0
