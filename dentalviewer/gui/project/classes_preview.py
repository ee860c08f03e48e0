"""Which files of a project would change, and which could not be read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from dentalviewer.curation.class_journal import seen_from
from dentalviewer.curation.classes import ClassPlan
from dentalviewer.curation.classes_command import what_of
from dentalviewer.gui.widgets.parts import HintedList, heading
from dentalviewer.phrases import counted

MAX_LINES = 2000


class ClassesPreview(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = heading()
        self._summary.hide()
        self.list = HintedList(
            "The files that would change are shown here before anything is written"
        )
        self.list.setAccessibleName("Files that would change")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._summary)
        layout.addWidget(self.list, 1)

    @property
    def summary(self) -> str:
        return self._summary.text()

    def clear(self) -> None:
        self._say("")
        self.list.clear()

    def show_plan(self, plan: ClassPlan) -> None:
        count = len(plan.changes)
        self._say(
            f"{counted(plan.findings, 'finding')} in {counted(count, 'file')} would"
            " change"
            if count
            else "Nothing would change"
        )
        self.list.clear()
        self.list.addItems(list(plan.request.notes))
        for change in plan.changes[:MAX_LINES]:
            place = seen_from(plan.classes.root, change.path)
            self.list.addItem(f"{place}: {what_of(change)}")
        if count > MAX_LINES:
            self.list.addItem(f"and {count - MAX_LINES:,} more files")
        for failure in plan.failures:
            self.list.addItem(f"cannot be changed: {failure}")

    def show_failures(self, failures: Sequence[str]) -> None:
        """Of reading the project."""
        self.clear()
        if failures:
            self._say(f"{counted(len(failures), 'file')} could not be read")
            self.list.addItems(list(failures[:MAX_LINES]))

    def _say(self, summary: str) -> None:
        self._summary.setText(summary)
        self._summary.setVisible(bool(summary))
