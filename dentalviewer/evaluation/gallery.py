"""The worst misses and false alarms, to be looked at before the detector is blamed."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from dentalviewer.enhancement import full_window, shown
from dentalviewer.errors import RadiographError
from dentalviewer.evaluation.annotation_set import Reading, name_keys
from dentalviewer.evaluation.confusion import on_uncertain
from dentalviewer.evaluation.contact_sheet import (
    LINES,
    Color,
    Pixels,
    bgr,
    sheet_of,
    with_caption,
)
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.geometry import Box, Size, iou
from dentalviewer.labels import KNOWN_LABELS, NONE_CHOSEN, display_name, label_color
from dentalviewer.matching import SAME_PLACE_IOU, match
from dentalviewer.phrases import capitalised, percent
from dentalviewer.radiograph import is_radiograph_name, read_radiograph
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding

MOST_CASES = 24
TILE = Size(320, 240)
# A case is shown with its neighbours: this many times its box, at least so many
# thousandths of the radiograph's width.
CONTEXT = 3.0
LEAST_CONTEXT = 150


class Fault(StrEnum):
    MISSED = "missed"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class Case:
    """One fault on the radiograph at `index` of the truth.

    `score` is that of the false alarm, or the best that any candidate of the class had
    in the place that was missed; None where there was none at all.
    """

    fault: Fault
    index: int
    finding: Finding
    score: float | None


def worst_cases(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    predictions: Sequence[Sequence[Finding]],
    *,
    most: int = MOST_CASES,
) -> tuple[Case, ...]:
    """At most `most` misses, the least suspected first, and as many false alarms.

    False alarms come with the highest score first. `candidates` holds everything, and
    `predictions` what is shown, one sequence for each reading.
    """
    missed: list[Case] = []
    alarms: list[Case] = []
    for index, reading in enumerate(truth):
        matching = match(reading.findings, predictions[index])
        for i in matching.only_first:
            finding = reading.findings[i]
            score = _suspicion(finding, candidates[index])
            missed.append(Case(Fault.MISSED, index, finding, score))
        for j in matching.only_second:
            finding = predictions[index][j]
            if not on_uncertain(finding, reading, SAME_PLACE_IOU):
                alarms.append(Case(Fault.FALSE_ALARM, index, finding, finding.score))
    missed.sort(key=lambda case: case.score or 0.0)
    alarms.sort(key=lambda case: -(case.score or 0.0))
    return (*missed[:most], *alarms[:most])


def _suspicion(finding: Finding, candidates: Sequence[Finding]) -> float | None:
    return max(
        (
            candidate.score
            for candidate in candidates
            if candidate.score is not None
            and candidate.label == finding.label
            and iou(candidate.box, finding.box) >= SAME_PLACE_IOU
        ),
        default=None,
    )


def write_gallery(
    folder: Path,
    cases: Sequence[Case],
    truth: Sequence[Reading],
    predictions: Sequence[Sequence[Finding]],
    images: Path,
    class_colors: Mapping[str, str] = NONE_CHOSEN,
) -> None:
    """Write a crop of each case, a contact sheet of each fault, and index.html.

    Annotations are drawn solid, predictions dashed, the case itself thick. `images` is
    the folder of the radiographs, searched with its sub-folders. Raises RadiographError
    if one is missing or cannot be read, FileError if nothing can be written.
    """
    import cv2

    make_folder(folder)
    files = radiographs_by_name(images)
    tiles: dict[Fault, list[Pixels]] = {fault: [] for fault in Fault}
    figures: list[str] = []
    for number, case in enumerate(cases, 1):
        reading = truth[case.index]
        pixels = read_picture(file_of(reading.name, files, images))
        found = predictions[case.index]
        tile = _draw_case(pixels, case, reading, found, class_colors)
        tiles[case.fault].append(
            with_caption(
                tile,
                f"{number}. {_what(case)}",
                capitalised(_how_sure(case)),
                Path(reading.name).name,
            )
        )
        name = f"{number:03d}.png"
        write_atomically(folder / name, png(cv2, tile))
        figures.append(_figure(name, number, case, reading))
    key = _key(truth, predictions, class_colors)
    for fault, pictures in tiles.items():
        if pictures:
            name = f"{fault.name.lower()}.png"
            write_atomically(folder / name, png(cv2, sheet_of(pictures, key)))
    write_atomically(folder / "index.html", _page(figures, key).encode())


def _key(
    truth: Sequence[Reading],
    predictions: Sequence[Sequence[Finding]],
    class_colors: Mapping[str, str],
) -> Mapping[str, str]:
    """The colour of each class, by its name; none for teeth, which share a few."""
    drawn = [f for reading in truth for f in reading.findings]
    drawn += [f for found in predictions for f in found]
    labels = dict.fromkeys(sorted({finding.label for finding in drawn}, key=_rank))
    if are_teeth([*labels]):
        return {}
    return {display_name(each): label_color(each, class_colors) for each in labels}


def _rank(label: str) -> tuple[int, str]:
    known = label in KNOWN_LABELS
    return (KNOWN_LABELS.index(label) if known else len(KNOWN_LABELS), label)


def radiographs_by_name(folder: Path) -> Mapping[str, Path]:
    """The pictures in a folder and its sub-folders, by each key of `name_keys`."""
    files: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if is_radiograph_name(path) and path.is_file():
            for key in name_keys(path.relative_to(folder).as_posix()):
                files.setdefault(key, path)
    return files


def file_of(name: str, files: Mapping[str, Path], folder: Path) -> Path:
    """Raises RadiographError, naming the folder, if there is no such picture."""
    for key in name_keys(name):
        if key in files:
            return files[key]
    raise RadiographError(folder, f"holds no radiograph {name}")


def read_picture(path: Path) -> Pixels:
    """(height, width, 3) blue, green, red, as OpenCV draws."""
    pixels = read_radiograph(path).pixels
    visible = shown(pixels, full_window(pixels), inverted=False)
    if visible.ndim == 2:
        return np.dstack([visible] * 3)
    return np.ascontiguousarray(visible[:, :, ::-1])


def _draw_case(
    pixels: Pixels,
    case: Case,
    reading: Reading,
    predictions: Sequence[Finding],
    class_colors: Mapping[str, str],
) -> Pixels:
    annotated = case.finding if case.fault is Fault.MISSED else None
    predicted = case.finding if case.fault is Fault.FALSE_ALARM else None
    return draw_place(pixels, reading, predictions, annotated, predicted, class_colors)


def draw_place(
    pixels: Pixels,
    reading: Reading,
    predictions: Sequence[Finding],
    annotated: Finding | None,
    predicted: Finding | None,
    class_colors: Mapping[str, str] = NONE_CHOSEN,
) -> Pixels:
    """An enlarged part of a radiograph, (TILE.height, TILE.width, 3) as OpenCV draws.

    Round `annotated`, or else `predicted`, which are drawn thick; annotations are
    solid, predictions dashed. Raises ValueError if both are None.
    """
    import cv2

    focus = annotated or predicted
    if focus is None:
        raise ValueError("nothing tells which place is meant")
    height, width = pixels.shape[:2]
    size = reading.size or Size(width, height)
    to_pixels = (width / size.width, height / size.height)
    view = _view(focus.box.scaled(*to_pixels), Size(width, height))
    left, top = int(view.x_min), int(view.y_min)
    crop = pixels[top : int(view.y_max), left : int(view.x_max)]
    tile = cv2.resize(crop, (TILE.width, TILE.height), interpolation=cv2.INTER_CUBIC)
    factors = (TILE.width / crop.shape[1], TILE.height / crop.shape[0])

    def to_tile(box: Box) -> Box:
        return box.scaled(*to_pixels).moved(-left, -top).scaled(*factors)

    for finding in reading.findings:
        thickness = 3 if finding == annotated else 1
        color = bgr(label_color(finding.label, class_colors))
        _draw_solid(tile, to_tile(finding.box), color, thickness)
    for finding in predictions:
        thickness = 3 if finding == predicted else 1
        color = bgr(label_color(finding.label, class_colors))
        _draw_dashed(tile, to_tile(finding.box), color, thickness)
    return np.asarray(tile, np.uint8)


def _view(box: Box, size: Size) -> Box:
    """The part of a radiograph to show: round the box, in the tile's shape, inside."""
    aspect = TILE.width / TILE.height
    width = max(box.width * CONTEXT, box.height * CONTEXT * aspect)
    width = max(width, size.width * LEAST_CONTEXT / 1000)
    width = min(width, size.width, size.height * aspect)
    height = width / aspect
    x, y = box.center
    x_min = min(max(x - width / 2, 0.0), size.width - width)
    y_min = min(max(y - height / 2, 0.0), size.height - height)
    return Box(x_min, y_min, x_min + max(width, 1.0), y_min + max(height, 1.0))


def _corners(box: Box) -> tuple[int, int, int, int]:
    # Where a box reaches far outside the tile its edges need not be drawn there.
    x_min, y_min, x_max, y_max = (round(min(max(v, -9), 999)) for v in box.corners)
    return x_min, y_min, x_max, y_max


def _draw_solid(tile: Any, box: Box, color: Color, thickness: int) -> None:
    import cv2

    x_min, y_min, x_max, y_max = _corners(box)
    corner = (x_max - 1, y_max - 1)
    cv2.rectangle(tile, (x_min, y_min), corner, color, thickness, cv2.LINE_AA)


def _draw_dashed(tile: Any, box: Box, color: Color, thickness: int) -> None:
    import cv2

    x_min, y_min, x_max, y_max = _corners(box)
    for x in range(x_min, x_max, 10):
        end = min(x + 5, x_max)
        for y in (y_min, y_max - 1):
            cv2.line(tile, (x, y), (end, y), color, thickness, cv2.LINE_AA)
    for y in range(y_min, y_max, 10):
        end = min(y + 5, y_max)
        for x in (x_min, x_max - 1):
            cv2.line(tile, (x, y), (x, end), color, thickness, cv2.LINE_AA)


def _what(case: Case) -> str:
    if are_teeth([case.finding.label]):
        return f"tooth {case.finding.label} (FDI)"
    tooth = f" at tooth {case.finding.tooth} (FDI)" if case.finding.tooth else ""
    return f"{display_name(case.finding.label)}{tooth}"


def _how_sure(case: Case) -> str:
    """What the detector made of the place."""
    score = None if case.score is None else percent(case.score)
    if case.fault is Fault.MISSED:
        return (
            f"missed, best candidate there {score}"
            if score
            else "missed, no candidate there"
        )
    return f"false alarm, score {score}" if score else "false alarm without a score"


def png(cv2: Any, pixels: Pixels) -> bytes:
    _, encoded = cv2.imencode(".png", pixels)
    return bytes(encoded)


def _figure(name: str, number: int, case: Case, reading: Reading) -> str:
    caption = f"{number}. {_what(case)}: {_how_sure(case)}; {reading.name}"
    text = html.escape(caption)
    return (
        f'<figure><img src="{name}" width="{TILE.width}" height="{TILE.height}"'
        f' alt="{text}"><figcaption>{text}</figcaption></figure>'
    )


def _page(figures: Sequence[str], key: Mapping[str, str]) -> str:
    colors = "".join(
        f'<span><i style="background: {color}"></i>{html.escape(name)}</span>'
        for name, color in key.items()
    )
    body = (
        "\n".join(figures) or "<p>Nothing was missed and there is no false alarm.</p>"
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Misses and false alarms</title>
<style>
body {{ background: #15171a; color: #e4e6ea; font: 14px sans-serif; margin: 24px; }}
main {{ display: flex; flex-wrap: wrap; gap: 16px; }}
figure {{ margin: 0; width: {TILE.width}px; }}
i {{ display: inline-block; width: 16px; height: 11px; margin: 0 6px 0 20px; }}
figcaption {{ margin-top: 6px; color: #9aa0aa; overflow-wrap: anywhere; }}
</style></head><body>
<h1>Misses and false alarms</h1>
<p>{LINES}{colors}</p>
<main>
{body}
</main></body></html>
"""
