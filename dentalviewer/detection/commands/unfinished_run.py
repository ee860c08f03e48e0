"""What was found so far, kept until all is written: a run that was stopped goes on.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from dentalviewer.detector import Detection, Detector
from dentalviewer.errors import FileError
from dentalviewer.storage.disk import patiently
from dentalviewer.study import Finding
from dentalviewer.worklist.predictions import (
    PictureStamp,
    PredictionState,
    PredictionStore,
)

# What SQLite keeps beside the file while it is open, and after the program was killed.
_BESIDE = ("-wal", "-shm")

Answers = tuple[tuple[Finding, ...], ...]


class UnfinishedRun:
    """What the detectors said, by radiograph, in a file beside the results.

    It outlives Ctrl+C, a killed program and a results file that cannot be written. May
    be asked from several threads.
    """

    def __init__(
        self, file: Path, detector: Detector, tooth_detector: Detector | None
    ) -> None:
        self._file = file
        self._store = PredictionStore(self._file, _tell)
        self._detector = detector
        self._teeth = None if tooth_detector is None else tooth_detector.identity
        self._keeps = True

    def done(self, paths: Sequence[Path]) -> int:
        """How many of these were examined, by these detectors, as they are now."""
        if not self._file.is_file():
            return 0
        states = self._store.states(paths, self._detector.identity, self._teeth)
        return sum(state is PredictionState.FRESH for state in states.values())

    def answers(self, path: Path) -> Answers | None:
        """What each detector said; None where the radiograph is to be examined."""
        if not self._keeps:
            return None
        known = self._store.get(path, self._detector.identity, self._teeth)
        if known is None:
            return None
        return (known.candidates, *([] if self._teeth is None else [known.teeth]))

    def keep(self, path: Path, answers: Answers, stamp: PictureStamp | None) -> None:
        """`stamp` is that of the file before it was read.

        What cannot be kept is told once: it is still written in the end.
        """
        if not self._keeps:
            return
        candidates, *teeth = answers
        detection = Detection(
            self._detector.identity,
            self._detector.settings,
            candidates,
            next(iter(teeth), ()),
            self._teeth,
        )
        try:
            self._store.put(path, detection, stamp)
        except FileError as error:
            # Some drives of a network have the store wait for each, and refuse it.
            self._keeps = False
            _tell(f"{error}. If this run is stopped, what it found is lost.")

    def close(self) -> None:
        self._store.close()

    def finish(self) -> None:
        """All is written: nothing is left to go on with."""
        self.close()
        for ending in ("", *_BESIDE):
            file = self._file.with_name(self._file.name + ending)
            with suppress(OSError):  # Another run into the folder has it open.
                patiently(partial(file.unlink, missing_ok=True))


def _tell(message: str) -> None:
    print(f"dentalviewer: {message}", file=sys.stderr, flush=True)
