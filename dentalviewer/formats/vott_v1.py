"""VoTT 1: one JSON project `<image folder>.json` beside the folder of its images.

Coordinates are pixels from the top left corner, edges as in `Box`, in a frame whose
size each region states. Video projects, and some old ones of images, number their
frames instead of naming them, and do not say where they count from.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

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
    export_labels,
    exported,
    plain_number,
    plain_text,
    safe_file_name,
    stated_frame,
    without_repeats,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    notes_on,
    write_export,
)
from dentalviewer.formats._files import JsonObject
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import label_color
from dentalviewer.radiograph import is_radiograph_name

NAME = "VoTT 1"
CORNERS = ("x1", "y1", "x2", "y2")


def read_vott_v1(path: Path, root: JsonObject) -> AnnotationFile:
    """The project, with a key for each frame. Raises AnnotationFileError."""
    frames = {
        root.as_text(name, "the name of a frame"): packed(regions)
        for name, regions in root.object("frames").values.items()
    }
    images = {name: name for name in frames}
    by_name = meant_by_name(images)

    def meant(radiograph: Path) -> Iterable[Meant]:
        return by_name(radiograph) or _by_number(frames, radiograph)

    def read(key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read_frame(path, key, unpacked(frames[key]), aliases)

    return AnnotationFile(path, images, read, meant)


def _by_number(frames: Mapping[str, str], radiograph: Path) -> list[Meant]:
    """A number may count from 0 or from 1; both readings are offered, none is taken."""
    if not any(_is_number(name) for name in frames):
        return []
    stem = radiograph.stem
    number = int(stem) if _is_number(stem) else _place_in_folder(radiograph)
    return [
        Meant(
            str(number - 1 + first),
            f'The project numbers its images. This is its image "{number - 1 + first}"'
            f" only if it counts from {first}.",
        )
        for first in (1, 0)
        if str(number - 1 + first) in frames
    ]


def _is_number(text: str) -> bool:
    return re.fullmatch("[0-9]{1,9}", text) is not None


def _place_in_folder(radiograph: Path) -> int:
    """Counted from 1, in the order in which VoTT 1 lists a folder."""
    try:
        names = sorted(p.name for p in radiograph.parent.iterdir()
                       if is_radiograph_name(p))  # fmt: skip
        return names.index(radiograph.name) + 1
    except (OSError, ValueError):
        return -1


def _read_frame(
    path: Path, name: str, regions: object, aliases: Aliases
) -> ImageAnnotations:
    source = JsonObject(
        path, {"regions": regions}, AnnotationFileError, f"frame {name}"
    )
    gathering = Gathering(path, aliases)
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
        gathering.add(region.place, corners, [tag for tag in tags if tag.strip()])
    if rescaled:
        gathering.notes.append(
            f"regions were drawn at several sizes; {rescaled} of them were scaled to"
            f" {frame} pixels"
        )
    return gathering.finished(NAME, frame)


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
    images: Sequence[LabelledImage], folder: Path, *, copy_images: bool = False
) -> Export:
    """A project for each folder that images come from, as VoTT 1 has one.

    With `copy_images` the images are put where VoTT looks for them. Raises
    AnnotationFileError if something cannot be written.
    """
    images = without_repeats(images)
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
        write_export(written, _project(group))
    notes = notes_on(images, NAME)
    commas = [label for label in export_labels(images) if "," in label]
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


def _project(images: Sequence[LabelledImage]) -> str:
    frames: dict[str, list[dict[str, object]]] = {}
    region_id = 0
    for image in images:
        name = plain_text(image.path.name)
        frames[name] = []
        for number, finding in enumerate(exported(image), start=1):
            label = _tag(finding.label)
            frames[name].append(
                _region(name, number, region_id, finding.box, label, image.size)
            )
            region_id += 1
    labels = [_tag(label) for label in export_labels(images)]
    return json.dumps(
        {
            "frames": frames,
            "framerate": "1",
            "inputTags": ",".join(labels),
            "suggestiontype": "track",
            "scd": False,
            "visitedFrames": list(frames),
            "tag_colors": [label_color(label) for label in labels],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _tag(label: str) -> str:
    # The list of tags is split at commas.
    return label.replace(",", ";")


def _region(
    image: str, number: int, region_id: int, box: Box, label: str, size: Size
) -> dict[str, object]:
    corners = dict(zip(CORNERS, map(plain_number, box.corners), strict=True))
    uid = hashlib.sha256(f"{image} {number}".encode()).hexdigest()[:8]
    return {
        **corners,
        "width": size.width,
        "height": size.height,
        "box": corners,
        "UID": uid,
        "id": region_id,
        "type": "Rectangle",
        "tags": [label],
        "name": number,
    }
