"""The model card: what a detector is, what it was trained on and how well it does.

It lies as `card.json` beside `weights.safetensors`. See Mitchell et al., FAT* 2019.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dentalviewer.detection.looks import Look
from dentalviewer.detector import Calibration, DetectionSettings, DetectorIdentity
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.geometry import Size

CARD_FILE = "card.json"
WEIGHTS_FILE = "weights.safetensors"
FORMAT_VERSION = 1
DIGEST_LENGTH = 16
# The architecture of a detector that has members.
ENSEMBLE = "ensemble"


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How a detector did on the `count` annotations of one label.

    AP and AP50 as COCO defines them. Precision, sensitivity and F1 at the shipped
    threshold; a prediction is right if its IoU with an annotation is at least 0.5, for
    `f1_iou30` at least 0.3. None where a value is not defined.
    """

    count: int
    ap50: Estimate | None
    ap: Estimate | None
    precision: Estimate | None
    sensitivity: Estimate | None
    f1: Estimate | None
    f1_iou30: Estimate | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores per label on `images` radiographs; `data` says which."""

    data: str
    images: int
    scores: Mapping[str, LabelScore]


@dataclass(frozen=True, slots=True)
class Training:
    """Where the weights come from.

    `learned_from` has the `radiograph_digest` of each file that was learned from, also
    by the detector that it was trained further from; empty where that is not known.
    """

    data: str
    licence: str
    attribution: str
    recipe: str
    command: str
    date: str
    learned_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightsSize:
    """How many parameters a weights file holds, and its length in bytes."""

    parameters: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How long one radiograph takes, from pixels to findings, where this was measured.

    `milliseconds` is the least of some, `megabytes` the most memory of a process that
    does nothing else, PyTorch included; None where the system does not tell. `threads`
    are those that PyTorch used, `radiograph` the size of the one examined.
    """

    milliseconds: float
    megabytes: float | None
    threads: int
    radiograph: Size


@dataclass(frozen=True, slots=True)
class Measurement:
    """What else was measured, beside what a training measures by itself.

    `results` is Markdown, such as a table and a sentence; `command` measures it again.
    """

    title: str
    results: str
    command: str


@dataclass(frozen=True, slots=True)
class Member:
    """One of the detectors that an ensemble is made of, and how that uses it.

    It is told by the `name` of its folder and by its weights; `calibrations` bring its
    scores to a scale on which those of all members can be averaged.
    """

    name: str
    weights_sha256: str
    looks: tuple[Look, ...]
    calibrations: Mapping[str, Calibration]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything needed to rebuild a detector, and to judge it.

    `architecture_parameters` are the keyword arguments of the function that
    ARCHITECTURES names. `preprocessing` is one line for a reader; the code for it is
    detection/frames/preprocessing.py. `evaluations` maps "validation" and the names of
    deliberately altered copies of it to what was measured there. `head` is the set of
    labels that the network looks for; with `finds_arches` the weights hold a locator
    too. `input_size` is that of the frames it learned from; it takes these `looks` at a
    radiograph, and its candidates are their mean. `calibrations` gives, by label, what
    its scores mean; `settings` are for scores after that. `sweep` tells, in Markdown,
    what else was tried for the settings; `measurements` are added by hand. `size` is
    that of the weights, `speed` that of the detector where it was made; None on cards
    from before they were told, and where the speed could not be measured. An ensemble
    has `members` in place of weights of its own, and the looks of all of them.
    """

    name: str
    architecture: str
    architecture_parameters: Mapping[str, Any]
    head: str
    labels: tuple[str, ...]
    input_size: Size
    finds_arches: bool
    looks: tuple[Look, ...]
    calibrations: Mapping[str, Calibration]
    preprocessing: str
    settings: DetectionSettings
    intended_use: str
    training: Training
    evaluations: Mapping[str, Evaluation]
    sweep: str
    failures: tuple[str, ...]
    weights_sha256: str
    size: WeightsSize | None = None
    speed: Speed | None = None
    measurements: tuple[Measurement, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def identity(self) -> DetectorIdentity:
        return DetectorIdentity(self.name, self.weights_sha256, self.preprocessing)


def sha256_of_members(
    members: Sequence[Member], calibrations: Mapping[str, Calibration]
) -> str:
    """What stands for the weights of an ensemble: one that answers otherwise, be it
    only with other scores, has another digest.
    """
    told = [(each.weights_sha256, _plain(each.calibrations)) for each in members]
    return sha256(json.dumps([told, _plain(calibrations)]).encode())


def _plain(calibrations: Mapping[str, Calibration]) -> list[tuple[str, float, float]]:
    return [(name, c.slope, c.offset) for name, c in sorted(calibrations.items())]


def encode_card(card: ModelCard) -> bytes:
    content = {"format": FORMAT_VERSION, **asdict(card)}
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def radiograph_digest(content: bytes) -> str:
    """Tells a file by its bytes, and tells nothing else of it."""
    return sha256(content)[:DIGEST_LENGTH]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
