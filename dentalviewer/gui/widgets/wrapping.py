"""Widgets in a row that is broken where it is too wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

# Between groups that are in one row, as a multiple of what is between widgets.
_APART = 3


class Wrapping(QLayout):
    """Groups of widgets: all in one row or, where that is too wide, each beginning a
    row of its own, which is broken too where it has to be.
    """

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[list[QLayoutItem]] = []
        self.setContentsMargins(0, 0, 0, 0)

    def add_group(self, widgets: Iterable[QWidget]) -> None:
        self._groups.append([])
        for widget in widgets:
            self.addWidget(widget)

    # Qt's own

    def addItem(self, item: QLayoutItem) -> None:
        if not self._groups:
            self._groups.append([])
        self._groups[-1].append(item)

    def count(self) -> int:
        return sum(map(len, self._groups))

    def itemAt(self, index: int) -> QLayoutItem | None:
        items = [item for group in self._groups for item in group]
        return items[index] if 0 <= index < len(items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        item = self.itemAt(index)
        for group in self._groups:
            if item in group:
                group.remove(item)
        self._groups = [group for group in self._groups if group]
        self.invalidate()
        return item

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return max((place.bottom() + 1 for _, place in places), default=0)

    def sizeHint(self) -> QSize:
        """All in one row."""
        groups = self._shown()
        return QSize(self._width_of(groups), _height_of(groups))

    def minimumSize(self) -> QSize:
        groups = self._shown()
        widest = max((w.sizeHint().width() for g in groups for w in g), default=0)
        return QSize(widest, _height_of(groups))

    def setGeometry(self, rectangle: QRect) -> None:
        super().setGeometry(rectangle)
        for item, place in self._places(rectangle.width()):
            item.setGeometry(place.translated(rectangle.topLeft()))

    # Where each is

    def _places(self, width: int) -> list[tuple[QLayoutItem, QRect]]:
        """Seen from the upper left corner of all."""
        found: list[tuple[QLayoutItem, QRect]] = []
        top = 0
        for row in self._rows(width):
            left = 0
            for group in row:
                for item in group:
                    size = item.sizeHint().boundedTo(
                        QSize(width, item.sizeHint().height())
                    )
                    found.append((item, QRect(QPoint(left, top), size)))
                    left += size.width() + self.spacing()
                left += (_APART - 1) * self.spacing()
            top += _height_of(row) + self.spacing()
        return found

    def _rows(self, width: int) -> Iterator[Sequence[Sequence[QLayoutItem]]]:
        groups = self._shown()
        if self._width_of(groups) <= width:
            yield groups
            return
        for group in groups:
            row: list[QLayoutItem] = []
            for item in group:
                if row and self._width_of([[*row, item]]) > width:
                    yield [row]
                    row = []
                row.append(item)
            yield [row]

    def _shown(self) -> list[list[QLayoutItem]]:
        shown = ([i for i in group if not i.isEmpty()] for group in self._groups)
        return [group for group in shown if group]

    def _width_of(self, groups: Sequence[Sequence[QLayoutItem]]) -> int:
        """In one row."""
        own = sum(item.sizeHint().width() for group in groups for item in group)
        between = sum(len(group) - 1 for group in groups)
        apart = max(len(groups) - 1, 0) * _APART
        return own + (between + apart) * self.spacing()


def _height_of(groups: Sequence[Sequence[QLayoutItem]]) -> int:
    """Of one row."""
    heights = (item.sizeHint().height() for group in groups for item in group)
    return max(heights, default=0)
