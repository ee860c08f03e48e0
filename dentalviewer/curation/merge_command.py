"""`dentalviewer merge`: what the reader of a terminal types and sees."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dentalviewer.curation.merge import SAME_FINDING_IOU, merge, read_sets
from dentalviewer.curation.merge_account import (
    conflict_in_words,
    counts_in_words,
    radiograph_names,
    split_votes_in_words,
)
from dentalviewer.curation.merge_writing import (
    ACCOUNT,
    require_new_folder,
    write_merge,
)
from dentalviewer.curation.merged import Choices, Merge
from dentalviewer.errors import DentalViewerError
from dentalviewer.formats import FORMATS
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import counted

MAX_LISTED = 20
KEEPS = ("all", "first", "none")


def add_merge_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sets",
        type=Path,
        nargs="+",
        metavar="SET",
        help="two or more annotation sets over the same radiographs, the most trusted"
        " first: folders, projects or files of any format",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DEST", help="a new folder"
    )
    parser.add_argument(
        "--to",
        required=True,
        choices=sorted(FORMATS),
        dest="format",
        help="the format of the merged set",
    )
    parser.add_argument(
        "--conflicts",
        choices=KEEPS,
        default="all",
        help="what is kept where sets contradict each other: all findings (default),"
        " those of the first set, or none",
    )
    parser.add_argument(
        "--sharing",
        type=_pair,
        action="append",
        default=[],
        metavar="CLASS,CLASS",
        help="two classes that may lie in one place, such as root,endodontic; may be"
        " given several times",
    )
    parser.add_argument(
        "--at-least",
        type=_count,
        default=1,
        metavar="N",
        help="keep what at least N of the sets mark: one class, one tooth where both"
        f" name it, an IoU of {SAME_FINDING_IOU:g} or more; the box is that of the most"
        " trusted of them, and what fewer mark is listed in merge.md. A set without"
        " findings on a radiograph counts as having read it, a set without the"
        " radiograph does not; what fewer than N have read is left out (default: 1,"
        " which keeps all)",
    )


def run_merge(args: Namespace, aliases: Mapping[str, str] = DEFAULT_ALIASES) -> int:
    """Merge; 0, or 1 if some radiographs failed.

    `aliases` are the reader's other names for classes. Raises AnnotationFileError if a
    set cannot be read or nothing can be written.
    """
    if len(args.sets) < 2:
        raise DentalViewerError("A merge needs two annotation sets or more.")
    _require_sets(args.at_least, args.sets)
    require_new_folder(args.output, args.sets)
    sets = read_sets(args.sets, aliases=aliases)
    _require_sets(args.at_least, sets)
    merged = merge(sets, sharing=args.sharing, at_least=args.at_least)
    # Before the output takes the place of what may be the working folder.
    conflicts = _conflicts_in_words(merged, args.output)
    written = write_merge(
        merged, choices(merged, args.conflicts), args.output, format_name=args.format
    )
    print(
        f"Wrote {counted(written.findings, 'finding')} on"
        f" {counted(written.radiographs, 'radiograph')} to {written.path}"
    )
    print(f"  {counts_in_words(merged)}")
    for conflict in conflicts:
        print(f"  {conflict}")
    for note in written.notes:
        print(f"  {note}")
    for failure in written.failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if written.failures else 0


def _require_sets(at_least: int, sets: Sequence[object]) -> None:
    if at_least > len(sets):
        raise DentalViewerError(
            f"--at-least {at_least}: there are only {len(sets)} sets."
        )


def choices(merged: Merge, keep: str) -> Choices:
    """One choice for all conflicts; none where all findings are kept."""
    if keep == "all":
        return {}
    kept = frozenset({0}) if keep == "first" else frozenset()
    return dict.fromkeys(merged.conflicts, kept)


def _conflicts_in_words(merged: Merge, output: Path) -> list[str]:
    names = radiograph_names(merged)
    conflicts = [
        f"{names[place.radiograph]}: {conflict_in_words(merged, conflict)}"
        for place, conflict in merged.conflicts.items()
    ]
    split = split_votes_in_words(merged)
    return [
        *_listed("conflict", conflicts, output),
        *_listed("split vote", split, output),
    ]


def _listed(what: str, lines: Sequence[str], output: Path) -> Iterator[str]:
    for line in lines[:MAX_LISTED]:
        yield f"{what}: {line}"
    if len(lines) > MAX_LISTED:
        rest = len(lines) - MAX_LISTED
        yield f"and {rest} more {what}s, listed in {output / ACCOUNT}"


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"not a whole number above 0: {text}")
    return int(text)


def _pair(text: str) -> frozenset[str]:
    classes = frozenset(each.strip() for each in text.split(","))
    if len(classes) != 2 or "" in classes:
        raise ArgumentTypeError(f"not two classes, such as root,endodontic: {text}")
    return classes
