"""`dentalviewer convert`: what the reader of a terminal types and sees."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from dentalviewer.formats import FORMATS
from dentalviewer.formats.conversion import SEED, convert


def add_convert_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a folder, a VoTT project, a Pascal VOC export, or a COCO file",
    )
    parser.add_argument(
        "destination", type=Path, metavar="DEST", help="folder for what is written"
    )
    parser.add_argument("--to", required=True, choices=sorted(FORMATS), dest="format")
    parser.add_argument(
        "--only",
        choices=["accepted"],
        help="write what was accepted on radiographs that were reviewed to the end,"
        " instead of the annotations",
    )
    parser.add_argument(
        "--split",
        type=_held_out,
        metavar="80/20",
        help="hold out a share of the radiographs for validation",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help="which radiographs are held out"
    )


def run_convert(args: Namespace, user_folder: Path) -> int:
    """Convert; 0, or 1 if some radiographs failed.

    Raises AnnotationFileError if the source cannot be read or nothing can be written.
    """
    conversion = convert(
        args.source,
        args.destination,
        format_name=args.format,
        only_accepted=args.only == "accepted",
        split=args.split,
        seed=args.seed,
        user_folder=user_folder,
    )
    print(f"Wrote {conversion.in_short} to {conversion.path}")
    for note in conversion.notes:
        print(f"  {note}")
    for failure in conversion.failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if conversion.failures else 0


def _held_out(text: str) -> float:
    """The share for validation of a split such as 80/20."""
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text)
    if found is None or int(found[1]) + int(found[2]) != 100 or int(found[2]) == 0:
        raise ArgumentTypeError(f"not two shares that make 100, such as 80/20: {text}")
    return int(found[2]) / 100
