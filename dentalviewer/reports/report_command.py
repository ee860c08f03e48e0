"""`dentalviewer report`: what the reader of a terminal types and sees."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dentalviewer.dentition import Notation
from dentalviewer.reports.reading import read_reviewed
from dentalviewer.reports.report import Practice
from dentalviewer.reports.summary import summarise
from dentalviewer.reports.writing import Write, files_of, write_report


def add_report_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "subject",
        type=Path,
        metavar="IMAGE|REVIEW",
        help="a radiograph, with or without a saved review, or a .review.json file",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the report; its kind is that of the name: .pdf, .html, .json or .csv",
    )
    parser.add_argument(
        "--notation",
        choices=("fdi", "universal"),
        help="how teeth are numbered; as in the preferences of the window if left out",
    )


def run_report(
    args: Namespace,
    user_folder: Path,
    *,
    aliases: Mapping[str, str],
    practice: Practice,
    notation: Notation,
    write_pdf: Write,
    lacks_teeth: bool,
) -> int:
    """Write the report, and return 0.

    `user_folder` is where reviews lie that fit nowhere else; `aliases` are the reader's
    other names for classes, and `notation` that of teeth unless another is typed.
    `lacks_teeth` if no detector of teeth is installed.
    """
    reviewed = read_reviewed(args.subject, user_folder, aliases=aliases)
    for problem in reviewed.problems:
        print(f"dentalviewer: {problem}", file=sys.stderr)
    if args.notation:
        notation = Notation[args.notation.upper()]
    report = summarise(
        reviewed.study,
        reviewed.review,
        reviewed.decisions,
        practice=practice,
        class_colors=reviewed.class_colors,
        notation=notation,
        created=datetime.now().astimezone(),
    )
    report = replace(
        report,
        picture_changed=reviewed.picture_changed,
        lacks_teeth=lacks_teeth,
        cautions=reviewed.cautions,
    )
    write_report(report, args.output, write_pdf=write_pdf)
    for path in files_of(args.output):
        print(f"Wrote {path}")
    return 0
