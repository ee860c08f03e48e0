"""Where each finding of a set for retraining is from."""

from __future__ import annotations

from dentalviewer.decisions import Decision
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.formats.coco_export import annotation_fields
from dentalviewer.review import ReviewItem, Source


def provenance(item: ReviewItem, saved: SavedReview) -> dict[str, object]:
    """Who proposed a finding and what became of it, by whom and when.

    "proposed_by" is the detector, the dentist whose annotations were opened, or the
    reader who drew it.
    """
    outcome = "corrected" if item.corrected else "added" if item.added else "accepted"
    stated: dict[str, object] = {
        "outcome": outcome,
        "proposed_by": "reader" if item.added else str(item.source),
    }
    own = _decisions_about(item, saved)
    if item.proposed is not None and item.source is Source.DETECTOR:
        stated["detector"] = _detector(own[0] if own else None, saved)
    if item.proposed is not None and (item.corrected or item.proposed.score):
        fields = annotation_fields(item.proposed)
        kept = ("bbox", "score", "tooth", "last_tooth")
        stated["proposed"] = {
            "class": item.proposed.label,
            **{key: fields[key] for key in kept if key in fields},
        }
    if own:
        stated["by"] = own[-1].reader
        stated["when"] = own[-1].when.isoformat(timespec="seconds")
    return stated


def _decisions_about(item: ReviewItem, saved: SavedReview) -> list[Decision]:
    """Those in the log: what is undone gives its id to the next finding, which had
    another proposal. As saved: the item's own class may be named by what it means.
    """
    proposed = saved.review.item(item.id).proposed
    return [
        decision
        for decision in saved.decisions
        if (state := decision.after or decision.before) is not None
        and (state.id, state.proposed) == (item.id, proposed)
    ]


def _detector(first: Decision | None, saved: SavedReview) -> dict[str, str]:
    """The one that was asked when the finding was first decided about."""
    if first is not None and first.detector and first.detector_sha256:
        return {"name": first.detector, "sha256": first.detector_sha256}
    detection = saved.review.detection
    if detection is None:
        return {}
    identity = detection.identity
    return {"name": identity.name, "sha256": identity.sha256}
