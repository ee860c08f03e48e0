"""The radiographs that were opened together, in the order they are worked on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QPixmap

from dentalviewer.gui.worklist.thumbnails import Thumbnails
from dentalviewer.worklist.filtering import Filter
from dentalviewer.worklist.listing import Listing, Marks
from dentalviewer.worklist.ordering import (
    EVERYTHING,
    Order,
    arranged,
    common_folder,
    name_within,
)
from dentalviewer.worklist.standing import Standing, Status
from dentalviewer.worklist.wording import described, status_line

LINE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the worklist shows; `folder` only where there are several.

    `current` is the one that is in the window.
    """

    name: str
    folder: str
    standing: Standing | None
    thumbnail: QPixmap | None
    faulty: bool
    current: bool


class WorklistModel(QAbstractListModel):
    """A line stays where it is while it is worked on: lines are arranged anew only by
    `arrange`, and when the radiographs or the choices change.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._marks: dict[Path, Marks] = {}
        self._standings: dict[Path, Standing] = {}
        self._shown: tuple[Path, ...] = ()
        self._rows: dict[Path, int] = {}
        self._current: Path | None = None
        self._folder: Path | None = None
        self._several_folders = False
        self._chosen = EVERYTHING
        self._order = Order.FOLDER
        thumbnails.made.connect(self._on_made)

    # What is in it

    @property
    def paths(self) -> tuple[Path, ...]:
        """All radiographs, whether shown or not, as they lie in their folders."""
        return tuple(self._marks)

    @property
    def shown(self) -> tuple[Path, ...]:
        return self._shown

    @property
    def current(self) -> Path | None:
        """The one that is in the window, be it shown in the list or not."""
        return self._current

    @property
    def chosen(self) -> Filter:
        """Which are shown."""
        return self._chosen

    @property
    def marks(self) -> Mapping[Path, Marks]:
        return self._marks

    @property
    def standings(self) -> Mapping[Path, Standing]:
        return self._standings

    def name(self, path: Path) -> str:
        """With the folders that lead to it from the one that holds all."""
        return name_within(path, self._folder)

    def row(self, path: Path | None) -> int:
        """-1 if it is not shown."""
        return -1 if path is None else self._rows.get(path, -1)

    def is_faulty(self, path: Path) -> bool:
        """Whether it is known that the radiograph cannot be shown."""
        picture = self._marks[path].picture
        return picture is None or self._thumbnails.is_faulty(path, picture)

    def is_to_do(self, path: Path) -> bool:
        """Whether it can be shown, and is not known to be done."""
        standing = self._standings.get(path)
        done = standing is not None and standing.status is Status.DONE
        return not done and not self.is_faulty(path)

    def counts(self) -> Counter[Status]:
        found = Counter(standing.status for standing in self._standings.values())
        found[Status.NEW] += len(self._marks) - found.total()
        return found

    def class_counts(self) -> Counter[str]:
        """How many radiographs have findings of each class, as far as is known."""
        standings = self._standings.values()
        return Counter(chain.from_iterable(each.classes for each in standings))

    def unannotated(self) -> int:
        """Of how many it is known that no person has been heard of them."""
        return sum(not each.annotated for each in self._standings.values())

    # Changes

    def mark_current(self, path: Path | None) -> None:
        before, self._current = self._current, path
        for each in (before, path):
            if each is not None:
                self._on_changed(each)

    def show_listing(self, listing: Listing) -> None:
        """Other radiographs, or the same ones as they are now; what is known of those
        that were there stays.
        """
        same = list(listing.found) == list(self._marks)
        # One object for each path, however often the folders are looked at.
        known = {path: path for path in self._marks}
        self._marks = {known.get(p, p): marks for p, marks in listing.found.items()}
        if same:
            return
        self._standings = {
            path: each for path, each in self._standings.items() if path in self._marks
        }
        folders = listing.folders
        self._folder = common_folder(folders)
        self._several_folders = len(folders) > 1
        self.arrange()

    def forget(self) -> None:
        """Nothing is known of any radiograph any more, and nothing chosen."""
        self._standings.clear()
        self._chosen = EVERYTHING
        self._order = Order.FOLDER

    def take(self, standings: Mapping[Path, Standing]) -> None:
        """What was learnt about some radiographs; their lines stay where they are."""
        for path, standing in standings.items():
            if path not in self._marks:
                continue
            told = self._as_seen(path, standing)
            if self._standings.get(path) != told:
                self._standings[path] = told
                self._on_changed(path)

    def choose(self, chosen: Filter, order: Order) -> None:
        self._chosen, self._order = chosen, order
        self.arrange()

    def arrange(self) -> None:
        """By what is known now."""
        shown = arranged(
            self._marks,
            self._standings,
            order=self._order,
            chosen=self._chosen,
            folder=self._folder,
        )
        if shown == self._shown:
            return
        self.beginResetModel()
        self._shown = shown
        self._rows = {path: row for row, path in enumerate(shown)}
        self.endResetModel()

    def _as_seen(self, path: Path, standing: Standing) -> Standing:
        """What cannot be shown has failed, whether or not a detector has tried."""
        if standing.status is not Status.NEW or not self.is_faulty(path):
            return standing
        fault = standing.fault or "The picture cannot be shown."
        return replace(standing, status=Status.FAILED, fault=fault)

    def _on_made(self, path: Path) -> None:
        if path in self._standings and path in self._marks:
            self._standings[path] = self._as_seen(path, self._standings[path])
        self._on_changed(path)

    def _on_changed(self, path: Path) -> None:
        row = self._rows.get(path)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index)

    # Qt's questions

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        path = self._shown[index.row()]
        if role == LINE:
            return self._line(path)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(path)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = [
                self.name(path),
                "in the window" if path == self._current else "",
                status_line(self._standings.get(path)),
            ]
            return ", ".join(filter(None, parts))
        if role == Qt.ItemDataRole.ToolTipRole:
            return described(path, self._standings.get(path))
        return None

    def _line(self, path: Path) -> Line:
        within = self.name(path)
        picture = self._marks[path].picture
        pixmap = None
        if picture is not None:
            pixmap = self._thumbnails.pixmap(path, picture)
        folder = within[: -len(path.name)].rstrip("/\\")
        return Line(
            path.name,
            folder if self._several_folders else "",
            self._standings.get(path),
            pixmap,
            self.is_faulty(path),
            path == self._current,
        )
