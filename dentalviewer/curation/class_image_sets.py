"""Pascal VOC's lists of images, which bear the name of their class."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dentalviewer.curation.drafts import Draft
from dentalviewer.formats._voc_project import list_name

_LINE = re.compile(r"(.*?)(?:\s+(-1|0|1))?\s*")


def image_set_drafts(
    paths: Sequence[Path], names: Mapping[str, str], failures: list[str]
) -> Iterator[Draft]:
    """A list goes by the new name of its class; those of merged classes are united."""
    renamed = {list_name(old): list_name(new) for old, new in names.items()}
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        by_folder[path.parent].append(path)
    for folder, lists in by_folder.items():
        try:
            yield from _drafts(folder, lists, renamed)
        except (OSError, ValueError) as fault:
            failures.append(f"{folder}: {fault}")


def _drafts(
    folder: Path, paths: Sequence[Path], renamed: Mapping[str, str]
) -> Iterator[Draft]:
    present = {path.stem: path.read_bytes() for path in paths}
    labels = dict.fromkeys(stem.rpartition("_")[0] for stem in present)
    targets: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        if renamed.get(label, label) != label:
            targets[renamed[label]].append(label)
    for target, sources in targets.items():
        own = [target] if target in labels else []
        after = _united([*own, *sources], present)
        for side, content in after.items():
            stem = f"{target}_{side}"
            if present.get(stem) != content:
                yield Draft(folder / f"{stem}.txt", present.get(stem), content, 0)
        for source in sources:
            for side in ("train", "val"):
                gone = present.get(f"{source}_{side}")
                if gone is not None:
                    yield Draft(folder / f"{source}_{side}.txt", gone, None, 0)


def _united(labels: Sequence[str], present: Mapping[str, bytes]) -> dict[str, bytes]:
    """The lists of both sides. An image stays on the side it has in the first class."""
    found = {
        side: [present[f"{label}_{side}"] for label in labels
               if f"{label}_{side}" in present]
        for side in ("train", "val")
    }  # fmt: skip
    if len(labels) == 1:
        return {side: contents[0] for side, contents in found.items() if contents}
    sides: dict[str, str] = {}
    shows: dict[str, int] = {}
    for label in labels:
        for side in ("train", "val"):
            text = present.get(f"{label}_{side}", b"").decode("utf-8-sig")
            for line in text.splitlines():
                match = _LINE.fullmatch(line)
                if match is None or not match[1]:
                    continue
                sides.setdefault(match[1], side)
                shown = int(match[2] or 1)
                shows[match[1]] = max(shows.get(match[1], -1), shown)
    return {
        side: "\n".join(
            f"{name} {shows[name]}" for name, own in sides.items() if own == side
        ).encode()
        for side, contents in found.items()
        if contents
    }
