"""Keeps the worklist true, and leads the reader through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction

from dentalviewer.gui.actions import first_key
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.detecting.detector_choice import NO_DETECTOR
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.reviewing.selection import Selection
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.timers import single_shot
from dentalviewer.gui.worklist.finishing import Finishing
from dentalviewer.gui.worklist.worklist_following import FolderFollowing
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel
from dentalviewer.gui.worklist.worklist_reading import StandingsReading
from dentalviewer.review import ReadingMode, Source
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.listing import Listing, Marks, Sources, reviewed_first
from dentalviewer.worklist.standing import (
    Circumstances,
    Predictions,
    Status,
    standing_of,
)

_LIVE_MS = 250


class WorklistDesk(QObject):
    """Stands between the disk, the review in hand and the panel.

    `review_stirred` says that the review file of the radiograph in hand may have been
    written, here or elsewhere; `listed_anew`, that files came, went or changed.
    """

    reported = Signal(str)
    recovered = Signal(str)
    told = Signal(str)
    review_stirred = Signal()
    listed_anew = Signal()

    def __init__(
        self,
        panel: WorklistPanel,
        cache: WorklistCache,
        session: ReviewSession,
        selection: Selection,
        detection: DetectionDesk,
        opening: OpeningDesk,
        *,
        preferences: Callable[[], Preferences],
        user_folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._session = session
        self._detection = detection
        self._opening = opening
        self._preferences = preferences
        self._reviews = user_folder / "reviews"
        self._actions: Mapping[str, QAction] = {}
        self._predictions: Predictions | None = None
        self._left_unanswered: set[Path] = set()
        self._passed = ""
        self._finishing = Finishing(session, selection, detection, self)
        self._finishing.objected.connect(self.reported)
        self._finishing.withdrawn.connect(self.recovered)
        self._finishing.finished.connect(self._on_finished)
        self._following = FolderFollowing(
            self._reviews, lambda: dict(panel.model.marks), self
        )
        self._following.looked.connect(self._on_looked)
        self._following.reported.connect(self.reported)
        self._following.recovered.connect(self.recovered)
        # The radiograph that was asked for comes before all others.
        self._reading = StandingsReading(
            panel, cache, self._circumstances, lambda: opening.busy, self
        )
        self._reading.came_to.connect(self._on_came_to)
        self._reading.reported.connect(self.reported)
        self._living = single_shot(self, _LIVE_MS, self._show_current)
        opening.listed.connect(self._on_listed)
        opening.opening.connect(self._on_opening)
        # What is opened dismisses what was said before it.
        opening.opened.connect(
            lambda _: self._tell_of_passed(), Qt.ConnectionType.QueuedConnection
        )
        session.edited.connect(self._living.start)
        # What another window has saved is opened again without an edit.
        session.study_changed.connect(self._living.start)
        detection.awaited_changed.connect(lambda _: self._living.start())
        detection.state_changed.connect(self._on_detection_state_changed)
        panel.radiograph_chosen.connect(opening.open_radiograph)

    # What others ask of it

    @property
    def reading(self) -> bool:
        """Whether it is not yet known how it stands with every radiograph."""
        return self._reading.unread > 0

    def use_predictions(self, predictions: Predictions | None) -> None:
        """The stored answers of these detectors count from now on."""
        if predictions != self._predictions:
            self._predictions = predictions
            self.refresh(self._panel.paths)

    def use_preferences(self) -> None:
        """Other names of classes, or another mode of reading, may count from now on."""
        if self._reading.out_of_date:
            self.refresh(self._panel.paths)

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Whose keys are named where they are told."""
        self._actions = actions

    def refresh(self, paths: Iterable[Path]) -> None:
        """Read again how it stands with some radiographs; their lines stay in sight."""
        self._reading.read_again(paths)

    def refresh_soon(self, path: Path) -> None:
        """The same, together with others that follow."""
        self._reading.read_again_soon(path)

    def look_again(self) -> None:
        """See what is in the folders now."""
        self._following.look()

    def open_undone(self, step: int) -> None:
        """The next radiograph that is not done, or the one before for -1."""
        path = self._panel.neighbour_undone(step)
        if path is not None:
            self._opening.open_radiograph(path)
        else:
            self._show_current()
            self.told.emit(self._panel.rest or "No other radiograph is open.")

    def finish(self) -> None:
        """What is in hand is done, unless something speaks against it; on to the next
        that is not. Where that is being read already, it was said once.
        """
        study = self._session.study
        if study is None or study.radiograph.path == self._opening.current:
            self._finishing.finish()

    def stop(self) -> None:
        self._living.stop()
        self._following.stop()
        self._reading.stop()

    # What there is

    def _on_finished(self) -> None:
        self._show_current()
        study = self._session.study
        if study is not None and not self._session.review.items:
            self._passed = study.radiograph.path.name
        self.open_undone(1)

    def _tell_of_passed(self) -> None:
        """One key has called it done, and the window is at another one."""
        name, self._passed = self._passed, ""
        if name:
            self.told.emit(f"{name} is done, with nothing marked on it.")

    def _on_listed(self, listing: Listing, sources: Sources) -> None:
        self._left_unanswered.clear()
        self._following.begin(listing, sources)
        self._panel.begin(listing)
        self._watch_folders()
        self._reading.begin(reviewed_first(listing.found))

    def _on_looked(self, listing: Listing) -> None:
        before, found = dict(self._panel.model.marks), listing.found
        self._panel.model.show_listing(listing)
        changed = [path for path, marks in found.items() if before.get(path) != marks]
        if len(found) > 1 >= len(before):
            self._panel.show()
        self._watch_folders()
        self._reading.keep_to(found, changed)
        self._tell_of_current(before, found)
        if changed or len(found) != len(before):
            self.listed_anew.emit()

    def _tell_of_current(
        self, before: Mapping[Path, Marks], now: Mapping[Path, Marks]
    ) -> None:
        current = self._opening.current
        if current is None or current not in before:
            return
        was, marks = before[current], now.get(current)
        if marks is None:
            self.told.emit(f"{current.name} is no longer in its folder.")
        elif was.picture != marks.picture:
            key = first_key(self._actions["reopen_radiograph"])
            again = key or "File > Read again from disk"
            self.reported.emit(
                f"{current.name} has changed on disk. {again} reads it again."
            )
        if marks is not None and was.review != marks.review:
            self.review_stirred.emit()

    def _watch_folders(self) -> None:
        self._following.watch(self._panel.paths, self._opening.current)

    def _on_opening(self, path: Path) -> None:
        study = self._session.study
        if study is not None and self._unanswered:
            self._left_unanswered.add(study.radiograph.path)
        self._left_unanswered.discard(path)
        self._panel.mark_current(path)
        self._watch_folders()

    # How it stands

    def _circumstances(self) -> Circumstances:
        preferences = self._preferences()
        first = preferences.read_first
        return Circumstances(
            self._reviews,
            preferences.aliases,
            self._following.sources.annotation_files,
            ReadingMode.READ_FIRST if first else ReadingMode.CONCURRENT,
            self._predictions,
        )

    @property
    def _unanswered(self) -> bool:
        """Whether what is in hand waits for the detector, and nobody called it done."""
        return self._detection.awaited and not self._session.review.read

    def _on_came_to(self, path: Path) -> None:
        self._following.complete()
        if path == self._opening.current:
            self._show_current()
        elif path in self._left_unanswered:
            standing = self._panel.model.standings.get(path)
            if standing is None:
                return  # Another worklist was opened meanwhile.
            if standing.unheard:
                self._panel.model.take({path: standing.unfinished()})
            elif standing.status is Status.DONE:
                # With the answer, which came by itself or in another window.
                self._left_unanswered.discard(path)

    def _on_detection_state_changed(self) -> None:
        """Where no detector is left, no answer is waited for any more."""
        left = self._left_unanswered
        if left and self._detection.state == NO_DETECTOR:
            self._left_unanswered = set()
            self.refresh(left)

    def _show_current(self) -> None:
        """From the review in hand, which is on disk only in a while."""
        study, current = self._session.study, self._opening.current
        marks = self._panel.model.marks
        if study is None or current not in marks or study.radiograph.path != current:
            return
        begun = self._session.touched or bool(marks[current].review)
        if not begun:
            return
        review = self._session.review
        # As it will be read from the file: what is drawn beside the detector's boxes is
        # no reading of its own.
        dentist = any(
            item.source is Source.DENTIST and not item.added for item in review.items
        )
        annotated = dentist or bool(study.annotation_paths)
        standing = standing_of(review, begun=True, annotated=annotated)
        if self._session.picture_changed:
            standing = replace(standing, picture_changed=True).unfinished()
        if self._unanswered:
            standing = standing.unfinished()
        self._panel.model.take({current: standing})
        self._reading.show_counts()
