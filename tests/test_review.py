"""A review: proposals of two readers, and what becomes of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.review import ReadingMode, Review, Source, Verdict
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding

CROWN = Finding(Box(0, 0, 10, 10), RESTORATION)
ROOT = Finding(Box(0, 10, 10, 30), ENDODONTIC)
SURE = Finding(Box(100, 0, 110, 10), IMPLANT, score=0.9)
LIKELY = Finding(Box(200, 0, 210, 10), IMPLANT, score=0.6)
UNSURE = Finding(Box(300, 0, 310, 10), IMPLANT, score=0.3)
DETECTION = Detection(
    DetectorIdentity("ours", "ab" * 32),
    DetectionSettings(default_threshold=0.5),
    (SURE, LIKELY, UNSURE),
)
STRICT = DetectionSettings(default_threshold=0.8)
LENIENT = DetectionSettings(default_threshold=0.1)


@pytest.fixture
def review() -> Review:
    """Items 1 and 2 are the dentist's crown and root, 3 and 4 the detector's."""
    return Review().propose_annotations([CROWN, ROOT]).propose(DETECTION)


def findings(review: Review) -> list[Finding]:
    return [item.current for item in review.items]


# Proposals


def test_every_proposal_is_undecided_and_has_a_number(review: Review) -> None:
    assert [item.id for item in review.items] == [1, 2, 3, 4]
    assert findings(review) == [CROWN, ROOT, SURE, LIKELY]
    assert [item.source for item in review.items] == [
        Source.DENTIST,
        Source.DENTIST,
        Source.DETECTOR,
        Source.DETECTOR,
    ]
    assert review.undecided == review.items


def test_any_detector_says_a_renamed_class_by_its_new_name(review: Review) -> None:
    """The picture changed in between, and the first answer held of nothing then."""
    renamed = replace(review, names={IMPLANT: "fixture", "pin": "post"})

    again = renamed.propose(DETECTION).propose(None).propose(DETECTION)

    assert [f.label for f in findings(again)[2:]] == ["fixture", "fixture"]
    assert again.detection is not None
    assert again.detection.names == {IMPLANT: "fixture"}
    assert again.detection.threshold("post") == 0.5


def test_the_same_box_has_the_score_of_the_detector_that_says_it_now(
    review: Review,
) -> None:
    """The second detector is less sure of item 3 and as sure of item 4."""
    second = Detection(
        DetectorIdentity("second", "cd" * 32),
        DetectionSettings(),
        (replace(SURE, score=0.7), LIKELY),
    )

    other = review.propose(second)

    assert [(i.id, i.current.score) for i in other.items[2:]] == [(4, 0.6), (5, 0.7)]


def test_the_annotations_may_come_after_the_predictions() -> None:
    review = Review().propose(DETECTION).propose_annotations([CROWN])

    assert findings(review) == [SURE, LIKELY, CROWN]
    assert review.item(3).source is Source.DENTIST


def test_asking_the_detector_again_changes_nothing(review: Review) -> None:
    assert review.propose(DETECTION) == review


def test_a_stricter_threshold_takes_undecided_predictions_away(review: Review) -> None:
    assert findings(review.with_settings(STRICT)) == [CROWN, ROOT, SURE]


def test_a_lower_threshold_brings_more_to_decide(review: Review) -> None:
    lenient = review.with_settings(LENIENT)

    assert findings(lenient) == [CROWN, ROOT, SURE, LIKELY, UNSURE]
    assert lenient.items[:4] == review.items


@pytest.mark.parametrize("decide", [Review.accept, Review.reject])
def test_a_decided_prediction_stays_whatever_the_threshold(
    decide: Callable[[Review, list[int]], Review], review: Review
) -> None:
    decided = decide(review, [4])

    strict = decided.with_settings(STRICT)

    assert strict.item(4) == decided.item(4)
    # And coming back, it is there once.
    assert strict.with_settings(LENIENT).items[:4] == decided.items


def test_a_corrected_prediction_stays_and_is_not_proposed_again(
    review: Review,
) -> None:
    moved = replace(LIKELY, box=LIKELY.box.moved(3, 0))
    corrected = review.correct(4, moved)

    assert corrected.with_settings(STRICT).item(4).current == moved
    assert corrected.propose(DETECTION) == corrected


def test_another_detector_replaces_what_was_left_undecided(review: Review) -> None:
    elsewhere = Finding(Box(50, 50, 60, 60), IMPLANT, score=0.7)
    other = Detection(DetectorIdentity("other", "cd" * 32), STRICT, (elsewhere,))
    other = replace(other, settings=LENIENT)

    asked = review.accept([3]).propose(other)

    assert findings(asked) == [CROWN, ROOT, SURE, elsewhere]
    assert asked.detection == other
    # A number is never given twice.
    assert [item.id for item in asked.items] == [1, 2, 3, 5]


def test_what_was_decided_is_not_asked_again_when_another_detector_says_it(
    review: Review,
) -> None:
    moved = replace(SURE, box=SURE.box.moved(100, 50))
    corrected = review.correct(3, moved).reject([4])
    alike = Finding(LIKELY.box.moved(2, 0), IMPLANT, score=0.8)  # 8 / 12
    as_corrected = Finding(moved.box.moved(0, 2), IMPLANT, score=0.7)
    elsewhere = Finding(LIKELY.box.moved(-6, 0), IMPLANT, score=0.6)  # 4 / 16
    other_class = Finding(LIKELY.box, RESTORATION, score=0.6)
    said = (alike, as_corrected, elsewhere, other_class)
    other = Detection(DetectorIdentity("other", "cd" * 32), LENIENT, said)

    asked = corrected.propose(other)

    assert [i.current for i in asked.undecided] == [CROWN, ROOT, elsewhere, other_class]
    assert asked.item(3).current == moved
    # Nor is it when the thresholds of the other detector are changed.
    again = asked.with_settings(STRICT).with_settings(LENIENT)
    assert not {alike, as_corrected} & set(findings(again))


def test_two_new_predictions_at_one_decided_place_are_not_both_the_same(
    review: Review,
) -> None:
    left = Finding(SURE.box.moved(-4, 0), IMPLANT, score=0.9)  # 6 / 14
    right = Finding(SURE.box.moved(5, 0), IMPLANT, score=0.9)  # 5 / 15
    other = Detection(DetectorIdentity("other", "cd" * 32), LENIENT, (left, right))

    asked = review.accept([3]).propose(other)

    assert findings(asked) == [CROWN, ROOT, SURE, right]


def test_without_a_detector_its_undecided_predictions_go(review: Review) -> None:
    assert findings(review.reject([3]).propose(None)) == [CROWN, ROOT, SURE]


def test_thresholds_without_a_detection_change_nothing() -> None:
    review = Review().propose_annotations([CROWN])

    assert review.with_settings(STRICT) is review


# Decisions


def test_accepting_and_rejecting(review: Review) -> None:
    decided = review.accept([1, 3]).reject([2])

    assert [item.verdict for item in decided.items] == [
        Verdict.ACCEPTED,
        Verdict.REJECTED,
        Verdict.ACCEPTED,
        Verdict.UNDECIDED,
    ]
    assert [item.id for item in decided.undecided] == [4]


def test_an_edit_leaves_the_review_before_it_alone(review: Review) -> None:
    items = review.items

    review.accept([1]).reject([2]).add(CROWN).remove([1, 2, 3, 4])

    assert review.items is items
    assert review.undecided == items


def test_an_edit_that_changes_nothing_is_the_same_review(review: Review) -> None:
    accepted = review.accept([1])

    assert accepted.accept([1]) is accepted
    assert accepted.correct(1, CROWN) is accepted
    assert review.reopen([1, 2, 3, 4]) is review
    assert review.accept([]) is review
    assert review.accept([99]) is review


def test_correcting_accepts(review: Review) -> None:
    wider = replace(CROWN, box=Box(0, 0, 12, 10), tooth=Tooth(1, 6))

    item = review.correct(1, wider).item(1)

    assert (item.proposed, item.current) == (CROWN, wider)
    assert (item.verdict, item.corrected) == (Verdict.ACCEPTED, True)


def test_correcting_back_to_the_proposal_is_no_correction(review: Review) -> None:
    there = review.correct(1, replace(CROWN, label=IMPLANT))
    back = there.correct(1, CROWN)

    assert there.item(1).corrected
    assert not back.item(1).corrected
    assert back.item(1).verdict is Verdict.ACCEPTED


def test_a_decision_is_taken_back_with_its_correction(review: Review) -> None:
    corrected = review.correct(1, replace(CROWN, label=IMPLANT)).reject([2])

    assert corrected.reopen([1, 2]) == review


def test_what_was_drawn_stays_as_drawn_when_reopened(review: Review) -> None:
    drawn = review.add(CROWN)

    assert drawn.reopen([5]).item(5).current == CROWN


def test_a_drawn_finding_is_the_dentists_and_accepted(review: Review) -> None:
    item = review.add(CROWN).item(review.next_id)

    assert (item.source, item.verdict) == (Source.DENTIST, Verdict.ACCEPTED)
    assert item.added
    assert not item.corrected


def test_of_several_drawn_findings_only_the_one_that_is_removed_goes(
    review: Review,
) -> None:
    drawn = review.add(CROWN).add(ROOT).add(SURE)

    left = drawn.remove([6])

    assert [item.id for item in left.items] == [1, 2, 3, 4, 5, 7]
    assert left.items == tuple(item for item in drawn.items if item.id != 6)
    assert drawn.remove([1]).items[4:] == drawn.items[4:]


def test_removing_deletes_what_was_drawn_and_rejects_what_was_proposed(
    review: Review,
) -> None:
    removed = review.add(CROWN).remove([1, 5])

    assert removed.items == review.reject([1]).items
    assert not removed.has(5)
    # The next one drawn is another finding, with a number of its own.
    assert removed.add(ROOT).item(6).current == ROOT


def test_starting_over_leads_back_to_what_was_proposed(review: Review) -> None:
    busy = review.accept([1]).correct(4, ROOT).add(CROWN).reject([3])

    assert busy.started_over().items == review.items


def test_starting_over_takes_back_what_was_said_of_teeth(review: Review) -> None:
    said = review.with_stated_teeth((StatedTooth(Tooth(4, 6), seen=False),))

    assert said.started_over().stated_teeth == ()


def test_starting_over_lets_go_of_predictions_below_the_threshold(
    review: Review,
) -> None:
    strict = review.accept([4]).with_settings(STRICT)
    assert strict.has(4)

    assert findings(strict.started_over()) == [CROWN, ROOT, SURE]


def test_an_item_that_does_not_exist_cannot_be_had(review: Review) -> None:
    assert not review.has(99)
    with pytest.raises(KeyError):
        review.item(99)


# Reading first


def test_predictions_are_hidden_until_the_reader_has_read(review: Review) -> None:
    first = replace(review, mode=ReadingMode.READ_FIRST)

    assert first.predictions_hidden
    assert not first.marked_read().predictions_hidden
    assert not review.predictions_hidden


def test_who_starts_over_has_not_said_that_nothing_is_there() -> None:
    done = Review().propose(None).marked_read()
    read_first = replace(done, mode=ReadingMode.READ_FIRST)

    assert done.done
    assert not done.started_over().done
    # The predictions were in sight; that cannot be taken back.
    assert read_first.started_over().read
