"""Training labels put right by a list of their faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset
from dentalviewer.evaluation.label_faults import (
    FaultKind,
    LabelFault,
    annotated_at,
    faults_by_image,
    faults_on,
    stands,
)
from dentalviewer.labels import canonical

# What is done about each kind, for the reader of a model card.
DONE = {
    FaultKind.MISSING: "added",
    FaultKind.NOT_THERE: "removed",
    FaultKind.MARKED_TWICE: "removed as doubled",
    FaultKind.WRONG_CLASS: "given another class",
    FaultKind.WRONG_BOX: "given another box",
}
LEFT_OPEN = "left open as doubtful"


def mended(
    dataset: Dataset, faults: Iterable[LabelFault]
) -> tuple[Dataset, Counter[str]]:
    """A dataset to learn from, without its faults, and how often what was done.

    What is doubtful becomes uncertain: it is learned neither as there nor as not there.
    Faults that the dataset no longer has, or of classes that it does not know, are
    passed over. Raises AnnotationFileError if the list is about other pictures.
    """
    by_image = faults_by_image(faults)
    labels = [canonical(name) for name in dataset.labels]
    done: Counter[str] = Counter()
    samples = []
    for sample in dataset.samples:
        name = sample.path.name
        for fault in faults_on(dataset.path, name, sample.size, by_image):
            known = {fault.label, fault.right_label or fault.label} <= set(labels)
            boxes = [each.box for each in sample.boxes]
            named = [labels[each.label_index] for each in sample.boxes]
            if known and stands(fault, boxes, named):
                index = annotated_at(fault, boxes, named)
                changed = _mended(sample.boxes, index, fault, labels)
                sample = replace(sample, boxes=changed)
                done[DONE[fault.kind] if fault.certain else LEFT_OPEN] += 1
        samples.append(sample)
    return replace(dataset, samples=tuple(samples)), done


def account(done: Counter[str]) -> str:
    """What was done, in words: "31 added, 6 removed as doubled"."""
    return ", ".join(f"{done[what]} {what}" for what in sorted(done)) or "none applied"


def _mended(
    boxes: tuple[AnnotatedBox, ...],
    index: int | None,
    fault: LabelFault,
    labels: list[str],
) -> tuple[AnnotatedBox, ...]:
    if index is None:
        missing = AnnotatedBox(
            fault.box, labels.index(fault.label), uncertain=not fault.certain
        )
        return (*boxes, missing)
    old = boxes[index]
    if not fault.certain:
        kept = [replace(old, uncertain=True)]
    elif fault.kind is FaultKind.WRONG_CLASS and fault.right_label is not None:
        # A number that another bears too is doubtful; once it is right, it no more is.
        right = labels.index(fault.right_label)
        kept = [replace(old, label_index=right, uncertain=False)]
    elif fault.kind is FaultKind.WRONG_BOX and fault.right_box is not None:
        kept = [replace(old, box=fault.right_box)]
    else:
        kept = []
    return (*boxes[:index], *kept, *boxes[index + 1 :])
