"""Changes a few values of a JSON text and leaves every other character as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

_BLANK = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


@dataclass(slots=True)
class Node:
    """A value of the text and where it stands; `end` is one past its last character.

    `value` is what a text, number, true, false or null says; objects have `fields` and
    lists have `items` instead.
    """

    start: int
    end: int = 0
    value: object = None
    fields: dict[str, Node] | None = None
    items: list[Node] | None = None

    def get(self, key: str) -> Node | None:
        return None if self.fields is None else self.fields.get(key)

    def each(self, key: str) -> list[Node]:
        """The items of a list in this object; none where there is no such list."""
        found = self.get(key)
        return [] if found is None or found.items is None else found.items

    def children(self) -> Iterator[Node]:
        yield from (self.fields or {}).values()


def parse_spans(text: str) -> Node:
    """Of JSON that `parse_json` has let pass; others may raise ValueError."""
    return _parse(text, _skip(text, 1 if text.startswith("\ufeff") else 0))


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _parse(text: str, at: int) -> Node:
    node = Node(at)
    first = text[at]
    if first == "{":
        node.fields = {}
        at = _skip(text, at + 1)
        while text[at] != "}":
            key, at = _decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
            node.fields[key] = child = _parse(text, at)
            at = _after(text, child.end)
        node.end = at + 1
    elif first == "[":
        node.items = []
        at = _skip(text, at + 1)
        while text[at] != "]":
            node.items.append(child := _parse(text, at))
            at = _after(text, child.end)
        node.end = at + 1
    else:
        node.value, node.end = _decode(text, at)
    return node


def _after(text: str, at: int) -> int:
    """Past the comma, if one follows."""
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


@dataclass(slots=True)
class JsonEdits:
    """Changes to be made to a text, each to a span of it."""

    text: str
    _changes: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, node: Node, value: object) -> None:
        """A file that keeps to ASCII is left so."""
        said = json.dumps(value, ensure_ascii=self.text.isascii())
        if node.value != value:
            self._changes.append((node.start, node.end, said))

    def remove(self, items: list[Node], indices: Collection[int]) -> None:
        """Take items out of their list, each with one comma."""
        for index in sorted(indices):
            if any(i not in indices for i in range(index)):
                span = items[index - 1].end, items[index].end
            elif index + 1 < len(items):
                span = items[index].start, items[index + 1].start
            else:
                span = items[index].start, items[index].end
            self._changes.append((*span, ""))

    def applied(self) -> str:
        parts, at = [], 0
        for start, end, said in sorted(self._changes):
            parts += [self.text[at:start], said]
            at = end
        return "".join([*parts, self.text[at:]])
