"""Asks how a set is split, unless it is already, and tells what that leaves."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout

from dentalviewer.curation.set_facts import SetFacts, facts_of_set
from dentalviewer.curation.splitting import Side, too_few_to_compare
from dentalviewer.curation.training_runs import SplitPlan
from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.widgets.explaining import breakable, explained, label_of
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.widgets.patients_field import PatientsField
from dentalviewer.gui.work.background import Background

LEAVES_NONE = "The set leaves no radiograph to judge a detector by: more are needed."
THREE_WAY = "Keep half of &what is held out for comparing"


class SplitFields(QObject):
    """Two rows of a form. The set is looked at on a thread of its own.

    `changed` follows what is typed or ticked, and what is found out. `to_compare`, none
    need be there to choose by.
    """

    changed = Signal()

    def __init__(
        self, parent: QObject | None = None, *, to_compare: bool = False
    ) -> None:
        super().__init__(parent)
        self._to_compare = to_compare
        self._facts = SetFacts()
        self._path: Path | None = None
        self._missing = False
        self._said = ""
        self.patients = PatientsField()
        self.three_way = QCheckBox(THREE_WAY)
        self._told = muted()
        self._look = Background("set", self, failed=self._on_failed)
        self._look.answered.connect(self._on_found)
        self.patients.changed.connect(self.changed)
        self.three_way.toggled.connect(self._on_toggled)

    @property
    def plan(self) -> SplitPlan:
        """As filled in; nothing where the set is split already."""
        if self._facts.is_split:
            return SplitPlan()
        return SplitPlan(self.patients.text, self.three_way.isChecked())

    @property
    def fault(self) -> str:
        """Why nothing can be begun with the set, as far as it has been looked at."""
        if self._missing:
            return f"There is nothing at {self._path}."
        if self._facts.leaves_none(to_compare=self._to_compare):
            return LEAVES_NONE
        return "" if self._facts.is_split else self.patients.fault

    @property
    def told(self) -> str:
        return self._said

    @property
    def facts(self) -> SetFacts:
        return self._facts

    @property
    def busy(self) -> bool:
        return self._look.busy

    def add_rows(self, form: QFormLayout) -> None:
        form.addRow(label_of(self.patients.edit, "&Patients"), self.patients)
        form.addRow("Split", explained(self.three_way, self._told))
        self._form = form
        self._show(SetFacts())

    def show_plan(self, plan: SplitPlan) -> None:
        self.patients.edit.setText(plan.patients)
        self.three_way.setChecked(plan.three_way)

    def show_set(self, path: Path | None, *, anew: bool = False) -> None:
        """Look at another set, or `anew` at the same, which may have changed.

        Nothing is told until it has been looked at.
        """
        if path == self._path and not anew:
            return
        self._path = path
        self._look.supersede()
        self._show(SetFacts())
        if path is not None:
            # What a drive that does not answer holds up is not the window.
            self._look.request(
                lambda: facts_of_set(path) if os.path.exists(path) else None
            )

    def stop(self) -> None:
        self._look.stop()

    def _on_found(self, facts: SetFacts | None) -> None:
        self._show(facts or SetFacts(), missing=facts is None)

    def _on_failed(self, error: Exception) -> None:
        self._show(SetFacts())
        # What is no set at all is said in full by what is begun with it.
        if isinstance(error, DentalViewerError):
            self._say(str(error))

    def _on_toggled(self) -> None:
        self._tell()
        self.changed.emit()

    def _show(self, facts: SetFacts, *, missing: bool = False) -> None:
        self._facts, self._missing = facts, missing
        self._form.setRowVisible(self.patients, not facts.is_split)
        self.three_way.setVisible(not facts.is_split)
        self.patients.show_radiographs(facts.radiographs)
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        three_way = self.three_way.isChecked()
        told = told_of_set(
            self._facts, three_way=three_way, to_compare=self._to_compare
        )
        self._say(told)

    def _say(self, words: str) -> None:
        self._said = words
        self._told.setText(breakable(words))
        self._told.setVisible(bool(words))


def told_of_set(facts: SetFacts, *, three_way: bool, to_compare: bool = False) -> str:
    """How a set is or would be split, and whether that is enough to compare by."""
    kept = facts.kept(three_way=three_way)
    few = too_few_to_compare(kept)
    enough = f": {few}." if few else "."
    if facts.leaves_none(to_compare=to_compare):
        return LEAVES_NONE
    if facts.is_split:
        told = (
            f"The set is split: {facts.sides.get(Side.LEARN, 0):,} to learn from,"
            f" {facts.sides.get(Side.CHOOSE, 0):,} to choose the best epoch and"
            " thresholds by"
        )
        if Side.COMPARE not in facts.sides:
            return f"{told}, none kept for comparing."
        return f"{told}, {kept:,} kept for comparing{enough}"
    if not facts.radiographs:
        return ""
    held = facts.held_out()
    are = "1 is" if held == 1 else f"{held:,} are"
    told = f"Of {len(facts.radiographs):,} radiographs about {are} held out"
    if not three_way:
        return f"{told}, to choose the best epoch and thresholds by."
    return (
        f"{told}, {held - kept:,} to choose the best epoch and thresholds by and"
        f" {kept:,} for comparing{enough}"
    )
