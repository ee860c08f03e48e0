"""Where a conversion may write, so that nothing is read twice afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
    ANOTHER_SPLIT,
    IS_THERE,
    ITSELF,
    written_so_far,
)
from dentalviewer.formats._image_names import folded, stated_names
from dentalviewer.formats.class_settings import FILE_NAME as CLASS_SETTINGS
from dentalviewer.formats.locating import radiographs_below
from dentalviewer.formats.sidecars import may_be_annotations, may_be_yolo
from dentalviewer.formats.vott_v2 import ASSET_SUFFIX
from dentalviewer.formats.yolo_classes import CLASSES
from dentalviewer.phrases import counted
from dentalviewer.storage.files import content_digest

COCO_FILE = "annotations/instances_{}.json"
_PARTS = ("default", "train", "val")
# Where formats that have a folder for pictures have them.
_IN_FOLDERS = {"coco": "images", "yolo": "images", "voc": "JPEGImages"}
# Of the files that formats without a word for parts write.
_SUFFIXES = (".json", ".vott", ".csv")
# Where formats that have a file for each radiograph have them.
_OF_EACH = {
    "labelme": "**/*.json",
    "voc": "Annotations/**/*.xml",
    "vott2": f"**/*{ASSET_SUFFIX}",
    "yolo": "labels/**/*.txt",
}
# The suffix of a file about all radiographs.
_ABOUT_ALL = {"csv": ".csv", "vott1": ".json", "vott2": ".vott"}

Tell = Callable[[str, int, int], object]
"""Given what is done, how many of it are done, and how many there are; 0 where that is
not known yet.
"""


def require_apart(destination: Path, sources: Sequence[Path]) -> None:
    place = real_path(destination)
    for folder in dict.fromkeys(source.parent for source in sources):
        source = real_path(folder)
        if place.is_relative_to(source) or source.is_relative_to(place):
            raise AnnotationFileError(
                destination,
                f"what is exported lies in {folder}: choose a folder apart from it",
            )


def real_path(path: Path) -> Path:
    return Path(os.path.realpath(path))


def require_same_split(
    folder: Path, format_name: str, parts: Mapping[str, Sequence[LabelledImage]]
) -> None:
    """Raises AnnotationFileError where an earlier export into the folder has a file or
    folder for a part that is not written now: read again, its images counted twice.
    """
    others = [name for name in _PARTS if name not in parts]
    if format_name == "coco":
        places = [folder / COCO_FILE.format(name) for name in others]
    else:
        places = [folder / name for name in others if name != "default"]
        if "default" in parts:
            names = stated_names(parts["default"])
            places = [p for p in places if _may_be_a_part(p, names, format_name)]
        else:
            # What else a reader has put there is no export.
            found = (p for suffix in _SUFFIXES for p in folder.glob(f"*{suffix}"))
            places += [path for path in found if path.name != CLASS_SETTINGS]
    for place in places:
        if place.exists():
            raise AnnotationFileError(place, ANOTHER_SPLIT)


def _may_be_a_part(place: Path, names: Sequence[str], format_name: str) -> bool:
    """Whether a folder may have a part of an earlier export, and not only what this one
    has there too, as the radiographs themselves lie in folders of such names.
    """
    if not any(name.startswith(f"{place.name}/") for name in names):
        return True
    suffix = _ABOUT_ALL.get(format_name)
    if suffix and any(p.name != CLASS_SETTINGS for p in place.glob(f"*{suffix}")):
        return True
    own = set(names)
    there = (place / name for name in names if f"{place.name}/{name}" not in own)
    return any(p.exists() or p.with_suffix(".json").exists() for p in there)


def notes_on_earlier_files(folder: Path, format_name: str) -> list[str]:
    """Once an export is written: of a format with a file for each radiograph, what lies
    there of others. An earlier export may have had them, and so may the reader.
    """
    own = {folded(path.as_posix()) for path in written_so_far()}
    pattern = _OF_EACH.get(format_name)
    others = [
        path
        for path in (sorted(folder.glob(pattern)) if pattern else ())
        if folded(path.as_posix()) not in own and _is_about_one(path)
    ]
    if not others:
        return []
    files = counted(len(others), "annotation file")
    lie, them = ("lies", "it") if len(others) == 1 else ("lie", "them")
    return [
        f"{files} from before {lie} here too and will be read with these, such as"
        f" {others[0].relative_to(folder).as_posix()}: delete {them} if the set no"
        " longer has the radiograph"
    ]


def _is_about_one(path: Path) -> bool:
    """And no list of classes, nor a review or what else has such a name."""
    if path.suffix == ".txt":
        return path.name != CLASSES and may_be_yolo(path)
    return path.name.endswith(ASSET_SUFFIX) or may_be_annotations(path)


@dataclass(slots=True)
class Counting:
    """Tells of one radiograph after the other."""

    tell: Tell
    what: str
    total: int
    done: int = 0

    def __call__(self, _radiograph: Path) -> None:
        self.tell(self.what, self.done, self.total)
        self.done += 1


class Copying:
    """Tells of one copy after the other, and lets none be made beside another one that
    lies elsewhere in the folder, of an export in another format or because the folder
    has the radiographs themselves.
    """

    def __init__(
        self,
        tell: Tell,
        images: Sequence[LabelledImage],
        folder: Path,
        format_name: str,
    ) -> None:
        self._count = Counting(tell, "Copying", len(images))
        self._images = images
        self._folder = folder
        self._format = format_name
        self._others: dict[tuple[str, int], list[Path]] | None = None
        self._digests: dict[tuple[str, int], dict[str, Path]] = {}

    def __call__(self, radiograph: Path, target: Path) -> None:
        """Raises AnnotationFileError."""
        with suppress(OSError):  # That it cannot be copied is told where it is.
            other = self._copy_of(radiograph, target)
            if other is not None:
                raise AnnotationFileError(other, self._why_not(other))
        self._count(radiograph)

    def _copy_of(self, radiograph: Path, target: Path) -> Path | None:
        """Raises OSError if the radiograph cannot be read."""
        if self._others is None:
            self._others = _by_name_and_length(self._elsewhere())
        key = folded(target.name), radiograph.stat().st_size
        if key not in self._others:
            return None
        if key not in self._digests:
            self._digests[key] = {content_digest(p): p for p in self._others[key]}
        return self._digests[key].get(content_digest(radiograph))

    def _elsewhere(self) -> Iterator[Path]:
        """The radiographs in the folder that are not where this format has them."""
        names = {folded(name) for name in stated_names(self._images)}
        parents = {folded(image.path.parent.name) for image in self._images}
        own = _IN_FOLDERS.get(self._format)
        for path in radiographs_below(self._folder):
            place = folded(path.relative_to(self._folder).as_posix())
            first, _, rest = place.partition("/")
            if own is not None:
                is_own = first == folded(own)
            elif self._format == "vott1":
                is_own = first in parents or rest.partition("/")[0] in parents
            else:
                is_own = place in names or (first in _PARTS and rest in names)
            if not is_own:
                yield path

    def _why_not(self, other: Path) -> str:
        own = (real_path(image.path) for image in self._images)
        return ITSELF if real_path(other) in own else IS_THERE


def _by_name_and_length(paths: Iterable[Path]) -> dict[tuple[str, int], list[Path]]:
    found: dict[tuple[str, int], list[Path]] = {}
    for path in paths:
        with suppress(OSError):
            key = folded(path.name), path.stat().st_size
            found.setdefault(key, []).append(path)
    return found
