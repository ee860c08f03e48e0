"""The detector of teeth: a network's candidates, numbered so that they obey anatomy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from dentalviewer.dentition import Tooth
from dentalviewer.detection.inference.several_looks import Looks, joined, score_of
from dentalviewer.detection.inference.tooth_numbering import number_teeth
from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.stated_teeth import without_number
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from dentalviewer.geometry import Box
    from dentalviewer.radiograph import Radiograph

# Numbering has settled what is a tooth; nothing is left to a threshold for each number.
SETTINGS = DetectionSettings({}, nms_iou=1.0, max_findings=60, default_threshold=0.0)


class LooksAround(Protocol):
    """What numbering needs of a detector whose labels are FDI numbers."""

    @property
    def identity(self) -> DetectorIdentity: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    def look_around(self, radiograph: Radiograph) -> Looks: ...

    def cancel(self) -> None: ...


class ToothDetector:
    """Numbers what a detector of teeth finds, looking at both sides; a Detector."""

    def __init__(self, detector: LooksAround) -> None:
        self._detector = detector

    @property
    def identity(self) -> DetectorIdentity:
        return self._detector.identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    @property
    def settings(self) -> DetectionSettings:
        return SETTINGS

    def cancel(self) -> None:
        self._detector.cancel()

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        """The teeth, best first; labels are FDI numbers, or "tooth" without one.

        The radiograph is looked at as it is and mirrored, which finds more than either,
        and upside down: where that is the better `evidence` of teeth than either, none
        gets a number. Raises what a Detector raises.
        """
        looks = self._detector.look_around(radiograph)
        mirrored = [_renumbered(candidate) for candidate in looks.mirrored]
        extent = looks.extent
        teeth = number_teeth(joined(looks.straight, mirrored), extent)
        upright = max(evidence(look, extent) for look in (looks.straight, mirrored))
        if evidence(looks.upside_down, extent) > upright:
            return tuple(map(without_number, teeth))
        return teeth


def evidence(candidates: Sequence[Finding], extent: Box) -> float:
    """How much of a dentition candidates show: its teeth, by the cube of their scores,
    so that several doubtful ones do not outweigh a sure one.
    """
    return sum(score_of(tooth) ** 3 for tooth in number_teeth(candidates, extent))


def _renumbered(candidate: Finding) -> Finding:
    """Seen in a mirror, a tooth looks like the one of the other side."""
    tooth = Tooth.from_fdi(int(candidate.label))
    return replace(candidate, label=str(tooth.mirrored()))
