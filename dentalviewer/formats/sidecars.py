"""Finding the annotation files that lie beside a radiograph."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._image_names import folded
from dentalviewer.formats._listings import (
    FindFile,
    find_on_disk,
    settled_since,
)
from dentalviewer.formats._opening import MAX_BYTES, open_annotation_file
from dentalviewer.formats._voc_project import ANNOTATIONS
from dentalviewer.formats.coco_export import FILE_NAME as PREDICTIONS
from dentalviewer.formats.locating import Locator, counterpart
from dentalviewer.formats.pascal_voc import stem_of_vott_v1
from dentalviewer.formats.review_file import REVIEW_SUFFIX
from dentalviewer.formats.vott_v2 import (
    ASSET_SUFFIX,
    EXPORT_FOLDER,
    EXPORT_SUFFIX,
    asset_file,
    stated_path,
)
from dentalviewer.formats.yolo import NAME as YOLO
from dentalviewer.formats.yolo import looks_like_yolo
from dentalviewer.formats.yolo_classes import CLASSES
from dentalviewer.radiograph import is_radiograph_name
from dentalviewer.storage.json_object import JsonObject, parse_json, read_json

# Files about many images that are looked into; a folder with more is not meant so.
MAX_SHARED_FILES = 20
START = 65_536
MAX_ASSET_BYTES = 2 * 1024 * 1024
MAX_ASSETS = 20_000
_OF_COCO, _IMAGES = "annotations", "images"
_SHARED_JSON = re.compile(rb'"(frames|assets|images|annotations)"\s*:\s*[\[{]')
# What bears the image's name and is no JSON at all is damaged, and must be spoken of.
_OWN_JSON = re.compile(_SHARED_JSON.pattern + rb'|"shapes"\s*:\s*\[|^(?!\s*[\[{])')
_ANNOTATIONS = re.compile(
    _SHARED_JSON.pattern + rb'|"shapes"\s*:\s*\[|<annotation\b', re.ASCII
)
# A damaged line still starts like one.
_YOLO = re.compile(rb"(?:\xef\xbb\xbf)?\s*\d+[ \t]+\d?\.\d")


def find_sidecars(radiograph: Path) -> tuple[Path, ...]:
    """The annotation files that may speak of a radiograph, each once.

    Beside it, or where the tools put them seen from it. Small ones are looked into;
    whether a damaged one is about it cannot be told, so it is among them.
    """
    return FolderOfSidecars(radiograph.parent).find(radiograph)


class FolderOfSidecars:
    """Finds the sidecars of many radiographs of one folder, which it lists but once.

    `find_file` is asked for those that bear the name of a radiograph.
    """

    def __init__(self, folder: Path, find_file: FindFile = find_on_disk) -> None:
        self._folder = Path(os.path.abspath(folder))
        self._find_file = find_file
        self._beside = _listed(self._folder)
        self._vott_v1 = list(_vott_v1(self._folder))
        self._of_voc = _folders_of_voc(self._folder)
        self._of_yolo = _folders_of_yolo(self._folder)
        self._locators: dict[Path, Locator] = {}

    def find(self, radiograph: Path) -> tuple[Path, ...]:
        """As `find_sidecars` does."""
        image = self._folder / radiograph.name
        found = [
            *self._vott_v1,
            *_vott_v2(image, self._beside),
            *_pascal_voc(image, self._of_voc, self._find_file),
            *_own_json(image, self._find_file),
            *_yolo(image, self._of_yolo, self._find_file),
        ]
        shared = [
            *_about_it(self._beside.shared, image),
            *(path for path in self._beside.apart if self._leads_to(path, image)),
        ]
        telling = [path for path in shared if _tells_of_findings(path)]
        found += telling if found or telling else shared
        return tuple(dict.fromkeys(found))

    def _leads_to(self, path: Path, image: Path) -> bool:
        """Whether a file in another folder means this picture, and none of its name in
        a third, as images/train/1.png. A damaged file may.
        """
        try:
            if not _is_about(path, image):
                return False
            file = open_annotation_file(path)
        except AnnotationFileError:
            return True
        if path not in self._locators:
            self._locators[path] = Locator(path, self._find_file)
        locate = self._locators[path].locate
        found = [locate(file.images[meant.key]) for meant in file.meant(image)]
        # Of those with names that lead nowhere, these folders are the ones for it.
        nowhere = path.parent.name == _OF_COCO and not any(found)
        return nowhere or image in found


@dataclass(frozen=True, slots=True)
class _Listing:
    """Of a folder the files that may be about several images in it; those that lie
    `apart` from it may be about others, too.
    """

    projects: tuple[Path, ...] = ()
    assets: frozenset[str] = frozenset()
    exports: tuple[Path, ...] = ()
    shared: tuple[Path, ...] = ()
    apart: tuple[Path, ...] = ()


def _listed(folder: Path) -> _Listing:
    """Listed once for all images of a folder, unless something has just changed."""
    try:
        settled = settled_since(folder)
        return _list(folder) if settled is None else _list_once(folder, settled)
    except OSError:
        return _Listing()


@lru_cache(maxsize=16)
def _list_once(folder: Path, _settled: tuple[int, int]) -> _Listing:
    return _list(folder)


def _list(folder: Path) -> _Listing:
    # A Mac leaves "._7.json" beside 7.json where the disk is not its own.
    names = sorted(e.name for e in os.scandir(folder) if not e.name.startswith("."))
    stems = {
        folded(stem)
        for name in names
        if is_radiograph_name(Path(name))
        for stem in (Path(name).stem, name)
    }
    own = (REVIEW_SUFFIX, ASSET_SUFFIX, EXPORT_SUFFIX)
    projects = [folder / name for name in names if name.casefold().endswith(".vott")]
    exports = [folder / name for name in names if name.endswith(EXPORT_SUFFIX)]
    shared = [
        folder / name
        for name in names
        if name.casefold().endswith(".json")
        and not name.endswith(own)
        and folded(name[:-5]) not in stems
    ]
    apart: list[Path] = []
    for above in list(folder.parents)[:2]:
        # COCO has annotations/instances_train.json for images/train/1.png.
        apart += sorted((above / _OF_COCO).glob("[!.]*.json"))
        # Label Studio has result.json for images/1.png, a set to train on train.json;
        # images may have a folder for each side.
        if folder.relative_to(above).parts[0] == _IMAGES:
            # What `detect` writes there is no dentist's.
            apart += (
                path
                for path in sorted(above.glob("[!.]*.json"))
                if path.name != PREDICTIONS and not path.name.endswith(own)
            )
    return _Listing(
        projects=(*projects, *sorted(folder.parent.glob("[!.]*.vott"))),
        assets=frozenset(name for name in names if name.endswith(ASSET_SUFFIX)),
        exports=(
            *exports,
            *sorted((folder / EXPORT_FOLDER).glob(f"[!.]*{EXPORT_SUFFIX}")),
        ),
        shared=_like_shared_json(shared),
        apart=_like_shared_json(apart),
    )


def _like_shared_json(paths: Iterable[Path]) -> tuple[Path, ...]:
    """No more than are looked into."""
    alike = (path for path in paths if _starts_like(path, _SHARED_JSON))
    return tuple(islice(alike, MAX_SHARED_FILES))


def _vott_v1(folder: Path) -> Iterator[Path]:
    name = f"{folder.name}.json"
    for place in (folder.parent, folder):
        found = find_on_disk(str(place), name)
        if found and _starts_like(place / found, rb'"frames"\s*:\s*\{'):
            yield place / found


def _vott_v2(image: Path, beside: _Listing) -> list[Path]:
    """Projects first: what they have taken in is not read from asset files again."""
    return (
        [path for path in beside.projects if _is_about(path, image)]
        or _asset_files(image, beside.assets)
        or [path for path in beside.exports if _is_about(path, image)]
    )


def _asset_files(image: Path, names: Collection[str]) -> list[Path]:
    """By the hash of the path, as VoTT has it; where images were moved, by looking."""
    if not names:
        return []
    for stated in (f"file:{image.as_posix()}", image.as_posix(), image.name):
        encoded = quote(os.fsencode(stated), safe=";,/:@&=+$-_.!~*'()")
        asset_id = hashlib.md5(encoded.encode(), usedforsecurity=False).hexdigest()
        path = asset_file(image, asset_id)
        if path.name in names:
            return [path]
    wanted = folded(image.name)
    return [
        image.with_name(name)
        for name in sorted(names)[:MAX_ASSETS]
        if _image_name(image.with_name(name)) in (wanted, None)
    ]


_image_names: dict[Path, tuple[int, int, str | None]] = {}


def _image_name(path: Path) -> str | None:
    """The image that an asset file is about, "" for none; None if it is damaged.

    Remembered, for ten thousand of them are looked through for every radiograph.
    """
    try:
        found = path.stat()
    except OSError:
        return ""
    known = _image_names.get(path)
    if known is not None and known[:2] == (found.st_mtime_ns, found.st_size):
        return known[2]
    name: str | None = None
    try:
        value = read_json(path, error=AnnotationFileError, max_bytes=MAX_ASSET_BYTES)
        root = JsonObject.of(path, value, AnnotationFileError)
        stated = stated_path(root.object("asset"))
        name = folded(stated.replace("\\", "/").rpartition("/")[2])
    except AnnotationFileError:
        pass
    if len(_image_names) > MAX_ASSETS:
        _image_names.clear()
    _image_names[path] = (found.st_mtime_ns, found.st_size, name)
    return name


def _folders_of_voc(folder: Path) -> tuple[str, ...]:
    beside, above = folder / ANNOTATIONS, folder.parent / ANNOTATIONS
    # LabelMe has Annotations/clinic/1.xml for Images/clinic/1.png.
    across = counterpart(folder, "Images", ANNOTATIONS)
    places = (folder, beside, above, *([] if across is None else [across]))
    return tuple(dict.fromkeys(map(str, places)))


def _pascal_voc(
    image: Path, folders: Sequence[str], find_file: FindFile
) -> Iterator[Path]:
    stems = dict.fromkeys([image.stem, image.name, stem_of_vott_v1(image.name)])
    for place in folders:
        # VoTT 1 calls both a.b.png and ab.png "ab.xml": the nearer name wins.
        for stem in filter(None, stems):
            if found := find_file(place, f"{stem}.xml"):
                path = Path(place, found)
                if _may_be(path, b"<annotation|^(?!\\s*<)"):
                    yield path
                break


def _own_json(image: Path, find_file: FindFile) -> Iterator[Path]:
    """Labelme's file, with the name of the image."""
    folder = str(image.parent)
    for name in dict.fromkeys([f"{image.stem}.json", f"{image.name}.json"]):
        if found := find_file(folder, name):
            path = Path(folder, found)
            if _may_be(path, _OWN_JSON) or _is_broken_json(path):
                yield path
                break


def _folders_of_yolo(folder: Path) -> tuple[str, ...]:
    """Ultralytics has labels/train/1.txt for images/train/1.png."""
    labels = counterpart(folder, "images", "labels")
    return (str(folder),) if labels is None else (str(folder), str(labels))


def _yolo(image: Path, folders: Sequence[str], find_file: FindFile) -> Iterator[Path]:
    name = f"{image.stem}.txt"
    if name == CLASSES:
        return
    for place in folders:
        if found := find_file(place, name):
            path = Path(place, found)
            if may_be_yolo(path):
                yield path
                break


def may_be_yolo(path: Path) -> bool:
    """Whether a text file has boxes of YOLO, or none at all; damaged ones may, too."""
    try:
        # Whoever reads it next does not open it again.
        return open_annotation_file(path).format_name == YOLO
    except AnnotationFileError:
        content = _start_of(path)
    return bool(content is None or looks_like_yolo(content) or _YOLO.match(content))


def _about_it(shared: Iterable[Path], image: Path) -> list[Path]:
    """COCO files, and others about several images."""
    return [path for path in shared if _is_about(path, image)]


def _tells_of_findings(path: Path) -> bool:
    """Unlike what only lists pictures, as COCO's image_info, and what numbers the teeth
    for a detector of teeth, which say nothing beside others. What is damaged may.
    """
    try:
        file = open_annotation_file(path)
    except AnnotationFileError:
        return True
    return not (file.only_lists_pictures or file.numbers_teeth)


def _is_about(path: Path, image: Path) -> bool:
    try:
        if path.stat().st_size > MAX_BYTES:
            return False
        return any(True for _ in open_annotation_file(path).meant(image))
    except OSError:
        return False
    except AnnotationFileError:
        return True


def _is_broken_json(path: Path) -> bool:
    """Whether a small file was cut off before it says what it is."""
    start = _start_of(path)
    if start is None or len(start) == START:
        return False
    try:
        parse_json(path, start, AnnotationFileError)
    except AnnotationFileError:
        return True
    return False


def may_be_annotations(path: Path) -> bool:
    """Whether a file of any name is worth opening; a review or asset file is not."""
    if path.name.endswith((REVIEW_SUFFIX, ASSET_SUFFIX)):
        return False
    return _may_be(path, _ANNOTATIONS)


def _may_be(path: Path, pattern: bytes | re.Pattern[bytes]) -> bool:
    """The same for a file that is meant by its name: it must not be passed over in
    silence if it cannot be read.
    """
    return _start_of(path) is None or _starts_like(path, pattern)


def _starts_like(path: Path, pattern: bytes | re.Pattern[bytes]) -> bool:
    """Whether a small part of a file shows what it is; damaged ones mostly do."""
    start = _start_of(path)
    if start is None:
        return False
    return not start.strip() or re.search(pattern, start) is not None


def _start_of(path: Path) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(START)
    except OSError:
        return None
