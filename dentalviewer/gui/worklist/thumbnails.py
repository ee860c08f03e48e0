"""Thumbnails as pixmaps: made on a thread, the newest wish first, and kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap, QPixmapCache

from dentalviewer.errors import RadiographError
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.listing import FileMark
from dentalviewer.worklist.thumbnails import make_thumbnail

_KIND = "thumbnail-1"
# What was scrolled past long ago is not made any more.
_MAX_WISHES = 60


class Thumbnails(QObject):
    """Gives what there is at once; `made` follows for what had to be made first.

    What nobody expected is reported once for each kind.
    """

    made = Signal(Path)
    reported = Signal(str)

    def __init__(self, cache: WorklistCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._wishes: dict[Path, FileMark] = {}
        self._faults: dict[Path, FileMark] = {}
        self._told: set[type[Exception]] = set()
        self._maker = Background("thumbnails", self, failed=self._on_failed)
        self._maker.answered.connect(self._on_made)

    def pixmap(self, path: Path, mark: FileMark) -> QPixmap | None:
        """The thumbnail of a file as it is now; None if it has yet to be made."""
        found = QPixmap()
        if QPixmapCache.find(_key(path, mark), found):
            return found
        if self._faults.get(path) != mark:
            self._wishes.pop(path, None)
            self._wishes[path] = mark
            while len(self._wishes) > _MAX_WISHES:
                del self._wishes[next(iter(self._wishes))]
            self._go_on()
        return None

    def is_faulty(self, path: Path, mark: FileMark) -> bool:
        """Whether no picture can be made of the file as it is now."""
        return self._faults.get(path) == mark

    def stop(self) -> None:
        self._wishes.clear()
        self._maker.stop()

    def _go_on(self) -> None:
        if self._wishes and not self._maker.busy:
            path, mark = self._making = self._wishes.popitem()
            cache = self._cache
            self._maker.request(lambda: (path, mark, _image(path, mark, cache)))

    def _on_made(self, answer: tuple[Path, FileMark, QImage | None]) -> None:
        path, mark, image = answer
        if image is None:
            self._faults[path] = mark
        else:
            QPixmapCache.insert(_key(path, mark), QPixmap.fromImage(image))
        self.made.emit(path)
        self._go_on()

    def _on_failed(self, error: Exception) -> None:
        path, mark = self._making
        if type(error) not in self._told:
            self._told.add(type(error))
            self.reported.emit(f"{path.name} has no thumbnail. {in_words(error)}")
        self._on_made((path, mark, None))


def _key(path: Path, mark: FileMark) -> str:
    return f"thumbnail {mark} {path!r}"


def _image(path: Path, mark: FileMark, cache: WorklistCache) -> QImage | None:
    """From the cache or the radiograph; None if it cannot be shown."""
    content = cache.get(_KIND, path, mark)
    if content is None:
        try:
            content = make_thumbnail(path)
        except (RadiographError, MemoryError):
            return None
        cache.put(_KIND, path, mark, content)
    image = QImage.fromData(content)
    return None if image.isNull() else image
