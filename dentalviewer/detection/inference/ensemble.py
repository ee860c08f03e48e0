"""Detectors that differ err on different findings: several together are surer.

What all their looks say is joined as the looks of one detector are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from dentalviewer.detection.inference.several_looks import fused, score_of
from dentalviewer.detection.inference.torch_detector import TorchDetector
from dentalviewer.detector import (
    Calibration,
    DetectionSettings,
    DetectorIdentity,
    calibrated,
)
from dentalviewer.errors import DetectionCancelled
from dentalviewer.radiograph import Radiograph
from dentalviewer.study import Finding

# Places that the members together are less sure of are not kept. On the scale that
# they share, what a network scores 0.05 may be next to nothing.
LEAST_SCORE = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class EnsembleDetector:
    """Several detectors of the same labels, whose looks count alike; a Detector.

    The scores of the members are on one scale already; `calibrations` say what their
    mean means.
    """

    members: tuple[TorchDetector, ...]
    identity: DetectorIdentity
    labels: tuple[str, ...]
    settings: DetectionSettings
    calibrations: Mapping[str, Calibration]
    _cancelled: threading.Event = field(default_factory=threading.Event, init=False)

    def cancel(self) -> None:
        self._cancelled.set()
        for member in self.members:
            member.cancel()

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        """Candidates whose mean score is at least 0.002, best first, in pixels.

        Raises what TorchDetector.detect raises.
        """
        self._cancelled.clear()
        looks: list[tuple[Finding, ...]] = []
        for member in self.members:
            looks += member.look_by_look(radiograph)
            # Who cancels between two members is not heard by the next.
            if self._cancelled.is_set():
                raise DetectionCancelled("The examination was cancelled.")
        found = (each for each in fused(looks) if score_of(each) >= LEAST_SCORE)
        return calibrated(tuple(found), self.calibrations)
