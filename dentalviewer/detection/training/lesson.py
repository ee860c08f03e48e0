"""What a run learns from: radiographs at a handy size, their windows and boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dentalviewer.arch import Arch, fit_arch
from dentalviewer.dentition import Tooth
from dentalviewer.detection.augmenting.example import Example
from dentalviewer.detection.augmenting.implanting import Implant, find_implants
from dentalviewer.detection.augmenting.synthesis import Synthesis, find_grafts
from dentalviewer.detection.augmenting.transplantation import Donor
from dentalviewer.detection.frames.locator import ArchLocator, locate
from dentalviewer.detection.frames.polarity import train_polarity
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.looks import one_look, two_looks
from dentalviewer.detection.networks.default_boxes import fit_default_boxes
from dentalviewer.detection.networks.heads import HeadPlan
from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset, Sample
from dentalviewer.detection.sets.pictures import read_one_by_one
from dentalviewer.detection.sets.training_data import LearningSets
from dentalviewer.detection.training.examples import (
    ScaledDown,
    make_examples,
    scaled_down,
)
from dentalviewer.detection.training.fine_tuning import Starts
from dentalviewer.detection.training.lesson_sets import LessonSets, read_lesson_sets
from dentalviewer.detection.training.locator_training import for_locator, train_locator
from dentalviewer.detection.training.pictures_on_disk import kept_on_disk
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.detection.training.unsought import Known, with_what_is_known
from dentalviewer.errors import DatasetError
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.geometry import Box
from dentalviewer.labels import IMPLANT
from dentalviewer.page import extent_on_page, part_of

# Rarer than on this share of the radiographs, a label's findings are transplanted.
RARE_SHARE = 0.15
# A radiograph is kept at no more than this many times the resolution of the largest
# frame that is learned in.
SPARE_RESOLUTION = 1.4
DEFAULT_BOXES: Mapping[str, int] = {TREATMENTS: 4, TEETH: 2}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a run learns from and is judged by; datasets by label set."""

    training: Mapping[str, Dataset]
    validation: Mapping[str, Dataset]
    labels: Mapping[str, tuple[str, ...]]
    plans: Mapping[str, HeadPlan]
    locator: ArchLocator | None
    examples: Sequence[Example]
    donors: Sequence[Donor]
    synthesis: Synthesis
    notes: tuple[str, ...] = ()
    mending: Mapping[str, str] = field(default_factory=dict)
    shared_patients: int = 0


def prepare_lesson(
    config: TrainingConfig,
    locator: ArchLocator | None = None,
    *,
    starts: Starts | None = None,
    shared: Callable[[Callable[[], Known]], Known] = lambda act: act(),
) -> Lesson:
    """Read everything a run needs; trains a locator if there is none and it can be.

    Pictures are kept on the disk of the run's folder. `shared` has one process do what
    all of several need. Raises DatasetError, or AnnotationFileError, if the data cannot
    be used, and ModelError if the disk is full.
    """
    starts = starts or {}
    sets = read_lesson_sets(config, starts)
    # Each once, though several sets may have it.
    leading = sets.asked[config.leading].training
    samples = tuple({sample.path: sample for sample in leading.samples}.values())
    training, mending = _with_what_is_known(sets, starts, shared)
    teeth = _annotated_teeth(sets.numbered)
    arches = _arches(teeth, leading)
    if arches:
        with_arches = [sample for sample in samples if sample.path in arches]
        may_train = locator is None and not starts
        locator = _taught(
            locator, config, leading, with_arches, arches, may_train=may_train
        )
    # What was treated tells, where it is known, which teeth may be treated yet.
    treated = {} if sets.treated is None else {TREATMENTS: sets.treated.training}
    annotated = treated | training
    looks = two_looks if TREATMENTS in annotated else one_look
    widest = max(look.size.width for look in looks(config.input_size))
    kept = _kept_pictures(config, leading, samples, arches, locator, widest)
    examples = make_examples(kept, annotated, teeth, config.augmentation)
    treatments = treated[TREATMENTS].labels if treated else ()
    labels = {name: dataset.labels for name, dataset in training.items()}
    plans = {name: start.plan(labels[name]) for name, start in starts.items()}
    if plans.keys() != training.keys():
        plans = _plans(config, training, examples) | plans
    implants = _implants(examples, treatments)
    return Lesson(
        training,
        {name: found.validation for name, found in sets.asked.items()},
        labels,
        plans,
        locator,
        examples,
        find_donors(examples, implants),
        Synthesis(
            find_grafts(examples),
            {label: index for index, label in enumerate(treatments)},
            implants,
        ),
        sets.notes,
        mending,
        sets.asked[config.leading].shared_patients,
    )


def _with_what_is_known(
    sets: LessonSets,
    starts: Starts,
    shared: Callable[[Callable[[], Known]], Known],
) -> tuple[dict[str, Dataset], dict[str, str]]:
    """What is learned from, by label set, and what was put right in it, in words; with
    what the detectors to start from know where nobody looked.
    """
    training = {name: found.training for name, found in sets.asked.items()}
    mending = {name: found.mending for name, found in sets.asked.items()}
    for name, start in starts.items():
        if are_teeth(training[name].labels):
            continue  # Those that are annotated nowhere are not there.
        known = shared(partial(with_what_is_known, training[name], start))
        training[name] = known.dataset
        mending[name] = "; ".join(filter(None, (mending[name], known.told)))
    return training, mending


def _kept_pictures(
    config: TrainingConfig,
    dataset: Dataset,
    samples: Sequence[Sample],
    arches: Mapping[Path, Arch],
    locator: ArchLocator | None,
    widest: float,
) -> list[tuple[NDArray[np.uint8], ScaledDown]]:
    """The window of each radiograph, as large as a frame so wide can show of it."""
    pictures = (
        scaled_down(
            sample.path,
            pixels,
            _window(pixels, arches.get(sample.path) if locator else None, locator),
            SPARE_RESOLUTION * widest,
        )
        for sample, pixels in read_one_by_one(dataset, samples)
    )
    return kept_on_disk(pictures, len(samples), config.run_folder)


def _taught(
    locator: ArchLocator | None,
    config: TrainingConfig,
    dataset: Dataset,
    samples: Sequence[Sample],
    arches: Mapping[Path, Arch],
    *,
    may_train: bool,
) -> ArchLocator | None:
    """The locator, trained if it `may_train` and there is none, with a polarity.

    `samples` are those of the dataset whose arches are known.
    """
    if may_train:
        pictures = (
            for_locator(pixels, arches[sample.path])
            for sample, pixels in read_one_by_one(dataset, samples)
        )
        kept = kept_on_disk(pictures, len(samples), config.run_folder)
        locator = train_locator(kept, epochs=config.locator_epochs, seed=config.seed)
    if locator is not None and locator.polarity is None:
        windows = (
            (pixels, arches[sample.path].window)
            for sample, pixels in read_one_by_one(dataset, samples)
        )
        locator.polarity = train_polarity(windows, seed=config.seed)
    return locator


def _annotated_teeth(
    numbered: LearningSets | None,
) -> dict[Path, dict[Tooth, AnnotatedBox]]:
    """The teeth on each radiograph that is learned from, where known."""
    if numbered is None:
        return {}
    dataset = numbered.training
    return {
        sample.path: {
            Tooth.from_fdi(int(dataset.labels[b.label_index])): b
            for b in sample.boxes
            if not b.uncertain
        }
        for sample in dataset.samples
    }


def _arches(
    teeth: Mapping[Path, Mapping[Tooth, AnnotatedBox]], dataset: Dataset
) -> dict[Path, Arch]:
    return {
        sample.path: fit_arch(
            {tooth: annotated.box for tooth, annotated in found.items()},
            sample.size.width,
        )
        for sample in dataset.samples
        if (found := teeth.get(sample.path))
    }


def _window(
    pixels: NDArray[np.uint8], arch: Arch | None, locator: ArchLocator | None
) -> Box:
    if arch is not None:
        return arch.window
    if locator is not None:
        extent = extent_on_page(pixels)
        window = locate(locator, part_of(pixels, extent)).arch.window
        return window.moved(extent.x_min, extent.y_min)
    height, width = pixels.shape
    return Box(0, 0, width, height)


def _plans(
    config: TrainingConfig,
    training: Mapping[str, Dataset],
    examples: Sequence[Example],
) -> dict[str, HeadPlan]:
    plans = {}
    for name, dataset in training.items():
        # Teeth are large: the finest level would only cost time.
        first_level = 1 if name == TEETH else 0
        sizes = []
        for example in examples:
            window = example.window
            fit = min(
                config.input_size.width / window.width,
                config.input_size.height / window.height,
            )
            corners = example.boxes[name].corners
            sizes.append((corners[:, 2:] - corners[:, :2]) * fit)
        try:
            default_boxes = fit_default_boxes(
                np.concatenate(sizes).astype(np.float64),
                DEFAULT_BOXES[name],
                config.seed,
                first_level=first_level,
            )
        except ValueError as error:
            raise DatasetError(dataset.path, str(error)) from error
        plans[name] = HeadPlan(
            len(dataset.labels), default_boxes, first_level, sees_place=name == TEETH
        )
    return plans


def _implants(examples: Sequence[Example], labels: Sequence[str]) -> list[Implant]:
    if IMPLANT not in labels:
        return []
    return find_implants(examples, labels.index(IMPLANT))


def find_donors(
    examples: Sequence[Example], implants: Sequence[Implant] = ()
) -> list[Donor]:
    """Findings of rare labels, each with the example it may be transplanted from;
    `implants` as they were cut out.
    """
    things = {(id(each.example), each.index): each.thing for each in implants}
    found = [example.boxes[TREATMENTS] for example in examples]
    labels = set(np.concatenate([f.label_indices for f in found]).tolist())
    rare = {
        label
        for label in labels
        if np.mean([label in f.label_indices for f in found]) < RARE_SHARE
    }
    return [
        Donor(example, index, things.get((id(example), index)))
        for example in examples
        for index, label in enumerate(example.boxes[TREATMENTS].label_indices.tolist())
        if label in rare
    ]
