"""What one edit makes of several findings. Pure values: a review in, the next one out.

An item that an edit before it in the row removed is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from dentalviewer import agreement
from dentalviewer.agreement import Relation
from dentalviewer.geometry import Box
from dentalviewer.review import Review, ReviewItem, shown_of
from dentalviewer.study import Finding

Edit = Callable[[Review], Review]


def in_sight_alone(review: Review, edit: Edit) -> Review:
    """Edit what is shown alone: no prediction is settled before it was seen."""
    shown = shown_of(review)
    hidden = [item for item in review.items if item not in shown.items]
    if not hidden:
        return edit(review)
    edited = edit(shown)
    items = sorted((*edited.items, *hidden), key=lambda item: item.id)
    return replace(edited, items=tuple(items))


def one_for_each_place(review: Review, item_ids: Collection[int]) -> tuple[int, ...]:
    """The items, but of two that agree, or of a decided place, the one that stands."""
    left_out: set[int] = set()
    for place in agreement.compare(review):
        alike = place.relation is Relation.AGREE or place.decided
        if alike and all(i in item_ids for i in place.item_ids):
            left_out |= {*place.item_ids} - {item.id for item in place.voices}
    return tuple(i for i in item_ids if i not in left_out)


def accepted(review: Review, item_ids: Collection[int]) -> Review:
    """Accept items, and settle their places; one that bears both names is left."""
    chosen = [p for p in agreement.compare(review) if set(p.item_ids) & set(item_ids)]
    for place in chosen:
        ids = [i for i in place.item_ids if i in item_ids]
        if len(ids) > 1 and place.relation is Relation.LABELS_DIFFER:
            continue
        review = agreement.accept(review, ids[0])
    return review


def rejected(review: Review, item_ids: Collection[int]) -> Review:
    """Reject items with what agrees with them; those drawn here are deleted."""
    drawn = [i.id for i in review.items if i.added and i.id in item_ids]
    review = review.remove(drawn)
    for item_id in item_ids:
        if review.has(item_id):
            review = agreement.reject(review, item_id)
    return review


def reopened(review: Review, item_ids: Collection[int]) -> Review:
    """Take the decisions about the places of items back."""
    places = [p for p in agreement.compare(review) if set(p.item_ids) & set(item_ids)]
    return review.reopen([i.id for p in places for i in p.items if not i.added])


def relabelled(review: Review, item_ids: Iterable[int], label: str) -> Review:
    for item_id in item_ids:
        item = review.item(item_id)
        if not (item.current.label == label and item.decided):
            named = replace(item.current, label=label)
            review = agreement.correct(review, item_id, named)
    return review


def doubted(review: Review, item_ids: Collection[int], *, uncertain: bool) -> Review:
    """With what says the same of their places."""
    ids = {*item_ids}
    for place in agreement.compare(review):
        if place.relation is Relation.AGREE and ids & {*place.item_ids}:
            ids |= {*place.item_ids}
    return review.doubt(ids, uncertain=uncertain)


def corrected(review: Review, findings: Mapping[int, Finding]) -> Review:
    """Give items, by their id, another box, class or tooth."""
    for item_id, finding in findings.items():
        review = agreement.correct(review, item_id, finding)
    return review


def with_boxes(
    items: Iterable[ReviewItem], change: Callable[[Box], Box]
) -> dict[int, Finding]:
    """What items become when their boxes are changed, by their id."""
    return {
        item.id: replace(item.current, box=change(item.current.box)) for item in items
    }


def drawn(review: Review, findings: Iterable[Finding]) -> Review:
    """Add findings that nobody proposed, from `next_id` on."""
    for finding in findings:
        new_id = review.next_id
        review = agreement.settle(review.add(finding), new_id)
    return review
