"""The switch of the menu that says whether the reader reads first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.preferences.preferences_desk import PreferencesDesk
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.review import ReadingMode

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

_TO_COME = "Predictions of new radiographs stay hidden until you mark these as read."
_HERE_TOO = (
    "Predictions stay hidden until you mark the radiograph as read: here, and on new"
    " radiographs."
)
_SEEN = (
    "The predictions of this radiograph were seen already and cannot be hidden; those"
    " of new radiographs stay hidden until you mark these as read."
)


class ReadingSwitch(QObject):
    """It holds for radiographs without a review that are opened from now on, and for
    the one in hand until its predictions were seen: what was seen is never said to
    have been read first.
    """

    told = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        preferences: PreferencesDesk,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._preferences = preferences
        self._action: QAction | None = None
        session.study_changed.connect(self._show)
        session.review_changed.connect(self._show)
        preferences.changed.connect(self._show)

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"read_first": self._change}

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self._action = actions["read_first"]
        self._show()

    @property
    def _is_open(self) -> bool:
        return self._session.study is not None

    @property
    def _seen(self) -> bool:
        review = self._session.review
        return review.detection is not None and not review.predictions_hidden

    def _change(self) -> None:
        if self._action is None:
            return
        first = self._action.isChecked()
        mode = ReadingMode.READ_FIRST if first else ReadingMode.CONCURRENT
        if self._is_open and self._seen and first:
            self.told.emit(_SEEN)
        elif self._is_open and not self._seen:
            self._desk.set_mode(mode)
        self._preferences.change(read_first=first)

    def _show(self) -> None:
        if self._action is None:
            return
        first = self._preferences.current.read_first
        if self._is_open and not self._seen:
            first = self._session.review.mode is ReadingMode.READ_FIRST
        self._action.setChecked(first)
        seen = _SEEN if self._seen else _HERE_TOO
        self._action.setToolTip(seen if self._is_open else _TO_COME)
