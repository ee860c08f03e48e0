"""Other names of classes in a saved review.

A rename is no correction: what dentist and detector proposed has the new name as well
as what stands now, so that they agree where they agreed before. The review keeps what
the project calls the classes, for what any detector says of them later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dentalviewer.decisions import Decision
from dentalviewer.formats.review_file import read_review, review_content
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.review import Review, ReviewItem
from dentalviewer.study import Finding


def changed_review(path: Path, names: Mapping[str, str]) -> tuple[bytes, int] | None:
    """The content of the review file, and how many findings change; None where nothing
    does.

    The log has the new names too, and tells of no decision: else what was decided
    before would be about findings that are not there. Raises ReviewFileError if the
    review cannot be read.
    """
    saved, _ = read_review(path)
    review = _renamed(saved.review, names)
    changed = replace(
        saved,
        review=review,
        opened=_renamed(saved.opened, names),
        decisions=tuple(_decision(each, names) for each in saved.decisions),
    )
    if changed == saved:
        return None
    pairs = zip(saved.review.items, review.items, strict=True)
    return review_content(path, changed), sum(a != b for a, b in pairs)


def _renamed(review: Review, names: Mapping[str, str]) -> Review:
    called = _called(review, names)
    return replace(
        review,
        items=tuple(_item(item, names) for item in review.items),
        detection=review.detection and review.detection.with_names(called),
        names=called,
    )


def _called(review: Review, names: Mapping[str, str]) -> dict[str, str]:
    """What the project calls each class from now on, where that is another name.

    A name that a class has only got from the project is none that a detector says,
    unless its answer tells otherwise.
    """
    own = {*KNOWN_LABELS, *review.names, *(names.keys() - {*review.names.values()})}
    if review.detection is not None:
        own |= review.detection.classes
    called = {label: review.names.get(label, label) for label in sorted(own)}
    called = {label: names.get(name, name) for label, name in called.items()}
    return {label: name for label, name in called.items() if label != name}


def _decision(decision: Decision, names: Mapping[str, str]) -> Decision:
    before, after = decision.before, decision.after
    return replace(
        decision,
        before=before and _item(before, names),
        after=after and _item(after, names),
    )


def _item(item: ReviewItem, names: Mapping[str, str]) -> ReviewItem:
    proposed = item.proposed and _finding(item.proposed, names)
    return replace(item, proposed=proposed, current=_finding(item.current, names))


def _finding(finding: Finding, names: Mapping[str, str]) -> Finding:
    new = names.get(finding.label)
    return finding if new is None else replace(finding, label=new)
