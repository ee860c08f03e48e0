"""A detector on the radiographs of a set, as they are and as others would show them.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.detection.augmenting.variations import Variation
from dentalviewer.detection.commands.assess_report import PLAIN, Examined
from dentalviewer.detection.frames.preprocessing import to_grey
from dentalviewer.detection.inference.crew import hands, in_order
from dentalviewer.detection.sets.dataset import Dataset, Sample
from dentalviewer.detector import Detector
from dentalviewer.errors import DatasetError, DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.label_faults import excused, read_label_faults
from dentalviewer.phrases import pip_with
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from tqdm import tqdm


def require_packages(doing: str) -> None:
    """Before the long work, not after it. Raises DentalViewerError."""
    try:
        import pycocotools  # noqa: F401
        import tqdm  # noqa: F401
    except ModuleNotFoundError as error:
        install = f"install it with {pip_with('train')}"
        fault = f"{doing} needs the package {error.name}; {install}"
        raise DentalViewerError(fault) from error


def annotated_truth(
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


def examine_altered(
    dataset: Dataset,
    truth: Sequence[Reading],
    detector: Detector,
    variations: Sequence[Variation],
) -> tuple[Mapping[str, Examined], int]:
    """Each radiograph in each way, by its name; and how many failed in one of them.

    What fails in one way counts in none, so that all speak of the same radiographs.
    Raises DatasetError if none is left.
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
    if failures == len(dataset.samples):
        raise DatasetError(dataset.path, "none of the radiographs could be examined")
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
