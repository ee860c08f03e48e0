"""Looking at radiographs in the window, and at a review in its report."""

from __future__ import annotations

import gc
from argparse import ArgumentParser, Namespace
from pathlib import Path

from dentalviewer.commands.own import detectors_folder
from dentalviewer.resources import reviews_folder


def add_view(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="radiographs, folders, reviews or annotation files to open",
    )
    parser.add_argument(
        "--sample",
        action="store_true",
        help="open drawn samples; without a display, examine one off screen and save a"
        " picture of the window and the report in out/",
    )


def view(args: Namespace) -> int:
    # Next to nothing of what a start makes is garbage, and to search it all for that
    # takes a tenth of the start. Once there is a window it has a search of its own.
    gc.disable()
    from dentalviewer.detection.inference.child_process import (
        DetectorProcess,
        DetectorsInChild,
    )
    from dentalviewer.gui.app import run as open_window

    process = DetectorProcess()
    try:
        catalogue = DetectorsInChild(detectors_folder(), process)
        return open_window(args.paths, catalogue=catalogue, sample=args.sample)
    finally:
        process.stop()


def add_report(parser: ArgumentParser) -> None:
    from dentalviewer.reports.report_command import add_report_arguments

    add_report_arguments(parser)


def report(args: Namespace) -> int:
    from dentalviewer.detection.inference.catalogue import InstalledDetectors
    from dentalviewer.gui.preferences.preferences import (
        load_preferences,
        practice_of,
        user_settings,
    )
    from dentalviewer.gui.reporting.pdf import write_pdf
    from dentalviewer.reports.report_command import run_report

    preferences = load_preferences(user_settings())
    return run_report(
        args,
        reviews_folder(),
        aliases=preferences.aliases,
        practice=practice_of(preferences),
        notation=preferences.tooth_notation,
        write_pdf=write_pdf,
        lacks_teeth=not InstalledDetectors(detectors_folder()).tooth_detector(),
    )
