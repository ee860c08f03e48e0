"""Where findings and the sides of a split come from, when files are gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.formats import coco, pascal_voc, yolo
from dentalviewer.formats._annotations import ImageAnnotations, fitted
from dentalviewer.formats._plain import rounded
from dentalviewer.formats._project import SET_NAME, TRAINING, VALIDATION, Part
from dentalviewer.formats._voc_project import ImageSets, read_image_sets
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import canonical
from dentalviewer.review import ReviewItem, Source
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
    known: dict[tuple[float, ...], list[Finding]] = {}
    for finding in fitted(said, size):
        known.setdefault(_key(finding.box), []).append(finding)
    return tuple(_with_origin(item, known, aliases) for item in items)


def _with_origin(
    item: ReviewItem,
    known: dict[tuple[float, ...], list[Finding]],
    aliases: Mapping[str, str],
) -> Finding:
    finding = replace(item.current, score=None)
    if item.source is not Source.DENTIST or item.proposed is None:
        return finding
    alike = known.get(_key(item.proposed.box), [])
    if not alike:
        return finding
    meant = canonical(item.proposed.label, aliases)
    named = [each for each in alike if canonical(each.label, aliases) == meant]
    chosen = (named or alike)[0]
    alike.remove(chosen)
    # Reviews that earlier versions saved do not have it; what was opened since, does.
    doubted = chosen.uncertain and not item.proposed.uncertain
    return replace(
        finding, origin=chosen.origin, uncertain=finding.uncertain or doubted
    )


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
        if path.parent not in sets:
            own = [f.label for f in said.findings]
            sets[path.parent] = read_image_sets(path.parent, [*labels, *own])
        if not sets[path.parent].parts:
            return ()
        sides = sets[path.parent].of(path.stem)
        if sides or said.rest is None:
            return sides
        return sets[path.parent].of(pascal_voc.stated_image(said.rest))
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
