"""The names of classes in JSON files of other programs: counted, changed in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dentalviewer.formats._json_spans import JsonEdits, Node, parse_spans
from dentalviewer.formats._project import ClassEntry, class_entries

# Where COCO and DENTEX have the label of an annotation.
_CATEGORY_KEYS = (("categories", "category_id"), ("categories_3", "category_id_3"))


@dataclass(frozen=True, slots=True)
class ClassChange:
    """What becomes of classes: other names, word for word, and colors as #rrggbb.

    Two names with one new name are merged. Colors go by the new names.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)

    def new_name(self, name: str) -> str:
        return self.names.get(name, name)


def merged_into(names: Sequence[str], change: ClassChange) -> list[int]:
    """For each of a list of classes the index of the one that it is part of afterwards.

    That is its own unless it is given the name of another, or another is given the same
    name; a class that kept its name stays before one that was given it. What was listed
    twice before is afterwards, for numbers count by the list.
    """
    new_names = [change.new_name(name) for name in names]
    kept_first = sorted(range(len(names)), key=lambda i: new_names[i] != names[i])
    chosen: dict[str, int] = {}
    for index in kept_first:
        chosen.setdefault(new_names[index], index)
    return [
        index if names[chosen[new]] == name else chosen[new]
        for index, (name, new) in enumerate(zip(names, new_names, strict=True))
    ]


def surviving(names: Sequence[str], change: ClassChange) -> list[int]:
    """Of a list of classes those that stay once some have the same name."""
    return [i for i, into in enumerate(merged_into(names, change)) if i == into]


def classes_of_json(text: str) -> tuple[Counter[str], tuple[ClassEntry, ...]]:
    """The findings of each class, and the classes that the file lists."""
    root = parse_spans(text)
    counts = Counter(
        str(node.value) for label in _labels(root) for node in label
    ) + _coco_counts(root)
    if (tags := root.get("inputTags")) is not None:
        colors = [each.value for each in root.each("tag_colors")]
        names = [tag.strip() for tag in str(tags.value).split(",")]
        return counts, class_entries(names, colors)
    listed = [*root.each("tags"), *root.each("categories")]
    named = [(n, each.get("color")) for each in listed if (n := each.get("name"))]
    return counts, class_entries(
        [str(name.value) for name, _ in named],
        [color.value if color is not None else None for _, color in named],
    )


def changed_json(text: str, change: ClassChange) -> str:
    """The text with new names and colors and not another character changed."""
    root, edits = parse_spans(text), JsonEdits(text)
    for labels in _labels(root):
        _change_labels(edits, labels, change)
    if root.get("inputTags") is not None:
        _change_vott_1(edits, root, change)
    if root.get("assets") is not None:
        _change_listed(edits, root.each("tags"), change)
    for key, id_key in _CATEGORY_KEYS:
        if root.get(key) is not None:
            _change_coco(edits, root, key, id_key, change)
    return edits.applied()


def _labels(root: Node) -> Iterator[list[Node]]:
    """For each region the texts that label it: VoTT's tags, labelme's label."""
    entries = [root]
    for key in ("frames", "assets"):
        if (found := root.get(key)) is not None:
            entries += found.children()
    for entry in entries:
        for region in [*entry.each("regions"), *(entry.items or [])]:
            yield _texts(region.each("tags"))
        asset = entry.get("asset") or entry
        if asset is not root:
            yield _texts(asset.each("tags"))
    for shape in root.each("shapes"):
        label = shape.get("label")
        yield _texts([label] if label is not None else [])


def _texts(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if isinstance(node.value, str)]


def _change_labels(edits: JsonEdits, labels: list[Node], change: ClassChange) -> None:
    names = [str(node.value) for node in labels]
    if not any(name in change.names for name in names):
        return
    stay = surviving(names, change)
    for index in stay:
        edits.replace(labels[index], change.new_name(names[index]))
    # A region has each of its classes once.
    edits.remove(labels, set(range(len(labels))) - set(stay))


def _change_vott_1(edits: JsonEdits, root: Node, change: ClassChange) -> None:
    tags = root.get("inputTags")
    assert tags is not None
    names = str(tags.value).split(",")
    plain = [name.strip() for name in names]
    stay = surviving(plain, change)
    colors = root.each("tag_colors")
    if len(stay) < len(names) or any(name in change.names for name in plain):
        new = [change.names.get(plain[index], names[index]) for index in stay]
        edits.replace(tags, ",".join(new))
        gone = set(range(min(len(names), len(colors)))) - set(stay)
        edits.remove(colors, gone)
    for index in stay:
        color = change.colors.get(change.new_name(plain[index]))
        if color is not None and index < len(colors):
            edits.replace(colors[index], color)


def _change_listed(edits: JsonEdits, listed: list[Node], change: ClassChange) -> None:
    """Of objects with name and color."""
    names = [str(n.value) if (n := each.get("name")) else "" for each in listed]
    stay = surviving(names, change)
    for index in stay:
        name, color = listed[index].get("name"), listed[index].get("color")
        if name is not None:
            edits.replace(name, change.new_name(names[index]))
        wanted = change.colors.get(change.new_name(names[index]))
        if color is not None and wanted is not None:
            edits.replace(color, wanted)
    edits.remove(listed, set(range(len(listed))) - set(stay))


def _ids(root: Node, key: str) -> list[tuple[str, object]]:
    return [
        (str(name.value) if (name := each.get("name")) else "", number.value)
        for each in root.each(key)
        if (number := each.get("id")) is not None
    ]


def _change_coco(
    edits: JsonEdits, root: Node, key: str, id_key: str, change: ClassChange
) -> None:
    listed = _ids(root, key)
    _change_listed(edits, root.each(key), change)
    into = merged_into([name for name, _ in listed], change)
    numbers = {
        number: listed[index][1]
        for (_, number), index in zip(listed, into, strict=True)
    }
    for annotation in root.each("annotations"):
        number = annotation.get(id_key)
        if number is not None and number.value in numbers:
            edits.replace(number, numbers[number.value])


def _coco_counts(root: Node) -> Counter[str]:
    counts: Counter[str] = Counter()
    for key, id_key in _CATEGORY_KEYS:
        names = {number: name for name, number in _ids(root, key)}
        for annotation in root.each("annotations"):
            number = annotation.get(id_key)
            if number is not None and number.value in names:
                counts[names[number.value]] += 1
    return counts
