"""The worklist at the left: radiographs to search, to filter, and to go through."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dentalviewer.dentition import Notation
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.worklist.thumbnails import Thumbnails
from dentalviewer.gui.worklist.worklist_head import WorklistHead
from dentalviewer.gui.worklist.worklist_model import WorklistModel
from dentalviewer.gui.worklist.worklist_view import WorklistView
from dentalviewer.worklist.listing import Listing
from dentalviewer.worklist.standing import Status
from dentalviewer.worklist.wording import none_follows

WIDTH = 280
_LEAST_WIDTH = 210


class WorklistPanel(QWidget):
    """Hidden while there is only one radiograph. Others may add a line to `foot`.

    `counted` tells that more is known of what is done, that other lines are shown, or
    that another radiograph is in the window.
    """

    radiograph_chosen = Signal(Path)
    counted = Signal()
    returned = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = WorklistModel(thumbnails, self)
        self.head = WorklistHead()
        self.view = WorklistView(self.model)
        self._words = muted()
        self._words.setContentsMargins(10, 3, 10, 5)
        self.foot = QVBoxLayout()
        self._last_row = -1
        self._unread = 0
        self._arrange()
        self._connect()
        self.hide()

    # What others ask of it

    @property
    def paths(self) -> tuple[Path, ...]:
        """All radiographs that are open together, as they lie in their folders."""
        return self.model.paths

    @property
    def selected(self) -> tuple[Path, ...]:
        """Those that are selected in the list, in its order; none that is not shown."""
        return self.view.selected

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
        self.head.take_back()
        self.model.show_listing(listing)
        self.model.arrange()
        self.view.scrollToTop()
        self.setVisible(len(self.paths) > 1)
        self.show_counts()

    def mark_current(self, path: Path | None) -> None:
        """The radiograph in the window; it alone is selected now."""
        self.model.mark_current(path)
        self.view.select_only(path)
        row = self.model.row(path)
        if row >= 0:
            self._last_row = row
            self.view.scrollTo(self.model.index(row))
        self.counted.emit()

    def neighbour(self, step: int) -> Path | None:
        """The radiograph `step` places on, None beyond the ends."""
        shown = self.model.shown
        index = self._here(step) + step
        return shown[index] if 0 <= index < len(shown) else None

    def neighbour_undone(self, step: int) -> Path | None:
        """The next radiograph that is not done, or the one before for -1; round from
        one end to the other. None if all that are shown are done.
        """
        shown, here = self.model.shown, self._here(step)
        count = len(shown)
        for offset in range(1, count + 1):
            path = shown[(here + step * offset) % count]
            if path != self.model.current and self.model.is_to_do(path):
                return path
        return None

    @property
    def rest(self) -> str:
        """What to say where no other radiograph that is shown is left to do; nothing
        where no other is open.
        """
        model = self.model
        if len(model.paths) < 2:
            return ""
        to_do = [path for path in model.paths if model.is_to_do(path)]
        return none_follows(
            len(model.paths),
            done=model.counts()[Status.DONE],
            to_do=len(to_do),
            elsewhere=sum(path != model.current for path in to_do),
        )

    def _here(self, step: int) -> int:
        """The row to go by `step` from: where the radiograph in the window is, or was
        last if it is not shown any more; then what took its place follows it.
        """
        row = self.model.row(self.model.current)
        if row >= 0:
            return row
        return min(self._last_row, len(self.model.shown)) - (step > 0)

    def show_counts(self, unread: int = 0) -> None:
        """How many there are of each status; `unread` have yet to be looked at."""
        self._unread = unread
        self.head.show_counts(self.model)
        self._show_words()
        self.counted.emit()

    def begin_search(self) -> None:
        """Put the keyboard into the search field."""
        self.head.search.setFocus()
        self.head.search.selectAll()

    def show_classes(self) -> None:
        """By the names and colours that they have now."""
        self.head.classes.show_classes()

    def set_notation(self, notation: Notation) -> None:
        """How teeth are written."""
        self.head.set_notation(notation)

    def _show_words(self) -> None:
        done = self.model.counts()[Status.DONE]
        shown, known = len(self.model.shown), len(self.model.paths)
        words = f"{done:,} of {known:,} done"
        if shown < known:
            words += f" · {shown:,} shown"
        selected = len(self.selected)
        if selected > 1:
            words += f" · {selected:,} selected"
        if self._unread:
            words += f" · reading, {self._unread:,} to go"
        self._words.setText(words)

    # How it is put together

    def _arrange(self) -> None:
        self.setAccessibleName("Worklist")
        self.setMinimumWidth(_LEAST_WIDTH)
        self.foot.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.view, 1)
        column.addWidget(self._words)
        column.addLayout(self.foot)

    def _connect(self) -> None:
        self.view.chosen.connect(self.radiograph_chosen)
        self.view.left.connect(self.returned)
        self.view.selection_changed.connect(self._show_words)
        self.model.modelReset.connect(self._on_arranged)
        self.head.changed.connect(self._on_chosen)
        self.head.left.connect(self.returned)

    # What happened

    def _on_chosen(self) -> None:
        self.model.choose(self.head.chosen, self.head.chosen_order)
        self.view.scrollToTop()
        # Also where nothing is shown as before, but for another reason.
        self.view.viewport().update()
        self.show_counts()

    def _on_arranged(self) -> None:
        row = self.model.row(self.model.current)
        if row >= 0:
            self._last_row = row
