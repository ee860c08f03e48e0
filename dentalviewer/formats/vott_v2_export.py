"""Writes VoTT 2: a project, its asset files, and the JSON export of all of them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    note_on_outlines,
    notes_on,
    remove_earlier,
    write_export,
)
from dentalviewer.formats._image_names import safe_file_name
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._packing import unpacked_object
from dentalviewer.formats._plain import plain_number, plain_text, rounded
from dentalviewer.formats._project import (
    OUR_CLASSES,
    Project,
    grouped,
    keeps_shape,
    said_of,
)
from dentalviewer.formats.vott_v2 import (
    ASSET_SUFFIX,
    EXPORT_FOLDER,
    EXPORT_SUFFIX,
    NAME,
    OUTLINES,
    TAGGED,
    VISITED,
)
from dentalviewer.geometry import Box
from dentalviewer.labels import label_color
from dentalviewer.study import Finding

VERSION = "2.2.0"
IMAGE = 1


def write_vott_v2(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    project: Project = OUR_CLASSES,
) -> Export:
    """A project in `folder`, its asset files, and the JSON export, for other programs.

    The project names the images where they lie, or are copied to with `copy_images`.
    Raises AnnotationFileError if something cannot be written.
    """
    going = outgoing(images)
    images = going.images
    places = [Path(os.path.abspath(image.path)) for image in images]
    if copy_images:
        target = Path(os.path.abspath(folder))
        places = [
            target / (stem + image.path.suffix)
            for image, stem in zip(images, file_stems(images), strict=True)
        ]
        for image, place in zip(images, places, strict=True):
            copy_radiograph(image.path, place)
    assets: dict[str, dict[str, object]] = {}
    entries: dict[str, dict[str, object]] = {}
    changed_outlines = 0
    for image, place in zip(images, places, strict=True):
        asset, entry = _entry(image, place)
        asset_id = str(asset["id"])
        assets[asset_id], entries[asset_id] = asset, entry
        file = folder / f"{asset_id}{ASSET_SUFFIX}"
        if entry["regions"]:
            write_export(file, _text(entry))
        else:
            remove_earlier(file)
        changed_outlines += sum(map(_is_changed_outline, image.findings))
    name = safe_file_name(Path(os.path.abspath(folder)).name)
    value = _project(name, export_labels(images, project.class_names), project, assets)
    write_export(folder / f"{name}.vott", _text(value))
    left_out = {"sourceConnection", "targetConnection", "exportFormat"}
    shared = {key: value for key, value in value.items() if key not in left_out}
    dashed = re.sub(r"\s", "-", name)
    write_export(
        folder / EXPORT_FOLDER / f"{dashed}{EXPORT_SUFFIX}",
        _text({**shared, "assets": entries}),
    )
    notes = [*notes_on(going, NAME), *note_on_outlines(changed_outlines)]
    if project.rest_of(NAME).get("targetConnection"):
        notes.append(
            "the connections of the project are as they were: give VoTT this folder as"
            " the target, or it shows what it finds in the old one"
        )
    return Export(folder / f"{name}.vott", tuple(notes))


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=4)


def _entry(
    image: LabelledImage, place: Path
) -> tuple[dict[str, object], dict[str, object]]:
    """The asset, and it with its regions; what else was said of them, stays said."""
    rest: dict[str, object] = {}
    if image.rest is not None and image.rest.format_name == NAME:
        rest = unpacked_object(image.rest.said)
    groups = grouped(image.findings)
    said = rest.get("asset")
    asset = _asset(image, place, said if isinstance(said, dict) else {})
    asset["state"] = TAGGED if groups else VISITED
    regions: list[dict[str, object]] = []
    for number, group in enumerate(groups):
        region = _region(image, number, group)
        if region["id"] in [each["id"] for each in regions]:
            region["id"] = _short_id(f"{image.path.name} {number}")
        regions.append(region)
    entry = {"asset": asset, "regions": regions, "version": VERSION}
    return asset, {**rest, **entry, "version": rest.get("version", VERSION)}


def _asset(
    image: LabelledImage, place: Path, said: dict[str, object]
) -> dict[str, object]:
    path = file_url(place)
    size = {"width": image.size.width, "height": image.size.height}
    name = plain_text(place.name)
    if said.get("path") == path:
        return {**said, "name": name, "size": size}
    return {
        "format": place.suffix[1:],
        "state": VISITED,
        "type": IMAGE,
        **said,
        "id": hashlib.md5(path.encode(), usedforsecurity=False).hexdigest(),
        "name": name,
        "path": path,
        "size": size,
    }


def file_url(place: Path) -> str:
    # What JavaScript's encodeURI leaves alone, without the two that VoTT encodes too.
    return "file:" + quote(os.fsencode(place.as_posix()), safe=";,/:@&=+$-_.!~*'()")


def _region(
    image: LabelledImage, number: int, group: Sequence[Finding]
) -> dict[str, object]:
    finding = group[0]
    said = said_of(finding, NAME)
    tags = [each.label for each in group]
    # VoTT needs one, also where a file of another tool has none.
    own_id = {"id": _short_id(f"{image.path.name} {number}")}
    if said and keeps_shape(finding):
        return {**own_id, **said, "tags": tags}
    return {
        **own_id,
        **said,
        "type": "RECTANGLE",
        "tags": tags,
        "boundingBox": _bounding_box(finding.box),
        "points": _points(finding.box),
    }


def _is_changed_outline(finding: Finding) -> bool:
    outline = said_of(finding, NAME).get("type") in OUTLINES
    return outline and not keeps_shape(finding)


def _bounding_box(box: Box) -> dict[str, float]:
    return {
        "height": plain_number(rounded(box.height)),
        "width": plain_number(rounded(box.width)),
        "left": plain_number(box.x_min),
        "top": plain_number(box.y_min),
    }


def _points(box: Box) -> list[dict[str, float]]:
    x_min, y_min, x_max, y_max = map(plain_number, box.corners)
    corners = ((x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max))
    return [{"x": x, "y": y} for x, y in corners]


def _project(
    name: str,
    labels: Sequence[str],
    project: Project,
    assets: Mapping[str, dict[str, object]],
) -> dict[str, object]:
    rest = project.rest_of(NAME)
    unvisited = rest.pop("assets", {})
    names = {asset["name"] for asset in assets.values()}
    if isinstance(unvisited, dict):
        listed = {key: each.get("asset", each) for key, each in unvisited.items()}
        others = {k: v for k, v in listed.items() if v.get("name") not in names}
        assets = {**assets, **others}
    connection = {
        "name": name,
        "providerType": "localFileSystemProxy",
        "providerOptions": _options("connection"),
        "id": _short_id(f"{name} connection"),
    }
    value: dict[str, object] = {
        "name": name,
        "securityToken": f"{name} Token",
        "useSecurityToken": True,
        "videoSettings": {"frameExtractionRate": 15},
        "id": _short_id(name),
        "activeLearningSettings": {
            "autoDetect": False,
            "predictTag": True,
            "modelPathType": "coco",
        },
        "version": VERSION,
        "sourceConnection": connection,
        "targetConnection": connection,
        "exportFormat": {
            "providerType": "vottJson",
            "providerOptions": _options("export"),
        },
        "autoSave": True,
        **rest,
        "tags": _tags(labels, project, rest.get("tags")),
        "assets": assets,
    }
    if value.get("lastVisitedAssetId") not in assets:
        value["lastVisitedAssetId"] = next(iter(assets), "")
    return value


def _tags(
    labels: Sequence[str], project: Project, said: object
) -> list[dict[str, object]]:
    listed = said if isinstance(said, list) else []
    known = {tag.get("name"): tag for tag in listed if isinstance(tag, dict)}
    stated = {each.name: each.color for each in project.classes}
    return [
        {
            **known.get(label, {}),
            "name": label,
            "color": stated.get(label) or label_color(label),
        }
        for label in labels
    ]


def _short_id(text: str) -> str:
    """Nine letters and digits, as VoTT's ids look."""
    # Names of files need not be UTF-8.
    digest = hashlib.sha256(text.encode(errors="backslashreplace")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:9]


def _options(name: str) -> dict[str, str]:
    """VoTT expects these encrypted with a token of its own; nothing is in them."""
    secret = {
        "ciphertext": hashlib.sha256(name.encode()).hexdigest(),
        "iv": hashlib.sha256(name.encode()).hexdigest()[:24],
    }
    return {"encrypted": base64.b64encode(json.dumps(secret).encode()).decode()}
