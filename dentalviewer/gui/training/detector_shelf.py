"""Detectors of the user's own: added from a folder, removed, known as they come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from dentalviewer.detector import DetectorCatalogue
from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.detecting.detector_panel import DetectorPanel
from dentalviewer.gui.widgets.question import goes_ahead
from dentalviewer.gui.work.background import Background, in_words


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Which detectors there are, and what there is to be said or went wrong."""

    names: tuple[str, ...]
    own: tuple[str, ...]
    news: str = ""
    fault: str = ""


class DetectorShelf(QObject):
    reported = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        choice: DetectorChoice,
        panel: DetectorPanel,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._catalogue = catalogue
        self._choice = choice
        self._panel = panel
        self._window = window
        self._clerk = Background("shelf", self, failed=self._on_failed)
        self._clerk.answered.connect(self._on_answered)
        panel.add_requested.connect(self.add)
        panel.remove_requested.connect(self.remove)

    @property
    def busy(self) -> bool:
        return self._clerk.busy

    def look(self) -> None:
        """Learn which detectors there are now."""
        self._clerk.request(self._looked)

    def add(self) -> None:
        """Ask for the folder of a detector, and install a copy of it."""
        name = QFileDialog.getExistingDirectory(
            self._window, "Add a detector: the folder with card.json"
        )
        if name:
            self._clerk.request(lambda: self._added(Path(name)))

    def remove(self, name: str) -> None:
        """Ask, and delete one of the user's own."""
        if goes_ahead(
            self._window,
            "Remove a detector",
            f"Delete the detector {name}?",
            go="Delete it",
            stay="Keep it",
            more="Reviews that were made with it stay.",
        ):
            self._clerk.request(lambda: self._removed(name))

    def stop(self) -> None:
        self._clerk.stop()

    def _looked(self, news: str = "", fault: str = "") -> _Shelf:
        names, own = self._catalogue.names(), self._catalogue.own_names()
        return _Shelf(names, own, news, fault)

    def _added(self, folder: Path) -> _Shelf:
        # An earlier request may have changed what there is, and not been announced.
        try:
            name = self._catalogue.add(folder)
        except DentalViewerError as error:
            return self._looked(fault=in_words(error))
        return self._looked(f"{name} is installed and can be chosen.")

    def _removed(self, name: str) -> _Shelf:
        try:
            self._catalogue.remove(name)
        except DentalViewerError as error:
            return self._looked(fault=in_words(error))
        return self._looked(f"{name} is removed.")

    def _on_answered(self, shelf: _Shelf) -> None:
        self._choice.use_names(shelf.names)
        self._panel.show_own(shelf.own)
        if shelf.news:
            self.told.emit(shelf.news)
        if shelf.fault:
            self.reported.emit(shelf.fault)

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(in_words(error))
