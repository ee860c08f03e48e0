"""Calls the radiograph in hand done, unless something speaks against it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.reviewing.selection import Selection
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.reviewing.working_order import rows_of
from dentalviewer.tooth_assignment import doubt_of

_UNANSWERED = (
    "The detector has not answered yet. Choose Done once more to finish without it."
)
_UNREVEALED = (
    "The detector's findings are still hidden. Mark the radiograph as read first, and"
    " decide about them."
)
_DOUBTED = (
    "Nothing is marked, and it is still open whether this is a panoramic radiograph."
    " Answer that before Done; otherwise it would be exported as a healthy one."
)
_NOT_PANORAMIC = (
    "You said that this is not a panoramic radiograph. It stays in review, so it is"
    " neither exported nor used for training."
)


class Finishing(QObject):
    """`objected` says what keeps the radiograph from being done, and `withdrawn` that
    this is not so any more; `finished` follows once it is done.
    """

    objected = Signal(str)
    withdrawn = Signal(str)
    finished = Signal()

    def __init__(
        self,
        session: ReviewSession,
        selection: Selection,
        detection: DetectionDesk,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._selection = selection
        self._detection = detection
        self._objection = ""
        session.review_changed.connect(self._withdraw)
        detection.awaited_changed.connect(self._on_awaited_changed)

    def finish(self) -> None:
        """What is in hand is done, also if nothing was found; where the detector has
        not answered, only if the reader says so twice.
        """
        if self._session.study is None:
            return
        review = self._session.review
        left = len({row.place for row in rows_of(review) if not row.decided})
        if left:
            places = "1 place is" if left == 1 else f"{left} places are"
            self._object(f"{places} still to be decided.")
            self._selection.go_to_undecided()
        elif review.undecided:
            self._object(_UNREVEALED)
        elif review.panoramic is False:
            self._object(_NOT_PANORAMIC)
        elif not review.items and doubt_of(review):
            self._object(_DOUBTED)
        elif self._detection.awaited and self._objection != _UNANSWERED:
            self._object(_UNANSWERED)
        else:
            self._withdraw()
            # Where there was nothing to decide, this is what makes it a saved review.
            self._session.finish()
            self.finished.emit()

    def _object(self, objection: str) -> None:
        self._withdraw()
        self._objection = objection
        self.objected.emit(objection)

    def _withdraw(self) -> None:
        objection, self._objection = self._objection, ""
        if objection:
            self.withdrawn.emit(objection)

    def _on_awaited_changed(self, awaited: bool) -> None:
        if not awaited and self._objection == _UNANSWERED:
            self._withdraw()
