"""What is in sight: greys, marks, captions, panels and themes."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QLabel,
    QLineEdit,
    QListWidget,
    QTreeWidget,
)
from pytestqt.qtbot import QtBot

from dentalviewer.agreement import Relation
from dentalviewer.dentition import Tooth
from dentalviewer.enhancement import Window
from dentalviewer.geometry import Box
from dentalviewer.gui.actions import plain_text
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.reviewing.working_order import rows_of
from dentalviewer.gui.widgets.palette import label_color
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.review import ReadingMode, Review, Source
from dentalviewer.study import Finding
from tests.dentist import Dentist
from tests.gui.conftest import PREDICTED, A, B, MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector
from tests.test_journeys import OBJECT, VOC


@pytest.fixture
def reading_first(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """Chose to read first before any radiograph was open; the detector has answered."""
    dentist = make_window()
    dentist.choose("read_first")
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    return dentist


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """At a radiograph on which dentist and detector agree, differ and are alone."""
    dentist = make_window()
    path = write_radiograph(tmp_path / "1.png")
    # VOC counts pixels from 1.
    objects = "".join(
        OBJECT.format(b.x_min + 1, b.y_min + 1, b.x_max, b.y_max, label=label)
        for b, label in ((A, "restoration"), (B, "endodontic"))
    ).replace(".0", "")
    voc = VOC.format(name="1.png", width=1000, objects=objects)
    path.with_suffix(".xml").write_text(voc.replace("<height>700", "<height>500"))
    dentist.window.open([path])
    dentist.wait_for_detector()
    return dentist


def test_disagreements_come_first(dentist: Dentist) -> None:
    rows = rows_of(dentist.window.session.review)

    assert [row.place.relation for row in rows] == [
        Relation.LABELS_DIFFER,
        Relation.LABELS_DIFFER,
        Relation.DETECTOR_ONLY,
        Relation.AGREE,
    ]


def test_findings_are_listed_along_the_upper_jaw_then_along_the_lower() -> None:
    """Each from the patient's right, wherever that is on the picture."""

    def crown(x: float, tooth: Tooth | None) -> Finding:
        return Finding(Box(x, 10, x + 20, 30), "restoration", tooth)

    review = Review().propose_annotations(
        [
            crown(10, None),
            crown(400, Tooth(2, 6)),
            crown(350, Tooth(4, 6)),
            crown(120, Tooth(1, 6)),
            crown(300, Tooth(7, 5)),
        ]
    )

    assert [str(row.placing) for row in rows_of(review)] == ["16", "26", "46", "75", ""]


def test_a_key_hides_each_readers_boxes(dentist: Dentist) -> None:
    assert dentist.shown_sources() == {Source.DENTIST, Source.DETECTOR}
    dentist.press("H")
    assert dentist.shown_sources() == {Source.DENTIST}
    # An empty radiograph would look like one where nothing was found.
    assert dentist.window.canvas.notes == ("3 boxes of the detector hidden",)
    dentist.press("G")
    assert dentist.shown_sources() == set()
    dentist.press("H", "G")
    assert dentist.shown_sources() == {Source.DENTIST, Source.DETECTOR}
    assert dentist.window.canvas.notes == ()


def test_a_class_can_be_taken_out_of_sight(dentist: Dentist) -> None:
    dentist.window.side.display.label_switches["implant"].setChecked(False)
    labels = {mark.label for mark in dentist.window.canvas.marks}

    assert labels == {"restoration", "endodontic"}


def test_a_place_that_is_decided_has_one_mark(dentist: Dentist) -> None:

    def captions() -> list[str]:
        marks = dentist.window.canvas.marks
        return sorted(m.caption for m in marks if m.box.center[0] < 250)

    # The two lie on each other and say the same: once is enough.
    assert captions() == ["", "restoration 90 %"]
    dentist.choose("accept_agreeing")
    assert len(captions()) == 1


def test_what_agrees_is_counted_and_accepted_only_where_something_does(
    dentist: Dentist,
) -> None:
    action = dentist.window.commands.actions["accept_agreeing"]
    assert (action.isEnabled(), plain_text(action)) == (True, "Accept what agrees (1)")

    dentist.choose("accept_agreeing")
    assert (action.isEnabled(), plain_text(action)) == (False, "Accept what agrees")

    dentist.press("Ctrl+Z")
    assert (action.isEnabled(), plain_text(action)) == (True, "Accept what agrees (1)")


def test_who_reads_first_is_not_told_how_much_agrees(dentist: Dentist) -> None:
    session = dentist.window.session
    session.set_mode(ReadingMode.READ_FIRST)
    assert session.review.predictions_hidden

    action = dentist.window.commands.actions["accept_agreeing"]
    assert (action.isEnabled(), plain_text(action)) == (False, "Accept what agrees")


def test_reading_first_can_be_chosen_before_any_radiograph_is_open(
    reading_first: Dentist,
) -> None:
    dentist = reading_first

    assert dentist.window.session.review.predictions_hidden
    assert dentist.shown_sources() == set()
    action = dentist.window.commands.actions["read_first"]
    assert action.isChecked()
    # Whoever thinks better of it sees them, and those of the next ones at once.
    dentist.choose("read_first")
    assert dentist.shown_sources() == {Source.DETECTOR}
    assert not action.isChecked()
    assert not dentist.window.preferences.current.read_first


def test_what_was_seen_already_is_not_hidden_and_the_next_radiograph_is_read_first(
    dentist: Dentist, tmp_path: Path
) -> None:
    before = dentist.window.session.review
    action = dentist.window.commands.actions["read_first"]
    assert not action.isChecked()
    dentist.choose("read_first")

    assert dentist.window.session.review is before
    assert dentist.shown_sources() == {Source.DENTIST, Source.DETECTOR}
    assert "seen already and cannot be hidden" in dentist.news
    assert action.isChecked()
    assert "seen already and cannot be hidden" in action.toolTip()

    dentist.window.open([write_radiograph(tmp_path / "2.png", (1000, 600))])
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    assert dentist.window.session.review.mode is ReadingMode.READ_FIRST
    assert dentist.shown_sources() == set()
    assert "seen already" not in action.toolTip()


def test_who_has_read_first_and_chooses_otherwise_then_has_read_first(
    reading_first: Dentist,
) -> None:
    dentist = reading_first
    dentist.press("Space")
    assert dentist.shown_sources() == {Source.DETECTOR}
    dentist.choose("read_first")

    assert not dentist.window.preferences.current.read_first
    assert dentist.window.session.review.mode is ReadingMode.READ_FIRST


def test_a_class_that_only_a_hidden_prediction_has_is_not_offered(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(ScriptedDetector([Finding(A, "caries", score=0.9)]))
    dentist.choose("read_first")
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    choice = dentist.window.commands.annotator.classes
    assert choice.labels == KNOWN_LABELS
    dentist.press("Space")

    assert choice.labels == (*KNOWN_LABELS, "caries")


def test_no_undo_hides_again_what_was_seen_and_calls_it_read_first(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    window, action = dentist.window, dentist.window.commands.actions["read_first"]
    dentist.choose("read_first")
    window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.press("B")
    dentist.choose("read_first")
    dentist.press("Ctrl+Z")

    assert window.session.review.items[-1].source is Source.DETECTOR
    assert window.session.review.mode is ReadingMode.CONCURRENT
    assert dentist.shown_sources() == {Source.DETECTOR}
    assert (action.isChecked(), window.preferences.current.read_first) == (False, False)
    dentist.press("Ctrl+Y")
    assert window.session.review.mode is ReadingMode.CONCURRENT
    assert [each.action for each in window.session.decisions] == [
        "Draw box",
        "Reading mode: concurrent",
        "Undo: Draw box",
        "Redo: Draw box",
    ]


def test_an_answer_that_was_seen_and_taken_back_was_seen_all_the_same(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    held = threading.Event()
    dentist = make_window(ScriptedDetector(PREDICTED, held=held))
    session = dentist.window.session
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.press("B")
    held.set()
    dentist.wait_for_detector()
    dentist.press("Ctrl+Z")
    assert (session.review.detection, len(session.review.items)) == (None, 1)

    dentist.choose("read_first")
    assert session.review.mode is ReadingMode.CONCURRENT
    assert "seen already and cannot be hidden" in dentist.news


def test_what_the_reader_goes_back_to_was_seen_before(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """Nothing is saved of a radiograph at which somebody only looked."""
    write_radiograph(tmp_path / "1.png")
    write_radiograph(tmp_path / "2.png", (1000, 600))
    dentist = make_window()
    review = partial(getattr, dentist.window.session, "review")
    dentist.window.open([tmp_path])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.choose("read_first")
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    assert review().mode is ReadingMode.READ_FIRST
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")

    assert review().mode is ReadingMode.CONCURRENT


def on_another_picture(make_window: MakeWindow, folder: Path, *keys: str) -> Dentist:
    """The keys were pressed beside predictions; then the picture was replaced, and is
    opened without a detector.
    """
    path = write_radiograph(folder / "1.png")
    before = make_window()
    before.window.open([path])
    before.wait_for_radiograph("1.png")
    before.wait_for_detector()
    before.press(*keys)
    before.wait_until_saved()
    before.window.close()
    write_radiograph(path, (1000, 600))
    dentist = make_window(catalogue=ScriptedCatalogue({}))
    dentist.window.open([path])
    dentist.wait_for_radiograph("1.png")
    return dentist


def test_predictions_that_were_accepted_stay_in_sight_once_the_picture_has_changed(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = on_another_picture(make_window, tmp_path, "Ctrl+A", "Return")
    assert dentist.window.session.review.detection is None

    dentist.choose("read_first")
    assert dentist.window.session.review.mode is ReadingMode.CONCURRENT
    assert dentist.shown_sources() == {Source.DETECTOR}


def test_what_was_drawn_with_predictions_in_sight_is_not_found_alone_on_another_picture(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = on_another_picture(make_window, tmp_path, "B")
    assert dentist.shown_sources() == {Source.DENTIST}

    dentist.choose("read_first")
    assert dentist.window.session.review.mode is ReadingMode.CONCURRENT


def test_a_prediction_that_was_decided_is_shown_where_the_report_tells_it(
    dentist: Dentist,
) -> None:
    """Only what was not seen is hidden: of the three predictions one was accepted."""
    session = dentist.window.session
    implant = session.review.items[-1]
    session.edit("Accept", session.review.accept([implant.id]))
    session.set_mode(ReadingMode.READ_FIRST)

    shown = [m for m in dentist.window.canvas.marks if m.source is Source.DETECTOR]
    assert [mark.box for mark in shown] == [implant.current.box]
    assert [row.box for row in dentist.window.reports.report().rows] == [shown[0].box]


def test_display_keys_change_the_picture_and_nothing_else(dentist: Dentist) -> None:
    window = dentist.window
    review, pixels = window.session.review, window.canvas.grab().toImage()
    dentist.press("I")
    assert window.canvas.grab().toImage() != pixels
    dentist.press("C")
    dentist.wait_until(lambda: window.canvas.grab().toImage() != pixels)
    dentist.choose("reset_display")
    assert not window.commands.actions["invert"].isChecked()
    assert window.canvas.grab().toImage() == pixels
    assert window.session.review is review


def test_the_right_drag_narrows_the_window_and_raises_the_level(
    dentist: Dentist,
) -> None:
    canvas, panel = dentist.window.canvas, dentist.window.side.display
    canvas.window_drag_started.emit()
    # 600 points are the whole range of 255 greys.
    canvas.window_dragged.emit(-300, -120)
    assert panel.window_level == Window(127.5 + 51, 127.5)
    canvas.window_dragged.emit(-10_000, 0)
    assert panel.window_level.width == pytest.approx(255 / 600)


def test_sixteen_bits_are_shown_in_full(qtbot: QtBot) -> None:
    pixels = np.linspace(1000, 5000, 200_000).reshape(400, 500).astype(np.uint16)
    picture = RadiographImage(pixels).at_scale(1.0)

    assert picture.pixelColor(0, 0).red() < 3
    assert picture.pixelColor(499, 399).red() > 252


def test_the_classes_have_colours_of_their_own_that_stand_out_from_the_dark() -> None:
    colors = [label_color(label) for label in KNOWN_LABELS]

    assert len({color.name() for color in colors}) == 3
    assert min(color.lightnessF() for color in colors) > 0.4


def test_everything_has_a_name_for_those_who_hear_the_window(
    dentist: Dentist,
) -> None:
    window = dentist.window
    unnamed = [
        type(widget).__name__
        for kind in (QAbstractSlider, QLineEdit, QListWidget, QTreeWidget)
        for widget in window.side.findChildren(kind)
        if not widget.accessibleName()
        and not widget.objectName().startswith("qt_")
        and "ScrollBar" not in type(widget).__name__
    ]

    assert unnamed == []


def test_no_message_makes_the_window_wider(dentist: Dentist) -> None:
    window = dentist.window
    least = window.minimumSizeHint().width()
    window.message_bar.show_message("/a/long/path" * 100)
    window.status_line.show_detector("The detector did not run. " * 40)
    dentist.wait_until(window.message_bar.isVisible)

    assert window.minimumSizeHint().width() == least


def test_a_fault_of_many_lines_leaves_the_status_line_one(dentist: Dentist) -> None:
    line = dentist.window.status_line
    (label,) = (
        w for w in line.findChildren(QLabel) if w.accessibleName() == "Detector"
    )
    line.show_detector("The detector did not run.")
    height = label.sizeHint().height()

    line.show_detector("The detector failed unexpectedly: this\nand\nthat")

    assert label.sizeHint().height() == height
    assert label.toolTip().endswith("that")


def test_f11_gives_the_radiograph_the_whole_window(dentist: Dentist) -> None:
    width = dentist.window.canvas.width()
    dentist.press("F11")
    assert not dentist.window.side.isVisible()
    dentist.wait_until(lambda: dentist.window.canvas.width() > width)
    dentist.press("F11")
    assert dentist.window.side.isVisible()


def test_a_box_is_put_moved_and_stretched_with_keys_alone(dentist: Dentist) -> None:
    dentist.press("Ctrl+1", "B")
    box = dentist.selected.current.box
    dentist.press("Ctrl+Right", "Ctrl+Right", "Ctrl+Down", "Ctrl+Shift+Right")
    moved = dentist.selected.current.box

    assert moved.x_min == pytest.approx(box.x_min + 2)
    assert moved.y_min == pytest.approx(box.y_min + 1)
    assert moved.width == pytest.approx(box.width + 1)
    dentist.press("Del")
    assert len(dentist.items(Source.DENTIST)) == 2


def test_what_was_seen_before_the_program_was_closed_is_not_read_first_afterwards(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    earlier = make_window()
    earlier.window.open([path])
    earlier.wait_for_detector()
    earlier.window.close()
    # Nothing was decided, so that no review tells of it.
    assert not list(tmp_path.glob("*.review.json"))

    dentist = make_window()
    dentist.choose("read_first")
    dentist.window.open([path])
    dentist.wait_for_detector()

    assert dentist.window.session.review.mode is ReadingMode.CONCURRENT
    assert dentist.shown_sources() == {Source.DETECTOR}
