"""The review in hand, and the only way to change it: an edit that can be undone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoGroup, QUndoStack

from dentalviewer.decisions import Decision, decisions_between
from dentalviewer.detector import Detection
from dentalviewer.formats.review_file import SavedReview, saved_review
from dentalviewer.reports.tooth_words import with_words_following
from dentalviewer.review import Patient, ReadingMode, Review, Sides, Source
from dentalviewer.study import Finding, Study

SETTINGS_GESTURE = 1
NUDGE_GESTURE = 2
# So many radiographs that were left can be gone back to with their undo history.
KEPT_HISTORIES = 50


class ReviewSession(QObject):
    """Holds the study and its review; everything but the reading mode is undoable
    without limit, also on the last KEPT_HISTORIES radiographs that were left.

    `history` is what undoes and redoes, for whichever radiograph is open.
    `review_changed` follows every change, `edited` only those that are to be saved.
    """

    study_changed = Signal()
    review_changed = Signal()
    edited = Signal()

    def __init__(
        self,
        *,
        reader: Callable[[], str] = lambda: "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.history = QUndoGroup(self)
        self._stack = QUndoStack(self.history)
        self.history.setActiveStack(self._stack)
        self._left: OrderedDict[Path, _Left] = OrderedDict()
        self._touched = False
        self._opening = 0
        self._reader = reader
        self._now = now
        self._study: Study | None = None
        self._review = Review()
        self._opened = Review()
        self._saved = False
        self._decisions: tuple[Decision, ...] = ()
        self._reviewed: SavedReview | None = None
        self._sides_doubted = False

    @property
    def undo_stack(self) -> QUndoStack:
        """Of the radiograph that is open."""
        return self._stack

    @property
    def touched(self) -> bool:
        """Whether anything was done, or undone, since it was opened."""
        return self._touched

    @property
    def study(self) -> Study | None:
        return self._study

    @property
    def review(self) -> Review:
        return self._review

    def snapshot(self) -> SavedReview:
        """What is to be saved. Raises ValueError if no radiograph is open."""
        if self._study is None:
            raise ValueError("there is no radiograph to save a review of")
        saved = saved_review(
            self._study, self._review, opened=self._opened, decisions=self._decisions
        )
        before = self._reviewed
        if before is None:
            return saved
        return replace(
            saved,
            radiograph_sha256=before.radiograph_sha256,
            size=before.size,
            radiograph_changed=True,
        )

    @property
    def picture_changed(self) -> bool:
        """Whether another picture was reviewed, and nobody vouches for this one."""
        return self._reviewed is not None

    @property
    def begun(self) -> bool:
        """Whether a review is saved of it, or is to be."""
        return self._saved or bool(self._decisions) or self._touched

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return self._decisions

    def open(
        self,
        study: Study | None,
        review: Review,
        *,
        opened: Review | None = None,
        decisions: Sequence[Decision] = (),
        reviewed: SavedReview | None = None,
    ) -> None:
        """Begin with another study. The undo history is that with which the radiograph
        was left, if its review is as it was left; else it starts anew.

        `opened` is given for a review that was saved before, `reviewed` where that was
        of another picture: it is saved as of that one until `finish`.
        """
        self._leave()
        self._take_up_history(study, review, tuple(decisions), reviewed)
        self._touched = False
        self._study = study
        self._review = review
        self._opened = opened or review
        self._saved = opened is not None
        self._decisions = tuple(decisions)
        self._reviewed = reviewed
        self.study_changed.emit()
        self.review_changed.emit()

    def _leave(self) -> None:
        """Keep the history of the radiograph in hand, if it has one."""
        if self._study is None or not self._stack.count():
            self._stack.deleteLater()
            return
        path = self._study.radiograph.path
        self._left[path] = _Left(
            self._stack,
            self._study.radiograph.sha256,
            self._review,
            self._decisions,
            self._reviewed,
            self._sides_doubted,
        )
        self._left.move_to_end(path)
        if len(self._left) > KEPT_HISTORIES:
            _, forgotten = self._left.popitem(last=False)
            forgotten.stack.deleteLater()

    def _take_up_history(
        self,
        study: Study | None,
        review: Review,
        decisions: tuple[Decision, ...],
        reviewed: SavedReview | None,
    ) -> None:
        left = None
        if study is not None:
            left = self._left.pop(study.radiograph.path, None)
        if left is not None and study is not None:
            now = (study.radiograph.sha256, review, decisions, reviewed)
            if now != (left.sha256, left.review, left.decisions, left.reviewed):
                left.stack.deleteLater()
                left = None
        self._stack = QUndoStack(self.history) if left is None else left.stack
        self._sides_doubted = left is not None and left.sides_doubted
        self._opening += 1
        self.history.setActiveStack(self._stack)

    def finish(self) -> None:
        """The reader says that it is done, and so vouches for the picture as it is now,
        until that is undone.
        """
        if self._reviewed is None:
            self.edit("Done", self._review.marked_read())
            return
        before = _State(self._review, self._reviewed)
        after = _State(self._review.marked_read(), None)
        self.undo_stack.push(_Edit(self, "Done", before, after, -1))

    def edit(self, action: str, review: Review, *, gesture: int = -1) -> None:
        """Make `review` the current one, as one undo step named `action`.

        Consecutive edits of one `gesture` (a slider, a row of nudges) are one step.
        Where teeth are numbered anew, the reader's words stay with their teeth.
        """
        if review is not self._review and review != self._review:
            review = with_words_following(self._review, review)
            before = _State(self._review, self._reviewed)
            after = _State(review, self._reviewed)
            self.undo_stack.push(_Edit(self, action, before, after, gesture))

    def propose(self, detection: Detection) -> None:
        """Take in the detector's answer; whatever was decided meanwhile stays."""
        review = self._review.propose(detection)
        if self.undo_stack.count():
            self.edit("Detector's answer", review)
            return
        # Nobody has done anything yet, so there is nothing to undo.
        self._begin_with(review)

    def doubt_sides(self) -> None:
        """Something says that the radiograph is mirrored: nobody assumes its sides any
        more, whatever is undone.
        """
        self._sides_doubted = True
        review = self._as_doubted(self._review)
        if review is self._review:
            return
        if self.undo_stack.count():
            self._review = review
            self.review_changed.emit()
            self.edited.emit()
        else:
            self._begin_with(review)

    def set_head(self, patient: Patient, note: str) -> None:
        """Of the report. No undo step: nothing shows in the window that it is gone."""
        review = replace(self._review, patient=patient, note=note)
        if review != self._review:
            self._review = review
            self._touched = True
            self.review_changed.emit()
            self.edited.emit()

    def set_mode(self, mode: ReadingMode) -> None:
        """No undo step: that would hide again what was seen, or show what is not to be
        seen yet.
        """
        review = replace(self._review, mode=mode)
        self._log(review, f"Reading mode: {mode}")
        self._review = with_words_following(self._review, review)
        self.review_changed.emit()
        self.edited.emit()

    def _as_doubted(self, review: Review) -> Review:
        if not self._sides_doubted or review.sides is not Sides.ASSUMED:
            return review
        return with_words_following(review, review.with_sides(Sides.DOUBTFUL))

    def propose_annotations(
        self,
        findings: Sequence[Finding],
        paths: Sequence[Path],
        cautions: Sequence[str] = (),
    ) -> None:
        """Take in the dentist's annotations once it is known which ones to use, and
        what their files say to beware of.

        What the review already has is not proposed twice, whatever became of it; what
        an undo took away is. Raises ValueError if no radiograph is open.
        """
        study = self._study
        if study is None:
            raise ValueError("there is no radiograph to annotate")
        there = {
            _said(item.proposed)
            for item in self._review.items
            if item.source is Source.DENTIST and item.proposed is not None
        }
        new = tuple(each for each in findings if _said(each) not in there)
        unknown = tuple(each for each in new if each not in study.annotated)
        self._study = replace(
            study,
            annotated=study.annotated + unknown,
            annotation_paths=tuple(dict.fromkeys((*study.annotation_paths, *paths))),
            cautions=tuple(dict.fromkeys((*study.cautions, *cautions))),
        )
        review = self._review.propose_annotations(new)
        if self.undo_stack.count():
            self.edit("Open annotations", review)
        else:
            self._begin_with(review)

    def _begin_with(self, review: Review) -> None:
        review = with_words_following(self._review, review)
        untouched = not self._decisions
        if untouched:
            self._opened = review
        self._review = review
        self.review_changed.emit()
        # Who only looks at a radiograph finds no new file beside it; one that is there
        # may say that all is decided, which it is no longer.
        if self._saved or not untouched:
            self.edited.emit()

    def _show(self, state: _State, action: str) -> None:
        vouched = state.reviewed is None
        review = self._as_doubted(self._under_this_head(state.review))
        self._log(
            review,
            action,
            vouched=None if state.reviewed is self._reviewed else vouched,
        )
        self._review = review
        self._reviewed = state.reviewed
        self._touched = True
        self.review_changed.emit()
        self.edited.emit()

    def _under_this_head(self, review: Review) -> Review:
        """What no undo changes: the reading mode, and what heads the report."""
        now = self._review
        headed = replace(review, mode=now.mode, patient=now.patient, note=now.note)
        return review if headed == review else headed

    def _log(self, review: Review, action: str, *, vouched: bool | None = None) -> None:
        """What becomes of the review in hand, which is to be `review`."""
        self._decisions += decisions_between(
            self._review,
            review,
            action=action,
            reader=self._reader(),
            when=self._now(),
            vouched=vouched,
        )


def _said(annotation: Finding) -> tuple[object, ...]:
    """What makes an annotation the same; a review file keeps no doubt about a tooth."""
    return annotation.box, annotation.label, annotation.tooth, annotation.last_tooth


@dataclass(frozen=True, slots=True)
class _State:
    """`reviewed` is the saved review of another picture, until it is vouched for."""

    review: Review
    reviewed: SavedReview | None


@dataclass(frozen=True, slots=True)
class _Left:
    """The history of a radiograph, and how its review was left."""

    stack: QUndoStack
    sha256: str
    review: Review
    decisions: tuple[Decision, ...]
    reviewed: SavedReview | None
    sides_doubted: bool


class _Edit(QUndoCommand):
    def __init__(
        self,
        session: ReviewSession,
        action: str,
        before: _State,
        after: _State,
        gesture: int,
    ) -> None:
        super().__init__(action)
        self._session = session
        self._before = before
        self._after = after
        self._gesture = gesture
        self._opening = session._opening
        self._redoing = False

    def id(self) -> int:
        return self._gesture

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other.text() != self.text():
            return False
        # What was done on another visit is a step of its own.
        if other._opening != self._opening:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        action = f"Redo: {self.text()}" if self._redoing else self.text()
        self._redoing = True
        self._session._show(self._after, action)

    def undo(self) -> None:
        self._session._show(self._before, f"Undo: {self.text()}")
