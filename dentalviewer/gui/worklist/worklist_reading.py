"""Reads how it stands with the radiographs of the worklist, those in sight first."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.gui.work.timers import single_shot
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.listing import Marks
from dentalviewer.worklist.standing import Circumstances, Standing, StandingReader

# How long the thread reads before it hands over what it has, and how long it rests.
_READ_SECONDS = 0.05
_REST_MS = 15
# Files that are about many radiographs are looked for again after so long.
_READER_SECONDS = 5.0
_WINDOW = 64
_ARRANGE_MS = 1_000
# What is told of one after the other is read in bunches.
_BUNCH_MS = 2_000


class _Unreadable(Exception):
    """Nobody expected it; it keeps the others from nothing."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(path, cause)
        self.path = path
        self.words = f"The status of {path.name} cannot be read. {in_words(cause)}"


class StandingsReading(QObject):
    """Brings standings from the disk into the panel.

    It rests as long as `occupied` says that the disk is wanted for something else.
    `came_to` announces that how it stands with a radiograph was read. What nobody
    expected is reported once for all that is open; the radiograph then counts as new.
    """

    came_to = Signal(Path)
    reported = Signal(str)

    def __init__(
        self,
        panel: WorklistPanel,
        cache: WorklistCache,
        circumstances: Callable[[], Circumstances],
        occupied: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._cache = cache
        self._circumstances = circumstances
        self._occupied = occupied
        self._unread: dict[Path, None] = {}
        self._told_of: dict[Path, None] = {}
        self._reader: StandingReader | None = None
        self._reader_since = 0.0
        self._told = False
        self._counted: Circumstances | None = None
        self._readers = Background("standings", self, failed=self._on_failed)
        self._readers.answered.connect(self._on_read)
        self._rest = single_shot(self, _REST_MS, self._read_on)
        self._bunch = single_shot(self, _BUNCH_MS, self._read_bunch)
        self._arranging = single_shot(self, _ARRANGE_MS, self._arrange)

    @property
    def unread(self) -> int:
        """Of how many it is not yet known how it stands."""
        return len(self._unread)

    @property
    def out_of_date(self) -> bool:
        """Whether standings were read in other circumstances than there are now."""
        return self._circumstances() != self._counted

    def begin(self, paths: Iterable[Path]) -> None:
        """With other radiographs, after the first one, which is asked for next."""
        self._reader = None
        self._unread = dict.fromkeys(paths)
        self._told_of.clear()
        self._told = False
        self._rest.start()

    def keep_to(self, paths: Collection[Path], changed: Collection[Path]) -> None:
        """These there are now; those that changed are read again."""
        self._unread = {path: None for path in self._unread if path in paths}
        self._unread.update(dict.fromkeys(changed))
        self.show_counts()
        if changed:
            self._reader = None
            self._read_on()

    def read_again(self, paths: Iterable[Path]) -> None:
        """The lines of these stay in sight."""
        self._reader = None
        known = self._panel.model.marks
        self._unread.update({path: None for path in paths if path in known})
        self._read_on()

    def read_again_soon(self, path: Path) -> None:
        """In a bunch with others that are told of."""
        self._told_of[path] = None
        if not self._bunch.isActive():
            self._bunch.start()

    def show_counts(self) -> None:
        self._panel.show_counts(len(self._unread))

    def stop(self) -> None:
        for timer in (self._rest, self._bunch, self._arranging):
            timer.stop()
        self._readers.stop()

    def _read_bunch(self) -> None:
        paths, self._told_of = list(self._told_of), {}
        self.read_again(paths)

    def _read_on(self) -> None:
        if not self._unread or self._readers.busy or self._readers.stopped:
            return
        if self._occupied():
            self._rest.start()
            return
        marks = self._panel.model.marks
        some = {p: None for p in self._panel.visible_paths if p in self._unread}
        for path in self._unread:
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
        for path in standings:
            self._unread.pop(path, None)
        self._panel.model.take(standings)
        for path in standings:
            self.came_to.emit(path)
        # Lines find their places as they are first read, and keep them afterwards.
        if news and not self._arranging.isActive():
            self._arranging.start()
        self._go_on()

    def _on_failed(self, error: Exception) -> None:
        words = in_words(error)
        if isinstance(error, _Unreadable):
            words = error.words
            self._unread.pop(error.path, None)
            self._go_on()
        if not self._told:
            self._told = True
            self.reported.emit(words)

    def _go_on(self) -> None:
        if self._unread:
            self._rest.start()
        elif not self._arranging.isActive():
            self.show_counts()

    def _arrange(self) -> None:
        self._panel.model.arrange()
        self.show_counts()


def _read(
    reader: StandingReader, wanted: list[tuple[Path, Marks]]
) -> dict[Path, Standing]:
    """As many as there is time for, at least one. Raises _Unreadable."""
    end = time.monotonic() + _READ_SECONDS
    standings: dict[Path, Standing] = {}
    for path, marks in wanted:
        try:
            standings[path] = reader.read(path, marks)
        except Exception as error:
            raise _Unreadable(path, error) from error
        if time.monotonic() > end:
            break
    return standings
