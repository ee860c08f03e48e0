"""`names:` in a data.yaml: read, written, and changed where they stand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.errors import AnnotationFileError

if TYPE_CHECKING:
    from yaml.nodes import Node

_KEY = "names"
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def read_yaml_names(path: Path, text: str) -> dict[int, str]:
    """The classes by number, whether they are listed or numbered.

    Every name is a text, "no" and "1_0" too. Raises AnnotationFileError, naming the
    line.
    """
    from yaml.nodes import ScalarNode

    entry = _entry(path, text)
    if entry is None:
        return {}
    names: dict[int, str] = {}
    for number, node in _numbered(path, entry[1]):
        if not isinstance(node, ScalarNode):
            raise _fault(path, node, "the name of a class should be a text")
        if number in names:
            raise _fault(path, node, f"the class {number} is named twice")
        names[number] = node.value
    return names


def yaml_names(names: Mapping[int, str]) -> str:
    """As they are written: numbered, one on each line."""
    lines = [f"  {number}: {_quoted(name)}" for number, name in names.items()]
    return "\n".join(["names:", *lines])


def changed_yaml_names(path: Path, text: str, names: Mapping[int, str]) -> str:
    """With other names, and nothing else changed.

    Raises AnnotationFileError where they do not stand for themselves, but in one line
    with other fields, or are spoken of elsewhere.
    """
    entry = _entry(path, text)
    if entry is None:
        return text
    start, end = entry[0].start_mark.index, _end(entry[1])
    end = start + len(text[start:end].rstrip())
    changed = text[:start] + yaml_names(names) + text[end:]
    fault = AnnotationFileError(
        path, f"line {_line(entry[0])}: the names cannot be changed where they stand"
    )
    try:
        found = read_yaml_names(path, changed)
    except AnnotationFileError as error:
        raise fault from error
    if found != names:
        raise fault
    return changed


def _quoted(name: str) -> str:
    import yaml

    text: str = yaml.dump(
        name,
        Dumper=yaml.SafeDumper,
        default_style='"',
        allow_unicode=True,
        width=math.inf,
    )
    return text.rstrip("\n")


def _entry(path: Path, text: str) -> tuple[Node, Node] | None:
    """The field with the names, its key and its value; None if there is none."""
    if _KEY not in text:  # Whatever else it is, it need not be sound.
        return None
    root = _root(path, text)
    entries = [entry for entry in root if entry[0].value == _KEY]
    if len(entries) > 1:
        raise _fault(path, entries[1][0], "the field names occurs twice")
    return entries[0] if entries else None


def _root(path: Path, text: str) -> list[tuple[Node, Node]]:
    """The fields of the file, each as it is written: nothing is made of its values."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        what = fault.problem or fault.context
        raise AnnotationFileError(path, f"not valid YAML: {what}{place}") from fault
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        raise AnnotationFileError(
            path, f"not valid YAML: {fault.reason} (line {line})"
        ) from fault
    except RecursionError as fault:
        raise AnnotationFileError(
            path, "not valid YAML: too many values lie in each other"
        ) from fault
    return root.value if isinstance(root, yaml.MappingNode) else []


def _numbered(path: Path, node: Node) -> Iterator[tuple[int, Node]]:
    from yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, SequenceNode):
        yield from enumerate(node.value)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            if not _NUMBER.fullmatch(str(key.value)):
                what = str(key.value)[:40]
                raise _fault(path, key, f"{what!a} is not the number of a class")
            yield int(key.value), value
    elif node.value:  # Nothing at all is no name.
        raise _fault(path, node, "names should be a list, or numbered")


def _end(node: Node) -> int:
    """Of what is written; where a block ends, to YAML the next field begins."""
    from yaml.nodes import CollectionNode

    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _fault(path: Path, node: Node, what: str) -> AnnotationFileError:
    return AnnotationFileError(path, f"line {_line(node)}: {what}")
