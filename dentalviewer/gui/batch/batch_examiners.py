"""Which detectors are asked at present."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import DetectorCatalogue, Examiners
from dentalviewer.errors import ModelError
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.work.background import Background, in_words


class PresentExaminers(QObject):
    """The detector that the reader has chosen, by its card, and that of teeth.

    `found` is None before they are known, where there is no detector, and where the
    card is damaged, of which the desk of the detector tells. `name` is that of what was
    found; both stay until it is known who is asked instead.
    """

    changed = Signal()
    reported = Signal(str)

    def __init__(
        self, catalogue: DetectorCatalogue, choice: DetectorChoice, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._choice = choice
        self._asked = ""
        self.name = ""
        self.found: Examiners | None = None
        self._clerk = Background("examiners", self, failed=self._on_failed)
        self._clerk.answered.connect(self._show)
        choice.changed.connect(self._on_choice_changed)

    def stop(self) -> None:
        self._clerk.stop()

    def _on_choice_changed(self) -> None:
        name = self._choice.name
        if name == self._asked:
            return
        self._asked = name
        if name:
            self._clerk.request(lambda: self._catalogue.examiners(name))
        else:
            self._clerk.supersede()
            self._show(None)

    def _show(self, examiners: Examiners | None) -> None:
        self.name, self.found = self._asked, examiners
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, ModelError):
            self.reported.emit(in_words(error))
        self._show(None)
