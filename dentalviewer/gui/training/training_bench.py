"""The road to a better detector, put together: export, train, compare, use, add."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.findings.side_panel import SidePanel
from dentalviewer.gui.training.comparison_desk import ComparisonDesk
from dentalviewer.gui.training.detector_shelf import DetectorShelf
from dentalviewer.gui.training.training_desk import TrainingDesk
from dentalviewer.gui.training.training_export_desk import (
    ExportSource,
    TrainingExportDesk,
)


class TrainingBench(QObject):
    reported = Signal(str)
    told = Signal(str)
    recovered = Signal(str)
    menu_text_changed = Signal(str)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        choice: DetectorChoice,
        side: SidePanel,
        source: ExportSource,
        settings: QSettings,
        user_folder: Path,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._choice = choice
        self._side = side

        def detectors() -> tuple[tuple[str, ...], str]:
            return choice.names, choice.name

        self.exports = TrainingExportDesk(source, window)
        self.training = TrainingDesk(detectors, settings, user_folder, window)
        self.comparison = ComparisonDesk(
            detectors, lambda: self.training.proposed_data, user_folder, window
        )
        self.shelf = DetectorShelf(catalogue, choice, side.detector, window)
        self._connect()
        self.shelf.look()

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        return {
            "export_training": self._export,
            "train": self.training.open,
            "compare_detectors": self.comparison.open,
            "choose_detector": self._choose,
            "add_detector": self.shelf.add,
        }

    def may_close(self) -> bool:
        return self.training.may_close()

    def stop(self) -> None:
        for part in (self.exports, self.training, self.comparison, self.shelf):
            part.stop()

    def _connect(self) -> None:
        self.exports.exported.connect(self.training.note_export)
        self.exports.train_requested.connect(self.training.open)
        self.training.reviews_requested.connect(self._export)
        for news in (self.training.trained, self.training.found):
            news.connect(lambda _: self.shelf.look())
        self.training.compare_requested.connect(self.comparison.open_with)
        self.training.menu_text_changed.connect(self.menu_text_changed)
        self.training.recovered.connect(self.recovered)
        self.comparison.use_requested.connect(self._choice.choose)
        for part in (self.training, self.shelf):
            part.reported.connect(self.reported)
            part.told.connect(self.told)

    def _export(self) -> None:
        self.exports.open(self.training.last_export)

    def _choose(self) -> None:
        self._side.show()
        self._side.show_detector()
        self._side.detector.open_choice()
