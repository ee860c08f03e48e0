"""The switch of the menu that says whether the reader reads first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.preferences.preferences_desk import PreferencesDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.radiograph import Radiograph
from dentalviewer.review import ReadingMode
from dentalviewer.worklist.seen import SeenPredictions

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
    the one in hand, in either case until predictions were seen there: what was seen is
    never said to have been read first.
    """

    told = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        preferences: PreferencesDesk,
        seen: SeenPredictions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._preferences = preferences
        self._action: QAction | None = None
        self._seen_of = seen
        session.study_changed.connect(self._show)
        session.review_changed.connect(self._show)
        preferences.changed.connect(self._show)

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"read_first": self._change}

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self._action = actions["read_first"]
        self._show()

    def mode_of(self, radiograph: Radiograph) -> ReadingMode:
        """In which its review is to begin."""
        seen = radiograph.sha256 in self._seen_of
        first = self._preferences.current.read_first and not seen
        return ReadingMode.READ_FIRST if first else ReadingMode.CONCURRENT

    @property
    def _is_open(self) -> bool:
        return self._session.study is not None

    @property
    def _seen(self) -> bool:
        """Whether a prediction was in sight. Those that are hidden, as after an undo of
        the reveal, may be shown again.
        """
        study, review = self._session.study, self._session.review
        if study is None or review.predictions_hidden:
            return False
        return study.radiograph.sha256 in self._seen_of

    def _change(self) -> None:
        if self._action is None:
            return
        first = self._action.isChecked()
        mode = ReadingMode.READ_FIRST if first else ReadingMode.CONCURRENT
        if self._is_open and self._seen and first:
            self.told.emit(_SEEN)
        elif self._is_open and not self._seen:
            self._session.set_mode(mode)
        self._preferences.change(read_first=first)

    def _remember(self) -> None:
        study, review = self._session.study, self._session.review
        if study is None or review.predictions_hidden:
            return
        # Where the picture has changed since, nothing but the log may tell.
        logged = (each.detector is not None for each in self._session.decisions)
        if review.detection is not None or any(logged):
            self._seen_of.add(study.radiograph.sha256)

    def _show(self) -> None:
        self._remember()
        if self._action is None:
            return
        first = self._preferences.current.read_first
        if self._is_open and not self._seen:
            first = self._session.review.mode is ReadingMode.READ_FIRST
        self._action.setChecked(first)
        seen = _SEEN if self._seen else _HERE_TOO
        self._action.setToolTip(seen if self._is_open else _TO_COME)
