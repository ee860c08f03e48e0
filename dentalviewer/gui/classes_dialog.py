"""The classes of a project: what they are called, look like, and stand for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.class_journal import Journal, Outcome, spoken
from dentalviewer.curation.classes import ClassPlan, ClassRow, ProjectClasses
from dentalviewer.curation.classes_command import what_of
from dentalviewer.gui.parts import heading, muted
from dentalviewer.labels import KNOWN_LABELS

NAME, NEW_NAME, MEANS, FINDINGS, REVIEWED, FILES = range(6)
_TITLES = ("Class", "New name", "Means", "Findings", "In reviews", "Files")
_EXPLAINED = {
    NEW_NAME: "Two classes with one name are merged",
    MEANS: "One of our classes that this name stands for; the files stay as they are",
}
MAX_LINES = 2000
SWATCH = 14


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader filled in: other names, colors by new name, and all aliases."""

    names: Mapping[str, str] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


class ClassesDialog(QDialog):
    """Announces what is asked for; whoever does the work shows how far it is."""

    preview_requested = Signal(object)
    apply_requested = Signal()
    undo_requested = Signal(object)
    finish_requested = Signal(object)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Classes of the project")
        self.resize(760, 620)
        self._rows: tuple[ClassRow, ...] = ()
        self._aliases: Mapping[str, str] = {}
        self._done = ""
        self._journal: Journal | None = None
        self._busy = self._planned = self._filling = False
        self._colors: dict[str, str] = {}
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        self._folder = muted()
        layout.addWidget(self._folder)
        layout.addWidget(
            muted(
                "Type a new name beside a class; two with one name are merged. Or say"
                " which of our classes a name means, and leave the files as they are."
            )
        )
        layout.addWidget(self._build_table(), 3)
        layout.addLayout(self._build_editing())
        self._summary = heading()
        layout.addWidget(self._summary)
        self.preview = QListWidget()
        self.preview.setAccessibleName("Files that would change")
        self.preview.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        layout.addWidget(self.preview, 2)
        layout.addLayout(self._build_foot())
        self._update()

    @property
    def message(self) -> str:
        return self._message.text()

    @property
    def summary(self) -> str:
        return self._summary.text()

    @property
    def wanted(self) -> Wanted:
        names: dict[str, str] = {}
        aliases: dict[str, str] = {}
        for index, row in enumerate(self._rows):
            new = self._cell(index, NEW_NAME)
            if new and new != row.name:
                names[row.name] = new
            means = self._cell(index, MEANS)
            if means and row.name not in names:
                aliases[row.name] = means
        colors = {names.get(n, n): color for n, color in self._colors.items()}
        return Wanted(names, colors, aliases)

    def show_progress(self, what: str, done: int, total: int) -> None:
        """While this is shown, nothing but cancelling can be asked for."""
        self._busy = True
        self._message.setText(f"{what} …")
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._update()

    def show_message(self, message: str) -> None:
        """The work ended without result; why."""
        self._busy = False
        self._message.setText(message)
        self._update()

    def show_classes(
        self, classes: ProjectClasses, journals: Sequence[Journal]
    ) -> None:
        """Begins anew: nothing is filled in."""
        self._rows, self._aliases = classes.rows, classes.settings.aliases
        self._journal = next(iter(journals), None)
        self._colors, self._planned = {}, False
        self._folder.setText(
            f"{classes.root}: {len(classes.files)} annotation files,"
            f" {len(classes.reviews)} reviews"
        )
        self._fill()
        self._list(classes.failures, "could not be read")
        # What was just done stays to be read.
        self.show_message(self._done)
        self._done = ""

    def show_plan(self, plan: ClassPlan) -> None:
        self._planned = bool(plan.changes)
        count = len(plan.changes)
        self.preview.clear()
        for change in plan.changes[:MAX_LINES]:
            place = os.path.relpath(change.path, plan.classes.root)
            self.preview.addItem(f"{place}: {what_of(change)}")
        if count > MAX_LINES:
            self.preview.addItem(f"and {count - MAX_LINES} more files")
        for failure in plan.failures:
            self.preview.addItem(f"cannot be changed: {failure}")
        findings = _many(plan.findings, "finding")
        self._summary.setText(
            f"{findings} in {_many(count, 'file')} would change"
            if count
            else "Nothing would change"
        )
        self.show_message("")

    def show_outcome(self, outcome: Outcome) -> None:
        self._busy = False
        done = f"{_many(outcome.written, 'file')} written"
        if outcome.failures:
            done += f", {len(outcome.failures)} not: {outcome.failures[0]}"
        self._done = done
        self._message.setText(done)
        self._message.setToolTip("\n".join(outcome.failures[:50]))

    def reject(self) -> None:
        """Esc and the close button: first of what is under way, then of the dialog."""
        if self._busy:
            self.cancel_requested.emit()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._busy:
            self.cancel_requested.emit()
        super().closeEvent(event)

    # How it is put together

    def _build_table(self) -> QWidget:
        self.table = QTableWidget(0, len(_TITLES))
        self.table.setAccessibleName("Classes")
        self.table.setHorizontalHeaderLabels(list(_TITLES))
        for column, text in _EXPLAINED.items():
            title = QTableWidgetItem(_TITLES[column])
            title.setToolTip(text)
            self.table.setHorizontalHeaderItem(column, title)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        for column in range(len(_TITLES)):
            header.setSectionResizeMode(
                column,
                QHeaderView.ResizeMode.Stretch
                if column <= MEANS
                else QHeaderView.ResizeMode.ResizeToContents,
            )
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.table.itemChanged.connect(self._on_item_changed)
        self.table.itemSelectionChanged.connect(self._update)
        return self.table

    def _build_editing(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.merge_button = QPushButton("Merge the selected")
        self.merge_button.clicked.connect(self.merge_selected)
        self.color_button = QPushButton("Colour…")
        self.color_button.clicked.connect(self._choose_color)
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip("Take back what is filled in")
        self.reset_button.clicked.connect(self._reset)
        for button in (self.merge_button, self.color_button, self.reset_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        self.preview_button = QPushButton("Preview")
        self.preview_button.setDefault(True)
        self.preview_button.clicked.connect(
            lambda: self.preview_requested.emit(self.wanted)
        )
        row.addWidget(self.preview_button)
        return row

    def _build_foot(self) -> QVBoxLayout:
        self._message = muted()
        self._progress = QProgressBar(textVisible=False)
        self._progress.setMaximumHeight(4)
        self.undo_button = QPushButton()
        self.undo_button.clicked.connect(
            lambda: self.undo_requested.emit(self._journal)
        )
        self.finish_button = QPushButton("Do the rest")
        self.finish_button.clicked.connect(
            lambda: self.finish_requested.emit(self._journal)
        )
        self.cancel_button = QPushButton("Close")
        self.cancel_button.clicked.connect(self.reject)
        self.apply_button = QPushButton("Apply")
        self.apply_button.clicked.connect(self.apply_requested)
        row = QHBoxLayout()
        for button in (self.undo_button, self.finish_button):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.cancel_button, self.apply_button):
            row.addWidget(button)
        foot = QVBoxLayout()
        foot.addWidget(self._message)
        foot.addWidget(self._progress)
        foot.addLayout(row)
        return foot

    # What is filled in

    def merge_selected(self) -> None:
        """Into the one with the most findings; its name can be changed afterwards."""
        chosen = self._selected
        best = max(
            chosen, key=lambda i: self._rows[i].findings + self._rows[i].reviewed
        )
        name = self._cell(best, NEW_NAME) or self._rows[best].name
        for index in chosen:
            own = self._rows[index].name == name
            self.set_new_name(index, "" if own else name)

    def set_new_name(self, index: int, name: str) -> None:
        item = self.table.item(index, NEW_NAME)
        if item is not None:
            item.setText(name)

    def set_color(self, index: int, color: str) -> None:
        """Of the class in a row, as #rrggbb."""
        self._colors[self._rows[index].name] = color
        self._show_swatch(index, color)
        self._on_changed()

    @property
    def _selected(self) -> list[int]:
        return sorted({index.row() for index in self.table.selectedIndexes()})

    def _choose_color(self) -> None:
        index = self._selected[0]
        row = self._rows[index]
        now = QColor(self._colors.get(row.name, row.color))
        dialog = QColorDialog(now, self)
        dialog.setWindowTitle(f"Colour of {row.name}")
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        if dialog.exec():
            self.set_color(index, dialog.currentColor().name())
        dialog.deleteLater()

    def _reset(self) -> None:
        self._colors = {}
        self._fill()
        self._on_changed()

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text().strip() if item is not None else ""

    def _fill(self) -> None:
        self._filling = True
        self.table.setRowCount(len(self._rows))
        for index, row in enumerate(self._rows):
            counts = (row.findings, row.reviewed, row.files)
            texts = (row.name, "", row.means or "", *map(str, counts))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column > MEANS:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                known = column == MEANS and row.name in KNOWN_LABELS
                if column not in (NEW_NAME, MEANS) or known:
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                if known:
                    item.setToolTip("This is one of our classes itself")
                self.table.setItem(index, column, item)
            self._show_swatch(index, row.color)
        self._filling = False

    def _show_swatch(self, index: int, color: str) -> None:
        swatch = QPixmap(SWATCH, SWATCH)
        swatch.fill(QColor(color))
        item = self.table.item(index, NAME)
        self._filling, before = True, self._filling
        if item is not None:
            item.setIcon(QIcon(swatch))
        self._filling = before

    def _on_item_changed(self, _item: QTableWidgetItem) -> None:
        if not self._filling:
            self._on_changed()

    def _on_changed(self) -> None:
        """What was previewed is no longer what is filled in."""
        self._planned = False
        self._summary.setText("")
        self.preview.clear()
        self._message.setText("")
        self._update()

    def _list(self, failures: Sequence[str], what: str) -> None:
        self.preview.clear()
        self._summary.setText(
            f"{_many(len(failures), 'file')} {what}" if failures else ""
        )
        for failure in failures[:MAX_LINES]:
            self.preview.addItem(failure)

    def _update(self) -> None:
        wanted = self.wanted
        filled = bool(wanted.names or wanted.colors or wanted.aliases != self._aliases)
        cut_off = self._journal is not None and self._journal.unfinished
        free = not self._busy
        self.table.setEnabled(free and not cut_off)
        self.merge_button.setEnabled(free and len(self._selected) > 1)
        self.color_button.setEnabled(free and len(self._selected) == 1)
        self.reset_button.setEnabled(free and filled)
        self.preview_button.setEnabled(free and filled and not cut_off)
        self.apply_button.setEnabled(free and self._planned)
        # Enter does what comes next.
        self.preview_button.setDefault(not self._planned)
        self.apply_button.setDefault(self._planned)
        self._progress.setVisible(self._busy)
        self.cancel_button.setText("Cancel" if self._busy else "Close")
        self.undo_button.setVisible(self._journal is not None)
        self.undo_button.setEnabled(free)
        self.finish_button.setVisible(cut_off)
        self.finish_button.setEnabled(free)
        if self._journal is not None:
            when = spoken(self._journal.when)
            self.undo_button.setText(
                "Take it back" if cut_off else "Undo the last change"
            )
            self.undo_button.setToolTip(f"{when}: {self._journal.what}")
            if cut_off and free:
                self._message.setText(
                    f"A change of {when} was cut off ({self._journal.what})."
                )


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
