"""How the window closes: questions, the last decisions saved, every part stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dentalviewer.gui.opening.opening_desk import OpeningDesk, Questions
from dentalviewer.gui.reviewing.autosave import Autosave


class Asks(Protocol):
    """A part with work that would be lost, which the reader may want to wait for."""

    def may_close(self) -> bool: ...


class Stops(Protocol):
    def stop(self) -> None: ...


class Closing:
    def __init__(
        self,
        autosave: Autosave,
        opening: OpeningDesk,
        questions: Questions,
        asking: Sequence[Asks],
        parts: Sequence[Stops],
    ) -> None:
        """`asking` and `parts` are asked and stopped in their order."""
        self._autosave = autosave
        self._opening = opening
        self._questions = questions
        self._asking = asking
        self._parts = parts

    def may_close(self) -> bool:
        """Whether all is saved, or may be lost; the reader is asked where it is not."""
        if not all(part.may_close() for part in self._asking):
            return False
        # After every other question, during which something may come in.
        fault = self._save()
        return not fault or self._questions.may_leave_unsaved(fault)

    def end(self) -> str | None:
        """As closing it does, but nothing is asked. Returns why the newest decisions
        are not saved, if they are not.
        """
        fault = self._save()
        self.stop()
        return fault

    def stop(self) -> None:
        for part in self._parts:
            part.stop()

    def _save(self) -> str | None:
        self._opening.stay()
        return self._autosave.flush()
