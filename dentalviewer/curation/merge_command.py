"""`dentalviewer merge`: what the reader of a terminal types and sees."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path

from dentalviewer.curation.merge import merge, read_sets
from dentalviewer.curation.merge_account import (
    conflict_in_words,
    counts_in_words,
    radiograph_names,
)
from dentalviewer.curation.merge_writing import (
    ACCOUNT,
    require_new_folder,
    write_merge,
)
from dentalviewer.curation.merged import Choices, Merge
from dentalviewer.errors import DentalViewerError
from dentalviewer.formats import FORMATS
from dentalviewer.formats._plain import counted
from dentalviewer.labels import DEFAULT_ALIASES

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
    parser.add_argument("--to", required=True, choices=sorted(FORMATS), dest="format")
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
        help="two classes that may lie in one place, such as root,endodontic",
    )


def run_merge(args: Namespace, aliases: Mapping[str, str] = DEFAULT_ALIASES) -> int:
    """Merge; 0, or 1 if some radiographs failed.

    `aliases` are the reader's other names for classes. Raises AnnotationFileError if a
    set cannot be read or nothing can be written.
    """
    if len(args.sets) < 2:
        raise DentalViewerError("A merge needs two annotation sets or more.")
    require_new_folder(args.output, args.sets)
    sets = read_sets(args.sets, aliases=aliases)
    merged = merge(sets, sharing=args.sharing)
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


def choices(merged: Merge, keep: str) -> Choices:
    """One choice for all conflicts; none where all findings are kept."""
    if keep == "all":
        return {}
    kept = frozenset({0}) if keep == "first" else frozenset()
    return dict.fromkeys(merged.conflicts, kept)


def _conflicts_in_words(merged: Merge, output: Path) -> list[str]:
    names = radiograph_names(merged)
    conflicts = list(merged.conflicts.items())
    lines = [
        f"conflict: {names[place.radiograph]}: {conflict_in_words(merged, conflict)}"
        for place, conflict in conflicts[:MAX_LISTED]
    ]
    if len(conflicts) > MAX_LISTED:
        rest = len(conflicts) - MAX_LISTED
        lines.append(f"and {rest} more conflicts, listed in {output / ACCOUNT}")
    return lines


def _pair(text: str) -> frozenset[str]:
    classes = frozenset(each.strip() for each in text.split(","))
    if len(classes) != 2 or "" in classes:
        raise ArgumentTypeError(f"not two classes, such as root,endodontic: {text}")
    return classes
