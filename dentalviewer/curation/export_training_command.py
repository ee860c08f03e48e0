"""`dentalviewer export-training`: what the reader of a terminal types and sees."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path

from dentalviewer.curation.retraining import (
    RetrainingExport,
    export_for_retraining,
    radiographs_of,
)
from dentalviewer.curation.splitting import HELD_OUT_SHARE, Splitting
from dentalviewer.formats.patients_argument import PATIENTS_HELP, regular_expression
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import counted

THREE_WAY_HELP = (
    "keep half of what is held out for comparing detectors: neither best epoch nor"
    " thresholds are chosen by it"
)


def add_export_training_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a folder of reviewed radiographs, or an annotation file about them",
    )
    parser.add_argument(
        "destination",
        type=Path,
        metavar="DEST",
        help="folder for train.json, val.json and images/; an earlier export there is"
        " brought up to date, and what it held out stays held out",
    )
    parser.add_argument(
        "--refer",
        action="store_true",
        help="name the radiographs where they lie instead of copying them",
    )
    parser.add_argument(
        "--held-out",
        type=_percent,
        default=HELD_OUT_SHARE,
        metavar="PERCENT",
        help=f"share to judge a detector by (default: {HELD_OUT_SHARE * 100:.0f})",
    )
    parser.add_argument(
        "--three-way",
        action="store_true",
        help=f"{THREE_WAY_HELP}, in test.json. Kept up by later exports to DEST",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="which ones are held out (default: 0)"
    )
    parser.add_argument(
        "--patients",
        type=regular_expression,
        metavar="REGEX",
        help=f"{PATIENTS_HELP}. Kept up by later exports to DEST",
    )


def run_export_training(
    args: Namespace,
    user_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Export; 0, or 1 if some reviews or folders could not be read.

    `user_folder` is where reviews lie that fit nowhere else; `aliases` are the user's
    other names for classes. Raises AnnotationFileError if nothing was reviewed to the
    end, or the source cannot be read or the set written.
    """
    unread: list[str] = []
    radiographs = radiographs_of(args.source, unread.append)
    for failure in unread:
        print(f"failed: {failure}", file=sys.stderr)
    done = export_for_retraining(
        radiographs,
        args.destination,
        user_folder=user_folder,
        aliases=aliases,
        copy_images=not args.refer,
        splitting=Splitting(args.held_out, args.seed, args.patients, args.three_way),
    )
    print(f"Wrote {summary(done)} to {done.path}")
    for note in done.notes:
        print(f"  {note}")
    for failure in done.failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if unread or done.failures else 0


def summary(done: RetrainingExport) -> str:
    """How much was exported, in words."""
    counts = done.counts
    kept = f", {counts.kept} of them for comparing" if counts.kept else ""
    return (
        f"{counted(counts.findings, 'finding')} on"
        f" {counted(counts.radiographs, 'radiograph')} ({counts.corrected} corrected,"
        f" {counts.added} added; {counted(counts.empty, 'radiograph')} without"
        " findings;"
        f" {counts.held_out} held out to judge by{kept})"
    )


def _percent(text: str) -> float:
    if not text.isdecimal() or not 0 < int(text) < 100:
        raise ArgumentTypeError(f"not a percentage from 1 to 99: {text}")
    return int(text) / 100
