"""Asks anew how long a training is to go on whose time has passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.training_runs import (
    TrainingPlan,
    TrainingRun,
    told_epochs,
    told_time,
)
from dentalviewer.gui.training.length_fields import LengthFields
from dentalviewer.gui.widgets.explaining import explained
from dentalviewer.gui.widgets.parts import muted


class LongerDialog(QDialog):
    """`plan` is that of the run, with the length that was chosen."""

    def __init__(self, run: TrainingRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Go on with {run.plan.name}")
        self._run = run
        self.length = LengthFields("so many &epochs more", self)
        self.no_longer = QRadioButton(
            "&no longer: finish it with what it has learned so far"
        )
        self.length.choices.addButton(self.no_longer)
        self.length.by_clock.setChecked(True)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.button(standard.Ok).setText("&Go on")
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        asked = QLabel(_question(run), wordWrap=True)
        form = QFormLayout()
        self.length.add_rows(form)
        done = muted("It is measured on what is held out, and installed.")
        form.addRow("", explained(self.no_longer, done))
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(asked)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.setMinimumWidth(460)

    @property
    def plan(self) -> TrainingPlan:
        """As filled in."""
        done, until = self._run.epochs_done, self.length.until
        more = self.length.epochs.value() if self.length.by_epochs.isChecked() else 0
        epochs = max(done + more, 1) if until is None else self._run.plan.epochs
        return replace(self._run.plan, epochs=epochs, until=until)

    def _on_accepted(self) -> None:
        if not self.length.moved():
            self.accept()


def _question(run: TrainingRun) -> str:
    until = run.plan.until
    assert until is not None
    return (
        f"{run.plan.name} was to be trained until {told_time(until, datetime.now())},"
        f" which has passed. {told_epochs(run.epochs_done)}. How much longer should"
        " it go on?"
    )
