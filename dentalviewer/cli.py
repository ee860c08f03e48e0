"""The command line: which command was typed, and how it ended.

Here the process is ended; where the user does it by Ctrl+C, in `__main__`.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from glob import glob
from io import TextIOWrapper
from multiprocessing import freeze_support

from dentalviewer import __version__
from dentalviewer.commands import COMMANDS
from dentalviewer.errors import DentalViewerError
from dentalviewer.phrases import capitalised
from dentalviewer.supervision import is_supervised

# Where nobody reads what is printed: 128 and the number of that signal.
UNREAD = 141
# Those of Windows leave it to the program which files *.png means.
SHELL_KNOWS_STARS = os.name != "nt"

EXIT_STATUS = (
    "Exit status: 0 if all went well, 1 if some inputs failed and the others were done,"
    " 2 if the command was not understood, 130 if it was stopped by Ctrl+C."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was typed, `sys.argv` by default; returns the exit status."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    if not SHELL_KNOWS_STARS and not is_supervised():
        typed = [each for word in typed for each in _meant_by(word)]
    # Without a command the window is meant: `dentalviewer PATH ...`.
    names = [command.name for command in COMMANDS]
    if not typed or typed[0] not in (*names, "-h", "--help", "--version"):
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


def run() -> None:
    # In a stand-alone program the detector's process starts here too.
    freeze_support()
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):  # A program without a terminal.
            continue
        if is_supervised():
            # The window asks for it by variables that a stand-alone Python ignores.
            stream.reconfigure(encoding="utf-8", line_buffering=True)
        # A letter that a terminal lacks must not end the work.
        if stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    try:
        status = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # Who reads along, as `head` does, has read enough; nothing more is said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = UNREAD
    sys.exit(status)


def _meant_by(word: str) -> list[str]:
    """The files that a word with * or ? stands for, in order; else the word itself."""
    if not set("*?") & set(word):
        return [word]
    return sorted(glob(word.replace("[", "[[]"))) or [word]


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
    for command in COMMANDS:
        described = commands.add_parser(
            command.name,
            help=command.summary,
            description=capitalised(command.summary) + ".",
            epilog=EXIT_STATUS,
        )
        if command.name == wanted:
            command.add_arguments(described)
        described.set_defaults(run=command.run)
    return parser
