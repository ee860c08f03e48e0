"""What the log of decisions says about an edit, and what it leaves out."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from dentalviewer.decisions import (
    Decision,
    at_the_reveal,
    decisions_between,
    in_force,
)
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.labels import IMPLANT, RESTORATION
from dentalviewer.review import ReadingMode, Review, Sides
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding

WHEN = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
CROWN = Finding(Box(0, 0, 10, 10), RESTORATION)
SURE = Finding(Box(100, 0, 110, 10), IMPLANT, score=0.9)
UNSURE = Finding(Box(200, 0, 210, 10), RESTORATION, score=0.4)
DETECTION = Detection(
    DetectorIdentity("ours", "ab" * 32),
    DetectionSettings({IMPLANT: 0.7, RESTORATION: 0.5}),
    (SURE, UNSURE),
)
# The crown is item 1, the implant item 2; the other restoration is below its threshold.
REVIEW = Review().propose_annotations([CROWN]).propose(DETECTION)


def log(before: Review, after: Review, action: str = "Accept") -> tuple[Decision, ...]:
    return decisions_between(before, after, action=action, reader="Dr Ada", when=WHEN)


def test_a_decision_says_who_decided_what_and_when() -> None:
    after = REVIEW.accept([2])

    (decision,) = log(REVIEW, after)

    assert (decision.reader, decision.when, decision.action) == (
        "Dr Ada",
        WHEN,
        "Accept",
    )
    assert decision.before == REVIEW.item(2)
    assert decision.after == after.item(2)


def test_a_decision_says_which_detector_was_in_sight_and_from_which_score() -> None:
    (implant,) = log(REVIEW, REVIEW.accept([2]))
    (crown,) = log(REVIEW, REVIEW.reject([1]))

    assert (implant.detector, implant.detector_sha256) == ("ours", "ab" * 32)
    assert implant.threshold == 0.7
    assert crown.threshold == 0.5


def test_the_threshold_is_that_of_the_class_as_it_now_stands() -> None:
    renamed = replace(REVIEW.item(2).current, label=RESTORATION)
    (decision,) = log(REVIEW, REVIEW.correct(2, renamed))

    assert decision.threshold == 0.5


def test_the_threshold_is_the_one_at_which_it_was_decided() -> None:
    """A crown with a score of 0.4 is accepted, then rejected as 0.5 is asked for."""
    lower = REVIEW.with_settings(DetectionSettings(default_threshold=0.1))
    accepted = lower.accept([3])
    raised = accepted.with_settings(DETECTION.settings)

    assert [d.threshold for d in log(lower, accepted)] == [0.1]
    assert log(accepted, raised) == ()
    assert [d.threshold for d in log(raised, raised.reject([3]))] == [0.5]


def test_without_a_detector_none_is_named() -> None:
    before = Review().propose_annotations([CROWN])

    (decision,) = log(before, before.accept([1]))

    assert (decision.detector, decision.detector_sha256) == (None, None)
    assert decision.threshold is None


def test_an_edit_of_several_items_is_an_entry_for_each() -> None:
    decisions = log(REVIEW, REVIEW.accept([1, 2]))

    assert [d.after.id for d in decisions if d.after] == [1, 2]


def test_what_stays_as_it_was_is_no_decision() -> None:
    assert log(REVIEW, REVIEW) == ()
    assert log(REVIEW, replace(REVIEW, note="Seen again in spring.")) == ()


def test_predictions_that_come_and_go_with_a_threshold_are_no_decision() -> None:
    lower = REVIEW.with_settings(DetectionSettings(default_threshold=0.1))
    assert len(lower.items) == 3

    assert log(REVIEW, lower, "Change a threshold") == ()
    assert log(lower, REVIEW, "Undo") == ()
    assert log(Review(), REVIEW, "Open") == ()


def test_a_drawn_finding_appears_and_goes_on_the_record() -> None:
    drawn = REVIEW.add(Finding(Box(5, 5, 9, 9), IMPLANT))

    (appeared,) = log(REVIEW, drawn, "Draw")
    (gone,) = log(drawn, REVIEW, "Undo")

    assert (appeared.before, appeared.after) == (None, drawn.item(3))
    assert (gone.before, gone.after) == (drawn.item(3), None)


def test_a_drawn_finding_that_was_reopened_goes_on_the_record_all_the_same() -> None:
    """Nobody but the reader knows of it, whatever its verdict."""
    reopened = REVIEW.add(Finding(Box(5, 5, 9, 9), IMPLANT)).reopen([3])

    (gone,) = log(reopened, reopened.remove([3]), "Delete")

    assert (gone.before, gone.after) == (reopened.item(3), None)


def test_taking_a_decision_back_is_a_decision() -> None:
    accepted = REVIEW.accept([2])

    (decision,) = log(accepted, REVIEW, "Undo")

    assert decision.before == accepted.item(2)
    assert decision.after == REVIEW.item(2)


def test_a_decided_prediction_that_goes_is_on_the_record() -> None:
    accepted = REVIEW.accept([2])
    without = replace(accepted, items=accepted.items[:1])

    (decision,) = log(accepted, without, "Start over")

    assert (decision.before, decision.after) == (accepted.item(2), None)


# Of teeth

MISSING_46 = StatedTooth(Tooth(4, 6), seen=False)
PRESENT_48 = StatedTooth(Tooth(4, 8), seen=True)


def test_what_is_said_of_a_tooth_is_a_decision() -> None:
    said = REVIEW.with_stated_teeth((MISSING_46,))

    (decision,) = log(REVIEW, said, "Tooth 46 (FDI): missing")

    assert decision == Decision(
        WHEN,
        "Dr Ada",
        "Tooth 46 (FDI): missing",
        before=None,
        after=None,
        tooth_before=None,
        tooth_after=MISSING_46,
    )
    assert decision.of_tooth
    assert not log(REVIEW, REVIEW.accept([1]))[0].of_tooth


def test_what_is_said_of_several_teeth_is_an_entry_for_each() -> None:
    before = REVIEW.with_stated_teeth((MISSING_46,))
    after = REVIEW.with_stated_teeth((replace(MISSING_46, seen=True), PRESENT_48))

    decisions = log(before, after)

    assert [(d.tooth_before, d.tooth_after) for d in decisions] == [
        (MISSING_46, replace(MISSING_46, seen=True)),
        (None, PRESENT_48),
    ]


def test_taking_back_what_was_said_of_a_tooth_is_a_decision() -> None:
    said = REVIEW.with_stated_teeth((MISSING_46, PRESENT_48))

    (decision,) = log(said, REVIEW.with_stated_teeth((PRESENT_48,)), "Undo")

    assert (decision.tooth_before, decision.tooth_after) == (MISSING_46, None)


def test_a_decision_about_a_tooth_names_the_detector_of_teeth() -> None:
    """No threshold says which teeth it shows."""
    teeth = DetectorIdentity("teeth", "cd" * 32)
    review = Review().propose(replace(DETECTION, tooth_detector=teeth))

    (decision,) = log(review, review.with_stated_teeth((MISSING_46,)))

    assert (decision.detector, decision.detector_sha256) == ("teeth", "cd" * 32)
    assert decision.threshold is None


def test_what_is_said_of_the_sides_is_a_decision() -> None:
    doubtful = REVIEW.with_sides(Sides.DOUBTFUL)

    (decision,) = log(doubtful, doubtful.with_sides(Sides.MIRRORED))

    assert (decision.sides_before, decision.sides_after) == (
        Sides.DOUBTFUL,
        Sides.MIRRORED,
    )
    assert not decision.of_finding
    assert not decision.of_tooth
    (back,) = log(doubtful.with_sides(Sides.MIRRORED), doubtful)
    assert (back.sides_before, back.sides_after) == (Sides.MIRRORED, Sides.DOUBTFUL)


def test_what_is_said_of_the_picture_is_a_decision_until_it_is_taken_back() -> None:
    none = REVIEW.with_panoramic(False)
    (said,) = log(REVIEW, none)
    assert (said.panoramic_before, said.panoramic_after) == (None, False)
    assert in_force((said,)) == (said,)
    (changed,) = log(none, REVIEW.with_panoramic(True))
    assert in_force((said, changed)) == (changed,)
    (back,) = log(REVIEW.with_panoramic(True), REVIEW)
    assert in_force((said, changed, back)) == ()


def test_that_the_sides_come_into_doubt_is_nobody_s_decision() -> None:
    assert log(REVIEW, REVIEW.with_sides(Sides.DOUBTFUL)) == ()


# Of the reading


def test_another_reading_mode_is_a_decision() -> None:
    alone = replace(Review(), mode=ReadingMode.READ_FIRST)

    (decision,) = log(Review(), alone)
    (back,) = log(alone, Review())

    there = decision.mode_before, decision.mode_after
    assert there == (ReadingMode.CONCURRENT, ReadingMode.READ_FIRST)
    assert (back.mode_before, back.mode_after) == there[::-1]
    assert not decision.of_finding
    assert decision.read is None


def test_that_the_radiograph_is_done_is_a_decision_where_nothing_was_found_too() -> (
    None
):
    nothing = Review().propose(replace(DETECTION, candidates=()))

    (decision,) = log(nothing, nothing.marked_read(), "Done")

    assert decision == Decision(
        WHEN,
        "Dr Ada",
        "Done",
        detector="ours",
        detector_sha256="ab" * 32,
        read=True,
        next_id=1,
    )
    assert not decision.of_finding


def test_taking_back_that_the_radiograph_is_done_is_a_decision() -> None:
    (decision,) = log(REVIEW.marked_read(), REVIEW, "Undo: Done")

    assert decision.read is False


def log_of(*reviews: Review) -> tuple[Decision, ...]:
    """What leads from each review to the next."""
    steps = pairwise(reviews)
    return tuple(entry for before, after in steps for entry in log(before, after))


def test_what_was_found_alone_is_what_stood_when_the_reader_had_read() -> None:
    """Items 3 and 4 are drawn alone, and item 5 is drawn and deleted again."""
    alone = REVIEW.add(CROWN).add(UNSURE)
    spoilt = alone.add(SURE)
    moved = spoilt.remove([5]).correct(3, SURE)
    read = moved.marked_read()
    # With the predictions in sight: 3 renamed, 4 deleted, 6 copied and 7 drawn.
    named = replace(read.item(3).current, label=RESTORATION)
    renamed = read.correct(3, named).remove([4])
    copied = renamed.propose_annotations([UNSURE])
    done = copied.accept([1, 6]).add(UNSURE)

    found = at_the_reveal(
        done,
        log_of(REVIEW, alone, spoilt, moved, read, renamed, copied, done),
    )

    assert found is not None
    assert [(i.id, i.current) for i in found.items] == [
        (1, CROWN),
        (3, SURE),
        (4, UNSURE),
    ]


def test_who_had_decided_about_a_prediction_before_found_nothing_alone() -> None:
    drawn = REVIEW.add(UNSURE)
    seen = drawn.reject([2])
    read = seen.marked_read()

    alone = drawn.marked_read()
    assert at_the_reveal(alone, log_of(REVIEW, drawn, alone)) is not None
    assert at_the_reveal(read, log_of(REVIEW, drawn, seen, read)) is None


def test_what_was_drawn_after_a_glance_at_the_predictions_was_not_found_alone() -> None:
    """Read, taken back by undo, and read once more."""
    read = REVIEW.marked_read()
    drawn = REVIEW.add(CROWN)
    done = drawn.marked_read()

    found = at_the_reveal(done, log_of(REVIEW, read, REVIEW, drawn, done))

    assert found is not None
    assert [item.id for item in found.items] == [1]


def test_where_nobody_logged_the_reading_nothing_tells_what_was_found_alone() -> None:
    drawn = REVIEW.add(CROWN)

    assert at_the_reveal(drawn.marked_read(), log_of(REVIEW, drawn)) is None


def test_in_force_is_the_last_word_on_each_subject_but_what_was_taken_back() -> None:
    """A crown is accepted, corrected and that is undone; a box is drawn and deleted.

    What the reading mode is afterwards takes nothing back.
    """
    accepted = REVIEW.accept([1])
    corrected = accepted.correct(1, replace(CROWN, tooth=Tooth(3, 6)))
    drawn = accepted.add(UNSURE)
    said = accepted.with_stated_teeth((PRESENT_48,))
    mirrored, read = said.with_sides(Sides.MIRRORED), said.marked_read()
    alone = replace(read, mode=ReadingMode.READ_FIRST)
    steps = [
        (REVIEW, accepted, "Accept"),
        (accepted, corrected, "Set tooth"),
        (corrected, accepted, "Undo: Set tooth"),
        (accepted, drawn, "Draw box"),
        (drawn, accepted, "Delete finding"),
        (accepted, said, "Present"),
        (said, mirrored, "Patient's right"),
        (mirrored, said, "Undo: Patient's right"),
        (said, read, "Mark as read"),
        (read, alone, "Reading mode"),
    ]
    whole = [each for step in steps for each in log(*step)]

    assert [each.action for each in in_force(whole)] == [
        "Undo: Set tooth", "Present", "Mark as read"
    ]  # fmt: skip
    whole += log(read, said, "Undo: Mark as read")
    whole += log(said, accepted, "Undo: Present")
    assert [each.action for each in in_force(whole)] == ["Undo: Set tooth"]
