"""What every annotation format shares: what is said about a radiograph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._plain import plain_text
from dentalviewer.formats._project import Part, Rest
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

# Ten times the widest panoramic radiograph there is, and more.
MAX_COORDINATE = 10_000_000.0

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
    `lost` counts what no file that is written can keep. `radiograph_size` is set where
    the radiograph had to be looked at for it. `cautions` are what the file says to
    beware of in the radiograph as a whole.
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
    radiograph_size: Size | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """A radiograph to be written about, and the findings on it.

    `rest` is what its file says besides, `parts` on which side of a split it is,
    `patient` whom it shows as far as a file says so, and `cautions` what to beware of
    in it as a whole, as that it may be mirrored.
    """

    path: Path
    size: Size
    findings: tuple[Finding, ...]
    rest: Rest | None = None
    parts: tuple[Part, ...] = ()
    patient: str = ""
    cautions: tuple[str, ...] = ()


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


def say_the_same(first: ImageAnnotations, second: ImageAnnotations) -> bool:
    """Whether files mark the same, to a pixel: exports of one project in two formats.

    What a format has no place for, such as the tooth, makes no difference.
    """
    return _marks(first) == _marks(second)


def united_cautions(
    said: Iterable[ImageAnnotations | LabelledImage],
) -> tuple[str, ...]:
    """Each once: where one of several files is taken, what others ask still holds."""
    return tuple(dict.fromkeys(caution for each in said for caution in each.cautions))


def _marks(said: ImageAnnotations) -> set[tuple[str, tuple[int, ...]]]:
    return {
        (finding.label, tuple(round(c) for c in finding.box.corners))
        for finding in said.findings
    }


def without(values: Mapping[str, object], *known: str) -> dict[str, object]:
    """The fields of an object that are not known, as they are."""
    return {key: value for key, value in values.items() if key not in known}


def count_unknown(
    counter: Counter[str], values: Mapping[str, object], known: Collection[str]
) -> None:
    """Counts the fields that say something and have no equal in another format."""
    for key, value in values.items():
        if key not in known and value not in (None, "", False, [], {}):
            counter[plain_text(key[:40])] += 1


def reaches_outside(box: Box, frame: Size) -> bool:
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
