"""What the reader of an audit decides, put into the review of the radiograph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dentalviewer import agreement
from dentalviewer.agreement import Relation
from dentalviewer.curation.audit import SAME_THING_SHARE, Contradiction, Kind
from dentalviewer.geometry import iou, shared_of_smaller
from dentalviewer.review import Review, ReviewItem, Source, Verdict
from dentalviewer.study import Finding

# Boxes are the same but for rounding, or for what was moved since the audit.
SAME_IOU = 0.5


def label_is_right(review: Review, contradiction: Contradiction) -> Review:
    """The annotation stays, and what the detector says instead is rejected."""
    annotation, prediction = contradiction.annotation, contradiction.prediction
    if annotation is not None:
        item = annotation_item(review, annotation)
        if item is not None:
            review = agreement.accept(review, item.id)
    if prediction is not None and contradiction.kind is not Kind.BOX_FITS_BADLY:
        review = _with_verdict(review, prediction, Verdict.REJECTED)
    return review


def detector_is_right(review: Review, contradiction: Contradiction) -> Review:
    """What is not marked is added, what is wrong rejected, renamed or redrawn.

    That holds of the whole place: a detector that agreed with the label is as wrong.
    """
    annotation, prediction = contradiction.annotation, contradiction.prediction
    if annotation is None:
        assert prediction is not None
        return _with_verdict(review, prediction, Verdict.ACCEPTED)
    item = annotation_item(review, annotation)
    if item is None:
        return review
    if contradiction.kind is Kind.MARKED_TWICE:
        return _marked_once(review, item)
    if prediction is None:
        return _without(review, item)
    changed = replace(item.current, label=prediction.label)
    if contradiction.kind is Kind.BOX_FITS_BADLY:
        changed = replace(item.current, box=prediction.box)
    return _corrected(review, item, changed)


def annotation_item(review: Review, finding: Finding) -> ReviewItem | None:
    """The item of the review that is this annotation, if it still stands."""
    standing = (i for i in review.items if i.verdict is not Verdict.REJECTED)
    return _nearest(standing, finding, prefer=Source.DENTIST)


def prediction_item(review: Review, finding: Finding) -> ReviewItem | None:
    """The detector's item that is this prediction; None if it is not shown."""
    theirs = (item for item in review.items if item.source is Source.DETECTOR)
    return _nearest(theirs, finding, prefer=Source.DETECTOR)


def _without(review: Review, item: ReviewItem) -> Review:
    """Reject an item, and what agrees with it; what was drawn here is deleted."""
    place = agreement.comparison_of(review, item.id)
    alike = place.relation is Relation.AGREE
    return review.remove(place.item_ids if alike else [item.id])


def _marked_once(review: Review, item: ReviewItem) -> Review:
    """Leave one of several marks of one thing: the one that both readers made.

    Where that tells nothing the item goes; where it is the only one left, it stays.
    """
    marks: list[ReviewItem] = []
    alone: list[ReviewItem] = []
    for place in agreement.compare(review):
        mark = next((each for each in place.items if _is_mark(each, item)), None)
        if mark is not None:
            marks.append(mark)
            if place.relation is not Relation.AGREE:
                alone.append(mark)
    if len(marks) < 2:
        return review
    return _without(review, item if item in alone or not alone else alone[0])


def _is_mark(each: ReviewItem, item: ReviewItem) -> bool:
    """Whether what holds, or else what the dentist says, is the thing of the item."""
    open_mark = each.source is Source.DENTIST and not each.decided
    if not (open_mark or each.verdict is Verdict.ACCEPTED):
        return False
    share = shared_of_smaller(each.current.box, item.current.box)
    return each.current.label == item.current.label and share >= SAME_THING_SHARE


def _corrected(review: Review, item: ReviewItem, changed: Finding) -> Review:
    """Correct an item; who agreed with it before and no longer does is rejected."""
    before = agreement.comparison_of(review, item.id)
    review = agreement.settle(review.correct(item.id, changed), item.id)
    if before.relation is not Relation.AGREE:
        return review
    after = agreement.comparison_of(review, item.id)
    agree = after.item_ids if after.relation is Relation.AGREE else (item.id,)
    return review.reject([each for each in before.item_ids if each not in agree])


def _nearest(
    items: Iterable[ReviewItem], finding: Finding, *, prefer: Source
) -> ReviewItem | None:
    alike = [
        item
        for item in items
        if item.current.label == finding.label
        and iou(item.current.box, finding.box) >= SAME_IOU
    ]
    return max(
        alike,
        key=lambda item: (item.source is prefer, iou(item.current.box, finding.box)),
        default=None,
    )


def _with_verdict(review: Review, prediction: Finding, verdict: Verdict) -> Review:
    """Decide about a prediction, which the thresholds may have kept out of sight."""
    item = prediction_item(review, prediction)
    if item is None:
        new = ReviewItem(review.next_id, Source.DETECTOR, prediction, prediction)
        review = replace(review, items=(*review.items, new), next_id=review.next_id + 1)
        item = new
    if verdict is Verdict.ACCEPTED:
        return agreement.accept(review, item.id)
    return review.reject([item.id])
