"""Merges annotation sets: which ones, what contradicts, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.merge_account import counts_in_words
from dentalviewer.curation.merge_writing import WrittenMerge
from dentalviewer.curation.merged import Merge
from dentalviewer.gui.merge_conflicts_page import ConflictsPage
from dentalviewer.gui.merge_sets_page import SetsPage
from dentalviewer.gui.parts import muted

SETS, CONFLICTS, RESULT = range(3)
_STEPS = ("Compare", "Write", "Open the merged set")


class MergeDialog(QDialog):
    """Announces what is asked for; whoever does the work shows how far it is.

    The choices that were made stay while the dialog is closed.
    """

    compare_requested = Signal(tuple)
    write_requested = Signal(object, Path, str)
    open_requested = Signal(Path)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Merge annotation sets")
        self.resize(980, 640)
        self.sets = SetsPage()
        self.sets.changed.connect(self._update)
        self.conflicts = ConflictsPage()
        self.conflicts.decided.connect(self._show_counts)
        self.account = QPlainTextEdit(readOnly=True)
        self.account.setAccessibleName("What came of the merge")
        self._merge: Merge | None = None
        self._compared: tuple[Path, ...] = ()
        self._written: Path | None = None
        self._busy = False
        self._counts = muted()
        self._problems = muted()
        self._stack = QStackedWidget()
        for page in (self.sets, self._build_conflicts(), self.account):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._build_foot())
        self._update()

    @property
    def step(self) -> int:
        return self._stack.currentIndex()

    @property
    def message(self) -> str:
        return self._message.text()

    def show_progress(self, what: str, done: int, total: int) -> None:
        """While this is shown, nothing but cancelling can be asked for."""
        self._busy = True
        self._message.setText(f"{what} …" if total else f"{what}: {done} radiographs")
        self._progress.setRange(0, total)
        self._progress.setValue(done if total else -1)
        self._update()

    def show_message(self, message: str) -> None:
        """The work ended without result; why."""
        self._busy = False
        self._message.setText(message)
        self._update()

    def show_merge(self, merge: Merge) -> None:
        self.show_message("")
        self._merge, self._compared = merge, self.sets.paths
        self.conflicts.show_merge(merge)
        self._show_counts()
        self._problems.setText(_first(merge.failures, "could not be merged"))
        self._problems.setToolTip("\n".join(merge.failures[:50]))
        self._problems.setVisible(bool(merge.failures))
        self._go_to(CONFLICTS)
        self.conflicts.list.setFocus()

    def show_written(self, written: WrittenMerge) -> None:
        self.show_message("")
        self._written = written.path
        lines = [
            f"Wrote {written.findings} findings on {written.radiographs} radiographs to"
            f" {written.path}",
            "merge.md beside it has this account; provenance.jsonl says of each finding"
            " which sets mark it.",
        ]
        for title, found in (
            ("Left out:", written.failures),
            ("Notes:", written.notes),
        ):
            if found:
                lines += ["", title, *found]
        self.account.setPlainText("\n".join(lines))
        self._go_to(RESULT)

    def stop(self) -> None:
        self.conflicts.stop()

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

    def _build_conflicts(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._counts)
        layout.addWidget(self._problems)
        layout.addWidget(self.conflicts, 1)
        return page

    def _build_foot(self) -> QHBoxLayout:
        self._message = QLabel(wordWrap=True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedWidth(160)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(self.cancel_requested)
        self._back = QPushButton("Back")
        self._back.clicked.connect(lambda: self._go_to(SETS))
        self._next = QPushButton()
        self._next.clicked.connect(self._go_on)
        self._close = QPushButton("Close")
        self._close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self._message, 1)
        for widget in (self._progress, self._cancel, self._back, self._next):
            foot.addWidget(widget)
        foot.addWidget(self._close)
        for button in (self._cancel, self._back, self._next, self._close):
            button.setAutoDefault(False)
        return foot

    def _show_counts(self) -> None:
        if self._merge is None:
            return
        count, left = len(self._merge.radiographs), self.conflicts.undecided
        text = (
            f"{count} radiograph{'' if count == 1 else 's'}:"
            f" {counts_in_words(self._merge)}."
        )
        if left:
            undecided = "1 is" if left == 1 else f"{left} are"
            text += f" {undecided} not decided; there, all findings are kept."
        self._counts.setText(text)

    def _go_to(self, step: int) -> None:
        self._stack.setCurrentIndex(step)
        self._message.clear()
        self._update()

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
        for widget in (self._progress, self._cancel):
            widget.setVisible(self._busy)
        self._stack.setEnabled(not self._busy)
        for widget in (self._next, self._close):
            widget.setVisible(not self._busy)
        self._back.setVisible(not self._busy and self.step != SETS)
        known = self.step == SETS and self._is_compared
        self._next.setText("Continue" if known else _STEPS[self.step])
        ready = len(self.sets.paths) > 1 and self.sets.destination is not None
        self._next.setEnabled(ready)

    @property
    def _is_compared(self) -> bool:
        """So that another place or format costs no decisions."""
        return bool(self._compared) and self.sets.paths == self._compared


def _first(texts: Sequence[str], what: str) -> str:
    """Such as "3 could not be merged: the first of them; and 2 more"."""
    if not texts:
        return ""
    more = f"; and {len(texts) - 1} more" if len(texts) > 1 else ""
    return f"{len(texts)} {what}: {texts[0]}{more}"
