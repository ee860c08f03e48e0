"""The detector works beside the reader: late, cancelled, broken or silent."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QTimer

from dentalviewer.errors import DetectionError
from dentalviewer.review import Source
from tests.gui.conftest import PREDICTED, A, MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector


def test_a_late_answer_never_lands_on_another_radiograph(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    detector = ScriptedDetector(
        by_name={"1.png": PREDICTED, "2.png": ()}, held=threading.Event()
    )
    dentist = make_window(detector)
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist.window.open([tmp_path])
    dentist.wait_until(lambda: detector.examined == ["1.png"])
    dentist.press("D")
    dentist.wait_until(lambda: detector.examined == ["1.png", "2.png"])
    assert dentist.to_decide == "The detector is looking …"
    assert detector.held is not None
    detector.held.set()
    dentist.wait_for_detector()

    assert dentist.open_name == "2.png"
    assert dentist.to_decide == "No findings"
    assert not dentist.items(Source.DETECTOR)
    assert "Nothing found above the thresholds (restoration 40%" in (
        dentist.window.detection.state
    )


def test_the_reader_can_stop_the_detector_and_run_it_again(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    detector = ScriptedDetector(PREDICTED, held=threading.Event())
    dentist = make_window(detector)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_until(lambda: detector.examined)
    dentist.press("Ctrl+.")
    assert detector.cancelled.is_set()
    assert dentist.window.detection.state == ("Cancelled. F5 runs the detector again.")
    assert not dentist.messages
    detector.held = None
    dentist.press("F5")
    dentist.wait_for_detector()

    assert len(dentist.items(Source.DETECTOR)) == 3


def test_a_broken_model_is_named_and_another_can_be_chosen(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    catalogue = ScriptedCatalogue(
        {"broken": None, "whole": ScriptedDetector(PREDICTED)}
    )
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    assert "broken: the weights are damaged" in dentist.messages
    dentist.window.side.detector.detector_chosen.emit("whole")
    dentist.wait_until(lambda: dentist.items(Source.DETECTOR))

    assert dentist.window.preferences.current.detector == "whole"


def test_without_any_detector_it_is_said_quietly(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(catalogue=ScriptedCatalogue({}))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()

    assert "No detector is installed" in dentist.window.detection.state
    assert not dentist.messages


def test_a_detector_that_fails_says_so_and_keeps_no_boxes(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(ScriptedDetector(fault=DetectionError("It is too dark.")))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()

    assert "It is too dark." in dentist.messages


def test_changed_thresholds_go_on_to_the_next_radiograph(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist.window.open([tmp_path])
    dentist.wait_for_detector()
    dentist.window.side.detector.sliders.thresholds["restoration"].setValue(10)
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()

    assert len(dentist.items(Source.DETECTOR)) == 4
    dentist.window.side.detector.sliders.reset()
    assert len(dentist.items(Source.DETECTOR)) == 3


def test_fewer_findings_and_less_overlap_are_shown_at_once(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    twins = (*PREDICTED, type(PREDICTED[0])(A.moved(40, 0), "restoration", None, 0.7))
    dentist = make_window(ScriptedDetector(twins))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    # Moved by 40 of 100 pixels the twins share 60 / 140 = 0.43 of what they cover.
    assert len(dentist.items(Source.DETECTOR)) == 3
    panel = dentist.window.side.detector
    panel.sliders.overlap.setValue(50)
    assert len(dentist.items(Source.DETECTOR)) == 4
    panel.sliders.most.setValue(2)
    scores = [i.current.score for i in dentist.items(Source.DETECTOR)]
    assert scores == [0.9, 0.8]


def test_the_model_card_is_shown(make_window: MakeWindow) -> None:
    dentist = make_window()
    dentist.wait_until(lambda: dentist.window.detectors.name)
    with dentist.qtbot.waitSignal(dentist.window.detectors.described) as described:
        dentist.choose("about_detector")

    assert described.args == ["scripted", "# scripted\n\nFollows a script."]


def test_the_window_answers_while_the_detector_works(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    detector = ScriptedDetector(PREDICTED, held=threading.Event())
    dentist = make_window(detector)
    beats: list[bool] = []
    heart = QTimer(interval=1)
    heart.timeout.connect(lambda: beats.append(dentist.window.detection.busy))
    dentist.window.open([write_radiograph(tmp_path / "1.png", (2900, 1400))])
    dentist.wait_until(lambda: detector.examined == ["1.png"])
    heart.start()
    dentist.wait_until(lambda: len(beats) >= 20)
    heart.stop()

    assert all(beats)
    assert detector.held is not None
    detector.held.set()
    dentist.wait_for_detector()
    assert dentist.items(Source.DETECTOR)
