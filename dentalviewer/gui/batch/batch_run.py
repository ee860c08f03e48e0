"""One batch at a time, beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import DetectorCatalogue, Examiners
from dentalviewer.gui.work.background import Background
from dentalviewer.worklist.batch import Batch, Progress
from dentalviewer.worklist.predictions import PredictionStore


class BatchRun(QObject):
    """`advanced` tells of each step, `ended` of the end, however that came about.

    A batch is about the `paths` that it began with.
    """

    advanced = Signal()
    ended = Signal()
    reported = Signal(str)
    _progressed = Signal(object, object)

    def __init__(
        self, catalogue: DetectorCatalogue, store: PredictionStore, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._store = store
        self._batch: Batch | None = None
        self.name = ""
        self.paths: tuple[Path, ...] = ()
        self.progress = Progress(0, 0)
        self._runner = Background("batch", self, failed=self._on_failed)
        self._runner.answered.connect(lambda _: self._end())
        self._progressed.connect(self._on_progressed)

    @property
    def busy(self) -> bool:
        return self._batch is not None

    @property
    def paused(self) -> bool:
        return self._batch is not None and self._batch.paused

    def begin(
        self, paths: Sequence[Path], name: str, examiners: Examiners, fresh: int
    ) -> None:
        """Examine those of which this detector's answer is not known; it is of `fresh`.

        A batch that is under way is given up for it.
        """
        self._give_up()
        batch = self._batch = Batch(
            paths,
            examiners=examiners,
            examine=lambda path: self._catalogue.examine(name, path),
            at_once=self._catalogue.at_once,
            store=self._store,
        )
        self.name, self.paths = name, tuple(paths)
        self.progress = Progress(fresh, len(paths))

        def announce(progress: Progress) -> None:
            with suppress(RuntimeError):  # The window closed meanwhile.
                self._progressed.emit(batch, progress)

        self._runner.request(lambda: batch.run(announce))
        self.advanced.emit()

    def pause(self) -> None:
        if self._batch is not None:
            self._batch.pause()
            self.advanced.emit()

    def resume(self) -> None:
        if self._batch is not None:
            self._batch.resume()
            self.advanced.emit()

    def put_first(self, paths: Sequence[Path]) -> None:
        """The reader wants these of them now."""
        if self._batch is not None:
            self._batch.put_first(paths)
            self.resume()

    def cancel(self) -> None:
        """What is examined stays stored, and is not examined again."""
        if self._batch is not None:
            self._batch.cancel()
            self._end()

    def go_on_after(self, path: Path) -> None:
        """The reader is here: what follows in the list comes first."""
        if self._batch is not None:
            self._batch.go_on_after(path)

    def stop(self) -> None:
        self._give_up()
        self._runner.stop()

    def _give_up(self) -> None:
        if self._batch is not None:
            self._batch.cancel()
            self._batch = None

    def _on_progressed(self, batch: Batch, progress: Progress) -> None:
        if batch is not self._batch:
            return
        if progress.obstacle and progress.obstacle != self.progress.obstacle:
            self.reported.emit(f"Examining was paused. {progress.obstacle}")
        self.progress = progress
        self.advanced.emit()

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(
            f"Examining failed unexpectedly: {type(error).__name__}: {error}"
        )
        self._end()

    def _end(self) -> None:
        self._batch = None
        self._runner.supersede()
        self.ended.emit()
