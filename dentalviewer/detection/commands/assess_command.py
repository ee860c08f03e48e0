"""`dentalviewer assess`: a detector on a set as it is, and as others would show it.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.detection import find_model, load_detector
from dentalviewer.detection.augmenting.variations import (
    TOOTH_VARIATIONS,
    VARIATIONS,
    Variation,
)
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.known_radiographs import notes_on_known
from dentalviewer.detection.commands.assess_report import (
    PLAIN,
    Assessed,
    Examined,
    altered_accuracy,
    altered_tooth_accuracy,
    assessment_markdown,
)
from dentalviewer.detection.commands.set_arguments import add_set_arguments
from dentalviewer.detection.frames.preprocessing import to_grey
from dentalviewer.detection.inference.crew import hands, in_order
from dentalviewer.detection.inference.speed import speed_of
from dentalviewer.detection.sets.dataset import Dataset, Sample
from dentalviewer.detection.sets.training_data import read_judging_set
from dentalviewer.detector import Detector
from dentalviewer.errors import DatasetError, DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.label_faults import excused, read_label_faults
from dentalviewer.evaluation.matches import INSTALL_HINT
from dentalviewer.evaluation.tables import as_json
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from tqdm import tqdm

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
    _require_packages()
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
    truth, left_out = _truth(dataset, args.label_faults)
    detector = load_detector(folder)
    numbers = are_teeth(detector.labels)
    variations = TOOTH_VARIATIONS if numbers else VARIATIONS
    examined, failures = _examine(dataset, truth, detector, variations)
    if not examined[PLAIN].truth:
        raise DatasetError(dataset.path, "none of the radiographs could be examined")
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


def _require_packages() -> None:
    """Before the long work, not after it."""
    try:
        import pycocotools  # noqa: F401
        import tqdm  # noqa: F401
    except ModuleNotFoundError as error:
        raise DentalViewerError(
            f"Assessing needs the package {error.name}; {INSTALL_HINT}"
        ) from error


def _require_asked(dataset: Dataset, labels: Sequence[str]) -> None:
    paths = Counter(sample.path for sample in dataset.samples)
    path, times = paths.most_common(1)[0]
    if times > 1:
        raise DatasetError(path, "is in several of the sets")
    if not any(dataset.count(dataset.labels.index(label)) for label in labels):
        fault = "nothing that the detector looks for is annotated"
        raise DatasetError(dataset.path, fault)


def _truth(
    dataset: Dataset, label_faults: Path | None
) -> tuple[Sequence[Reading], int]:
    """What is annotated, and how many faults of it are left out."""
    from dentalviewer.detection.training.validation import readings

    truth = readings(dataset)
    if label_faults is None:
        return truth, 0
    faults = read_label_faults(label_faults)
    return excused(truth, dataset.labels, faults, dataset.path)


@dataclass(frozen=True, slots=True)
class _Picture:
    """A radiograph, or what went wrong with it, to be shown in one way."""

    sample: Sample
    truth: Reading
    radiograph: Radiograph | DentalViewerError
    variation: Variation | None


_Answer = tuple[Reading, tuple[Finding, ...]] | DentalViewerError


def _examine(
    dataset: Dataset,
    truth: Sequence[Reading],
    detector: Detector,
    variations: Sequence[Variation],
) -> tuple[Mapping[str, Examined], int]:
    """Each radiograph in each way, by its name; and how many failed in one of them.

    What fails in one way counts in none, so that all speak of the same radiographs.
    """
    from tqdm import tqdm

    ways = (None, *variations)
    examined = {_name(way): Examined() for way in ways}
    failures = 0
    work = partial(_answer, detector)
    count = len(dataset.samples) * len(ways)
    with tqdm(
        total=count,
        bar_format="{percentage:3.0f}% |{bar}| {elapsed}, {remaining} left {postfix}",
        postfix="",
    ) as bar:
        answers = in_order(work, _pictures(dataset, truth, ways), min(hands(), count))
        for sample in dataset.samples:
            found = [_counted(next(answers), bar) for _ in ways]
            fault = next((f for f in found if isinstance(f, DentalViewerError)), None)
            if fault is not None:
                failures += 1
                bar.write(f"{sample.path.name}: failed. {fault}", file=sys.stderr)
                continue
            for each, answer in zip(examined.values(), found, strict=True):
                assert not isinstance(answer, DentalViewerError)
                each.truth.append(answer[0])
                each.candidates.append(answer[1])
    return examined, failures


def _counted(answer: _Answer, bar: tqdm) -> _Answer:
    bar.update()
    return answer


def _name(variation: Variation | None) -> str:
    return PLAIN if variation is None else variation.name


def _pictures(
    dataset: Dataset, truth: Sequence[Reading], ways: Sequence[Variation | None]
) -> Iterator[_Picture]:
    """Each way on its own, so that Ctrl+C need not wait for all ways of one."""
    for sample, reading in zip(dataset.samples, truth, strict=True):
        radiograph = _read(sample)
        for way in ways:
            yield _Picture(sample, reading, radiograph, way)


def _read(sample: Sample) -> Radiograph | DentalViewerError:
    try:
        radiograph = read_radiograph(sample.path)
    except DentalViewerError as error:
        return error
    if radiograph.size != sample.size:
        fault = f"is {radiograph.size} pixels, annotated at {sample.size}"
        return DatasetError(sample.path, fault)
    return radiograph


def _answer(detector: Detector, picture: _Picture) -> _Answer:
    radiograph, truth = picture.radiograph, picture.truth
    if isinstance(radiograph, DentalViewerError):
        return radiograph
    try:
        if picture.variation is not None:
            grey = to_grey(radiograph.pixels)
            pixels, truth = picture.variation.apply(grey, truth)
            radiograph = Radiograph(radiograph.path, pixels, radiograph.sha256)
        return truth, detector.detect(radiograph)
    except DentalViewerError as error:
        return error
