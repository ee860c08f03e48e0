"""The log of a review: each decision, who made it, when, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dentalviewer.review import Review, ReviewItem


@dataclass(frozen=True, slots=True)
class Decision:
    """One item changed. `before` is None when it appeared, `after` when it went.

    `when` is in UTC. `detector`, `detector_sha256` and `threshold` tell which detector
    had been asked and above which score it was shown; None when there was none.
    """

    when: datetime
    reader: str
    action: str
    before: ReviewItem | None
    after: ReviewItem | None
    detector: str | None = None
    detector_sha256: str | None = None
    threshold: float | None = None


def decisions_between(
    before: Review, after: Review, *, action: str, reader: str, when: datetime
) -> tuple[Decision, ...]:
    """What an edit, an undo or a redo did, an entry for each item that it changed.

    Predictions that merely come and go with a threshold are no decision.
    """
    old = {item.id: item for item in before.items}
    new = {item.id: item for item in after.items}
    detection = after.detection
    log: list[Decision] = []
    for item_id in sorted(old.keys() | new.keys()):
        was, is_now = old.get(item_id), new.get(item_id)
        if was == is_now or _is_mere_proposal(was, is_now):
            continue
        label = (is_now or was).current.label  # type: ignore[union-attr]
        log.append(
            Decision(
                when,
                reader,
                action,
                was,
                is_now,
                detection.identity.name if detection else None,
                detection.identity.sha256 if detection else None,
                detection.settings.threshold(label) if detection else None,
            )
        )
    return tuple(log)


def _is_mere_proposal(was: ReviewItem | None, is_now: ReviewItem | None) -> bool:
    present = [item for item in (was, is_now) if item is not None]
    return len(present) == 1 and not present[0].decided and not present[0].added
