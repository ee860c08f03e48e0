"""Which detectors there are, and which of them is asked."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.detecting.detector_panel import DetectorPanel
from dentalviewer.gui.work.background import Background, in_words

NO_DETECTOR = (
    "No detector is installed. Viewing, annotating and reporting work without one."
)


@dataclass(frozen=True, slots=True)
class _Description:
    """A detector's name and its model card, as Markdown."""

    name: str
    card: str


class DetectorChoice(QObject):
    """`listed` tells once that the detectors are known, `switched` that the reader has
    chosen another, `replaced` that another is asked since the one before is gone, and
    `changed` all of these and that there are others now.
    """

    listed = Signal()
    switched = Signal()
    replaced = Signal()
    changed = Signal()
    described = Signal(str, str)
    reported = Signal(str)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        panel: DetectorPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._panel = panel
        self._names: tuple[str, ...] | None = None
        self._name = ""
        self._chosen = False
        self._clerk = Background("catalogue", self, failed=self._on_failed)
        self._clerk.answered.connect(self._on_names)
        # Not with the clerk, whose answer a question to it would take the place of.
        self._reader = Background(
            "model card", self, failed=lambda error: self.reported.emit(in_words(error))
        )
        self._reader.answered.connect(self._on_described)
        panel.detector_chosen.connect(self.choose)

    @property
    def known(self) -> bool:
        """Whether it is known by now which detectors there are."""
        return self._names is not None

    @property
    def names(self) -> tuple[str, ...]:
        """The detectors to choose from; none before they are known."""
        return self._names or ()

    @property
    def name(self) -> str:
        """The one that is asked, also before it is known whether it is there."""
        return self._name

    @property
    def chosen(self) -> bool:
        """Whether the reader chose this detector, rather than getting the first."""
        return self._chosen

    def begin(self, preferred: str) -> None:
        """Learn which detectors there are."""
        self._name = preferred
        self._panel.show_state("Looking for detectors …", busy=False)
        self._clerk.request(self._catalogue.names)

    def choose(self, name: str) -> None:
        """Ask another detector from now on."""
        if name == self._name or name not in self.names:
            return
        self._name = name
        self._chosen = True
        self._panel.show_detectors(self.names, name)
        self.switched.emit()
        self.changed.emit()

    def use_names(self, names: tuple[str, ...]) -> None:
        """Which detectors there are now; the one in use stays, if it is there."""
        known, before = self.known, self._name
        self._names = names
        if self._name not in names:
            if self._name:
                instead = f" {names[0]} is used instead." if names else ""
                self.reported.emit(
                    f"The detector {self._name} is not installed any more.{instead}"
                )
            self._name = names[0] if names else ""
            self._chosen = False
        self._panel.show_detectors(names, self._name)
        # Who is asked first is told by `listed`.
        if known and self._name and self._name != before:
            self.replaced.emit()
        self.changed.emit()

    def describe(self) -> None:
        """Ask for the model card; `described` follows with name and Markdown."""
        name = self._name
        if name:
            self._reader.request(
                lambda: _Description(name, self._catalogue.describe(name))
            )
        else:
            self.reported.emit(NO_DETECTOR)

    def stop(self) -> None:
        self._clerk.stop()
        self._reader.stop()

    def _on_described(self, description: _Description) -> None:
        self.described.emit(description.name, description.card)

    def _on_names(self, names: tuple[str, ...]) -> None:
        self.use_names(names)
        self.listed.emit()

    def _on_failed(self, error: Exception) -> None:
        if self._names is None:
            self._names = ()
            self._panel.show_detectors((), "")
        self.reported.emit(in_words(error))
        self.changed.emit()
