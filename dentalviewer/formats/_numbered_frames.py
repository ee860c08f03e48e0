"""Which picture a number means in a project that numbers its pictures.

Such projects come from VoTT 1 and tools around it. They may count from 0 or from 1,
by the number in the name of a picture or by its place in the folder. A way of counting
is taken only if every other one contradicts the project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.errors import RadiographError
from dentalviewer.formats._annotation_file import Meant
from dentalviewer.formats._image_names import folded
from dentalviewer.formats._image_size import upright_size
from dentalviewer.geometry import Size
from dentalviewer.radiograph import is_radiograph_name

# Two sizes of one picture have the same shape up to the rounding of their sides.
SAME_SHAPE = 0.01

# From the number of a frame to the name of its picture.
_Counting = Mapping[int, str]


def is_number(text: str) -> bool:
    return re.fullmatch("[0-9]{1,9}", text) is not None


@dataclass(slots=True)
class NumberedFrames:
    """The frames of a project that are numbers.

    `drawn` gives the frame size, where regions state one, of those with regions;
    `visited` are the names, if any, that the project says were looked at. `frame_of`
    is asked only when needed.
    """

    numbers: Collection[int]
    drawn: Mapping[int, Callable[[], Size | None]]
    visited: Collection[str] = ()
    _known: dict[Path, list[_Counting]] = field(default_factory=dict)

    def meant(self, radiograph: Path) -> list[Meant]:
        """The frame of a radiograph; several with a question where it is not clear."""
        fitting = self._fitting(radiograph.parent)
        frames = {
            number
            for counting in fitting
            for number, name in counting.items()
            if folded(name) == folded(radiograph.name)
        }
        if len(frames & set(self.numbers)) == 1 and len(frames) == 1:
            return [Meant(str(frames.pop()))]
        return self._readings(radiograph)

    def names(self, folder: Path) -> dict[int, str]:
        """The pictures in a folder by their number, as far as that is clear."""
        fitting = self._fitting(folder)
        return {
            number: next(iter(said))
            for number in self.numbers
            if len(said := {counting.get(number, "") for counting in fitting}) == 1
            and "" not in said
        }

    def _fitting(self, folder: Path) -> list[_Counting]:
        """Ways of counting that nothing in the project contradicts."""
        if folder not in self._known:
            names = _pictures(folder)
            sizes: dict[str, Size | None] = {}
            self._known[folder] = [
                counting
                for counting in _countings(names)
                if self._fits(counting, folder, sizes)
            ]
        return self._known[folder]

    def _fits(
        self, counting: _Counting, folder: Path, sizes: dict[str, Size | None]
    ) -> bool:
        if not all(number in counting for number in self.numbers):
            return False
        looked_at = set(map(folded, self.visited))
        for number, frame_of in self.drawn.items():
            name = counting[number]
            if looked_at and folded(name) not in looked_at:
                return False
            if name not in sizes:
                sizes[name] = _size(folder / name)
            frame, size = frame_of(), sizes[name]
            if frame is not None and size is not None and not _same_shape(frame, size):
                return False
        return True

    def _readings(self, radiograph: Path) -> list[Meant]:
        """Both ends to count from; neither is taken without asking."""
        stem = radiograph.stem
        number = int(stem) if is_number(stem) else _place(radiograph)
        return [
            Meant(
                str(number - 1 + first),
                "The project numbers its images. This is its image"
                f' "{number - 1 + first}" only if it counts from {first}.',
            )
            for first in (1, 0)
            if number - 1 + first in self.numbers
        ]


def _countings(names: Sequence[str]) -> list[_Counting]:
    """Each way of counting once: by the names that are numbers, and by place."""
    stems = {int(Path(n).stem): n for n in names if is_number(Path(n).stem)}
    ways: list[_Counting] = []
    for first in (1, 0):
        ways.append({stem - 1 + first: name for stem, name in stems.items()})
        ways.append(dict(enumerate(names, first)))
    return [way for index, way in enumerate(ways) if way and way not in ways[:index]]


def _pictures(folder: Path) -> list[str]:
    """In the order in which VoTT 1 lists a folder."""
    try:
        return sorted(p.name for p in folder.iterdir() if is_radiograph_name(p))
    except OSError:
        return []


def _place(radiograph: Path) -> int:
    names = _pictures(radiograph.parent)
    return names.index(radiograph.name) + 1 if radiograph.name in names else -1


def _size(path: Path) -> Size | None:
    try:
        return upright_size(path)
    except RadiographError:
        return None


def _same_shape(one: Size, other: Size) -> bool:
    return abs(one.width * other.height / (one.height * other.width) - 1) <= SAME_SHAPE
