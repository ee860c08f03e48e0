"""`dentalviewer convert`: what the reader of a terminal types and sees."""

from __future__ import annotations

import re
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dentalviewer.errors import DentalViewerError
from dentalviewer.formats import FORMATS
from dentalviewer.formats.conversion import SEED, convert
from dentalviewer.formats.destination import Tell
from dentalviewer.formats.patients_argument import PATIENTS_HELP, regular_expression

# A terminal is told no more often.
_BETWEEN_SECONDS = 0.1


def add_convert_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a folder, looked into at any depth, or a file of any format: a VoTT"
        " project, COCO, a CSV table",
    )
    parser.add_argument(
        "destination", type=Path, metavar="DEST", help="folder for what is written"
    )
    parser.add_argument(
        "--to",
        required=True,
        choices=sorted(FORMATS),
        dest="format",
        help="the format of what is written",
    )
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
        help="hold out a share of the radiographs for validation; what an earlier"
        " export to DEST held out, or did not, stays so",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=SEED,
        help=f"with --split, which radiographs are held out (default: {SEED})",
    )
    parser.add_argument(
        "--patients",
        type=regular_expression,
        metavar="REGEX",
        help=f"with --split, {PATIENTS_HELP}",
    )
    parser.add_argument(
        "--refer",
        action="store_true",
        help="name radiographs where they lie, and copy none; they need not be there",
    )


def run_convert(args: Namespace, user_folder: Path) -> int:
    """Convert; 0, or 1 if some radiographs failed.

    Raises AnnotationFileError if the source cannot be read or nothing can be written.
    """
    if args.patients is not None and args.split is None:
        raise DentalViewerError("--patients are kept together by a split: give --split")
    try:
        with _progress() as tell:
            conversion = convert(
                args.source,
                args.destination,
                format_name=args.format,
                only_accepted=args.only == "accepted",
                split=args.split,
                seed=args.seed,
                patient_pattern=args.patients,
                copy_images=not args.refer,
                user_folder=user_folder,
                tell=tell,
            )
    except KeyboardInterrupt:
        print(f"Nothing was written to {args.destination}", file=sys.stderr)
        raise
    print(f"Wrote {conversion.in_short} to {conversion.path}")
    for note in conversion.notes:
        print(f"  {note}")
    for failure in conversion.failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if conversion.failures else 0


@contextmanager
def _progress() -> Iterator[Tell]:
    """Tell how far it is, in a line of the terminal that is gone in the end."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    latest, length = 0.0, 0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal latest, length
        if time.monotonic() - latest < _BETWEEN_SECONDS:
            return
        latest = time.monotonic()
        line = f"[{done + 1}/{total or '?'}] {what}"
        print(f"\r{line:<{length}}", end="", file=sys.stderr, flush=True)
        length = len(line)

    try:
        yield tell
    finally:
        print(f"\r{'':<{length}}\r", end="", file=sys.stderr, flush=True)


def _held_out(text: str) -> float:
    """The share for validation of a split such as 80/20."""
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text)
    if found is None or int(found[1]) + int(found[2]) != 100 or int(found[2]) == 0:
        raise ArgumentTypeError(f"not two shares that make 100, such as 80/20: {text}")
    return int(found[2]) / 100
