"""`dentalviewer agreement`: what the reader of a terminal types and sees."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from dentalviewer.errors import AnnotationFileError, DentalViewerError
from dentalviewer.evaluation.agreement_report import agreement_markdown
from dentalviewer.evaluation.annotation_files import like_which, read_annotation_set
from dentalviewer.evaluation.annotation_set import AnnotationSet, heard_with
from dentalviewer.evaluation.bootstrap import RESAMPLES
from dentalviewer.evaluation.common_classes import require_some_in_common
from dentalviewer.evaluation.readers import compare_readers
from dentalviewer.evaluation.settings_arguments import (
    SignatureOf,
    add_settings_arguments,
    note_on_settings,
    settings_for,
    wished_settings,
)
from dentalviewer.evaluation.tables import as_json
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.storage.files import make_folder, write_atomically


def add_agreement_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sets",
        type=Path,
        nargs="+",
        metavar="SET",
        help="two or more annotation sets or prediction files, each a reader; of"
        " `detect --all` counts what is shown. Where one is uncertain, what another"
        " marks alone does not count (unlike in `evaluate`, where only the truth may be"
        " uncertain)",
    )
    add_settings_arguments(parser)
    parser.add_argument(
        "--teeth",
        type=Path,
        metavar="SET",
        help="outlines of all teeth, named by FDI number, for kappa per tooth where"
        " findings do not name theirs",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for agreement.json and agreement.md",
    )


def run_agreement(
    args: Namespace,
    signature_of: SignatureOf,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Compare, print and write, and return 0.

    `signature_of` finds the settings of a detector by its name; they are applied to
    sets with scores that name no other detector. `aliases` are the reader's other names
    for classes. Raises AnnotationFileError if a set cannot be read or no radiograph is
    in all of them, FileError if the folder to write to cannot be made.
    """
    if len(args.sets) < 2:
        raise DentalViewerError("An agreement needs two annotation sets or more.")
    if args.output is not None:
        make_folder(args.output)
    wish = wished_settings(args, signature_of)
    read = read_annotation_sets(args.sets, aliases)
    require_some_in_common(read)
    sets = [
        found.shown(settings_for(found, wish, among_several=True))
        if found.is_scored
        else found
        for found in read
    ]
    teeth = None if args.teeth is None else read_annotation_set(args.teeth)
    comparison = compare_readers(sets, teeth=teeth)
    text = agreement_markdown(comparison, resamples=RESAMPLES)
    print(text)
    for told in () if teeth is None else teeth.notes:
        print(told)
    for found in read:
        note = note_on_settings(found, wish, among_several=True)
        left_out = _note_on_left_out(found, comparison.images)
        for each in filter(None, (*found.notes, note and f"{note}.", left_out)):
            print(each)
    if args.output is not None:
        write_atomically(args.output / "agreement.json", as_json(comparison))
        write_atomically(args.output / "agreement.md", text.encode())
        print(f"Wrote the agreement to {args.output}")
    return 0


def _note_on_left_out(found: AnnotationSet, images: int) -> str:
    count, more = len(found.readings), len(found.readings) - images
    if not more:
        return ""
    are = "is" if more == 1 else "are"
    return (
        f"Left out: {more} of the {count} radiographs in {found.path} {are} missing"
        " from another set."
    )


def read_annotation_sets(
    paths: Sequence[Path], aliases: Mapping[str, str]
) -> list[AnnotationSet]:
    """COCO results among them use the ids of the first set that has any, and YOLO the
    sizes where the pictures are not there. A VoTT 2 project and its own export are one
    set. Raises AnnotationFileError if one cannot be read, or is read from a file of
    another one, or only one is left.
    """
    sets: list[AnnotationSet] = []
    for path in paths:
        like = like_which(sets)
        found = read_annotation_set(path, like=like, aliases=aliases)
        sets = heard_with(path, found, sets)
    if len(sets) == 1 < len(paths):
        raise AnnotationFileError(sets[0].path, sets[0].notes[-1])
    return sets
