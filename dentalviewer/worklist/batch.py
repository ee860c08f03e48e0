"""Examining radiographs of a worklist, as long as it takes, and going on later."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.detector import Answer, Examiners
from dentalviewer.errors import (
    DentalViewerError,
    DetectorEnded,
    FileError,
    RadiographError,
)
from dentalviewer.worklist.predictions import (
    PictureStamp,
    PredictionState,
    PredictionStore,
    picture_stamp,
)

# How many of the last ones tell how long the rest will take.
_PACE_OF = 30
_LEAST_FOR_PACE = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """A radiograph that could not be examined, or not wholly, and why.

    `stamp` is that of the file before it was read; None where there was none.
    """

    path: Path
    reason: str
    stamp: PictureStamp | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come.

    `done` of `total` have been examined, now or before; a failure counts as done only
    where the teeth alone went wrong. `obstacle` says why the batch paused by itself.
    `seconds_left` is None while it cannot be told.
    """

    done: int
    total: int
    failures: tuple[Failure, ...] = ()
    obstacle: str = ""
    seconds_left: float | None = None
    latest: Path | None = None


class Batch:
    """Examines what is not stored fresh yet; `run` does it on the thread that calls.

    Each answer is stored as it comes, so that nothing but what was in work is lost,
    whenever it ends. `examine` is asked for `at_once` files at a time. The other
    methods may be called from any thread.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        examiners: Examiners,
        examine: Callable[[Path], Future[Answer]],
        at_once: int,
        store: PredictionStore,
    ) -> None:
        self._paths = tuple(dict.fromkeys(paths))
        self._places = {path: place for place, path in enumerate(self._paths)}
        self._examiners = examiners
        self._examine = examine
        self._at_once = at_once
        self._store = store
        self._stirred = threading.Event()
        self._paused = False
        self._cancelled = False
        self._place = 0
        self._first: frozenset[Path] = frozenset()
        self._pending: set[Path] = set()
        self._failed_before: frozenset[Path] = frozenset()
        self._suspects: deque[Path] = deque()
        self._alone: Path | None = None
        self._in_work: dict[Future[Answer], tuple[Path, PictureStamp | None]] = {}
        self._done = 0
        self._failures: list[Failure] = []
        self._obstacle = ""
        self._finished_at: deque[float] = deque(maxlen=_PACE_OF)

    # What others ask of it

    @property
    def paused(self) -> bool:
        return self._paused

    def pause(self) -> None:
        """What is in work is finished; nothing else is begun."""
        self._paused = True
        self._stirred.set()

    def resume(self) -> None:
        self._obstacle = ""
        self._finished_at = deque(maxlen=_PACE_OF)
        self._paused = False
        self._stirred.set()

    def cancel(self) -> None:
        """End soon. What is in work is examined again another time."""
        self._cancelled = True
        self._stirred.set()

    def go_on_after(self, path: Path) -> None:
        """The reader is here: what follows in the list comes first."""
        if path in self._places:
            self._place = self._places[path] + 1

    def put_first(self, paths: Iterable[Path]) -> None:
        """The reader wants these of them before all others, wherever they are."""
        self._first = frozenset(paths)

    def run(self, announce: Callable[[Progress], None]) -> None:
        """Until all are examined, or `cancel`. Tells how far it is after each."""
        states = self._states(self._paths)
        fresh = {p for p, state in states.items() if state is PredictionState.FRESH}
        self._pending = set(self._paths) - fresh
        self._failed_before = frozenset(
            path for path, state in states.items() if state is PredictionState.FAILED
        )
        self._done = len(fresh)
        announce(self._progress(None))
        while not self._cancelled:
            self._stirred.clear()
            finished: list[Path | None] = [*self._collect()]
            self._submit()
            for path in finished or [None]:
                announce(self._progress(path))
            if not (self._pending or self._suspects or self._in_work):
                return
            if self._in_work or self._paused:
                self._stirred.wait()

    # The work

    def _submit(self) -> None:
        """Begin as many as may be in work."""
        while not self._paused and not self._cancelled:
            path = self._next()
            if path is None:
                return
            self._pending.discard(path)
            if self._states([path]).get(path) is PredictionState.FRESH:
                # Another window, or the reader who opened it, was quicker.
                self._done += 1
                continue
            stamp = picture_stamp(path)
            try:
                future = self._examine(path)
            except DentalViewerError as error:
                self._pending.add(path)
                self._stop_at(str(error))
                return
            self._in_work[future] = (path, stamp)
            future.add_done_callback(lambda _: self._stirred.set())

    def _next(self) -> Path | None:
        """None where enough are in work. One that may have ended the detector is
        examined with no other beside it.
        """
        if self._suspects or self._alone:
            if self._in_work:
                return None
            self._alone = self._suspects.popleft() if self._suspects else None
            if self._alone:
                return self._alone
        if len(self._in_work) >= self._at_once or not self._pending:
            return None
        # What failed before is tried again when all else is done.
        wanted = self._pending & self._first
        wanted = wanted or self._pending - self._failed_before or self._pending
        count = len(self._paths)
        for offset in range(count):
            path = self._paths[(self._place + offset) % count]
            if path in wanted:
                self._place = self._places[path] + 1
                return path
        return None

    def _collect(self) -> list[Path]:
        finished = [future for future in self._in_work if future.done()]
        return [self._take(future) for future in finished]

    def _take(self, future: Future[Answer]) -> Path:
        path, stamp = self._in_work.pop(future)
        alone = self._alone == path
        try:
            detection, fault = future.result()
            self._store.put(path, detection, stamp)
        except DetectorEnded as error:
            if alone:
                self._fail(path, error, stamp)
            else:
                self._suspects.append(path)
        except RadiographError as error:
            if path.parent.is_dir():
                self._fail(path, error, stamp)
            else:
                self._pending.add(path)
                self._stop_at(f"{path.parent} cannot be reached.")
        except FileError as error:
            # A damaged detector or a full disk: the next one would fare no better.
            self._pending.add(path)
            self._stop_at(str(error))
        except Exception as error:  # Whatever it is, the others are to be done.
            self._fail(path, error, stamp)
        else:
            self._done += 1
            self._finished_at.append(time.monotonic())
            if fault:
                self._note(Failure(path, fault, stamp))
        return path

    def _fail(self, path: Path, error: Exception, stamp: PictureStamp | None) -> None:
        self._finished_at.append(time.monotonic())
        words = str(error) if isinstance(error, DentalViewerError) else repr(error)
        self._note(Failure(path, words.removeprefix(f"{path}: "), stamp))

    def _note(self, failure: Failure) -> None:
        self._failures.append(failure)
        asked = self._examiners.identity, self._examiners.teeth
        # Where it cannot be kept, it is told as long as the window is open.
        with suppress(FileError):
            self._store.put_failure(failure.path, failure.reason, *asked, failure.stamp)

    def _stop_at(self, obstacle: str) -> None:
        self._paused = True
        self._obstacle = obstacle

    def _states(self, paths: Iterable[Path]) -> dict[Path, PredictionState]:
        examiners = self._examiners
        return self._store.states(paths, examiners.identity, examiners.teeth)

    def _progress(self, latest: Path | None) -> Progress:
        return Progress(
            self._done,
            len(self._paths),
            tuple(self._failures),
            self._obstacle,
            self._seconds_left(),
            latest,
        )

    def _seconds_left(self) -> float | None:
        times = self._finished_at
        if len(times) < _LEAST_FOR_PACE:
            return None
        pace = (times[-1] - times[0]) / (len(times) - 1)
        return pace * (len(self._pending) + len(self._suspects) + len(self._in_work))
