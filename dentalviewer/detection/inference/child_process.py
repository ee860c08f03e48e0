"""Detectors in a process of their own, so that the window never waits for them.

PyTorch holds Python's lock for a second while it is imported, and takes a gigabyte
where a radiograph is large. In a child process neither stops the window, and if the
child dies the next question starts another.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detection.inference.crew import answer_of, crew, hands, take_share
from dentalviewer.detection.inference.memory import keep_freed_memory
from dentalviewer.detection.inference.priority import step_back
from dentalviewer.detector import (
    Answer,
    DetectionSettings,
    Detector,
    DetectorIdentity,
)
from dentalviewer.errors import (
    DentalViewerError,
    DetectionCancelled,
    DetectionError,
    DetectorEnded,
)
from dentalviewer.radiograph import Radiograph, read_radiograph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dentalviewer.study import Finding

# How often a question that waits for its answer looks whether it was cancelled.
_LOOK_SECONDS = 0.05
# How long a killed child may take to be gone.
_PATIENCE_SECONDS = 5.0
# A hand that numbers teeth, in Python, would hold up the network of another for the
# usual 5 ms whenever that is done with a layer.
_SWITCH_SECONDS = 0.0005


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


@dataclass(frozen=True, slots=True)
class _Examine:
    """A file, which the child reads itself; answered beside other such."""

    detector: _Load
    tooth_detector: _Load | None
    path: Path


class _Child:
    """A process, and the questions that it has not answered yet, by number."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        # A daemon ends with the program, however that ends.
        self.process = context.Process(
            target=serve, args=(theirs,), name="detector", daemon=True
        )
        self.process.start()
        theirs.close()
        self._open: dict[int, Future[Any]] = {}
        self._gone = False
        self._lock = threading.Lock()
        # Not closed while something is sent, which would go nowhere or to another file.
        self._sending = threading.Lock()
        threading.Thread(target=self._listen, name="detector", daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._gone and self.process.is_alive()

    def ask(self, number: int, question: object) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            self._open[number] = future
            if self._gone:
                self._lose()
                return future
        try:
            with self._sending:
                self.connection.send((number, question))
        except OSError:
            self._lose()
        return future

    def _listen(self) -> None:
        while True:
            try:
                number, answer = self.connection.recv()
            except Exception:  # Its end, or an answer that makes no sense.
                break
            future = self._open.pop(number, None)
            if future is None:
                continue
            if isinstance(answer, DentalViewerError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        with self._lock:
            self._gone = True
        self._lose()
        with self._sending:
            self.connection.close()

    def _lose(self) -> None:
        while self._open:
            with suppress(KeyError):
                _, future = self._open.popitem()
                future.set_exception(
                    DetectorEnded(
                        "The detector's process ended; perhaps memory ran out."
                    )
                )


class DetectorProcess:
    """The child, started when it is first asked.

    Questions and answers carry a number. Radiographs to `examine` are in work beside
    each other; all other questions are answered one after the other, and come first.
    """

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._number = 0
        # Only whole questions may go into the pipe.
        self._lock = threading.Lock()

    def ask(self, question: object, cancelled: threading.Event | None = None) -> Any:
        """The child's answer; raises the error that it met.

        Raises DetectionCancelled once `cancelled` is set, DetectorEnded if the child
        died, as it does where memory runs out.
        """
        future = self.submit(question)
        while not (cancelled is not None and cancelled.is_set()):
            if wait([future], _LOOK_SECONDS).done:
                return future.result()
        raise DetectionCancelled("The examination was cancelled.")

    def submit(self, question: object) -> Future[Any]:
        """Ask, and do not wait for the answer."""
        with self._lock:
            if self._child is None or not self._child.alive:
                self._child = _Child()
            self._number += 1
            return self._child.ask(self._number, question)

    @property
    def pid(self) -> int | None:
        """The child's process number, None while there is none."""
        return None if self._child is None else self._child.process.pid

    def stop(self) -> None:
        """End the child, whatever it is doing."""
        child = self._child
        if child is not None and child.process.is_alive():
            child.process.kill()
            child.process.join(_PATIENCE_SECONDS)


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

    @property
    def at_once(self) -> int:
        # One more lies ready, so that no hand waits for the next question.
        return hands() + 1

    def load(self, name: str) -> Detector:
        asked = _Load(name, self.user_folder)
        return ChildDetector(self.process, asked, self.process.ask(asked))

    def examine(self, name: str, path: Path) -> Future[Answer]:
        teeth = self.tooth_detector()
        question = _Examine(
            _Load(name, self.user_folder),
            _Load(teeth, self.user_folder) if teeth else None,
            path,
        )
        return self.process.submit(question)


def serve(connection: Connection) -> None:
    """The child's life: answer questions until the window is gone."""
    # Ctrl+C in a terminal is for the window, which then ends this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    step_back()
    keep_freed_memory()
    sys.setswitchinterval(_SWITCH_SECONDS)
    loaded, latest = _LoadedDetectors(), _Latest()
    pool, sending = crew(hands()), threading.Lock()

    def answer(number: int, question: object) -> None:
        said = _answered(question, loaded, latest)
        with sending:
            connection.send((number, said))

    while True:
        try:
            number, question = connection.recv()
            if isinstance(question, _Examine):
                pool.submit(answer, number, question)
            else:
                # While the reader waits for this one, no other file is begun.
                answer(number, question)
        except (EOFError, OSError):
            pool.shutdown(wait=False, cancel_futures=True)
            return


class _LoadedDetectors:
    """Each detector is loaded once, whichever thread asks for it first."""

    def __init__(self) -> None:
        self._detectors: dict[_Load, Detector] = {}
        self._lock = threading.Lock()

    def get(self, asked: _Load, *, present: bool = False) -> Detector:
        """`present`: as it is installed now, whatever was loaded under its name."""
        installed = InstalledDetectors(asked.user_folder)
        with self._lock:
            found = self._detectors.get(asked)
            if found is not None and present:
                same = installed.card(asked.name).identity == found.identity
                found = found if same else None
            if found is None:
                found = self._detectors[asked] = installed.load(asked.name)
            return found


class _Latest:
    """Two detectors asked about one radiograph are given one, prepared once."""

    def __init__(self) -> None:
        self._radiograph: Radiograph | None = None

    def of(self, radiograph: Radiograph) -> Radiograph:
        known = self._radiograph
        if known is None or not _same(known.pixels, radiograph.pixels):
            known = self._radiograph = radiograph
        return known


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    import numpy as np

    # Numbers of 8 and of 16 bit that are equal are other greys.
    return one.dtype == other.dtype and np.array_equal(one, other)


def _answered(question: object, loaded: _LoadedDetectors, latest: _Latest) -> object:
    try:
        match question:
            case _Load():
                detector = loaded.get(question, present=True)
                return _Loaded(detector.identity, detector.labels, detector.settings)
            case _Detect(asked, path, pixels, sha256):
                # The child that had loaded it may have died.
                detector = loaded.get(asked)
                take_share(1)
                radiograph = latest.of(Radiograph(path, pixels, sha256))
                return detector.detect(radiograph)
            case _Examine(asked, asked_teeth, path):
                radiograph = read_radiograph(path)
                detector = loaded.get(asked, present=True)
                teeth = None
                if asked_teeth is not None:
                    teeth = loaded.get(asked_teeth, present=True)
                return answer_of(radiograph, detector, teeth)
    except DentalViewerError as error:
        return error
    except MemoryError:
        return DetectionError("There is too little memory to examine this radiograph.")
    except Exception as error:  # The child's last place for errors, as the worker's.
        return DetectionError(f"The detector failed: {type(error).__name__}: {error}")
    raise AssertionError(question)
