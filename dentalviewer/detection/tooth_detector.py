"""The detector of teeth: a network's candidates, numbered so that they obey anatomy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dentalviewer.dentition import Tooth
from dentalviewer.detection.both_sides import joined, score_of, turned_box
from dentalviewer.detection.tooth_numbering import number_teeth
from dentalviewer.detector import DetectionSettings, Detector, DetectorIdentity
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import UNNUMBERED_LABEL

if TYPE_CHECKING:
    from dentalviewer.radiograph import Radiograph

# Numbering has settled what is a tooth; nothing is left to a threshold for each number.
SETTINGS = DetectionSettings({}, nms_iou=1.0, max_findings=60, default_threshold=0.0)


class ToothDetector:
    """Numbers what a detector of teeth finds, looking at both sides; a Detector."""

    def __init__(self, detector: Detector) -> None:
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
        and upside down: where that shows more teeth, none gets a number. Raises what a
        Detector raises.
        """
        pixels, width = radiograph.pixels, radiograph.size.width
        straight = self._detector.detect(radiograph)
        mirrored = self._look(radiograph, pixels[:, ::-1])
        reversed_ = self._look(radiograph, pixels[::-1])
        teeth = number_teeth(joined(straight, [turned(f, width) for f in mirrored]))
        # Upright radiographs show at least 1.12 times as much: 33 of the validation
        # data and 12 at full size, also cropped or with the jaws larger.
        if evidence(reversed_) > evidence(straight):
            return tuple(
                replace(tooth, label=UNNUMBERED_LABEL, tooth=None) for tooth in teeth
            )
        return teeth

    def _look(
        self, radiograph: Radiograph, pixels: NDArray[Any]
    ) -> tuple[Finding, ...]:
        seen = replace(radiograph, pixels=np.ascontiguousarray(pixels))
        return self._detector.detect(seen)


def evidence(candidates: Sequence[Finding]) -> float:
    """How much of a dentition candidates show: the sum of the scores of its teeth."""
    return sum(score_of(tooth) for tooth in number_teeth(candidates))


def turned(finding: Finding, width: float) -> Finding:
    """A candidate on a mirrored radiograph as it is on the straight one."""
    return replace(
        finding,
        box=turned_box(finding.box, width),
        label=str(Tooth.from_fdi(int(finding.label)).mirrored()),
    )
