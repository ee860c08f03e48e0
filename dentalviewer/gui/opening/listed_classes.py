"""Offers the classes of a project by number from its first radiograph on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.curation.audit_reading import LabelSource
from dentalviewer.curation.class_listing import listed_classes
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.reviewing.class_choice import ClassChoice
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.worklist.listing import Listing


class ListedClasses(QObject):
    """Reads off the GUI thread what the files list that speak of what is open."""

    reported = Signal(str)

    def __init__(
        self,
        opening: OpeningDesk,
        labels: Callable[[], LabelSource],
        classes: ClassChoice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._labels = labels
        self._classes = classes
        self._first: Path | None = None
        self._reader = Background("listed classes", self, failed=self._on_failed)
        self._reader.answered.connect(classes.list_classes)
        opening.listed.connect(self._on_listed)

    def renew(self) -> None:
        """The project has other classes now."""
        self._classes.forget()
        self._read()

    def stop(self) -> None:
        self._reader.stop()

    def _on_listed(self, listing: Listing) -> None:
        self._classes.forget()
        self._first = next(iter(listing.found))
        self._read()

    def _read(self) -> None:
        first, labels = self._first, self._labels()
        if first is None:
            return
        self._reader.request(
            lambda: listed_classes(first, labels.annotation_files, labels.aliases)
        )

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(f"The list of classes cannot be read. {in_words(error)}")
