"""Where two readers agree, by boxes whose overlap is worked out by hand."""

from dataclasses import replace

import pytest

from dentalviewer.agreement import (
    AgreementCounts,
    Relation,
    accept,
    accept_all_that_agree,
    accepted_items,
    compare,
    comparison_of,
    correct,
    count_agreement,
    reject,
    settle,
)
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.review import Review, Verdict
from dentalviewer.study import Finding


def at(x: float, label: str = IMPLANT, *, score: float | None = None) -> Finding:
    """A box of 10 x 10 pixels. Two of them d apart overlap by (10 - d) / (10 + d)."""
    return Finding(Box(x, 0, x + 10, 10), label, score=score)


# One place, seen twice, and three places seen once or named differently.
ANNOTATIONS = [at(0), at(100, RESTORATION), at(200, ENDODONTIC)]
PREDICTIONS = (
    at(2, score=0.9),  # the same place and class as the first: 8 / 12
    at(101, ENDODONTIC, score=0.8),  # the place of the second by another name: 9 / 11
    at(300, RESTORATION, score=0.7),
)


@pytest.fixture
def review() -> Review:
    """Items 1 to 3 are the dentist's, 4 to 6 the detector's."""
    detection = Detection(
        DetectorIdentity("ours", "ab" * 32), DetectionSettings(), PREDICTIONS
    )
    return Review().propose_annotations(ANNOTATIONS).propose(detection)


def verdicts(review: Review) -> dict[int, str]:
    return {item.id: item.verdict.value for item in review.items if item.decided}


# What the two say


def test_a_class_that_the_detector_does_not_know_is_no_other_name(
    review: Review,
) -> None:
    carious = review.propose_annotations([at(301, "caries"), at(2, "caries")])

    found = {place.item_ids: place.relation for place in compare(carious)}

    assert found[(7,)] is found[(8,)] is Relation.UNASKED
    assert found[(6,)] is Relation.DETECTOR_ONLY
    assert verdicts(accept(carious, 7)) == {7: "accepted"}


def test_a_detector_that_knows_caries_is_asked_about_it(review: Review) -> None:
    assert review.detection is not None
    settings = DetectionSettings({"caries": 0.5})
    carious = review.propose(replace(review.detection, settings=settings))
    carious = carious.propose_annotations([at(301, "caries")])

    assert comparison_of(carious, 7).relation is Relation.LABELS_DIFFER


def test_a_class_by_the_name_that_the_project_gave_it_is_asked_of_the_detector(
    review: Review,
) -> None:
    assert review.detection is not None
    renamed = replace(review.detection, names={RESTORATION: "Fuellung"})
    review = Review().propose(renamed)
    review = review.propose_annotations([at(100, "Fuellung"), at(600, "Fuellung")])

    relations = {p.item_ids: p.relation for p in compare(review) if p.annotation}

    assert relations[(4, 2)] is Relation.LABELS_DIFFER
    assert relations[(5,)] is Relation.DENTIST_ONLY


def test_a_prediction_renamed_to_a_class_of_the_dentists_own_agrees_with_it(
    review: Review,
) -> None:
    carious = review.propose_annotations([at(301, "caries")])

    renamed = correct(carious, 6, at(300, "caries", score=0.7))

    assert comparison_of(renamed, 6).relation is Relation.AGREE
    assert [i.id for i in accepted_items(renamed)] == [6]


def test_every_place_is_compared_once(review: Review) -> None:
    assert [(c.relation, c.item_ids) for c in compare(review)] == [
        (Relation.AGREE, (1, 4)),
        (Relation.LABELS_DIFFER, (2, 5)),
        (Relation.DENTIST_ONLY, (3,)),
        (Relation.DETECTOR_ONLY, (6,)),
    ]


def test_the_same_class_is_paired_before_another_that_overlaps_more() -> None:
    # The crown is exactly where the dentist saw an implant, which the detector
    # also found, a little aside.
    detection = Detection(
        DetectorIdentity("ours", "ab" * 32),
        DetectionSettings(),
        (at(0, RESTORATION, score=0.9), at(3, IMPLANT, score=0.8)),
    )
    review = Review().propose_annotations([at(0, IMPLANT)]).propose(detection)

    assert [(c.relation, c.item_ids) for c in compare(review)] == [
        (Relation.AGREE, (1, 3)),
        (Relation.DETECTOR_ONLY, (2,)),
    ]


def test_readers_agree_once_a_correction_brings_them_together(review: Review) -> None:
    corrected = review.correct(6, at(201, ENDODONTIC, score=0.7))

    assert comparison_of(corrected, 3).item_ids == (3, 6)
    assert comparison_of(corrected, 3).relation is Relation.AGREE


def test_an_item_that_does_not_exist_has_no_place(review: Review) -> None:
    with pytest.raises(KeyError):
        comparison_of(review, 99)


def test_a_place_is_decided_when_everything_at_it_is(review: Review) -> None:
    half = comparison_of(review.reject([1]), 1)
    whole = comparison_of(review.reject([1]).accept([4]), 1)
    gone = comparison_of(review.reject([1, 4]), 1)

    assert (half.decided, half.verdict) == (False, Verdict.UNDECIDED)
    assert (whole.decided, whole.verdict) == (True, Verdict.ACCEPTED)
    assert (gone.decided, gone.verdict) == (True, Verdict.REJECTED)


def test_an_accepted_item_speaks_for_its_place_the_dentists_first(
    review: Review,
) -> None:
    assert comparison_of(review, 1).standing.id == 1
    assert comparison_of(review.accept([1, 4]), 1).standing.id == 1
    assert comparison_of(review.accept([4]), 1).standing.id == 4


def test_what_was_corrected_speaks_for_its_place_whoever_proposed_it(
    review: Review,
) -> None:
    by_prediction = settle(review.correct(4, at(3)), 4)
    by_annotation = settle(review.correct(1, at(1)), 1)

    assert comparison_of(by_prediction, 1).standing.current == at(3)
    assert comparison_of(by_annotation, 1).standing.current == at(1)


def test_of_a_place_that_both_named_alike_one_finding_is_accepted(
    review: Review,
) -> None:
    both = accept(review, 1)

    assert [item.id for item in both.items if item.verdict is Verdict.ACCEPTED] == [
        1,
        4,
    ]
    assert [item.id for item in accepted_items(both)] == [1]


def test_of_a_place_named_differently_all_that_was_accepted_holds(
    review: Review,
) -> None:
    assert [i.id for i in accepted_items(review.accept([2, 5, 6]))] == [2, 5, 6]
    assert [i.id for i in accepted_items(review.accept([5]).reject([2]))] == [5]


# Deciding a place


def test_accepting_one_of_two_who_agree_accepts_both(review: Review) -> None:
    assert verdicts(accept(review, 4)) == {1: "accepted", 4: "accepted"}


def test_accepting_one_of_two_names_rejects_the_other(review: Review) -> None:
    assert verdicts(accept(review, 5)) == {2: "rejected", 5: "accepted"}


def test_accepting_what_only_one_saw_decides_nothing_else(review: Review) -> None:
    assert verdicts(accept(review, 6)) == {6: "accepted"}


def test_rejecting_what_both_saw_rejects_both(review: Review) -> None:
    assert verdicts(reject(review, 1)) == {1: "rejected", 4: "rejected"}


def test_rejecting_one_of_two_names_leaves_the_other_open(review: Review) -> None:
    assert verdicts(reject(review, 5)) == {5: "rejected"}


def test_what_was_decided_before_is_not_decided_again(review: Review) -> None:
    kept = accept(review.reject([1]), 4)

    assert verdicts(kept) == {1: "rejected", 4: "accepted"}


def test_a_counterpart_follows_a_correction(review: Review) -> None:
    # The detector's root filling is renamed to the dentist's restoration.
    renamed = correct(review, 5, at(101, RESTORATION, score=0.8))

    assert verdicts(renamed) == {2: "accepted", 5: "accepted"}


def test_who_accepts_the_other_name_after_all_rejects_the_first(review: Review) -> None:
    changed_mind = accept(accept(review, 2), 5)

    assert verdicts(changed_mind) == {2: "rejected", 5: "accepted"}


def test_accepting_again_what_stands_beside_another_class_changes_nothing(
    review: Review,
) -> None:
    both = review.accept([2, 5])

    assert accept(both, 5) is both


def test_an_accepted_finding_that_is_renamed_stays_one_finding(review: Review) -> None:
    renamed = correct(accept(review, 1), 1, at(0, RESTORATION))

    assert verdicts(renamed) == {1: "accepted", 4: "rejected"}
    assert [i.current for i in accepted_items(renamed)] == [at(0, RESTORATION)]


def test_a_prediction_whose_counterpart_moves_away_is_to_be_decided_by_itself(
    review: Review,
) -> None:
    # First 8 / 12 of overlap are left, and both are accepted; then 3 / 17.
    near = correct(review, 1, at(4))
    away = correct(near, 1, at(9))

    assert verdicts(near) == {1: "accepted", 4: "accepted"}
    assert verdicts(away) == {1: "accepted"}
    assert comparison_of(away, 4).relation is Relation.DETECTOR_ONLY


def test_a_finding_that_is_moved_onto_another_leaves_nothing_accepted_behind(
    review: Review,
) -> None:
    """To the place of 6, which names it differently; 4 agreed with it before."""
    moved = correct(accept(review, 1), 1, at(300))

    assert verdicts(moved) == {1: "accepted", 6: "rejected"}
    assert [i.id for i in accepted_items(moved)] == [1]


def test_who_corrects_the_rejected_name_means_it_after_all(review: Review) -> None:
    changed_mind = correct(accept(review, 2), 5, at(102, ENDODONTIC, score=0.8))

    assert verdicts(changed_mind) == {2: "rejected", 5: "accepted"}


def test_moving_a_finding_leaves_what_was_accepted_beside_it(review: Review) -> None:
    crown_and_root = review.accept([2, 5])

    moved = correct(crown_and_root, 2, at(102, RESTORATION))

    assert verdicts(moved) == {2: "accepted", 5: "accepted"}


def test_all_that_agree_are_accepted_at_once(review: Review) -> None:
    assert verdicts(accept_all_that_agree(review)) == {1: "accepted", 4: "accepted"}


def test_accepting_all_that_agree_leaves_decisions_alone(review: Review) -> None:
    decided = review.reject([1])

    assert verdicts(accept_all_that_agree(decided)) == {1: "rejected", 4: "accepted"}


# Counting


def test_agreement_is_counted_by_place(review: Review) -> None:
    assert count_agreement(review) == AgreementCounts(1, 1, 1, 1)


def test_agreement_is_that_of_the_first_reading(review: Review) -> None:
    """Else every review would end in perfect agreement."""
    done = accept(review, 5).reject([3, 6]).correct(4, at(500, score=0.9))

    assert count_agreement(done) == count_agreement(review)


def test_where_the_dentist_is_uncertain_neither_agrees_nor_disagrees() -> None:
    # The first agrees with 4, the second is named otherwise by 5, the third is alone.
    doubted = [ANNOTATIONS[0], *(replace(f, uncertain=True) for f in ANNOTATIONS[1:])]
    detection = Detection(
        DetectorIdentity("ours", "ab" * 32), DetectionSettings(), PREDICTIONS
    )
    review = Review().propose_annotations(doubted).propose(detection)

    assert count_agreement(review) == AgreementCounts(1, 0, 0, 1)


def test_agreement_is_that_with_the_detector_that_answered_last(
    review: Review,
) -> None:
    """Three decided predictions of the first are kept, but not what the second says."""
    decided = accept(accept(review, 4), 5).reject([6])
    second = Detection(
        DetectorIdentity("second", "cd" * 32),
        DetectionSettings(),
        (at(1, score=0.6), at(400, score=0.6)),
    )

    assert count_agreement(decided.propose(second)) == AgreementCounts(
        both=1, labels_differ=0, dentist_only=2, detector_only=1
    )


def test_agreement_is_that_at_the_thresholds_in_force(review: Review) -> None:
    decided = accept(review, 5).reject([6])

    raised = decided.with_settings(DetectionSettings(default_threshold=0.85))

    assert count_agreement(raised) == AgreementCounts(1, 0, 2, 0)


def test_a_finding_drawn_in_the_review_is_the_dentists(review: Review) -> None:
    assert count_agreement(review.add(at(300, RESTORATION))) == AgreementCounts(
        both=2, labels_differ=1, dentist_only=1, detector_only=0
    )


@pytest.mark.parametrize(
    ("counts", "f1"),
    [
        (AgreementCounts(3, 0, 0, 0), 1),
        (AgreementCounts(0, 0, 2, 3), 0),
        (AgreementCounts(2, 0, 1, 1), 2 * 2 / (3 + 3)),
        # A place named differently is a miss and a false alarm at once.
        (AgreementCounts(1, 1, 1, 1), 2 * 1 / (3 + 3)),
        (AgreementCounts(0, 0, 0, 0), None),
    ],
)
def test_f1_of_the_two_readers(counts: AgreementCounts, f1: float | None) -> None:
    assert counts.f1 == (None if f1 is None else pytest.approx(f1))
