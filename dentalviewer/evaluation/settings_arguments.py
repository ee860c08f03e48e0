"""Which predictions count: the options that two commands share."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.formats.signature import Signature

SignatureOf = Callable[[str], Signature]
"""Finds a detector's identity and settings by its name; raises ModelError."""

# What a file says counts as it is, unless the file or the user asks for less.
EVERYTHING = DetectionSettings(nms_iou=1.0, max_findings=1_000_000, default_threshold=0)


@dataclass(frozen=True, slots=True)
class Wish:
    """The settings that the user asks for, and whose they are; None if nobody's."""

    settings: DetectionSettings | None = None
    identity: DetectorIdentity | None = None


def add_settings_arguments(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--threshold",
        type=share,
        metavar="SCORE",
        help="count predictions of at least this score, 0 to 1 (default: as the file"
        " of `detect` says, or else all)",
    )
    group.add_argument(
        "--model",
        metavar="NAME|DIR",
        help="count what this detector, an installed one or that in a folder, would"
        " show, by the settings of its model card; where several files are compared,"
        " one that names another keeps its own",
    )


def wished_settings(args: Namespace, signature_of: SignatureOf) -> Wish:
    """Raises ModelError if there is no such detector."""
    if args.model is not None:
        signature = signature_of(args.model)
        return Wish(signature.settings, signature.identity)
    if args.threshold is None:
        return Wish()
    return Wish(
        DetectionSettings(
            nms_iou=EVERYTHING.nms_iou,
            max_findings=EVERYTHING.max_findings,
            default_threshold=args.threshold,
        )
    )


def settings_for(
    found: AnnotationSet, wish: Wish, *, among_several: bool = False
) -> DetectionSettings:
    """How a set is shown: as is wished for, or as its file says, or else all of it.

    `among_several` sets of different detectors, one that names another detector than
    the one wished for keeps its own settings.
    """
    if not found.is_scored:
        return EVERYTHING
    own = None if found.signature is None else found.signature.settings
    if own is not None and among_several and _names_another(found, wish):
        return own
    return wish.settings or own or EVERYTHING


def note_on_settings(
    found: AnnotationSet, wish: Wish, *, among_several: bool = False
) -> str:
    """What to know of the settings that `settings_for` gives; empty if nothing."""
    signature, asked = found.signature, wish.identity
    if asked is not None and found.is_scored:
        if signature is None:
            return (
                f"{found.path} does not say which detector wrote it, or was changed"
                f" since: whether the settings of {asked.name}, which are applied, are"
                " meant for such scores is not known"
            )
        if among_several and _names_another(found, wish):
            stated = signature.identity
            return (
                f"{found.path} is shown with its own settings, those of {stated.name}"
            )
        return _note_on_another(found, signature.identity, asked)
    if signature is not None and wish.settings is None and signature.is_whole:
        name = signature.identity.name
        return f"Only what {name} shows counts, not every candidate in {found.path}"
    return ""


def _note_on_another(
    found: AnnotationSet, stated: DetectorIdentity, asked: DetectorIdentity
) -> str:
    """Where the file is not by the detector as installed; empty if it is."""
    if _names_another(found, Wish(identity=asked)):
        return (
            f"{found.path} is by another detector, {stated.name}: the settings of"
            f" {asked.name} are applied all the same"
        )
    if stated.sha256 != asked.sha256:
        return (
            f"{found.path} is by other weights of {stated.name}"
            f" ({stated.sha256[:8]}) than those installed ({asked.sha256[:8]}),"
            " whose settings are applied"
        )
    # Whether scores are calibrated stands there too.
    if stated.preprocessing != asked.preprocessing:
        return (
            f"{found.path} is by {stated.name} as it was before its preprocessing, or"
            " what its scores mean, was changed: the settings of the one installed are"
            " applied"
        )
    return ""


def _names_another(found: AnnotationSet, wish: Wish) -> bool:
    """Whether another detector is named, and not just other weights of the same."""
    if found.signature is None or wish.identity is None:
        return False
    stated, asked = found.signature.identity, wish.identity
    return stated.name != asked.name and stated.sha256 != asked.sha256


def share(text: str) -> float:
    """A number from 0 to 1 as typed."""
    try:
        number = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a number: {text}") from error
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"not between 0 and 1: {text}")
    return number
