"""What every annotation format shares: what is read, what is written, which image."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._project import Part, Rest
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS, canonical
from dentalviewer.study import Finding, Origin

# A full mouth has 32 teeth; thousands of boxes are a mistake or an attack.
MAX_OBJECTS = 5_000
# Ten times the widest panoramic radiograph there is, and more.
MAX_COORDINATE = 10_000_000.0
# A region thinner than this, in pixels, has no area that anybody drew.
MIN_SIDE = 0.001
MAX_NOTES = 20

_encode = json.JSONEncoder(separators=(",", ":")).encode

# Other names for the classes; None where labels are to be kept word for word.
Aliases = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ImageAnnotations:
    """What one annotation file says about one radiograph.

    Boxes are in pixels of `frame`, the size of the radiograph that the file states
    (None where it states none). `notes` is what the user should know: what was skipped
    or read with a change. `question` is set when the file may well speak of another
    radiograph; it must be answered by the user before the findings are used.
    `left_out` counts what the file says beyond findings, such as "difficult", and
    `simplified` are those of the notes that are about shapes and several labels; a
    file of the same format keeps all of that, and the `rest` that it says of the image.
    `lost` counts what no file that is written can keep.
    """

    path: Path
    format_name: str
    findings: tuple[Finding, ...]
    frame: Size | None
    notes: tuple[str, ...] = ()
    question: str | None = None
    left_out: tuple[tuple[str, int], ...] = ()
    simplified: tuple[str, ...] = ()
    lost: tuple[tuple[str, int], ...] = ()
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """A radiograph to be written about, and the findings on it.

    `rest` is what its file says besides, and `parts` on which side of a split it is.
    """

    path: Path
    size: Size
    findings: tuple[Finding, ...]
    rest: Rest | None = None
    parts: tuple[Part, ...] = ()


def fitted(annotations: ImageAnnotations, size: Size) -> tuple[Finding, ...]:
    """The findings scaled from the frame that the file states to a radiograph's size.

    As they are where the file states no frame.
    """
    frame = annotations.frame
    if frame is None or frame == size:
        return annotations.findings
    x_factor, y_factor = size.width / frame.width, size.height / frame.height
    return tuple(
        replace(finding, box=finding.box.scaled(x_factor, y_factor))
        for finding in annotations.findings
    )


@dataclass(slots=True)
class Gathering:
    """Collects the findings of one file on one radiograph, and the notes about them."""

    path: Path
    format_name: str
    aliases: Aliases
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    simplified: list[str] = field(default_factory=list)
    outlines: int = 0
    regions: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def require_sensible_count(self, count: int) -> None:
        if count > MAX_OBJECTS:
            raise AnnotationFileError(
                self.path,
                f"{count} objects on one radiograph; more than {MAX_OBJECTS} are"
                " not read",
            )

    def add(
        self,
        place: str,
        corners: Sequence[float],
        labels: Sequence[str],
        *,
        tooth: Tooth | None = None,
        last_tooth: Tooth | None = None,
        score: float | None = None,
        said: str = "",
    ) -> None:
        """One finding per label; a region without area or label leaves a note.

        `said` is the region word for word, for a file of the same format.
        """
        self.regions += 1
        if max(map(abs, corners)) > MAX_COORDINATE:
            raise AnnotationFileError(
                self.path, f"{place}: a coordinate is beyond any radiograph: {corners}"
            )
        if not labels:
            self.notes.append(f"{place} was skipped: it has no label")
            return
        x_min, y_min, x_max, y_max = corners
        for axis, low, high in (("x", x_min, x_max), ("y", y_min, y_max)):
            if high - low < MIN_SIDE:
                self.notes.append(
                    f"{place} ({', '.join(labels)}) was skipped: {axis}max {high:g} is"
                    f" not greater than {axis}min {low:g}"
                )
                return
        if len(labels) > 1:
            self._simplify(
                f"{place} has {len(labels)} labels and became as many findings:"
                f" {', '.join(labels)}"
            )
        box = Box(x_min, y_min, x_max, y_max)
        origin = Origin(self.format_name, self.regions, said, box) if said else None
        self.findings += [
            Finding(box, self._label(label), tooth, score, last_tooth, origin)
            for label in labels
        ]

    def add_outline(
        self,
        place: str,
        points: Sequence[tuple[float, float]],
        labels: Sequence[str],
        *,
        tooth: Tooth | None = None,
        score: float | None = None,
        said: str = "",
    ) -> None:
        """The upright box around a polygon or the like."""
        if not points:
            self.notes.append(f"{place} was skipped: it has no points")
            return
        before = len(self.findings)
        xs, ys = zip(*points, strict=True)
        corners = (min(xs), min(ys), max(xs), max(ys))
        self.add(place, corners, labels, tooth=tooth, score=score, said=said)
        self.outlines += len(self.findings) > before

    def _simplify(self, note: str) -> None:
        self.notes.append(note)
        self.simplified.append(note)

    def _label(self, label: str) -> str:
        return label if self.aliases is None else canonical(label, self.aliases)

    def finished(
        self, frame: Size | None, rest: Mapping[str, object] | str = ""
    ) -> ImageAnnotations:
        """`rest` is what the file says of the image besides, as JSON or as text."""
        if self.outlines:
            shapes = (
                "1 outline was"
                if self.outlines == 1
                else (f"{self.outlines} outlines were")
            )
            self._simplify(f"{shapes} read as the box around it")
        if frame is not None:
            outside = sum(_reaches_outside(each.box, frame) for each in self.findings)
            if outside:
                boxes = "1 box reaches" if outside == 1 else f"{outside} boxes reach"
                self.notes.append(f"{boxes} outside the frame of {frame} pixels")
        text = rest if isinstance(rest, str) else packed(rest)
        return ImageAnnotations(
            self.path,
            self.format_name,
            tuple(self.findings),
            frame,
            _at_most(self.notes),
            left_out=tuple(sorted((+self.left_out).items())),
            simplified=tuple(self.simplified),
            lost=tuple(sorted((+self.lost).items())),
            rest=Rest(self.format_name, text) if text else None,
        )


def _at_most(notes: Sequence[str]) -> tuple[str, ...]:
    if len(notes) <= MAX_NOTES:
        return tuple(notes)
    return (*notes[:MAX_NOTES], f"and {len(notes) - MAX_NOTES} more notes")


def packed(value: object) -> str:
    """Parsed JSON in a tenth of its memory, for what most likely is not asked for."""
    return _encode(value)


def without(values: Mapping[str, object], *known: str) -> dict[str, object]:
    """The fields of an object that are not known, as they are."""
    return {key: value for key, value in values.items() if key not in known}


def count_unknown(
    counter: Counter[str], values: Mapping[str, object], known: Collection[str]
) -> None:
    """Counts the fields that say something and have no equal in another format."""
    for key, value in values.items():
        if key not in known and value not in (None, "", False, [], {}):
            counter[key[:40]] += 1


def _reaches_outside(box: Box, frame: Size) -> bool:
    return (
        box.x_min < 0
        or box.y_min < 0
        or box.x_max > frame.width
        or box.y_max > frame.height
    )


def stated_frame(path: Path, place: str, width: float, height: float) -> Size | None:
    """The frame that a file states; None for 0 x 0, which tools write for "unknown"."""
    if not (0 <= width <= MAX_COORDINATE and 0 <= height <= MAX_COORDINATE):
        what = f"{width:g} x {height:g} is not the size of a radiograph"
        raise AnnotationFileError(path, f"{place}: {what}" if place else what)
    frame = Size(round(width), round(height))
    return frame if frame.width and frame.height else None


def base_name(stated: str) -> str:
    """The file name at the end of a path of any system."""
    return stated.replace("\\", "/").rpartition("/")[2]


def same_name(one: str, other: str) -> bool:
    """Whether two file names are one on some system: case and composition are free."""
    return folded(one) == folded(other)


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def matching(stated: Iterable[str], image: Path) -> list[str]:
    """Those of the stated names or paths that may mean the image, the closest alone.

    Closest is the same letters before another case, then all folders that are stated,
    then as many as there are, for paths may be of another computer.
    """
    found = [name for name in stated if same_name(base_name(name), image.name)]
    for is_close in (_has_same_letters, agrees_with_folders):
        closest = [name for name in found if is_close(name, image)]
        found = closest or found
    most = max((_shared_folders(name, image) for name in found), default=0)
    return [name for name in found if _shared_folders(name, image) == most]


def _has_same_letters(stated: str, image: Path) -> bool:
    composed = unicodedata.normalize("NFC", base_name(stated))
    return composed == unicodedata.normalize("NFC", image.name)


def agrees_with_folders(stated: str, image: Path) -> bool:
    """Whether the image lies in the folders that a relative path states."""
    parts = [part for part in stated.replace("\\", "/").split("/") if part != "."]
    actual = Path(os.path.abspath(image)).parts[-len(parts) :]
    return list(map(folded, parts)) == list(map(folded, actual))


def _shared_folders(stated: str, image: Path) -> int:
    """How many folders agree, from the name up."""
    parts = [folded(part) for part in stated.replace("\\", "/").split("/") if part]
    actual = [folded(part) for part in Path(os.path.abspath(image)).parts]
    pairs = zip(reversed(parts), reversed(actual), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def exported(image: LabelledImage) -> tuple[Finding, ...]:
    """The findings as they are written: clipped to the image, without the digits that
    are but noise of the arithmetic.

    A box wholly outside the image is left out.
    """
    found = (_exported(finding, image.size) for finding in image.findings)
    return tuple(finding for finding in found if finding is not None)


def _exported(finding: Finding, size: Size) -> Finding | None:
    box = finding.box
    if _reaches_outside(box, size):
        clipped = box.clipped(size)
        if clipped is None:
            return None
        box = clipped
    corners = tuple(rounded(value) for value in box.corners)
    label = plain_text(finding.label)
    if corners == finding.box.corners and label == finding.label:
        return finding
    x_min, y_min, x_max, y_max = corners
    if x_max <= x_min or y_max <= y_min:
        return None
    return replace(finding, box=Box(x_min, y_min, x_max, y_max), label=label)


def rounded(value: float) -> float:
    return round(value, 4)


def number_text(value: float) -> str:
    """A number as JavaScript tools write it: 12 and not 12.0."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def plain_number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain_text(text: str) -> str:
    """The text without the characters that no XML file may hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def export_labels(
    images: Sequence[LabelledImage], declared: Sequence[str] = ()
) -> tuple[str, ...]:
    """The classes in the order that the files they come from declare.

    Where none does, those of the glossary first, always with the same number.
    """
    labels = {finding.label for image in images for finding in exported(image)}
    first: tuple[str, ...] = KNOWN_LABELS
    if declared:
        also = [label for label in KNOWN_LABELS if label in labels]
        first = tuple(dict.fromkeys([*map(plain_text, declared), *also]))
    return (*first, *sorted(labels.difference(first)))


def without_repeats(images: Sequence[LabelledImage]) -> list[LabelledImage]:
    """Each file once, as it was first named."""
    return list({os.path.abspath(i.path): i for i in reversed(images)}.values())[::-1]


def stated_names(images: Sequence[LabelledImage]) -> list[str]:
    """How each image is named in a file about all of them; never two alike.

    The file name where all lie in one folder, else the path below the folder that
    they have in common.
    """
    paths = [Path(os.path.abspath(image.path)) for image in images]
    folders = {path.parent for path in paths}
    if len(folders) <= 1:
        return [plain_text(path.name) for path in paths]
    try:
        common = Path(os.path.commonpath(folders))
        relative = [path.relative_to(common) for path in paths]
    except ValueError:  # They lie on several drives of Windows.
        relative = [
            Path(path.drive.strip(":\\/"), *path.relative_to(path.anchor).parts)
            for path in paths
        ]
    return [plain_text(PurePosixPath(*path.parts).as_posix()) for path in relative]


def safe_file_name(text: str) -> str:
    """A name that every system takes for a file, made from any text."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", plain_text(text)).strip(". ") or "_"
