"""What the window needs of a detector, and how its candidates become predictions.

The network runs once and returns *candidates*. Thresholds, non-maximum suppression
and the maximum number of findings are then applied here, in microseconds, so that a
reader can change them without running the network again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from dentalviewer.geometry import iou
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dentalviewer.radiograph import Radiograph

# No score is quite certain.
NEARLY = 1e-4


@dataclass(frozen=True, slots=True)
class DetectorIdentity:
    """Which detector spoke: its name, the sha256 of its weights, its preprocessing."""

    name: str
    sha256: str
    preprocessing: str = ""

    def is_same_as(self, other: DetectorIdentity) -> bool:
        """Also where it was only given another name."""
        return (self.sha256, self.preprocessing) == (other.sha256, other.preprocessing)


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How candidates become predictions.

    `thresholds` gives the least score shown per label; a label it does not name uses
    `default_threshold`. Of two candidates of one label that overlap by more than
    `nms_iou` only the better is shown; at most `max_findings` are shown.
    """

    thresholds: Mapping[str, float] = field(default_factory=dict)
    nms_iou: float = 0.4
    max_findings: int = 50
    default_threshold: float = 0.5

    def threshold(self, label: str) -> float:
        return self.thresholds.get(label, self.default_threshold)


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a network's score to the share of such findings that are right.

    The share is 1 / (1 + exp(-(slope * logit(score) + offset))), Platt's; a `slope`
    above 0 keeps the order.
    """

    slope: float
    offset: float

    def share(self, score: float) -> float:
        # tanh has no overflow, however steep the slope.
        x = self.slope * float(logit(score)) + self.offset
        return (1 + math.tanh(x / 2)) / 2


@dataclass(frozen=True, slots=True)
class Detection:
    """A detector's answer on a radiograph: candidates, and what is shown of them.

    `teeth` are the teeth that the `tooth_detector` found, each number once; both are
    empty where none was asked. `names` is what the project calls those of the
    detector's classes that it has renamed; candidates and settings keep the detector's
    own names, predictions have those of the project.
    """

    identity: DetectorIdentity
    settings: DetectionSettings
    candidates: tuple[Finding, ...]
    teeth: tuple[Finding, ...] = ()
    tooth_detector: DetectorIdentity | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def predictions(self) -> tuple[Finding, ...]:
        return renamed(select(self.candidates, self.settings), self.names)

    @property
    def classes(self) -> set[str]:
        """What it may say, as far as its answer tells, by its own names."""
        said = {candidate.label for candidate in self.candidates}
        return {*KNOWN_LABELS, *self.settings.thresholds, *said}

    def with_names(self, names: Mapping[str, str]) -> Detection:
        """By the names of a project, which may have renamed other classes as well."""
        own = self.classes
        return replace(self, names={n: new for n, new in names.items() if n in own})

    def threshold(self, label: str) -> float:
        """The least score at which anything is shown that the project calls so."""
        own = [name for name, called in self.names.items() if called == label]
        if label not in self.names:
            own.append(label)
        return min(map(self.settings.threshold, own or [label]))


Answer = tuple[Detection, str]
"""What the detectors said, and what went wrong with the teeth alone."""


@dataclass(frozen=True, slots=True)
class Examiners:
    """Who examines a radiograph: a detector, with its settings as shipped, and the
    detector of teeth, None where there is none.
    """

    identity: DetectorIdentity
    settings: DetectionSettings
    teeth: DetectorIdentity | None = None


class Detector(Protocol):
    """Finds treatments on a radiograph. May be slow; never called on the GUI thread."""

    @property
    def identity(self) -> DetectorIdentity: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def settings(self) -> DetectionSettings:
        """As chosen on validation data and shipped in the model card."""
        ...

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        """Candidates in pixels of the radiograph, best first, each with its score.

        Raises DetectionError if the radiograph cannot be examined, DetectionCancelled
        after `cancel`.
        """
        ...

    def cancel(self) -> None:
        """End a `detect` that runs on another thread soon. May be called anytime."""
        ...


class DetectorCatalogue(Protocol):
    """The detectors that are installed, by name; the bundled one comes first."""

    def names(self) -> tuple[str, ...]: ...

    def members(self, name: str) -> tuple[str, ...]:
        """The detectors that an ensemble is made of, the first one leading; none of any
        other, or where its card cannot be read.
        """
        ...

    def load(self, name: str) -> Detector:
        """Slow. Raises ModelError if the detector is missing, damaged or altered."""
        ...

    def load_teeth(self) -> Detector | None:
        """The detector of teeth; its findings are numbered. None if there is none.

        Slow. Raises ModelError if it is damaged or altered.
        """
        ...

    def examiners(self, name: str) -> Examiners:
        """From the cards alone, so quickly. Raises ModelError if one is damaged."""
        ...

    @property
    def at_once(self) -> int:
        """How many files are examined beside each other when there are many."""
        ...

    def examine(self, name: str, path: Path) -> Future[Answer]:
        """Read and examine a radiograph in the background, beside others.

        May wait for the turn of what was asked before. The answer is RadiographError,
        ModelError or DetectionError where it goes wrong; DetectorEnded, if all that
        were in work were lost.
        """
        ...

    def describe(self, name: str) -> str:
        """The model card as Markdown. Raises ModelError if it cannot be read."""
        ...

    def own_names(self) -> tuple[str, ...]:
        """Those that the user has added or trained, and may remove."""
        ...

    def add(self, folder: Path) -> str:
        """Install the detector in a folder and return its name. Slow.

        Raises ModelError if it is none, is damaged, or its name is taken.
        """
        ...

    def remove(self, name: str) -> None:
        """Delete one of the user's own. Raises ModelError if it cannot be deleted."""
        ...


def logit(score: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """ln(p / (1 - p)), of scores that are a little away from 0 and 1."""
    import numpy as np

    p = np.clip(score, NEARLY, 1 - NEARLY)
    return np.asarray(np.log(p / (1 - p)), np.float64)


def calibrated(
    candidates: Iterable[Finding], calibrations: Mapping[str, Calibration]
) -> tuple[Finding, ...]:
    """Candidates whose scores mean the share that is right, best first.

    Those of a label without a calibration keep theirs.
    """
    known = [
        replace(each, score=calibrations[each.label].share(_score(each)))
        if each.label in calibrations
        else each
        for each in candidates
    ]
    return tuple(sorted(known, key=_score, reverse=True))


def renamed(
    findings: Iterable[Finding], names: Mapping[str, str]
) -> tuple[Finding, ...]:
    """What a detector says, by the names that a project has for its classes."""
    return tuple(
        replace(each, label=names[each.label]) if each.label in names else each
        for each in findings
    )


def select(
    candidates: Iterable[Finding], settings: DetectionSettings
) -> tuple[Finding, ...]:
    """Apply thresholds, greedy non-maximum suppression per label and the maximum.

    Returns the predictions, best first. Order among equal scores is kept.
    """
    kept: list[Finding] = []
    by_label: dict[str, list[Finding]] = defaultdict(list)
    for candidate in sorted(candidates, key=_score, reverse=True):
        if len(kept) >= settings.max_findings:
            break
        if _score(candidate) < settings.threshold(candidate.label):
            continue
        rivals = by_label[candidate.label]
        if all(iou(candidate.box, rival.box) <= settings.nms_iou for rival in rivals):
            rivals.append(candidate)
            kept.append(candidate)
    return tuple(kept)


def left_out(candidates: Iterable[Finding], settings: DetectionSettings) -> int:
    """How many more would be shown if there was no maximum."""
    every = tuple(candidates)
    without = replace(settings, max_findings=len(every))
    return max(len(select(every, without)) - settings.max_findings, 0)


def _score(candidate: Finding) -> float:
    """A finding without a score was made by a human, who is sure."""
    return 1.0 if candidate.score is None else candidate.score
