"""Writes VoTT 1: a project for each folder of images."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    notes_on,
    write_export,
)
from dentalviewer.formats._image_names import safe_file_name, stated_names
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._plain import plain_number
from dentalviewer.formats._project import (
    OUR_CLASSES,
    FreeNumbers,
    Project,
    grouped,
    keeps_shape,
    said_of,
)
from dentalviewer.formats.vott_v1 import CORNERS, NAME
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import label_color
from dentalviewer.study import Finding


def write_vott_v1(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    project: Project = OUR_CLASSES,
) -> Export:
    """A project for each folder that images come from, as VoTT 1 has one.

    With `copy_images` the images are put where VoTT looks for them. Raises
    AnnotationFileError if something cannot be written.
    """
    going = outgoing(images)
    images = going.images
    labels = export_labels(images, project.class_names)
    groups: dict[Path, list[LabelledImage]] = {}
    for image in images:
        parent = Path(os.path.abspath(image.path)).parent
        groups.setdefault(parent, []).append(image)
    taken: set[str] = set()
    named = {
        _free_name(safe_file_name(parent.name), taken): group
        for parent, group in groups.items()
    }
    if copy_images:
        for name, group in named.items():
            for image, file_name in zip(group, stated_names(group), strict=True):
                copy_radiograph(image.path, folder / name / file_name)
    written = folder
    for name, group in named.items():
        written = folder / f"{name}.json"
        # Projects list the classes that occur in them, and those that all declare.
        own = labels if len(groups) == 1 else export_labels(group, project.class_names)
        write_export(written, _project(group, own, project))
    notes = notes_on(going, NAME)
    commas = [label for label in labels if "," in label]
    if commas:
        notes.append(
            f"{NAME} has no room for commas in labels; they became semicolons in"
            f" {', '.join(map(repr, commas))}"
        )
    return Export(written if len(groups) == 1 else folder, tuple(notes))


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free.casefold() in taken:
        free = f"{name}-{number}"
        number += 1
    taken.add(free.casefold())
    return free


def _project(
    images: Sequence[LabelledImage], labels: Sequence[str], project: Project
) -> str:
    frames: dict[str, list[dict[str, object]]] = {}
    ids = FreeNumbers(
        said.get("id")
        for image in images
        for finding in image.findings
        if (said := said_of(finding, NAME))
    )
    for image, name in zip(images, stated_names(images), strict=True):
        groups = grouped(image.findings)
        names = FreeNumbers((said_of(g[0], NAME).get("name") for g in groups), first=1)
        regions = [_region(name, group, ids, names, image.size) for group in groups]
        _tell_apart(name, regions)
        frames[name] = regions
    rest = project.rest_of(NAME)
    also = rest.pop("visitedFrames", [])
    others = [v for v in also if v not in frames] if isinstance(also, list) else []
    tags = [_tag(label) for label in labels]
    value = {
        "frames": frames,
        "framerate": "1",
        "inputTags": ",".join(tags),
        "suggestiontype": "track",
        "scd": False,
        "visitedFrames": [*frames, *others],
        "tag_colors": [_color(label, project) for label in labels],
    }
    return json.dumps(value | rest, ensure_ascii=False, separators=(",", ":"))


def _tag(label: str) -> str:
    # The list of tags is split at commas.
    return label.replace(",", ";")


def _color(label: str, project: Project) -> str:
    stated = {each.name: each.color for each in project.classes}
    return stated.get(label) or label_color(label)


def _region(
    image: str,
    group: Sequence[Finding],
    ids: FreeNumbers,
    numbers: FreeNumbers,
    size: Size,
) -> dict[str, object]:
    """One region for findings that were one; what it said else, it says again."""
    finding = group[0]
    tags = [_tag(each.label) for each in group]
    said = said_of(finding, NAME)
    region_id, number = ids.take(said.get("id")), numbers.take(said.get("name"))
    if said:
        if isinstance(said.get("id"), int):
            said["id"] = region_id
        if isinstance(said.get("name"), int):
            said["name"] = number
        shape = {} if keeps_shape(finding) else _shape(finding.box, size)
        if shape and "points" in said:
            shape["points"] = _points(finding.box)
        return {**said, **shape, "tags": tags}
    return {
        **_shape(finding.box, size),
        "UID": _uid(image, number),
        "id": region_id,
        "type": "Rectangle",
        "tags": tags,
        "name": number,
    }


def _uid(image: str, number: object) -> str:
    return hashlib.sha256(f"{image} {number}".encode()).hexdigest()[:8]


def _tell_apart(image: str, regions: Sequence[dict[str, object]]) -> None:
    """VoTT deletes a region by its UID; sets that were copied have the same ones."""
    taken: set[object] = set()
    for place, region in enumerate(regions):
        if region.get("UID") in taken:
            region["UID"] = _uid(image, f"{region['UID']} {place}")
        if "UID" in region:
            taken.add(region["UID"])


def _shape(box: Box, size: Size) -> dict[str, object]:
    corners = dict(zip(CORNERS, map(plain_number, box.corners), strict=True))
    return {**corners, "width": size.width, "height": size.height, "box": corners}


def _points(box: Box) -> list[dict[str, float]]:
    x_min, y_min, x_max, y_max = map(plain_number, box.corners)
    corners = ((x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max))
    return [{"x": x, "y": y} for x, y in corners]
