"""The log of a review: each decision, who made it, when, and on whose word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from dentalviewer.dentition import Tooth
from dentalviewer.review import ReadingMode, Review, ReviewItem, Sides, Source
from dentalviewer.stated_teeth import StatedTooth

# What nobody has said: a doubt is the program's.
_UNSAID = {Sides.ASSUMED, Sides.DOUBTFUL}


@dataclass(frozen=True, slots=True)
class Decision:
    """One item changed, or what is stated of a tooth, of the sides, of the picture, or
    of the reading, or in which mode that is.

    Of an item `before` is None when it appeared, `after` when it went. Of a tooth both
    are, and `tooth_before` or `tooth_after` is where nothing was stated of it; its
    number is as in `Review.stated_teeth`. Of anything but the sides, `sides_before` and
    `sides_after` are None. Of anything but the reading `read` is None: True where the
    reader said that the radiograph is read or done, False where that was taken back;
    `next_id` is what the next item was to get then, None where nobody kept it. Of
    anything but the mode, `mode_before` and `mode_after` are None. Of the picture
    `panoramic_before` and `panoramic_after` are as `Review.panoramic`; of anything
    else both are None.

    `when` is in UTC. `detector` and `detector_sha256` tell which detector had been
    asked, of findings or of teeth, and `threshold` above which score findings of that
    class were shown; None when there was none. Both are as they were at that moment:
    what was decided before stays in sight when the threshold is raised.
    """

    when: datetime
    reader: str
    action: str
    before: ReviewItem | None = None
    after: ReviewItem | None = None
    detector: str | None = None
    detector_sha256: str | None = None
    threshold: float | None = None
    tooth_before: StatedTooth | None = None
    tooth_after: StatedTooth | None = None
    sides_before: Sides | None = None
    sides_after: Sides | None = None
    read: bool | None = None
    next_id: int | None = None
    mode_before: ReadingMode | None = None
    mode_after: ReadingMode | None = None
    panoramic_before: bool | None = None
    panoramic_after: bool | None = None

    @property
    def of_finding(self) -> bool:
        return self.before is not None or self.after is not None

    @property
    def of_tooth(self) -> bool:
        return self.tooth_before is not None or self.tooth_after is not None

    @property
    def of_picture(self) -> bool:
        return self.panoramic_before is not None or self.panoramic_after is not None


# An entry of who, when and by what action; what it is about is still to be said.
Entry = Callable[..., Decision]


def decisions_between(
    before: Review,
    after: Review,
    *,
    action: str,
    reader: str,
    when: datetime,
    vouched: bool | None = None,
) -> tuple[Decision, ...]:
    """What an edit, an undo or a redo did: an entry for each item that it changed, then
    for each tooth of which something else is stated, for the sides, for the picture,
    and for the mode.

    Predictions that merely come and go with a threshold are no decision, nor is a doubt
    about the sides before anybody has said where the patient's right is. `vouched`
    tells that the reader has just vouched for a changed picture, or taken that back: it
    was done before, and is said to be once more.
    """
    entry = partial(Decision, when, reader, action)
    return (
        *_of_items(before, after, entry),
        *_of_teeth(before, after, entry),
        *_of_sides(before, after, entry),
        *_of_picture(before, after, entry),
        *_of_mode(before, after, entry),
        *_of_reading(before, after, entry, vouched),
    )


def in_force(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The last word on each finding, each tooth, the sides, the picture and the
    reading; none where it was taken back, by an undo or otherwise. In which mode
    somebody reads is no such word.
    """
    last = {_subject(each): each for each in decisions}
    return tuple(each for each in last.values() if _holds(each))


def _subject(decision: Decision) -> tuple[str, int | Tooth]:
    """What it is about, by the id of an item or the number of a tooth."""
    if (item := decision.after or decision.before) is not None:
        return "finding", item.id
    if (said := decision.tooth_after or decision.tooth_before) is not None:
        return "tooth", said.tooth
    if decision.mode_after is not None:
        return "mode", 0
    if decision.of_picture:
        return "picture", 0
    return ("sides", 0) if decision.sides_after is not None else ("reading", 0)


def _holds(decision: Decision) -> bool:
    """Whether anything is decided after it."""
    if decision.of_finding:
        return decision.after is not None and decision.after.decided
    if decision.of_tooth:
        return decision.tooth_after is not None
    if decision.of_picture:
        return decision.panoramic_after is not None
    if decision.sides_after is not None:
        return decision.sides_after not in _UNSAID
    return bool(decision.read)


def at_the_reveal(review: Review, decisions: Sequence[Decision]) -> Review | None:
    """The review with what the dentist had found alone, before the predictions were
    first in sight.

    What had been drawn is as it was then, be it changed or gone since; what was drawn
    or taken over since is not there. None where the log does not tell when that was:
    who decided about a prediction had seen some before.
    """
    reveal = first_read(decisions)
    if reveal is None or any(map(_is_about_prediction, decisions[:reveal])):
        return None
    drawn: dict[int, ReviewItem] = {}
    for each in decisions[:reveal]:
        if each.after is not None and each.after.added:
            drawn[each.after.id] = each.after
        elif each.before is not None and each.after is None:
            drawn.pop(each.before.id, None)
    next_id = decisions[reveal].next_id or review.next_id
    proposed = (
        item
        for item in review.items
        if item.source is Source.DENTIST and not item.added and item.id < next_id
    )
    return replace(review, items=(*proposed, *drawn.values()))


def _is_about_prediction(decision: Decision) -> bool:
    item = decision.after or decision.before
    return item is not None and item.source is Source.DETECTOR


def first_read(decisions: Sequence[Decision]) -> int | None:
    """The place in the log where the radiograph was first said to be read."""
    return next((n for n, each in enumerate(decisions) if each.read), None)


def _of_items(before: Review, after: Review, entry: Entry) -> Iterator[Decision]:
    old = {item.id: item for item in before.items}
    new = {item.id: item for item in after.items}
    detection = after.detection
    for item_id in sorted(old.keys() | new.keys()):
        was, is_now = old.get(item_id), new.get(item_id)
        if was == is_now or _is_mere_proposal(was, is_now):
            continue
        label = (is_now or was).current.label  # type: ignore[union-attr]
        yield entry(
            before=was,
            after=is_now,
            detector=detection.identity.name if detection else None,
            detector_sha256=detection.identity.sha256 if detection else None,
            threshold=detection.threshold(label) if detection else None,
        )


def _of_teeth(before: Review, after: Review, entry: Entry) -> Iterator[Decision]:
    old = {each.tooth: each for each in before.stated_teeth}
    new = {each.tooth: each for each in after.stated_teeth}
    asked = after.detection.tooth_detector if after.detection else None
    for tooth in sorted(old.keys() | new.keys()):
        if old.get(tooth) != new.get(tooth):
            yield entry(
                detector=asked.name if asked else None,
                detector_sha256=asked.sha256 if asked else None,
                tooth_before=old.get(tooth),
                tooth_after=new.get(tooth),
            )


def _of_sides(before: Review, after: Review, entry: Entry) -> Iterator[Decision]:
    was, is_now = before.sides, after.sides
    if was is not is_now and not {was, is_now} <= _UNSAID:
        yield entry(sides_before=was, sides_after=is_now)


def _of_picture(before: Review, after: Review, entry: Entry) -> Iterator[Decision]:
    was, is_now = before.panoramic, after.panoramic
    if was is not is_now:
        yield entry(panoramic_before=was, panoramic_after=is_now)


def _of_mode(before: Review, after: Review, entry: Entry) -> Iterator[Decision]:
    if before.mode is not after.mode:
        yield entry(mode_before=before.mode, mode_after=after.mode)


def _of_reading(
    before: Review, after: Review, entry: Entry, vouched: bool | None
) -> Iterator[Decision]:
    asked = after.detection.identity if after.detection else None
    read = vouched if before.read is after.read else after.read
    if read is not None:
        yield entry(
            detector=asked.name if asked else None,
            detector_sha256=asked.sha256 if asked else None,
            read=read,
            next_id=after.next_id,
        )


def _is_mere_proposal(was: ReviewItem | None, is_now: ReviewItem | None) -> bool:
    present = [item for item in (was, is_now) if item is not None]
    return len(present) == 1 and not present[0].decided and not present[0].added
