"""Runs the detector on a thread of its own; the window never waits for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import Detection, Detector, DetectorCatalogue
from dentalviewer.errors import DentalViewerError, DetectionCancelled
from dentalviewer.gui.background import Background
from dentalviewer.radiograph import Radiograph


class _Worker:
    """Lives on the thread. Loads a detector when it is first asked for."""

    def __init__(self, catalogue: DetectorCatalogue) -> None:
        self._catalogue = catalogue
        self._name = ""
        self.detector: Detector | None = None

    def detect(self, name: str, radiograph: Radiograph) -> Detection:
        if self.detector is None or self._name != name:
            self.detector = None
            self.detector = self._catalogue.load(name)
            self._name = name
        candidates = self.detector.detect(radiograph)
        return Detection(self.detector.identity, self.detector.settings, candidates)


class DetectionRunner(QObject):
    """Announces each answer with the radiograph it belongs to, never a late one."""

    detected = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    state_changed = Signal()

    def __init__(
        self, catalogue: DetectorCatalogue, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._worker = _Worker(catalogue)
        self._background = Background("detector", self)
        self._background.answered.connect(self._on_answered)
        self._background.failed.connect(self._on_failed)

    @property
    def busy(self) -> bool:
        return self._background.busy

    def run(self, name: str, radiograph: Radiograph) -> None:
        """Examine a radiograph; an answer still due for another one is dropped."""
        self._background.request(lambda: self._worker.detect(name, radiograph))
        self.state_changed.emit()

    def drop(self) -> None:
        """The radiograph was closed: its answer is no longer of interest."""
        self._background.supersede()
        self.state_changed.emit()

    def cancel(self) -> None:
        """Stop the work in hand, at the reader's wish."""
        if not self.busy:
            return
        self._background.supersede()
        self._cancel_detector()
        self.cancelled.emit()
        self.state_changed.emit()

    def stop(self) -> None:
        self._background.stop()
        self._cancel_detector()

    def _cancel_detector(self) -> None:
        detector = self._worker.detector
        if detector is not None:
            detector.cancel()

    def _on_answered(self, detection: Detection) -> None:
        self.detected.emit(detection)
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
