"""Merges annotation sets: which ones, what contradicts, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.merge_account import counts_in_words
from dentalviewer.curation.merge_decisions import BegunMerge
from dentalviewer.curation.merge_writing import WrittenMerge
from dentalviewer.curation.merged import Choices, Merge
from dentalviewer.gui.project.merge_conflicts_page import ConflictsPage
from dentalviewer.gui.project.merge_offer import MergeOffer
from dentalviewer.gui.project.merge_sets_page import SetsPage
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.gui.work.job_dialog import JobDialog

SETS, CONFLICTS, RESULT = range(3)
_STEPS = ("Compare", "Write", "Open the merged set")


class MergeDialog(JobDialog):
    """The choices that were made stay while the dialog is closed.

    `decided` tells that there is something else to keep; `forget_requested` gives what
    was begun and is not wanted any more.
    """

    compare_requested = Signal(tuple)
    decided = Signal()
    forget_requested = Signal(object)
    write_requested = Signal(object, Path, str)
    open_requested = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Merge annotation sets", parent)
        self.take_size(980, 640)
        self.sets = SetsPage()
        self.sets.changed.connect(self._update)
        self.offer = MergeOffer()
        self.offer.accepted.connect(self._on_offer_accepted)
        self.offer.declined.connect(self.forget_requested)
        self.conflicts = ConflictsPage()
        self.conflicts.decided.connect(self._show_counts)
        self.conflicts.decided.connect(self.decided)
        self.account = QPlainTextEdit(readOnly=True)
        self.account.setAccessibleName("Result of the merge")
        self._counted = ""
        self._compared: tuple[tuple[Path, ...], int] = ((), 1)
        self._written: Path | None = None
        self._counts = muted()
        self._problems = muted()
        self._keeping = muted()
        self._stack = QStackedWidget()
        for page in (self.sets, self._build_conflicts(), self.account):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.offer)
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._build_foot())
        self._update()

    @property
    def step(self) -> int:
        return self._stack.currentIndex()

    @property
    def keeping(self) -> str:
        """Why decisions would be lost with the program; "" if they would not."""
        return self._keeping.text()

    def begin_anew(self) -> None:
        """Choose sets for another merge; what was written has been told."""
        self._compared = ((), 1)
        self.sets.show_sets((), "", self.sets.format_name)
        self._go_to(SETS)

    def show_begun(self, begun: Sequence[BegunMerge]) -> None:
        """Offer to go on with what was begun, the first of them first."""
        self.offer.show_begun(begun)
        self._update()

    def show_merge(self, merge: Merge, choices: Choices, message: str) -> None:
        """`choices` are those that were made before; `message` is about them."""
        self._compared = (self.sets.paths, self.sets.at_least)
        count = len(merge.radiographs)
        radiographs = "1 radiograph" if count == 1 else f"{count:,} radiographs"
        self._counted = f"{radiographs}: {counts_in_words(merge)}."
        self.conflicts.show_merge(merge, choices)
        self._show_counts()
        self._problems.setText(_first(merge.failures, "could not be merged"))
        self._problems.setToolTip("\n".join(merge.failures[:50]))
        self._problems.setVisible(bool(merge.failures))
        self.show_keeping("")
        self._go_to(CONFLICTS)
        self.show_message(message)
        self.conflicts.list.setFocus()

    def show_keeping(self, fault: str) -> None:
        self._keeping.setText(fault)
        self._keeping.setVisible(bool(fault))

    def show_written(self, written: WrittenMerge) -> None:
        self.show_message("")
        self._written = written.path
        lines = [
            f"Wrote {written.findings} findings on {written.radiographs} radiographs to"
            f" {written.path}",
            self._counted,
            "merge.md beside it holds this summary; provenance.jsonl lists which sets"
            " mark each finding.",
        ]
        for title, found in (
            ("Left out:", written.failures),
            ("Notes:", written.notes),
        ):
            if found:
                lines += ["", title, *found]
        self.account.setPlainText("\n".join(lines))
        self._go_to(RESULT)
        self.written.show_folder(written.path.parent)

    def stop(self) -> None:
        self.conflicts.stop()

    # How it is put together

    def _build_conflicts(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._counts)
        layout.addWidget(self._problems)
        layout.addWidget(self._keeping)
        layout.addWidget(self.conflicts, 1)
        return page

    def _build_foot(self) -> QVBoxLayout:
        self._back = QPushButton("Back")
        self._back.clicked.connect(lambda: self._go_to(SETS))
        self._next = QPushButton()
        self._next.clicked.connect(self._go_on)
        return self.build_foot([], [self._back, self._next])

    def _show_counts(self) -> None:
        left, text = self.conflicts.undecided, self._counted
        if left:
            undecided = "1 is" if left == 1 else f"{left:,} are"
            text += f" {undecided} not decided; there, all findings are kept."
        self._counts.setText(text)
        self._update()

    def _on_offer_accepted(self, begun: BegunMerge) -> None:
        self.sets.show_sets(
            begun.sets, begun.destination, begun.format_name, begun.at_least
        )
        self.compare_requested.emit(self.sets.paths)

    def _go_to(self, step: int) -> None:
        self._stack.setCurrentIndex(step)
        self.show_message("")

    def _go_on(self) -> None:
        if self.step == SETS and self._is_compared:
            self._go_to(CONFLICTS)
        elif self.step == SETS:
            self.compare_requested.emit(self.sets.paths)
        elif self.step == CONFLICTS:
            destination = self.sets.destination
            assert destination is not None
            self.write_requested.emit(
                self.conflicts.choices, destination, self.sets.format_name
            )
        elif self._written is not None:
            self.open_requested.emit(self._written)
            self.accept()

    def _update(self) -> None:
        super()._update()
        self._stack.setEnabled(not self._busy)
        self.offer.setEnabled(not self._busy)
        choosing = self.step == SETS and not self._is_compared
        self.offer.setVisible(self.offer.is_made and choosing)
        self._next.setVisible(not self._busy)
        self._back.setVisible(not self._busy and self.step != SETS)
        known = self.step == SETS and self._is_compared
        # While conflicts are decided by keys, Enter must not write.
        deciding = self.step == CONFLICTS and self.conflicts.undecided > 0
        self._next.setDefault(not deciding)
        self._next.setText("Continue" if known else _STEPS[self.step])
        ready = len(self.sets.paths) > 1 and self.sets.destination is not None
        self._next.setEnabled(ready)

    @property
    def _is_compared(self) -> bool:
        """So that another place or format costs no decisions."""
        paths, at_least = self._compared
        same = self.sets.paths == paths and self.sets.at_least == at_least
        return bool(paths) and same


def _first(texts: Sequence[str], what: str) -> str:
    """Such as "3 could not be merged: the first of them; and 2 more"."""
    if not texts:
        return ""
    more = f"; and {len(texts) - 1} more" if len(texts) > 1 else ""
    return f"{len(texts)} {what}: {texts[0]}{more}"
