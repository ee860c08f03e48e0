"""Other names of classes in a saved review.

What the dentist proposed follows the annotation file, which changes as well. What a
detector proposed is the detector's word and stays; only what a person decided about
it, as it stands now, has the new name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dentalviewer.decisions import decisions_between
from dentalviewer.formats.review_file import read_review, review_content
from dentalviewer.review import Review, ReviewItem, Source
from dentalviewer.study import Finding

ACTION = "Change classes of the project"


def changed_review(
    path: Path, names: Mapping[str, str], *, reader: str, when: datetime
) -> tuple[bytes, int]:
    """The content of the review file, and how many findings change.

    Raises ReviewFileError if the review cannot be read.
    """
    saved, _ = read_review(path)
    review = _renamed(saved.review, names)
    log = decisions_between(
        saved.review, review, action=ACTION, reader=reader, when=when
    )
    changed = replace(
        saved,
        review=review,
        opened=_renamed(saved.opened, names),
        decisions=(*saved.decisions, *log),
    )
    pairs = zip(saved.review.items, review.items, strict=True)
    return review_content(path, changed), sum(a != b for a, b in pairs)


def _renamed(review: Review, names: Mapping[str, str]) -> Review:
    return replace(review, items=tuple(_item(item, names) for item in review.items))


def _item(item: ReviewItem, names: Mapping[str, str]) -> ReviewItem:
    if item.source is Source.DENTIST:
        proposed = item.proposed and _finding(item.proposed, names)
        return replace(item, proposed=proposed, current=_finding(item.current, names))
    if item.decided:
        return replace(item, current=_finding(item.current, names))
    return item


def _finding(finding: Finding, names: Mapping[str, str]) -> Finding:
    new = names.get(finding.label)
    return finding if new is None else replace(finding, label=new)
