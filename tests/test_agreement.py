"""Where two readers agree, by boxes whose overlap is worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalviewer.agreement import (
    AgreementCounts,
    Matching,
    Relation,
    accept,
    accept_all_that_agree,
    compare,
    comparison_of,
    count_agreement,
    match,
    reject,
    settle,
)
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box, iou
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


# Pairing


def test_findings_at_one_place_are_paired() -> None:
    matching = match([at(0), at(50)], [at(52), at(99), at(1)])

    assert matching == Matching(((0, 2), (1, 0)), (), (1,))


def test_the_pair_that_overlaps_most_comes_first() -> None:
    # The second overlaps both, by 8/12 and 9/11; the better one is left to it.
    matching = match([at(0), at(3)], [at(2)])

    assert matching == Matching(((1, 0),), (0,), ())


def test_nobody_is_paired_twice() -> None:
    assert match([at(0), at(0)], [at(0)]).pairs == ((0, 0),)
    assert match([at(0)], [at(0), at(0)]).only_second == (1,)


@pytest.mark.parametrize(("apart", "same"), [(5, True), (6, False)])
def test_a_third_of_overlap_is_the_same_place_and_a_quarter_is_not(
    apart: float, same: bool
) -> None:
    # 5 / 15 = 0.33 and 4 / 16 = 0.25 against 0.3.
    assert bool(match([at(0)], [at(apart)]).pairs) is same


def test_the_overlap_asked_for_is_enough() -> None:
    # 6 / 14.
    assert match([at(0)], [at(4)], min_iou=6 / 14).pairs
    assert not match([at(0)], [at(4)], min_iou=6 / 14 + 1e-9).pairs


def test_classes_matter_unless_they_are_not_asked_for() -> None:
    crown, root = [at(0, RESTORATION)], [at(0, ENDODONTIC)]

    assert not match(crown, root).pairs
    assert match(crown, root, same_label=False).pairs


def test_nothing_agrees_with_nothing() -> None:
    assert match([], []) == Matching((), (), ())
    assert match([at(0)], []) == Matching((), (0,), ())


findings = st.builds(
    lambda x, y, width, height, label: Finding(Box(x, y, x + width, y + height), label),
    st.integers(0, 40),
    st.integers(0, 20),
    st.integers(1, 30),
    st.integers(1, 30),
    st.sampled_from([IMPLANT, RESTORATION]),
)
several = st.lists(findings, max_size=6)


@given(several, several)
def test_everyone_is_paired_once_or_left_over(
    first: list[Finding], second: list[Finding]
) -> None:
    matching = match(first, second)

    assert sorted([i for i, _ in matching.pairs] + list(matching.only_first)) == list(
        range(len(first))
    )
    assert sorted([j for _, j in matching.pairs] + list(matching.only_second)) == list(
        range(len(second))
    )


@given(several, several)
def test_pairs_are_good_and_none_is_missed(
    first: list[Finding], second: list[Finding]
) -> None:
    matching = match(first, second)

    for i, j in matching.pairs:
        assert iou(first[i].box, second[j].box) >= 0.3
        assert first[i].label == second[j].label
    for i in matching.only_first:
        for j in matching.only_second:
            apart = iou(first[i].box, second[j].box) < 0.3
            assert apart or first[i].label != second[j].label


@given(several, several)
def test_a_mirrored_radiograph_has_the_same_pairs(
    first: list[Finding], second: list[Finding]
) -> None:
    def mirrored(found: list[Finding]) -> list[Finding]:
        return [
            replace(
                each,
                box=Box(
                    70 - each.box.x_max,
                    each.box.y_min,
                    70 - each.box.x_min,
                    each.box.y_max,
                ),
            )
            for each in found
        ]

    assert match(mirrored(first), mirrored(second)) == match(first, second)


@given(several)
def test_everyone_agrees_with_themselves(found: list[Finding]) -> None:
    assert len(match(found, found).pairs) == len(found)


# What the two say


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
    renamed = settle(review.relabel([5], RESTORATION), 5)

    assert verdicts(renamed) == {2: "accepted", 5: "accepted"}


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
