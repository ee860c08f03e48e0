"""YOLO: a text file for each image, a line for each box, in parts of the image's size.

`class x y width height`, x and y of the centre; the classes are numbers, named in
`classes.txt` (labelImg), `obj.names` (Darknet) or `data.yaml` (Ultralytics). Their
order is their meaning: a list of classes that is there already is only ever added to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from dentalviewer.errors import AnnotationFileError, RadiographError
from dentalviewer.formats._annotation_file import AnnotationFile, Meant
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    packed,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    note_on_outlines,
    notes_on,
    write_export,
)
from dentalviewer.formats._files import MIB, read_bytes
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import same_name
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._plain import plain_text
from dentalviewer.formats._project import (
    NO_PROJECT,
    Project,
    class_entries,
    keeps_shape,
    said_of,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

NAME = "YOLO"
MAX_BYTES = MIB
CLASSES, DATA = "classes.txt", "data.yaml"
YAML_NAMES = (DATA, "dataset.yaml", "data.yml")
DARKNET = "obj.names"
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_LINE = re.compile(rf"\s*(\d+)((?:\s+{_NUMBER}){{4,}})\s*", re.ASCII)


def looks_like_yolo(content: bytes) -> bool:
    """Whether the first line is a box; an empty file says that there is none."""
    lines = content[:4096].decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if line.strip()), None)
    return first is None or _LINE.fullmatch(first) is not None


def read_yolo(path: Path, content: bytes) -> AnnotationFile:
    """What the text says of its one image. Raises AnnotationFileError."""
    text = _decoded(path, content)

    def read(_key: str, radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        if radiograph is None:
            raise AnnotationFileError(
                path, "the size of its image must be known, and the image is not there"
            )
        return _read(path, text, class_names(path), radiograph, aliases)

    def meant(radiograph: Path) -> list[Meant]:
        if same_name(path.stem, radiograph.stem):
            return [Meant("")]
        return [Meant("", "The file has another name than the radiograph.")]

    return AnnotationFile(
        path, {"": path.stem}, read, meant, lambda: _project(path), path.parent
    )


def _project(path: Path) -> Project:
    names = class_names(path)
    return Project(class_entries([names[number] for number in sorted(names)]))


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise AnnotationFileError(
            path, f"not UTF-8 text (byte {fault.start + 1})"
        ) from fault


def _read(
    path: Path,
    text: str,
    names: Mapping[int, str],
    radiograph: Path,
    aliases: Aliases,
) -> ImageAnnotations:
    try:
        size = upright_size(radiograph)
    except RadiographError as fault:
        raise AnnotationFileError(path, f"the size is not known: {fault}") from fault
    lines = [line for line in text.splitlines() if line.strip()]
    gathering = Gathering(path, NAME, aliases)
    gathering.require_sensible_count(len(lines))
    unnamed: set[int] = set()
    for number, line in enumerate(lines, start=1):
        place = f"line {number}"
        match = _LINE.fullmatch(line)
        if match is None or len(match[1]) > 9:
            raise AnnotationFileError(
                path, f"{place} is not a box of YOLO: {line[:60]!a}"
            )
        label_number = int(match[1])
        if label_number not in names:
            unnamed.add(label_number)
        label = names.get(label_number, f"class {label_number}")
        _add(gathering, place, match[2].strip(), label, size)
    if unnamed:
        listed = ", ".join(map(str, sorted(unnamed)))
        gathering.notes.append(f"no classes.txt or data.yaml names the class {listed}")
    return gathering.finished(size)


def _add(gathering: Gathering, place: str, text: str, label: str, size: Size) -> None:
    values = [float(value) for value in text.split()]
    said = packed({"values": text})
    if len(values) > 5:
        if len(values) % 2:
            raise AnnotationFileError(
                gathering.path, f"{place}: an outline needs pairs of numbers"
            )
        xs = [x * size.width for x in values[::2]]
        ys = [y * size.height for y in values[1::2]]
        points = list(zip(xs, ys, strict=True))
        gathering.add_outline(place, points, [label], said=said)
        return
    x, y, width, height, *score = values
    edges = (
        (x - width / 2) * size.width,
        (y - height / 2) * size.height,
        (x + width / 2) * size.width,
        (y + height / 2) * size.height,
    )
    confidence = score[0] if score else None
    gathering.add(place, edges, [label], score=confidence, said=said)


def class_names(path: Path) -> dict[int, str]:
    """The names of the classes by number, from beside the file or further up.

    Empty if nothing names them. Raises AnnotationFileError.
    """
    listed = class_list_of(path)
    if listed is None:
        return {}
    is_yaml = listed.name in YAML_NAMES
    return _read_yaml_names(listed) if is_yaml else _read_classes(listed)


def class_list_of(path: Path) -> Path | None:
    """The file that names the classes of a file, or is such a list itself."""
    if path.name in (CLASSES, DARKNET, *YAML_NAMES):
        return path
    classes = path.with_name(CLASSES)
    if classes.is_file():
        return classes
    for folder in list(path.absolute().parents)[:4]:
        for name in (*YAML_NAMES, CLASSES, DARKNET):
            if (folder / name).is_file():
                return folder / name
    return None


def _read_text(path: Path) -> str:
    content = read_bytes(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    return _decoded(path, content)


def _read_classes(path: Path) -> dict[int, str]:
    lines = _read_text(path).rstrip().splitlines()
    return {number: line.strip() for number, line in enumerate(lines)}


def _read_yaml_names(path: Path) -> dict[int, str]:
    """`names:` of a data.yaml, as a list or by number, in one line or in several."""
    text = _read_text(path)
    match = re.search(r"^names:[ \t]*(.*(?:\n(?:[ \t]+.*|- .*|[ \t]*))*)", text, re.M)
    if match is None:
        return {}
    body = match[1].strip()
    if body[:1] in ("[", "{"):
        end = body.find("]" if body[0] == "[" else "}")
        entries = _split(body[1:end])
    else:
        entries = [
            line.strip()
            for line in body.splitlines()
            if line.strip() and not line.strip().startswith("#")
        ]
    names: dict[int, str] = {}
    for position, entry in enumerate(entries):
        keyed = re.fullmatch(r"['\"]?(\d{1,9})['\"]?\s*:\s*(.*)", entry)
        number, value = (int(keyed[1]), keyed[2]) if keyed else (position, entry)
        names[number] = _plain_scalar(path, value.removeprefix("- ").strip())
    return names


def _split(text: str) -> list[str]:
    """The entries of a list in one line; commas in quotes do not part them."""
    pattern = r"""(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^,"'])+"""
    return [entry.strip() for entry in re.findall(pattern, text) if entry.strip()]


def _plain_scalar(path: Path, text: str) -> str:
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError as fault:
            raise AnnotationFileError(
                path, f"names: cannot read {text[:40]}"
            ) from fault
        return str(value)
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return re.sub(r"\s+#.*", "", text)


def write_yolo(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    validation: Collection[Path] | None = None,
    project: Project = NO_PROJECT,
) -> Export:
    """Write labels/, data.yaml and classes.txt; images/ with `copy_images`.

    With `validation`, images and labels lie in train/ and val/ of their folders.
    Classes already listed in `folder` keep their numbers. Raises AnnotationFileError.
    """
    going = outgoing(images)
    images = going.images
    known = class_names(folder / DATA) if (folder / DATA).is_file() else {}
    names = list(known[n] for n in sorted(known))
    labels = export_labels(images, project.class_names)
    names += [label for label in labels if label not in names]
    numbers = {name: number for number, name in enumerate(names)}
    if list(known) and sorted(known) != list(range(len(known))):
        raise AnnotationFileError(
            folder / DATA, "the classes have gaps in their numbers"
        )
    for image, stem in zip(images, file_stems(images), strict=True):
        part = ""
        if validation is not None:
            part = "val" if image.path in validation else "train"
        place = PurePosixPath(part, plain_text(stem))
        if copy_images:
            target = folder / "images" / f"{place}{image.path.suffix}"
            copy_radiograph(image.path, target)
        lines = [
            f"{numbers[finding.label]} {_values(finding, image.size)}\n"
            for finding in image.findings
        ]
        write_export(folder / "labels" / f"{place}.txt", "".join(lines))
    parts = ("images", "images") if validation is None else (
        "images/train", "images/val")  # fmt: skip
    write_export(folder / DATA, _data_yaml(names, *parts))
    one_line = [re.sub(r"\s+", " ", name) for name in names]
    write_export(folder / CLASSES, "".join(f"{name}\n" for name in one_line))
    changed = sum(_is_changed_outline(f) for i in images for f in i.findings)
    notes = [*notes_on(going, NAME), *note_on_outlines(changed)]
    return Export(folder / DATA, tuple(notes))


def _values(finding: Finding, size: Size) -> str:
    """As the file has them, if it is one of YOLO and the box is still the same.

    A fifth number is a detector's score, and no training tool takes it.
    """
    values = str(said_of(finding, NAME).get("values", ""))
    if values and keeps_shape(finding):
        parts = values.split()
        return " ".join(parts[:4] if len(parts) == 5 else parts)
    return _normalised(finding.box, size)


def _is_changed_outline(finding: Finding) -> bool:
    values = str(said_of(finding, NAME).get("values", "")).split()
    return len(values) > 5 and not keeps_shape(finding)


def _normalised(box: Box, size: Size) -> str:
    """Six decimals: on 3000 pixels good to a few thousandths of a pixel."""
    x, y = box.center
    values = (
        x / size.width,
        y / size.height,
        box.width / size.width,
        box.height / size.height,
    )
    return " ".join(f"{value:.6f}" for value in values)


def _data_yaml(names: Sequence[str], train: str, validation: str) -> str:
    listed = "".join(
        f"  {number}: {json.dumps(name, ensure_ascii=False)}\n"
        for number, name in enumerate(names)
    )
    return f"path: .\ntrain: {train}\nval: {validation}\nnames:\n{listed}"
