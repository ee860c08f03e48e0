"""Which radiographs of several annotation sets are one and the same.

Names are not enough: two clinics both have a 1.png from the same scanner. So pictures
that are there are looked at, and where one is not, name, folders and size must agree.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from filecmp import cmp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dentalviewer.errors import RadiographError
from dentalviewer.formats import LabelledImage
from dentalviewer.formats._image_names import folded, stated_names
from dentalviewer.formats.collected import SAME_SHAPE
from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

# Of 255, the mean difference between two pictures shrunk to so many pixels. Saved as
# JPEG at quality 20 a radiograph differs from itself by less than 1; of 266 patients of
# one clinic the two most alike differ by 21.
SAME_PICTURE = 4.0
SHRUNK = Size(64, 32)


@dataclass(frozen=True, slots=True)
class Place:
    """The `image`-th image of the `set`-th set."""

    set: int
    image: int


@dataclass(frozen=True, slots=True)
class SameRadiographs:
    """For each radiograph its places, in the order of the sets.

    `notes` tell of pictures that bear one name and are kept apart; `failures` of those
    that may be any of several, and are in none of the groups.
    """

    groups: tuple[tuple[Place, ...], ...]
    notes: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """Images of one radiograph; `names` are their paths below their sets' folders."""

    places: list[Place]
    images: list[LabelledImage]
    names: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Sought:
    """An image, its path as the disk has it, and its path below its set's folder."""

    image: LabelledImage
    real: str
    name: tuple[str, ...]


@dataclass(slots=True)
class _Search:
    groups: list[_Group] = field(default_factory=list)
    by_path: dict[str, _Group] = field(default_factory=dict)
    by_name: dict[str, list[_Group]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    small: dict[Path, NDArray[np.float32]] = field(default_factory=dict)


def find_same_radiographs(
    sets: Sequence[Sequence[LabelledImage]],
    *,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> SameRadiographs:
    """Tell which images of several sets show one radiograph, each image once.

    Reads pictures where two of one name lie in different places. `tell` is given each
    radiograph before it is looked for; what it raises ends the work.
    """
    search = _Search()
    for number, images in enumerate(sets):
        sought = [
            _Sought(image, _real(image.path), tuple(folded(name).split("/")))
            for image, name in zip(images, stated_names(images), strict=True)
        ]
        # What is certain comes first, so that it is not taken by a mere likeness.
        order = sorted(
            range(len(sought)), key=lambda i: sought[i].real not in search.by_path
        )
        for index in order:
            tell(sought[index].image.path)
            _place(search, Place(number, index), sought[index])
    ordered = sorted(search.groups, key=lambda g: (g.places[0].set, g.places[0].image))
    return SameRadiographs(
        tuple(tuple(group.places) for group in ordered),
        tuple(search.notes),
        tuple(search.failures),
    )


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _place(search: _Search, place: Place, sought: _Sought) -> None:
    image, name = sought.image, sought.name
    group = search.by_path.get(sought.real)
    if group is None:
        namesakes = [
            each
            for each in search.by_name[name[-1]]
            if each.places[-1].set != place.set
        ]
        alike = _closest_alike(search, sought, namesakes)
        if len(alike) > 1:
            paths = ", ".join(str(each.images[0].path) for each in alike)
            search.failures.append(f"{image.path}: this may be any of {paths}")
            return
        if alike:
            group = alike[0]
        elif namesakes:
            search.notes.append(_apart(image, namesakes[0].images[0]))
    if group is None:
        group = _Group([], [], [])
        search.groups.append(group)
        search.by_name[name[-1]].append(group)
    group.places.append(place)
    group.images.append(image)
    group.names.append(name)
    search.by_path[sought.real] = group


def _closest_alike(
    search: _Search, sought: _Sought, namesakes: list[_Group]
) -> list[_Group]:
    """Of those that may be the same, those that share the most folders with its path.

    Whoever shares more is looked at first: of thousands in folders of their own, each
    with one name, it is the only one.
    """
    shared = [
        max(_shared_end(sought.name, each) for each in group.names)
        for group in namesakes
    ]
    for most in sorted(set(shared), reverse=True):
        closest = [g for g, n in zip(namesakes, shared, strict=True) if n == most]
        alike = [each for each in closest if _may_be_same(search, sought, each)]
        if alike:
            return alike
    return []


def _may_be_same(search: _Search, sought: _Sought, group: _Group) -> bool:
    image = sought.image
    there = next((each for each in group.images if each.path.is_file()), None)
    other = there or group.images[0]
    if not _same_shape(image.size, other.size):
        return False
    if there is not None and image.path.is_file():
        return _same_picture(search, image.path, there.path)
    return any(_agree(sought.name, each) for each in group.names)


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the shorter of two relative paths is the end of the longer."""
    shared = min(len(one), len(other))
    return one[-shared:] == other[-shared:]


def _shared_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    pairs = list(zip(reversed(one), reversed(other), strict=False))
    return next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))


def _same_shape(one: Size, other: Size) -> bool:
    shape = (one.width * other.height) / (one.height * other.width)
    return abs(shape - 1) <= SAME_SHAPE


def _same_picture(search: _Search, one: Path, other: Path) -> bool:
    try:
        if cmp(one, other, shallow=False):
            return True
        for path in (one, other):
            if path not in search.small:
                search.small[path] = _shrunk(path)
        difference = np.abs(search.small[one] - search.small[other]).mean()
    except (OSError, RadiographError):
        return False  # What cannot be looked at is not taken for anything.
    return bool(difference <= SAME_PICTURE)


def _shrunk(path: Path) -> NDArray[np.float32]:
    """The picture in small, from 0 to 255 whatever its depth (32, 64)."""
    import cv2

    pixels = read_radiograph(path).pixels.astype(np.float32)
    grey = pixels.mean(axis=2) if pixels.ndim == 3 else pixels
    size = (SHRUNK.width, SHRUNK.height)
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    low, high = float(small.min()), float(small.max())
    return np.asarray((small - low) * (255 / max(high - low, 1e-6)), np.float32)


def _apart(image: LabelledImage, other: LabelledImage) -> str:
    why = "they look different"
    if not _same_shape(image.size, other.size):
        why = f"they have {image.size} and {other.size} pixels"
    elif not (image.path.is_file() and other.path.is_file()):
        why = "their folders differ, and not both pictures are there to look at"
    return f"{image.path} and {other.path} are kept apart: {why}"
