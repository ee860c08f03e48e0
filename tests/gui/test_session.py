"""Every edit can be undone, is logged, and merges only with its own gesture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings
from dentalviewer.formats.review_file import read_review, write_review
from dentalviewer.geometry import Box
from dentalviewer.gui.reviewing import session as session_module
from dentalviewer.gui.reviewing.session import (
    NUDGE_GESTURE,
    SETTINGS_GESTURE,
    ReviewSession,
)
from dentalviewer.review import Review, Sides, ToothWords
from dentalviewer.study import Finding, Study
from tests.gui.conftest import ANNOTATED
from tests.scripted_detector import IDENTITY


def test_undo_brings_back_the_very_same_review(session: ReviewSession) -> None:
    before = session.review
    session.edit("Accept", before.accept([1]))
    session.undo_stack.undo()

    assert session.review is before


def test_one_gesture_is_one_step_and_another_is_another(session: ReviewSession) -> None:
    for dx in (1, 2, 3):
        item = session.review.item(1)
        finding = replace(item.current, box=item.current.box.moved(dx, 0))
        session.edit(
            "Nudge box", session.review.correct(1, finding), gesture=NUDGE_GESTURE
        )
    session.edit("Accept", session.review.accept([2]))

    assert session.undo_stack.count() == 2


def test_an_edit_that_changes_nothing_is_no_step(session: ReviewSession) -> None:
    session.edit("Accept", session.review.accept([99]))

    assert session.undo_stack.count() == 0


def test_the_detectors_answer_cannot_undo_a_decision(
    session: ReviewSession, detection: Detection
) -> None:
    session.edit("Reject", session.review.reject([1]))
    session.propose(detection)

    assert session.review.item(1).verdict == "rejected"
    assert len(session.review.items) == 2 + 3
    session.undo_stack.undo()
    assert len(session.review.items) == 2


def test_a_doubt_about_the_sides_is_no_step_and_outlasts_every_undo(
    session: ReviewSession, qtbot: QtBot
) -> None:
    """It comes a moment after a radiograph is opened, and somebody was quick."""
    session.edit("Accept", session.review.accept([1]))
    session.edit("Patient's right", session.review.with_sides(Sides.MIRRORED))
    session.doubt_sides()
    assert session.review.sides is Sides.MIRRORED
    session.undo_stack.undo()
    assert session.review.sides is Sides.DOUBTFUL
    assert session.review.item(1).verdict == "accepted"
    session.undo_stack.undo()
    assert session.review.sides is Sides.DOUBTFUL
    assert session.review.item(1).verdict == "undecided"
    assert not session.undo_stack.canUndo()
    session.undo_stack.redo()
    session.undo_stack.redo()
    assert session.review.sides is Sides.MIRRORED

    session.open(None, Review().propose_annotations(ANNOTATED))
    session.edit("Accept", session.review.accept([1]))
    with qtbot.waitSignals([session.review_changed, session.edited]):
        session.doubt_sides()
    assert session.review.sides is Sides.DOUBTFUL
    session.undo_stack.undo()
    assert session.review.sides is Sides.DOUBTFUL
    assert session.review.item(1).verdict == "undecided"


def test_looking_alone_is_nothing_to_save(
    session: ReviewSession, detection: Detection, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(session.edited):
        session.propose(detection)
    with qtbot.waitSignal(session.edited):
        session.edit("Accept", session.review.accept([1]))


def test_undo_is_logged_as_well_as_the_decision(session: ReviewSession) -> None:
    session.edit("Accept", session.review.accept([1]))
    session.undo_stack.undo()
    session.undo_stack.redo()

    assert [d.action for d in session.decisions] == [
        "Accept",
        "Undo: Accept",
        "Redo: Accept",
    ]
    assert {d.reader for d in session.decisions} == {"Dr Test"}


def test_the_same_annotations_are_not_proposed_twice(
    session: ReviewSession, study: Study
) -> None:
    session.open(study, Review().propose_annotations(ANNOTATED))
    session.propose_annotations(ANNOTATED, [])

    assert len(session.review.items) == 2


NEW = Finding(Box(700, 250, 760, 380), "implant", Tooth(3, 6), tooth_in_doubt=True)


def test_annotations_that_an_undo_took_away_are_proposed_again(
    session: ReviewSession,
) -> None:
    session.edit("Accept", session.review.accept([1]))
    session.propose_annotations([NEW], [])
    session.undo_stack.undo()
    assert len(session.review.items) == 2

    session.propose_annotations([NEW], [])

    assert [item.proposed for item in session.review.items] == [*ANNOTATED, NEW]


def test_annotations_taken_in_after_a_decision_are_not_proposed_again_another_day(
    session: ReviewSession, study: Study, tmp_path: Path
) -> None:
    """Whatever became of them: one was corrected, and another rejected."""
    moved = Finding(Box(850, 250, 900, 380), "implant")
    session.edit("Accept", session.review.accept([1]))
    session.propose_annotations([NEW, moved], [])
    wider = replace(moved, box=Box(850, 250, 910, 380))
    session.edit("Move box", session.review.correct(4, wider).reject([3]))
    path = tmp_path / "pan.png.review.json"
    write_review(path, session.snapshot(), last=None)
    saved, _ = read_review(path)
    session.open(study, saved.review, opened=saved.opened, decisions=saved.decisions)

    session.propose_annotations([NEW, moved], [])

    assert session.review == saved.review


def test_words_follow_their_tooth_when_another_answer_is_the_first_thing_to_happen(
    session: ReviewSession, study: Study, detection: Detection
) -> None:
    """A review that was saved is opened, and the detector numbers 36 as 37."""
    place = Box(680, 200, 760, 400)
    then, now = (Finding(place, str(t), t, 0.9) for t in (Tooth(3, 6), Tooth(3, 7)))
    review = Review().propose(replace(detection, candidates=(), teeth=(then,)))
    own = ToothWords(Tooth(3, 6), "sound")
    saved = replace(review, tooth_words=(own,))
    session.open(study, saved, opened=saved)

    session.propose(replace(detection, candidates=(), teeth=(now,)))

    assert session.undo_stack.count() == 0
    assert session.review.tooth_words == (replace(own, tooth=Tooth(3, 7)),)


def other_study(study: Study, name: str) -> Study:
    radiograph = replace(study.radiograph, path=study.radiograph.path.with_name(name))
    return replace(study, radiograph=radiograph)


def test_whoever_comes_back_to_a_radiograph_can_undo_what_was_done_before(
    session: ReviewSession, study: Study
) -> None:
    opened = session.review
    session.edit("Reject", opened.reject([1]))
    session.edit("Reject", session.review.reject([2]))
    session.history.undo()
    left, log = session.review, session.decisions

    session.open(other_study(study, "other.png"), Review())
    assert not session.history.canUndo()
    session.open(study, left, opened=opened, decisions=log)

    assert not session.touched
    assert (session.history.undoText(), session.history.redoText()) == (
        "Reject", "Reject",
    )  # fmt: skip
    session.history.undo()
    assert session.review == opened
    assert session.touched
    assert [d.action for d in session.decisions[len(log) :]] == ["Undo: Reject"]


def test_what_was_changed_elsewhere_meanwhile_is_not_undone(
    session: ReviewSession, study: Study
) -> None:
    opened = session.review
    session.edit("Reject", opened.reject([1]))
    log = session.decisions
    session.open(other_study(study, "other.png"), Review())

    session.open(study, session.review.accept([2]), opened=opened, decisions=log)

    assert not session.history.canUndo()


def test_another_picture_of_the_same_name_has_no_history(
    session: ReviewSession, study: Study
) -> None:
    session.edit("Reject", session.review.reject([1]))
    left, log = session.review, session.decisions
    session.open(None, Review())
    replaced = replace(study, radiograph=replace(study.radiograph, sha256="cd" * 32))

    session.open(replaced, left, decisions=log)

    assert not session.history.canUndo()


def test_the_histories_of_the_radiographs_left_last_are_kept(
    session: ReviewSession, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "KEPT_HISTORIES", 2)
    left = {}
    for name in ("a.png", "b.png", "c.png"):
        session.open(other_study(study, name), Review().propose_annotations(ANNOTATED))
        session.edit("Reject", session.review.reject([1]))
        left[name] = session.review, session.decisions
    session.open(None, Review())

    kept = {}
    for name, (review, log) in left.items():
        session.open(other_study(study, name), review, decisions=log)
        kept[name] = session.history.canUndo()

    assert kept == {"a.png": False, "b.png": True, "c.png": True}


def test_a_slider_moved_on_another_visit_is_another_step(
    session: ReviewSession, study: Study
) -> None:
    opened = session.review

    def moved(threshold: float) -> None:
        review = session.review.propose(
            Detection(IDENTITY, DetectionSettings(default_threshold=threshold), ())
        )
        session.edit("Change detector settings", review, gesture=SETTINGS_GESTURE)

    moved(0.7)
    moved(0.6)
    assert session.undo_stack.count() == 1
    left, log = session.review, session.decisions
    session.open(None, Review())
    session.open(study, left, opened=opened, decisions=log)

    moved(0.3)

    assert session.undo_stack.count() == 2
    session.history.undo()
    assert session.review == left


def test_a_doubt_about_the_sides_is_still_there_on_coming_back(
    session: ReviewSession, study: Study
) -> None:
    opened = session.review
    session.edit("Reject", opened.reject([1]))
    session.doubt_sides()
    left, log = session.review, session.decisions
    session.open(None, Review())
    session.open(study, left, opened=opened, decisions=log)

    session.history.undo()

    assert session.review.sides is Sides.DOUBTFUL
