"""A radiograph is not called done, nor reported on as done, while the detector is still
looking at it; and waiting is never read as a result.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QDialog, QLabel, QProgressBar, QPushButton

from dentalviewer.curation.class_reviews import changed_review
from dentalviewer.detector import DetectorIdentity
from dentalviewer.errors import DetectionError
from dentalviewer.formats.review_file import read_review
from dentalviewer.geometry import Box
from dentalviewer.gui.reporting.report_dialog import ReportDialog
from dentalviewer.reports import wording
from dentalviewer.review import ReadingMode
from dentalviewer.study import Finding
from dentalviewer.worklist.standing import Circumstances, StandingReader, Status
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import (
    ANNOTATED,
    PREDICTED,
    A,
    C,
    MakeWindow,
    write_numbered_radiographs,
    write_radiograph,
)
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

OTHER = DetectorIdentity("other", "6d" * 32, "none")
LOOKING = "The detector is looking …"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With two radiographs."""
    return write_numbered_radiographs(tmp_path / "scans", 2)


@pytest.fixture
def held() -> threading.Event:
    """Until it is set, no detector answers."""
    return threading.Event()


@pytest.fixture
def waiting(make_window: MakeWindow, folder: Path, held: threading.Event) -> Dentist:
    """With the first radiograph in hand, about which the detector has yet to answer."""
    return opened(make_window, folder, held)


def opened(make_window: MakeWindow, path: Path, held: threading.Event) -> Dentist:
    detector = ScriptedDetector(PREDICTED, held=held)
    dentist = make_window(detector)
    dentist.window.open([path])
    dentist.wait_until(lambda: detector.examined)
    dentist.wait_until(lambda: not dentist.window.worklist.reading)
    return dentist


def status(dentist: Dentist, name: str) -> Status:
    standings = dentist.window.folder_list.model.standings
    return {path.name: standing.status for path, standing in standings.items()}[name]


def card(dentist: Dentist) -> str:
    labels = dentist.window.side.card.findChildren(QLabel)
    return "\n".join(label.text() for label in labels)


def bar(dentist: Dentist) -> QProgressBar:
    found = dentist.window.side.heading.findChild(QProgressBar)
    assert isinstance(found, QProgressBar)
    return found


def is_finished(radiograph: Path) -> bool:
    """As it is saved, and would be exported to learn from."""
    saved, _ = read_review(radiograph.with_name(f"{radiograph.name}.review.json"))
    return saved.is_reviewed_to_the_end


# Done


def test_nothing_is_done_while_the_detector_is_looking(
    waiting: Dentist, held: threading.Event, folder: Path
) -> None:
    waiting.press("F")

    assert "The detector has not answered yet" in waiting.news
    assert waiting.open_name == "1.png"
    held.set()
    waiting.wait_for_detector()
    # What was said holds no longer.
    assert "not answered" not in waiting.news
    assert waiting.to_decide == "3 to decide"
    assert not (folder / "1.png.review.json").exists()


def test_it_is_kept_who_called_a_radiograph_without_findings_done_and_when(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(ScriptedDetector())
    dentist.window.preferences.change(reader="Dr Ada")
    dentist.window.open([folder / "1.png"])
    dentist.wait_for_detector()
    before = datetime.now(UTC)
    dentist.press("F")
    dentist.wait_until_saved()

    saved, _ = read_review(folder / "1.png.review.json")
    (done,) = saved.decisions
    assert (done.reader, done.action, done.read) == ("Dr Ada", "Done", True)
    assert before <= done.when <= datetime.now(UTC)
    assert done.detector == "scripted"
    dentist.press("Ctrl+Z")
    dentist.wait_until_saved()
    saved, _ = read_review(folder / "1.png.review.json")
    assert [each.read for each in saved.decisions] == [True, False]
    assert not saved.review.read


def test_who_says_done_twice_finishes_without_the_detector(
    waiting: Dentist, folder: Path
) -> None:
    waiting.press("F", "F")

    waiting.wait_for_radiograph("2.png")
    assert status(waiting, "1.png") is Status.DONE
    assert is_finished(folder / "1.png")


def test_whoever_draws_after_being_told_is_told_again(waiting: Dentist) -> None:
    waiting.press("F", "B")
    assert "not answered" not in waiting.news
    waiting.press("F")

    assert "not answered" in waiting.news
    assert waiting.open_name == "1.png"


def test_a_detector_that_failed_keeps_nothing_from_being_done(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(ScriptedDetector(fault=DetectionError("It is too dark.")))
    dentist.window.open([folder])
    dentist.wait_until(lambda: "too dark" in dentist.messages)
    dentist.press("F")

    dentist.wait_for_radiograph("2.png")


def test_a_detector_that_is_cancelled_keeps_nothing_from_being_done(
    waiting: Dentist,
) -> None:
    waiting.press("F", "Ctrl+.")
    assert "not answered" not in waiting.news
    waiting.press("F")

    waiting.wait_for_radiograph("2.png")


def test_an_answer_after_all_leaves_something_to_decide(
    make_window: MakeWindow, folder: Path, held: threading.Event
) -> None:
    dentist = opened(make_window, folder / "1.png", held)
    dentist.press("F", "F")
    dentist.wait_until_saved()
    assert is_finished(folder / "1.png")
    held.set()
    dentist.wait_for_detector()
    dentist.wait_until_saved()

    assert dentist.to_decide == "3 to decide"
    assert not is_finished(folder / "1.png")


def test_what_was_done_without_the_detector_is_not_once_it_has_answered(
    waiting: Dentist, held: threading.Event, folder: Path
) -> None:
    waiting.press("F", "F")
    waiting.wait_for_radiograph("2.png")
    held.set()
    waiting.wait_for_detector()
    waiting.press("A")
    waiting.wait_for_radiograph("1.png")
    waiting.wait_for_detector()

    waiting.wait_until(lambda: status(waiting, "1.png") is Status.IN_REVIEW)
    waiting.wait_until_saved()
    assert not is_finished(folder / "1.png")


def test_what_was_done_without_the_detector_is_not_once_a_batch_has_examined_it(
    waiting: Dentist, held: threading.Event
) -> None:
    waiting.press("F", "F")
    waiting.wait_for_radiograph("2.png")
    held.set()
    waiting.wait_for_detector()
    waiting.wait_until(lambda: status(waiting, "1.png") is Status.DONE)
    waiting.choose("examine_all")

    waiting.wait_until(lambda: status(waiting, "1.png") is Status.IN_REVIEW)


def test_a_box_drawn_before_the_answer_makes_nothing_done(
    waiting: Dentist, held: threading.Event
) -> None:
    waiting.press("B")
    waiting.wait_until(lambda: status(waiting, "1.png") is Status.IN_REVIEW)
    assert waiting.to_decide == LOOKING
    # Nor when it is left like that.
    waiting.wait_until_saved()
    waiting.press("D")
    waiting.wait_for_radiograph("2.png")
    waiting.window.worklist.look_again()
    waiting.window.worklist.refresh(waiting.window.folder_list.paths)
    waiting.wait_until(lambda: not waiting.window.worklist.reading)
    assert status(waiting, "1.png") is Status.IN_REVIEW
    waiting.press("F", "F")

    waiting.wait_for_radiograph("1.png")


def test_who_reads_first_waits_for_no_detector(
    make_window: MakeWindow, folder: Path, held: threading.Event
) -> None:
    detector = ScriptedDetector(PREDICTED, held=held)
    dentist = make_window(detector)
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([folder])
    dentist.wait_until(lambda: detector.examined)
    assert dentist.window.session.review.mode is ReadingMode.READ_FIRST
    assert dentist.to_decide == "No findings yet"
    dentist.press("F")

    dentist.wait_for_radiograph("2.png")


def test_not_all_is_decided_before_the_reveal(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([folder])
    dentist.wait_for_detector()
    dentist.press("R")
    dentist.drag((700, 100), (760, 160))
    assert dentist.to_decide == "1 finding so far"
    dentist.press("Space")

    assert dentist.to_decide.endswith("to decide")


def test_done_said_again_while_the_next_is_read_does_not_skip_that(
    make_window: MakeWindow, folder: Path
) -> None:
    write_radiograph(folder / "3.png")
    dentist = make_window()
    dentist.window.open([folder])
    dentist.wait_for_detector()
    dentist.wait_until(lambda: not dentist.window.worklist.reading)
    dentist.window.opening.opening.connect(lambda _: dentist.window.worklist.finish())
    dentist.press("Ctrl+A", "Return", "F")

    dentist.wait_for_radiograph("2.png")
    assert dentist.window.opening.current == folder / "2.png"


def test_what_is_hidden_is_neither_done_nor_counted(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.window.preferences.change(read_first=True)
    dentist.open_folder(folder)
    dentist.press("F")

    assert "still hidden" in dentist.news
    assert "3" not in dentist.news
    assert dentist.open_name == "1.png"


def left_with_a_box(waiting: Dentist) -> None:
    """All that was drawn is decided, but the detector was not waited for."""
    waiting.press("B")
    waiting.wait_until_saved()
    waiting.press("D")
    waiting.wait_for_radiograph("2.png")
    refreshed(waiting)
    assert status(waiting, "1.png") is Status.IN_REVIEW


def refreshed(waiting: Dentist) -> None:
    waiting.window.worklist.look_again()
    waiting.window.worklist.refresh(waiting.window.folder_list.paths)
    waiting.wait_until(lambda: not waiting.window.worklist.reading)


def test_what_was_passed_through_is_done_once_a_batch_finds_nothing_there(
    make_window: MakeWindow, folder: Path, held: threading.Event
) -> None:
    detector = ScriptedDetector(held=held)
    dentist = make_window(detector)
    dentist.window.open([folder])
    dentist.wait_until(lambda: detector.examined)
    left_with_a_box(dentist)
    held.set()
    dentist.wait_for_detector()
    dentist.choose("examine_all")

    dentist.wait_until(lambda: status(dentist, "1.png") is Status.DONE)


def test_what_was_passed_through_is_done_once_another_window_has_heard_the_detector(
    waiting: Dentist, make_window: MakeWindow, folder: Path
) -> None:
    left_with_a_box(waiting)
    other = make_window(ScriptedDetector())
    other.window.open([folder / "1.png"])
    other.wait_for_detector()
    other.press("F")
    other.wait_until_saved()
    other.window.close()
    refreshed(waiting)

    assert status(waiting, "1.png") is Status.DONE


def test_what_was_passed_through_waits_for_no_detector_that_was_removed(
    waiting: Dentist, held: threading.Event
) -> None:
    left_with_a_box(waiting)
    waiting.window.detectors.use_names(())
    held.set()

    waiting.wait_until(lambda: status(waiting, "1.png") is Status.DONE)


def done_and_asking(
    make_window: MakeWindow, folder: Path, other: ScriptedDetector
) -> Dentist:
    """The first is done, and in hand again; another detector looks at it."""
    catalogue = ScriptedCatalogue(
        {"first": ScriptedDetector(PREDICTED), "other": other}
    )
    dentist = make_window(catalogue=catalogue)
    dentist.open_folder(folder)
    dentist.press("Ctrl+A", "Return", "F")
    dentist.wait_for_radiograph("2.png")
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.window.detectors.choose("other")
    dentist.wait_until(lambda: "1.png" in other.examined)
    return dentist


@pytest.mark.parametrize("said", [(), PREDICTED, PREDICTED[1:2]])
def test_what_is_done_stays_so_while_another_detector_says_nothing_new(
    make_window: MakeWindow, folder: Path, said: tuple[Finding, ...]
) -> None:
    other = ScriptedDetector(said, identity=OTHER, held=threading.Event())
    dentist = done_and_asking(make_window, folder, other)
    assert status(dentist, "1.png") is Status.DONE
    assert other.held is not None
    other.held.set()
    dentist.wait_until(lambda: answered_by(dentist) == OTHER)
    dentist.wait_until_saved()

    assert status(dentist, "1.png") is Status.DONE
    assert is_finished(folder / "1.png")
    assert dentist.verdicts() == ["accepted"] * 3
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    refreshed(dentist)
    assert status(dentist, "1.png") is Status.DONE


def test_what_another_detector_finds_that_nobody_decided_about_is_left_to_decide(
    make_window: MakeWindow, folder: Path
) -> None:
    elsewhere = Finding(C.moved(-500, 50), "implant", score=0.9)
    other = ScriptedDetector((*PREDICTED[:1], elsewhere), identity=OTHER)
    dentist = done_and_asking(make_window, folder, other)
    dentist.wait_until(lambda: answered_by(dentist) == OTHER)
    dentist.wait_until_saved()

    assert status(dentist, "1.png") is Status.IN_REVIEW
    assert dentist.to_decide == "1 to decide"
    assert not is_finished(folder / "1.png")


def answered_by(dentist: Dentist) -> DetectorIdentity | None:
    detection = dentist.window.session.review.detection
    return None if detection is None else detection.identity


def reviewed_and_closed(make_window: MakeWindow, folder: Path) -> Path:
    """A radiograph on which everything was accepted and that was called done."""
    path = folder / "1.png"
    dentist = make_window()
    dentist.window.open([path])
    dentist.wait_for_detector()
    dentist.press("Ctrl+A", "Return", "F")
    dentist.wait_until_saved()
    dentist.window.close()
    return path


def test_a_picture_that_has_changed_is_spoken_of_until_the_reader_says_done(
    make_window: MakeWindow, folder: Path
) -> None:
    path = reviewed_and_closed(make_window, folder)
    Image.new("L", (1000, 500), 90).save(path)

    dentist = make_window(ScriptedDetector(PREDICTED[1:2], identity=OTHER))
    dentist.window.open([path])
    dentist.wait_until(lambda: "the picture has changed" in dentist.messages)
    # Of one size with the picture before, it is not told apart by that.
    assert "was saved. Check every box" in dentist.messages
    # It is examined anew.
    dentist.wait_until(lambda: answered_by(dentist) == OTHER)
    patient = replace(dentist.window.session.review.patient, name="Ada")
    dentist.window.desk.set_details(patient, "")
    dentist.wait_until_saved()
    assert not is_of_the_picture(path)
    report = dentist.window.reports.report()
    assert (report.undecided, report.unreviewed) == (0, True)
    dentist.press("F")
    assert not dentist.window.reports.report().unreviewed
    dentist.wait_until(lambda: status(dentist, "1.png") is Status.DONE)
    dentist.press("Ctrl+Z")
    dentist.wait_until(lambda: status(dentist, "1.png") is Status.IN_REVIEW)
    dentist.wait_until_saved()
    dentist.window.close()

    dentist = make_window(ScriptedDetector(PREDICTED[1:2], identity=OTHER))
    # So the worklist will say of it, too.
    standing = StandingReader(Circumstances(folder / "none")).read(path)
    assert (standing.status, standing.picture_changed) == (Status.IN_REVIEW, True)
    dentist.window.open([path])
    dentist.wait_until(lambda: "the picture has changed" in dentist.messages)
    dentist.wait_for_detector()
    dentist.press("F")
    dentist.wait_until_saved()
    assert is_of_the_picture(path)
    dentist.window.close()

    dentist = make_window()
    dentist.window.open([path])
    dentist.wait_for_detector()
    assert "the picture has changed" not in dentist.messages


def test_no_button_leads_on_from_a_changed_picture_before_the_reader_vouches_for_it(
    make_window: MakeWindow, folder: Path
) -> None:
    """To go on would be to say that every box was checked."""
    path = reviewed_and_closed(make_window, folder)
    Image.new("L", (1000, 500), 90).save(path)
    dentist = make_window()
    dentist.open_folder(folder)
    assert "the picture has changed" in dentist.messages
    assert dentist.to_decide == "All decided"
    assert not following(dentist).isVisible()
    assert not the_report(dentist).isVisible()

    dentist.window.session.finish()

    assert following(dentist).isVisible()
    dentist.press("Ctrl+Z")
    assert not following(dentist).isVisible()


def test_who_vouches_for_a_changed_picture_is_in_the_log_and_can_take_it_back(
    make_window: MakeWindow, folder: Path
) -> None:
    path = folder / "1.png"
    dentist = make_window(ScriptedDetector())
    dentist.window.open([path])
    dentist.wait_for_detector()
    dentist.press("F")
    dentist.wait_until_saved()
    dentist.window.close()
    assert said_of_reading(path) == [("Done", True)]
    Image.new("L", (1000, 500), 90).save(path)

    dentist = make_window(ScriptedDetector())
    dentist.window.open([path])
    dentist.wait_for_detector()
    dentist.press("F")
    dentist.wait_until_saved()
    assert is_of_the_picture(path)
    assert said_of_reading(path) == [("Done", True)] * 2

    dentist.press("Ctrl+Z")
    dentist.wait_until_saved()
    assert not is_of_the_picture(path)
    assert said_of_reading(path) == [("Done", True)] * 2 + [("Undo: Done", False)]
    dentist.press("Ctrl+Shift+Z")
    dentist.wait_until_saved()
    assert is_of_the_picture(path)


def said_of_reading(path: Path) -> list[tuple[str, bool | None]]:
    saved, _ = read_review(path.with_name(f"{path.name}.review.json"))
    return [(each.action, each.read) for each in saved.decisions]


def test_a_renamed_class_keeps_its_name_where_the_picture_has_changed(
    make_window: MakeWindow, folder: Path
) -> None:
    path = reviewed_and_closed(make_window, folder)
    review_file = path.with_name("1.png.review.json")
    renamed, _ = changed_review(review_file, {"restoration": "Krone"})
    review_file.write_bytes(renamed)
    Image.new("L", (1000, 500), 90).save(path)

    elsewhere = Finding(A.moved(0, 150), "restoration", score=0.9)
    dentist = make_window(ScriptedDetector((elsewhere,), identity=OTHER))
    dentist.window.open([path])
    dentist.wait_until(lambda: answered_by(dentist) == OTHER)

    (undecided,) = dentist.window.session.review.undecided
    assert undecided.current.label == "Krone"


def is_of_the_picture(path: Path) -> bool:
    """As it is saved; only then are its findings exported."""
    saved, _ = read_review(path.with_name(f"{path.name}.review.json"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return saved.radiograph_sha256 == digest


# Counting


def test_one_number_says_what_is_left_to_decide(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    # Both say A, they name B differently, and only the detector says C.
    dentist.window.session.propose_annotations(ANNOTATED, [])
    assert dentist.to_decide == "3 to decide"
    dentist.press("F")

    assert "3 places are still to be decided" in dentist.news
    # The first in the list is the place that is named differently.
    assert dentist.selected.current.label == "endodontic"
    dentist.press("F")
    assert dentist.selected.current.label == "implant"
    dentist.press("Ctrl+A")
    assert "3 places selected" in card(dentist)


# What the reader sees meanwhile


def test_waiting_is_told_where_the_findings_will_be(
    waiting: Dentist, held: threading.Event
) -> None:
    assert waiting.to_decide == LOOKING
    assert bar(waiting).isVisible()
    assert (bar(waiting).minimum(), bar(waiting).maximum()) == (0, 0)
    assert "for the next one to decide" not in card(waiting)
    held.set()
    waiting.wait_for_detector()

    assert waiting.to_decide == "3 to decide"
    assert bar(waiting).maximum() == 3
    assert "press N for the next one to decide" in card(waiting)


def test_what_can_be_decided_meanwhile_is_counted(waiting: Dentist) -> None:
    waiting.window.session.propose_annotations(ANNOTATED, [])

    assert waiting.to_decide == "2 to decide; the detector is looking …"


def test_a_radiograph_that_cannot_be_shown_has_nothing_to_decide(
    make_window: MakeWindow, folder: Path
) -> None:
    (folder / "1.png").write_bytes(b"no picture")
    dentist = make_window()
    assert "to decide" not in card(dentist)
    dentist.window.open([folder])
    dentist.wait_until(lambda: dentist.messages)

    assert dentist.to_decide == "No radiograph"
    assert "to decide" not in card(dentist)
    assert "Press R" not in card(dentist)


def test_without_any_box_the_card_says_how_to_draw_one(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(catalogue=ScriptedCatalogue({}))
    dentist.window.open([folder])
    dentist.wait_for_radiograph("1.png")

    assert "Press R to draw one." in card(dentist)


# Reports


def test_a_report_made_meanwhile_is_unreviewed(
    waiting: Dentist, held: threading.Event, dialogs: Dialogs
) -> None:
    told: list[str] = []

    def look(dialog: QDialog) -> int:
        assert isinstance(dialog, ReportDialog)
        told.extend(label.text() for label in dialog.findChildren(QLabel))
        return 0

    waiting.press("B")
    report = waiting.window.reports.report()
    assert report.unreviewed
    assert "was asked" not in wording.result(report)
    dialogs.expect("QDialog.exec", look)
    waiting.choose("report")

    assert any("the detector was still looking" in words for words in told)
    held.set()
    waiting.wait_for_detector()
    assert "still undecided" in wording.review_status(waiting.window.reports.report())


def test_a_report_without_any_detector_is_as_reviewed_as_another(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(catalogue=ScriptedCatalogue({}))
    dentist.window.open([folder])
    dentist.wait_for_radiograph("1.png")
    dentist.press("B")

    report = dentist.window.reports.report()
    assert not report.unreviewed
    assert "No detector was asked." in wording.result(report)


def test_what_was_called_done_with_nothing_marked_is_said_at_the_next(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(ScriptedDetector(()))
    dentist.open_folder(folder)

    dentist.press("F")
    dentist.wait_for_radiograph("2.png")

    dentist.wait_until(
        lambda: dentist.news == "1.png is done, with nothing marked on it."
    )


def test_what_may_be_no_panoramic_radiograph_is_not_done_with_nothing_marked(
    make_window: MakeWindow, folder: Path
) -> None:
    house = ScriptedDetector((Finding(Box(10, 10, 50, 90), "tooth", score=0.6),))
    catalogue = ScriptedCatalogue({"scripted": ScriptedDetector(())}, teeth=house)
    dentist = make_window(catalogue=catalogue)
    dentist.open_folder(folder)

    dentist.press("F")

    assert "Answer that before Done" in dentist.messages
    assert not dentist.window.session.review.done
    dentist.choose("panoramic")
    dentist.press("F")
    dentist.wait_for_radiograph("2.png")


def test_what_the_reader_says_is_no_panoramic_radiograph_is_not_done_whatever_is_marked(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    dentist.press("Ctrl+A", "Backspace")
    dentist.choose("not_panoramic")

    dentist.press("F")

    assert "It stays in review, so it is neither exported" in dentist.messages
    assert dentist.open_name == "1.png"
    dentist.wait_until_saved()
    assert not is_finished(folder / "1.png")
    dentist.choose("panoramic")
    assert dentist.messages == ""
    assert dentist.window.session.review.done


def test_whom_the_radiograph_shows_is_not_undone_with_what_was_decided(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    dentist.press("Ctrl+A", "Return")
    patient = replace(dentist.window.session.review.patient, name="Ada")
    dentist.window.desk.set_details(patient, "Seen on Monday.")

    dentist.press("Ctrl+Z")

    review = dentist.window.session.review
    assert review.undecided
    assert (review.patient.name, review.note) == ("Ada", "Seen on Monday.")


def following(dentist: Dentist) -> QPushButton:
    (button,) = (
        each
        for each in dentist.window.side.heading.findChildren(QPushButton)
        if each.text() == "On to the next  (F)"
    )
    return button


def test_once_all_is_decided_a_button_leads_to_the_next_radiograph_and_names_its_key(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    assert not following(dentist).isVisible()
    dentist.press("Ctrl+A", "Y")
    assert dentist.to_decide == "All decided"
    assert following(dentist).isVisible()

    following(dentist).click()

    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    assert not following(dentist).isVisible()
    assert dentist.window.canvas.hasFocus()


def test_after_the_last_radiograph_all_are_said_to_be_done_and_the_report_is_offered(
    make_window: MakeWindow, folder: Path, dialogs: Dialogs
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    dentist.press("Ctrl+A", "Y", "F")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    assert not said_at_the_end(dentist)
    dentist.press("Ctrl+A", "Y")

    assert not following(dentist).isVisible()
    dentist.wait_until(
        lambda: (
            said_at_the_end(dentist)
            == ["All 2 radiographs are done.", "Report  (Ctrl+E)"]
        )
    )
    dentist.press("F")
    assert dentist.news == "All 2 radiographs are done."
    shown: list[QDialog] = []
    dialogs.expect("QDialog.exec", lambda dialog: shown.append(dialog) or 0)
    the_report(dentist).click()
    assert isinstance(shown[0], ReportDialog)

    # What is taken up again is left to do at the other one.
    dentist.press("Ctrl+A", "U")
    assert not said_at_the_end(dentist)
    dentist.window.worklist.open_undone(1)
    assert dentist.news == "No other radiograph in the list is still to be done."


def test_what_is_done_with_nothing_marked_leads_on_too(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window(ScriptedDetector(()))
    dentist.open_folder(folder)
    dentist.press("F")
    dentist.wait_for_radiograph("2.png")
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    assert dentist.to_decide == "Done: nothing there"
    assert following(dentist).isVisible()
    following(dentist).click()
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    assert not following(dentist).isVisible()

    dentist.press("F")

    dentist.wait_until(
        lambda: "All 2 radiographs are done." in said_at_the_end(dentist)
    )


def test_what_a_filter_hides_is_told_where_nothing_else_is_left_to_do(
    make_window: MakeWindow, folder: Path
) -> None:
    dentist = make_window()
    dentist.open_folder(folder)
    dentist.press("Ctrl+A", "Y")
    assert following(dentist).isVisible()

    dentist.window.folder_list.head.search.setText("1.png")

    dentist.wait_until(lambda: not following(dentist).isVisible())
    told = "Nothing else is to do in this list; 1 not shown is."
    dentist.wait_until(lambda: told in said_at_the_end(dentist))
    dentist.window.folder_list.head.search.clear()
    dentist.wait_until(lambda: following(dentist).isVisible())


def said_at_the_end(dentist: Dentist) -> list[str]:
    """Where no other radiograph is left to do: that, and what follows."""
    heading = dentist.window.side.heading
    words = [
        each.text()
        for each in heading.findChildren(QLabel)
        if each.isVisible() and each.text() != dentist.to_decide
    ]
    return words + ([the_report(dentist).text()] if words else [])


def the_report(dentist: Dentist) -> QPushButton:
    (button,) = (
        each
        for each in dentist.window.side.heading.findChildren(QPushButton)
        if each.text().startswith("Report")
    )
    return button


def test_where_no_other_radiograph_is_open_nothing_leads_to_one(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()

    dentist.press("Ctrl+A", "Y")

    assert dentist.to_decide == "All decided"
    assert not following(dentist).isVisible()
    assert not the_report(dentist).isVisible()


def test_what_a_filter_hid_is_not_led_to_once_it_is_not_open_any_more(
    make_window: MakeWindow, folder: Path
) -> None:
    """The list looks the same before and after: one radiograph."""
    dentist = make_window()
    dentist.open_folder(folder)
    dentist.press("Ctrl+A", "Y")
    search = dentist.window.folder_list.head.search
    search.setText("1.png")
    dentist.wait_until(lambda: len(dentist.window.folder_list.model.shown) == 1)
    assert the_report(dentist).isVisible()

    dentist.window.open([folder / "1.png"])

    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 1)
    dentist.wait_for_detector()
    assert dentist.to_decide == "All decided"
    assert not following(dentist).isVisible()
    assert not the_report(dentist).isVisible()
