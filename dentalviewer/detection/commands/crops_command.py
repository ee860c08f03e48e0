"""`dentalviewer crops`: each tooth as a picture of its own, to train classifiers with.

Importing this module does not import torch.
"""

from __future__ import annotations

import csv
import io
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dentalviewer.dentition import Tooth
from dentalviewer.detection.commands.examining import Outcome, examined_going_on
from dentalviewer.detection.commands.given_radiographs import given_radiographs
from dentalviewer.detection.commands.sides_telling import (
    add_sides_argument,
    told_or_doubted,
)
from dentalviewer.detection.commands.stems import stems_apart
from dentalviewer.detection.frames.preprocessing import crop, to_grey
from dentalviewer.detector import Detector
from dentalviewer.errors import DentalViewerError, FileError
from dentalviewer.formats.review_file import find_review, read_review
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports.picture import encode_png
from dentalviewer.review import Review
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import as_reviewed, as_stated_in

INDEX = "crops.csv"
UNFINISHED = "unfinished-crops.sqlite"
_MIRRORED = "_mirrored"
COLUMNS = (
    "file", "tooth_fdi", "mirrored", "radiograph", "x_min", "y_min", "x_max", "y_max",
    "score",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crop:
    """A tooth's square picture; `tooth` is that of the picture, mirrored or not."""

    tooth: Tooth
    pixels: NDArray[np.uint8]
    finding: Finding
    mirrored: bool = False


def add_crops_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="radiographs, or folders at any depth",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"a folder for each tooth number is made there, and {INDEX}; it may not"
        " have earlier ones",
    )
    parser.add_argument(
        "--size",
        type=_size,
        default=128,
        metavar="PIXELS",
        help="side of the pictures (default: 128)",
    )
    parser.add_argument(
        "--margin",
        type=_margin,
        default=0.1,
        metavar="SHARE",
        help="room around a tooth, as a share of its longer side (default: 0.1)",
    )
    add_sides_argument(parser)
    parser.add_argument(
        "--mirrored",
        action="store_true",
        help="add a mirrored copy of each, under the number of the other side",
    )


def run_crops(args: Namespace, load: Callable[[], Detector], user_folder: Path) -> int:
    """Cut out the numbered teeth; 0, or 1 if some radiographs failed.

    `load` gives the detector of teeth; it is asked once nothing else is in the way, for
    it takes seconds. Of a radiograph that may be mirrored there are none until the
    reader says how it is. What a saved review says of teeth, implants and sides counts;
    `user_folder` is where reviews lie that fit nowhere else. A run that is stopped, be
    it by a full disk, leaves no pictures, and the next one into the same folder need
    not look for the teeth again. Raises FileError if there is no radiograph, the output
    has crops already, or a picture cannot be saved.
    """
    unfinished = args.output / UNFINISHED
    _make_room(args.output, unfinished)
    paths = given_radiographs(args.paths, args.output)
    make_folder(args.output)
    with examined_going_on(paths, load(), None, unfinished) as examined:
        try:
            failures = _cut_and_save(args, stems_apart(paths), examined, user_folder)
        except (KeyboardInterrupt, Exception):
            with suppress(FileError):  # The next run tries again.
                _remove_crops(args.output)
            raise
    if failures:
        print(f"{failures} of {len(paths)} radiographs failed.", file=sys.stderr)
    return 1 if failures else 0


def _make_room(folder: Path, unfinished: Path) -> None:
    """Raises FileError if there are crops already, but for a run that was killed."""
    has_index = (folder / INDEX).exists()
    if unfinished.is_file() and not has_index:
        _remove_crops(folder)
    elif has_index or _crops_in(folder):
        fault = (
            "these are crops of an earlier run, which new ones would be mixed with:"
            " choose a new folder, or delete the earlier crops"
        )
        raise FileError(folder, fault)


def _crops_in(folder: Path) -> list[Path]:
    """What is called as crops are, in folders that are called as teeth are."""
    return [
        picture
        for picture in folder.glob("[1-8][1-8]/*.png")
        if picture.stem.removesuffix(_MIRRORED).endswith(f"_{picture.parent.name}")
    ]


def _remove_crops(folder: Path) -> None:
    """Raises FileError if one cannot be removed."""
    crops = _crops_in(folder)
    for picture in crops:
        try:
            picture.unlink(missing_ok=True)
        except OSError as error:
            fault = f"cannot be removed: {error.strerror}"
            raise FileError(picture, fault) from error
    for place in {picture.parent for picture in crops}:
        with suppress(OSError):  # Something else is in it.
            place.rmdir()


def _cut_and_save(
    args: Namespace,
    stems: Mapping[Path, str],
    examined: Iterator[tuple[Path, Outcome]],
    user_folder: Path,
) -> int:
    """Tell and save what is cut out; how many radiographs failed."""
    table, failures = [], 0
    for number, (path, outcome) in enumerate(examined, 1):
        progress = f"[{number}/{len(stems)}] {path.name}"
        try:
            if isinstance(outcome, DentalViewerError):
                raise outcome
            radiograph, (found,) = outcome
            teeth, notes = _reviewed(radiograph, found, args.sides, user_folder)
        except DentalViewerError as error:
            failures += 1
            print(f"{progress}: failed. {error}", file=sys.stderr, flush=True)
            continue
        crops = list(
            cut_out(
                radiograph, teeth, args.size, margin=args.margin, mirrored=args.mirrored
            )
        )
        table += [_save(args.output, stems[path], path, each) for each in crops]
        print(f"{progress}: {len(crops)} pictures", flush=True)
        for told in (*radiograph.notes, *notes):
            print(f"  {told}", flush=True)
    if failures == len(stems):
        print("Nothing was written.", file=sys.stderr)
    else:
        _write_index(args.output / INDEX, table)
        print(f"Wrote {len(table)} pictures and {args.output / INDEX}")
    return failures


def _reviewed(
    radiograph: Radiograph,
    found: Sequence[Finding],
    told_sides: str | None,
    user_folder: Path,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The teeth as a saved review has them, if there is one, and what is to be told.

    Raises ReviewFileError if the review cannot be read.
    """
    path = find_review(radiograph.path, user_folder)
    review, notes = Review(), []
    if path is not None:
        saved, _ = read_review(path)
        review = saved.review
        notes.append(f"Teeth, implants and sides as reviewed in {path}")
        if saved.radiograph_sha256 != radiograph.sha256:
            notes.append("The picture has changed since its review was saved")
    stated = as_stated_in(found, review)
    sides, doubt = told_or_doubted(radiograph, stated, told_sides, review)
    teeth = as_reviewed(found, replace(review, sides=sides))
    return teeth, tuple(filter(None, (*notes, doubt)))


def cut_out(
    radiograph: Radiograph,
    teeth: tuple[Finding, ...],
    side: int,
    *,
    margin: float,
    mirrored: bool,
) -> Iterator[Crop]:
    """The numbered teeth, grey and `side` pixels square, black outside the radiograph.

    With `mirrored`, each is followed by its mirror image under the number of the tooth
    on the other side, which is what that looks like.
    """
    grey = to_grey(radiograph.pixels)
    for finding in teeth:
        if finding.tooth is None:
            continue
        window = square_around(finding.box, margin)
        pixels, _ = crop(grey, window, Size(side, side))
        yield Crop(finding.tooth, pixels, finding)
        if mirrored:
            other = np.ascontiguousarray(pixels[:, ::-1])
            yield Crop(finding.tooth.mirrored(), other, finding, mirrored=True)


def square_around(box: Box, margin: float) -> Box:
    x, y = box.center
    half = max(box.width, box.height) * (0.5 + margin)
    return Box(x - half, y - half, x + half, y + half)


def _save(folder: Path, stem: str, path: Path, crop: Crop) -> dict[str, object]:
    suffix = _MIRRORED if crop.mirrored else ""
    name = f"{crop.tooth}/{stem}_{crop.tooth}{suffix}.png"
    target = folder / name
    try:
        target.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise FileError(target, f"cannot be saved: {error.strerror}") from error
    try:
        write_atomically(target, encode_png(crop.pixels), lasting=False)
    except FileError:
        with suppress(OSError):  # Others are in it.
            target.parent.rmdir()
        raise
    box, score = crop.finding.box, crop.finding.score
    corners = dict(zip(COLUMNS[4:8], (f"{c:.1f}" for c in box.corners), strict=True))
    return {
        "file": name,
        "tooth_fdi": crop.tooth.fdi_number,
        "mirrored": "yes" if crop.mirrored else "no",
        "radiograph": path.as_posix(),
        "score": "" if score is None else f"{score:.3f}",
        **corners,
    }


def _write_index(path: Path, table: list[dict[str, object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(table)
    write_atomically(path, text.getvalue().encode("utf-8", "replace"))


def _size(text: str) -> int:
    if not text.isdecimal() or not 16 <= int(text) <= 2048:
        raise ArgumentTypeError(f"not a whole number from 16 to 2048: {text}")
    return int(text)


def _margin(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 2:
        raise ArgumentTypeError(f"not a number from 0 to 2: {text}")
    return share
