"""Two detectors on the same radiographs, as a table; which of them is to be used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.training_runs import ComparisonPlan
from dentalviewer.evaluation.comparison import Comparison
from dentalviewer.evaluation.comparison_report import (
    conclusion,
    fairness,
    measure_name,
    signed,
    verdict,
)
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.gui.training.set_choice import choice_buttons
from dentalviewer.gui.training.split_fields import SplitFields
from dentalviewer.gui.widgets.explaining import breakable, explained, label_of
from dentalviewer.gui.widgets.fitting import grow, keep_fitting
from dentalviewer.gui.widgets.parts import heading, muted
from dentalviewer.labels import display_name

ASKING, ANSWERED = QSize(720, 230), QSize(940, 700)
EXAMINED = (
    "Both examine the part of the set that is kept for comparing, or else everything"
    " held out. Use the same split as for the training."
)
SHOWN_NOTES = 6
CAUTION = (
    "In brackets: 95 % intervals. A difference whose interval includes 0 may be due to"
    " chance."
)


class ComparisonDialog(QDialog):
    """Announces what is to be compared, and what the user decides."""

    compare_requested = Signal(ComparisonPlan)
    stop_requested = Signal()
    use_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare detectors")
        self.first, self.second = QComboBox(), QComboBox()
        self.data = QLineEdit()
        self.data.setAccessibleName("Annotated set")
        self.split = SplitFields(self, to_compare=True)
        self.go = QPushButton("&Compare")
        self.go.setDefault(True)
        self.halt = QPushButton("S&top")
        self.halt.setAutoDefault(False)
        self.bar = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self.bar.setFixedHeight(6)
        self.state, self._fault = muted(), muted()
        self.verdict = heading()
        self.verdict.setWordWrap(True)
        # Not quiet: they may take back what the verdict says.
        self.notes = QLabel(wordWrap=True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.table = QTableWidget(0, 7)
        self.caution = muted()
        self.keep, self.use = QPushButton(), QPushButton()
        self._compared: Comparison | None = None
        self._asked: ComparisonPlan | None = None
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(self._form())
        for widget in (self.bar, self.state, self._fault, self.verdict, self.notes):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.caution)
        layout.addStretch(0)
        layout.addLayout(self._decisions())
        self._prepare_table()
        self._connect()
        self.resize(ASKING)
        keep_fitting(self)
        self._show_result(None)
        self.show_state("", busy=False)

    def show_detectors(self, names: Sequence[str], first: str, second: str) -> None:
        for choice, name in ((self.first, first), (self.second, second)):
            choice.clear()
            choice.addItems(list(names))
            choice.setCurrentText(name)
        self._on_changed()

    def show_data(self, path: Path | None) -> None:
        if path is None:
            return
        same = self.data.text() == str(path)
        self.data.setText(str(path))
        if same:
            self._show_split(anew=True)

    def show_state(self, words: str, *, busy: bool) -> None:
        self.state.setText(words)
        self.state.setVisible(bool(words))
        self.bar.setVisible(busy)
        begins, at = busy and self.halt.isHidden(), self.focusWidget()
        self.halt.setVisible(busy)
        self._check()
        # The keyboard goes to what comes next, not to what happens to stand there.
        if begins:
            self.halt.setFocus()
        elif not busy and at is self.halt:
            self.go.setFocus()
        for widget in (self.first, self.second, self.data):
            widget.setEnabled(not busy)

    def show_progress(self, percent: int, words: str) -> None:
        self.bar.setRange(0, 100 if percent else 0)
        self.bar.setValue(percent)
        self.state.setText(words)

    def show_comparison(self, comparison: Comparison) -> None:
        self._show_result(comparison)
        self._show_notes(comparison.notes)
        grow(self, ANSWERED)
        self.keep.setText(f"&Keep {comparison.first}")
        self.use.setText(f"&Use {comparison.second}")
        if self.focusWidget() is self.go:
            self.keep.setFocus()
        self.verdict.setText(conclusion(comparison))
        intervals = CAUTION if comparison.has_intervals else ""
        self.caution.setText(f"{intervals} {fairness(comparison)}".strip())
        header = (
            "class", "n", "", comparison.first, comparison.second, "difference", "",
        )  # fmt: skip
        self.table.setHorizontalHeaderLabels(list(header))
        for column in range(len(header)):
            title = self.table.horizontalHeaderItem(column)
            if title is not None:
                title.setTextAlignment(_side_of(column))
        self.table.setRowCount(0)
        for label in comparison.counts:
            for number, each in enumerate(comparison.told.of_label(label)):
                words = verdict(each, comparison)
                is_few = not comparison.is_judged(label)
                cells = [
                    display_name(label) if not number else "",
                    str(comparison.counts[label]) if not number else "",
                    measure_name(each),
                    _value(each.first),
                    _value(each.second),
                    signed(each.difference),
                    words if each.is_clear or (is_few and not number) else "",
                ]
                self._add_row(cells, emphasised=each.is_clear)
        self.table.resizeColumnsToContents()
        for column in range(6):
            self.table.setColumnWidth(column, self.table.columnWidth(column) + 14)
        self.table.horizontalHeader().setSectionResizeMode(
            6, QHeaderView.ResizeMode.Stretch
        )

    def _show_notes(self, notes: Sequence[str]) -> None:
        lines = list(notes[:SHOWN_NOTES])
        if len(notes) > SHOWN_NOTES:
            lines.append(f"and {len(notes) - SHOWN_NOTES} more notes")
        self.notes.setText(breakable("\n".join(lines)))
        self.notes.setToolTip("\n".join(notes[:50]))
        self.notes.setVisible(bool(notes))

    def _add_row(self, cells: Sequence[str], *, emphasised: bool) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setTextAlignment(_side_of(column))
            if column == 0 or (emphasised and column >= 5):
                font = QFont(item.font())
                font.setBold(True)
                item.setFont(font)
            self.table.setItem(row, column, item)

    def _show_result(self, comparison: Comparison | None) -> None:
        self._compared = comparison
        for widget in (
            self.verdict, self.notes, self.table, self.caution, self.keep, self.use,
        ):  # fmt: skip
            widget.setVisible(comparison is not None)

    @property
    def plan(self) -> ComparisonPlan:
        """As filled in."""
        data = os.path.expanduser(self.data.text().strip())
        return ComparisonPlan(
            self.first.currentText(),
            self.second.currentText(),
            os.path.abspath(data) if data else "",
            self.split.plan,
        )

    def _found_fault(self) -> str:
        plan = self.plan
        if self.first.count() < 2:
            return "There is no other detector to compare with."
        if plan.first == plan.second:
            return "Choose two different detectors."
        if not plan.data:
            return "Choose the set that both are to examine."
        return self.split.fault

    def _show_split(self, *, anew: bool = False) -> None:
        data = self.plan.data
        self.split.show_set(Path(data) if data else None, anew=anew)

    def _check(self) -> None:
        """Whether they can be compared as filled in, and if not, why."""
        free, fault = self.halt.isHidden(), self._found_fault()
        self._fault.setText(breakable(fault))
        self._fault.setVisible(free and bool(fault))
        self.go.setEnabled(free and not fault)

    def _on_changed(self) -> None:
        """What came of what was filled in before is not said of this."""
        if self.halt.isHidden():
            self.show_state("", busy=False)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&In use", self.first)
        form.addRow("&Other", self.second)
        row = QHBoxLayout()
        row.addWidget(self.data, 1)
        for button in (*choice_buttons(self.data), self.go, self.halt):
            row.addWidget(button)
        examined = QWidget()
        examined.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        label = label_of(self.data, "&Set")
        form.addRow(label, explained(examined, muted(EXAMINED)))
        self.split.add_rows(form)
        return form

    def _decisions(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.keep, self.use):
            button.setAutoDefault(False)
            row.addWidget(button)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        row.addWidget(close)
        return row

    def _prepare_table(self) -> None:
        self.table.setAccessibleName("Comparison")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(
            round(1.7 * self.fontMetrics().height())
        )
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setHighlightSections(False)

    def _connect(self) -> None:
        for choice in (self.first, self.second):
            choice.currentTextChanged.connect(self._on_changed)
        self.data.textChanged.connect(self._on_changed)
        self.data.textChanged.connect(lambda _: self._show_split())
        self.split.changed.connect(self._check)
        self.halt.clicked.connect(self.stop_requested)
        self.go.clicked.connect(self.ask)
        self.keep.clicked.connect(lambda: self._on_decided(second=False))
        self.use.clicked.connect(lambda: self._on_decided(second=True))

    def ask(self) -> None:
        """Announce what is to be compared, as filled in."""
        self._show_result(None)
        self._asked = self.plan
        self.compare_requested.emit(self._asked)

    def _on_decided(self, *, second: bool) -> None:
        if self._compared is not None:
            # Others may have been chosen since, for the next comparison.
            plan = self._asked or self.plan
            self.use_requested.emit(plan.second if second else plan.first)
            self.accept()


def _side_of(column: int) -> Qt.AlignmentFlag:
    """Numbers stand below each other, words begin below each other."""
    right = column in (1, 3, 4, 5)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _value(estimate: Estimate | None) -> str:
    return "–" if estimate is None else str(estimate)
