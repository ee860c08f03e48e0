"""VoTT 1: one JSON project `<image folder>.json` beside the folder of its images.

Coordinates are pixels from the top left corner, edges as in `Box`, in a frame whose
size each region states. Video projects, and some old ones of images, number their
frames instead of naming them, and do not say where they count from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

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
from dentalviewer.formats._numbered_frames import NumberedFrames, is_number
from dentalviewer.formats._packing import packed, unpacked
from dentalviewer.formats._project import (
    Project,
    Rest,
    class_entries,
)
from dentalviewer.geometry import Size
from dentalviewer.storage.json_object import JsonObject

NAME = "VoTT 1"
CORNERS = ("x1", "y1", "x2", "y2")
_KNOWN = (
    *CORNERS, "width", "height", "box", "points", "tags", "type", "UID", "id", "name",
)  # fmt: skip
_KNOWN_OF_PROJECTS = ("framerate", "suggestiontype", "scd", "visitedFrames")


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
    return AnnotationFile(path, NAME, images, read, meant, lambda: project, path)


def _numbered(
    path: Path, root: JsonObject, frames: Mapping[str, bytes]
) -> NumberedFrames:
    def frame_of(key: str) -> Callable[[], Size | None]:
        return lambda: _read_frame(path, key, unpacked(frames[key]), None).frame

    listed = root.items("visitedFrames") if root.has("visitedFrames") else []
    visited = [str(each) for each in listed if not is_number(str(each))]
    keys = [key for key in frames if is_number(key)]
    return NumberedFrames(
        frozenset(map(int, keys)),
        {int(key): frame_of(key) for key in keys if unpacked(frames[key]) != []},
        visited,
    )


def _project_of(root: JsonObject, frames: Mapping[str, bytes]) -> Project:
    tags = root.text("inputTags") if root.has("inputTags") else ""
    colors = root.items("tag_colors") if root.has("tag_colors") else []
    listed = root.items("visitedFrames") if root.has("visitedFrames") else []
    rest = without(root.values, "frames", "inputTags", "tag_colors", "visitedFrames")
    visited = [v for v in listed if str(v) not in frames and not is_number(str(v))]
    if visited:
        rest["visitedFrames"] = visited
    classes = class_entries([tag.strip() for tag in tags.split(",")], colors)
    left_out: Counter[str] = Counter()
    count_unknown(left_out, rest, _KNOWN_OF_PROJECTS)
    return Project(classes, (Rest(NAME, packed(rest)),), tuple(left_out.items()))


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
