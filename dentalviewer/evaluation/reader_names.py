"""What readers are called, so that no two of them are called alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dentalviewer.evaluation.annotation_set import AnnotationSet


def distinct_names(sets: Sequence[AnnotationSet]) -> tuple[str, ...]:
    """What to call each reader: the set's name.

    Those that share one are called by the folder that tells them apart: of
    anna/coco.json and berta/coco.json, "anna" and "berta". What nothing tells apart
    has its place in line behind the name.
    """
    own = [each.name for each in sets]
    names = list(own)
    for places in _places_of_equal(own):
        folders = _telling([sets[place].folders for place in places])
        for place, folder in zip(places, folders, strict=True):
            names[place] = folder or own[place]
    # A folder may be called as another set is.
    for places in _places_of_equal(names):
        for place in places:
            if names[place] != own[place]:
                names[place] = f"{names[place]}/{own[place]}"
    counts = Counter(names)
    return tuple(
        f"{name} ({number})" if counts[name] > 1 else name
        for number, name in enumerate(names, 1)
    )


def _places_of_equal(names: Sequence[str]) -> list[list[int]]:
    """The places of each name that occurs more than once."""
    counts = Counter(names)
    return [
        [place for place, each in enumerate(names) if each == name]
        for name, count in counts.items()
        if count > 1
    ]


def _telling(folders: Sequence[Sequence[str]]) -> list[str]:
    """Of each path, its folders innermost first, the folder that no other has there.

    Where some have it all the same, it follows the one further up that tells these
    apart; "" where nothing does.
    """
    for level in range(max(map(len, folders))):
        found = [each[level] if level < len(each) else "" for each in folders]
        if len(set(found)) > 1:
            break
    else:
        return [""] * len(folders)
    for places in _places_of_equal(found):
        above = _telling([folders[place][level + 1 :] for place in places])
        for place, further in zip(places, above, strict=True):
            found[place] = f"{further}/{found[place]}" if further else found[place]
    return found
