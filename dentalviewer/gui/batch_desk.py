"""Has all radiographs of the worklist examined, while the reader reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from dentalviewer.detector import DetectorCatalogue, Examiners
from dentalviewer.errors import ModelError
from dentalviewer.gui.background import Background
from dentalviewer.gui.batch_bar import BatchBar, BatchState
from dentalviewer.gui.batch_dialog import FailuresDialog
from dentalviewer.gui.detection_desk import DetectionDesk
from dentalviewer.gui.opening_desk import OpeningDesk
from dentalviewer.gui.worklist_desk import WorklistDesk
from dentalviewer.worklist.batch import Batch, Failure, Progress
from dentalviewer.worklist.predictions import PredictionState, PredictionStore
from dentalviewer.worklist.standing import Predictions

# Lines of the worklist follow in bunches, and the count after the reader has paused.
_REFRESH_MS = 2_000
_COUNT_MS = 300


class BatchDesk(QObject):
    """Stands between the worklist, the detector and the bar.

    A batch is about the radiographs that are listed as it begins. If the reader
    chooses another detector, it goes on with that; if other radiographs are opened,
    it ends.
    """

    reported = Signal(str)
    _progressed = Signal(object, object)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        bar: BatchBar,
        paths: Callable[[], Sequence[Path]],
        detection: DetectionDesk,
        worklist: WorklistDesk,
        opening: OpeningDesk,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._catalogue = catalogue
        self._store = store
        self._bar = bar
        self._paths = paths
        self._detection = detection
        self._worklist = worklist
        self._about_store = ""
        self._actions: Mapping[str, QAction] = {}
        self._name = ""
        self._examiners: Examiners | None = None
        self._batch: Batch | None = None
        self._progress = Progress(0, 0)
        self._failures: tuple[Failure, ...] = ()
        self._fresh = 0
        self._unread: dict[Path, None] = {}
        self._clerk = Background("examiners", self)
        self._clerk.answered.connect(self._on_examiners)
        self._clerk.failed.connect(self._on_no_examiners)
        self._counter = Background("counting predictions", self)
        self._counter.answered.connect(self._on_counted)
        self._runner = Background("batch", self)
        self._runner.answered.connect(lambda _: self._on_ended())
        self._runner.failed.connect(self._on_failed)
        self._counting = _timer(self, _COUNT_MS, self._count)
        self._refreshing = _timer(self, _REFRESH_MS, self._refresh)
        self._progressed.connect(self._on_progressed)
        bar.begun.connect(self.begin)
        bar.paused.connect(self.pause)
        bar.resumed.connect(self.resume)
        bar.cancelled.connect(self.cancel)
        bar.failures_wanted.connect(self.show_failures)
        detection.state_changed.connect(self._on_detection_state)
        detection.stored.connect(self._on_stored)
        opening.listed.connect(lambda *_: self._on_listed())
        opening.opening.connect(self._on_opening)
        # After the window has put away the messages about the radiograph before.
        queued = Qt.ConnectionType.QueuedConnection
        opening.opened.connect(self._tell_of_store, queued)
        opening.failed.connect(self._tell_of_store, queued)

    @property
    def busy(self) -> bool:
        return self._batch is not None

    @property
    def may_begin(self) -> bool:
        return self._examiners is not None and not self.busy and bool(self._paths())

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be examined in the batch that runs or ran last."""
        return self._failures

    def report_store(self, message: str) -> None:
        """Tell the reader what became of the stored predictions."""
        self._about_store = message
        self.reported.emit(message)

    def _tell_of_store(self) -> None:
        """Again, as the first radiograph takes away what was said before it."""
        if self._about_store:
            self.reported.emit(self._about_store)
            self._about_store = ""

    def commands(self) -> dict[str, Callable[[], object]]:
        """What it does for the entries of the menus."""
        return {
            "examine_all": self.begin,
            "pause_examining": self._pause_or_resume,
            "cancel_examining": self.cancel,
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Keep these entries of the menus as they can be chosen."""
        self._actions = actions
        self._show()

    # Wishes

    def begin(self) -> None:
        """Examine all radiographs of which this detector's answer is not known."""
        examiners, name = self._examiners, self._name
        if examiners is None or self.busy:
            return
        self._failures = ()
        batch = self._batch = Batch(
            self._paths(),
            examiners=examiners,
            examine=lambda path: self._catalogue.examine(name, path),
            at_once=self._catalogue.at_once,
            store=self._store,
        )
        self._progress = Progress(self._fresh, len(self._paths()))

        def announce(progress: Progress) -> None:
            with suppress(RuntimeError):  # The window closed meanwhile.
                self._progressed.emit(batch, progress)

        self._runner.request(lambda: batch.run(announce))
        self._show()

    def pause(self) -> None:
        if self._batch is not None:
            self._batch.pause()
            self._show()

    def resume(self) -> None:
        if self._batch is not None:
            self._batch.resume()
            self._show()

    def _pause_or_resume(self) -> None:
        if self._batch is not None and self._batch.paused:
            self.resume()
        else:
            self.pause()

    def cancel(self) -> None:
        """What is examined stays stored, and is not examined again."""
        if self._batch is not None:
            self._batch.cancel()
            self._on_ended()

    def show_failures(self) -> None:
        FailuresDialog(self._failures, self._window).show()

    def stop(self) -> None:
        if self._batch is not None:
            self._batch.cancel()
        self._counting.stop()
        self._refreshing.stop()
        for background in (self._clerk, self._counter, self._runner):
            background.stop()
        self._store.close()

    # What happened

    def _on_detection_state(self) -> None:
        name = self._detection.name
        if name and name != self._name:
            self._name = name
            self._clerk.request(lambda: self._catalogue.examiners(name))

    def _on_examiners(self, examiners: Examiners) -> None:
        self._examiners = examiners
        self._worklist.use_predictions(
            Predictions(self._store, examiners.identity, examiners.teeth)
        )
        if self._batch is not None:
            self._batch.cancel()
            self._batch = None
            self.begin()
        self._count()

    def _on_no_examiners(self, error: Exception) -> None:
        """The detector's card is damaged, of which the desk of the detector tells."""
        self._examiners = None
        self.cancel()
        if not isinstance(error, ModelError):
            self.reported.emit(f"{type(error).__name__}: {error}")
        self._show()

    def _on_listed(self) -> None:
        self.cancel()
        self._failures = ()
        self._fresh = 0
        self._counting.start()
        self._show()

    def _on_opening(self, path: Path) -> None:
        if self._batch is not None:
            self._batch.go_on_after(path)

    def _on_stored(self, path: Path) -> None:
        self._look_again_at(path)
        if self._batch is None:
            self._counting.start()

    def _on_progressed(self, batch: Batch, progress: Progress) -> None:
        if batch is not self._batch:
            return
        if progress.obstacle and progress.obstacle != self._progress.obstacle:
            self.reported.emit(
                f"Examining all radiographs was paused. {progress.obstacle}"
            )
        self._progress = progress
        self._failures = progress.failures
        if progress.latest is not None:
            self._look_again_at(progress.latest)
        self._show()

    def _on_ended(self) -> None:
        self._batch = None
        self._runner.supersede()
        self._fresh = self._progress.done
        self._count()

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(
            "Examining all radiographs failed unexpectedly:"
            f" {type(error).__name__}: {error}"
        )
        self._on_ended()

    # The worklist

    def _look_again_at(self, path: Path) -> None:
        self._unread[path] = None
        if not self._refreshing.isActive():
            self._refreshing.start()

    def _refresh(self) -> None:
        paths, self._unread = list(self._unread), {}
        self._worklist.refresh(paths)

    def _count(self) -> None:
        paths, examiners = tuple(self._paths()), self._examiners
        if examiners is not None and self._batch is None:
            store = self._store
            self._counter.request(
                lambda: store.states(paths, examiners.identity, examiners.teeth)
            )
        self._show()

    def _on_counted(self, states: dict[Path, PredictionState]) -> None:
        self._fresh = list(states.values()).count(PredictionState.FRESH)
        self._show()

    # The bar

    def _show(self) -> None:
        self._bar.show_state(self._state())
        self._bar.setVisible(self._examiners is not None and len(self._paths()) > 1)
        if self._actions:
            self._enable()

    def _enable(self) -> None:
        paused = self._batch is not None and self._batch.paused
        self._actions["examine_all"].setEnabled(self.may_begin)
        self._actions["pause_examining"].setEnabled(self.busy)
        self._actions["pause_examining"].setText(
            "Res&ume examining" if paused else "Pa&use examining"
        )
        self._actions["cancel_examining"].setEnabled(self.busy)

    def _state(self) -> BatchState:
        failures = len(self._failures)
        if self._batch is not None:
            progress = self._progress
            share = (progress.done + failures) / max(progress.total, 1)
            words = _under_way(progress, self._name, paused=self._batch.paused)
            return BatchState(
                words,
                min(share, 1.0),
                paused=self._batch.paused,
                failures=failures,
            )
        total = len(self._paths())
        if self._fresh >= total:
            return BatchState(f"All {total:,} examined", failures=failures)
        if self._fresh + failures >= total:
            begin = "Try again"
        else:
            begin = "Examine the rest" if self._fresh else "Examine all"
        words = f"{self._fresh:,} of {total:,} examined"
        return BatchState(words, begin=begin, failures=failures)


def _under_way(progress: Progress, name: str, *, paused: bool) -> str:
    count = f"{progress.done:,} of {progress.total:,} examined"
    if paused:
        return f"Paused, {count}"
    if progress.seconds_left is None:
        return f"{count} · {name}"
    return f"{count} · {time_left(progress.seconds_left)} left"


def time_left(seconds: float) -> str:
    """Roughly, as people say it: "1 min", "2 h 10 min"."""
    if seconds < 60:
        return "under 1 min"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _timer(parent: QObject, interval: int, slot: Callable[[], object]) -> QTimer:
    timer = QTimer(parent, singleShot=True, interval=interval)
    timer.timeout.connect(slot)
    return timer
