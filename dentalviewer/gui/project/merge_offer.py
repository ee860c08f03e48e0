"""Offers to go on with a merge whose conflicts are decided in part."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from dentalviewer.curation.merge import set_names
from dentalviewer.curation.merge_decisions import BegunMerge


class MergeOffer(QFrame):
    """`declined` gives one that is to be forgotten; then the next is offered."""

    accepted = Signal(object)
    declined = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("newsBar")
        self.hide()
        self._begun: list[BegunMerge] = []
        self._words = QLabel(wordWrap=True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setMinimumWidth(1)
        self.go_on = QPushButton("Go on")
        self.go_on.clicked.connect(lambda: self.accepted.emit(self._begun[0]))
        self.forget = QPushButton("Forget it")
        self.forget.setToolTip("Its decisions are lost; the sets stay as they are")
        self.forget.clicked.connect(self._on_declined)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.addWidget(self._words, 1)
        for button in (self.go_on, self.forget):
            button.setAutoDefault(False)
            layout.addWidget(button)

    @property
    def is_made(self) -> bool:
        return bool(self._begun)

    @property
    def words(self) -> str:
        return self._words.text()

    def show_begun(self, begun: Sequence[BegunMerge]) -> None:
        """The first of them is offered; nothing if there is none."""
        self._begun = list(begun)
        self._words.setText(_in_words(begun[0]) if begun else "")
        self.setVisible(bool(begun))

    def _on_declined(self) -> None:
        declined, *others = self._begun
        self.declined.emit(declined)
        self.show_begun(others)


def _in_words(begun: BegunMerge) -> str:
    """Such as "A merge of a and b is not finished: 3 of 7 conflicts decided"."""
    *others, last = set_names(begun.sets)
    names = f"{', '.join(others)} and {last}" if others else last
    least = begun.at_least
    votes = f", keeping what at least {least} mark," if least > 1 else ""
    decided = len(begun.kept)
    conflicts = f"{begun.conflicts:,} conflicts"
    if begun.conflicts == 1:
        conflicts = "1 conflict"
    when = f"{begun.when.astimezone():%d %B %Y, %H:%M}"
    return (
        f"A merge of {names}{votes} is not finished: {decided:,} of {conflicts}"
        f" decided, the last on {when}."
    )
