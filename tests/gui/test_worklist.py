"""The radiographs of a folder: gone through by key, found again, and kept true to the
disk; and two windows that do not write over each other.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from dentalviewer.detector import Detection
from dentalviewer.formats.review_file import read_review
from dentalviewer.geometry import Box
from dentalviewer.gui.opening import opening_desk
from dentalviewer.gui.opening.opening import Opened, open_radiograph
from dentalviewer.gui.worklist.worklist_delegate import THUMBNAIL, thumbnail_size
from dentalviewer.gui.worklist.worklist_panel import WIDTH
from dentalviewer.review import Patient
from dentalviewer.study import Finding
from dentalviewer.worklist.predictions import PredictionStore
from dentalviewer.worklist.standing import Predictions, Status, standing_of_saved
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import A, MakeWindow, write_radiograph
from tests.gui.listed_radiographs import (
    NO_DETECTOR,
    four_radiographs,
    line,
    opened,
    pick,
    shown,
)
from tests.scripted_detector import (
    IDENTITY,
    SETTINGS,
    ScriptedDetector,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With four radiographs."""
    return four_radiographs(tmp_path / "scans")


def statuses(dentist: Dentist) -> dict[str, Status]:
    standings = dentist.window.folder_list.model.standings
    return {path.name: standing.status for path, standing in standings.items()}


def decide(dentist: Dentist) -> None:
    """Draw a box, which is a decision, and wait until it is saved."""
    dentist.press("B")
    dentist.wait_until_saved()


def test_a_folder_is_listed_with_thumbnails(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)

    assert dentist.window.folder_list.isVisible()
    assert shown(dentist) == ["1.png", "2.png", "3.png", "10.png"]
    dentist.wait_until(lambda: line(dentist, 3).thumbnail)


def test_a_single_radiograph_shows_no_list(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(catalogue=NO_DETECTOR)
    dentist.window.open([folder / "2.png"])
    dentist.wait_for_radiograph("2.png")

    assert not dentist.window.folder_list.isVisible()


def test_a_list_that_shrinks_to_one_radiograph_and_grows_is_seen_again(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    write_radiograph(alone / "1.png")
    dentist = opened(make_window, alone)
    assert not dentist.window.folder_list.isVisible()
    write_radiograph(alone / "2.png")
    dentist.wait_until(lambda: len(shown(dentist)) == 2)

    assert dentist.window.folder_list.isVisible()


def test_what_is_no_picture_says_so_in_its_line(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "4.png").write_bytes(b"no picture")
    dentist = opened(make_window, folder)

    dentist.wait_until(lambda: line(dentist, 3).faulty)
    dentist.wait_until(lambda: line(dentist, 3).standing.status is Status.FAILED)
    assert line(dentist, 3).name == "4.png"


def test_that_there_is_no_picture_is_not_cut_off_in_a_narrow_list(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "4.png").write_bytes(b"no picture")
    dentist = opened(make_window, folder)
    dentist.wait_until(lambda: line(dentist, 3).faulty)
    view, font = dentist.window.folder_list.view, QFont(QApplication.font())
    width = thumbnail_size(210).width()
    while QFontMetrics(font).horizontalAdvance("no picture") <= width:
        font.setPointSizeF(font.pointSizeF() + 0.5)
    view.setFont(font)
    option = QStyleOptionViewItem()
    option.initFrom(view)
    option.widget, option.font = view, font
    option.rect = QRect(0, 0, 210, 80)
    image = QImage(210, 80, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setFont(font)
    view.itemDelegate().paint(painter, option, view.model().index(3, 0))
    painter.end()

    # The canvas ends at 6 and at 6 points more than its width.
    columns = {
        x
        for x in range(6, 6 + width)
        for y in range(26, 54)
        if image.pixelColor(x, y).lightness() > 60
    }
    assert columns
    assert {6, 5 + width}.isdisjoint(columns)


def test_names_that_occur_twice_show_their_folders(
    make_window: MakeWindow, folder: Path
) -> None:
    for name in ("Müller, Ä", 'O\'Brien "left"' if os.name != "nt" else "O'Brien"):
        (folder / name).mkdir()
        write_radiograph(folder / name / "1.png")
    dentist = opened(make_window, folder)

    twins = [line(dentist, row) for row in (4, 5)]
    assert [twin.name for twin in twins] == ["1.png", "1.png"]
    assert len({twin.folder for twin in twins}) == 2
    assert {"Müller, Ä"} < {twin.folder for twin in twins}


def test_a_decision_shows_in_the_line_at_once(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    decide(dentist)

    dentist.wait_until(lambda: statuses(dentist)["1.png"] is Status.DONE)
    assert statuses(dentist)["2.png"] is Status.NEW


def test_a_box_drawn_beside_those_of_the_detector_makes_no_disagreement_of_these(
    make_window: MakeWindow, folder: Path
) -> None:
    """As the list says once the review is read from its file."""
    detector = ScriptedDetector((Finding(A, "implant", score=0.9),))
    dentist = make_window(detector)
    dentist.open_folder(folder)
    dentist.wait_until(lambda: not dentist.window.worklist.reading)
    dentist.press("B")
    model = dentist.window.folder_list.model
    (path,) = (each for each in model.paths if each.name == "1.png")

    dentist.wait_until(lambda: model.standings[path].findings == 2)
    live = model.standings[path]
    assert (live.undecided, live.disagreements, live.least_score) == (1, None, 0.9)
    dentist.wait_until_saved()
    saved, _ = read_review(path.with_name("1.png.review.json"))
    assert standing_of_saved(saved) == live


def test_the_next_undone_is_found_by_key_round_the_end(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    decide(dentist)
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    decide(dentist)
    dentist.press("Shift+D")
    dentist.wait_for_radiograph("3.png")
    dentist.press("Shift+D")
    dentist.wait_for_radiograph("10.png")
    dentist.press("Shift+D")

    dentist.wait_for_radiograph("3.png")
    dentist.press("Shift+A")
    dentist.wait_for_radiograph("10.png")


def test_where_nothing_was_found_one_key_says_so_and_goes_on(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    dentist.press("F")
    dentist.wait_for_radiograph("2.png")

    assert statuses(dentist)["1.png"] is Status.DONE
    saved, _ = read_review(folder / "1.png.review.json")
    assert not saved.review.items
    assert saved.review.read


def test_what_is_still_to_decide_is_not_done(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(ScriptedDetector((Finding(A, "implant", score=0.9),)))
    dentist.open_folder(folder)
    dentist.press("F")

    assert "1 place is still to be decided" in dentist.messages
    assert dentist.open_name == "1.png"


def test_the_end_of_the_work_is_told(make_window: MakeWindow, folder: Path) -> None:
    for name in ("3.png", "10.png"):
        (folder / name).unlink()
    dentist = opened(make_window, folder)
    dentist.press("F")
    dentist.wait_for_radiograph("2.png")
    told: list[str] = []
    dentist.window.worklist.told.connect(told.append)
    dentist.press("F")

    dentist.wait_until(lambda: told)
    assert told[0] == "All 2 radiographs are done."


def test_a_search_by_key_finds_names_and_gives_the_keyboard_back(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    dentist.press("/")
    dentist.qtbot.keyClicks(dentist.window.folder_list.head.search, "10")
    dentist.press("Return")
    assert shown(dentist) == ["10.png"]
    assert dentist.window.canvas.hasFocus()
    # The radiograph in hand is not among those that are shown; the next one is.
    dentist.press("D")
    dentist.wait_for_radiograph("10.png")
    dentist.press("/", "Esc")

    assert shown(dentist) == ["1.png", "2.png", "3.png", "10.png"]


def test_an_empty_list_says_why_and_esc_in_the_search_shows_all_again(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    panel = dentist.window.folder_list
    assert panel.view.hint == ""
    dentist.press("/")
    dentist.qtbot.keyClicks(panel.head.search, "yy")
    dentist.wait_until(lambda: "yy" in panel.view.hint)
    painted = panel.view.grab().toImage()
    panel.head.search.setText("zzz")
    dentist.wait_until(lambda: "zzz" in panel.view.hint)

    assert panel.view.hint.startswith("No radiograph is called “zzz”. Esc")
    assert panel.view.grab().toImage() != painted

    dentist.press("Esc")
    assert shown(dentist) == ["1.png", "2.png", "3.png", "10.png"]
    assert panel.view.hint == ""


def test_a_filter_that_nothing_passes_says_so(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    panel = dentist.window.folder_list
    hints = {}
    for name in ("Not done", "Done", "Failed"):
        pick(panel.head.filter, name)
        hints[name] = panel.view.hint

    assert hints == {
        "Not done": "",
        "Done": "None is done yet.",
        "Failed": "None has failed.",
    }
    panel.head.search.setText("zzz")
    dentist.wait_until(lambda: "zzz" in panel.view.hint)
    assert panel.view.hint == "None of these is called “zzz”. Esc ends the search."


def test_in_a_narrow_list_no_choice_is_cut_off(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    panel = dentist.window.folder_list
    for width in (panel.minimumWidth(), WIDTH, 400):
        panel.setFixedWidth(width)
        dentist.wait_until(lambda: panel.width() == panel.maximumWidth())
        QApplication.processEvents()
        for box in (panel.head.filter, panel.head.order):
            assert box.width() >= box.sizeHint().width(), width


def test_in_a_narrow_list_pictures_are_smaller_so_that_words_have_room() -> None:
    assert thumbnail_size(WIDTH) == THUMBNAIL
    assert thumbnail_size(239).width() < THUMBNAIL.width()


def test_what_was_done_stays_in_its_place_until_the_filter_is_chosen_again(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    panel = dentist.window.folder_list
    pick(panel.head.filter, "Not done")
    decide(dentist)
    dentist.wait_until(lambda: statuses(dentist)["1.png"] is Status.DONE)
    assert shown(dentist) == ["1.png", "2.png", "3.png", "10.png"]

    assert pick(panel.head.filter, "Not done") == "Not done (3)"
    assert shown(dentist) == ["2.png", "3.png", "10.png"]


@pytest.mark.parametrize(("step", "following"), [(1, "3.png"), (-1, "1.png")])
def test_from_one_that_the_filter_hides_the_next_is_that_which_took_its_place(
    make_window: MakeWindow, folder: Path, step: int, following: str
) -> None:
    dentist = opened(make_window, folder)
    dentist.window.opening.open_radiograph(folder / "2.png")
    dentist.wait_for_radiograph("2.png")
    decide(dentist)
    dentist.wait_until(lambda: statuses(dentist)["2.png"] is Status.DONE)
    pick(dentist.window.folder_list.head.filter, "Not done")
    assert shown(dentist) == ["1.png", "3.png", "10.png"]

    dentist.window.worklist.open_undone(step)

    dentist.wait_for_radiograph(following)


def test_stored_predictions_put_the_least_sure_first(
    make_window: MakeWindow, folder: Path, tmp_path: Path
) -> None:
    store = PredictionStore(tmp_path / "predictions.sqlite")
    for name, score in (("2.png", 0.9), ("10.png", 0.6)):
        box = Box(10, 10, 50, 50)
        detection = Detection(
            IDENTITY, SETTINGS, (Finding(box, "implant", score=score),)
        )
        store.put(folder / name, detection)
    dentist = opened(make_window, folder)
    dentist.window.worklist.use_predictions(Predictions(store, IDENTITY))
    dentist.wait_until(lambda: statuses(dentist)["10.png"] is Status.EXAMINED)
    dentist.wait_until(lambda: not dentist.window.worklist.reading)
    pick(dentist.window.folder_list.head.order, "Least sure")

    assert shown(dentist) == ["10.png", "2.png", "1.png", "3.png"]
    # What is stored later is seen when it is told.
    detection = Detection(IDENTITY, SETTINGS, ())
    store.put(folder / "3.png", detection)
    dentist.window.worklist.refresh([folder / "3.png"])
    dentist.wait_until(lambda: statuses(dentist)["3.png"] is Status.EXAMINED)
    store.close()


def test_what_appears_and_vanishes_in_the_folder_is_noticed(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    write_radiograph(folder / "4.png")
    (folder / "2.png").unlink()

    dentist.wait_until(lambda: shown(dentist) == ["1.png", "3.png", "4.png", "10.png"])
    dentist.press("D")
    dentist.wait_for_radiograph("3.png")


def test_a_radiograph_that_changes_while_it_is_open_is_told(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    write_radiograph(folder / "1.png", (500, 300))

    dentist.wait_until(lambda: "1.png has changed on disk" in dentist.messages)


def test_a_folder_that_goes_away_and_comes_back_is_survived(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = opened(make_window, folder)
    away = folder.with_name("away")
    shutil.move(folder, away)
    dentist.window.worklist.look_again()
    dentist.wait_until(lambda: "as it was last seen" in dentist.messages)
    assert len(shown(dentist)) == 4

    shutil.move(away, folder)
    dentist.window.worklist.look_again()
    dentist.wait_until(lambda: "as it was last seen" not in dentist.messages)
    assert len(shown(dentist)) == 4


def test_a_mix_of_folder_and_project_is_one_list(
    make_window: MakeWindow, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    write_radiograph(tmp_path / "other" / "7.png")
    project = tmp_path / "other" / "coco.json"
    image = {"id": 1, "file_name": "7.png", "width": 1000, "height": 500}
    project.write_text(
        json.dumps({"images": [image], "annotations": [], "categories": []})
    )
    dentist = make_window(catalogue=NO_DETECTOR)
    dentist.window.open([folder, project])
    dentist.wait_for_radiograph("1.png")

    assert shown(dentist) == ["1.png", "2.png", "3.png", "10.png", "7.png"]


# Two windows


@pytest.fixture
def two(make_window: MakeWindow, folder: Path) -> tuple[Dentist, Dentist]:
    """Two windows on one radiograph; what one does, the other does not look at."""
    first, second = opened(make_window, folder), opened(make_window, folder)
    for each in (first, second):
        each.window.worklist.review_stirred.disconnect()
    return first, second


def boxes(review_file: Path) -> int:
    return len(read_review(review_file)[0].review.items)


def activate(dentist: Dentist) -> None:
    dentist.window.activateWindow()
    dentist.wait_until(dentist.window.isActiveWindow)


def write_in_both(two: tuple[Dentist, Dentist]) -> None:
    """The first saves two boxes, then the second tries to save one."""
    first, second = two
    activate(first)
    decide(first)
    decide(first)
    activate(second)
    second.press("B")


def test_the_second_window_is_asked_and_may_take_the_other_version(
    two: tuple[Dentist, Dentist], folder: Path, dialogs: Dialogs
) -> None:
    dialogs.expect_question("Show theirs")
    write_in_both(two)
    second = two[1]
    second.wait_until(lambda: len(second.window.session.review.items) == 2)

    assert boxes(folder / "1.png.review.json") == 2
    second.wait_until(lambda: "not saved" not in second.messages)


def test_the_second_window_may_keep_its_own_and_the_other_is_set_aside(
    two: tuple[Dentist, Dentist], folder: Path, dialogs: Dialogs
) -> None:
    dialogs.expect_question("Keep mine")
    write_in_both(two)
    second = two[1]
    second.wait_until(lambda: not dialogs.unanswered)
    second.wait_until_saved()

    assert boxes(folder / "1.png.review.json") == 1
    assert boxes(folder / "1.png.review.json.replaced") == 2
    assert "not saved" not in second.messages


def test_the_second_window_may_save_its_own_as_a_copy(
    two: tuple[Dentist, Dentist], folder: Path, dialogs: Dialogs
) -> None:
    copy = folder / "mine.review.json"
    dialogs.expect_question("Save mine as a copy")
    dialogs.expect("QFileDialog.getSaveFileName", (str(copy), ""))
    write_in_both(two)
    second = two[1]
    second.wait_until(lambda: len(second.window.session.review.items) == 2)

    assert boxes(copy) == 1
    assert boxes(folder / "1.png.review.json") == 2


def test_who_saved_before_sees_what_another_window_went_on_with_and_is_not_asked(
    make_window: MakeWindow, folder: Path
) -> None:
    """Nothing of theirs is lost: each began with what the other had saved."""
    first, second = opened(make_window, folder), opened(make_window, folder)
    for drawn, (here, there) in enumerate([(first, second), (second, first)] * 2, 1):
        activate(here)
        decide(here)
        there.wait_until(
            lambda drawn=drawn, there=there: (
                len(there.window.session.review.items) == drawn
            )
        )
        there.wait_until(lambda there=there: "shown as it is now" in there.messages)

    assert boxes(folder / "1.png.review.json") == 4
    assert len(first.window.session.decisions) == 4


@pytest.mark.parametrize("lost", ["a decision", "the patient's name"])
def test_who_saved_before_is_asked_where_another_version_lacks_what_they_said(
    make_window: MakeWindow, folder: Path, dialogs: Dialogs, lost: str
) -> None:
    review_file, other = folder / "1.png.review.json", folder / "other.review.json"
    dentist = opened(make_window, folder)
    decide(dentist)
    other.write_bytes(review_file.read_bytes())
    if lost == "a decision":
        decide(dentist)
    else:
        dentist.window.desk.set_details(Patient("Ada"), "")
        dentist.wait_until_saved()
    dialogs.expect_question("Decide later")

    other.replace(review_file)

    dentist.window.worklist.look_again()
    dentist.wait_until(lambda: not dialogs.unanswered)
    assert "somebody else has changed the saved review" in dentist.messages
    dialogs.expect_question("Keep mine")
    dentist.window.opening.conflicts.resolve()
    dentist.wait_until_saved()


def test_what_is_decided_while_what_another_window_saved_is_read_is_not_lost(
    make_window: MakeWindow,
    folder: Path,
    dialogs: Dialogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = opened(make_window, folder), opened(make_window, folder)
    reading, go_on = threading.Event(), threading.Event()

    def slowly(*args: Any, **options: Any) -> Opened:
        reading.set()
        go_on.wait(10)
        return open_radiograph(*args, **options)

    monkeypatch.setattr(opening_desk, "open_radiograph", slowly)
    activate(first)
    decide(first)
    second.wait_until(reading.is_set)
    dialogs.expect_question("Decide later")

    activate(second)
    second.press("B")
    go_on.set()

    second.wait_until(lambda: not dialogs.unanswered)
    assert len(second.window.session.decisions) == 1
    dialogs.expect_question("Keep mine")
    second.window.opening.conflicts.resolve()
    second.wait_until_saved()


def test_who_decides_later_is_asked_again_before_leaving(
    two: tuple[Dentist, Dentist], folder: Path, dialogs: Dialogs
) -> None:
    dialogs.expect_question("Decide later")
    write_in_both(two)
    second = two[1]
    second.wait_until(lambda: not dialogs.unanswered)
    assert "another review is saved there already" in second.messages
    dialogs.expect_question("Keep mine")
    second.press("D")
    second.wait_for_radiograph("2.png")

    assert boxes(folder / "1.png.review.json") == 1


def test_who_takes_the_other_version_and_stays_after_all_sees_it_and_goes_on_with_it(
    two: tuple[Dentist, Dentist], folder: Path, dialogs: Dialogs, tmp_path: Path
) -> None:
    dialogs.expect_question("Decide later")
    write_in_both(two)
    second = two[1]
    second.wait_until(lambda: not dialogs.unanswered)
    dialogs.expect_question("Show theirs")
    (tmp_path / "empty").mkdir()

    second.window.open([tmp_path / "empty"])
    second.wait_until(lambda: len(second.window.session.review.items) == 2)
    activate(second)
    decide(second)
    second.wait_until_saved()

    assert boxes(folder / "1.png.review.json") == 3


def test_a_window_where_nothing_was_done_shows_what_the_other_saves(
    make_window: MakeWindow, folder: Path
) -> None:
    first, second = opened(make_window, folder), opened(make_window, folder)
    activate(first)
    decide(first)
    second.wait_until(lambda: len(second.window.session.review.items) == 1)

    second.wait_until(lambda: statuses(second)["1.png"] is Status.DONE)
