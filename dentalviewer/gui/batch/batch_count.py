"""How many radiographs of the worklist the present detectors have examined."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import Examiners
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.gui.work.timers import single_shot
from dentalviewer.worklist.batch import Failure
from dentalviewer.worklist.predictions import (
    PictureStamp,
    PredictionState,
    PredictionStore,
    picture_stamp,
)

# After the reader has paused, and so many times as long as the last count took.
_LEAST_MS = 300
_REST = 10


@dataclass(frozen=True, slots=True)
class _Counted:
    states: Mapping[Path, PredictionState]
    failures: Mapping[Path, str]
    took_ms: float


class BatchCount(QObject):
    """Counts off the GUI thread; `changed` tells that it has."""

    changed = Signal()
    reported = Signal(str)

    def __init__(
        self,
        store: PredictionStore,
        paths: Callable[[], Sequence[Path]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._paths = paths
        self._examiners: Examiners | None = None
        # Of files that are gone nothing is stored, nor where the disk is full.
        self._met: dict[Failure, PictureStamp | None] = {}
        self.fresh = 0
        self.failures: tuple[Failure, ...] = ()
        self._counter = Background("counting predictions", self, failed=self._on_failed)
        self._counter.answered.connect(self._on_counted)
        self._waiting = single_shot(self, _LEAST_MS, self.count)

    @property
    def total(self) -> int:
        return len(self._paths())

    def use_examiners(self, examiners: Examiners | None) -> None:
        self._counter.supersede()
        self._examiners = examiners
        self._met = {}
        self.count()

    def begin_anew(self) -> None:
        """Other radiographs are open."""
        self._counter.supersede()
        self.fresh, self.failures, self._met = 0, (), {}
        self.count_soon()

    def take(self, fresh: int, failures: tuple[Failure, ...]) -> None:
        """What a batch that ended knows, until it is counted."""
        self.fresh, self.failures = fresh, failures
        self._met = {failure: failure.stamp for failure in failures}
        self.count()

    def count_soon(self) -> None:
        """Not put off by what follows: there may be no end of it."""
        if not self._waiting.isActive():
            self._waiting.start()

    def count(self) -> None:
        paths, examiners, store = tuple(self._paths()), self._examiners, self._store
        met = tuple(self._met.items())
        if examiners is None or self._counter.stopped:
            return

        def count() -> _Counted:
            start = time.monotonic()
            asked = (examiners.identity, examiners.teeth)
            states = store.states(paths, *asked)
            failures = {
                failure.path: failure.reason
                for failure, stamp in met
                if picture_stamp(failure.path) == stamp
            }
            failures.update(store.failures(paths, *asked))
            return _Counted(states, failures, (time.monotonic() - start) * 1000)

        self._counter.request(count)

    def stop(self) -> None:
        self._waiting.stop()
        self._counter.stop()

    def _on_counted(self, counted: _Counted) -> None:
        self._waiting.setInterval(max(_LEAST_MS, round(_REST * counted.took_ms)))
        states, reasons = counted.states, counted.failures
        self.fresh = list(states.values()).count(PredictionState.FRESH)
        self.failures = tuple(
            Failure(path, reasons[path])
            for path in self._paths()
            if path in reasons and states.get(path) is not PredictionState.FRESH
        )
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(
            f"What the detector has examined cannot be counted. {in_words(error)}"
        )
