"""What the report says of each tooth, for the reader to word otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from textwrap import shorten

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QPushButton, QTableWidget, QTableWidgetItem

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.widgets.parts import without_mnemonic
from dentalviewer.reports.tooth_states import own_words, renumbered

_SHOWN_OF_WORDS = 26
# Between teeth and sentences, in pixels.
_AIR = 12
# A blank as wide as a digit, so that 5 stands below the 2 of 12.
_DIGIT_WIDE = "\u2007"
_STRETCH = QHeaderView.ResizeMode.Stretch
_TO_CONTENTS = QHeaderView.ResizeMode.ResizeToContents


@dataclass(frozen=True, slots=True)
class ToothLine:
    """What is worked out of a tooth, by how teeth are written, and what the reader
    says instead; empty if nothing.

    `before` is how the reader worded it before a finding changed; empty if they did
    not, or if that still holds. The numbers in their words are of the system
    `words_in`, if that is known.
    """

    tooth: Tooth
    worked_out: Mapping[Notation, str]
    words: str = ""
    before: str = ""
    words_in: Notation | None = None


class ToothSentences(QTableWidget):
    """A line for each tooth, the sentence as the report will have it.

    `outdated` tells whether there are words that hold no longer.
    """

    def __init__(self, teeth: Sequence[ToothLine], notation: Notation) -> None:
        outdated = any(line.before for line in teeth)
        super().__init__(len(teeth), 3 if outdated else 2)
        self.outdated = outdated
        self._teeth = tuple(teeth)
        self._notation = notation
        self.setAccessibleName("What the report says of each tooth")
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        # A long sentence takes as many lines as it needs.
        self.verticalHeader().setSectionResizeMode(_TO_CONTENTS)
        self.setShowGrid(False)
        self.horizontalHeader().setStretchLastSection(True)
        self.setTabKeyNavigation(False)
        for row, line in enumerate(self._teeth):
            self._add(row, line)
        if self.outdated:
            self.horizontalHeader().setStretchLastSection(False)
            self.horizontalHeader().setSectionResizeMode(1, _STRETCH)
            self.horizontalHeader().setSectionResizeMode(2, _TO_CONTENTS)
        self.show_in(notation)
        # Where Tab leads, F2 rewords.
        self.setCurrentCell(0, 1)

    @property
    def said(self) -> tuple[tuple[Tooth, str], ...]:
        """What the reader worded otherwise than it was worked out."""
        return tuple(
            (line.tooth, self._plain(line, words))
            for row, line in enumerate(self._teeth)
            if (words := self._words_at(row))
            and words != line.worked_out[self._notation]
        )

    def show_in(self, notation: Notation) -> None:
        """What was worked out is said in it; what the reader worded stays."""
        before, self._notation = self._notation, notation
        for row, line in enumerate(self._teeth):
            number = notation.number_of(line.tooth).rjust(2, _DIGIT_WIDE)
            self._cell(row, 0).setText(number)
            self._cell(row, 0).setToolTip(line.tooth.words)
            worked_out, words = line.worked_out[notation], self._words_at(row)
            if words in ("", line.worked_out[before]):
                self._cell(row, 1).setText(worked_out)
            elif words == self._own(line, before):
                self._cell(row, 1).setText(self._own(line, notation))
            else:
                typed = renumbered(words, line.tooth, before, notation)
                self._cell(row, 1).setText(typed)
            self._cell(row, 1).setToolTip(
                f"The program's sentence: {worked_out} Double-click or F2 to reword."
            )
        self.setColumnWidth(0, self.sizeHintForColumn(0) + _AIR)

    def _add(self, row: int, line: ToothLine) -> None:
        name = QTableWidgetItem()
        name.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.setItem(row, 0, name)
        words = self._own(line, self._notation) if line.words else ""
        self.setItem(row, 1, QTableWidgetItem(words))
        if line.before:
            button = _take_up(line.before)
            button.clicked.connect(partial(self._use_again, row))
            self.setCellWidget(row, 2, button)

    def _use_again(self, row: int) -> None:
        words = self._own(self._teeth[row], self._notation)
        self._cell(row, 1).setText(words)

    def _own(self, line: ToothLine, notation: Notation) -> str:
        """The reader's words as a report in that system has them."""
        words = " ".join((line.words or line.before).split())
        return own_words(words, line.tooth, line.words_in, notation)

    def _plain(self, line: ToothLine, words: str) -> str:
        """Without what the report adds to the reader's words, if they are unchanged."""
        unchanged = words == self._own(line, self._notation)
        return (line.words or line.before) if unchanged else words

    def _words_at(self, row: int) -> str:
        return " ".join(self._cell(row, 1).text().split())

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        cell = self.item(row, column)
        assert cell is not None
        return cell


def _take_up(before: str) -> QPushButton:
    """A button that words a sentence as it was before a finding changed."""
    shown = shorten(before, _SHOWN_OF_WORDS, placeholder="…")
    button = QPushButton(without_mnemonic(f"Use “{shown}”"))
    button.setToolTip(f"Your words before something changed: {escape(before)}")
    button.setAccessibleName(f"Use again: {before}")
    return button
