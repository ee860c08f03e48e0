"""Follows what is in the opened folders, and whether they can be reached."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.gui.worklist.folder_watch import FolderWatch
from dentalviewer.worklist.listing import (
    Listing,
    Marks,
    Sources,
    list_radiographs,
    lost_since,
)


@dataclass(frozen=True, slots=True)
class _Looked:
    listing: Listing
    took_ms: float


class FolderFollowing(QObject):
    """Announces what there is as often as it has looked; `known` is what was there.

    Where nothing can be seen any more, what was there stays: rather a drive that went
    away than all of it deleted.
    """

    looked = Signal(object)
    reported = Signal(str)
    recovered = Signal(str)

    def __init__(
        self, reviews: Path, known: Callable[[], dict[Path, Marks]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._reviews = reviews
        self._known = known
        self._sources = Sources()
        self._incomplete = False
        self._unreachable = ""
        self._watch = FolderWatch(self)
        self._watch.stirred.connect(self.look)
        self._lister = Background("listing", self, failed=self._on_unreachable)
        self._lister.answered.connect(self._on_looked)

    @property
    def sources(self) -> Sources:
        return self._sources

    def begin(self, listing: Listing, sources: Sources) -> None:
        """With what was opened just now."""
        self._lister.supersede()
        self._sources = sources
        self._unreachable = ""
        self._incomplete = not listing.complete
        self._watch.look_later(0)

    def watch(self, paths: Collection[Path], current: Path | None) -> None:
        """Notice changes where these radiographs are, and of the current one itself."""
        files = [current] if current is not None else []
        folders = {path.parent: None for path in paths}
        opened = (path for path in self._sources.paths if path not in folders)
        self._watch.watch([*files, *folders, *opened, *self._sources.annotation_files])

    def complete(self) -> None:
        """Look for what was not listed yet as it was opened."""
        if self._incomplete:
            self._incomplete = False
            self.look()

    def look(self) -> None:
        """See what is in the folders now."""
        sources, reviews = self._sources, self._reviews
        lister = self._lister
        # The system goes on telling of changes after the window has closed.
        if sources == Sources() or lister.busy or lister.stopped:
            return

        def look() -> _Looked:
            start = time.monotonic()
            listing = list_radiographs(sources, reviews=reviews)
            return _Looked(listing, (time.monotonic() - start) * 1000)

        lister.request(look)

    def stop(self) -> None:
        self._watch.stop()
        self._lister.stop()

    def _on_looked(self, looked: _Looked) -> None:
        listing = looked.listing
        self._watch.look_later(looked.took_ms)
        if not listing.found:
            self._say_unreachable("No radiograph can be seen there any more.")
            return
        lost, where = lost_since(self._known(), listing.found, self._sources)
        if lost:
            listing = replace(listing, found={**listing.found, **lost})
            self._say_unreachable(f"{where}: no radiograph can be seen there any more.")
        else:
            self._say_reachable()
        self.looked.emit(listing)

    def _on_unreachable(self, error: Exception) -> None:
        self._watch.look_later(0)
        self._say_unreachable(f"{in_words(error)}.")

    def _say_unreachable(self, fault: str) -> None:
        message = f"{fault} The list is as it was last seen."
        if message != self._unreachable:
            self._say_reachable()
            self._unreachable = message
            self.reported.emit(message)

    def _say_reachable(self) -> None:
        if self._unreachable:
            self.recovered.emit(self._unreachable)
            self._unreachable = ""
