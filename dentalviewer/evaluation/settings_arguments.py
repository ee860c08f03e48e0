"""Which predictions count: the options that two commands share."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable

from dentalviewer.detector import DetectionSettings

SettingsOf = Callable[[str], DetectionSettings]
"""Finds the settings in a detector's model card by its name; raises ModelError."""

# What a file says counts as it is, unless the user asks for less.
EVERYTHING = DetectionSettings(nms_iou=1.0, max_findings=1_000_000, default_threshold=0)


def add_settings_arguments(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--threshold",
        type=share,
        metavar="SCORE",
        help="count predictions of at least this score, 0 to 1 (default: all)",
    )
    group.add_argument(
        "--model",
        metavar="NAME",
        help="count what this detector would show, by the settings of its model card",
    )


def chosen_settings(args: Namespace, settings_of: SettingsOf) -> DetectionSettings:
    """Raises ModelError if there is no such detector."""
    if args.model is not None:
        return settings_of(args.model)
    if args.threshold is None:
        return EVERYTHING
    return DetectionSettings(
        nms_iou=EVERYTHING.nms_iou,
        max_findings=EVERYTHING.max_findings,
        default_threshold=args.threshold,
    )


def share(text: str) -> float:
    """A number from 0 to 1 as typed."""
    try:
        number = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a number: {text}") from error
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"not between 0 and 1: {text}")
    return number
