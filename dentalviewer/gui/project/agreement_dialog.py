"""How the readers of the open radiographs agree: as `dentalviewer agreement` has it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.evaluation.agreement_report import (
    ABOUT_STANDINGS,
    PAIR_COLUMNS,
    PAIR_WORDS,
    STANDING_COLUMNS,
    STANDING_WORDS,
    Row,
    about_pairs,
    agreement_csv,
    agreement_markdown,
    pair_rows,
    standing_rows,
)
from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.evaluation.bootstrap import RESAMPLES
from dentalviewer.evaluation.readers import ReaderComparison
from dentalviewer.evaluation.tables import NOT_DEFINED
from dentalviewer.gui.widgets.fitting import grow
from dentalviewer.gui.widgets.parts import heading, muted
from dentalviewer.gui.work.job_dialog import JobDialog
from dentalviewer.phrases import capitalised

_SETS = "Annotations (*.json *.vott *.xml *.csv);;All files (*)"
_FILTERS = "Markdown (*.md);;Table (*.csv)"
SHOWN_NOTES = 4
_CHECKED = Qt.CheckState.Checked
# On either side of a column: words on the left may follow numbers on the right.
_AIR = """
QTableWidget::item { padding: 0 6px; }
QHeaderView::section { padding: 5px 9px; }
"""


class AgreementDialog(JobDialog):
    """`save_requested` gives the file and its text."""

    readers_chosen = Signal()
    sets_added = Signal(tuple)
    save_requested = Signal(Path, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Agreement", parent)
        self.take_size(1060, 700)
        self._sets: tuple[AnnotationSet, ...] = ()
        self._comparison: ReaderComparison | None = None
        self.readers = QListWidget()
        self.readers.setAccessibleName("Readers; those that are ticked are compared")
        self.readers.itemChanged.connect(lambda _: self.readers_chosen.emit())
        self.readers.setFixedHeight(128)
        self.per_tooth = QCheckBox("By tooth, where teeth are numbered")
        self.per_tooth.setEnabled(False)
        self.per_tooth.toggled.connect(lambda _: self.readers_chosen.emit())
        self.pairs = _table("How two readers agree")
        self.standings = _table("Place of each among the readers")
        self._notes = muted()
        self._heading = heading()
        self._heading.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(self._build_readers())
        layout.addWidget(self._heading)
        layout.addWidget(self._build_tabs(), 1)
        layout.addWidget(self._notes)
        layout.addLayout(self._build_foot())
        margins = layout.contentsMargins()
        self._edges = margins.left() + margins.right()
        self._update()

    @property
    def chosen(self) -> tuple[AnnotationSet, ...]:
        """The readers to be compared."""
        return tuple(
            each
            for row, each in enumerate(self._sets)
            if self.readers.item(row).checkState() is _CHECKED
        )

    @property
    def message(self) -> str:
        """What the tables are about, or why there are none."""
        return self._heading.text()

    @property
    def markdown(self) -> str:
        """The tables as the command line prints them; empty before they are there."""
        if self._comparison is None:
            return ""
        return agreement_markdown(self._comparison, resamples=RESAMPLES)

    def show_readers(
        self,
        sets: Sequence[AnnotationSet],
        names: Sequence[str],
        teeth: int,
        proposed: Collection[int],
    ) -> None:
        """`teeth` counts the radiographs whose teeth are numbered.

        Who was there already stays ticked or not; of the others those are whose places
        are `proposed`.
        """
        before = {
            each.path: self.readers.item(row).checkState()
            for row, each in enumerate(self._sets)
        }
        self.readers.blockSignals(True)
        self.readers.clear()
        # Fewer of them may be compared, and are called so all the same.
        self._sets = tuple(
            replace(each, title=name) for each, name in zip(sets, names, strict=True)
        )
        for place, (each, name) in enumerate(zip(sets, names, strict=True)):
            count = len(each.readings)
            kind = " (detector)" if each.is_scored else ""
            radiographs = "1 radiograph" if count == 1 else f"{count} radiographs"
            item = QListWidgetItem(f"{name}{kind}: {radiographs}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            new = _CHECKED if place in proposed else Qt.CheckState.Unchecked
            item.setCheckState(before.get(each.path, new))
            self.readers.addItem(item)
        self.readers.blockSignals(False)
        if not self.per_tooth.isEnabled() and teeth:
            most = max((len(each.readings) for each in sets), default=0)
            self.per_tooth.blockSignals(True)
            self.per_tooth.setChecked(teeth >= most)
            self.per_tooth.blockSignals(False)
        self.per_tooth.setEnabled(bool(teeth))
        self.per_tooth.setText(
            f"By tooth ({teeth} with numbered teeth)"
            if teeth
            else "By tooth: no radiograph has numbered teeth"
        )

    def show_message(self, message: str) -> None:
        """Why there are no tables."""
        self._comparison = None
        for table in (self.pairs, self.standings):
            table.setRowCount(0)
        super().show_message("")
        self._heading.setText(message)

    def show_notes(self, notes: Sequence[str]) -> None:
        lines = list(notes[:SHOWN_NOTES])
        if len(notes) > SHOWN_NOTES:
            lines.append(f"and {len(notes) - SHOWN_NOTES} more notes")
        self._notes.setText("\n".join(lines))
        self._notes.setToolTip("\n".join(notes[:50]))
        self._notes.setVisible(bool(notes))

    def show_comparison(self, comparison: ReaderComparison) -> None:
        self.show_message("")
        self._comparison = comparison
        count = comparison.images
        radiographs = "1 radiograph" if count == 1 else f"{count:,} radiographs"
        self._heading.setText(f"{radiographs} that all of them read")
        _fill(self.pairs, PAIR_COLUMNS, pair_rows(comparison), PAIR_WORDS)
        _fill(
            self.standings, STANDING_COLUMNS, standing_rows(comparison), STANDING_WORDS
        )
        self._tabs.setTabEnabled(1, bool(comparison.standings))
        self._update()
        # Names of readers and intervals are as wide as they are.
        wanted = max(map(_whole_width, (self.pairs, self.standings)))
        grow(self, QSize(wanted + self._edges, 0))

    # How it is put together

    def _build_readers(self) -> QHBoxLayout:
        add_file, add_folder = QPushButton("Add &set…"), QPushButton("Add &folder…")
        add_file.clicked.connect(self._add_file)
        add_folder.clicked.connect(self._add_folder)
        self._adding = (add_file, add_folder)
        column = QVBoxLayout()
        for button in self._adding:
            button.setAutoDefault(False)
            column.addWidget(button)
        column.addStretch(1)
        column.addWidget(self.per_tooth)
        row = QHBoxLayout()
        row.addWidget(self.readers, 1)
        row.addLayout(column)
        return row

    def _build_tabs(self) -> QTabWidget:
        self._tabs = QTabWidget()
        for title, table, words in (
            ("Pairs", self.pairs, about_pairs(RESAMPLES)),
            ("Place among the readers", self.standings, ABOUT_STANDINGS),
        ):
            page = QWidget()
            layout = QVBoxLayout(page)
            layout.setContentsMargins(0, 6, 0, 0)
            layout.addWidget(table, 1)
            layout.addWidget(muted(words))
            self._tabs.addTab(page, title)
        self._tabs.setTabEnabled(1, False)
        return self._tabs

    def _build_foot(self) -> QVBoxLayout:
        self._copy = QPushButton("&Copy")
        self._copy.setToolTip("The tables as Markdown")
        self._copy.clicked.connect(self._on_copy)
        self._save = QPushButton("Sa&ve as…")
        self._save.clicked.connect(self._on_save)
        return self.build_foot([], [self._copy, self._save])

    def _update(self) -> None:
        super()._update()
        for button in self._adding:
            button.setEnabled(not self._busy)
        there = self._comparison is not None
        for button in (self._copy, self._save):
            button.setEnabled(not self._busy and there)

    def _add_file(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Add readers", "", _SETS)
        if names:
            self.sets_added.emit(tuple(map(Path, names)))

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Add a reader's folder")
        if name:
            self.sets_added.emit((Path(name),))

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self.markdown)

    def _on_save(self) -> None:
        if self._comparison is None:
            return
        chosen, kind = QFileDialog.getSaveFileName(
            self, "Save the agreement", "agreement.md", _FILTERS
        )
        if not chosen:
            return
        path = Path(chosen)
        if not path.suffix:
            path = path.with_suffix(".csv" if "csv" in kind else ".md")
        is_table = path.suffix.casefold() == ".csv"
        # Excel takes UTF-8 for what it is only after a byte order mark.
        table = f"\ufeff{agreement_csv(self._comparison)}"
        self.save_requested.emit(path, table if is_table else self.markdown)


def _table(name: str) -> QTableWidget:
    table = QTableWidget()
    table.setAccessibleName(name)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setStretchLastSection(True)
    table.setStyleSheet(_AIR)
    return table


def _whole_width(table: QTableWidget) -> int:
    """In pixels, with all columns in sight and a scroll bar beside them."""
    last = table.columnCount() - 1
    # The last is stretched: how wide it is tells nothing of how wide it has to be.
    needed = max(
        table.sizeHintForColumn(last), table.horizontalHeader().defaultSectionSize()
    )
    others = sum(map(table.columnWidth, range(last)))
    return others + needed + table.verticalScrollBar().sizeHint().width()


def _fill(
    table: QTableWidget, columns: Sequence[str], rows: Sequence[Row], words: int
) -> None:
    table.setColumnCount(len(columns))
    table.setRowCount(len(rows))
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    for column in range(len(columns)):
        # The last column has words too: what a decision is about, or what follows.
        is_words = column < words or column == len(columns) - 1
        side = left if is_words else right
        title = columns[column]
        header = QTableWidgetItem(capitalised(title))
        header.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        table.setHorizontalHeaderItem(column, header)
        for row, values in enumerate(rows):
            value = values[column]
            item = QTableWidgetItem(NOT_DEFINED if value is None else str(value))
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)
    table.resizeColumnsToContents()
    for column in range(len(columns)):
        # Nothing is learned from a column of dashes.
        unknown = bool(rows) and all(row[column] is None for row in rows)
        table.setColumnHidden(column, unknown)
