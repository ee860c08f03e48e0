"""The names of classes in a file of any format: which there are, and other ones.

A file is changed only where a name or a color stands, and not by a character else.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import _class_text as text_files
from dentalviewer.formats._class_json import (
    ClassChange,
    changed_json,
    classes_of_json,
)
from dentalviewer.formats._opening import MAX_BYTES
from dentalviewer.formats._project import ClassEntry, class_entries
from dentalviewer.formats._voc_project import (
    IMAGE_SETS,
    LABEL_LIST,
    label_list_entries,
    label_map_names,
)
from dentalviewer.formats.coco import CATEGORIES
from dentalviewer.formats.csv_file import looks_like_csv
from dentalviewer.formats.review_file import REVIEW_SUFFIX
from dentalviewer.formats.vott_v2 import EXPORT_SUFFIX
from dentalviewer.formats.yolo import looks_like_yolo
from dentalviewer.formats.yolo_classes import (
    DARKNET,
    YAML_NAMES,
    class_list_of,
    class_names,
)
from dentalviewer.storage.files import decoded_text, read_bytes
from dentalviewer.storage.json_object import JsonObject, parse_json

__all__ = ["ClassChange", "ClassFile", "changed_content", "read_class_file", "shrinks"]

_BYTE_ORDER_MARK = BOM_UTF8.decode()
_JSON = re.compile(
    rb'"(frames|assets|regions|shapes|annotations|categories\w*)"\s*:\s*[\[{]'
)
_SUFFIXES = (".xml", ".json", ".vott", ".txt", ".csv", ".yaml", ".yml", ".pbtxt")


@dataclass(frozen=True, slots=True)
class ClassFile:
    """A file that names classes: how many findings of each, and which it lists.

    `repeats` tells that another file has the same findings, as an export has those of
    its project. `list_path` is the list that names the numbers in a file of YOLO.
    """

    path: Path
    kind: str
    counts: Counter[str]
    listed: tuple[ClassEntry, ...] = ()
    repeats: bool = False
    list_path: Path | None = None

    @property
    def names(self) -> set[str]:
        return {*self.counts, *(entry.name for entry in self.listed)}


def read_class_file(path: Path) -> ClassFile | None:
    """What a file says of classes; None if it is none that does.

    Raises AnnotationFileError if it is one, and damaged.
    """
    kind = _kind_by_name(path)
    if not kind:
        return None
    content = read_bytes(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    if kind == "json" and not _JSON.search(content):
        return None
    if kind == "voc" and b"<annotation" not in content[:65536]:
        return None
    if kind == "csv" and not looks_like_csv(content):
        return None
    if kind == "yolo" and (class_list_of(path) is None or not looks_like_yolo(content)):
        return None
    return _read(path, kind, content)


def _kind_by_name(path: Path) -> str:
    name = path.name
    if path.suffix.casefold() not in _SUFFIXES and name != DARKNET:
        return ""
    if name.endswith(REVIEW_SUFFIX):
        return ""
    if name == LABEL_LIST:
        return "label list"
    if name in ("classes.txt", DARKNET):
        return "lines"
    if path.parts[-3:-1] == IMAGE_SETS:
        return "image set" if re.fullmatch(r".+_(train|val)\.txt", name) else ""
    if name in YAML_NAMES:
        return "yaml"
    kinds = {
        ".xml": "voc", ".json": "json", ".vott": "json", ".csv": "csv",
        ".txt": "yolo", ".pbtxt": "label map",
    }  # fmt: skip
    return kinds.get(path.suffix.casefold(), "")


def _read(path: Path, kind: str, content: bytes) -> ClassFile | None:
    counts: Counter[str] = Counter()
    listed: tuple[ClassEntry, ...] = ()
    list_path = None
    text = decoded_text(path, content, AnnotationFileError)
    if kind == "json":
        _require_numbers(path, parse_json(path, content, AnnotationFileError))
        counts, listed = classes_of_json(text)
    elif kind == "voc":
        counts = text_files.classes_of_voc(text)
    elif kind == "csv":
        counts = text_files.classes_of_csv(text)
    elif kind == "yolo":
        names, list_path = class_names(path), class_list_of(path)
        for number, count in text_files.numbers_in(text).items():
            counts[names.get(number, f"class {number}")] += count
    elif kind == "label map":
        listed = class_entries([name for name, _ in label_map_names(text)])
    elif kind == "label list":
        listed = label_list_entries(text)
    elif kind == "image set":
        listed = class_entries([path.stem.rpartition("_")[0]])
    elif kind == "lines":
        listed = class_entries([line.strip() for line in text.splitlines()])
    else:
        names = class_names(path)
        listed = class_entries([names[number] for number in sorted(names)])
    repeats = path.name.endswith(EXPORT_SUFFIX)
    found = ClassFile(path, kind, +counts, listed, repeats, list_path)
    return found if found.names or kind == "yolo" else None


def _require_numbers(path: Path, value: object) -> None:
    """COCO's annotations know their classes by these."""
    if not isinstance(value, dict) or "annotations" not in value:
        return
    root = JsonObject(path, value, AnnotationFileError)
    for key in CATEGORIES:
        for each in root.objects(key, f"of the {key} number") if root.has(key) else ():
            each.whole_number("id")


def shrinks(file: ClassFile, change: ClassChange) -> bool:
    """Whether this is a list of numbered classes of which one goes: the numbers after
    it mean another class then. Raises AnnotationFileError if it cannot be read.
    """
    if file.kind not in ("lines", "yaml"):
        return False
    names = class_names(file.path)
    numbers = text_files.new_numbers(names, change)
    return any(number != new for number, new in numbers.items())


def changed_content(file: ClassFile, content: bytes, change: ClassChange) -> bytes:
    """The content of the file with the change made; itself where nothing changes.

    Lists of images are named by their class and are no matter of content. Raises
    AnnotationFileError if the file cannot be read.
    """
    text = decoded_text(file.path, content, AnnotationFileError)
    mark = _BYTE_ORDER_MARK if content.startswith(BOM_UTF8) else ""
    _refuse_commas(file, text, change)
    match file.kind:
        case "json":
            # One with a mark need not be kept to ASCII.
            changed = changed_json(mark + text, change).removeprefix(mark)
        case "voc":
            changed = text_files.changed_voc(text, change)
        case "csv":
            changed = text_files.changed_csv(text, change)
        case "yolo":
            names = class_names(file.path)
            numbers = text_files.new_numbers(names, change)
            changed = text_files.changed_numbers(text, numbers)
        case "label map":
            changed = text_files.changed_label_map(text, change)
        case "label list":
            changed = text_files.changed_label_list(text, change)
        case "lines":
            changed = text_files.changed_lines(text, change)
        case "yaml":
            names = class_names(file.path)
            changed = text_files.changed_yaml(file.path, text, names, change)
        case _:
            changed = text
    return content if changed == text else (mark + changed).encode()


def _refuse_commas(file: ClassFile, text: str, change: ClassChange) -> None:
    """VoTT 1 parts its list of tags at commas, so that no name can have one."""
    commas = [new for new in change.names.values() if "," in new]
    if commas and file.kind == "json" and '"inputTags"' in text:
        raise AnnotationFileError(
            file.path, f"a class of VoTT 1 can have no comma: {commas[0]!a}"
        )
