"""Where findings and the sides of a split come from, when files are gathered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.formats import coco, pascal_voc, yolo
from dentalviewer.formats._annotations import ImageAnnotations, fitted
from dentalviewer.formats._plain import rounded
from dentalviewer.formats._project import SET_NAME, TRAINING, VALIDATION, Part
from dentalviewer.formats._voc_project import (
    ImageSets,
    annotations_folder,
    read_image_sets,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import canonical
from dentalviewer.review import Review, ReviewItem, Source
from dentalviewer.study import Finding

# What is kept for a test is not to be learned from.
_SIDES = {
    "train": TRAINING,
    "val": VALIDATION,
    "valid": VALIDATION,
    "test": VALIDATION,
}


def with_origins(
    items: Sequence[ReviewItem],
    said: ImageAnnotations,
    size: Size,
    aliases: Mapping[str, str],
) -> tuple[Finding, ...]:
    """The findings of items that a person decided about, so without scores.

    Each has the origin of the annotation that it was proposed as. By `aliases` it is
    known what the names in the file mean.
    """
    return tuple(
        replace(
            item.current,
            score=None,
            origin=stated.origin if stated else item.current.origin,
        )
        for item, stated in _with_annotations(items, said, size, aliases)
    )


def with_doubts(
    review: Review, said: ImageAnnotations, size: Size, aliases: Mapping[str, str]
) -> Review:
    """A review with what its annotations call uncertain, as if it was opened today.

    Reviews that earlier versions saved do not have it, nor those whose annotations were
    called uncertain since. Of what was proposed as uncertain a person may be sure by
    now.
    """
    pairs = _with_annotations(review.items, said, size, aliases)
    return replace(
        review,
        items=tuple(
            _doubted(item) if stated and stated.uncertain else item
            for item, stated in pairs
        ),
    )


def _doubted(item: ReviewItem) -> ReviewItem:
    proposed = item.proposed
    if proposed is None or proposed.uncertain:
        return item
    return replace(
        item,
        proposed=replace(proposed, uncertain=True),
        current=replace(item.current, uncertain=True),
    )


def _with_annotations(
    items: Sequence[ReviewItem],
    said: ImageAnnotations,
    size: Size,
    aliases: Mapping[str, str],
) -> Iterator[tuple[ReviewItem, Finding | None]]:
    """Each item with the annotation that it was proposed as."""
    known: dict[tuple[float, ...], list[Finding]] = {}
    for finding in fitted(said, size):
        known.setdefault(_key(finding.box), []).append(finding)
    for item in items:
        if item.source is not Source.DENTIST or item.proposed is None:
            yield item, None
            continue
        alike = known.get(_key(item.proposed.box), [])
        meant = canonical(item.proposed.label, aliases)
        named = [each for each in alike if canonical(each.label, aliases) == meant]
        chosen = next(iter(named or alike), None)
        if chosen is not None:
            alike.remove(chosen)
        yield item, chosen


def _key(box: Box) -> tuple[float, ...]:
    return tuple(map(rounded, box.corners))


def stated_parts(
    sources: Sequence[ImageAnnotations], labels: Sequence[str]
) -> list[tuple[Part, ...]]:
    """On which side of a split each image is, as far as files or folders say.

    Raises AnnotationFileError if a list of images cannot be read.
    """
    sets: dict[Path, ImageSets] = {}
    return [_parts(said, labels, sets) for said in sources]


def _parts(
    said: ImageAnnotations, labels: Sequence[str], sets: dict[Path, ImageSets]
) -> tuple[Part, ...]:
    path = said.path
    if said.format_name == pascal_voc.NAME:
        folder = annotations_folder(path)
        if folder not in sets:
            own = [f.label for f in said.findings]
            sets[folder] = read_image_sets(folder, [*labels, *own])
        if not sets[folder].parts:
            return ()
        sides = sets[folder].of(path.relative_to(folder).with_suffix("").as_posix())
        if sides or said.rest is None:
            return sides
        return sets[folder].of(pascal_voc.stated_image(said.rest))
    side = ""
    if said.format_name == yolo.NAME:
        side = _side_of_folder(path.parent)
    elif said.format_name == coco.NAME:
        match = SET_NAME.fullmatch(path.stem)
        side = _SIDES[match[1].casefold()] if match else _side_of_folder(path.parent)
    return (Part(side),) if side else ()


def _side_of_folder(folder: Path) -> str:
    """Ultralytics has labels/train, Roboflow train/labels, and its COCO files in
    train/ and valid/.
    """
    if folder.name == "labels":
        folder = folder.parent
    return _SIDES.get(folder.name, "")
