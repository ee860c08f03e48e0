"""Gathering what was accepted on radiographs that were reviewed to the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.agreement import accepted_items
from dentalviewer.formats._annotations import ImageAnnotations
from dentalviewer.formats._origins import with_origins
from dentalviewer.formats._project import OUR_CLASSES
from dentalviewer.formats.class_meanings import meant
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.collected import Collected, Collection
from dentalviewer.formats.locating import radiographs_below, radiographs_meant
from dentalviewer.formats.review_file import (
    annotation_files,
    find_review,
    read_review,
    require_picture,
)
from dentalviewer.formats.reviewed_annotations import (
    reviewed_annotations,
    with_stated_doubts,
)
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import counted
from dentalviewer.placing import Placing, with_placing
from dentalviewer.radiograph import is_radiograph_name
from dentalviewer.review import ReviewItem
from dentalviewer.tooth_assignment import cautions_about, teeth_of

ONLY_REVIEWS = (
    "there are reviews and no annotations: `convert --only accepted`, or Project >"
    " Export annotations, makes annotations of what was accepted in them"
)


def collect_accepted(
    source: Path,
    *,
    user_folder: Path,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """Of radiographs reviewed to the end what was accepted; others are left out.

    `source` is a folder, or a file whose radiographs lie near. The rest is as of
    `collect_accepted_on`.
    """
    collection = Collection(None, tell)
    if source.is_dir():
        radiographs = list(radiographs_below(source, collection.fail))
    elif is_radiograph_name(source):
        radiographs = [source]
    else:
        radiographs = list(radiographs_meant(source))
    return _accepted(collection, radiographs, user_folder)


def collect_accepted_on(
    radiographs: Iterable[Path],
    *,
    user_folder: Path,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> Collected:
    """What was accepted on those of the radiographs that were reviewed to the end, each
    finding at the tooth that it was placed at.

    `user_folder` is where reviews lie that fit nowhere else. Where no annotation file
    lists classes, they are ours. `tell` is given each radiograph before its review is
    read; what it raises ends the work. Faults of single radiographs are among the
    failures.
    """
    return _accepted(Collection(None, tell), radiographs, user_folder)


def _accepted(
    collection: Collection, radiographs: Iterable[Path], user_folder: Path
) -> Collected:
    settled = SettledAliases({}, collection.failed.append)
    called: dict[str, str] = {}
    patients: dict[Path, str] = {}
    left_out = Counter[str]()
    for radiograph in radiographs:
        collection.tell(radiograph)
        path = find_review(radiograph, user_folder)
        if path is None:
            left_out["without a review"] += 1
            continue
        with collection.failures():
            saved, _ = read_review(path)
            if which := saved.left_out_as:
                left_out[which] += 1
                continue
            require_picture(saved, radiograph, path)
            size = saved.size
            annotated = annotation_files(saved, radiograph)
            folders = (radiograph.parent, *(file.parent for file in annotated))
            meanings = {**DEFAULT_ALIASES, **(settled.of(*folders) or {})}
            saved = with_stated_doubts(saved, radiograph, meanings)
            review = meant(saved.review, settled.of(*folders) or {})
            # Kept word for word: only which of them are one finding is asked here.
            accepted = [saved.review.item(item.id) for item in accepted_items(review)]
            if number := saved.review.patient.number.strip():
                patients[radiograph] = number
            placings, here = teeth_of(review), settled.names(*folders)
            called |= here
            accepted = [_as_shown(each, placings[each.id], here) for each in accepted]
            said = _annotated(collection, annotated, radiograph)
            findings = with_origins(accepted, said, size, meanings)
            cautions = cautions_about(saved.review)
            collection.add_findings(radiograph, size, findings, said, cautions)
    # Where something is still to decide, what is missing would be taken for nothing.
    # In one order, whichever came first.
    for which, count in sorted(left_out.items(), reverse=True):
        left = "was left out" if count == 1 else "were left out"
        collection.notes.append(f"{counted(count, 'radiograph')} {which} {left}")
    collected = replace(collection.finished(), reviewed_patients=patients)
    if collected.project.classes:
        return collected
    # Else what is exported today would number them otherwise than what is tomorrow.
    classes = tuple(
        replace(each, name=called.get(each.name, each.name))
        for each in OUR_CLASSES.classes
    )
    project = replace(collected.project, classes=classes, assumed=True)
    return replace(collected, project=project)


def _as_shown(
    item: ReviewItem, placing: Placing, names: Mapping[str, str]
) -> ReviewItem:
    """By what its folder calls the class, and with the tooth that it was placed at."""
    finding = with_placing(item.current, placing)
    label = names.get(finding.label, finding.label)
    return replace(item, current=replace(finding, label=label))


def _annotated(
    collection: Collection, files: Sequence[Path], radiograph: Path
) -> ImageAnnotations:
    """What the annotations that were reviewed say now; nothing if they are gone."""
    found = reviewed_annotations(files, radiograph)
    if found is None:
        return ImageAnnotations(radiograph, "", (), None)
    file, said = found
    collection.take_project(file)
    collection.take_patient(radiograph, file.patient_of(radiograph))
    return said
