"""Runs the detector on a thread of its own; the window never waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import (
    Detection,
    DetectionSettings,
    Detector,
    DetectorCatalogue,
)
from dentalviewer.errors import DentalViewerError, DetectionCancelled
from dentalviewer.gui.background import Background
from dentalviewer.radiograph import Radiograph

Answer = tuple[Detection, str]
"""The detectors' answer, and what went wrong with the teeth alone."""


class _Worker:
    """Lives on the thread. Loads a detector when it is first asked for."""

    def __init__(
        self, catalogue: DetectorCatalogue, enter_stage: Callable[[str], None]
    ) -> None:
        self._catalogue = catalogue
        self._enter_stage = enter_stage
        self._name = ""
        self.detector: Detector | None = None
        self.tooth_detector: Detector | None = None
        self._looked_for_teeth = False

    def detect(self, name: str, radiograph: Radiograph) -> Answer:
        if self.detector is None or self._name != name:
            # The one before goes first, so that there is never memory for two taken.
            self.detector = None
            self._enter_stage(f"Loading {name} …")
            self.detector = self._catalogue.load(name)
            self._name = name
        self._enter_stage("Examining the radiograph …")
        try:
            candidates = self.detector.detect(radiograph)
        except MemoryError:
            self.detector = None
            raise
        detection = Detection(
            self.detector.identity, self.detector.settings, candidates
        )
        return self._with_teeth(detection, radiograph)

    def _with_teeth(self, detection: Detection, radiograph: Radiograph) -> Answer:
        """The answer with the teeth; without them, and why, if that goes wrong."""
        try:
            if not self._looked_for_teeth:
                self._enter_stage("Findings done. Loading the detector of teeth …")
                self.tooth_detector = self._catalogue.load_teeth()
                self._looked_for_teeth = True
            if self.tooth_detector is None:
                return detection, ""
            self._enter_stage("Findings done. Numbering the teeth …")
            teeth = self.tooth_detector.detect(radiograph)
        except DetectionCancelled:
            raise
        except (DentalViewerError, MemoryError) as error:
            self._looked_for_teeth = True
            return detection, f"The teeth were not numbered. {error}".strip()
        identity = self.tooth_detector.identity
        return replace(detection, teeth=teeth, tooth_detector=identity), ""


class DetectionRunner(QObject):
    """Announces each answer with the radiograph it belongs to, never a late one."""

    detected = Signal(object)
    teeth_failed = Signal(str)
    failed = Signal(str)
    cancelled = Signal()
    state_changed = Signal()
    _stage_entered = Signal(str)

    def __init__(
        self, catalogue: DetectorCatalogue, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stage = ""
        self._stage_entered.connect(self._on_stage_entered)
        self._worker = _Worker(catalogue, self._stage_entered.emit)
        self._background = Background("detector", self)
        self._background.answered.connect(self._on_answered)
        self._background.failed.connect(self._on_failed)

    @property
    def busy(self) -> bool:
        return self._background.busy

    @property
    def stage(self) -> str:
        """What the thread is at, in words."""
        return self._stage

    @property
    def shipped_settings(self) -> DetectionSettings | None:
        """The loaded detector's own settings; None before one is loaded."""
        detector = self._worker.detector
        return detector.settings if detector is not None else None

    def run(self, name: str, radiograph: Radiograph) -> None:
        """Examine a radiograph; an answer still due for another one is dropped."""
        self._stop_work_in_hand()
        self._stage = "Waiting for the detector …"
        self._background.request(lambda: self._worker.detect(name, radiograph))
        self.state_changed.emit()

    def drop(self) -> None:
        """The radiograph was closed: its answer is no longer of interest."""
        self._stop_work_in_hand()
        self.state_changed.emit()

    def cancel(self) -> None:
        """Stop the work in hand, at the reader's wish."""
        if not self.busy:
            return
        self._stop_work_in_hand()
        self.cancelled.emit()
        self.state_changed.emit()

    def stop(self) -> None:
        self._background.stop()
        self._cancel_detector()

    def _stop_work_in_hand(self) -> None:
        if self.busy:
            self._background.supersede()
            self._cancel_detector()

    def _on_stage_entered(self, stage: str) -> None:
        self._stage = stage
        self.state_changed.emit()

    def _cancel_detector(self) -> None:
        for detector in (self._worker.detector, self._worker.tooth_detector):
            if detector is not None:
                detector.cancel()

    def _on_answered(self, answer: Answer) -> None:
        detection, fault = answer
        self.detected.emit(detection)
        if fault:
            self.teeth_failed.emit(fault)
        self.state_changed.emit()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, DetectionCancelled):
            self.failed.emit(_explained(error))
        self.state_changed.emit()


def _explained(error: Exception) -> str:
    if isinstance(error, DentalViewerError):
        return f"The detector did not run. {error}"
    if isinstance(error, MemoryError):
        return "The detector did not run: this computer ran out of memory."
    return f"The detector failed unexpectedly: {type(error).__name__}: {error}"
