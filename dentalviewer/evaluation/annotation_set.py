"""What a reader, person or detector, said of many radiographs, and who said the same.

Sets are compared radiograph by radiograph, in the pixels of the first: file names are
matched whatever their case and suffix, boxes are scaled where the sizes differ.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path, PurePosixPath

from dentalviewer.detector import DetectionSettings, select
from dentalviewer.errors import AnnotationFileError, NothingInCommonError
from dentalviewer.formats.heard_once import repetition_of, require_another_reader
from dentalviewer.formats.signature import Signature
from dentalviewer.geometry import Size
from dentalviewer.study import Finding

# Sizes may be rounded when a radiograph is shrunk; more than this is another crop.
ASPECT_TOLERANCE = 0.02

Identifier = int | str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader said of one radiograph, in pixels of a frame of `size`.

    `name` is the radiograph's file name as stated; `size` is None where none is stated.
    What is `uncertain` is neither asked of another reader nor counted against one.
    """

    name: str
    size: Size | None
    findings: tuple[Finding, ...]
    uncertain: tuple[Finding, ...] = ()

    def of_label(self, label: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.label == label)


def reading_of(name: str, size: Size | None, findings: Iterable[Finding]) -> Reading:
    """What annotations say, with those apart that their file calls uncertain."""
    said = tuple(findings)
    certain = tuple(each for each in said if not each.uncertain)
    return Reading(name, size, certain, tuple(each for each in said if each.uncertain))


@dataclass(frozen=True, slots=True)
class FaultyBox:
    """A box in the file at `path` that was left out, or `is_cut`; `fault` names it, its
    radiograph and what is wrong.
    """

    path: Path
    fault: str
    is_outside: bool = False
    is_cut: bool = False


def used_labels(readings: Iterable[Reading]) -> tuple[str, ...]:
    """The labels of all findings, in the order in which they come."""
    said = (f.label for r in readings for f in (*r.findings, *r.uncertain))
    return tuple(dict.fromkeys(said))


@dataclass(frozen=True, slots=True)
class AnnotationSet:
    """The readings of one reader, as read from `path`.

    `labels` are those the file declares, then others it uses. `image_names` and
    `category_labels` say what COCO's ids stand for; empty for other formats. `notes` is
    what the user should know: what was skipped or read with a change. `title` is what
    the reader is called where no file tells it; `by_detector` holds where a detector
    read, found it anything or not. `signature` is that detector's, where the file has
    one. `faulty` boxes are in no
    reading, or cut. `files` are those that the readings are from,
    with exports that say the same.
    """

    path: Path
    labels: tuple[str, ...]
    readings: tuple[Reading, ...]
    image_names: Mapping[Identifier, str] = field(default_factory=dict)
    category_labels: Mapping[Identifier, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    title: str = ""
    by_detector: bool = False
    signature: Signature | None = None
    faulty: tuple[FaultyBox, ...] = ()
    files: frozenset[Path] = frozenset()

    @property
    def name(self) -> str:
        """What the reader is called: the file without its suffix, or the folder."""
        if self.title:
            return self.title
        path = self._called_after
        # "Dr. Maier" is a folder, and "Maier" no suffix.
        return path.name if path.is_dir() else path.stem

    @property
    def folders(self) -> tuple[str, ...]:
        """Around what the reader is called after, the innermost first."""
        if self.title:
            return ()
        folder = self._called_after.parent
        return folder.relative_to(folder.anchor).parts[::-1]

    @property
    def _called_after(self) -> Path:
        path = Path(os.path.abspath(self.path))
        tells_nothing = path.stem in ("predictions", "annotations")
        return path.parent if tells_nothing and path.is_file() else path

    @property
    def is_scored(self) -> bool:
        """Whether a detector made it."""
        return self.by_detector or any(
            f.score is not None for r in self.readings for f in r.findings
        )

    def shown(self, settings: DetectionSettings) -> AnnotationSet:
        """The set as a detector with these settings would show it."""
        return replace(
            self,
            readings=tuple(
                replace(reading, findings=select(reading.findings, settings))
                for reading in self.readings
            ),
        )


def heard_with(
    path: Path, found: AnnotationSet, before: Sequence[AnnotationSet]
) -> list[AnnotationSet]:
    """Those read before, and the set at `path` as one more reader; but a VoTT 2 project
    and its own export are one, with a note.

    Raises AnnotationFileError if it is read from a file of another one.
    """
    heard = list(before)
    repetition = repetition_of(found.files, [each.files for each in heard])
    if repetition is not None:
        earlier = heard[repetition.number]
        # The project may say more by now.
        is_kept = repetition.is_sure and repetition.is_later
        kept = earlier if is_kept else found
        noted = replace(kept, notes=(*kept.notes, repetition.note))
        if repetition.is_sure:
            heard[repetition.number] = replace(noted, title=earlier.title)
            return heard
        found = noted
    others = ((each.title or str(each.path), each.files) for each in before)
    require_another_reader(path, found.files, others)
    return [*heard, found]


def with_silent(found: AnnotationSet, like: AnnotationSet) -> AnnotationSet:
    """With the radiographs of the set `like` that a detector's files leave out.

    Texts of YOLO and tables do not show those on which nothing was found. Raises
    AnnotationFileError, naming the detector's file, if two radiographs may be meant.
    """
    if not found.is_scored:
        return found
    told = _partners(like, found)
    silent = [each for place, each in enumerate(like.readings) if place not in told]
    if not silent:
        return found
    are = "1 radiograph is" if len(silent) == 1 else f"{len(silent)} radiographs are"
    note = (
        f"{are} not spoken of in {found.path}, such as {silent[0].name}: nothing"
        " counts as found there"
    )
    nothing = (replace(each, findings=(), uncertain=()) for each in silent)
    return replace(
        found, readings=(*found.readings, *nothing), notes=(*found.notes, note)
    )


def aligned(reference: AnnotationSet, other: AnnotationSet) -> tuple[Reading, ...]:
    """The other set's readings in the order and the pixels of the reference's.

    Raises AnnotationFileError, naming the other set's file, if it says nothing of a
    radiograph, if two of its radiographs may be meant, or if it speaks of a picture of
    another shape.
    """
    partners = _partners(reference, other)
    names = [reading.name for reading in reference.readings]
    absent = [name for place, name in enumerate(names) if place not in partners]
    if absent:
        count = "1 radiograph" if len(absent) == 1 else f"{len(absent)} radiographs"
        raise AnnotationFileError(
            other.path,
            f"says nothing of {count} of {reference.path}, such as {absent[0]}",
        )
    return _in_pixels_of(reference, partners, other.path)


def in_common(sets: Sequence[AnnotationSet]) -> tuple[AnnotationSet, ...]:
    """The sets, cut down to the radiographs that all of them speak of, and aligned.

    All come in the order and the pixels of the first. Raises NothingInCommonError if no
    radiograph is in all of them, and AnnotationFileError as `aligned` does.
    """
    first, *others = sets
    partners = [_partners(first, other) for other in others]
    kept = [
        place
        for place in range(len(first.readings))
        if all(place in found for found in partners)
    ]
    if not kept:
        names = ", ".join(str(other.path) for other in others)
        raise NothingInCommonError(
            first.path, f"has no radiograph in common with {names}"
        )
    return replace(first, readings=tuple(first.readings[place] for place in kept)), *(
        replace(
            other,
            readings=_in_pixels_of(first, {p: found[p] for p in kept}, other.path),
        )
        for other, found in zip(others, partners, strict=True)
    )


def with_most_in_common(sets: Sequence[AnnotationSet]) -> frozenset[int]:
    """Which of the sets, by their places, are best compared all together.

    The two with most radiographs in common, and each further one with which at least
    half of what the others share is left.
    """
    if len(sets) < 2:
        return frozenset(range(len(sets)))
    names = [{name_keys(r.name)[-1] for r in each.readings} for each in sets]
    first = max(combinations(range(len(sets)), 2), key=lambda p: _shared(names, p))
    chosen, rest = set(first), set(range(len(sets))).difference(first)
    while rest:
        best = max(sorted(rest), key=lambda place: _shared(names, {*chosen, place}))
        if 2 * _shared(names, {*chosen, best}) < _shared(names, chosen):
            break
        rest.remove(best)
        chosen.add(best)
    return frozenset(chosen)


def _shared(names: Sequence[set[str]], places: Collection[int]) -> int:
    return len(set.intersection(*(names[place] for place in places)))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def name_keys(name: str) -> tuple[str, str, str]:
    """A stated name from the most telling to the least: path, file name, stem."""
    path = PurePosixPath(_folded(name))
    return str(path), path.name, path.stem


def _by_name(found: AnnotationSet) -> Mapping[str, list[Reading]]:
    index: dict[str, list[Reading]] = defaultdict(list)
    for reading in found.readings:
        for key in dict.fromkeys(name_keys(reading.name)):
            index[key].append(reading)
    return dict(index)


def _partners(reference: AnnotationSet, other: AnnotationSet) -> dict[int, Reading]:
    """The other set's readings by the places, in the reference, of the same radiograph.

    Only one of the very path where the reference has that path too: another there may
    share its name. Raises AnnotationFileError if two may be meant, on either side.
    """
    index = _by_name(other)
    paths = {name_keys(reading.name)[0] for reading in reference.readings}
    partners: dict[int, Reading] = {}
    meant: dict[str, str] = {}
    for place, reading in enumerate(reference.readings):
        partner = _find(index, reading.name, paths, other.path)
        if partner is None:
            continue
        name = meant.setdefault(partner.name, reading.name)
        if name_keys(name)[0] != name_keys(reading.name)[0]:
            fault = f"{partner.name} may be any of {name}, {reading.name}"
            raise AnnotationFileError(other.path, fault)
        partners[place] = partner
    return partners


def _find(
    index: Mapping[str, list[Reading]], name: str, taken: Collection[str], path: Path
) -> Reading | None:
    """The reading of that name; of another path only where this is not `taken`."""
    own = name_keys(name)[0]
    for key in name_keys(name):
        candidates = [
            each
            for each in index.get(key, ())
            if name_keys(each.name)[0] not in taken or name_keys(each.name)[0] == own
        ]
        if len(candidates) > 1:
            names = ", ".join(c.name for c in candidates)
            raise AnnotationFileError(path, f"{name} may be any of {names}")
        if candidates:
            return candidates[0]
    return None


def _in_pixels_of(
    reference: AnnotationSet, partners: Mapping[int, Reading], path: Path
) -> tuple[Reading, ...]:
    return tuple(
        _fitted(partner, reference.readings[place], path)
        for place, partner in partners.items()
    )


def _fitted(reading: Reading, reference: Reading, path: Path) -> Reading:
    size, target = reading.size, reference.size
    if size is None or target is None or size == target:
        return replace(reading, name=reference.name, size=target or size)
    x_factor, y_factor = target.width / size.width, target.height / size.height
    if abs(x_factor / y_factor - 1) > ASPECT_TOLERANCE:
        raise AnnotationFileError(
            path,
            f"{reading.name} is {size} pixels, but {target} in the set it is compared"
            " with: not the same picture",
        )

    def scaled(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(replace(f, box=f.box.scaled(x_factor, y_factor)) for f in findings)

    return Reading(
        reference.name, target, scaled(reading.findings), scaled(reading.uncertain)
    )
