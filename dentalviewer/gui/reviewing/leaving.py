"""Leaves the review in hand, so that nothing unsaved is left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.reviewing.autosave import Autosave
from dentalviewer.gui.reviewing.conflicts import ConflictQuestions, Conflicts
from dentalviewer.gui.reviewing.session import ReviewSession


class LeavingQuestions(ConflictQuestions, Protocol):
    def may_leave_unsaved(self, fault: str) -> bool:
        """Whether to give up a review that could not be saved, for `fault`."""
        ...


class Leaving(QObject):
    """What is wished last is what is done; `stayed` tells that the reader stays."""

    stayed = Signal()

    def __init__(
        self,
        session: ReviewSession,
        autosave: Autosave,
        conflicts: Conflicts,
        questions: LeavingQuestions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._autosave = autosave
        self._conflicts = conflicts
        self._questions = questions
        self._wish: Callable[[], object] | None = None
        self._given_up = False
        autosave.settled.connect(self._on_settled)
        session.edited.connect(self._on_edited)

    @property
    def under_way(self) -> bool:
        """Whether a wish waits for the review to be saved."""
        return self._wish is not None

    @property
    def needed(self) -> bool:
        """Whether something is unsaved that the reader has not given up."""
        return self._autosave.unsaved and not self._given_up

    def then(self, wish: Callable[[], object]) -> None:
        """Do this once the review is saved, or the reader gives it up."""
        self._wish = wish
        self._autosave.settle()

    def stay(self) -> None:
        """Nothing that was wished is done; nobody is asked about it either."""
        if self._wish is not None:
            self._wish = None
            self.stayed.emit()

    def _on_settled(self, fault: str) -> None:
        wish, self._wish = self._wish, None
        if wish is None:
            return
        if fault and not self._may_leave(fault):
            self.stayed.emit()
            return
        self._given_up = bool(fault)
        wish()

    def _on_edited(self) -> None:
        self._given_up = False

    def _may_leave(self, fault: str) -> bool:
        if self._autosave.in_conflict:
            return self._conflicts.resolve()
        return self._questions.may_leave_unsaved(fault)
