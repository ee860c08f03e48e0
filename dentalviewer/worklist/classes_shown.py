"""Which classes a radiograph shows, and at which teeth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dentalviewer.agreement import Comparison
from dentalviewer.review import Review, ReviewItem, Verdict
from dentalviewer.tooth_assignment import teeth_of


def classes_shown(
    review: Review, places: Iterable[Comparison]
) -> Mapping[str, tuple[int, ...]]:
    """The classes of what was accepted at the `places` of a review or is undecided
    there, by whoever proposed it; with the FDI numbers of its teeth, in order.

    Of a bridge each of its teeth counts.
    """
    placings = teeth_of(review)
    teeth: dict[str, set[int]] = {}
    for item in (item for place in places for item in _standing(place)):
        at = (tooth.fdi_number for tooth in placings[item.id].teeth)
        teeth.setdefault(item.current.label, set()).update(at)
    return {label: tuple(sorted(numbers)) for label, numbers in teeth.items()}


def _standing(place: Comparison) -> Iterable[ReviewItem]:
    if place.decided:
        return place.accepted
    return (item for item in place.items if item.verdict is not Verdict.REJECTED)
