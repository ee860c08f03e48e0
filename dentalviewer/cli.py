"""The command line: which part of the program does what was typed.

This is where the window meets the detectors, and the only place that ends the process.
Nothing heavy is imported before it is known to be needed.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import TextIOWrapper
from multiprocessing import freeze_support
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer import __version__
from dentalviewer.errors import DentalViewerError, ModelError
from dentalviewer.resources import reviews_folder, user_folder

if TYPE_CHECKING:
    from dentalviewer.detector import Detector

COMMANDS = (
    "view", "detect", "crops", "report", "convert", "merge", "classes",
    "export-training", "train", "compare", "assess", "export", "evaluate", "agreement",
    "audit",
)  # fmt: skip
# For one who stops a command by Ctrl+C, as shells have it: 128 and the signal's number.
INTERRUPTED = 130

EXIT_STATUS = (
    "Exit status: 0 if all went well, 1 if some inputs failed and the others were done,"
    " 2 if the command was not understood."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was typed, `sys.argv` by default; returns the exit status."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    # Without a command the window is meant: `dentalviewer PATH ...`.
    if not typed or typed[0] not in (*COMMANDS, "-h", "--help", "--version"):
        typed.insert(0, "view")
    try:
        args = _parser(typed[0]).parse_args(typed)
    except SystemExit as ended:
        # argparse ends the process; a caller of main() wants the status.
        return int(ended.code or 0)
    try:
        return int(args.run(args))
    except DentalViewerError as error:
        print(f"dentalviewer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dentalviewer: stopped", file=sys.stderr)
        return INTERRUPTED


def run() -> None:
    # In a stand-alone program the detector's process starts here too.
    freeze_support()
    for stream in (sys.stdout, sys.stderr):
        # A letter that a terminal lacks must not end the work.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())


def _parser(wanted: str) -> ArgumentParser:
    """What can be typed; in full for the wanted command, to import nothing else."""
    parser = ArgumentParser(
        prog="dentalviewer",
        description="A second opinion on panoramic dental radiographs. Without a"
        " command the window opens: dentalviewer [PATH ...], dentalviewer --sample.",
        epilog=EXIT_STATUS,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary, add, act in (
        ("view", "open the window", _add_view, _view),
        ("detect", "examine radiographs and save the findings", _add_detect, _detect),
        ("crops", "cut the teeth out, each as a picture", _add_crops, _crops),
        ("report", "write the report of a review", _add_report, _report),
        ("convert", "turn annotations into another format", _add_convert, _convert),
        ("merge", "make several annotation sets into one", _add_merge, _merge),
        ("classes", "list or change the classes of a project", _add_classes, _classes),
        (
            "export-training",
            "write what was accepted in reviews as a set to train on",
            _add_export_training,
            _export_training,
        ),
        ("train", "train a detector on annotated radiographs", _add_train, _train),
        ("compare", "compare two detectors on one set", _add_compare, _compare),
        (
            "assess",
            "measure a detector on a set as it is and altered",
            _add_assess,
            _assess,
        ),
        ("export", "write a detector for use elsewhere", _add_export, _export),
        ("evaluate", "measure predictions against the truth", _add_evaluate, _evaluate),
        ("agreement", "compare readers and detectors", _add_agreement, _agreement),
        ("audit", "list labels that a detector contradicts", _add_audit, _audit),
    ):
        command = commands.add_parser(
            name, help=summary, description=_capital(summary) + ".", epilog=EXIT_STATUS
        )
        if name == wanted:
            add(command)
        command.set_defaults(run=act)
    return parser


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _add_view(parser: ArgumentParser) -> None:
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


def _view(args: Namespace) -> int:
    from dentalviewer.detection.child_process import DetectorProcess, DetectorsInChild
    from dentalviewer.gui.app import run as open_window

    process = DetectorProcess()
    try:
        catalogue = DetectorsInChild(detectors_folder(), process)
        return open_window(args.paths, catalogue=catalogue, sample=args.sample)
    finally:
        process.stop()


def detectors_folder() -> Path:
    """Where the detectors lie that the user has added."""
    return user_folder() / "detectors"


def own_aliases() -> Mapping[str, str]:
    """The other names for classes that the window's preferences have."""
    from dentalviewer.labels import DEFAULT_ALIASES

    try:
        from dentalviewer.gui.preferences import load_preferences, user_settings
    except ImportError:
        # On a server without the libraries of a window nobody has preferences.
        return DEFAULT_ALIASES
    return load_preferences(user_settings()).aliases


def _add_detect(parser: ArgumentParser) -> None:
    from dentalviewer.detection.detect_command import add_detect_arguments

    add_detect_arguments(parser)


def _detect(args: Namespace) -> int:
    from dentalviewer.detection import load_detector
    from dentalviewer.detection.detect_command import run_detect
    from dentalviewer.detection.memory import keep_freed_memory

    keep_freed_memory()
    detector = load_detector(args.model, user_folder=detectors_folder())
    return run_detect(args, detector, _tooth_detector(detector))


def _tooth_detector(detector: Detector) -> Detector | None:
    """That of teeth, to name findings by; None if it is absent or was asked anyway."""
    from dentalviewer.detection.catalogue import InstalledDetectors

    try:
        teeth = InstalledDetectors(detectors_folder()).load_teeth()
    except ModelError as error:
        print(f"dentalviewer: findings get no tooth. {error}", file=sys.stderr)
        return None
    if teeth is None or teeth.labels == detector.labels:
        return None
    return teeth


def _add_crops(parser: ArgumentParser) -> None:
    from dentalviewer.detection.crops_command import add_crops_arguments

    add_crops_arguments(parser)


def _crops(args: Namespace) -> int:
    from dentalviewer.detection.catalogue import InstalledDetectors
    from dentalviewer.detection.crops_command import run_crops

    teeth = InstalledDetectors(detectors_folder()).load_teeth()
    if teeth is None:
        raise ModelError(Path("teeth"), "no detector of teeth is installed")
    return run_crops(args, teeth)


def _add_report(parser: ArgumentParser) -> None:
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
        help="the report; .pdf, .html, .json or .csv tells the kind",
    )
    parser.add_argument(
        "--notation",
        choices=("fdi", "universal"),
        help="how teeth are numbered; as in the preferences of the window if left out",
    )


def _report(args: Namespace) -> int:
    from dentalviewer.dentition import Notation
    from dentalviewer.gui.pdf import write_pdf
    from dentalviewer.gui.preferences import (
        load_preferences,
        practice_of,
        user_settings,
    )
    from dentalviewer.reports.reading import read_reviewed
    from dentalviewer.reports.summary import summarise
    from dentalviewer.reports.writing import files_of, write_report

    preferences = load_preferences(user_settings())
    reviewed = read_reviewed(
        args.subject, reviews_folder(), aliases=preferences.aliases
    )
    for problem in reviewed.problems:
        print(f"dentalviewer: {problem}", file=sys.stderr)
    notation = preferences.tooth_notation
    if args.notation:
        notation = Notation[args.notation.upper()]
    report = summarise(
        reviewed.study,
        reviewed.review,
        reviewed.decisions,
        practice=practice_of(preferences),
        class_colors=reviewed.class_colors,
        notation=notation,
        created=datetime.now().astimezone(),
    )
    write_report(report, args.output, write_pdf=write_pdf)
    for path in files_of(args.output):
        print(f"Wrote {path}")
    return 0


def _add_convert(parser: ArgumentParser) -> None:
    from dentalviewer.formats.convert_command import add_convert_arguments

    add_convert_arguments(parser)


def _convert(args: Namespace) -> int:
    from dentalviewer.formats.convert_command import run_convert

    return run_convert(args, reviews_folder())


def _add_export_training(parser: ArgumentParser) -> None:
    from dentalviewer.curation.export_training_command import (
        add_export_training_arguments,
    )

    add_export_training_arguments(parser)


def _export_training(args: Namespace) -> int:
    from dentalviewer.curation.export_training_command import run_export_training

    return run_export_training(args, reviews_folder(), own_aliases())


def _add_classes(parser: ArgumentParser) -> None:
    from dentalviewer.curation.classes_command import add_classes_arguments

    add_classes_arguments(parser)


def _classes(args: Namespace) -> int:
    from dentalviewer.curation.classes_command import run_classes
    from dentalviewer.gui.preferences import load_preferences, user_settings

    reader = load_preferences(user_settings()).reader_name
    return run_classes(args, reviews_folder(), reader)


def _add_merge(parser: ArgumentParser) -> None:
    from dentalviewer.curation.merge_command import add_merge_arguments

    add_merge_arguments(parser)


def _merge(args: Namespace) -> int:
    from dentalviewer.curation.merge_command import run_merge

    return run_merge(args, own_aliases())


def _add_train(parser: ArgumentParser) -> None:
    from dentalviewer.detection.train_arguments import add_train_arguments

    add_train_arguments(parser)


def _train(args: Namespace) -> int:
    from dentalviewer.detection.priority import be_supervised
    from dentalviewer.detection.train_command import run_train

    be_supervised()
    return run_train(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def _add_compare(parser: ArgumentParser) -> None:
    from dentalviewer.detection.compare_command import add_compare_arguments

    add_compare_arguments(parser)


def _compare(args: Namespace) -> int:
    from dentalviewer.detection.compare_command import run_compare
    from dentalviewer.detection.memory import keep_freed_memory
    from dentalviewer.detection.priority import be_supervised

    be_supervised()
    keep_freed_memory()
    return run_compare(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def _add_assess(parser: ArgumentParser) -> None:
    from dentalviewer.detection.assess_command import add_assess_arguments

    add_assess_arguments(parser)


def _assess(args: Namespace) -> int:
    from dentalviewer.detection.assess_command import run_assess
    from dentalviewer.detection.memory import keep_freed_memory
    from dentalviewer.detection.priority import be_supervised

    be_supervised()
    keep_freed_memory()
    return run_assess(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def _add_export(parser: ArgumentParser) -> None:
    from dentalviewer.detection.export_command import add_export_arguments

    add_export_arguments(parser)


def _export(args: Namespace) -> int:
    from dentalviewer.detection.export_command import run_export

    return run_export(args, detectors_folder())


def _add_evaluate(parser: ArgumentParser) -> None:
    from dentalviewer.evaluation.evaluate_command import add_evaluate_arguments

    add_evaluate_arguments(parser)


def _evaluate(args: Namespace) -> int:
    from dentalviewer.detection.catalogue import InstalledDetectors
    from dentalviewer.evaluation.evaluate_command import run_evaluate

    catalogue = InstalledDetectors(detectors_folder())
    return run_evaluate(args, catalogue.signature, own_aliases())


def _add_agreement(parser: ArgumentParser) -> None:
    from dentalviewer.evaluation.agreement_command import add_agreement_arguments

    add_agreement_arguments(parser)


def _agreement(args: Namespace) -> int:
    from dentalviewer.detection.catalogue import InstalledDetectors
    from dentalviewer.evaluation.agreement_command import run_agreement

    catalogue = InstalledDetectors(detectors_folder())
    return run_agreement(args, catalogue.signature, own_aliases())


def _add_audit(parser: ArgumentParser) -> None:
    from dentalviewer.curation.audit_command import add_audit_arguments

    add_audit_arguments(parser)


def _audit(args: Namespace) -> int:
    from dentalviewer.curation.audit_command import run_audit

    return run_audit(args, own_aliases())
