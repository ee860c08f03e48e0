"""Boxes that are hidden or locked, one by one, while their radiograph is open."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.reviewing.selection import Selection
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.review import ReviewItem


class BoxStates(QObject):
    """How a box is shown and held is no decision: it is neither saved nor undone.

    A hidden box comes into sight while it is selected, so that no work is lost from
    sight. No pointer and no arrow key moves a locked box; all else is done to it.
    """

    changed = Signal()

    def __init__(
        self,
        session: ReviewSession,
        selection: Selection,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._selection = selection
        self._hidden: frozenset[int] = frozenset()
        self._locked: frozenset[int] = frozenset()
        session.study_changed.connect(self._on_study_changed)

    @property
    def hidden(self) -> frozenset[int]:
        return self._hidden

    @property
    def locked(self) -> frozenset[int]:
        return self._locked

    @property
    def movable(self) -> tuple[ReviewItem, ...]:
        """What is selected and not locked."""
        return tuple(i for i in self._selection.items if i.id not in self._locked)

    def hide_selected(self) -> None:
        self._hidden |= set(self._selection.ids)
        self._selection.choose()
        self.changed.emit()

    def show_all(self) -> None:
        self._hidden = frozenset()
        self.changed.emit()

    def toggle_lock(self) -> None:
        """Lock what is selected, or unlock it if all of it is locked."""
        chosen = frozenset(self._selection.ids)
        if chosen <= self._locked:
            self._locked -= chosen
        else:
            self._locked |= chosen
        self.changed.emit()

    def _on_study_changed(self) -> None:
        self._hidden = self._locked = frozenset()
        self.changed.emit()
