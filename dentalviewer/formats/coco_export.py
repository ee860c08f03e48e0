"""Writes COCO: one JSON file for all images, or for each side of a split."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import (
    LabelledImage,
    without,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    note_on_outlines,
    notes_on,
    write_export,
)
from dentalviewer.formats._image_names import stated_names
from dentalviewer.formats._outgoing import export_labels, outgoing, without_repeats
from dentalviewer.formats._packing import unpacked_object
from dentalviewer.formats._plain import plain_number, rounded
from dentalviewer.formats._project import (
    OUR_CLASSES,
    FreeNumbers,
    Project,
    keeps_certainty,
    keeps_shape,
    said_of,
)
from dentalviewer.formats.coco import (
    CATEGORIES,
    CAUTIONS,
    DENTEX,
    DUPLICATES,
    NAME,
    label_of,
)
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.storage.json_object import JsonObject
from dentalviewer.study import Finding

FILE_NAME = "predictions.json"
FDI_NUMBERS = range(11, 89)
_OF_FINDINGS = ("score", "tooth", "last_tooth", "tooth_in_doubt", "uncertain")


def write_coco(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    file_name: str = FILE_NAME,
    labels: Sequence[str] | None = None,
    among: Sequence[LabelledImage] | None = None,
    refer: bool = False,
    project: Project = OUR_CLASSES,
) -> Export:
    """Write one file with all images, with findings or not; images/ with `copy_images`.

    Other programs expect `annotations/instances_SET.json` as `file_name`. Raises
    AnnotationFileError if something cannot be written. `labels` gives the categories
    in their order, where several files are to have the same, and `among` which images
    these are named, so that no two of several files have one name. With `refer` they
    are named by where they lie.
    """
    going = outgoing(images)
    images = going.images
    names = _names(images, among)
    if refer:
        names = [Path(os.path.abspath(image.path)).as_posix() for image in images]
    rest = project.rest_of(NAME)
    categories = _categories(
        export_labels(images, project.class_names) if labels is None else labels,
        rest.get("categories"),
        {each.name: each.color for each in project.classes if each.color},
    )
    if labels is None and project.assumed:
        categories = _without_idle(categories, images)
    numbers = {str(each["name"]): each["id"] for each in categories}
    records = _images(images, names)
    annotations, changed_outlines = _annotations(images, records, numbers, rest)
    if copy_images:
        for image, name in zip(images, names, strict=True):
            copy_radiograph(image.path, folder / "images" / name)
    value = {
        **without(rest, "categories"),
        "images": records,
        "categories": categories,
        "annotations": annotations,
    }
    text = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), check_circular=False
    )
    write_export(folder / file_name, text)
    notes = notes_on(going, NAME, teeth=True, scores=True, doubts=True, cautions=True)
    notes += note_on_outlines(changed_outlines)
    return Export(folder / file_name, tuple(notes))


def _names(
    images: Sequence[LabelledImage], among: Sequence[LabelledImage] | None
) -> list[str]:
    if among is None:
        return stated_names(images)
    every = without_repeats(among)
    paths = (os.path.abspath(each.path) for each in every)
    names = dict(zip(paths, stated_names(every), strict=True))
    return [names[os.path.abspath(image.path)] for image in images]


def _annotations(
    images: Sequence[LabelledImage],
    records: Sequence[Mapping[str, object]],
    numbers: Mapping[str, object],
    rest: Mapping[str, object],
) -> tuple[list[dict[str, object]], int]:
    """Of all images, and how many outlines no longer fit their boxes.

    `numbers` are the ids of the categories by name, `records` those of the images.
    """
    annotations: list[dict[str, object]] = []
    ids = FreeNumbers(
        (said_of(f, NAME).get("id") for i in images for f in i.findings), first=1
    )
    changed_outlines = 0
    for image, record in zip(images, records, strict=True):
        for finding in image.findings:
            said = said_of(finding, NAME)
            annotation = _annotation(finding, said)
            if _is_named_so(finding, said, rest):
                annotation |= {key: said[key] for key in DENTEX if key in said}
            changed_outlines += bool(said.get("segmentation")) and (
                not annotation["segmentation"]
            )
            place = {
                "id": ids.take(said.get("id")),
                "image_id": record["id"],
                "category_id": numbers[finding.label],
            }
            annotations.append({**place, **annotation, **place})
    return annotations, changed_outlines


def _is_named_so(
    finding: Finding, said: Mapping[str, object], rest: Mapping[str, object]
) -> bool:
    """Whether DENTEX's three categories still name the finding."""
    if DENTEX[0] not in said:
        return False
    place = JsonObject(Path(), {**rest, **said}, AnnotationFileError)
    names = {
        key: {c.whole_number("id"): c.text("name") for c in place.objects(key, key)}
        for key in CATEGORIES
        if place.has(key)
    }
    return label_of(place, names) == (finding.label, finding.tooth)


def _without_idle(
    categories: list[dict[str, object]], images: Sequence[LabelledImage]
) -> list[dict[str, object]]:
    """Among teeth no treatment is listed that does not occur."""
    names = {str(each["name"]) for each in categories}
    if not any(map(_fdi_number, names)):
        return categories
    used = {finding.label for image in images for finding in image.findings}
    idle = set(KNOWN_LABELS) - used
    return [each for each in categories if each["name"] not in idle]


def _categories(
    labels: Sequence[str], said: object, colors: Mapping[str, str]
) -> list[dict[str, object]]:
    """With the numbers that the file gave them, since others may rely on these."""
    listed = said if isinstance(said, list) else []
    known = {each["name"]: each for each in reversed(listed)}
    stated = [known.get(label, {}).get("id") for label in labels]
    if all(number is None for number in stated):
        numbers = _category_numbers(labels)
    else:
        ids = FreeNumbers(stated, first=1)
        pairs = zip(labels, stated, strict=True)
        numbers = {label: ids.take(number) for label, number in pairs}
    return [
        {
            **known.get(label, {}),
            "id": numbers[label],
            "name": label,
            **({"color": colors[label]} if label in colors else {}),
        }
        for label in labels
    ]


def _images(
    images: Sequence[LabelledImage], names: Sequence[str]
) -> list[dict[str, object]]:
    said = [
        unpacked_object(image.rest.said)
        if image.rest is not None and image.rest.format_name == NAME
        else {}
        for image in images
    ]
    ids = FreeNumbers((each.get("id") for each in said), first=1)
    return [
        {
            # Those that the file had may be answered by now.
            **without(each, CAUTIONS),
            **_numbers_still_twice(image, each.get(DUPLICATES)),
            **({CAUTIONS: list(image.cautions)} if image.cautions else {}),
            "id": ids.take(each.get("id")),
            "file_name": name,
            "width": image.size.width,
            "height": image.size.height,
        }
        for image, name, each in zip(images, names, said, strict=True)
    ]


def _numbers_still_twice(image: LabelledImage, said: object) -> dict[str, object]:
    """Without those of which a person is sure by now at each tooth that has them."""
    if not isinstance(said, list):
        return {}
    sure = {f.label for f in image.findings if not f.uncertain}
    sure -= {f.label for f in image.findings if f.uncertain}
    return {DUPLICATES: [number for number in said if str(number) not in sure]}


def _annotation(finding: Finding, said: dict[str, object]) -> dict[str, object]:
    """What the file said of the finding, in so far as it is still true."""
    if not said:
        return annotation_fields(finding)
    box = annotation_fields(finding)
    kept = without(said, "score", "tooth", "last_tooth")
    if not keeps_certainty(finding, NAME):
        kept = without(kept, "uncertain", "iscrowd")
    elif keeps_shape(finding):
        # The file has its own word for it.
        box = without(box, "uncertain")
    if _ends(said) != _ends(box):
        # What was doubted was another tooth.
        kept = without(kept, "tooth_in_doubt")
    attributes = kept.get("attributes")
    if isinstance(attributes, dict):
        kept["attributes"] = without(attributes, "tooth", "last_tooth")
    kept = without(kept, *DENTEX)
    if keeps_shape(finding):
        return {**box, **kept, **{k: box[k] for k in _OF_FINDINGS if k in box}}
    return {**kept, **box}


def _ends(stated: Mapping[str, object]) -> tuple[object, object]:
    """Of a span; one tooth is both."""
    tooth = stated.get("tooth")
    return tooth, stated.get("last_tooth") or tooth


def _category_numbers(labels: Sequence[str]) -> dict[str, int]:
    """From 1 in their order; the category of a tooth is its FDI number."""
    teeth = {label: number for label in labels if (number := _fdi_number(label))}
    free = (n for n in count(1) if not teeth or n not in FDI_NUMBERS)
    return {label: teeth.get(label) or next(free) for label in labels}


def _fdi_number(label: str) -> int | None:
    try:
        tooth = Tooth.from_fdi(int(label))
    except ValueError:
        return None
    # "036" and full-width digits are labels of their own.
    return tooth.fdi_number if str(tooth) == label else None


def annotation_fields(finding: Finding) -> dict[str, object]:
    """What an annotation says of a finding, beyond which image and category."""
    box = finding.box
    width, height = rounded(box.width), rounded(box.height)
    stated: dict[str, object] = {
        "bbox": [plain_number(v) for v in (box.x_min, box.y_min, width, height)],
        "area": plain_number(rounded(width * height)),
        "segmentation": [],
        "iscrowd": 0,
    }
    if finding.score is not None:
        stated["score"] = finding.score
    if finding.tooth is not None:
        stated["tooth"] = finding.tooth.fdi_number
    if finding.last_tooth is not None:
        stated["last_tooth"] = finding.last_tooth.fdi_number
    if finding.tooth is not None and finding.tooth_in_doubt:
        stated["tooth_in_doubt"] = True
    if finding.uncertain:
        stated["uncertain"] = True
    return stated
