"""The classes of a project: what they are called, look like, and stand for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dentalviewer.curation.class_journal import Journal, Outcome, spoken
from dentalviewer.curation.classes import ClassPlan, ProjectClasses
from dentalviewer.gui.project.classes_preview import ClassesPreview
from dentalviewer.gui.project.classes_table import ClassesTable
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.work.job_dialog import JobDialog
from dentalviewer.phrases import counted


class ClassesDialog(JobDialog):
    preview_requested = Signal(object)
    apply_requested = Signal()
    undo_requested = Signal(object)
    finish_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Classes of the project", parent)
        self.take_size(760, 620)
        self._done = ""
        self._journal: Journal | None = None
        self._planned = False
        self._folder = muted()
        self.table = ClassesTable()
        self.table.filled_in.connect(self._on_filled_in)
        self.table.itemSelectionChanged.connect(self._update)
        self.preview = ClassesPreview()
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._folder)
        layout.addWidget(
            muted(
                "Type a new name beside a class; two with the same name are merged. Or"
                " choose which of the program's classes a name means, and leave the"
                " files as they are."
            )
        )
        layout.addWidget(self.table, 3)
        layout.addLayout(self._build_editing())
        layout.addWidget(self.preview, 2)
        layout.addLayout(self._build_foot())
        self._update()

    def show_classes(
        self, classes: ProjectClasses, journals: Sequence[Journal]
    ) -> None:
        """Begins anew: nothing is filled in."""
        self._journal = next(iter(journals), None)
        self._planned = False
        self._folder.setText(
            f"{classes.root}: {counted(len(classes.files), 'annotation file')},"
            f" {counted(len(classes.reviews), 'review')}"
        )
        self.table.show_classes(classes)
        self.preview.show_failures(classes.failures)
        # What was just done stays to be read.
        done, self._done = self._done, ""
        if not done and self._journal is not None and self._journal.unfinished:
            when = spoken(self._journal.when)
            done = f"A change of {when} was cut off ({self._journal.what})."
        self.show_message(done)

    def show_plan(self, plan: ClassPlan) -> None:
        self._planned = bool(plan.changes)
        self.preview.show_plan(plan)
        self.show_message("")

    def show_outcome(self, outcome: Outcome) -> None:
        self._done = f"{counted(outcome.written, 'file')} written"
        if outcome.failures:
            self._done += f", {len(outcome.failures)} not: {outcome.failures[0]}"
        self._message.setToolTip("\n".join(outcome.failures[:50]))
        self.show_message(self._done)

    # How it is put together

    def _build_editing(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.merge_button = QPushButton("&Merge the selected")
        self.merge_button.clicked.connect(self.table.merge_selected)
        self.color_button = QPushButton("&Colour…")
        self.color_button.clicked.connect(self.table.choose_color)
        self.reset_button = QPushButton("&Reset")
        self.reset_button.setToolTip("Clear the changes that are not applied yet")
        self.reset_button.clicked.connect(self.table.reset)
        for button in (self.merge_button, self.color_button, self.reset_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _build_foot(self) -> QVBoxLayout:
        self.undo_button = QPushButton()
        self.undo_button.clicked.connect(
            lambda: self.undo_requested.emit(self._journal)
        )
        self.finish_button = QPushButton("&Do the rest")
        self.finish_button.clicked.connect(
            lambda: self.finish_requested.emit(self._journal)
        )
        self.preview_button = QPushButton("&Preview")
        self.preview_button.clicked.connect(
            lambda: self.preview_requested.emit(self.table.wanted)
        )
        self.apply_button = QPushButton("&Apply")
        self.apply_button.clicked.connect(self.apply_requested)
        return self.build_foot(
            [self.undo_button, self.finish_button],
            [self.preview_button, self.apply_button],
        )

    def _on_filled_in(self) -> None:
        """What was previewed is no longer what is filled in."""
        self._planned = False
        self.preview.clear()
        self.show_message("")

    def _update(self) -> None:
        super()._update()
        free, chosen = not self._busy, len(self.table.selected)
        cut_off = self._journal is not None and self._journal.unfinished
        filled = self.table.is_filled
        self.table.setEnabled(free and not cut_off)
        self.merge_button.setEnabled(free and chosen > 1)
        self.color_button.setEnabled(free and chosen == 1)
        self.reset_button.setEnabled(free and filled)
        self.preview_button.setEnabled(free and filled and not cut_off)
        self.apply_button.setEnabled(free and self._planned)
        # Enter does what comes next.
        self.preview_button.setDefault(not self._planned)
        self.apply_button.setDefault(self._planned)
        self._offer_undo(free=free, cut_off=cut_off)

    def _offer_undo(self, *, free: bool, cut_off: bool) -> None:
        journal = self._journal
        self.undo_button.setVisible(journal is not None)
        self.undo_button.setEnabled(free)
        self.finish_button.setVisible(cut_off)
        self.finish_button.setEnabled(free)
        if journal is not None:
            self.undo_button.setText(
                "&Take it back" if cut_off else "&Undo the last change"
            )
            self.undo_button.setToolTip(f"{spoken(journal.when)}: {journal.what}")
