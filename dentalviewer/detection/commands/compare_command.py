"""`dentalviewer compare`: two detectors on what `train` holds out of a set.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.detection import find_model, load_detector
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.known_radiographs import notes_on_known
from dentalviewer.detection.commands.examining import Outcome, examine
from dentalviewer.detection.commands.held_out_arguments import (
    add_held_out_arguments,
    read_held_out,
)
from dentalviewer.detection.commands.unfinished_run import Answers
from dentalviewer.detection.sets.dataset import Dataset, Sample
from dentalviewer.detector import Detector
from dentalviewer.errors import DatasetError, DentalViewerError, ModelError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.comparison import Contender, compare_detectors
from dentalviewer.evaluation.comparison_report import (
    comparison_markdown,
    encode_comparison,
)
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.storage.files import make_room_for, write_atomically
from dentalviewer.study import Finding


def add_compare_arguments(parser: ArgumentParser) -> None:
    for name, text in (
        ("first", "the detector in use"),
        ("second", "the one that may take its place"),
    ):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help=f"{text}: an installed detector, or the folder of one",
        )
    add_held_out_arguments(parser)
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the comparison as JSON too"
    )


def run_compare(
    args: Namespace,
    *,
    user_folder: Path,
    detectors_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Examine, print and write; 0, or 1 if some radiographs failed.

    Folders and `aliases` are as of `run_train`. Raises ModelError if one of the
    detectors cannot be loaded or they have no class in common, DatasetError or
    AnnotationFileError if the set cannot be used, FileError if the comparison cannot be
    written, and DentalViewerError if pycocotools is not installed.
    """
    names = (args.first, args.second)
    folders = [find_model(name, detectors_folder) for name in names]
    cards = [read_card(folder) for folder in folders]
    if set(cards[0].labels).isdisjoint(cards[1].labels):
        fault = f"has no class in common with {args.first}: nothing can be compared"
        raise ModelError(folders[1], fault)
    sets = read_held_out(args, cards, user_folder=user_folder, aliases=aliases)
    if args.output is not None:
        make_room_for(args.output)
    held_out = sets.comparison or sets.validation
    detectors = [load_detector(folder) for folder in folders]
    examined = _examine(held_out, detectors)
    if not examined.truth:
        raise DatasetError(held_out.path, "none of the radiographs could be examined")
    contenders = [
        Contender(detector.identity.name, answers, detector.settings, detector.labels)
        for detector, answers in zip(detectors, examined.answers, strict=True)
    ]
    comparison = compare_detectors(
        examined.truth,
        contenders[0],
        contenders[1],
        held_out.labels,
        kept=sets.comparison is not None,
    )
    print(comparison_markdown(comparison))
    known = notes_on_known(cards, [sample.path for sample in held_out.samples])
    for note in known:
        print(f"{note}.")
    if args.output is not None:
        # Those of the set were printed before it was examined.
        notes = tuple(f"{note}." for note in (*known, *sets.notes))
        told = encode_comparison(replace(comparison, notes=notes))
        write_atomically(args.output, told)
    return 1 if examined.failures else 0


@dataclass(frozen=True, slots=True)
class _Examined:
    truth: list[Reading]
    answers: tuple[list[tuple[Finding, ...]], ...]
    failures: int


def _examine(dataset: Dataset, detectors: Sequence[Detector]) -> _Examined:
    """Each radiograph by each detector; what cannot be examined counts for none."""
    from dentalviewer.detection.training.validation import readings

    samples = {sample.path: sample for sample in dataset.samples}
    if len(samples) < len(dataset.samples):
        twice = Counter(sample.path for sample in dataset.samples).most_common(1)
        raise DatasetError(twice[0][0], "is in several of the sets")
    stated = dict(zip(samples, readings(dataset), strict=True))
    truth: list[Reading] = []
    answers: tuple[list[tuple[Finding, ...]], ...] = tuple([] for _ in detectors)
    for number, (path, outcome) in enumerate(examine(list(samples), detectors), 1):
        print(f"[{number}/{len(samples)}] {path.name}", file=sys.stderr, flush=True)
        try:
            found = _answers(samples[path], outcome)
        except DentalViewerError as error:
            print(f"failed: {error}", file=sys.stderr, flush=True)
            continue
        truth.append(stated[path])
        for each, answer in zip(answers, found, strict=True):
            each.append(answer)
    return _Examined(truth, answers, len(samples) - len(truth))


def _answers(sample: Sample, outcome: Outcome) -> Answers:
    if isinstance(outcome, DentalViewerError):
        raise outcome
    radiograph, answers = outcome
    if radiograph.size != sample.size:
        fault = f"is {radiograph.size} pixels, annotated at {sample.size}"
        raise DatasetError(sample.path, fault)
    return answers
