"""Whose scores are told: those of the detector that is named beside them."""

from __future__ import annotations

from dataclasses import replace

from dentalviewer.detector import renamed
from dentalviewer.matching import match
from dentalviewer.review import Review, ReviewItem, Source


def with_scores_of_named(review: Review) -> Review:
    """With the score that the detector which answered last gives each prediction: its
    name and its thresholds stand beside the scores.

    None on a decided prediction of an earlier detector that it does not share.
    """
    detection = review.detection
    if detection is None:
        return review
    predictions = detection.predictions
    said = renamed(detection.candidates, detection.names)
    own = {(f.box, f.label, f.score) for f in said}
    others = {
        item.id: p
        for item in review.items
        if item.source is Source.DETECTOR and (p := item.proposed) is not None
        if (p.box, p.label, p.score) not in own
    }
    pairs = dict(match(list(others.values()), predictions).pairs)
    scores = {
        item_id: predictions[pairs[n]].score if n in pairs else None
        for n, item_id in enumerate(others)
    }
    items = (_rescored(i, scores[i.id]) if i.id in scores else i for i in review.items)
    return replace(review, items=tuple(items))


def _rescored(item: ReviewItem, score: float | None) -> ReviewItem:
    """What was not corrected still is not."""
    if item.proposed is None:
        return item
    return replace(
        item,
        proposed=replace(item.proposed, score=score),
        current=replace(item.current, score=score),
    )
