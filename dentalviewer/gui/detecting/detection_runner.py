"""Runs the detector on a thread of its own; the window never waits for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import Answer, Detection, Detector, DetectorCatalogue
from dentalviewer.errors import (
    DentalViewerError,
    DetectionCancelled,
    DetectionError,
    DetectorEnded,
    FileError,
    ModelError,
)
from dentalviewer.gui.work.background import Background
from dentalviewer.radiograph import Radiograph
from dentalviewer.worklist.predictions import PredictionStore, picture_stamp


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
        detector = self._loaded(name)
        if detector is None:
            # The one before goes first, so that there is never memory for two taken.
            self.detector = None
            self._enter_stage(f"Loading {name} …")
            detector = self.detector = self._catalogue.load(name)
            self._name = name
        self._enter_stage("Examining the radiograph …")
        try:
            candidates = detector.detect(radiograph)
        except MemoryError:
            self.detector = None
            raise
        detection = Detection(detector.identity, detector.settings, candidates)
        return self._with_teeth(detection, radiograph)

    def _loaded(self, name: str) -> Detector | None:
        """The one in memory, if it is what is installed now under this name: one that
        was trained anew may have the name of one that was removed.
        """
        if self.detector is None or self._name != name:
            return None
        try:
            installed = self._catalogue.examiners(name).identity
        except ModelError:
            return None  # Loading it tells whose card is damaged.
        return self.detector if self.detector.identity == installed else None

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
    """Announces each answer with the radiograph it belongs to, never a late one.

    What the detector said before is not asked again, and what it says is stored.
    """

    detected = Signal(object)
    teeth_failed = Signal(str)
    failed = Signal(str)
    cancelled = Signal()
    state_changed = Signal()
    _stage_entered = Signal(str)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._store = store
        self._stage = ""
        self._stage_entered.connect(self._on_stage_entered)
        self._worker = _Worker(catalogue, self._stage_entered.emit)
        self._background = Background("detector", self, failed=self._on_failed)
        self._background.answered.connect(self._on_answered)
        # Not on the thread of the detector, which may be loading one.
        self._memory = Background(
            "stored predictions", self, failed=lambda _: self._on_remembered(None)
        )
        self._memory.answered.connect(self._on_remembered)
        self._wanted: tuple[str, Radiograph] | None = None

    @property
    def busy(self) -> bool:
        return self._memory.busy or self._background.busy

    @property
    def stage(self) -> str:
        """What the thread is at, in words."""
        return self._stage

    def run(self, name: str, radiograph: Radiograph, *, anew: bool = False) -> None:
        """Examine a radiograph; an answer still due for another one is dropped.

        Unless it is to be done `anew`, a stored answer is as good.
        """
        self._stop_work_in_hand()
        self._stage = "Waiting for the detector …"
        self._wanted = (name, radiograph)
        if anew:
            self._examine()
        else:
            self._memory.request(lambda: self._remembered(name, radiograph.path))
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
        self._memory.stop()
        self._background.stop()
        self._cancel_detector()

    def _stop_work_in_hand(self) -> None:
        self._memory.supersede()
        if self._background.busy:
            self._background.supersede()
            self._cancel_detector()

    def _remembered(self, name: str, path: Path) -> Detection | None:
        """On a thread. With the settings as they are shipped now."""
        examiners = self._catalogue.examiners(name)
        detection = self._store.get(path, examiners.identity, examiners.teeth)
        return detection and replace(detection, settings=examiners.settings)

    def _on_remembered(self, detection: Detection | None) -> None:
        if detection is None:
            self._examine()
            self.state_changed.emit()
        else:
            self._on_answered((detection, ""))

    def _examine(self) -> None:
        assert self._wanted is not None
        name, radiograph = self._wanted

        def work() -> Answer:
            try:
                detection, fault = self._worker.detect(name, radiograph)
            except (DetectionCancelled, DetectorEnded):
                raise  # Neither is the fault of this radiograph for sure.
            except DetectionError as error:
                self._keep(radiograph, name, None, str(error))
                raise
            self._keep(radiograph, name, detection, fault)
            return detection, fault

        self._background.request(work)

    def _keep(
        self, radiograph: Radiograph, name: str, detection: Detection | None, fault: str
    ) -> None:
        """On the thread; unless the file is another one by now."""
        path = radiograph.path
        stamp = picture_stamp(path)
        with suppress(OSError, FileError):
            if hashlib.sha256(path.read_bytes()).hexdigest() != radiograph.sha256:
                return
            if detection is not None:
                self._store.put(path, detection, stamp)
            if fault:
                asked = self._catalogue.examiners(name)
                self._store.put_failure(path, fault, asked.identity, asked.teeth, stamp)

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
