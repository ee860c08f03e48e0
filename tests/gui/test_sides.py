"""The reader is asked where the patient's right is, if a radiograph may be mirrored."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtWidgets import QPushButton

from dentalviewer.dentition import Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.formats.review_file import read_review
from dentalviewer.geometry import Box
from dentalviewer.gui.window import sides_desk
from dentalviewer.review import Sides, Source
from dentalviewer.side_letters import SideLetter
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import MAY_BE_MIRRORED, NO_ARCH, NOT_PANORAMIC
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

TEETH_IDENTITY = DetectorIdentity("teeth", "7e" * 32)
CROWN = Finding(Box(680, 200, 760, 260), "restoration", score=0.9)


def tooth(number: int, left: int) -> Finding:
    box = Box(left, 200, left + 80, 400)
    return Finding(box, str(number), Tooth.from_fdi(number), 0.9)


TEETH = (tooth(34, 500), tooth(35, 590), tooth(36, 680), tooth(37, 770))


@pytest.fixture
def detector() -> ScriptedDetector:
    return ScriptedDetector((CROWN,))


@pytest.fixture
def catalogue(detector: ScriptedDetector) -> ScriptedCatalogue:
    teeth = ScriptedDetector(TEETH, identity=TEETH_IDENTITY)
    return ScriptedCatalogue({"scripted": detector}, teeth=teeth)


@pytest.fixture
def with_teeth(make_window: MakeWindow, catalogue: ScriptedCatalogue) -> Dentist:
    return make_window(catalogue=catalogue)


def write_mirrored(path: Path) -> Path:
    """An L in white, 40 pixels high, on the left."""
    pixels = np.full((500, 1000), 60, np.uint8)
    pixels[400:440, 30:40] = pixels[430:440, 30:54] = 250
    Image.fromarray(pixels).save(path)
    return path


def open_and_wait(dentist: Dentist, path: Path) -> None:
    dentist.window.open([path])
    dentist.wait_for_radiograph(path.name)
    dentist.wait_for_detector()
    dentist.wait_until(lambda: not dentist.window.sides.busy)


def captions(dentist: Dentist) -> set[str]:
    return {mark.caption for mark in dentist.window.canvas.marks}


def ticked(dentist: Dentist) -> list[str]:
    actions = dentist.window.commands.actions
    return [n for n in ("sides_usual", "sides_mirrored") if actions[n].isChecked()]


def test_a_usual_radiograph_raises_no_question(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_radiograph(tmp_path / "1.png"))
    assert with_teeth.messages == ""
    assert captions(with_teeth) == {"36 restoration 90 %"}
    assert ticked(with_teeth) == ["sides_usual"]


def test_what_may_be_mirrored_is_asked_about_and_not_numbered(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_mirrored(tmp_path / "1.png"))
    assert "may be mirrored: the letter L is on its left" in with_teeth.messages
    assert captions(with_teeth) == {"restoration 90 %"}
    assert ticked(with_teeth) == []
    assert "No tooth is numbered" in with_teeth.window.detection.state
    assert with_teeth.window.reports.report().sides is Sides.DOUBTFUL
    # Who only looks finds no file beside the radiograph.
    assert not with_teeth.window.session.undo_stack.count()
    assert list(tmp_path.glob("*.json")) == []


def answers(dentist: Dentist) -> list[str]:
    """What can be clicked beside the question."""
    buttons = dentist.window.message_bar.findChildren(QPushButton)
    shown = [each for each in buttons if each.isVisible()]
    return [each.text() for each in sorted(shown, key=lambda each: each.x())]


def test_a_question_is_answered_where_it_is_asked(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_mirrored(tmp_path / "1.png"))
    bar = with_teeth.window.message_bar
    (mirrored, *_) = (
        b for b in bar.findChildren(QPushButton) if b.text() == "Mirrored"
    )
    assert answers(with_teeth)[:2] == ["Mirrored", "Not mirrored"]

    mirrored.click()

    assert captions(with_teeth) == {"46 restoration 90 %"}
    assert ticked(with_teeth) == ["sides_mirrored"]
    assert not bar.isVisible()
    with_teeth.press("Ctrl+Z")
    assert "may be mirrored" in with_teeth.messages
    assert answers(with_teeth)[:2] == ["Mirrored", "Not mirrored"]
    # Enter goes on to mean "accept".
    assert with_teeth.window.focusWidget() is with_teeth.window.canvas


def test_of_a_mirrored_radiograph_the_chart_says_that_it_lies_the_other_way_round(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_mirrored(tmp_path / "1.png"))
    chart, canvas = with_teeth.window.chart, with_teeth.window.canvas
    usual = chart.area_of(Tooth(1, 8))
    assert (chart.note, chart.accessibleName()) == ("", "Dental chart")

    with_teeth.choose("sides_mirrored")

    assert canvas.side_letters == ("L", "R")
    assert chart.note == "The radiograph is mirrored; the chart shows R on the left."
    assert chart.accessibleName() == f"Dental chart – {chart.note}"
    # The patient's right is drawn on the left all the same, below the note.
    assert chart.area_of(Tooth(1, 8)).left() < chart.area_of(Tooth(2, 8)).left()
    assert chart.area_of(Tooth(1, 8)).top() > usual.top()
    with_teeth.choose("sides_usual")
    assert chart.note == ""
    assert chart.area_of(Tooth(1, 8)) == usual


def test_a_stored_answer_about_a_mirrored_radiograph_never_shows_wrong_numbers(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    detector: ScriptedDetector,
    tmp_path: Path,
) -> None:
    """The answer is there at once, the letters are read a moment later."""
    path = write_mirrored(tmp_path / "1.png")
    earlier = make_window(catalogue=catalogue)
    open_and_wait(earlier, path)
    earlier.window.close()
    dentist = make_window(catalogue=catalogue)
    seen: set[str] = set()
    session = dentist.window.session
    session.review_changed.connect(lambda: seen.update(captions(dentist)))
    open_and_wait(dentist, path)

    assert captions(dentist) == seen == {"restoration 90 %"}
    assert session.review.sides is Sides.DOUBTFUL
    assert detector.examined == ["1.png"]


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Generator[threading.Event]:
    """Until it is set, no letters are read."""
    event = threading.Event()
    read = sides_desk._letters_on

    def held(pixels: NDArray[np.generic]) -> tuple[SideLetter, ...]:
        event.wait()
        return read(pixels)

    monkeypatch.setattr(sides_desk, "_letters_on", held)
    yield event
    event.set()


def test_an_answer_that_waits_for_the_letters_is_awaited_and_can_be_cancelled(
    with_teeth: Dentist, letters: threading.Event, tmp_path: Path
) -> None:
    detection, answers = with_teeth.window.detection, list[bool]()
    detection.held.connect(lambda: answers.append(True))
    with_teeth.window.open([write_radiograph(tmp_path / "1.png")])
    with_teeth.wait_until(lambda: answers)
    assert with_teeth.to_decide == "The detector is looking …"
    with_teeth.press("Ctrl+.")

    assert detection.state == "Cancelled. F5 runs the detector again."
    assert with_teeth.to_decide == "No findings yet"
    letters.set()
    with_teeth.wait_until(lambda: not with_teeth.window.sides.busy)
    assert not with_teeth.items(Source.DETECTOR)
    with_teeth.press("F5")
    with_teeth.wait_until(lambda: with_teeth.items(Source.DETECTOR))


def test_the_reader_says_that_it_is_mirrored_and_takes_it_back(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_mirrored(tmp_path / "1.png"))
    with_teeth.choose("sides_mirrored")
    assert with_teeth.messages == ""
    assert captions(with_teeth) == {"46 restoration 90 %"}
    assert ticked(with_teeth) == ["sides_mirrored"]
    window = with_teeth.window
    window.chart_desk.choose(Tooth(4, 5))
    assert window.canvas.outlined_tooth == TEETH[1].box
    window.session.undo_stack.undo()
    assert captions(with_teeth) == {"restoration 90 %"}
    assert "may be mirrored" in with_teeth.messages


def test_a_question_that_was_dismissed_comes_with_the_next_radiograph_only(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_mirrored(tmp_path / "1.png"))
    with_teeth.window.message_bar.clear()

    with_teeth.press("N", "Return")
    assert with_teeth.verdicts() == ["accepted"]
    assert with_teeth.messages == ""

    open_and_wait(with_teeth, write_mirrored(tmp_path / "2.png"))
    assert "may be mirrored" in with_teeth.messages


def test_the_answer_is_saved_and_not_asked_for_again(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    path = write_mirrored(tmp_path / "1.png")
    open_and_wait(with_teeth, path)
    with_teeth.choose("sides_usual")
    with_teeth.wait_until_saved()
    (file,) = tmp_path.glob("*.review.json")
    saved = read_review(file)[0]
    assert saved.review.sides is Sides.USUAL
    (said,) = saved.decisions
    assert (said.sides_before, said.sides_after) == (Sides.DOUBTFUL, Sides.USUAL)
    open_and_wait(with_teeth, write_radiograph(tmp_path / "2.png"))
    open_and_wait(with_teeth, path)
    assert with_teeth.messages == ""
    assert captions(with_teeth) == {"36 restoration 90 %"}


def test_a_question_that_was_never_answered_is_asked_again(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    path = write_mirrored(tmp_path / "1.png")
    open_and_wait(with_teeth, path)
    with_teeth.press("N", "Return")
    with_teeth.wait_until_saved()
    open_and_wait(with_teeth, write_radiograph(tmp_path / "2.png"))
    assert with_teeth.messages == ""
    open_and_wait(with_teeth, path)
    assert "may be mirrored: the letter L is on its left" in with_teeth.messages


def test_a_doubt_that_was_saved_is_asked_about_though_nothing_raises_it_now(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    open_and_wait(with_teeth, path)
    session = with_teeth.window.session
    session.edit("Doubt", session.review.with_sides(Sides.DOUBTFUL))
    with_teeth.wait_until_saved()
    open_and_wait(with_teeth, write_radiograph(tmp_path / "2.png"))
    open_and_wait(with_teeth, path)
    assert "This radiograph may be mirrored. Findings get no" in with_teeth.messages
    with_teeth.window.message_bar.clear()
    with_teeth.press("N", "Return")
    assert with_teeth.messages == ""
    with_teeth.choose("sides_mirrored")
    assert captions(with_teeth) == {"46 restoration 90 %"}


def test_a_picture_without_arches_is_asked_about_until_a_reader_says_what_it_is(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    house = ScriptedDetector((Finding(Box(10, 10, 50, 90), "tooth", score=0.6),))
    catalogue = ScriptedCatalogue({"scripted": ScriptedDetector((CROWN,))}, teeth=house)
    dentist = make_window(catalogue=catalogue)
    path = write_radiograph(tmp_path / "1.png")
    open_and_wait(dentist, path)
    dentist.press("N", "Return")
    dentist.wait_until_saved()
    open_and_wait(dentist, write_radiograph(tmp_path / "2.png"))
    dentist.window.message_bar.clear()
    open_and_wait(dentist, path)
    window = dentist.window

    assert NO_ARCH in dentist.messages
    assert answers(dentist) == [
        "Panoramic",
        "Not panoramic",
        "Upside down…",
        "Dismiss",
    ]
    assert ticked(dentist) == []
    assert window.canvas.side_letters == ("R?", "L?")
    assert window.reports.report().doubt == NO_ARCH
    dentist.choose("panoramic")
    assert dentist.messages == ""
    assert ticked(dentist) == ["sides_usual"]
    assert window.commands.actions["panoramic"].isChecked()
    assert window.canvas.side_letters == ("R", "L")
    assert window.reports.report().doubt == ""
    dentist.press("Ctrl+Z")
    assert NO_ARCH in dentist.messages
    assert window.canvas.side_letters == ("R?", "L?")


def test_whether_it_is_panoramic_and_whether_it_is_mirrored_are_asked_apart(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    house = ScriptedDetector((Finding(Box(10, 10, 50, 90), "tooth", score=0.6),))
    catalogue = ScriptedCatalogue({"scripted": ScriptedDetector((CROWN,))}, teeth=house)
    dentist = make_window(catalogue=catalogue)
    path = write_mirrored(tmp_path / "1.png")
    open_and_wait(dentist, path)
    window = dentist.window
    assert NO_ARCH in dentist.messages
    assert "may be mirrored" in dentist.messages

    dentist.choose("sides_usual")
    assert "may be mirrored" not in dentist.messages
    assert NO_ARCH in dentist.messages
    assert window.reports.report().doubt == NO_ARCH
    dentist.choose("not_panoramic")
    assert dentist.messages == ""
    assert window.commands.actions["not_panoramic"].isChecked()
    assert window.reports.report().doubt == NOT_PANORAMIC
    dentist.wait_until_saved()
    (file,) = tmp_path.glob("*.review.json")
    assert read_review(file)[0].review.panoramic is False
    open_and_wait(dentist, write_radiograph(tmp_path / "2.png"))
    dentist.window.message_bar.clear()
    open_and_wait(dentist, path)
    assert dentist.messages == ""
    assert window.reports.report().doubt == NOT_PANORAMIC


def test_the_menu_says_that_the_sides_are_assumed_until_they_are_stated(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    usual = with_teeth.window.commands.actions["sides_usual"]
    open_and_wait(with_teeth, write_mirrored(tmp_path / "1.png"))
    assert "nobody has stated it" not in usual.toolTip()
    with_teeth.choose("sides_usual")
    assert "nobody has stated it" not in usual.toolTip()
    open_and_wait(with_teeth, write_radiograph(tmp_path / "2.png"))
    assert "nobody has stated it" in usual.toolTip()


def test_what_a_file_says_was_asked_of_the_radiograph_is_told(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15]}
    value = {
        "images": [{"id": 7, "file_name": "1.png", "cautions": ["May be mirrored."]}],
        "categories": [{"id": 1, "name": "implant"}], "annotations": [box],
    }  # fmt: skip
    (tmp_path / "predictions.json").write_text(json.dumps(value))
    open_and_wait(with_teeth, path)
    assert "predictions.json: May be mirrored." in with_teeth.messages
    assert "16 implant" in captions(with_teeth)


def test_what_a_file_asks_stands_in_the_report_until_the_reader_answers_it(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    blurred, mirrored = "It is blurred.", f"{MAY_BE_MIRRORED}: L is on its left."
    box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15]}
    # As an earlier version put it.
    whole = "No tooth was numbered: what was found lies otherwise. Is this one?"
    asked = [mirrored, NO_ARCH, whole]
    for name, cautions in (("a.json", [blurred]), ("b.json", asked)):
        value = {
            "images": [{"id": 7, "file_name": "1.png", "cautions": cautions}],
            "categories": [{"id": 1, "name": "implant"}], "annotations": [box],
        }  # fmt: skip
        (tmp_path / name).write_text(json.dumps(value))
    open_and_wait(with_teeth, path)
    report = with_teeth.window.reports.report
    assert report().cautions == (blurred, mirrored, NO_ARCH, whole)
    assert f"b.json: {mirrored}" in with_teeth.messages
    with_teeth.choose("sides_usual")
    assert report().cautions == (blurred, NO_ARCH, whole)
    with_teeth.choose("panoramic")
    assert report().cautions == (blurred,)
    open_and_wait(with_teeth, write_radiograph(tmp_path / "2.png"))
    assert report().cautions == ()


def test_an_answer_to_no_question_is_no_edit(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_radiograph(tmp_path / "1.png"))
    with_teeth.choose("sides_usual")
    assert ticked(with_teeth) == ["sides_usual"]
    assert not with_teeth.window.session.undo_stack.count()


def test_annotations_on_the_wrong_sides_raise_the_question(
    with_teeth: Dentist, tmp_path: Path
) -> None:
    open_and_wait(with_teeth, write_radiograph(tmp_path / "1.png"))
    findings = [
        Finding(Box(x, 100, x + 50, 160), "restoration", Tooth.from_fdi(number))
        for number, x in ((16, 700), (15, 640), (26, 250))
    ]
    with_teeth.window.session.propose_annotations(findings, ())
    assert "teeth annotated as the patient's right" in with_teeth.messages
    assert "restoration 90 %" in captions(with_teeth)
    # What a person stated stands.
    assert {"16 restoration", "15 restoration", "26 restoration"} <= captions(
        with_teeth
    )
