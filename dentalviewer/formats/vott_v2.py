"""VoTT 2: a project `NAME.vott`, an asset file for each image with regions, and its
JSON export, which holds all of them in one.

A bounding box is left, top, width and height in pixels from the top left corner, so
left + width is the edge that `Box` calls x_max. The order of `points` is not to be
relied on. Asset ids are hashes of paths, which change when images are moved, so that
images are told by name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import (
    AnnotationFile,
    Meant,
    meant_by_name,
    unpacked,
)
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    count_unknown,
    packed,
    stated_frame,
    without,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    note_on_outlines,
    notes_on,
    write_export,
)
from dentalviewer.formats._files import JsonObject, read_json
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import base_name, safe_file_name, same_name
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._plain import plain_number, plain_text, rounded
from dentalviewer.formats._project import (
    NO_PROJECT,
    Project,
    Rest,
    class_entries,
    grouped,
    keeps_shape,
    said_of,
    unpacked_object,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import label_color
from dentalviewer.study import Finding

NAME = "VoTT 2"
VERSION = "2.2.0"
ASSET_SUFFIX = "-asset.json"
EXPORT_SUFFIX = "-export.json"
VISITED, TAGGED = 1, 2
IMAGE = 1
_OUTLINES = ("POLYGON", "POLYLINE")
_KNOWN = ("id", "type", "tags", "boundingBox", "points")
_KNOWN_OF_ASSETS = ("format", "id", "name", "path", "size", "state", "type")


def read_vott_v2(path: Path, root: JsonObject) -> AnnotationFile:
    """A project or its JSON export; the regions of a project are in files beside it.

    Raises AnnotationFileError.
    """
    assets = root.object("assets")
    texts = {key: packed(value) for key, value in assets.values.items()}
    images = {}
    unvisited = set()
    for key in assets.values:
        entry = assets.object(key)
        asset = entry.object("asset") if entry.has("asset") else entry
        images[key] = stated_path(asset)
        if asset.has("state") and asset.whole_number("state") < VISITED:
            unvisited.add(key)
    by_name = meant_by_name(images)
    project = _project_of(path, root, unvisited)

    def read(key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        place = f"asset {base_name(images[key])}"
        entry = JsonObject.of(path, unpacked(texts[key]), AnnotationFileError, place)
        if entry.has("asset"):
            return _read_entry(path, entry, aliases)
        return _read_beside(path, key, entry, aliases)

    def meant(radiograph: Path) -> list[Meant]:
        return [
            each
            for each in by_name(radiograph)
            # VoTT lists every image of the folder, looked at or not.
            if each.key not in unvisited or asset_file(path, each.key).exists()
        ]

    return AnnotationFile(path, images, read, meant, lambda: project, path)


def _project_of(path: Path, root: JsonObject, unvisited: Collection[str]) -> Project:
    tags = root.objects("tags", "tag") if root.has("tags") else []
    names = [tag.text("name") for tag in tags if tag.has("name")]
    colors = [tag.values.get("color") for tag in tags if tag.has("name")]
    rest = without(root.values, "assets")
    assets = root.object("assets").values
    others = {
        key: entry
        for key, entry in assets.items()
        if key in unvisited and _is_plain_id(key) and not asset_file(path, key).exists()
    }
    if others:
        rest["assets"] = others
    return Project(class_entries(names, colors), (Rest(NAME, packed(rest)),))


def read_vott_v2_asset(path: Path, root: JsonObject) -> AnnotationFile:
    """The asset file of one image. Raises AnnotationFileError."""
    images = {"": stated_path(root.object("asset"))}

    def read(_key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read_entry(path, root, aliases)

    return AnnotationFile(path, images, read, meant_by_name(images))


def stated_path(asset: JsonObject) -> str:
    """The path of the image, or its mere name, as the asset states it."""
    name = asset.text("name")
    path = asset.text("path") if asset.has("path") else ""
    decoded = unquote(path.removeprefix("file:"), errors="replace")
    return decoded if same_name(base_name(decoded), name) else name


def _is_plain_id(asset_id: str) -> bool:
    return re.fullmatch("[0-9A-Za-z_-]{1,100}", asset_id) is not None


def asset_file(project: Path, asset_id: str) -> Path:
    if not _is_plain_id(asset_id):
        raise AnnotationFileError(
            project, f"{asset_id[:40]!a} cannot be the id of an asset"
        )
    return project.with_name(asset_id + ASSET_SUFFIX)


def _read_beside(
    project: Path, asset_id: str, asset: JsonObject, aliases: Aliases
) -> ImageAnnotations:
    path = asset_file(project, asset_id)
    if path.exists():
        root = JsonObject.of(
            path, read_json(path, error=AnnotationFileError), AnnotationFileError
        )
        return _read_entry(path, root, aliases, asset.values)
    gathering = Gathering(project, NAME, aliases)
    # VoTT deletes the file of an image that has no regions any more.
    if asset.has("state") and asset.whole_number("state") == TAGGED:
        gathering.notes.append(
            f"the project says that regions were drawn, but {path.name} is not there"
        )
    return gathering.finished(_frame(asset), {"asset": asset.values})


def _read_entry(
    path: Path,
    entry: JsonObject,
    aliases: Aliases,
    listed: Mapping[str, object] | None = None,
) -> ImageAnnotations:
    """`listed` is what the project says of the asset that has a file of its own."""
    gathering = Gathering(path, NAME, aliases)
    regions = entry.objects("regions", "region")
    gathering.require_sensible_count(len(regions))
    for region in regions:
        tags = region.texts("tags") if region.has("tags") else []
        labels = [tag for tag in tags if tag.strip()]
        x_min, y_min, x_max, y_max = edges = _edges(region)
        said = packed(region.values)
        count_unknown(gathering.left_out, region.values, _KNOWN)
        if region.has("type") and region.text("type") in _OUTLINES:
            corners = ((x_min, y_min), (x_max, y_max))
            gathering.add_outline(region.place, corners, labels, said=said)
        else:
            gathering.add(region.place, edges, labels, said=said)
    asset = entry.object("asset")
    count_unknown(gathering.left_out, asset.values, _KNOWN_OF_ASSETS)
    rest = without(entry.values, "regions")
    rest["asset"] = {**(listed or {}), **asset.values}
    return gathering.finished(_frame(asset), rest)


def _edges(region: JsonObject) -> tuple[float, float, float, float]:
    if region.has("boundingBox"):
        box = region.object("boundingBox")
        left, top, width, height = (
            box.number(key) for key in ("left", "top", "width", "height")
        )
        # 1.1 + 2.2 is 3.3000000000000003, which nobody drew.
        return left, top, round(left + width, 10), round(top + height, 10)
    points = region.objects("points", "point")
    if not points:
        raise region.fault("it has neither boundingBox nor points")
    xs, ys = ([point.number(axis) for point in points] for axis in "xy")
    return min(xs), min(ys), max(xs), max(ys)


def _frame(asset: JsonObject) -> Size | None:
    if not asset.has("size"):
        return None
    size = asset.object("size")
    width, height = size.number("width"), size.number("height")
    return stated_frame(asset.path, asset.name_of("size"), width, height)


def write_vott_v2(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    project: Project = NO_PROJECT,
) -> Export:
    """A project in `folder`, its asset files, and the JSON export, for other programs.

    The project names the images where they lie, or are copied to with `copy_images`.
    Raises AnnotationFileError if something cannot be written.
    """
    going = outgoing(images)
    images = going.images
    assets: dict[str, dict[str, object]] = {}
    entries: dict[str, dict[str, object]] = {}
    changed_outlines = 0
    for image, stem in zip(images, file_stems(images), strict=True):
        place = Path(os.path.abspath(image.path))
        if copy_images:
            place = Path(os.path.abspath(folder)) / (stem + image.path.suffix)
            copy_radiograph(image.path, place)
        asset, entry = _entry(image, place)
        asset_id = str(asset["id"])
        assets[asset_id], entries[asset_id] = asset, entry
        if entry["regions"]:
            write_export(folder / f"{asset_id}{ASSET_SUFFIX}", _text(entry))
        changed_outlines += sum(map(_is_changed_outline, image.findings))
    name = safe_file_name(Path(os.path.abspath(folder)).name)
    value = _project(name, export_labels(images, project.class_names), project, assets)
    write_export(folder / f"{name}.vott", _text(value))
    left_out = {"sourceConnection", "targetConnection", "exportFormat"}
    shared = {key: value for key, value in value.items() if key not in left_out}
    dashed = re.sub(r"\s", "-", name)
    write_export(
        folder / "vott-json-export" / f"{dashed}{EXPORT_SUFFIX}",
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
        rest = unpacked_object(image.rest.text)
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
    if said and keeps_shape(finding):
        return {**said, "tags": tags}
    return {
        "id": _short_id(f"{image.path.name} {number}"),
        **said,
        "type": "RECTANGLE",
        "tags": tags,
        "boundingBox": _bounding_box(finding.box),
        "points": _points(finding.box),
    }


def _is_changed_outline(finding: Finding) -> bool:
    outline = said_of(finding, NAME).get("type") in _OUTLINES
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
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return digest.decode()[:9]


def _options(name: str) -> dict[str, str]:
    """VoTT expects these encrypted with a token of its own; nothing is in them."""
    secret = {
        "ciphertext": hashlib.sha256(name.encode()).hexdigest(),
        "iv": hashlib.sha256(name.encode()).hexdigest()[:24],
    }
    return {"encrypted": base64.b64encode(json.dumps(secret).encode()).decode()}
