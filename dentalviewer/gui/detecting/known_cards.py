"""Who the installed detectors are, and how they are shipped."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import (
    Detection,
    DetectionSettings,
    DetectorCatalogue,
    DetectorIdentity,
    Examiners,
)
from dentalviewer.errors import ModelError
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.work.background import Background


class KnownCards(QObject):
    """By their cards, as far as these can be read.

    Reviews outlive detectors: the one that answered may be another than the one that
    is asked, and may not be there any more.
    """

    changed = Signal()

    def __init__(
        self, catalogue: DetectorCatalogue, choice: DetectorChoice, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._choice = choice
        # None where the card is damaged.
        self._found: dict[str, Examiners | None] | None = None
        self._lacks_teeth = False
        self._clerk = Background(
            "cards of detectors",
            self,
            failed=lambda _: self._on_found(self._found or {}),
        )
        self._clerk.answered.connect(self._on_found)
        choice.changed.connect(self._look)

    @property
    def asked(self) -> Examiners | None:
        """The detector that is asked; None where it is not known who that is."""
        return (self._found or {}).get(self._choice.name)

    @property
    def lacks_teeth(self) -> bool:
        """Whether it is known that no detector of teeth is installed."""
        return self._lacks_teeth

    def learn(self, detection: Detection) -> None:
        """The detector that is asked has answered, as it is shipped.

        Where a card says otherwise, the card is read again: it may have changed.
        """
        name, known = self._choice.name, self.asked
        if known is not None:
            if known.identity != detection.identity:
                self._look()
        elif name in self._choice.names:
            found = Examiners(detection.identity, detection.settings)
            self._found = {**(self._found or {}), name: found}

    def is_asked(self, identity: DetectorIdentity) -> bool:
        """Whether it is the detector that is asked; before it is known, it may be."""
        if self._found is None:
            return True
        if self.asked is None:
            return identity.name == self._choice.name
        return self.asked.identity.is_same_as(identity)

    def shipped(self, identity: DetectorIdentity) -> DetectionSettings | None:
        """How it is shown as shipped; None where no card tells."""
        there = [
            each
            for name, each in (self._found or {}).items()
            if each is not None
            and name in self._choice.names
            and each.identity.is_same_as(identity)
        ]
        # Of two copies, with thresholds of their own, the one that is asked.
        there.sort(key=lambda each: each is not self.asked)
        return there[0].settings if there else None

    def lack(self, identity: DetectorIdentity) -> str:
        """Why it is not known how it is shown as shipped, in words; else empty."""
        name, found = identity.name, self._found or {}
        if self.shipped(identity) is not None:
            return ""
        if name not in self._choice.names or found.get(name) is not None:
            return "is not installed any more"
        # Of what was not read yet nothing is said.
        return "has a damaged card" if name in found else ""

    def stop(self) -> None:
        self._clerk.stop()

    def _look(self) -> None:
        names, catalogue = self._choice.names, self._catalogue
        self._clerk.request(lambda: _cards(catalogue, names))

    def _on_found(self, found: dict[str, Examiners | None]) -> None:
        self._found = found
        self._lacks_teeth = any(
            e is not None and e.teeth is None for e in found.values()
        )
        self.changed.emit()


def _cards(
    catalogue: DetectorCatalogue, names: tuple[str, ...]
) -> dict[str, Examiners | None]:
    """On a thread."""
    found: dict[str, Examiners | None] = {}
    for name in names:
        try:
            found[name] = catalogue.examiners(name)
        except ModelError:
            found[name] = None  # Why is told where it is asked.
    return found
