"""What becomes of the stored predictions, told on the thread of the window."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.worklist.predictions import PredictionStore


class PredictionNews(QObject):
    """`kept` names the file of which something was stored, whoever in this window had
    it examined; `reported` tells the reader of damage.
    """

    kept = Signal(Path)
    reported = Signal(str)
    _met = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._untold = ""
        self._met.connect(self._on_met)

    def open_store(self, file: Path) -> PredictionStore:
        return PredictionStore(file, self._meet, self._announce)

    def tell_again_after(self, opening: OpeningDesk) -> None:
        """As a radiograph that is opened takes away what was said before it."""
        queued = Qt.ConnectionType.QueuedConnection
        opening.opened.connect(self._tell_again, queued)
        opening.failed.connect(self._tell_again, queued)

    def _meet(self, message: str) -> None:
        with suppress(RuntimeError):  # The window closed meanwhile.
            self._met.emit(message)

    def _announce(self, path: Path) -> None:
        with suppress(RuntimeError):
            self.kept.emit(path)

    def _on_met(self, message: str) -> None:
        self._untold = message
        self.reported.emit(message)

    def _tell_again(self) -> None:
        if self._untold:
            self.reported.emit(self._untold)
            self._untold = ""
