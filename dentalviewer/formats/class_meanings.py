"""A review by the classes that its names mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dentalviewer.labels import canonical
from dentalviewer.review import Review, ReviewItem
from dentalviewer.study import Finding


def meant(review: Review, aliases: Mapping[str, str]) -> Review:
    """With every finding under the name of its class.

    Ask it what was accepted: readers agree where what they say means the same.
    """
    return replace(
        review, items=tuple(_meant_item(item, aliases) for item in review.items)
    )


def _meant_item(item: ReviewItem, aliases: Mapping[str, str]) -> ReviewItem:
    """What a name means is no correction: it holds for what was proposed as well."""
    proposed = item.proposed and _meant_finding(item.proposed, aliases)
    current = _meant_finding(item.current, aliases)
    return replace(item, current=current, proposed=proposed)


def _meant_finding(finding: Finding, aliases: Mapping[str, str]) -> Finding:
    return replace(finding, label=canonical(finding.label, aliases))
