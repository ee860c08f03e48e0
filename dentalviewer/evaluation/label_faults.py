"""Faults of the labels of a set, as listed in a file that lies apart from the set.

A set that others published is not altered; what is wrong with its labels is said beside
it. Nothing uses the list unless it is asked to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import Reading, name_keys
from dentalviewer.geometry import Box, Size, iou
from dentalviewer.labels import canonical
from dentalviewer.storage.json_object import JsonObject, read_json
from dentalviewer.study import Finding

FORMAT = "dentalviewer label faults"
VERSION = 1
# A listed box is the one in the set, but for rounding and later edits.
SAME_BOX_IOU = 0.5


class FaultKind(StrEnum):
    """What is wrong with a label."""

    MISSING = "missing"
    NOT_THERE = "not there"
    MARKED_TWICE = "marked twice"
    WRONG_CLASS = "wrong class"
    WRONG_BOX = "wrong box"


@dataclass(frozen=True, slots=True)
class LabelFault:
    """One fault on the radiograph with this file name, in pixels of a frame of `size`.

    `box` and `label` are as in the set, or as they should be where they are missing;
    `right_box` or `right_label` is what they should be where they are wrong. `certain`
    are faults that are plain to see; the others are doubtful. `split` is where the set
    has the radiograph, such as "train".
    """

    image: str
    split: str
    size: Size
    kind: FaultKind
    label: str
    box: Box
    certain: bool
    why: str
    found: str
    right_label: str | None = None
    right_box: Box | None = None


def read_label_faults(path: Path) -> tuple[LabelFault, ...]:
    """Raises AnnotationFileError, with the number of the entry that makes no sense."""
    content = read_json(path, error=AnnotationFileError)
    whole = JsonObject.of(path, content, AnnotationFileError)
    if whole.text("format") != FORMAT or whole.whole_number("version") != VERSION:
        raise whole.fault(f"this is not a list of {FORMAT}, version {VERSION}")
    return tuple(_fault(each) for each in whole.objects("faults", "fault"))


def _fault(record: JsonObject) -> LabelFault:
    try:
        kind = FaultKind(record.text("fault"))
    except ValueError as error:
        known = ", ".join(FaultKind)
        raise record.fault(f"fault should be one of: {known}") from error
    size = Size(record.whole_number("width"), record.whole_number("height"))
    fault = LabelFault(
        image=record.text("image"),
        split=record.text("split"),
        size=size,
        kind=kind,
        label=canonical(record.text("label")),
        box=_box(record, "box", size),
        certain=record.flag("certain"),
        why=record.text("why"),
        found=record.text("found"),
        right_label=(
            canonical(record.text("right_label")) if record.has("right_label") else None
        ),
        right_box=(
            _box(record, "right_box", size) if record.has("right_box") else None
        ),
    )
    if kind is FaultKind.WRONG_CLASS and fault.right_label is None:
        raise record.fault("right_label is missing")
    if kind is FaultKind.WRONG_BOX and fault.right_box is None:
        raise record.fault("right_box is missing")
    return fault


def _box(record: JsonObject, key: str, size: Size) -> Box:
    """As far as it lies in the radiograph, which has this size."""
    values = [record.as_number(value, key) for value in record.items(key)]
    if len(values) != 4:
        raise record.fault(f"{key} should be x_min, y_min, x_max, y_max, not {values}")
    try:
        inside = Box(*values).clipped(size)
    except ValueError as error:
        raise record.fault(f"{key}: {error}") from error
    if inside is None:
        raise record.fault(f"{key} lies outside the radiograph, which is {size}")
    return inside


def faults_by_image(
    faults: Iterable[LabelFault],
) -> Mapping[str, tuple[LabelFault, ...]]:
    """By file name without folder, in lower case, as `faults_on` asks for them."""
    found: defaultdict[str, list[LabelFault]] = defaultdict(list)
    for fault in faults:
        found[_key(fault.image)].append(fault)
    return {key: tuple(each) for key, each in found.items()}


def faults_on(
    path: Path,
    name: str,
    size: Size | None,
    faults: Mapping[str, tuple[LabelFault, ...]],
) -> tuple[LabelFault, ...]:
    """Those on one radiograph of the set at `path`.

    Raises AnnotationFileError if its size is another than the list says: then it is
    another picture of the same name.
    """
    found = faults.get(_key(name), ())
    for fault in found:
        if size is not None and fault.size != size:
            raise AnnotationFileError(
                path,
                f"{name} is {size} pixels, but {fault.size} in the list of label"
                " faults: not the same picture",
            )
    return found


def _key(name: str) -> str:
    return name_keys(name)[1]


def annotated_at(
    fault: LabelFault, boxes: Sequence[Box], labels: Sequence[str]
) -> int | None:
    """The index of the annotation of the fault's class that fits its box best."""
    alike = _alike(fault, boxes, labels)
    return max(alike, key=lambda i: iou(boxes[i], fault.box)) if alike else None


def stands(fault: LabelFault, boxes: Sequence[Box], labels: Sequence[str]) -> bool:
    """Whether the set still has the fault, or was mended since."""
    count = len(_alike(fault, boxes, labels))
    if fault.kind is FaultKind.MISSING:
        return count == 0
    return count >= (2 if fault.kind is FaultKind.MARKED_TWICE else 1)


def _alike(fault: LabelFault, boxes: Sequence[Box], labels: Sequence[str]) -> list[int]:
    return [
        index
        for index, (box, label) in enumerate(zip(boxes, labels, strict=True))
        if canonical(label) == fault.label and iou(box, fault.box) >= SAME_BOX_IOU
    ]


def excused(
    readings: Sequence[Reading],
    labels: Iterable[str],
    faults: Iterable[LabelFault],
    path: Path,
) -> tuple[tuple[Reading, ...], int]:
    """The truth of the set at `path` with what is plainly wrong in it uncertain.

    So is what should be there instead. Neither is asked of a detector nor counted
    against one; nothing is put right, for the list may have been made with that
    detector's help. Only faults of the set's own `labels` count. Also tells how many
    faults were excused. Raises what `faults_on` raises.
    """
    known = set(map(canonical, labels))
    by_image = faults_by_image(f for f in faults if f.certain and f.label in known)
    found, count = [], 0
    for reading in readings:
        for fault in faults_on(path, reading.name, reading.size, by_image):
            boxes = [finding.box for finding in reading.findings]
            labels = [finding.label for finding in reading.findings]
            if stands(fault, boxes, labels):
                index = annotated_at(fault, boxes, labels)
                reading = _excused(reading, fault, index)
                count += 1
        found.append(reading)
    return tuple(found), count


def _excused(reading: Reading, fault: LabelFault, index: int | None) -> Reading:
    if index is None:
        missing = Finding(fault.box, fault.label)
        return replace(reading, uncertain=(*reading.uncertain, missing))
    findings = reading.findings
    open_now = [findings[index]]
    if fault.right_label is not None or fault.right_box is not None:
        box = fault.right_box or findings[index].box
        open_now.append(Finding(box, fault.right_label or fault.label))
    return replace(
        reading,
        findings=(*findings[:index], *findings[index + 1 :]),
        uncertain=(*reading.uncertain, *open_now),
    )
