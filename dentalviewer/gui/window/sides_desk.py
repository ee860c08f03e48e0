"""Asks the reader where the patient's right is, if a radiograph may be mirrored, and
whether it is a panoramic one, if it does not look so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.gui.work.timers import single_shot
from dentalviewer.mirroring import said_by_annotations, said_by_letters
from dentalviewer.review import Review, Sides
from dentalviewer.tooth_assignment import (
    caution_about,
    doubt_of,
    sides_in_sight,
    unanswered,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QAction

    from dentalviewer.side_letters import SideLetter
    from dentalviewer.study import Finding

_STATED = (Sides.USUAL, Sides.MIRRORED)
# The actions that answer, and what their buttons say.
_IS_IT_MIRRORED = {"sides_mirrored": "Mirrored", "sides_usual": "Not mirrored"}
_IS_IT_PANORAMIC = {
    "panoramic": "Panoramic",
    "not_panoramic": "Not panoramic",
    "turned_copy": "Upside down…",
}
_ASSUMED = "Assumed, as usual: nobody has stated it, and no letter says otherwise"
# First the radiograph is painted, which what computes beside it would slow down.
_WAIT_MS = 250


class SidesDesk(QObject):
    """Until the reader has said, nothing gets a tooth number that nobody stated.

    `looked` follows once the letters have been read, or could not be; `asked` is a
    question, with the actions that answer it by what they are called there.
    """

    looked = Signal()
    asked = Signal(str, object)
    reported = Signal(str)
    settled = Signal(str)

    def __init__(
        self, session: ReviewSession, canvas: Canvas, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._canvas = canvas
        self._actions: Mapping[str, QAction] = {}
        self._judged: tuple[Finding, ...] = ()
        self._reason = ""
        self._asked: tuple[str, ...] = ()
        self._looked = False
        # Of radiographs that were open before, by their sha256.
        self._letters: dict[str, tuple[SideLetter, ...]] = {}
        self._reader = Background(
            "letters beside the jaws",
            self,
            failed=self._on_failed,
        )
        self._reader.answered.connect(self._on_letters_read)
        self._rest = single_shot(self, _WAIT_MS, self._read_letters)
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)

    @property
    def questions(self) -> tuple[str, ...]:
        """What is asked of the reader; none if there is no doubt."""
        doubt = doubt_of(self._session.review)
        return tuple(filter(None, (doubt, self._of_mirroring)))

    @property
    def _of_mirroring(self) -> str:
        if self._session.review.sides is not Sides.DOUBTFUL:
            return ""
        # A saved review holds the doubt; what raised it may be found again, or not.
        if not self._reason and not self._looked:
            return ""
        reason = f": {self._reason}" if self._reason else ""
        return (
            f"This radiograph may be mirrored{reason}. Findings get no tooth numbers"
            " until you say whether it is."
        )

    @property
    def busy(self) -> bool:
        return self._rest.isActive() or self._reader.busy

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "sides_usual": lambda: self.state(Sides.USUAL),
            "sides_mirrored": lambda: self.state(Sides.MIRRORED),
            "panoramic": lambda: self.state_picture(panoramic=True),
            "not_panoramic": lambda: self.state_picture(panoramic=False),
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self._actions = actions
        self._show()

    def state(self, sides: Sides) -> None:
        """The reader says on which side of the picture the patient's right is."""
        stated = self._session.review.with_sides(sides)
        # What nobody doubts need not be stated, and what is not edited not saved.
        undoubted = sides is Sides.USUAL and self._in_sight is Sides.ASSUMED
        if not undoubted or self._answers_a_file(stated):
            self._session.edit("Patient's right", stated)
        self._show()

    def state_picture(self, *, panoramic: bool) -> None:
        """The reader says whether it is a panoramic radiograph at all."""
        review = self._session.review
        stated = review.with_panoramic(panoramic)
        # As of the sides.
        undoubted = panoramic and not caution_about(review)
        if not undoubted or self._answers_a_file(stated):
            self._session.edit("Panoramic", stated)
        self._show()

    def _answers_a_file(self, stated: Review) -> bool:
        study = self._session.study
        asked = study.cautions if study is not None else ()
        return unanswered(asked, stated) != unanswered(asked, self._session.review)

    @property
    def _in_sight(self) -> Sides:
        review = self._session.review
        return sides_in_sight(review.sides, caution_about(review))

    def look_now(self) -> None:
        """Read the letters at once: something waits for `looked`."""
        if self._looked:
            self.looked.emit()
        elif self._rest.isActive():
            self._rest.stop()
            self._read_letters()

    def stop(self) -> None:
        self._rest.stop()
        self._reader.stop()

    def _on_study_changed(self) -> None:
        # The window has dismissed what was asked of the one before.
        self._judged, self._reason, self._asked = (), "", ()
        self._looked = False
        self._reader.supersede()
        self._rest.start()

    def _read_letters(self) -> None:
        study = self._session.study
        if study is not None and self._session.review.sides not in _STATED:
            radiograph = study.radiograph
            known = self._letters.get(radiograph.sha256)
            self._reader.request(
                lambda: (
                    radiograph.sha256,
                    _letters_on(radiograph.pixels) if known is None else known,
                )
            )
        else:
            self._on_looked()

    def _on_letters_read(self, read: tuple[str, tuple[SideLetter, ...]]) -> None:
        sha256, letters = read
        self._letters[sha256] = letters
        self._judge(said_by_letters(letters))
        self._on_looked()

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(in_words(error))
        self._on_looked()

    def _on_looked(self) -> None:
        self._looked = True
        self._show()
        self.looked.emit()

    def _on_review_changed(self) -> None:
        study = self._session.study
        if study is not None and study.annotated != self._judged:
            self._judged = study.annotated
            width = study.radiograph.size.width
            self._judge(said_by_annotations(study.annotated, width))
        self._show()

    def _judge(self, reason: str) -> None:
        if reason and not self._reason:
            self._reason = reason
            self._session.doubt_sides()
            self._show()

    def _show(self) -> None:
        sides, review = self._in_sight, self._session.review
        is_open = self._session.study is not None
        for name, holds in (
            ("sides_usual", sides in (Sides.USUAL, Sides.ASSUMED)),
            ("sides_mirrored", sides is Sides.MIRRORED),
            ("panoramic", not caution_about(review)),
            ("not_panoramic", review.panoramic is False),
        ):
            if name in self._actions:
                self._actions[name].setChecked(is_open and holds)
                self._actions[name].setEnabled(is_open)
        if "sides_usual" in self._actions:
            assumed = is_open and sides is Sides.ASSUMED
            self._actions["sides_usual"].setToolTip(_ASSUMED if assumed else "")
        self._canvas.show_sides(sides)
        # What is asked already is not asked again: the reader may have dismissed it.
        asked, self._asked = self._asked, self.questions
        for each in asked:
            if each not in self._asked:
                self.settled.emit(each)
        for each in self._asked:
            if each not in asked:
                of_mirroring = each == self._of_mirroring
                answers = _IS_IT_MIRRORED if of_mirroring else _IS_IT_PANORAMIC
                self.asked.emit(each, self._answers(answers))

    def _answers(self, texts: Mapping[str, str]) -> dict[str, QAction]:
        return {
            text: self._actions[name]
            for name, text in texts.items()
            if name in self._actions
        }


def _letters_on(pixels: NDArray[np.generic]) -> tuple[SideLetter, ...]:
    # OpenCV takes a while to import, and the window is on screen before.
    from dentalviewer.side_letters import find_side_letters

    return find_side_letters(pixels)
