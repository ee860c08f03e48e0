"""Where the dentist and the detector agree, and where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dentalviewer.detector import Detection
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.matching import match
from dentalviewer.review import Review, ReviewItem, Source, Verdict
from dentalviewer.study import Finding


class Relation(StrEnum):
    """What the two readers say about one place.

    UNASKED is what the dentist says in a class that the detector does not know.
    """

    LABELS_DIFFER = "named differently"
    DETECTOR_ONLY = "only detector"
    DENTIST_ONLY = "only dentist"
    UNASKED = "not asked"
    AGREE = "agree"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One place on the radiograph: what the dentist and the detector say of it."""

    relation: Relation
    annotation: ReviewItem | None
    prediction: ReviewItem | None

    @property
    def items(self) -> tuple[ReviewItem, ...]:
        return tuple(i for i in (self.annotation, self.prediction) if i is not None)

    @property
    def item_ids(self) -> tuple[int, ...]:
        return tuple(item.id for item in self.items)

    @property
    def decided(self) -> bool:
        return all(item.decided for item in self.items)

    @property
    def verdict(self) -> Verdict:
        """UNDECIDED until every item is decided; ACCEPTED if any item was accepted."""
        if not self.decided:
            return Verdict.UNDECIDED
        accepted = any(item.verdict is Verdict.ACCEPTED for item in self.items)
        return Verdict.ACCEPTED if accepted else Verdict.REJECTED

    @property
    def accepted(self) -> tuple[ReviewItem, ...]:
        """What holds of this place: of two readers who agree, what one of them said.

        That is what the reader corrected, or else the dentist's.
        """
        accepted = [i for i in self.items if i.verdict is Verdict.ACCEPTED]
        accepted.sort(key=lambda item: not item.corrected)
        return tuple(accepted[:1] if self.relation is Relation.AGREE else accepted)

    @property
    def standing(self) -> ReviewItem:
        """The first of `voices`: of what was accepted, a corrected item, or else the
        dentist's; of what is undecided the dentist's.
        """
        return self.voices[0]

    @property
    def voices(self) -> tuple[ReviewItem, ...]:
        """The items that stand for this place in a list: what holds, while it is
        undecided both names, or else the dentist's item first.
        """
        if self.decided and self.accepted:
            return self.accepted
        if self.relation is Relation.LABELS_DIFFER and not self.decided:
            return self.items
        return (self.accepted or self.items)[:1]


def compare(review: Review) -> tuple[Comparison, ...]:
    """Every place under review once, by the findings as they stand now.

    Findings of one class are paired first, then those of different classes.
    """
    dentist = [i for i in review.items if i.source is Source.DENTIST]
    detector = [i for i in review.items if i.source is Source.DETECTOR]
    agreeing, dentist, detector = _paired(dentist, detector, Relation.AGREE)
    asked = [i for i in dentist if _is_asked(i.current.label, review.detection)]
    unasked = [i for i in dentist if i not in asked]
    differing, asked, detector = _paired(asked, detector, Relation.LABELS_DIFFER)
    return (
        *agreeing,
        *differing,
        *(Comparison(Relation.DENTIST_ONLY, item, None) for item in asked),
        *(Comparison(Relation.UNASKED, item, None) for item in unasked),
        *(Comparison(Relation.DETECTOR_ONLY, None, item) for item in detector),
    )


def _paired(
    dentist: list[ReviewItem], detector: list[ReviewItem], relation: Relation
) -> tuple[list[Comparison], list[ReviewItem], list[ReviewItem]]:
    """What lies at one place, in one class if it is to agree; and what is left."""
    matching = match(
        [i.current for i in dentist],
        [i.current for i in detector],
        same_label=relation is Relation.AGREE,
    )
    return (
        [Comparison(relation, dentist[i], detector[j]) for i, j in matching.pairs],
        [dentist[i] for i in matching.only_first],
        [detector[j] for j in matching.only_second],
    )


def _is_asked(label: str, detection: Detection | None) -> bool:
    """Whether a detector is asked about a class: ours always, others if it knows them.

    Before it was heard, nothing tells that it is not.
    """
    if detection is None or label in KNOWN_LABELS:
        return True
    said = (candidate.label for candidate in detection.candidates)
    known = {*said, *detection.settings.thresholds, *KNOWN_LABELS}
    return label in {detection.names.get(name, name) for name in known}


def accepted_items(review: Review) -> tuple[ReviewItem, ...]:
    """What was accepted, each place once, in the order of the review."""
    ids = {item.id for place in compare(review) for item in place.accepted}
    return tuple(item for item in review.items if item.id in ids)


def comparison_of(review: Review, item_id: int) -> Comparison:
    """The place that an item belongs to. Raises KeyError if there is no such item."""
    for comparison in compare(review):
        if item_id in comparison.item_ids:
            return comparison
    raise KeyError(item_id)


def accept(review: Review, item_id: int) -> Review:
    """Accept an item and settle its place.

    A counterpart of the same class is accepted with it, one of another class rejected,
    even if it had been accepted before.
    """
    accepted = review.accept([item_id])
    place = comparison_of(accepted, item_id)
    if accepted != review and place.relation is Relation.LABELS_DIFFER:
        return accepted.reject([i for i in place.item_ids if i != item_id])
    return settle(accepted, item_id)


def correct(review: Review, item_id: int, finding: Finding) -> Review:
    """Give an item another box, class or tooth, and settle its place.

    What agreed with it and was accepted with it does not stay so where it no longer
    agrees: of another class it is rejected, elsewhere it is to be decided by itself.
    Who corrects the name that did not hold rejects the one that did.
    """
    before = comparison_of(review, item_id)
    corrected = settle(review.correct(item_id, finding), item_id)
    place = comparison_of(corrected, item_id)
    partner = [
        i.id for i in before.items if i.id != item_id and i.verdict is Verdict.ACCEPTED
    ]
    if place.relation is Relation.LABELS_DIFFER and not _both_hold(before):
        corrected = corrected.reject([i for i in partner if i in place.item_ids])
    if before.relation is Relation.AGREE:
        corrected = corrected.reopen([i for i in partner if i not in place.item_ids])
    return corrected


def _both_hold(place: Comparison) -> bool:
    """Whether it is named differently, and a person accepted both names."""
    return place.relation is Relation.LABELS_DIFFER and len(place.accepted) > 1


def reject(review: Review, item_id: int) -> Review:
    """Reject an item; where both readers agree, both, for there is nothing then."""
    comparison = comparison_of(review, item_id)
    if comparison.relation is Relation.AGREE:
        return review.reject(comparison.item_ids)
    return review.reject([item_id])


def settle(review: Review, item_id: int) -> Review:
    """Let the counterpart of an item that was just accepted or corrected follow."""
    comparison = comparison_of(review, item_id)
    others = [i.id for i in comparison.items if i.id != item_id and not i.decided]
    if comparison.relation is Relation.AGREE:
        return review.accept(others)
    return review.reject(others)


def undecided_agreements(review: Review) -> tuple[Comparison, ...]:
    """Every undecided place that dentist and detector name alike."""
    return tuple(
        place
        for place in compare(review)
        if place.relation is Relation.AGREE and not place.decided
    )


def accept_all_that_agree(review: Review) -> Review:
    """Accept what `undecided_agreements` has."""
    places = undecided_agreements(review)
    return review.accept([i.id for p in places for i in p.items if not i.decided])


@dataclass(frozen=True, slots=True)
class AgreementCounts:
    """How often the two readers agreed, by what each had proposed on its own."""

    both: int
    labels_differ: int
    dentist_only: int
    detector_only: int

    @property
    def f1(self) -> float | None:
        """2 both / (dentist's + detector's findings); None where neither has any.

        Dice's coefficient (1945) of the two sets: the same whoever is the reference.
        """
        total = (
            2 * (self.both + self.labels_differ)
            + self.dentist_only
            + self.detector_only
        )
        return 2 * self.both / total if total else None


def count_agreement(review: Review) -> AgreementCounts:
    """Count the dentist's findings as first proposed, or drawn, before any correction,
    against what the detector says, which has answered last, as it is shown.

    Decided predictions of an earlier answer, or below the thresholds, are not among it.
    Places of which the dentist is uncertain count for nothing.
    """
    dentist = tuple(
        ReviewItem(i.id, i.source, i.proposed, i.proposed or i.current)
        for i in review.items
        if i.source is Source.DENTIST
    )
    first = Review(dentist, next_id=review.next_id).propose(review.detection)
    found = [
        place.relation
        for place in compare(first)
        if place.annotation is None or not place.annotation.current.uncertain
    ]
    return AgreementCounts(
        both=found.count(Relation.AGREE),
        labels_differ=found.count(Relation.LABELS_DIFFER),
        dentist_only=found.count(Relation.DENTIST_ONLY),
        detector_only=found.count(Relation.DETECTOR_ONLY),
    )
