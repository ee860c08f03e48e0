"""Keeps the worklist true: reads how it stands, and notices what changes on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.background import Background
from dentalviewer.gui.folder_watch import FolderWatch
from dentalviewer.gui.opening_desk import OpeningDesk
from dentalviewer.gui.preferences import Preferences
from dentalviewer.gui.session import ReviewSession
from dentalviewer.gui.worklist_panel import WorklistPanel
from dentalviewer.review import ReadingMode, Source
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.listing import (
    Listing,
    Marks,
    Sources,
    list_radiographs,
    lost_since,
    reviewed_first,
)
from dentalviewer.worklist.standing import (
    Circumstances,
    Predictions,
    Standing,
    StandingReader,
    standing_of,
)

# How long the thread reads before it hands over what it has, and how long it rests.
_READ_SECONDS = 0.05
_REST_MS = 15
# Files that are about many radiographs are looked for again after so long.
_READER_SECONDS = 5.0
_WINDOW = 64
_ARRANGE_MS = 1_000
_LIVE_MS = 250


@dataclass(frozen=True, slots=True)
class _Looked:
    listing: Listing
    took_ms: float


class WorklistDesk(QObject):
    """Stands between the disk and the panel.

    `review_stirred` says that the review file of the radiograph in hand may have been
    written, here or elsewhere.
    """

    reported = Signal(str)
    recovered = Signal(str)
    told = Signal(str)
    review_stirred = Signal()

    def __init__(
        self,
        panel: WorklistPanel,
        cache: WorklistCache,
        session: ReviewSession,
        opening: OpeningDesk,
        *,
        preferences: Callable[[], Preferences],
        user_folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._cache = cache
        self._session = session
        self._opening = opening
        self._preferences = preferences
        self._reviews = user_folder / "reviews"
        self._predictions: Predictions | None = None
        self._sources = Sources()
        self._unread: dict[Path, None] = {}
        self._incomplete = False
        self._unreachable = ""
        self._reader: StandingReader | None = None
        self._reader_since = 0.0
        self._counted: Circumstances | None = None
        self._watch = FolderWatch(self)
        self._watch.stirred.connect(self.look_again)
        self._lister = Background("listing", self)
        self._lister.answered.connect(self._on_looked)
        self._lister.failed.connect(self._on_unreachable)
        self._readers = Background("standings", self)
        self._readers.answered.connect(self._on_read)
        self._rest = _timer(self, _REST_MS, self._read_on)
        self._arranging = _timer(self, _ARRANGE_MS, self._arrange)
        self._living = _timer(self, _LIVE_MS, self._show_current)
        opening.listed.connect(self._on_listed)
        opening.opening.connect(self._on_opening)
        session.edited.connect(self._living.start)
        panel.radiograph_chosen.connect(opening.open_radiograph)

    # What others ask of it

    @property
    def reading(self) -> bool:
        """Whether it is not yet known how it stands with every radiograph."""
        return bool(self._unread)

    def use_predictions(self, predictions: Predictions | None) -> None:
        """The stored answers of these detectors count from now on."""
        if predictions != self._predictions:
            self._predictions = predictions
            self.refresh(self._panel.paths)

    def use_preferences(self) -> None:
        """Other names of classes, or another mode of reading, may count from now on."""
        if self._circumstances() != self._counted:
            self.refresh(self._panel.paths)

    def refresh(self, paths: Iterable[Path]) -> None:
        """Read again how it stands with some radiographs; their lines stay in sight."""
        self._reader = None
        known = self._panel.model.marks
        self._unread.update({path: None for path in paths if path in known})
        self._read_on()

    def look_again(self) -> None:
        """See what is in the folders now."""
        sources, reviews = self._sources, self._reviews
        if sources == Sources() or self._lister.busy:
            return

        def look() -> _Looked:
            start = time.monotonic()
            listing = list_radiographs(sources, reviews=reviews)
            return _Looked(listing, (time.monotonic() - start) * 1000)

        self._lister.request(look)

    def open_undone(self, step: int) -> None:
        """The next radiograph that is not done, or the one before for -1."""
        path = self._panel.neighbour_undone(step)
        if path is not None:
            self._opening.open_radiograph(path)
        elif len(self._panel.paths) > 1:
            self.told.emit("No other radiograph in the list is still to be done.")
        else:
            self.told.emit("No other radiograph is open.")

    def finish(self) -> None:
        """What is in hand is done, also if nothing was found; on to the next undone."""
        review = self._session.review
        if self._session.study is None:
            return
        left = len(review.undecided)
        if left:
            findings = "1 finding is" if left == 1 else f"{left} findings are"
            self.reported.emit(f"{findings} still to be decided.")
            return
        # Where there was nothing to decide, this is what makes it a saved review.
        self._session.edit("Done", review.marked_read())
        self._show_current()
        self.open_undone(1)

    def stop(self) -> None:
        for timer in (self._rest, self._arranging, self._living):
            timer.stop()
        self._watch.stop()
        self._lister.stop()
        self._readers.stop()

    # Listing

    def _on_listed(self, listing: Listing, sources: Sources) -> None:
        self._lister.supersede()
        self._sources = sources
        self._reader = None
        self._unread = dict.fromkeys(reviewed_first(listing.found))
        self._unreachable = ""
        self._panel.begin(listing)
        self._watch_folders()
        self._watch.look_later(0)
        self._incomplete = not listing.complete
        # After the first radiograph, which is asked for next.
        self._rest.start()

    def _on_looked(self, looked: _Looked) -> None:
        listing, before = looked.listing, dict(self._panel.model.marks)
        self._watch.look_later(looked.took_ms)
        if not listing.found:
            self._say_unreachable("No radiograph can be seen there any more.")
            return
        lost, where = lost_since(before, listing.found, self._sources)
        if lost:
            listing = replace(listing, found={**listing.found, **lost})
            self._say_unreachable(f"{where}: no radiograph can be seen there any more.")
        else:
            self._say_reachable()
        self._take_listing(listing, before)

    def _take_listing(self, listing: Listing, before: Mapping[Path, Marks]) -> None:
        found = listing.found
        self._panel.model.show_listing(listing)
        changed = [path for path, marks in found.items() if before.get(path) != marks]
        self._unread = {path: None for path in self._unread if path in found}
        self._unread.update(dict.fromkeys(changed))
        if len(found) > 1 >= len(before):
            self._panel.show()
        self._watch_folders()
        self._panel.show_counts(len(self._unread))
        if changed:
            self._reader = None
            self._read_on()
        self._tell_of_current(before, found)

    def _tell_of_current(
        self, before: Mapping[Path, Marks], now: Mapping[Path, Marks]
    ) -> None:
        current = self._opening.current
        if current is None or current not in before:
            return
        was, marks = before[current], now.get(current)
        if marks is None:
            self.told.emit(f"{current.name} is no longer in its folder.")
        elif was.picture != marks.picture:
            self.reported.emit(
                f"{current.name} has changed on disk. Ctrl+R reads it again."
            )
        if marks is not None and was.review != marks.review:
            self.review_stirred.emit()

    def _on_unreachable(self, error: Exception) -> None:
        self._watch.look_later(0)
        if isinstance(error, DentalViewerError):
            self._say_unreachable(f"{error}.")
        else:
            self._say_unreachable(f"{type(error).__name__}: {error}.")

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

    def _watch_folders(self) -> None:
        current = self._opening.current
        files = [current] if current is not None else []
        folders = {path.parent: None for path in self._panel.paths}
        opened = (path for path in self._sources.paths if path not in folders)
        self._watch.watch([*files, *folders, *opened, *self._sources.annotation_files])

    def _on_opening(self, path: Path) -> None:
        self._panel.mark_current(path)
        self._watch_folders()

    # Reading

    def _circumstances(self) -> Circumstances:
        preferences = self._preferences()
        first = preferences.read_first
        return Circumstances(
            self._reviews,
            preferences.aliases,
            self._sources.annotation_files,
            ReadingMode.READ_FIRST if first else ReadingMode.CONCURRENT,
            self._predictions,
        )

    def _read_on(self) -> None:
        """What is in sight first."""
        if not self._unread or self._readers.busy:
            return
        if self._opening.busy:  # The radiograph that was asked for comes before all.
            self._rest.start()
            return
        if self._incomplete:
            self._incomplete = False
            self.look_again()
        marks = self._panel.model.marks
        seen = [path for path in self._panel.visible_paths if path in self._unread]
        rest = (path for path in self._unread)
        some = dict.fromkeys(seen)
        for path in rest:
            if len(some) >= _WINDOW:
                break
            some[path] = None
        wanted = [(path, marks[path]) for path in some if path in marks]
        reader = self._present_reader()
        self._readers.request(lambda: _read(reader, wanted))

    def _present_reader(self) -> StandingReader:
        now = time.monotonic()
        if self._reader is None or now - self._reader_since > _READER_SECONDS:
            self._counted = self._circumstances()
            self._reader = StandingReader(self._counted, self._cache)
            self._reader_since = now
        return self._reader

    def _on_read(self, standings: dict[Path, Standing]) -> None:
        known = self._panel.model.standings
        news = any(path not in known for path in standings)
        current = self._opening.current
        for path in standings:
            self._unread.pop(path, None)
        self._panel.model.take(
            {path: each for path, each in standings.items() if path != current}
        )
        if current in standings:
            self._panel.model.take({current: standings[current]})
            self._show_current()
        # Lines find their places as they are first read, and keep them afterwards.
        if news and not self._arranging.isActive():
            self._arranging.start()
        if self._unread:
            self._rest.start()
        elif not self._arranging.isActive():
            self._panel.show_counts()

    def _arrange(self) -> None:
        self._panel.model.arrange()
        self._panel.show_counts(len(self._unread))

    def _show_current(self) -> None:
        """From the review in hand, which is on disk only in a while."""
        study, current = self._session.study, self._opening.current
        marks = self._panel.model.marks
        if study is None or current not in marks or study.radiograph.path != current:
            return
        begun = bool(self._session.undo_stack.count()) or bool(marks[current].review)
        if not begun:
            return
        review = self._session.review
        dentist = any(item.source is Source.DENTIST for item in review.items)
        annotated = dentist or bool(study.annotation_paths)
        standing = standing_of(review, begun=True, annotated=annotated)
        self._panel.model.take({current: standing})
        self._panel.show_counts(len(self._unread))


def _read(
    reader: StandingReader, wanted: list[tuple[Path, Marks]]
) -> dict[Path, Standing]:
    """As many as there is time for, at least one."""
    end = time.monotonic() + _READ_SECONDS
    standings: dict[Path, Standing] = {}
    for path, marks in wanted:
        standings[path] = reader.read(path, marks.review)
        if time.monotonic() > end:
            break
    return standings


def _timer(parent: QObject, interval: int, slot: Callable[[], object]) -> QTimer:
    timer = QTimer(parent, singleShot=True, interval=interval)
    timer.timeout.connect(slot)
    return timer
