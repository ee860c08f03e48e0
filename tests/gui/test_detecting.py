"""The detector works beside the reader: late, cancelled, broken or silent."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from dentalviewer.detector import DetectionSettings, DetectorIdentity, Examiners
from dentalviewer.errors import DetectionError
from dentalviewer.formats.review_file import read_review
from dentalviewer.review import Source
from dentalviewer.study import Finding
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import PREDICTED, A, C, MakeWindow, write_radiograph
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
    assert "Nothing found above the thresholds (restoration 40 %" in (
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


def test_a_threshold_that_was_undone_does_not_go_on_and_one_that_was_redone_does(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    for name in ("1.png", "2.png", "3.png"):
        write_radiograph(tmp_path / name)
    dentist.window.open([tmp_path])
    dentist.wait_for_detector()
    dentist.window.side.detector.sliders.thresholds["restoration"].setValue(95)
    assert len(dentist.items(Source.DETECTOR)) == 2
    notes = dentist.window.canvas.notes
    assert notes == ("1 finding hidden by thresholds that were changed",)
    dentist.press("Ctrl+Z")
    assert dentist.window.canvas.notes == ()
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()

    assert len(dentist.items(Source.DETECTOR)) == 3
    assert settings_in_sight(dentist).threshold("restoration") == 0.4

    dentist.window.side.detector.sliders.thresholds["restoration"].setValue(95)
    dentist.press("Ctrl+Z", "Ctrl+Shift+Z", "D")
    dentist.wait_for_radiograph("3.png")
    dentist.wait_for_detector()
    assert settings_in_sight(dentist).threshold("restoration") == 0.95


def test_what_a_saved_review_is_shown_with_goes_nowhere_once_a_change_is_undone(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """1.png was reviewed at a threshold of 70 %, which nobody changed today."""
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    earlier = make_window()
    earlier.window.open([tmp_path / "1.png"])
    earlier.wait_for_detector()
    earlier.window.side.detector.sliders.thresholds["implant"].setValue(70)
    earlier.wait_until_saved()
    earlier.window.close()
    dentist = make_window()
    dentist.window.open([tmp_path])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    assert settings_in_sight(dentist).threshold("implant") == 0.7
    dentist.window.side.detector.sliders.thresholds["implant"].setValue(90)
    dentist.press("Ctrl+Z")
    assert settings_in_sight(dentist).threshold("implant") == 0.7
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()

    assert settings_in_sight(dentist).threshold("implant") == 0.4


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
    told = (
        "2 findings above the thresholds. 2 more are left out by the limit “most"
        " findings”."
    )
    assert dentist.window.detection.state.startswith(told)


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


# The detector that is asked, and the one that answered

BUNDLED = DetectorIdentity("bundled", "5c" * 32, "none")
MINE = DetectorIdentity("mine", "6d" * 32, "none")
MINE_SHIPPED = DetectionSettings(
    {"restoration": 0.44, "endodontic": 0.27, "implant": 0.59}, nms_iou=0.7
)


def two_detectors() -> ScriptedCatalogue:
    """The one of the user's own finds only A, and is shipped with other settings."""
    mine = ScriptedDetector(PREDICTED[:1], settings=MINE_SHIPPED, identity=MINE)
    return ScriptedCatalogue(
        {"bundled": ScriptedDetector(PREDICTED, identity=BUNDLED), "mine": mine},
        own=["mine"],
    )


def settings_in_sight(dentist: Dentist) -> DetectionSettings:
    return dentist.window.side.detector.sliders.settings


def whose(dentist: Dentist) -> str:
    """What the panel says of who answered; empty where it was who is asked."""
    label = dentist.window.side.detector._whose
    return label.text() if label.isVisibleTo(dentist.window.side.detector) else ""


def opened(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, path: Path
) -> Dentist:
    dentist = make_window(catalogue=catalogue)
    dentist.window.open([path])
    dentist.wait_for_detector()
    dentist.wait_until(lambda: not dentist.window.bench.shelf.busy)
    return dentist


def answered_by(dentist: Dentist) -> str:
    detection = dentist.window.session.review.detection
    return detection.identity.name if detection is not None else ""


def answered_by_mine(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """At a radiograph that their own detector has examined."""
    path = write_radiograph(tmp_path / "1.png")
    dentist = opened(make_window, two_detectors(), path)
    dentist.window.detectors.choose("mine")
    dentist.wait_until(lambda: answered_by(dentist) == "mine")
    return dentist


def remove_mine(dentist: Dentist, dialogs: Dialogs) -> None:
    dialogs.expect_question("Delete it")
    dentist.window.side.detector.remove_button.click()
    dentist.wait_until(lambda: dentist.window.detectors.names == ("bundled",))


def test_when_the_detector_in_use_is_removed_the_next_one_answers(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = answered_by_mine(make_window, tmp_path)
    assert settings_in_sight(dentist).nms_iou == 0.7
    remove_mine(dentist, dialogs)

    dentist.wait_until(lambda: answered_by(dentist) == "bundled")
    assert len(dentist.items(Source.DETECTOR)) == 3
    assert settings_in_sight(dentist).threshold("implant") == 0.4
    assert settings_in_sight(dentist).nms_iou == 0.4
    assert not whose(dentist)


def test_a_review_begun_with_a_detector_that_is_removed_stays_and_says_whose_it_is(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = answered_by_mine(make_window, tmp_path)
    dentist.press("N", "Return")
    remove_mine(dentist, dialogs)
    dentist.wait_for_detector()

    assert dentist.verdicts() == ["accepted"]
    dentist.wait_until(
        lambda: (
            whose(dentist)
            == "These findings and thresholds come from mine, which is not"
            " installed any more. F5 asks bundled."
        )
    )
    told = "1 finding by mine above the thresholds."
    assert dentist.window.detection.state.startswith(told)
    panel = dentist.window.side.detector
    assert not panel.sliders._reset.isEnabled()
    dentist.press("F5")
    dentist.wait_until(lambda: answered_by(dentist) == "bundled")
    assert not whose(dentist)
    assert panel.sliders._reset.isEnabled()


def reviewed_with_bundled(
    make_window: MakeWindow, tmp_path: Path, catalogue: ScriptedCatalogue | None = None
) -> Dentist:
    """Another detector is asked by now, and has answered about the second."""
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist = opened(make_window, catalogue or two_detectors(), tmp_path)
    dentist.press("N", "Return")
    dentist.wait_until_saved()
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()
    dentist.window.detectors.choose("mine")
    dentist.wait_until(lambda: answered_by(dentist) == "mine")
    return dentist


def test_the_panel_says_whose_answer_is_in_sight(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = reviewed_with_bundled(make_window, tmp_path)
    assert not whose(dentist)
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()

    assert dentist.window.detectors.name == "mine"
    assert settings_in_sight(dentist).threshold("implant") == 0.4
    assert whose(dentist) == (
        "These findings and thresholds come from bundled. F5 asks mine."
    )
    told = "3 findings by bundled above the thresholds."
    assert dentist.window.detection.state.startswith(told)


def test_scores_are_those_of_the_detector_that_the_panel_names(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """The second says the crown again, a little aside, and nothing else."""
    aside = Finding(A.moved(4, 0), "restoration", score=0.61)
    bundled = ScriptedDetector(PREDICTED[:2], identity=BUNDLED)
    mine = ScriptedDetector((aside,), identity=MINE)
    catalogue = ScriptedCatalogue({"bundled": bundled, "mine": mine})
    path = write_radiograph(tmp_path / "1.png")
    dentist = opened(make_window, catalogue, path)
    dentist.press("Ctrl+A", "Return")
    assert scores_in_sight(dentist) == ["90 %", "80 %"]
    dentist.window.detectors.choose("mine")
    dentist.wait_until(lambda: answered_by(dentist) == "mine")

    assert not whose(dentist)
    assert scores_in_sight(dentist) == ["61 %", ""]
    captions = {mark.caption for mark in dentist.window.canvas.marks}
    assert captions == {"restoration 61 %", "implant"}
    (crown, implant) = dentist.window.session.review.items
    dentist.window.desk.select(crown.id)
    assert title(dentist) == "Restoration, 61 %"
    dentist.window.desk.select(implant.id)
    assert title(dentist) == "Implant"
    rows = dentist.window.reports.report().rows
    assert [row.score for row in rows] == [0.61, None]
    # What was proposed stays on record.
    assert [i.proposed and i.proposed.score for i in (crown, implant)] == [0.9, 0.8]
    dentist.press("Ctrl+Z")

    assert scores_in_sight(dentist) == ["90 %", "80 %"]
    assert whose(dentist) == (
        "These findings and thresholds come from bundled. F5 asks mine."
    )


def test_what_was_corrected_has_the_score_of_the_detector_that_the_panel_names_too(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """Crown and implant are moved; of the second's two, one is the crown as it was."""
    said = (replace(PREDICTED[0], score=0.61), Finding(C, "implant", score=0.7))
    bundled = ScriptedDetector(PREDICTED[:2], identity=BUNDLED)
    mine = ScriptedDetector(said, identity=MINE)
    catalogue = ScriptedCatalogue({"bundled": bundled, "mine": mine})
    dentist = opened(make_window, catalogue, write_radiograph(tmp_path / "1.png"))
    dentist.press("Ctrl+A", "Ctrl+Right")
    assert [i.corrected for i in dentist.window.session.review.items] == [True, True]
    assert scores_in_sight(dentist) == ["90 %", "80 %"]
    dentist.window.detectors.choose("mine")
    dentist.wait_until(lambda: answered_by(dentist) == "mine")
    for item in dentist.items(Source.DETECTOR):
        if not item.decided:
            dentist.window.desk.select(item.id)
            dentist.press("Return")

    assert sorted(scores_in_sight(dentist)) == ["", "61 %", "70 %"]
    told = dentist.window.reports.report().rows
    assert [(row.score, row.corrected) for row in told] == [
        (0.61, True),
        (None, True),
        (0.7, False),
    ]


def scores_in_sight(dentist: Dentist) -> list[str]:
    """Of each line of the list, from the top."""
    tree = dentist.window.side.findings
    found = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    return [g.child(i).text(1) for g in found for i in range(g.childCount())]


def title(dentist: Dentist) -> str:
    """Of the card, in bold."""
    return dentist.window.side.card.findChildren(QLabel)[0].text()


def test_as_shipped_is_how_the_detector_is_shipped_that_answered(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = reviewed_with_bundled(make_window, tmp_path)
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    sliders = dentist.window.side.detector.sliders
    sliders.thresholds["implant"].setValue(70)
    assert len(dentist.items(Source.DETECTOR)) == 2
    sliders._reset.click()

    assert len(dentist.items(Source.DETECTOR)) == 3
    dentist.wait_until_saved()
    saved, _ = read_review(tmp_path / "1.png.review.json")
    assert saved.review.detection is not None
    assert saved.review.detection.settings == ScriptedDetector().settings


def test_thresholds_changed_of_one_detector_are_not_those_of_another(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    write_radiograph(tmp_path / "3.png")
    dentist = reviewed_with_bundled(make_window, tmp_path)
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.window.side.detector.sliders.thresholds["implant"].setValue(10)
    for name in ("2.png", "3.png"):
        dentist.press("D")
        dentist.wait_for_radiograph(name)
    dentist.wait_until(lambda: answered_by(dentist) == "mine")

    assert settings_in_sight(dentist) == MINE_SHIPPED


def test_a_detector_trained_anew_under_the_same_name_is_another_one(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    dentist = opened(make_window, two_detectors(), path)
    dentist.press("N", "Return")
    dentist.wait_until_saved()
    dentist.window.close()
    anew = DetectorIdentity("bundled", "7e" * 32, "none")
    catalogue = ScriptedCatalogue({"bundled": ScriptedDetector(identity=anew)})
    dentist = opened(make_window, catalogue, path)

    dentist.wait_until(lambda: whose(dentist))
    assert whose(dentist).startswith(
        "These findings and thresholds come from another bundled, which is not"
    )


def mine_trained_anew() -> ScriptedDetector:
    """It has other weights, and finds all three."""
    identity = DetectorIdentity("mine", "7e" * 32, "none")
    return ScriptedDetector(PREDICTED, identity=identity)


def answering_weights(dentist: Dentist) -> str:
    detection = dentist.window.session.review.detection
    return detection.identity.sha256 if detection is not None else ""


def test_a_detector_trained_anew_and_installed_under_the_name_of_one_removed_is_asked(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    catalogue = two_detectors()
    dentist = opened(make_window, catalogue, write_radiograph(tmp_path / "1.png"))
    dentist.window.detectors.choose("mine")
    dentist.wait_until(lambda: answered_by(dentist) == "mine")
    dentist.press("N", "Return")
    remove_mine(dentist, dialogs)
    dentist.wait_for_detector()

    catalogue.detectors = {**catalogue.detectors, "mine": mine_trained_anew()}
    dentist.window.detectors.use_names(catalogue.names())
    dentist.window.detectors.choose("mine")
    dentist.wait_for_detector()
    assert answering_weights(dentist) == "7e" * 32
    dentist.press("F5")
    dentist.wait_for_detector()
    assert answering_weights(dentist) == "7e" * 32
    assert len(dentist.items(Source.DETECTOR)) == 3
    assert not whose(dentist)


def test_an_answer_of_weights_that_the_card_does_not_name_is_said_to_be_anothers(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """The detector is exchanged while it examines the radiograph."""
    catalogue = two_detectors()
    path = write_radiograph(tmp_path / "1.png")
    dentist = opened(make_window, catalogue, path)
    mine = catalogue.detectors["mine"]
    assert mine is not None
    mine.held = threading.Event()
    dentist.window.detectors.choose("mine")
    dentist.wait_until(lambda: mine.examined)
    catalogue.detectors = {**catalogue.detectors, "mine": mine_trained_anew()}
    dentist.window.detectors.use_names(catalogue.names())
    asked = dentist.window.detection._cards
    dentist.wait_until(
        lambda: asked.asked is not None and asked.asked.identity.sha256 == "7e" * 32
    )
    mine.held.set()
    dentist.wait_for_detector()

    assert answering_weights(dentist) == MINE.sha256
    dentist.wait_until(
        lambda: (
            whose(dentist)
            == "These findings and thresholds come from another mine, which is not"
            " installed any more. F5 asks mine."
        )
    )


def back_at_the_first(dentist: Dentist) -> None:
    dentist.press("A")
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()


def test_a_detector_with_a_damaged_card_is_not_called_gone(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    catalogue = two_detectors()
    dentist = reviewed_with_bundled(make_window, tmp_path, catalogue)
    back_at_the_first(dentist)
    catalogue.detectors = {**catalogue.detectors, "bundled": None}
    dentist.window.detectors.use_names(catalogue.names())

    dentist.wait_until(
        lambda: (
            whose(dentist)
            == "These findings and thresholds come from bundled, which has a"
            " damaged card. F5 asks mine."
        )
    )


class FailingCatalogue(ScriptedCatalogue):
    """Once it is `out_of_reach`, in a way that nobody expects, no card can be read."""

    out_of_reach = False

    def examiners(self, name: str) -> Examiners:
        if self.out_of_reach:
            raise RuntimeError("the drive does not answer")
        return super().examiners(name)


def test_where_no_card_can_be_read_what_was_known_of_detectors_still_holds(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    two = two_detectors()
    catalogue = FailingCatalogue(two.detectors, own=two.own)
    dentist = reviewed_with_bundled(make_window, tmp_path, catalogue)
    back_at_the_first(dentist)
    catalogue.out_of_reach = True
    cards = dentist.window.detection._cards
    with dentist.qtbot.waitSignal(cards.changed):
        dentist.window.detectors.use_names(catalogue.names())

    assert whose(dentist) == (
        "These findings and thresholds come from bundled. F5 asks mine."
    )
    assert dentist.window.side.detector.sliders._reset.isEnabled()


def test_what_is_used_instead_of_a_removed_detector_is_nobodys_preference(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = answered_by_mine(make_window, tmp_path)
    remove_mine(dentist, dialogs)
    dentist.wait_until(lambda: answered_by(dentist) == "bundled")

    assert dentist.window.preferences.current.detector == ""
