"""VoTT 1: one JSON project `<image folder>.json` beside the folder of its images.

Coordinates are pixels from the top left corner, edges as in `Box`, in a frame whose
size each region states. Video projects, and some old ones of images, number their
frames instead of naming them, and do not say where they count from.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

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
    notes_on,
    write_export,
)
from dentalviewer.formats._files import JsonObject
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import safe_file_name
from dentalviewer.formats._numbered_frames import NumberedFrames, is_number
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._plain import plain_number, plain_text
from dentalviewer.formats._project import (
    NO_PROJECT,
    FreeNumbers,
    Project,
    Rest,
    class_entries,
    grouped,
    keeps_shape,
    said_of,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import label_color
from dentalviewer.study import Finding

NAME = "VoTT 1"
CORNERS = ("x1", "y1", "x2", "y2")
_KNOWN = (
    *CORNERS, "width", "height", "box", "points", "tags", "type", "UID", "id", "name",
)  # fmt: skip


def read_vott_v1(path: Path, root: JsonObject) -> AnnotationFile:
    """The project, with a key for each frame. Raises AnnotationFileError."""
    frames = {
        root.as_text(name, "the name of a frame"): packed(regions)
        for name, regions in root.object("frames").values.items()
    }
    numbered = _numbered(path, root, frames)
    # VoTT 1 has its project beside the folder of its images.
    folder = path.with_suffix("")
    found = numbered.names(folder if folder.is_dir() else path.parent)
    images = {
        name: found.get(int(name), name) if is_number(name) else name for name in frames
    }
    by_name = meant_by_name({n: n for n in frames if not is_number(n)})

    def meant(radiograph: Path) -> Iterable[Meant]:
        return by_name(radiograph) or numbered.meant(radiograph)

    def read(key: str, radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        said = _read_frame(path, key, unpacked(frames[key]), aliases)
        if radiograph is None or not is_number(key):
            return said
        note = f'{radiograph.name} was taken for image "{key}" of those it numbers'
        return replace(said, notes=(*said.notes, note))

    project = _project_of(root, frames)
    return AnnotationFile(path, images, read, meant, lambda: project, path)


def _numbered(
    path: Path, root: JsonObject, frames: Mapping[str, str]
) -> NumberedFrames:
    def frame_of(key: str) -> Callable[[], Size | None]:
        return lambda: _read_frame(path, key, unpacked(frames[key]), None).frame

    listed = root.items("visitedFrames") if root.has("visitedFrames") else []
    visited = [str(each) for each in listed if not is_number(str(each))]
    keys = [key for key in frames if is_number(key)]
    return NumberedFrames(
        frozenset(map(int, keys)),
        {int(key): frame_of(key) for key in keys if frames[key] != "[]"},
        visited,
    )


def _project_of(root: JsonObject, frames: Mapping[str, str]) -> Project:
    tags = root.text("inputTags") if root.has("inputTags") else ""
    colors = root.items("tag_colors") if root.has("tag_colors") else []
    listed = root.items("visitedFrames") if root.has("visitedFrames") else []
    rest = without(root.values, "frames", "inputTags", "tag_colors", "visitedFrames")
    visited = [v for v in listed if str(v) not in frames and not is_number(str(v))]
    if visited:
        rest["visitedFrames"] = visited
    classes = class_entries([tag.strip() for tag in tags.split(",")], colors)
    return Project(classes, (Rest(NAME, packed(rest)),))


def _read_frame(
    path: Path, name: str, regions: object, aliases: Aliases
) -> ImageAnnotations:
    source = JsonObject(
        path, {"regions": regions}, AnnotationFileError, f"frame {name}"
    )
    gathering = Gathering(path, NAME, aliases)
    objects = source.objects("regions", "region")
    gathering.require_sensible_count(len(objects))
    frame: Size | None = None
    rescaled = 0
    for region in objects:
        corners = _corners(region)
        stated = _frame(region)
        if frame is not None and stated is not None and stated != frame:
            factors = (frame.width / stated.width, frame.height / stated.height) * 2
            corners = [c * f for c, f in zip(corners, factors, strict=True)]
            rescaled += 1
        frame = frame or stated
        tags = region.texts("tags") if region.has("tags") else []
        count_unknown(gathering.left_out, region.values, _KNOWN)
        gathering.add(
            region.place,
            corners,
            [tag for tag in tags if tag.strip()],
            said=packed(region.values),
        )
    if rescaled:
        gathering.notes.append(
            f"regions were drawn at several sizes; {rescaled} of them were scaled to"
            f" {frame} pixels"
        )
    return gathering.finished(frame)


def _frame(region: JsonObject) -> Size | None:
    if not (region.has("width") and region.has("height")):
        return None
    width, height = region.number("width"), region.number("height")
    return stated_frame(region.path, region.place, width, height)


def _corners(region: JsonObject) -> list[float]:
    """Written twice or three times over; any one will do."""
    if region.has("x1"):
        return [region.number(key) for key in CORNERS]
    if region.has("box"):
        box = region.object("box")
        return [box.number(key) for key in CORNERS]
    points = region.objects("points", "point")
    if not points:
        raise region.fault("it has neither box nor points")
    xs, ys = ([point.number(axis) for point in points] for axis in "xy")
    return [min(xs), min(ys), max(xs), max(ys)]


def write_vott_v1(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    project: Project = NO_PROJECT,
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
    written = folder
    for parent, group in groups.items():
        name = _free_name(safe_file_name(parent.name), taken)
        written = folder / f"{name}.json"
        if copy_images:
            for image in group:
                copy_radiograph(image.path, folder / name / image.path.name)
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
    for image in images:
        name = plain_text(image.path.name)
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
