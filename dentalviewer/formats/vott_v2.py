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
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import (
    AnnotationFile,
    Meant,
    meant_by_name,
    packed,
    unpacked,
)
from dentalviewer.formats._annotations import (
    Aliases,
    Gathering,
    ImageAnnotations,
    LabelledImage,
    base_name,
    export_labels,
    exported,
    plain_number,
    plain_text,
    rounded,
    safe_file_name,
    same_name,
    stated_frame,
    without_repeats,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    notes_on,
    write_export,
)
from dentalviewer.formats._files import JsonObject, read_json
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import label_color

NAME = "VoTT 2"
VERSION = "2.2.0"
ASSET_SUFFIX = "-asset.json"
VISITED, TAGGED = 1, 2
IMAGE = 1
_OUTLINES = ("POLYGON", "POLYLINE")


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

    return AnnotationFile(path, images, read, meant)


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


def asset_file(project: Path, asset_id: str) -> Path:
    if re.fullmatch("[0-9A-Za-z_-]{1,100}", asset_id) is None:
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
        return _read_entry(path, root, aliases)
    gathering = Gathering(project, aliases)
    # VoTT deletes the file of an image that has no regions any more.
    if asset.has("state") and asset.whole_number("state") == TAGGED:
        gathering.notes.append(
            f"the project says that regions were drawn, but {path.name} is not there"
        )
    return gathering.finished(NAME, _frame(asset))


def _read_entry(path: Path, entry: JsonObject, aliases: Aliases) -> ImageAnnotations:
    gathering = Gathering(path, aliases)
    regions = entry.objects("regions", "region")
    gathering.require_sensible_count(len(regions))
    for region in regions:
        tags = region.texts("tags") if region.has("tags") else []
        labels = [tag for tag in tags if tag.strip()]
        x_min, y_min, x_max, y_max = edges = _edges(region)
        if region.has("type") and region.text("type") in _OUTLINES:
            corners = ((x_min, y_min), (x_max, y_max))
            gathering.add_outline(region.place, corners, labels)
        else:
            gathering.add(region.place, edges, labels)
    return gathering.finished(NAME, _frame(entry.object("asset")))


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
    images: Sequence[LabelledImage], folder: Path, *, copy_images: bool = False
) -> Export:
    """A project in `folder`, its asset files, and the JSON export, for other programs.

    The project names the images where they lie, or are copied to with `copy_images`.
    Raises AnnotationFileError if something cannot be written.
    """
    images = without_repeats(images)
    assets: dict[str, dict[str, object]] = {}
    entries: dict[str, dict[str, object]] = {}
    for image, stem in zip(images, file_stems(images), strict=True):
        place = Path(os.path.abspath(image.path))
        if copy_images:
            place = Path(os.path.abspath(folder)) / (stem + image.path.suffix)
            copy_radiograph(image.path, place)
        asset, regions = _asset(image, place), _regions(image)
        asset_id = str(asset["id"])
        assets[asset_id] = asset
        entries[asset_id] = {"asset": asset, "regions": regions, "version": VERSION}
        if regions:
            write_export(folder / f"{asset_id}{ASSET_SUFFIX}", _text(entries[asset_id]))
    name = safe_file_name(Path(os.path.abspath(folder)).name)
    project = _project(name, export_labels(images), assets)
    write_export(folder / f"{name}.vott", _text(project))
    left_out = {"sourceConnection", "targetConnection", "exportFormat"}
    shared = {key: value for key, value in project.items() if key not in left_out}
    dashed = re.sub(r"\s", "-", name)
    write_export(
        folder / "vott-json-export" / f"{dashed}-export.json",
        _text({**shared, "assets": entries}),
    )
    return Export(folder / f"{name}.vott", tuple(notes_on(images, NAME)))


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=4)


def _asset(image: LabelledImage, place: Path) -> dict[str, object]:
    # What JavaScript's encodeURI leaves alone, without the two that VoTT encodes too.
    path = "file:" + quote(os.fsencode(place.as_posix()), safe=";,/:@&=+$-_.!~*'()")
    return {
        "format": place.suffix[1:],
        "id": hashlib.md5(path.encode(), usedforsecurity=False).hexdigest(),
        "name": plain_text(place.name),
        "path": path,
        "size": {"width": image.size.width, "height": image.size.height},
        "state": TAGGED if exported(image) else VISITED,
        "type": IMAGE,
    }


def _regions(image: LabelledImage) -> list[dict[str, object]]:
    regions: list[dict[str, object]] = []
    for number, finding in enumerate(exported(image)):
        regions.append(
            {
                "id": _short_id(f"{image.path.name} {number}"),
                "type": "RECTANGLE",
                "tags": [finding.label],
                "boundingBox": _bounding_box(finding.box),
                "points": _points(finding.box),
            }
        )
    return regions


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
    name: str, labels: Sequence[str], assets: Mapping[str, object]
) -> dict[str, object]:
    connection = {
        "name": name,
        "providerType": "localFileSystemProxy",
        "providerOptions": _options("connection"),
        "id": _short_id(f"{name} connection"),
    }
    return {
        "name": name,
        "securityToken": f"{name} Token",
        "useSecurityToken": True,
        "videoSettings": {"frameExtractionRate": 15},
        "tags": [{"name": label, "color": label_color(label)} for label in labels],
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
        "assets": assets,
        "lastVisitedAssetId": next(iter(assets), ""),
    }


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
