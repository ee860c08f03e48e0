"""Reads a set of any format as a detector needs it: radiographs, boxes and patients."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.curation.retraining import collect_reviewed
from dentalviewer.curation.splitting import Side
from dentalviewer.detection.sets.dataset import (
    AnnotatedBox,
    Dataset,
    Sample,
    read_dataset,
    require_no_faults,
)
from dentalviewer.errors import DatasetError
from dentalviewer.evaluation.annotation_files import MAX_BYTES, read_annotation_set
from dentalviewer.evaluation.annotation_set import AnnotationSet, FaultyBox, Reading
from dentalviewer.evaluation.faulty_boxes import notes_on_faulty, within
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._listings import Listings
from dentalviewer.formats.class_settings import settled_aliases
from dentalviewer.formats.coco import PATIENT
from dentalviewer.formats.collected import Collected
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.locating import Locator
from dentalviewer.formats.review_file import has_reviews
from dentalviewer.geometry import Size
from dentalviewer.labels import KNOWN_LABELS, canonical
from dentalviewer.storage.json_object import JsonObject, read_json
from dentalviewer.study import Finding

REVIEWS_ALONE = (
    ", only reviews: what was accepted in them is learned from with"
    " `train --only accepted`, or as a set that Project > Export for retraining writes"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said of the radiograph at a path; `patient` is empty if not stated."""

    path: Path
    size: Size
    findings: tuple[Finding, ...]
    uncertain: tuple[Finding, ...] = ()
    patient: str = ""


def read_part(
    source: Path,
    side: Side,
    label_set: str,
    aliases: Mapping[str, str],
    *,
    may_be_empty: bool = False,
) -> Dataset:
    """One side of a set that is split; several of its labels may mean one class."""
    dataset = read_dataset(source, side, label_set=label_set, may_be_empty=may_be_empty)
    known = settled_aliases(aliases, source)
    labels = tuple(canonical(name, known) for name in dataset.labels)
    return replace(dataset, labels=labels, sought=frozenset(labels))


def read_whole(
    source: Path, reviews: Path | None, aliases: Mapping[str, str]
) -> Dataset:
    """All of a set, as far as it was reviewed if `reviews` are asked for.

    `reviews` is the folder of reviews that fit nowhere else. Raises DatasetError, or
    AnnotationFileError where a file cannot be read.
    """
    if reviews is not None:
        # Whoever reviews to the end looks for whatever there is.
        collected = collect_reviewed(source, user_folder=reviews, aliases=aliases)
        said = _said(source, collected)
        return _with_notes(_dataset(source, said, "reviewed"), collected.notes)
    if _is_coco(source):
        said, found = _read_coco(source, aliases)
        dataset = _with_notes(_dataset(source, said, "annotated"), found.notes)
        return _sought(dataset, found.labels)
    collected = collect_annotations(source, aliases=aliases)
    dataset = _dataset(source, _said(source, collected), "annotated")
    dataset = _with_notes(dataset, collected.told)
    known = settled_aliases(aliases, source)
    listed = (canonical(name, known) for name in collected.project.class_names)
    return _sought(dataset, listed)


def _with_notes(dataset: Dataset, notes: Iterable[str]) -> Dataset:
    return replace(dataset, notes=(*notes, *dataset.notes))


def _sought(dataset: Dataset, declared: Iterable[str]) -> Dataset:
    """Looked for were the classes that are there, and those that a file lists."""
    return replace(dataset, sought=frozenset((*dataset.labels, *declared)))


def _is_coco(source: Path) -> bool:
    if source.suffix.casefold() != ".json" or not os.path.isfile(source):
        return False
    content = read_json(source, error=DatasetError, max_bytes=MAX_BYTES)
    return isinstance(content, dict) and {"images", "categories"} <= content.keys()


def _read_coco(
    source: Path, aliases: Mapping[str, str]
) -> tuple[list[_Said], AnnotationSet]:
    """As the evaluation reads it, which keeps what is uncertain; and what it read."""
    patients = _stated_patients(source)
    locator = Locator(source, Listings().find_file)
    said: list[_Said] = []
    missing: list[str] = []
    found = read_annotation_set(source, aliases=aliases)
    for reading in found.readings:
        path = locator.locate(reading.name)
        if path is None:
            missing.append(f"the radiograph {reading.name} is missing")
            continue
        size = reading.size or upright_size(path)
        patient = patients.get(reading.name, "")
        said.append(_Said(path, size, reading.findings, reading.uncertain, patient))
    require_no_faults(source, missing)
    return said, found


def _stated_patients(source: Path) -> dict[str, str]:
    """By the name of the image in a COCO file."""
    content = read_json(source, error=DatasetError, max_bytes=MAX_BYTES)
    images = JsonObject.of(source, content, DatasetError).objects("images", "image")
    return {
        image.text("file_name"): str(image.value(PATIENT))
        for image in images
        if image.has(PATIENT)
    }


def _said(source: Path, collected: Collected) -> list[_Said]:
    require_no_faults(source, [str(each) for each in collected.failures])
    return [
        _Said(
            image.path,
            image.size,
            tuple(each for each in image.findings if not each.uncertain),
            tuple(each for each in image.findings if each.uncertain),
            image.patient,
        )
        for image in collected.images
    ]


def _dataset(source: Path, said: Sequence[_Said], kind: str) -> Dataset:
    missing = [each.path.name for each in said if not os.path.isfile(each.path)]
    require_no_faults(source, [f"the radiograph {name} is missing" for name in missing])
    used = [f.label for s in said for f in (*s.findings, *s.uncertain)]
    known = (label for label in KNOWN_LABELS if label in used)
    labels = tuple(dict.fromkeys((*known, *used)))
    if not labels:
        way = REVIEWS_ALONE if kind == "annotated" and has_reviews(source) else ""
        raise DatasetError(source, f"holds no {kind} radiograph{way}")
    samples: list[Sample] = []
    faulty: list[FaultyBox] = []
    for each in said:
        name, stated = each.path.name, (each.findings, each.uncertain)
        reading, amiss = within(source, Reading(name, each.size, *stated))
        faulty += amiss
        boxes = tuple(
            AnnotatedBox(finding.box, labels.index(finding.label), uncertain=uncertain)
            for findings, uncertain in (
                (reading.findings, False),
                (reading.uncertain, True),
            )
            for finding in findings
        )
        samples.append(Sample(each.path, each.size, boxes, each.patient))
    inside = sum(len(sample.boxes) for sample in samples)
    notes = notes_on_faulty(source, faulty, inside)
    return Dataset(source, labels, tuple(samples), notes=notes)
