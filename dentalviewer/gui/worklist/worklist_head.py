"""What stands above the worklist: search, filters and order."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from dentalviewer.dentition import Notation
from dentalviewer.gui.worklist.choice_box import ChoiceBox, ClassFilter
from dentalviewer.gui.worklist.worklist_model import WorklistModel
from dentalviewer.gui.worklist.worklist_search import SearchField
from dentalviewer.worklist.filtering import UNDONE, Filter, read_search
from dentalviewer.worklist.ordering import Order
from dentalviewer.worklist.standing import Status

_MARGIN = 8
# While a word is typed the list need not follow every letter.
_SEARCH_DELAY_MS = 120

_FILTERS = (
    ("All", frozenset(Status)),
    ("Not done", UNDONE),
    ("New", frozenset({Status.NEW})),
    ("Failed", frozenset({Status.FAILED})),
    ("Examined", frozenset({Status.EXAMINED})),
    ("In review", frozenset({Status.IN_REVIEW})),
    ("Done", frozenset({Status.DONE})),
)
_ORDERS = (
    ("Folder order", Order.FOLDER),
    ("Most disputed", Order.DISAGREEMENT),
    ("Least sure", Order.CONFIDENCE),
)


class WorklistHead(QWidget):
    """`changed` tells that something was chosen, be it again; `left` that the keyboard
    is wanted for the radiograph.
    """

    changed = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField()
        self.filter = ChoiceBox("Which radiographs are shown", [n for n, _ in _FILTERS])
        self.classes = ClassFilter()
        self.order = ChoiceBox("Order of the worklist", [n for n, _ in _ORDERS])
        self._notation = Notation.FDI
        self._typing = QTimer(self, singleShot=True, interval=_SEARCH_DELAY_MS)
        self._arrange()
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.left.connect(self._on_search_left)
        self._typing.timeout.connect(self._on_typed)
        for box in (self.filter, self.classes, self.order):
            box.activated.connect(lambda _: self.changed.emit())

    @property
    def chosen(self) -> Filter:
        return Filter(
            _FILTERS[self.filter.currentIndex()][1],
            self.classes.label,
            self.classes.unannotated,
            read_search(self.search.text(), self._notation),
        )

    @property
    def chosen_order(self) -> Order:
        return _ORDERS[self.order.currentIndex()][1]

    def set_notation(self, notation: Notation) -> None:
        """How teeth are written that are searched for."""
        if notation is not self._notation:
            self._notation = notation
            self.search.set_notation(notation)
            self.changed.emit()

    def take_back(self) -> None:
        """Whatever was searched or chosen."""
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        for box in (self.filter, self.classes, self.order):
            box.setCurrentIndex(0)

    def show_counts(self, model: WorklistModel) -> None:
        """How many radiographs there are of each kind."""
        counts = model.counts()
        for index, (name, statuses) in enumerate(_FILTERS):
            count = sum(counts[status] for status in statuses)
            self.filter.setItemText(index, f"{name} ({count:,})")
        self.classes.show_counts(model.class_counts(), model.unannotated())
        self._fit()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 6)
        column.setSpacing(6)
        column.addWidget(self.search)
        self._choices = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._choices.setSpacing(6)
        self._choices.addWidget(self.filter)
        self._choices.addWidget(self.order)
        column.addLayout(self._choices)
        column.addWidget(self.classes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Below each other where beside each other they would be cut off."""
        words = self.filter.sizeHint().width() + self.order.sizeHint().width()
        fits = words + self._choices.spacing() + 2 * _MARGIN <= self.width()
        ways = QBoxLayout.Direction
        self._choices.setDirection(ways.LeftToRight if fits else ways.TopToBottom)

    def _on_typed(self) -> None:
        self._typing.stop()
        self.changed.emit()

    def _on_search_left(self) -> None:
        self._on_typed()
        self.left.emit()
