"""A label audit, to be read: JSON, Markdown and cut-outs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dentalviewer.curation.audit import Contradiction, Kind
from dentalviewer.errors import RadiographError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.gallery import (
    draw_place,
    file_of,
    png,
    radiographs_by_name,
    read_picture,
)
from dentalviewer.evaluation.tables import as_json, table
from dentalviewer.labels import NONE_CHOSEN, display_name
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding

CUT_OUTS = "cut-outs"
HOW_TO_READ = (
    "The strongest contradiction comes first. Its strength, from 0 to 1, is how sure"
    " the detector is, compared with the annotations of that class that it confirms:"
    " at 0.5 it is surer than of half of them. Whether the label or the detector is"
    " right, only a look tells. A detector that learned from these very labels has"
    " learned some of their faults, and will not contradict those."
)


def write_cut_outs(
    folder: Path,
    contradictions: Sequence[Contradiction],
    truth: Sequence[Reading],
    images: Path,
    class_colors: Mapping[str, str] = NONE_CHOSEN,
) -> tuple[dict[int, str], tuple[str, ...]]:
    """Write an enlarged picture of each place, annotations solid, predictions dashed.

    `images` is the folder of the radiographs, searched with its sub-folders. Returns
    the file names by the contradiction's number, from 1, and what could not be drawn.
    Raises FileError if they cannot be written.
    """
    import cv2

    files = radiographs_by_name(images)
    places = {reading.name: index for index, reading in enumerate(truth)}
    drawn: dict[int, bytes] = {}
    problems: dict[str, None] = {}
    for number, each in enumerate(contradictions, 1):
        index = places[each.radiograph]
        predicted = () if each.prediction is None else (each.prediction,)
        try:
            pixels = read_picture(file_of(each.radiograph, files, images))
        except RadiographError as error:
            problems[str(error)] = None
            continue
        tile = draw_place(
            pixels,
            truth[index],
            predicted,
            each.annotation,
            each.prediction,
            class_colors,
        )
        drawn[number] = png(cv2, tile)
    # Whoever stops it while they are drawn finds all as it was.
    make_folder(folder / CUT_OUTS)
    names = {number: f"{CUT_OUTS}/{number:03d}.png" for number in drawn}
    for number, name in names.items():
        write_atomically(folder / name, drawn[number])
    return names, tuple(problems)


def audit_json(
    contradictions: Sequence[Contradiction], pictures: Mapping[int, str]
) -> bytes:
    """All of them, numbered; boxes as x_min, y_min, x_max, y_max in pixel edges."""
    return as_json(
        {
            "contradictions": [
                {
                    "number": number,
                    "strength": round(each.strength, 4),
                    "kind": str(each.kind),
                    "radiograph": each.radiograph,
                    "annotation": _plain(each.annotation),
                    "prediction": _plain(each.prediction),
                    "picture": pictures.get(number),
                }
                for number, each in enumerate(contradictions, 1)
            ]
        }
    )


def _plain(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    plain: dict[str, Any] = {
        "label": finding.label,
        "box": [round(value, 1) for value in finding.box.corners],
    }
    if finding.tooth is not None:
        plain["tooth"] = finding.tooth.fdi_number
    if finding.score is not None:
        plain["score"] = round(finding.score, 4)
    return plain


def audit_markdown(
    contradictions: Sequence[Contradiction],
    shown: int,
    pictures: Mapping[int, str],
    *,
    truth: str,
    predictions: str,
) -> str:
    """The first `shown` of them as a table; `truth` and `predictions` are said."""
    rows = [
        [
            number,
            f"{each.strength:.2f}",
            str(each.kind),
            _annotated(each),
            _predicted(each),
            each.radiograph,
            f"![{number}]({pictures[number]})" if number in pictures else "",
        ]
        for number, each in enumerate(contradictions[:shown], 1)
    ]
    header = [
        "number", "strength", "what may be wrong", "annotated", "the detector says",
        "radiograph", "",
    ]  # fmt: skip
    counts = Counter(each.kind for each in contradictions[:shown])
    said = ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts[kind])
    listed = min(shown, len(contradictions))
    parts = [
        "# Label audit",
        f"{predictions} against {truth}. {len(contradictions)} contradictions, of which"
        f" the first {listed} are listed: {said or 'none'}.",
        HOW_TO_READ,
        table(header, rows, texts=len(header)),
    ]
    return "\n\n".join(parts) + "\n"


def _annotated(each: Contradiction) -> str:
    if each.annotation is None:
        return "nothing"
    return _at(each.annotation)


def _predicted(each: Contradiction) -> str:
    if each.kind is Kind.MARKED_TWICE:
        return "one of two"
    if each.prediction is None:
        return "nothing"
    score = each.prediction.score
    sure = "" if score is None else f", score {score:.2f}"
    return f"{_at(each.prediction)}{sure}"


def _at(finding: Finding) -> str:
    x_min, y_min, x_max, y_max = (f"{value:.0f}" for value in finding.box.corners)
    return f"{display_name(finding.label)} at {x_min}, {y_min} to {x_max}, {y_max}"
