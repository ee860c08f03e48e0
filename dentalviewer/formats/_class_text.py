"""The names of classes in files that are no JSON: counted, and changed in place."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from dentalviewer.formats._class_json import (
    ClassChange,
    merged_into,
    surviving,
)
from dentalviewer.formats._voc_project import label_map_names
from dentalviewer.formats._yaml_names import changed_yaml_names
from dentalviewer.formats.csv_file import guarded, unguarded

_NAME = re.compile(r"(<name>\s*)(.*?)(\s*</name>)", re.S)
_OBJECT = re.compile(r"<object\b.*?</object>", re.S)
_ENCODING = re.compile(r"""\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)""")
_NESTED = re.compile(r"<(part|attributes)\b.*?</\1>", re.S)


def _object_names(text: str) -> list[re.Match[str]]:
    """The names of objects, not those of their parts and attributes."""
    found = []
    for each in _OBJECT.finditer(text):
        nested = [m.span() for m in _NESTED.finditer(text, *each.span())]
        for name in _NAME.finditer(text, *each.span()):
            if not any(start <= name.start() < end for start, end in nested):
                found.append(name)
                break
    return found


def _plain(match: re.Match[str]) -> str:
    return html.unescape(match[2])


def classes_of_voc(text: str) -> Counter[str]:
    return Counter(map(_plain, _object_names(text)))


def changed_voc(text: str, change: ClassChange) -> str:
    declared = _ENCODING.match(text)
    parts, at = [], 0
    for match in _object_names(text):
        new = change.new_name(_plain(match))
        if new != _plain(match):
            said = html.escape(new, quote=False)
            # What reads the file believes what it declares.
            if declared and declared[1].casefold() not in ("utf-8", "utf8"):
                said = said.encode("ascii", "xmlcharrefreplace").decode()
            parts += [text[at : match.start(2)], said]
            at = match.end(2)
    return "".join([*parts, text[at:]])


def changed_label_map(text: str, change: ClassChange) -> str:
    """Of pbtxt. Items of a class that is merged go; the numbers of others stay."""
    listed = label_map_names(text)
    names = [name for name, _ in listed]
    stay = set(surviving(names, change))
    parts, at = [], 0
    for index, (name, (start, end)) in enumerate(listed):
        if index not in stay:
            close = re.compile(r"\n?").match(text, end)
            parts.append(text[at:start])
            at = close.end() if close else end
        elif name in change.names:
            item = text[start:end]
            quoted = change.names[name].replace("\\", "\\\\").replace("'", "\\'")
            new = re.sub(
                r"""(name\s*:\s*)("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""",
                lambda m, said=quoted: f"{m[1]}'{said}'",  # type: ignore[misc]
                item,
            )
            parts += [text[at:start], new]
            at = end
    return "".join([*parts, text[at:]])


def changed_label_list(text: str, change: ClassChange) -> str:
    """Of CVAT's labelmap.txt, which has a color for each class."""
    lines = text.splitlines(keepends=True)
    rows = [i for i, line in enumerate(lines) if line.strip() and line[0] != "#"]
    cells = [lines[row].rstrip("\r\n").rsplit(":", 3) for row in rows]
    stay = set(surviving([cell[0] for cell in cells], change))
    for index, (row, cell) in enumerate(zip(rows, cells, strict=True)):
        if index not in stay:
            lines[row] = ""
            continue
        new = change.new_name(cell[0])
        color = change.colors.get(new)
        said = [new, *cell[1:]]
        if color is not None and len(cell) > 1:
            said[1] = ",".join(map(str, bytes.fromhex(color.removeprefix("#"))))
        ending = lines[row][len(lines[row].rstrip("\r\n")) :]
        lines[row] = ":".join(said) + ending
    return "".join(lines)


def changed_lines(text: str, change: ClassChange) -> str:
    """Of a list of classes with one on each line, as classes.txt is."""
    lines = text.splitlines(keepends=True)
    names = [line.strip() for line in lines]
    stay = set(surviving(names, change))
    return "".join(
        line.replace(name, change.new_name(name), 1) if name else line
        for index, (line, name) in enumerate(zip(lines, names, strict=True))
        if index in stay
    )


def changed_yaml(
    path: Path, text: str, names: Mapping[int, str], change: ClassChange
) -> str:
    """Of data.yaml; `names` are those that it gives to numbers.

    Raises AnnotationFileError where they cannot be changed in place.
    """
    numbers = sorted(names)
    ordered = [names[number] for number in numbers]
    new = [change.new_name(ordered[index]) for index in surviving(ordered, change)]
    if new == ordered:
        return text
    if len(new) == len(ordered):
        return changed_yaml_names(path, text, dict(zip(numbers, new, strict=True)))
    text = changed_yaml_names(path, text, dict(enumerate(new)))
    return re.sub(r"(?m)^(nc:[ \t]*)\d+", rf"\g<1>{len(new)}", text)


def new_numbers(names: Mapping[int, str], change: ClassChange) -> dict[int, int]:
    """What becomes of the numbers of YOLO, whose order is their meaning."""
    numbers = sorted(names)
    ordered = [names[number] for number in numbers]
    stay = surviving(ordered, change)
    if len(stay) == len(ordered):
        return {number: number for number in numbers}
    into = merged_into(ordered, change)
    return {n: stay.index(i) for n, i in zip(numbers, into, strict=True)}


def numbers_in(text: str) -> Counter[int]:
    found = (re.match(r"\s*(\d{1,9})\s", line) for line in text.splitlines())
    return Counter(int(match[1]) for match in found if match)


def changed_numbers(text: str, numbers: Mapping[int, int]) -> str:
    def changed(match: re.Match[str]) -> str:
        return f"{match[1]}{numbers.get(int(match[2]), match[2])}"

    lines = text.splitlines(keepends=True)
    return "".join(re.sub(r"^(\s*)(\d{1,9})(?=\s)", changed, line) for line in lines)


def classes_of_csv(text: str) -> Counter[str]:
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = next(rows, [])
    place = header.index("label")
    return Counter(unguarded(row[place]) for row in rows if len(row) > place)


def changed_csv(text: str, change: ClassChange) -> str:
    """Cell by cell, so that quotes and line ends of the others stay."""
    cells = list(re.finditer(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|$)', text))
    header = [_cell(m).removeprefix("\ufeff") for m in _row(cells)]
    place = header.index("label")
    parts, at, column, first = [], 0, 0, True
    for match in cells:
        name = unguarded(_cell(match))
        if not first and column == place and name in change.names:
            said = io.StringIO()
            csv.writer(said, lineterminator="").writerow([guarded(change.names[name])])
            parts += [text[at : match.start(1)], said.getvalue()]
            at = match.end(1)
        ends = match[2] != ","
        column, first = (0, False) if ends else (column + 1, first)
    return "".join([*parts, text[at:]])


def _row(cells: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    row = []
    for match in cells:
        row.append(match)
        if match[2] != ",":
            break
    return row


def _cell(match: re.Match[str]) -> str:
    said = match[1]
    return said[1:-1].replace('""', '"') if said[:1] == '"' else said
