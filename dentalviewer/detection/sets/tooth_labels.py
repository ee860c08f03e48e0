"""Labels that are the FDI numbers of teeth, and those that should be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dentalviewer.dentition import Tooth, is_permanent_tooth
from dentalviewer.detection.augmenting.augmentation import Augmentation
from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset
from dentalviewer.errors import DatasetError


def numbered(dataset: Dataset) -> Dataset:
    """Without the labels that are not learned; what bears them becomes uncertain.

    These are labels that are no FDI numbers, and deciduous teeth, which have no place
    in the arches that teeth are numbered by. Such a tooth is not asked for, nor is it
    background. Raises DatasetError if no label is left.
    """
    labels = tuple(filter(is_permanent_tooth, dataset.labels))
    if labels == dataset.labels:
        return dataset
    if not labels:
        fault = "none of its categories is the FDI number of a permanent tooth"
        raise DatasetError(dataset.path, fault)

    def renamed(box: AnnotatedBox) -> AnnotatedBox:
        label = dataset.labels[box.label_index]
        if label in labels:
            return replace(box, label_index=labels.index(label))
        # It has to be some label; which one does not matter to what is not asked for.
        return replace(box, label_index=0, uncertain=True)

    return _changed(dataset, labels, renamed)


def note_on_unnumbered(datasets: Sequence[Dataset]) -> str:
    """What becomes of the teeth that are not learned; empty where all are."""
    counts: dict[str, int] = {}
    for dataset in datasets:
        for index, label in enumerate(dataset.labels):
            if (count := dataset.count(index)) and not is_permanent_tooth(label):
                counts[label] = counts.get(label, 0) + count
    if not counts:
        return ""
    told = ", ".join(f'{count} "{label}"' for label, count in counts.items())
    return f"deciduous teeth, and those without an FDI number, are not learned: {told}"


def counterparts(labels: Sequence[str], plan: Augmentation) -> tuple[str, ...]:
    """The numbers that teeth get by turning, as far as none of the labels is one."""
    known = list(labels)
    for label in known:  # Which grows: what was turned may be mirrored too.
        for turn in _turns(plan):
            known += {_turned(label, turn)}.difference(known)
    return tuple(known[len(labels) :])


def with_labels(dataset: Dataset, labels: Sequence[str]) -> Dataset:
    """With these first, and then its own that are not among them."""
    known = tuple(dict.fromkeys((*labels, *dataset.labels)))
    places = [known.index(label) for label in dataset.labels]

    def renamed(box: AnnotatedBox) -> AnnotatedBox:
        return replace(box, label_index=places[box.label_index])

    return _changed(dataset, known, renamed)


def exchanged(
    labels: Sequence[str], turn: Callable[[Tooth], Tooth]
) -> NDArray[np.int64]:
    """The index of the label that each becomes by a turn."""
    return np.array([labels.index(_turned(label, turn)) for label in labels])


def _changed(
    dataset: Dataset,
    labels: tuple[str, ...],
    change: Callable[[AnnotatedBox], AnnotatedBox],
) -> Dataset:
    samples = tuple(
        # Teeth that are annotated nowhere are not there: none is unsought.
        replace(sample, boxes=tuple(map(change, sample.boxes)), unsought=frozenset())
        for sample in dataset.samples
    )
    return replace(dataset, labels=labels, samples=samples)


def _turns(plan: Augmentation) -> list[Callable[[Tooth], Tooth]]:
    turns = [(plan.flip, Tooth.mirrored), (plan.upturn, Tooth.upturned)]
    return [turn for is_on, turn in turns if is_on]


def _turned(label: str, turn: Callable[[Tooth], Tooth]) -> str:
    return str(turn(Tooth.from_fdi(int(label))))
