"""What the reader of an audit decides, put into the review of the radiograph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dentalviewer import agreement
from dentalviewer.curation.audit import Contradiction, Kind
from dentalviewer.geometry import iou
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
    """What is not marked is added, what is wrong rejected, renamed or redrawn."""
    annotation, prediction = contradiction.annotation, contradiction.prediction
    if annotation is None:
        assert prediction is not None
        return _with_verdict(review, prediction, Verdict.ACCEPTED)
    item = annotation_item(review, annotation)
    if item is None:
        return review
    if prediction is None:
        return review.remove([item.id])
    changed = replace(item.current, label=prediction.label)
    if contradiction.kind is Kind.BOX_FITS_BADLY:
        changed = replace(item.current, box=prediction.box)
    return agreement.settle(review.correct(item.id, changed), item.id)


def annotation_item(review: Review, finding: Finding) -> ReviewItem | None:
    """The item of the review that is this annotation, if it still stands."""
    standing = (i for i in review.items if i.verdict is not Verdict.REJECTED)
    return _nearest(standing, finding, prefer=Source.DENTIST)


def prediction_item(review: Review, finding: Finding) -> ReviewItem | None:
    """The detector's item that is this prediction; None if it is not shown."""
    theirs = (item for item in review.items if item.source is Source.DETECTOR)
    return _nearest(theirs, finding, prefer=Source.DETECTOR)


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
