"""The detector of teeth: a network's candidates, numbered so that they obey anatomy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dentalviewer.detection.tooth_numbering import LEAST, number_teeth
from dentalviewer.detector import DetectionSettings, Detector, DetectorIdentity

if TYPE_CHECKING:
    from dentalviewer.radiograph import Radiograph
    from dentalviewer.study import Finding

# Numbering has settled what is a tooth; nothing is left to a threshold for each number.
SETTINGS = DetectionSettings({}, nms_iou=1.0, max_findings=60, default_threshold=LEAST)


class ToothDetector:
    """Numbers what a detector of teeth finds; a Detector."""

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

        Raises what a Detector raises.
        """
        return number_teeth(self._detector.detect(radiograph))
