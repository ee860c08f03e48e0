"""What lies beside the annotations of Pascal VOC: its lists of classes and of images.

`pascal_label_map.pbtxt` numbers the classes for TensorFlow; `labelmap.txt` is CVAT's,
with colors. `ImageSets/Main/CLASS_train.txt` says which images a class is learned from,
`train.txt` that of all classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._image_names import folded, safe_file_name, short_name
from dentalviewer.formats._project import (
    ALL_CLASSES,
    TRAINING,
    VALIDATION,
    ClassEntry,
    Part,
    Project,
)
from dentalviewer.storage.files import MIB, read_bytes

ANNOTATIONS = "Annotations"
LABEL_MAP, LABEL_LIST = "pascal_label_map.pbtxt", "labelmap.txt"
IMAGE_SETS = ("ImageSets", "Main")
MAX_BYTES = 16 * MIB
_ITEM = re.compile(r"item\s*\{([^{}]*)\}")
_FIELD = re.compile(
    r"""(\w+)\s*:\s*(?:(\d+)|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')"""
)
_HIDDEN = {ord("{"): 0xE000, ord("}"): 0xE001}
_ESCAPES = {"n": "\n", "t": "\t"}
# What CVAT and datumaro list before the classes: what is of no class, in masks.
_GROUND = ("background", "#000000")
_LINE = re.compile(r"(.*?)(?:\s+(-1|0|1))?\s*")


def annotations_folder(file: Path) -> Path:
    """The folder that the lists are about: the file's own, or Annotations around it,
    where files of radiographs of one name lie in folders that tell them apart.
    """
    own = file.parent
    around = (each for each in file.parents if each.name == ANNOTATIONS)
    found = next(around, own)
    is_meant = found == own or found.parent.joinpath(*IMAGE_SETS).is_dir()
    return found if is_meant else own


def read_voc_project(folder: Path) -> Project:
    """The classes that the lists beside a folder of annotations declare, in order.

    Raises AnnotationFileError if a list is there and cannot be read.
    """
    root = folder.parent if folder.name == ANNOTATIONS else folder
    colors = dict(_label_list(root / LABEL_LIST))
    names = _label_map(root / LABEL_MAP) or list(colors)
    return Project(tuple(ClassEntry(name, colors.get(name)) for name in names))


def _text(path: Path) -> str:
    content = read_bytes(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    return content.decode("utf-8-sig", "replace")


def _label_map(path: Path) -> list[str]:
    """By their numbers, which need not be without gaps."""
    if not path.is_file():
        return []
    found: dict[int, str] = {}
    for item, _ in _items(_text(path)):
        name, number = _name_of(item), item.get("id")
        if not name or number is None or not re.fullmatch(r"\d{1,9}", number):
            raise AnnotationFileError(path, "an item has no id or no name")
        found[int(number)] = name
    return [found[number] for number in sorted(found)]


def label_map_names(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The class of each item of a pbtxt, and where the item stands in the text."""
    return [(_name_of(item), span) for item, span in _items(text)]


def _name_of(item: Mapping[str, str]) -> str:
    return item.get("name", item.get("display_name", ""))


def _items(text: str) -> Iterator[tuple[dict[str, str], tuple[int, int]]]:
    # A "#" in a quoted name is no comment. Nothing may change the length of the text.
    plain = re.sub(r"(?m)^[ \t]*#.*$", lambda m: " " * len(m[0]), text)
    for item in _ITEM.finditer(_hide_braces(plain)):
        fields = {
            each[1]: each[2] or _unquoted(each[3] or each[4] or "")
            for each in _FIELD.finditer(item[1])
        }
        yield fields, item.span()


def _hide_braces(text: str) -> str:
    """Braces in quotes end no item; characters that nobody uses stand in for them."""
    quoted = re.compile(r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""")
    return quoted.sub(lambda m: m[0].translate(_HIDDEN), text)


def _unquoted(text: str) -> str:
    shown = text.translate({v: k for k, v in _HIDDEN.items()})
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), shown, flags=re.S)


def _label_list(path: Path) -> list[tuple[str, str | None]]:
    if not path.is_file():
        return []
    listed = [(entry.name, entry.color) for entry in label_list_entries(_text(path))]
    return listed[1:] if listed[:1] == [_GROUND] else listed


def label_list_entries(text: str) -> tuple[ClassEntry, ...]:
    """CVAT's lines `label:red,green,blue:parts:actions`; names may have colons."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, color, *_ = [*line.rsplit(":", 3), ""] if ":" in line else [line, ""]
        found.append(ClassEntry(name, _hex_color(color)))
    return tuple(found)


def _hex_color(text: str) -> str | None:
    numbers = [each.strip() for each in text.split(",")]
    if len(numbers) != 3 or not all(re.fullmatch(r"\d{1,3}", n) for n in numbers):
        return None
    rgb = [int(n) for n in numbers]
    return f"#{bytes(rgb).hex()}" if max(rgb) < 256 else None


@dataclass(frozen=True, slots=True)
class ImageSets:
    """For each image, by its name or stem as the lists have it, its sides."""

    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    def of(self, *names: str) -> tuple[Part, ...]:
        """The sides of the image that goes by one of the names."""
        for name in names:
            found = self.parts.get(folded(name))
            if found:
                return found
        return ()


def read_image_sets(folder: Path, labels: Sequence[str]) -> ImageSets:
    """The lists that belong to a folder of annotations; none where there are none.

    `labels` are the classes known, whose names a list may bear in a changed form.
    Raises AnnotationFileError if a list cannot be read.
    """
    root = folder.parent if folder.name == ANNOTATIONS else folder
    named = {list_name(label): label for label in labels}
    parts: dict[str, dict[Part, None]] = {}
    for path in sorted(root.joinpath(*IMAGE_SETS).glob("*.txt")):
        label, _, side = path.stem.rpartition("_")
        if side not in (TRAINING, VALIDATION):
            continue
        part = Part(side, named.get(label, label) if label else ALL_CLASSES)
        for line in _text(path).splitlines():
            match = _LINE.fullmatch(line)
            name = match[1] if match and label else line.strip()
            if name:
                parts.setdefault(folded(name), {})[part] = None
    return ImageSets({name: tuple(found) for name, found in parts.items()})


def list_name(label: str) -> str:
    """What the names of a class's lists begin with."""
    return short_name(safe_file_name(label))


def side_of(parts: Sequence[Part]) -> str:
    """The side of an image over all classes: what any class learns from is not held
    out, or the others would be judged by what was learned.
    """
    overall = [part.side for part in parts if part.label == ALL_CLASSES]
    sides = set(overall or [part.side for part in parts])
    if not sides:
        return ""
    return TRAINING if TRAINING in sides else VALIDATION
