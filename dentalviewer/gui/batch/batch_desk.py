"""Has radiographs of the worklist examined, all or some, while the reader reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.batch.batch_bar import BatchBar
from dentalviewer.gui.batch.batch_count import BatchCount
from dentalviewer.gui.batch.batch_dialog import FailuresDialog
from dentalviewer.gui.batch.batch_examiners import PresentExaminers
from dentalviewer.gui.batch.batch_run import BatchRun
from dentalviewer.gui.batch.batch_words import state_at_rest, state_under_way
from dentalviewer.gui.batch.looking_ahead import LookingAhead
from dentalviewer.gui.batch.prediction_news import PredictionNews
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.worklist.worklist_desk import WorklistDesk
from dentalviewer.worklist.batch import Failure
from dentalviewer.worklist.predictions import PredictionStore
from dentalviewer.worklist.standing import Predictions


class BatchDesk(QObject):
    """Stands between the worklist, the detector and the bar.

    If the reader chooses another detector, a batch goes on with that; if other
    radiographs are opened, it ends. `changed` tells that something else can be begun.
    """

    reported = Signal(str)
    told = Signal(str)
    changed = Signal()

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        news: PredictionNews,
        bar: BatchBar,
        paths: Callable[[], Sequence[Path]],
        choice: DetectorChoice,
        worklist: WorklistDesk,
        opening: OpeningDesk,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._catalogue = catalogue
        self._store = store
        self._bar = bar
        self._ahead: LookingAhead | None = None
        self._paths = paths
        self._worklist = worklist
        self._actions: Mapping[str, QAction] = {}
        self._examiners = PresentExaminers(catalogue, choice, self)
        self._run = BatchRun(catalogue, store, self)
        self._count = BatchCount(store, paths, self)
        for part in (news, self._examiners, self._run, self._count):
            part.reported.connect(self.reported)
        self._examiners.changed.connect(self._on_examiners)
        self._run.advanced.connect(self._show)
        self._run.ended.connect(self._on_ended)
        self._count.changed.connect(self._show)
        news.tell_again_after(opening)
        news.kept.connect(self._on_kept)
        worklist.listed_anew.connect(self._on_listed_anew)
        opening.listed.connect(lambda *_: self._on_listed())
        opening.opening.connect(self._run.go_on_after)
        self._connect_bar()

    def _connect_bar(self) -> None:
        self._bar.begun.connect(self.begin)
        self._bar.paused.connect(self._run.pause)
        self._bar.resumed.connect(self._run.resume)
        self._bar.cancelled.connect(self._run.cancel)
        self._bar.failures_wanted.connect(self.show_failures)

    def look_ahead(
        self, detection: DetectionDesk, following: Callable[[], Path | None]
    ) -> None:
        """From now on, where no batch runs, examine what follows the radiograph in hand
        once the reader stays at that.
        """
        self._ahead = LookingAhead(
            self._catalogue,
            self._store,
            self._examiners,
            detection,
            following,
            lambda: self._run.busy,
            self,
        )

    @property
    def may_begin(self) -> bool:
        known = self._examiners.found is not None
        return known and not self._run.busy and bool(self._paths())

    @property
    def may_examine(self) -> bool:
        """Whether some of the radiographs can be examined, before others if need be."""
        return self._examiners.found is not None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be examined, in the batch that runs or as is known."""
        return self._run.progress.failures if self._run.busy else self._count.failures

    def commands(self) -> dict[str, Callable[[], object]]:
        """What it does for the entries of the menus."""
        return {
            "examine_all": self.begin,
            "pause_examining": self._pause_or_resume,
            "cancel_examining": self._run.cancel,
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Keep these entries of the menus as they can be chosen."""
        self._actions = actions
        self._show()

    # Wishes

    def begin(self) -> None:
        """Examine all radiographs of which this detector's answer is not known."""
        if self.may_begin:
            self._begin(self._paths())

    def examine(self, paths: Sequence[Path]) -> None:
        """These alone, or before all others where a batch is under way."""
        run = self._run
        if not self.may_examine or not paths:
            return
        if not run.busy:
            self._begin(paths)
        else:
            if not set(paths) <= set(run.paths):
                self._begin(tuple(dict.fromkeys((*run.paths, *paths))))
            run.put_first(paths)

    def show_failures(self) -> None:
        FailuresDialog(self.failures, self._window).show()

    def stop(self) -> None:
        for part in (self._ahead, self._run, self._examiners, self._count):
            if part is not None:
                part.stop()
        self._store.close()

    def _begin(self, paths: Sequence[Path]) -> None:
        examiners = self._examiners.found
        assert examiners is not None
        self._run.begin(paths, self._examiners.name, examiners, self._fresh_of(paths))

    def _fresh_of(self, paths: Sequence[Path]) -> int:
        """As far as is known before the batch has looked."""
        return self._count.fresh if len(paths) == self._count.total else 0

    def _pause_or_resume(self) -> None:
        if self._run.paused:
            self._run.resume()
        else:
            self._run.pause()

    # What happened

    def _on_examiners(self) -> None:
        examiners = self._examiners.found
        if examiners is None:
            self._run.cancel()
        else:
            self._worklist.use_predictions(
                Predictions(self._store, examiners.identity, examiners.teeth)
            )
            if self._run.busy:
                self._begin(self._run.paths)
        self._count.use_examiners(examiners)
        self._show()

    def _on_listed(self) -> None:
        self._run.cancel()
        self._count.begin_anew()
        self._show()

    def _on_listed_anew(self) -> None:
        if not self._run.busy:
            self._count.count_soon()
        self._show()

    def _on_kept(self, path: Path) -> None:
        self._worklist.refresh_soon(path)
        if not self._run.busy:
            self._count.count_soon()

    def _on_ended(self) -> None:
        progress, count = self._run.progress, self._count
        if progress.total == count.total:
            count.take(progress.done, progress.failures)
        else:
            known = dict.fromkeys((*progress.failures, *count.failures))
            count.take(count.fresh, tuple(known))
        if progress.latest is None and progress.done == progress.total:
            self.told.emit("The detector has examined these already.")
        self._show()

    # The bar

    def _show(self) -> None:
        run, count = self._run, self._count
        if run.busy:
            state = state_under_way(run.progress, run.name, paused=run.paused)
        else:
            state = state_at_rest(count.fresh, len(count.failures), count.total)
        self._bar.show_state(state)
        known = self._examiners.found is not None
        self._bar.setVisible(known and count.total > 1)
        if self._actions:
            self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        busy, paused = self._run.busy, self._run.paused
        self._actions["examine_all"].setEnabled(self.may_begin)
        self._actions["pause_examining"].setEnabled(busy)
        self._actions["pause_examining"].setText(
            "Res&ume examining" if paused else "Pa&use examining"
        )
        self._actions["cancel_examining"].setEnabled(busy)
