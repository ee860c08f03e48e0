"""`dentalviewer audit`: what the reader of a terminal types and sees."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from dentalviewer.curation.audit import best_of_each_place, find_contradictions
from dentalviewer.curation.audit_report import (
    audit_json,
    audit_markdown,
    write_cut_outs,
)
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.evaluation.annotation_set import aligned
from dentalviewer.evaluation.common_classes import require_common_class
from dentalviewer.formats.class_settings import class_settings_of
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding

MOST = 100
# Candidates below this tell whether the detector saw nothing or was unsure.
WEAK = 0.2


def add_audit_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("truth", type=Path, help="the annotations to be audited")
    parser.add_argument(
        "predictions",
        type=Path,
        help="predictions.json of `detect --all`, as for `evaluate`: what the detector"
        " is unsure of tells where it sees nothing; or COCO results",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for audit.json, audit.md and cut-outs",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="folder of the radiographs, for the cut-outs (default: that of TRUTH)",
    )
    parser.add_argument(
        "--most",
        type=_count,
        default=MOST,
        metavar="N",
        help=f"list and cut out the strongest N (default: {MOST}); the JSON has all",
    )


def run_audit(args: Namespace, aliases: Mapping[str, str] = DEFAULT_ALIASES) -> int:
    """Rank, print and write, and return 0; 1 if cut-outs are missing.

    `aliases` are the reader's other names for classes. Raises AnnotationFileError if a
    set cannot be read, if the two do not belong together, or if the predictions have no
    scores; FileError if nothing can be written.
    """
    make_folder(args.output)
    truth = read_annotation_set(args.truth, aliases=aliases)
    predictions = read_annotation_set(args.predictions, like=truth, aliases=aliases)
    require_common_class(predictions, truth)
    found = [reading.findings for reading in aligned(truth, predictions)]
    if not predictions.is_scored:
        raise AnnotationFileError(
            args.predictions, "has no scores: they tell how sure the detector is"
        )
    candidates = [best_of_each_place(each) for each in found]
    contradictions = find_contradictions(truth.readings, candidates)
    folder = _folder_of(args.truth)
    images = args.images or folder
    pictures, problems = write_cut_outs(
        args.output,
        contradictions[: args.most],
        truth.readings,
        images,
        class_settings_of(images, folder).colors,
    )
    text = audit_markdown(
        contradictions,
        args.most,
        pictures,
        truth=str(args.truth),
        predictions=str(args.predictions),
    )
    write_atomically(args.output / "audit.json", audit_json(contradictions, pictures))
    write_atomically(args.output / "audit.md", text.encode())
    notes = (*truth.notes, *predictions.notes, *_notes(found))
    print(text + "".join(f"\n{note}" for note in notes))
    for problem in problems:
        print(f"No cut-out. {problem}")
    print(f"Wrote the audit to {args.output}")
    return 1 if problems else 0


def _folder_of(path: Path) -> Path:
    return path if path.is_dir() else path.absolute().parent


def _notes(candidates: Sequence[Sequence[Finding]]) -> list[str]:
    least = min((f.score or 0.0 for found in candidates for f in found), default=0.0)
    if least < WEAK:
        return []
    return [
        f"The predictions hold nothing below a score of {least:.2f}: where the detector"
        " is merely unsure, it seems to see nothing. `detect --all` keeps that too."
    ]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"not a whole number above 0: {text}")
    return int(text)
