"""`dentalviewer assess`: a detector on a set as it is, and as others would show it.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from dentalviewer.detection import find_model, load_detector
from dentalviewer.detection.augmenting.variations import (
    TOOTH_VARIATIONS,
    VARIATIONS,
)
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.known_radiographs import notes_on_known
from dentalviewer.detection.commands.altered_radiographs import (
    annotated_truth,
    examine_altered,
    require_packages,
)
from dentalviewer.detection.commands.assess_report import (
    PLAIN,
    Assessed,
    altered_accuracy,
    altered_tooth_accuracy,
    assessment_markdown,
)
from dentalviewer.detection.commands.set_arguments import add_set_arguments
from dentalviewer.detection.inference.speed import speed_of
from dentalviewer.detection.sets.dataset import Dataset
from dentalviewer.detection.sets.training_data import read_judging_set
from dentalviewer.errors import DatasetError
from dentalviewer.evaluation.tables import as_json
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.storage.files import make_folder, write_atomically

JSON_FILE = "assessment.json"
MARKDOWN_FILE = "assessment.md"


def add_assess_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="NAME|DIR",
        help="an installed detector, or the folder of one",
    )
    add_set_arguments(
        parser, otherwise="what it holds out, and all of it if it is not split"
    )
    parser.add_argument(
        "--label-faults",
        type=Path,
        metavar="FILE",
        help="count what this list of label faults calls plainly wrong in the set"
        " neither for nor against",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help=f"write {JSON_FILE} and {MARKDOWN_FILE} there too",
    )


def run_assess(
    args: Namespace,
    *,
    user_folder: Path,
    detectors_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Examine, print and write; 0, or 1 if some radiographs failed.

    Folders and `aliases` are as of `run_train`. Raises ModelError if the detector
    cannot be loaded, DatasetError or AnnotationFileError if the set or the list of
    label faults cannot be used, FileError if nothing can be written to the folder, and
    DentalViewerError if a package is not installed.
    """
    require_packages("Assessing")
    folder = find_model(args.model, detectors_folder)
    card = read_card(folder)
    dataset, notes = read_judging_set(
        args.data,
        label_set=card.head,
        reviews=user_folder if args.only == "accepted" else None,
        known_labels=card.labels,
        aliases=aliases,
    )
    for note in notes:
        print(f"  {note}", file=sys.stderr)
    _require_asked(dataset, card.labels)
    if args.output is not None:
        make_folder(args.output)
    truth, left_out = annotated_truth(dataset, args.label_faults)
    detector = load_detector(folder)
    numbers = are_teeth(detector.labels)
    variations = TOOTH_VARIATIONS if numbers else VARIATIONS
    examined, failures = examine_altered(dataset, truth, detector, variations)
    settings = detector.settings
    accuracy = (
        altered_tooth_accuracy(examined, settings)
        if numbers
        else altered_accuracy(examined, dataset.labels, settings)
    )
    assessed = Assessed(
        detector.identity,
        ", ".join(map(str, args.data)),
        len(examined[PLAIN].truth),
        failures,
        left_out,
        settings,
        speed_of(folder),
        accuracy,
        notes_on_known([card], [sample.path for sample in dataset.samples]),
    )
    text = assessment_markdown(assessed)
    print(text)
    if args.output is not None:
        write_atomically(args.output / JSON_FILE, as_json(assessed))
        write_atomically(args.output / MARKDOWN_FILE, text.encode())
    return 1 if failures else 0


def _require_asked(dataset: Dataset, labels: Sequence[str]) -> None:
    paths = Counter(sample.path for sample in dataset.samples)
    path, times = paths.most_common(1)[0]
    if times > 1:
        raise DatasetError(path, "is in several of the sets")
    if not any(dataset.count(dataset.labels.index(label)) for label in labels):
        fault = "nothing that the detector looks for is annotated"
        raise DatasetError(dataset.path, fault)
