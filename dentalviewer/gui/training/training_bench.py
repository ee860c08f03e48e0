"""The road to a better detector, put together: export, train, compare, use, add.

The desks of the first three are imported and made when they are asked for, which is
seldom: the window is there sooner without them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.findings.side_panel import SidePanel
from dentalviewer.gui.training.detector_shelf import DetectorShelf
from dentalviewer.gui.training.export_source import ExportSource

if TYPE_CHECKING:
    from dentalviewer.gui.training.comparison_desk import ComparisonDesk
    from dentalviewer.gui.training.training_desk import TrainingDesk
    from dentalviewer.gui.training.training_export_desk import TrainingExportDesk


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
        self._catalogue = catalogue
        self._choice = choice
        self._side = side
        self._source = source
        self._settings = settings
        self._user_folder = user_folder
        self._window = window
        self.shelf = DetectorShelf(catalogue, choice, side.detector, window)
        self.shelf.reported.connect(self.reported)
        self.shelf.told.connect(self.told)
        self._made: list[
            DetectorShelf | TrainingExportDesk | TrainingDesk | ComparisonDesk
        ] = [self.shelf]
        self.shelf.look()

    @cached_property
    def exports(self) -> TrainingExportDesk:
        from dentalviewer.gui.training.training_export_desk import TrainingExportDesk

        desk = TrainingExportDesk(self._source, self._window)
        desk.exported.connect(lambda path: self.training.note_export(path))
        desk.train_requested.connect(lambda: self.training.open_with_export())
        self._made.append(desk)
        return desk

    @cached_property
    def training(self) -> TrainingDesk:
        from dentalviewer.gui.training.training_desk import TrainingDesk

        desk = TrainingDesk(
            self._detectors,
            self._catalogue.members,
            self._settings,
            self._user_folder,
            self._window,
        )
        for news in (desk.trained, desk.found):
            news.connect(lambda _: self.shelf.look())
        desk.reviews_requested.connect(self._export)
        desk.compare_requested.connect(
            lambda name, data: self.comparison.open_with(name, data)
        )
        desk.menu_text_changed.connect(self.menu_text_changed)
        desk.reported.connect(self.reported)
        desk.told.connect(self.told)
        desk.recovered.connect(self.recovered)
        self._made.append(desk)
        return desk

    @cached_property
    def comparison(self) -> ComparisonDesk:
        from dentalviewer.gui.training.comparison_desk import ComparisonDesk

        desk = ComparisonDesk(
            self._detectors,
            lambda: self.training.proposed_data,
            self._user_folder,
            self._window,
        )
        desk.use_requested.connect(self._choice.choose)
        self._made.append(desk)
        return desk

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        return {
            "export_training": self._export,
            "train": lambda: self.training.open(),
            "compare_detectors": lambda: self.comparison.open(),
            "choose_detector": self._choose,
            "add_detector": self.shelf.add,
        }

    def may_close(self) -> bool:
        # A desk that nobody has asked for trains nothing.
        return "training" not in vars(self) or self.training.may_close()

    def stop(self) -> None:
        for part in self._made:
            part.stop()

    def _detectors(self) -> tuple[tuple[str, ...], str]:
        """The names of the installed ones, and the one in use."""
        return self._choice.names, self._choice.name

    def _export(self) -> None:
        self.exports.open(self.training.last_export)

    def _choose(self) -> None:
        self._side.show()
        self._side.show_detector()
        self._side.detector.open_choice()
