"""The worklist at the left: radiographs to search, to filter, and to go through."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, QTimer, Signal
from PySide6.QtGui import QResizeEvent, Qt
from PySide6.QtWidgets import QBoxLayout, QComboBox, QVBoxLayout, QWidget

from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.worklist.thumbnails import Thumbnails
from dentalviewer.gui.worklist.worklist_model import WorklistModel
from dentalviewer.gui.worklist.worklist_search import SearchField
from dentalviewer.gui.worklist.worklist_view import WorklistView
from dentalviewer.worklist.listing import Listing
from dentalviewer.worklist.ordering import UNDONE, Order
from dentalviewer.worklist.standing import Status

WIDTH = 280
_LEAST_WIDTH = 210
_MARGIN = 8
# While a word is typed the list need not follow every letter.
_SEARCH_DELAY_MS = 120

_FILTERS = (
    ("All", frozenset(Status)),
    ("Not done", UNDONE),
    ("New", frozenset({Status.NEW})),
    ("Failed", frozenset({Status.FAILED})),
    ("Predicted", frozenset({Status.PREDICTED})),
    ("In review", frozenset({Status.IN_REVIEW})),
    ("Done", frozenset({Status.DONE})),
)
_ORDERS = (
    ("Folder order", Order.FOLDER),
    ("Most disputed", Order.DISAGREEMENT),
    ("Least sure", Order.CONFIDENCE),
)


class WorklistPanel(QWidget):
    """Hidden while there is only one radiograph. Others may add a line to `foot`."""

    radiograph_chosen = Signal(Path)
    returned = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = WorklistModel(thumbnails, self)
        self.search = SearchField()
        self.filter = _choice("Which radiographs are shown", [n for n, _ in _FILTERS])
        self.order = _choice("Order of the worklist", [n for n, _ in _ORDERS])
        self.view = WorklistView(self.model)
        self._words = muted()
        self._words.setContentsMargins(10, 3, 10, 5)
        self.foot = QVBoxLayout()
        self._current: Path | None = None
        self._last_row = -1
        self._typing = QTimer(self, singleShot=True, interval=_SEARCH_DELAY_MS)
        self._arrange()
        self._connect()
        self.hide()

    # What others ask of it

    @property
    def paths(self) -> tuple[Path, ...]:
        """All radiographs that are open together, as they lie in their folders."""
        return self.model.paths

    @property
    def visible_paths(self) -> tuple[Path, ...]:
        """Those in sight, and a screenful more on either side."""
        view, shown = self.view, self.model.shown
        if not shown:
            return ()
        top = view.indexAt(QPoint(1, 1)).row()
        bottom = view.indexAt(QPoint(1, view.viewport().height() - 2)).row()
        bottom = bottom if bottom >= 0 else len(shown) - 1
        screen = bottom - max(top, 0) + 1
        around = shown[max(top - screen, 0) : bottom + screen + 1]
        return (*shown[max(top, 0) : bottom + 1], *around)

    def begin(self, listing: Listing) -> None:
        """Show other radiographs; whatever was searched or chosen is taken back."""
        self.model.forget()
        for widget in (self.search, self.filter, self.order):
            widget.blockSignals(True)
        self.search.clear()
        self.filter.setCurrentIndex(0)
        self.order.setCurrentIndex(0)
        for widget in (self.search, self.filter, self.order):
            widget.blockSignals(False)
        self.model.show_listing(listing)
        self.model.arrange()
        self.view.scrollToTop()
        self.setVisible(len(self.paths) > 1)
        self.show_counts()

    def mark_current(self, path: Path | None) -> None:
        self._current = path
        row = self.model.row(path)
        if row >= 0:
            self._last_row = row
            index = self.model.index(row)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
        else:
            self.view.selectionModel().clear()

    def neighbour(self, step: int) -> Path | None:
        """The radiograph `step` places on, None beyond the ends.

        From where it was last if it is not shown any more.
        """
        shown = self.model.shown
        row = self.model.row(self._current)
        if row < 0:
            row = min(self._last_row, len(shown)) - (step > 0)
        index = row + step
        return shown[index] if 0 <= index < len(shown) else None

    def neighbour_undone(self, step: int) -> Path | None:
        """The next radiograph that is not done, or the one before for -1; round from
        one end to the other. None if all that are shown are done.
        """
        shown, standings = self.model.shown, self.model.standings
        row = self.model.row(self._current)
        here = row if row >= 0 else self._last_row
        count = len(shown)
        for offset in range(1, count + 1):
            path = shown[(here + step * offset) % count]
            standing = standings.get(path)
            done = standing is not None and standing.status is Status.DONE
            if path != self._current and not done and not self.model.is_faulty(path):
                return path
        return None

    def show_counts(self, unread: int = 0) -> None:
        """How many there are of each status; `unread` have yet to be looked at."""
        counts = self.model.counts()
        for index, (name, statuses) in enumerate(_FILTERS):
            count = sum(counts[status] for status in statuses)
            self.filter.setItemText(index, f"{name} ({count:,})")
        self._fit_choices()
        shown, known = len(self.model.shown), len(self.model.paths)
        words = f"{counts[Status.DONE]:,} of {known:,} done"
        if shown < known:
            words += f" · {shown:,} shown"
        if unread:
            words += f" · reading, {unread:,} to go"
        self._words.setText(words)

    def begin_search(self) -> None:
        """Put the keyboard into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    # How it is put together

    def _arrange(self) -> None:
        self.setAccessibleName("Worklist")
        self.setMinimumWidth(_LEAST_WIDTH)
        head = QVBoxLayout()
        head.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 6)
        head.setSpacing(6)
        head.addWidget(self.search)
        self._choices = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._choices.setSpacing(6)
        self._choices.addWidget(self.filter)
        self._choices.addWidget(self.order)
        head.addLayout(self._choices)
        self.foot.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self._words)
        column.addLayout(self.foot)

    def _connect(self) -> None:
        self.view.clicked.connect(self._on_clicked)
        self.model.modelAboutToBeReset.connect(self._on_about_to_be_arranged)
        self.model.modelReset.connect(self._on_arranged)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.left.connect(self._on_search_left)
        self._typing.timeout.connect(self._on_typed)
        self.filter.activated.connect(
            lambda index: self._choose(statuses=_FILTERS[index][1])
        )
        self.order.activated.connect(
            lambda index: self._choose(order=_ORDERS[index][1])
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_choices()

    def _fit_choices(self) -> None:
        """Below each other where beside each other they would be cut off."""
        words = self.filter.sizeHint().width() + self.order.sizeHint().width()
        fits = words + self._choices.spacing() + 2 * _MARGIN <= self.width()
        ways = QBoxLayout.Direction
        self._choices.setDirection(ways.LeftToRight if fits else ways.TopToBottom)

    # What happened

    def _choose(self, **choice: object) -> None:
        self.model.choose(**choice)  # type: ignore[arg-type]
        self.view.scrollToTop()
        self._mark_again()
        self.show_counts()

    def _on_typed(self) -> None:
        self._typing.stop()
        self._choose(search=self.search.text())

    def _on_search_left(self) -> None:
        self._on_typed()
        self.returned.emit()

    def _on_clicked(self, index: QModelIndex) -> None:
        self.radiograph_chosen.emit(self.model.shown[index.row()])

    def _on_about_to_be_arranged(self) -> None:
        self._scroll = self.view.verticalScrollBar().value()

    def _on_arranged(self) -> None:
        self._mark_again()
        self.view.verticalScrollBar().setValue(self._scroll)

    def _mark_again(self) -> None:
        row = self.model.row(self._current)
        if row >= 0:
            self._last_row = row
            self.view.setCurrentIndex(self.model.index(row))


def _choice(name: str, entries: list[str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.addItems(entries)
    # The wheel and clicks leave the keyboard to the radiograph.
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    # However long its words, the list can be made as narrow as the reader likes.
    box.setMinimumWidth(1)
    return box
