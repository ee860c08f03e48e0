"""VoTT 2: a project `NAME.vott`, an asset file for each image with regions, and its
JSON export, which holds all of them in one.

A bounding box is left, top, width and height in pixels from the top left corner, so
left + width is the edge that `Box` calls x_max. The order of `points` is not to be
relied on. Asset ids are hashes of paths, which change when images are moved, so that
images are told by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import unquote

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import (
    AnnotationFile,
    Meant,
    meant_by_name,
)
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    count_unknown,
    stated_frame,
    without,
)
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import base_name, same_name
from dentalviewer.formats._packing import packed, unpacked
from dentalviewer.formats._project import (
    Project,
    Rest,
    class_entries,
)
from dentalviewer.geometry import Size
from dentalviewer.storage.json_object import JsonObject, read_json

NAME = "VoTT 2"
ASSET_SUFFIX = "-asset.json"
EXPORT_SUFFIX = "-export.json"
EXPORT_FOLDER = "vott-json-export"
VISITED, TAGGED = 1, 2
OUTLINES = ("POLYGON", "POLYLINE")
_KNOWN = frozenset(("id", "type", "tags", "boundingBox", "points"))
# Settings of the program, and what is said of images and classes.
_KNOWN_OF_PROJECTS = (
    "name", "id", "version", "securityToken", "useSecurityToken", "videoSettings",
    "sourceConnection", "targetConnection", "exportFormat", "activeLearningSettings",
    "autoSave", "lastVisitedAssetId", "tags", "assets",
)  # fmt: skip
_KNOWN_OF_ASSETS = frozenset(("format", "id", "name", "path", "size", "state", "type"))


def read_vott_v2(path: Path, root: JsonObject) -> AnnotationFile:
    """A project or its JSON export; the regions of a project are in files beside it.

    Raises AnnotationFileError.
    """
    assets = root.object("assets")
    entries = {key: packed(value) for key, value in assets.values.items()}
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
        entry = JsonObject.of(path, unpacked(entries[key]), AnnotationFileError, place)
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

    return AnnotationFile(path, NAME, images, read, meant, lambda: project, path)


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
    left_out: Counter[str] = Counter()
    count_unknown(left_out, rest, _KNOWN_OF_PROJECTS)
    for tag in tags:
        count_unknown(left_out, tag.values, ("name", "color"))
    return Project(
        class_entries(names, colors),
        (Rest(NAME, packed(rest)),),
        tuple(left_out.items()),
    )


def read_vott_v2_asset(path: Path, root: JsonObject) -> AnnotationFile:
    """The asset file of one image. Raises AnnotationFileError."""
    images = {"": stated_path(root.object("asset"))}

    def read(_key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read_entry(path, root, aliases)

    return AnnotationFile(path, NAME, images, read, meant_by_name(images))


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
        if region.has("type") and region.text("type") in OUTLINES:
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
        left, top = box.number("left"), box.number("top")
        width, height = box.number("width"), box.number("height")
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
