"""A detector that follows a script: real to the program, without a network."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from dentalviewer.detector import (
    Answer,
    Detection,
    DetectionSettings,
    DetectorIdentity,
    Examiners,
)
from dentalviewer.errors import DetectionCancelled, ModelError
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.resources import models_folder
from dentalviewer.study import Finding

SETTINGS = DetectionSettings(
    {"restoration": 0.4, "endodontic": 0.4, "implant": 0.4}, nms_iou=0.4
)
IDENTITY = DetectorIdentity("scripted", "5c" * 32, "none")


@dataclass
class ScriptedDetector:
    """Says `candidates` of every radiograph, or those of `by_name` for its file.

    Takes `seconds` for it, in Python, as a network would; `fault` is raised instead.
    """

    candidates: Sequence[Finding] = ()
    by_name: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    seconds: float = 0.0
    fault: BaseException | None = None
    settings: DetectionSettings = SETTINGS
    identity: DetectorIdentity = IDENTITY
    labels: tuple[str, ...] = KNOWN_LABELS
    examined: list[str] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    held: threading.Event | None = None

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        self.cancelled.clear()
        self.examined.append(radiograph.path.name)
        if self.held is not None:
            self._wait_for(self.held)
        _be_busy(self.seconds)
        if self.fault is not None:
            raise self.fault
        return tuple(self.by_name.get(radiograph.path.name, self.candidates))

    def cancel(self) -> None:
        self.cancelled.set()

    def _wait_for(self, event: threading.Event) -> None:
        while not event.wait(0.005):
            if self.cancelled.is_set():
                raise DetectionCancelled("cancelled")


@dataclass
class ScriptedCatalogue:
    """Knows detectors by name; one that is None is broken."""

    detectors: Mapping[str, ScriptedDetector | None]
    loading_seconds: float = 0.0
    teeth: ScriptedDetector | None = None
    teeth_are_broken: bool = False
    own: list[str] = field(default_factory=list)
    at_once: int = 2
    ensembles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hands: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="hand")
    )

    def names(self) -> tuple[str, ...]:
        return tuple(self.detectors)

    def members(self, name: str) -> tuple[str, ...]:
        return self.ensembles.get(name, ())

    def load(self, name: str) -> ScriptedDetector:
        _be_busy(self.loading_seconds)
        detector = self.detectors[name]
        if detector is None:
            raise ModelError(models_folder() / name, "the weights are damaged")
        return detector

    def load_teeth(self) -> ScriptedDetector | None:
        if self.teeth_are_broken:
            raise ModelError(models_folder() / "teeth", "the weights are damaged")
        return self.teeth

    def examiners(self, name: str) -> Examiners:
        detector = self.detectors[name]
        if detector is None:
            raise ModelError(models_folder() / name, "the weights are damaged")
        teeth = None if self.teeth is None else self.teeth.identity
        if self.teeth_are_broken:
            # Of damaged weights the card says nothing.
            teeth = DetectorIdentity("teeth", "7e" * 32)
        return Examiners(detector.identity, detector.settings, teeth)

    def examine(self, name: str, path: Path) -> Future[Answer]:
        return self.hands.submit(self._examined, name, path)

    def _examined(self, name: str, path: Path) -> Answer:
        detector, radiograph = self.load(name), read_radiograph(path)
        found = detector.detect(radiograph)
        detection = Detection(detector.identity, detector.settings, found)
        if self.teeth is None:
            return detection, ""
        teeth = self.teeth.detect(radiograph)
        return replace(detection, teeth=teeth, tooth_detector=self.teeth.identity), ""

    def own_names(self) -> tuple[str, ...]:
        return tuple(self.own)

    def add(self, folder: Path) -> str:
        """A folder with a card is a detector; its name is the folder's."""
        if not (folder / "card.json").is_file():
            raise ModelError(folder, "the model card is missing")
        self.own.append(folder.name)
        self.detectors = {**self.detectors, folder.name: ScriptedDetector()}
        return folder.name

    def remove(self, name: str) -> None:
        self.own.remove(name)
        self.detectors = {n: d for n, d in self.detectors.items() if n != name}

    def describe(self, name: str) -> str:
        if self.detectors[name] is None:
            raise ModelError(models_folder() / name, "there is no model card")
        return f"# {name}\n\nFollows a script."


def _be_busy(seconds: float) -> None:
    """Work in Python, which takes the interpreter from the other threads."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(2000))
