"""The lines of the worklist, or why there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.gui.worklist.worklist_delegate import WorklistDelegate, line_height
from dentalviewer.gui.worklist.worklist_model import WorklistModel
from dentalviewer.worklist.wording import nothing_shown

_MARGIN = 16
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_GOING = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
    Qt.Key.Key_Home, Qt.Key.Key_End,
)  # fmt: skip
# Where the list has the keyboard these are not the window's.
_OWN_KEYS = (*_ENTER, *_GOING, Qt.Key.Key_Escape)
_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_OWN_COMMANDS = (QKeySequence.StandardKey.SelectAll, QKeySequence.StandardKey.Copy)
_Flag = QItemSelectionModel.SelectionFlag
_ONLY = _Flag.ClearAndSelect | _Flag.Rows


class WorklistView(QTableView):
    """A table of one column: unlike a list it does not ask the model about every one
    of ten thousand lines whenever one of them changes.

    A click gives it the keyboard until it is `left`, by Enter or Esc. `chosen` is the
    radiograph that was clicked, or that the arrow keys came to; with Shift or Ctrl
    lines are selected instead.
    """

    chosen = Signal(Path)
    selection_changed = Signal()
    copied = Signal()
    menu_requested = Signal(QPoint)
    left = Signal()

    def __init__(self, model: WorklistModel) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("worklist")
        self.setAccessibleName("Radiographs")
        self.setModel(model)
        self.setItemDelegate(WorklistDelegate(self))
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(line_height(self.font()))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._adding = False
        self._kept: tuple[tuple[Path, ...], Path | None, int] = ((), None, 0)
        model.modelAboutToBeReset.connect(self._on_about_to_be_arranged)
        model.modelReset.connect(self._on_arranged)
        self.clicked.connect(self._on_clicked)
        self.selectionModel().selectionChanged.connect(
            lambda *_: self.selection_changed.emit()
        )

    @property
    def selected(self) -> tuple[Path, ...]:
        """In the order of the list."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self._model.shown[row] for row in rows)

    def select_only(self, path: Path | None) -> None:
        """Nothing where it is not shown."""
        row = self._model.row(path)
        if row < 0:
            self.selectionModel().clear()
        else:
            self._go_to(row)

    @property
    def hint(self) -> str:
        """Why no radiograph is shown; empty where some are, or none is open."""
        model = self._model
        if model.shown or not model.paths:
            return ""
        return nothing_shown(model.chosen, class_name)

    # What lines become of

    def _on_about_to_be_arranged(self) -> None:
        cursor = self.currentIndex().row()
        at = self._model.shown[cursor] if cursor >= 0 else None
        self._kept = self.selected, at, self.verticalScrollBar().value()

    def _on_arranged(self) -> None:
        """What was selected stays so, as far as it is shown."""
        selected, at, scroll = self._kept
        rows = sorted(r for path in selected if (r := self._model.row(path)) >= 0)
        if not rows:
            self.select_only(self._model.current)
        else:
            cursor = self._model.row(at)
            self._go_to(cursor if cursor >= 0 else rows[0])
            self.selectionModel().select(self._lines(rows), _ONLY)
        self.verticalScrollBar().setValue(scroll)
        self.selection_changed.emit()

    def _go_to(self, row: int) -> None:
        # Where several may be selected, Qt would select more if Shift is held: Shift+D.
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setCurrentIndex(self._model.index(row))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def _lines(self, rows: Iterable[int]) -> QItemSelection:
        lines = QItemSelection()
        for first, last in _runs(rows):
            lines.select(self._model.index(first), self._model.index(last))
        return lines

    def _on_clicked(self, index: QModelIndex) -> None:
        if not self._adding:
            self.chosen.emit(self._model.shown[index.row()])

    def _choose_current(self) -> None:
        """The line at which the keyboard is, unless it is that in the window."""
        row = self.currentIndex().row()
        if row >= 0 and self._model.shown[row] != self._model.current:
            self.chosen.emit(self._model.shown[row])

    # Qt's events

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._adding = bool(event.modifiers() & _ADDING)
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            line = self.visualRect(self.currentIndex())
            place = self.viewport().mapToGlobal(line.center())
        if self.selectionModel().hasSelection():
            self.menu_requested.emit(place)

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and _is_own(cast("QKeyEvent", event)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self._choose_current()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.select_only(self._model.current)
            self.left.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)
            if event.key() in _GOING and not event.modifiers() & _ADDING:
                self._choose_current()

    def moveCursor(
        self,
        action: QAbstractItemView.CursorAction,
        modifiers: Qt.KeyboardModifier,
    ) -> QModelIndex:
        """Home and End go to the ends of the list; of a table to those of a line."""
        ends = {
            QAbstractItemView.CursorAction.MoveHome: 0,
            QAbstractItemView.CursorAction.MoveEnd: len(self._model.shown) - 1,
        }
        if action in ends:
            return self._model.index(ends[action])
        return super().moveCursor(action, modifiers)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.hint:
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        area = self.viewport().rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, flags, self.hint)
        painter.end()


def _is_own(event: QKeyEvent) -> bool:
    return event.key() in _OWN_KEYS or any(map(event.matches, _OWN_COMMANDS))


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of those that follow each other: 1 2 3 7 makes 1 to 3 and 7."""
    first = last = -1
    for row in rows:
        if row != last + 1 or first < 0:
            if first >= 0:
                yield first, last
            first = row
        last = row
    if first >= 0:
        yield first, last
