"""Detectors in a process of their own, so that the window never waits for them.

PyTorch holds Python's lock for a second while it is imported, and takes a gigabyte
where a radiograph is large. In a child process neither stops the window, and if the
child dies the next question starts another.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dentalviewer.detection.catalogue import InstalledDetectors
from dentalviewer.detector import DetectionSettings, Detector, DetectorIdentity
from dentalviewer.errors import DentalViewerError, DetectionCancelled, DetectionError
from dentalviewer.radiograph import Radiograph

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from dentalviewer.study import Finding

# How often a question that waits for its answer looks whether it was cancelled.
_LOOK_SECONDS = 0.05
# How long a killed child may take to be gone.
_PATIENCE_SECONDS = 5.0
_BELOW_NORMAL_PRIORITY_CLASS = 0x4000
_NICE = 5


@dataclass(frozen=True, slots=True)
class _Load:
    name: str
    user_folder: Path | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    identity: DetectorIdentity
    labels: tuple[str, ...]
    settings: DetectionSettings


@dataclass(frozen=True, slots=True)
class _Detect:
    detector: _Load
    path: Path
    pixels: Any
    sha256: str


class DetectorProcess:
    """The child, started when it is first asked; one question at a time.

    Questions and answers carry a number, so that the answer to a question that was
    cancelled is not taken for that to the next.
    """

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._number = 0
        self._lock = threading.Lock()

    def ask(self, question: object, cancelled: threading.Event | None = None) -> Any:
        """The child's answer; raises the error that it met.

        Raises DetectionCancelled once `cancelled` is set, DetectionError if the child
        died, as it does where memory runs out.
        """
        with self._lock:
            connection = self._running()
            self._number += 1
            try:
                connection.send((self._number, question))
                return self._answer(connection, cancelled)
            except (EOFError, OSError) as error:
                self._end()
                raise DetectionError(
                    "The detector's process ended; perhaps memory ran out."
                ) from error

    @property
    def pid(self) -> int | None:
        """The child's process number, None while there is none."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """End the child, whatever it is doing."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(_PATIENCE_SECONDS)

    def _answer(self, connection: Connection, cancelled: threading.Event | None) -> Any:
        while True:
            if cancelled is not None and cancelled.is_set():
                raise DetectionCancelled("The examination was cancelled.")
            if not connection.poll(_LOOK_SECONDS):
                continue
            number, answer = connection.recv()
            if number != self._number:
                continue
            if isinstance(answer, DentalViewerError):
                raise answer
            return answer

    def _running(self) -> Connection:
        if self._connection is not None and self._process is not None:
            if self._process.is_alive():
                return self._connection
            self._end()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        # A daemon ends with the program, however that ends.
        self._process = context.Process(
            target=serve, args=(theirs,), name="detector", daemon=True
        )
        self._process.start()
        theirs.close()
        return self._connection

    def _end(self) -> None:
        self.stop()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None


class ChildDetector:
    """A Detector that is asked through a process."""

    def __init__(self, process: DetectorProcess, asked: _Load, loaded: _Loaded) -> None:
        self._process = process
        self._asked = asked
        self._loaded = loaded
        self._cancelled = threading.Event()

    @property
    def identity(self) -> DetectorIdentity:
        return self._loaded.identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._loaded.labels

    @property
    def settings(self) -> DetectionSettings:
        return self._loaded.settings

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        """As the detector itself answers; raises what it raises."""
        self._cancelled.clear()
        question = _Detect(
            self._asked, radiograph.path, radiograph.pixels, radiograph.sha256
        )
        found: tuple[Finding, ...] = self._process.ask(question, self._cancelled)
        return found

    def cancel(self) -> None:
        self._cancelled.set()


@dataclass(frozen=True, slots=True)
class DetectorsInChild(InstalledDetectors):
    """The installed detectors, run in a child process."""

    process: DetectorProcess = field(default_factory=DetectorProcess)

    def load(self, name: str) -> Detector:
        asked = _Load(name, self.user_folder)
        return ChildDetector(self.process, asked, self.process.ask(asked))


def serve(connection: Connection) -> None:
    """The child's life: answer questions until the window is gone."""
    # Ctrl+C in a terminal is for the window, which then ends this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _step_back()
    detectors: dict[_Load, Detector] = {}
    while True:
        try:
            number, question = connection.recv()
            connection.send((number, _answered(question, detectors)))
        except (EOFError, OSError):
            return


def _answered(question: object, detectors: dict[_Load, Detector]) -> object:
    try:
        match question:
            case _Load(name, user_folder):
                detector = InstalledDetectors(user_folder).load(name)
                detectors[question] = detector
                return _Loaded(detector.identity, detector.labels, detector.settings)
            case _Detect(asked, path, pixels, sha256):
                if asked not in detectors:
                    # The child that had loaded it died, and this one took its place.
                    detectors[asked] = InstalledDetectors(asked.user_folder).load(
                        asked.name
                    )
                return detectors[asked].detect(Radiograph(path, pixels, sha256))
    except DentalViewerError as error:
        return error
    except MemoryError:
        return DetectionError("There is too little memory to examine this radiograph.")
    except Exception as error:  # The child's last place for errors, as the worker's.
        return DetectionError(f"The detector failed: {type(error).__name__}: {error}")
    raise AssertionError(question)


def _step_back() -> None:
    """The window comes first: with two cores it would stutter otherwise."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(
            kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS
        )
    else:
        os.nice(_NICE)
