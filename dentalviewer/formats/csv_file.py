"""CSV for spreadsheets: a line for each finding, edges in pixels as in `Box`.

Teeth have FDI numbers; a span reaches to its `last_tooth_fdi`. Whether a tooth is in
doubt is there for who reads the table: to this program, what a file says is stated.
`cautions` are what `detect` asks of the radiograph, the same in each of its lines.

Also reads VoTT 2's CSV export, and tables without the last columns. A text that a
spreadsheet would take for a formula is written with an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile, meant_by_name
from dentalviewer.formats._annotations import Aliases, ImageAnnotations, LabelledImage
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    notes_on,
    remove_earlier,
    write_export,
)
from dentalviewer.formats._gathering import Gathering
from dentalviewer.formats._image_names import stated_names
from dentalviewer.formats._outgoing import outgoing
from dentalviewer.formats._plain import number_text
from dentalviewer.formats._project import OUR_CLASSES, Project
from dentalviewer.formats.signature import is_signed
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

NAME = "CSV"
# What a detector found, and all else; earlier versions called that so, too.
PREDICTIONS, ANNOTATIONS = "predictions.csv", "annotations.csv"
COLUMNS = (
    "file",
    "label",
    "tooth_fdi",
    "score",
    "x_min",
    "y_min",
    "x_max",
    "y_max",
    "last_tooth_fdi",
    "tooth_in_doubt",
    "uncertain",
    "cautions",
)
# As they were before the others came.
EARLIER_COLUMNS = (COLUMNS[:10], COLUMNS[:11])
FIRST_COLUMNS = ("file", "label", "tooth", *COLUMNS[3:8])
VOTT_COLUMNS = ("image", "xmin", "ymin", "xmax", "ymax", "label")
EDGES = ("x_min", "y_min", "x_max", "y_max")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_Row = dict[str, str]


def looks_like_csv(content: bytes) -> bool:
    first = content[:200].decode("utf-8-sig", "replace").partition("\n")[0]
    columns = tuple(first.strip().replace('"', "").split(","))
    return columns in (COLUMNS, *EARLIER_COLUMNS, FIRST_COLUMNS, VOTT_COLUMNS)


def read_csv(path: Path, content: bytes) -> AnnotationFile:
    """The table, with a key for each image. Raises AnnotationFileError."""
    rows: dict[str, list[tuple[int, _Row]]] = defaultdict(list)
    for number, row in _rows(path, content):
        rows[row["file"]].append((number, row))
    images = {name: name for name in rows}

    def read(key: str, _radiograph: Path | None, aliases: Aliases) -> ImageAnnotations:
        return _read_image(path, rows[key], aliases)

    return AnnotationFile(path, NAME, images, read, meant_by_name(images))


def _rows(path: Path, content: bytes) -> list[tuple[int, _Row]]:
    try:
        text = content.decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as fault:
        raise AnnotationFileError(
            path, f"not UTF-8 text (byte {fault.start + 1})"
        ) from fault
    except csv.Error as fault:
        raise AnnotationFileError(path, f"not a valid CSV table: {fault}") from fault
    header = tuple(table[0]) if table else ()
    if header == VOTT_COLUMNS:
        header = ("file", *EDGES, "label")
    elif header == FIRST_COLUMNS:
        header = COLUMNS[: len(FIRST_COLUMNS)]
    elif header not in (COLUMNS, *EARLIER_COLUMNS):
        raise AnnotationFileError(
            path, f"the columns should be {', '.join(COLUMNS)}, not {', '.join(header)}"
        )
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            raise AnnotationFileError(
                path, f"row {number} has {len(cells)} cells, not {len(header)}"
            )
        row = dict(zip(header, map(unguarded, cells), strict=True))
        rows.append((number, row))
    return rows


def _read_image(
    path: Path, rows: Sequence[tuple[int, _Row]], aliases: Aliases
) -> ImageAnnotations:
    gathering = Gathering(path, NAME, aliases)
    gathering.require_sensible_count(len(rows))
    for number, row in rows:
        place = f"row {number}"
        edges = [_number(path, place, row, column) for column in EDGES]
        score = _number(path, place, row, "score") if row.get("score") else None
        tooth, last = _teeth(gathering, place, row)
        labels = [row["label"]] if row["label"].strip() else []
        gathering.add(
            place,
            edges,
            labels,
            tooth=tooth,
            last_tooth=last,
            score=score,
            uncertain=row.get("uncertain", "").strip().casefold() == "yes",
        )
    said = dict.fromkeys(row.get("cautions", "").strip() for _, row in rows)
    return gathering.finished(None, cautions=tuple(filter(None, said)))


def _teeth(
    gathering: Gathering, place: str, row: _Row
) -> tuple[Tooth | None, Tooth | None]:
    """The tooth, or both ends of several."""
    tooth = last = None
    if first := row.get("tooth_fdi", "").strip():
        tooth = gathering.tooth(place, first)
    if other := row.get("last_tooth_fdi", "").strip():
        last = gathering.last_tooth(place, tooth, other)
    return tooth, last


def _number(path: Path, place: str, row: _Row, column: str) -> float:
    text = row[column].strip()
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(number):
        raise AnnotationFileError(
            path, f"{place}: {column} should be a number, not {text[:40]!a}"
        )
    return number


def write_csv(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    project: Project = OUR_CLASSES,
) -> Export:
    """Write one table, which has no room for what a `project` says.

    Raises AnnotationFileError if it cannot be written.
    """
    going = outgoing(images)
    images = going.images
    names = stated_names(images)
    text = io.StringIO()
    # Excel takes UTF-8 for what it is only after a byte order mark.
    text.write("\ufeff")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for image, name in zip(images, names, strict=True):
        if copy_images:
            copy_radiograph(image.path, folder / name)
        table.writerows(_line(name, image, finding) for finding in image.findings)
    path = folder / (PREDICTIONS if _are_predictions(images, project) else ANNOTATIONS)
    write_export(path, text.getvalue())
    if path.name == ANNOTATIONS and _is_of_earlier_version(folder / PREDICTIONS):
        remove_earlier(folder / PREDICTIONS)
    notes = notes_on(going, NAME, teeth=True, scores=True, doubts=True, cautions=True)
    empty = [image for image in images if not image.findings]
    if empty:
        radiographs = counted(len(empty), "radiograph")
        asked = sum(bool(image.cautions) for image in empty)
        which = "it" if len(empty) == 1 else f"{asked:,} of them"
        lost = f", nor the cautions about {which}" if asked else ""
        notes.append(f"{NAME} does not show {radiographs} without findings{lost}")
    return Export(path, tuple(notes))


def _are_predictions(images: Sequence[LabelledImage], project: Project) -> bool:
    """A detector may have found nothing, and signs that as well."""
    return is_signed(project.rests) or any(
        finding.score is not None for image in images for finding in image.findings
    )


def table_in(folder: Path) -> Path | None:
    """What an export has written there, be it by an earlier version."""
    for name in (ANNOTATIONS, PREDICTIONS):
        if (folder / name).is_file():
            return folder / name
    return None


def _is_of_earlier_version(path: Path) -> bool:
    """Whether a table that is called predictions has none, but something else."""
    try:
        rows = _rows(path, path.read_bytes())
    except (AnnotationFileError, OSError):
        return False
    return bool(rows) and not any(row.get("score") for _, row in rows)


def _line(name: str, image: LabelledImage, finding: Finding) -> list[str]:
    """Under each of the `COLUMNS`."""
    tooth, last, score = finding.tooth, finding.last_tooth, finding.score
    return [
        guarded(name),
        guarded(finding.label),
        "" if tooth is None else str(tooth),
        "" if score is None else repr(float(score)),
        *map(number_text, finding.box.corners),
        "" if last is None else str(last),
        "" if tooth is None else "yes" if finding.tooth_in_doubt else "no",
        "yes" if finding.uncertain else "no",
        guarded(" ".join(image.cautions)),
    ]


def guarded(text: str) -> str:
    return f"'{text}" if text[:1] in tuple("=+-@\t\r\n'") else text


def unguarded(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r\n'") else text
