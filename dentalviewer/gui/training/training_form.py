"""Asks what a detector is to be trained further with, for how long, and its name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.training_runs import (
    TrainingPlan,
    TrainingRun,
    missing_packages,
    name_fault,
    told_epochs,
)
from dentalviewer.gui.training.length_fields import LengthFields
from dentalviewer.gui.training.set_choice import choice_buttons
from dentalviewer.gui.training.split_fields import SplitFields
from dentalviewer.gui.widgets.explaining import explained, label_of
from dentalviewer.gui.widgets.parts import heading, muted
from dentalviewer.phrases import pip_with

INSTALL = (
    "Training needs packages that are not installed: {packages}. Add them with {pip}"
)
REVIEWS = (
    "Export what was accepted in the reviews of the open radiographs, and learn from"
    " that"
)


class TrainingForm(QWidget):
    """Announces a plan that can be begun, or an unfinished run to go on with.

    `begin` stands where the dialog has its buttons. `reviews_requested` asks for a set
    of what was reviewed.
    """

    begun = Signal(TrainingPlan)
    reviews_requested = Signal()
    continued = Signal(TrainingRun)
    discarded = Signal(TrainingRun)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._unfinished: tuple[TrainingRun, ...] = ()
        self._elsewhere: tuple[str, ...] = ()
        self._missing = missing_packages()
        self.data = QLineEdit()
        self.data.setPlaceholderText("a folder exported for retraining, or any set")
        self.data.setAccessibleName("Annotated set to learn from")
        self.reviews = QPushButton("Re&views…")
        self.reviews.setAutoDefault(False)
        self.reviews.setToolTip(REVIEWS)
        self.split = SplitFields(self)
        self.start = QComboBox()
        self.name = QLineEdit()
        self._proposed = ""
        self.length = LengthFields("so many &epochs", self)
        self._fault = QLabel(wordWrap=True)
        self._fault.setObjectName("muted")
        self.begin = QPushButton("&Begin training")
        self.begin.setDefault(True)
        self._again = self._unfinished_part()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._again)
        layout.addLayout(self._form())
        layout.addStretch(1)
        layout.addWidget(self._fault)
        self._connect()
        self.show_unfinished(())

    @property
    def plan(self) -> TrainingPlan:
        """As filled in."""
        data = os.path.expanduser(self.data.text().strip())
        return TrainingPlan(
            self.name.text().strip(),
            self.start.currentText(),
            os.path.abspath(data) if data else "",
            self.length.epochs.value(),
            self.length.until,
            self.split.plan,
        )

    def show_detectors(
        self, names: Sequence[str], current: str, taken: Sequence[str] = ()
    ) -> None:
        """Those that can be trained further; their names and others are taken."""
        self._names = (*names, *taken)
        self.length.propose_time()
        self.start.clear()
        self.start.addItems(list(names))
        self.start.setCurrentText(current)
        self._propose_name()
        self._check()

    def show_data(self, path: Path | None) -> None:
        if path is None:
            return
        same = self.data.text() == str(path)
        self.data.setText(str(path))
        if same:
            self._show_split(anew=True)

    def show_unfinished(
        self, runs: Sequence[TrainingRun], elsewhere: Sequence[str] = ()
    ) -> None:
        """Those that can be gone on with, and the names of those that other windows
        train at present; all their names are taken too.
        """
        self._unfinished, self._elsewhere = tuple(runs), tuple(elsewhere)
        self._again.setVisible(bool(runs or elsewhere))
        self.stopped.clear()
        self.stopped.addItems([run.plan.name for run in runs])
        self.stopped.setVisible(len(runs) > 1)
        for button in (self.go_on, self.discard):
            button.setVisible(bool(runs))
        self._tell_of_run()
        self._propose_name()
        self._check()

    @property
    def chosen_run(self) -> TrainingRun | None:
        """Of the unfinished ones."""
        place = self.stopped.currentIndex()
        return self._unfinished[place] if place >= 0 else None

    def _unfinished_part(self) -> QWidget:
        part = QWidget()
        part.setObjectName("newsBar")
        self._again_words = muted()
        self.stopped = QComboBox()
        self.stopped.setAccessibleName("Trainings that were stopped")
        self.go_on = QPushButton("&Go on with it")
        self.discard = QPushButton("Disca&rd it…")
        row = QHBoxLayout(part)
        row.addWidget(self._again_words, 1)
        for widget in (self.stopped, self.go_on, self.discard):
            row.addWidget(widget)
        return part

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(heading("Learn from"))
        for beside in (self.go_on, self.discard):
            beside.setAutoDefault(False)
        row = _in_row(self.data, *choice_buttons(self.data), self.reviews)
        form.addRow(label_of(self.data, "&Set"), row)
        self.split.add_rows(form)
        stays = muted("It stays as it is; a new one is made from it.")
        form.addRow(label_of(self.start, "&Detector"), explained(self.start, stays))
        form.addRow(heading("How long"))
        self.length.add_rows(form)
        form.addRow(heading("New detector"))
        form.addRow("&Name", self.name)
        return form

    def _connect(self) -> None:
        for edit in (self.data, self.name):
            edit.textChanged.connect(self._check)
        self.data.textChanged.connect(lambda _: self._show_split())
        self.split.changed.connect(self._check)
        self.start.currentTextChanged.connect(self._on_start_changed)
        self.stopped.currentIndexChanged.connect(self._tell_of_run)
        self.reviews.clicked.connect(self.reviews_requested)
        self.begin.clicked.connect(self._on_begin)
        self.go_on.clicked.connect(self._on_go_on)
        self.discard.clicked.connect(self._on_discard)

    def _tell_of_run(self) -> None:
        run = self.chosen_run
        told = [
            f"{name} is being trained in another window." for name in self._elsewhere
        ]
        if run is not None:
            done = told_epochs(run.epochs_done)
            told.append(
                f"The training of {run.plan.name} was stopped before its end. {done}."
            )
        self._again_words.setText(" ".join(told))

    def _show_split(self, *, anew: bool = False) -> None:
        data = self.plan.data
        self.split.show_set(Path(data) if data else None, anew=anew)

    def _check(self) -> None:
        fault = self._found_fault()
        self._fault.setText(fault)
        self.begin.setEnabled(not fault)
        self.go_on.setEnabled(not self._missing)

    def _found_fault(self) -> str:
        if self._missing:
            return INSTALL.format(
                packages=", ".join(self._missing), pip=pip_with("train")
            )
        plan = self.plan
        if not plan.start:
            return "There is no detector to start from."
        if not plan.data:
            return "Choose the set to learn from."
        if self.split.fault:
            return self.split.fault
        stopped = [run.plan.name for run in self._unfinished]
        return name_fault(plan.name, self._names, stopped, self._elsewhere)

    def _on_start_changed(self) -> None:
        if self.name.text() == self._proposed:
            self._propose_name()
        self._check()

    def _propose_name(self) -> None:
        self._proposed = self._free_name(self.start.currentText())
        self.name.setText(self._proposed)

    def _free_name(self, start: str) -> str:
        proposed = f"{start}-{datetime.now():%Y-%m-%d}" if start else "mine"
        stopped = (run.plan.name for run in self._unfinished)
        taken = {n.casefold() for n in (*self._names, *stopped, *self._elsewhere)}
        number, name = 2, proposed
        while name.casefold() in taken:
            name = f"{proposed}-{number}"
            number += 1
        return name

    def _on_begin(self) -> None:
        # A day more than was told is not begun before it was read.
        if not self.length.moved():
            self.begun.emit(self.plan)

    def _on_go_on(self) -> None:
        if self.chosen_run is not None:
            self.continued.emit(self.chosen_run)

    def _on_discard(self) -> None:
        if self.chosen_run is not None:
            self.discarded.emit(self.chosen_run)


def _in_row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for index, widget in enumerate(widgets):
        row.addWidget(widget, 1 if index == 0 else 0)
    holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return holder
