"""Labels that the detector contradicts are shown one after another and decided."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect

from dentalviewer.agreement import accepted_items
from dentalviewer.curation.audit import Kind
from dentalviewer.dentition import Tooth
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.review_file import read_review
from dentalviewer.geometry import Size
from dentalviewer.review import Source, Verdict
from dentalviewer.study import Finding
from tests.dentist import Dentist
from tests.gui.conftest import ANNOTATED, A, B, C, MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedDetector

FOUND = (Finding(A, "restoration", score=0.9), Finding(B, "endodontic", score=0.8))
UNMARKED = Finding(C, "implant", score=0.95)


def write_clinic(folder: Path, *names: str) -> Path:
    """Radiographs that are annotated alike: A a restoration, B endodontic."""
    paths = [write_radiograph(folder / name) for name in names]
    images = [LabelledImage(path, Size(1000, 500), ANNOTATED) for path in paths]
    write_annotations(images, folder, "labelme")
    return folder


def detector(**changes: Sequence[Finding]) -> ScriptedDetector:
    """Sees an implant that is not marked on 1, and no root filling on 2."""
    by_name = {"1.png": (*FOUND, UNMARKED), "2.png": FOUND[:1], "3.png": FOUND}
    return ScriptedDetector(by_name=by_name)


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """With three radiographs open."""
    dentist = make_window(detector())
    dentist.window.open([write_clinic(tmp_path, "1.png", "2.png", "3.png")])
    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 3)
    dentist.wait_for_detector()
    return dentist


def audit(dentist: Dentist) -> str:
    """Run the audit to where something is to be decided, or to its end."""
    dentist.choose("audit")
    dentist.wait_until(lambda: not dentist.window.project.audit.busy)
    settle(dentist)
    return dentist.window.project.audit.bar.text


def settle(dentist: Dentist) -> None:
    """Until the radiograph in question is open."""

    def is_there() -> bool:
        place = dentist.window.project.audit.current
        return place is None or dentist.open_name == Path(place.radiograph).name

    dentist.wait_until(is_there)
    dentist.wait_for_detector()


def press(dentist: Dentist, key: str) -> str:
    dentist.press(key)
    settle(dentist)
    return dentist.window.project.audit.bar.text


def test_one_contradiction_after_another_is_decided_with_one_key(
    dentist: Dentist, tmp_path: Path
) -> None:
    text = audit(dentist)
    assert "1 of 2: implant not marked?" in text
    assert "Nothing is marked; the detector sees an implant (95 %)" in text

    text = press(dentist, "P")
    assert dentist.open_name == "2.png"
    assert "2 of 2: marked where there is nothing?" in text

    text = press(dentist, "P")
    assert "All contradictions were shown." in text
    dentist.wait_until_saved()
    saved, _ = read_review(tmp_path / "1.png.review.json")
    (added,) = [i for i in saved.review.items if i.current.label == "implant"]
    assert (added.source, added.verdict) == (Source.DETECTOR, Verdict.ACCEPTED)
    saved, _ = read_review(tmp_path / "2.png.review.json")
    (root,) = [i for i in saved.review.items if i.current.label == "endodontic"]
    assert root.verdict is Verdict.REJECTED
    assert saved.decisions[-1].action == "Label audit: detector is right"


def test_what_is_decided_is_not_asked_again_but_what_was_skipped_is(
    dentist: Dentist,
) -> None:
    audit(dentist)
    press(dentist, "S")
    press(dentist, ".")

    assert "1 of 1: marked where there is nothing?" in audit(dentist)
    press(dentist, "P")
    assert (
        "No new contradictions between detector and labels on 3 radiographs"
        in audit(dentist)
    )


def test_where_the_label_is_right_what_the_detector_said_is_rejected(
    dentist: Dentist, tmp_path: Path
) -> None:
    audit(dentist)
    press(dentist, "S")
    press(dentist, "S")
    dentist.wait_until_saved()

    saved, _ = read_review(tmp_path / "1.png.review.json")
    (implant,) = [i for i in saved.review.items if i.current.label == "implant"]
    assert implant.verdict is Verdict.REJECTED
    saved, _ = read_review(tmp_path / "2.png.review.json")
    (root,) = [i for i in saved.review.items if i.current.label == "endodontic"]
    assert root.verdict is Verdict.ACCEPTED


def test_the_last_decision_can_be_gone_back_to_and_undone(dentist: Dentist) -> None:
    audit(dentist)
    press(dentist, "S")
    text = press(dentist, ",")

    assert "1 of 2: implant not marked?" in text
    press(dentist, "P")
    press(dentist, ",")
    (implant,) = [i for i in dentist.items(Source.DETECTOR) if i.current.box == C]
    assert implant.verdict is Verdict.ACCEPTED


def test_a_decision_is_one_step_to_undo(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    seen = (*FOUND, UNMARKED, Finding(C.moved(150, 0), "implant", score=0.96))
    dentist = make_window(ScriptedDetector(by_name={"1.png": seen}))
    dentist.window.open([write_clinic(tmp_path, "1.png")])
    dentist.wait_for_detector()
    audit(dentist)
    before = dentist.verdicts()
    press(dentist, "P")
    assert dentist.verdicts() != before

    dentist.press("Ctrl+Z")

    assert dentist.verdicts() == before


def test_the_radiograph_is_zoomed_to_the_place_and_its_box_selected(
    dentist: Dentist,
) -> None:
    audit(dentist)
    canvas = dentist.window.canvas
    dentist.wait_until(lambda: dentist.window.desk.selected is not None)

    assert dentist.selected.current.box == C
    x, y = canvas.viewport.to_widget(*C.center)
    # In the middle of what the bar leaves in sight.
    covered = dentist.window.project.audit.bar.geometry().bottom()
    middle = canvas.width() / 2, (covered + canvas.height()) / 2
    assert (x, y) == pytest.approx(middle, abs=20)
    zoomed = canvas.viewport.scale
    canvas.fit()
    assert zoomed > canvas.viewport.scale


def test_the_radiograph_stays_where_it_is_when_an_audit_begins_and_ends(
    dentist: Dentist,
) -> None:
    window, canvas = dentist.window, dentist.window.canvas
    bar = window.project.audit.bar

    def place() -> QRect:
        return QRect(canvas.mapTo(window, QPoint()), canvas.size())

    before = place()
    audit(dentist)
    press(dentist, "P")
    assert "All contradictions" in press(dentist, "P")
    dentist.wait_until(bar.isVisible)
    assert place() == before
    seen = canvas.viewport

    window.project.audit.close()
    dentist.qtbot.wait(50)

    assert not bar.isVisible()
    assert (place(), canvas.viewport) == (before, seen)


def test_what_the_thresholds_keep_out_of_sight_is_outlined(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    weak = tuple(
        Finding(f.box, f.label, score=(f.score or 0) / 3) for f in (*FOUND, UNMARKED)
    )
    dentist = make_window(ScriptedDetector(by_name={"1.png": weak}))
    dentist.window.open([write_clinic(tmp_path, "1.png")])
    dentist.wait_for_detector()
    assert not dentist.items(Source.DETECTOR), "all is below the thresholds"

    audit(dentist)
    dentist.wait_until(lambda: dentist.window.canvas.outlined_place == C)
    press(dentist, "P")

    (added,) = dentist.items(Source.DETECTOR)
    assert (added.current.box, added.verdict) == (C, Verdict.ACCEPTED)
    assert dentist.window.canvas.outlined_place is None


def test_another_class_or_box_is_taken_over(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    moved = A.moved(A.width * 0.4, 0)
    said = {
        "1.png": (FOUND[0], Finding(B, "restoration", score=0.9)),
        "2.png": (Finding(moved, "restoration", score=0.9), FOUND[1]),
        **dict.fromkeys(("3.png", "4.png"), FOUND),
    }
    dentist = make_window(ScriptedDetector(by_name=said))
    dentist.window.open([write_clinic(tmp_path, *said)])
    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 4)
    dentist.wait_for_detector()
    audit(dentist)
    kinds = {each.kind for each in dentist.window.project.audit._places}
    assert kinds == {Kind.OTHER_CLASS, Kind.BOX_FITS_BADLY}
    press(dentist, "P")
    press(dentist, "P")
    dentist.wait_until_saved()

    saved, _ = read_review(tmp_path / "1.png.review.json")
    assert Finding(B, "restoration") in [
        i.current for i in accepted_items(saved.review)
    ]
    saved, _ = read_review(tmp_path / "2.png.review.json")
    assert Finding(moved, "restoration") in [
        i.current for i in accepted_items(saved.review)
    ]


def test_a_contradiction_names_the_marked_tooth_in_the_preferred_system(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    """36 is 19."""
    marked = (Finding(A, "restoration"), Finding(B, "endodontic", Tooth.from_fdi(36)))
    paths = [write_radiograph(tmp_path / name) for name in ("1.png", "2.png", "3.png")]
    images = [LabelledImage(path, Size(1000, 500), marked) for path in paths]
    write_annotations(images, tmp_path, "coco")
    dentist = make_window(detector())
    dentist.window.preferences.change(notation="UNIVERSAL")
    dentist.window.open([tmp_path])
    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 3)
    dentist.wait_for_detector()
    audit(dentist)

    assert (
        "An endodontic treatment at 19 (Universal) is marked; the detector sees"
        " nothing." in press(dentist, "P")
    )


def test_no_radiograph_is_examined_twice(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    scripted = detector()
    dentist = make_window(scripted)
    dentist.window.open([write_clinic(tmp_path, "1.png", "2.png", "3.png")])
    dentist.wait_for_detector()
    audit(dentist)
    examined = list(scripted.examined)

    dentist.window.project.audit.close()
    audit(dentist)

    assert scripted.examined == examined


def test_an_audit_can_be_cancelled(make_window: MakeWindow, tmp_path: Path) -> None:
    scripted = detector()
    dentist = make_window(scripted)
    dentist.window.open([write_clinic(tmp_path, "1.png", "2.png", "3.png")])
    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 3)
    dentist.wait_for_detector()
    scripted.held = threading.Event()
    dentist.choose("audit")
    assert (
        "Comparing labels and detector: 0 of 3" in dentist.window.project.audit.bar.text
    )

    dentist.window.project.audit.bar.closed.emit()
    scripted.held.set()

    assert not dentist.window.project.audit.bar.isVisible()
    assert not dentist.window.project.audit.busy
    assert not dentist.window.commands.actions["audit_label"].isEnabled()


def test_where_nothing_is_labelled_it_is_said(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(detector())
    dentist.choose("audit")
    assert "needs open radiographs" in dentist.messages

    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    assert "None of the open radiographs has labels." in audit(dentist)


def test_a_radiograph_that_cannot_be_examined_is_named_and_the_others_compared(
    dentist: Dentist, tmp_path: Path
) -> None:
    (tmp_path / "3.png").write_bytes(b"no picture")

    assert "1 of 2" in audit(dentist)
    dentist.wait_until(lambda: "3.png" in dentist.messages)


def test_a_damaged_record_is_set_aside(dentist: Dentist, tmp_path: Path) -> None:
    audit(dentist)
    press(dentist, "S")
    (record,) = (tmp_path / "user").glob("audits.json")
    record.write_text("{")

    audit(dentist)

    dentist.wait_until(lambda: "cannot be read; kept as" in dentist.messages)
    assert len(list((tmp_path / "user").glob("audits*unreadable*"))) == 1


def test_nothing_is_decided_about_a_radiograph_that_is_not_in_sight(
    dentist: Dentist, tmp_path: Path
) -> None:
    audit(dentist)
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.wait_for_detector()

    text = press(dentist, "P")

    assert dentist.open_name == "1.png"
    assert "1 of 2" in text
    assert not list(tmp_path.glob("*.review.json"))


def test_two_windows_keep_what_was_decided_in_either(
    dentist: Dentist, make_window: MakeWindow, tmp_path: Path
) -> None:
    other = make_window(detector())
    other.window.open([tmp_path])
    other.wait_until(lambda: len(other.window.folder_list.paths) == 3)
    other.wait_for_detector()
    audit(dentist)
    audit(other)
    press(other, ".")
    press(other, "S")
    dentist.window.activateWindow()
    dentist.wait_until(dentist.window.isActiveWindow)
    press(dentist, "S")
    other.wait_until_saved()

    assert "No new contradictions" in audit(dentist)
