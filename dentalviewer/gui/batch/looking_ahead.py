"""Has the next radiograph examined while the reader is still at the one before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from dentalviewer.detector import DetectorCatalogue, Examiners
from dentalviewer.gui.batch.batch_examiners import PresentExaminers
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.work.background import Background
from dentalviewer.gui.work.timers import single_shot
from dentalviewer.worklist.batch import Batch
from dentalviewer.worklist.predictions import PredictionState, PredictionStore

# Who leafs through the list stays at none so long.
STAYED_MS = 1000


class LookingAhead(QObject):
    """One radiograph at a time, and none while a batch has them all examined.

    What goes wrong is told where the radiograph is opened, and what failed before is
    not tried again here.
    """

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        examiners: PresentExaminers,
        detection: DetectionDesk,
        following: Callable[[], Path | None],
        is_in_a_batch: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._store = store
        self._examiners = examiners
        self._detection = detection
        self._following = following
        self._is_in_a_batch = is_in_a_batch
        self._looked: tuple[Path, Examiners] | None = None
        self._batch: Batch | None = None
        self._rest = single_shot(self, STAYED_MS, self._look)
        self._runner = Background("looking ahead", self, failed=lambda _: None)
        detection.state_changed.connect(self._on_state_changed)

    def stop(self) -> None:
        self._rest.stop()
        if self._batch is not None:
            self._batch.cancel()
        self._runner.stop()

    def _on_state_changed(self) -> None:
        if not self._detection.ready:
            # The reader's own radiograph comes first.
            self._rest.stop()
        elif not self._rest.isActive():
            self._rest.start()

    def _look(self) -> None:
        path, examiners = self._following(), self._examiners.found
        if path is None or examiners is None or self._is_in_a_batch():
            return
        if self._looked == (path, examiners):
            return
        self._looked = path, examiners
        name, store = self._examiners.name, self._store
        batch = self._batch = Batch(
            [path],
            examiners=examiners,
            examine=lambda each: self._catalogue.examine(name, each),
            at_once=1,
            store=store,
        )

        def work() -> None:
            states = store.states([path], examiners.identity, examiners.teeth)
            if states.get(path) not in (PredictionState.FRESH, PredictionState.FAILED):
                batch.run(lambda _: None)

        self._runner.request(work)
