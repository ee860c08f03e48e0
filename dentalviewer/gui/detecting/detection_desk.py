"""Has each radiograph examined by the chosen detector, and brings in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import (
    Detection,
    DetectionSettings,
    DetectorCatalogue,
    DetectorIdentity,
    select,
)
from dentalviewer.gui.detecting.answer_words import found, numbered, whose
from dentalviewer.gui.detecting.detection_runner import DetectionRunner
from dentalviewer.gui.detecting.detector_choice import NO_DETECTOR, DetectorChoice
from dentalviewer.gui.detecting.detector_panel import DetectorPanel
from dentalviewer.gui.detecting.known_cards import KnownCards
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.worklist.predictions import PredictionStore


class DetectionDesk(QObject):
    """Stands between the review and the detector's panel.

    Settings that the reader changed go on to what the same detector says of the next
    radiograph, until "As shipped" or until another detector is asked; what was undone
    does not.

    `held` tells that an answer with teeth waits for `bring_in`: which numbers they have
    is not said before it is known whether the radiograph may be mirrored.
    `withheld_changed` tells how many findings settings that were changed hide.
    """

    held = Signal()
    reported = Signal(str)
    state_changed = Signal()
    awaited_changed = Signal(bool)
    withheld_changed = Signal(int)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        choice: DetectorChoice,
        store: PredictionStore,
        session: ReviewSession,
        desk: ReviewDesk,
        panel: DetectorPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._choice = choice
        self._session = session
        self._desk = desk
        self._panel = panel
        self._changed: dict[DetectorIdentity, DetectionSettings] = {}
        # How each detector's answer was first shown on this radiograph, and what had
        # been changed of that detector by then.
        self._first: dict[
            DetectorIdentity, tuple[DetectionSettings, DetectionSettings | None]
        ] = {}
        self._shown: tuple[DetectorIdentity, DetectionSettings] | None = None
        self._fault = ""
        self._keys: Mapping[str, str] = {}
        self._held: Detection | None = None
        self._announced_awaited = False
        self._runner = DetectionRunner(catalogue, store, self)
        self._runner.detected.connect(self._on_detected)
        self._runner.failed.connect(self._on_failed)
        self._runner.teeth_failed.connect(self.reported)
        self._runner.cancelled.connect(self._on_cancelled)
        self._runner.state_changed.connect(self._show_state)
        self._cards = KnownCards(catalogue, choice, self)
        self._cards.changed.connect(self._on_review_changed)
        choice.listed.connect(self._examine)
        choice.switched.connect(self._on_switched)
        choice.replaced.connect(self._on_replaced)
        choice.changed.connect(self._on_review_changed)
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)
        panel.sliders.changed.connect(self._on_settings_changed)
        panel.run_requested.connect(self.run)
        panel.cancel_requested.connect(self.cancel)

    @property
    def busy(self) -> bool:
        return self._runner.busy or self._held is not None

    @property
    def ready(self) -> bool:
        """Whether there is nothing more to come on this radiograph."""
        known = self._choice.known
        if not known or self.busy or self._session.study is None:
            return False
        answered = self._session.review.detection is not None
        return answered or bool(self._fault) or not self._choice.names

    @property
    def awaited(self) -> bool:
        """Whether an answer about the radiograph in hand is wanted and still to come.

        Who reads first wants none until the radiograph is read.
        """
        review = self._session.review
        if self._session.study is None or review.predictions_hidden:
            return False
        return self.busy or (review.detection is None and not self._choice.known)

    @property
    def lacks_teeth(self) -> bool:
        """Whether it is known that no detector of teeth is installed."""
        return self._cards.lacks_teeth

    @property
    def state(self) -> str:
        """How the detector's work on this radiograph stands, in words."""
        return self._state()

    def run(self) -> None:
        """Examine the radiograph in hand, anew if it was examined before."""
        detection = self._session.review.detection
        self._run(anew=detection is not None)

    def _run(self, *, anew: bool) -> None:
        study, choice = self._session.study, self._choice
        if study is None or not choice.name or not choice.names:
            return
        self._fault, self._held = "", None
        self._runner.run(choice.name, study.radiograph, anew=anew)

    def cancel(self) -> None:
        held, self._held = self._held, None
        self._runner.cancel()
        if held is not None:
            self._on_cancelled()
            self._show_state()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Name the keys of actions, by the actions' ids, where they are told."""
        self._keys = keys
        self._show_state()

    def bring_in(self) -> None:
        """Take the answer that is held into the review, if there is one."""
        detection, self._held = self._held, None
        if detection is not None:
            settings = self._changed.get(detection.identity, detection.settings)
            self._session.propose(replace(detection, settings=settings))
            self._show_state()

    def stop(self) -> None:
        self._runner.stop()
        self._cards.stop()

    def _examine(self) -> None:
        """The radiograph in hand, if it has not been examined."""
        if self._session.study is not None and self._session.review.detection is None:
            self.run()

    # What the reader changed

    def _on_switched(self) -> None:
        # Its own thresholds apply again.
        self._changed, self._first = {}, {}
        self._run(anew=False)

    def _on_replaced(self) -> None:
        """A review that was begun stays as it is: nobody asked for another answer."""
        self._changed, self._first, self._fault = {}, {}, ""
        if self._session.begun and self._session.review.detection is not None:
            self._held = None
            self._runner.drop()
        else:
            self._run(anew=False)

    def _on_settings_changed(self, settings: DetectionSettings) -> None:
        speaker = self._speaker
        self._desk.set_settings(settings)
        self._let_go_on(speaker, settings)
        self._show_state()

    def _let_go_on(
        self, speaker: DetectorIdentity | None, settings: DetectionSettings | None
    ) -> None:
        changed = {k: v for k, v in self._changed.items() if k != speaker}
        if speaker is not None and settings is not None:
            changed[speaker] = settings
        self._changed = changed

    def _follow(self, detection: Detection) -> None:
        """An undo or a redo changes what goes on as it changes what is shown.

        Back where the answer was first shown, it is as if nothing had been changed.
        """
        identity, settings = detection.identity, detection.settings
        went_on = self._changed.get(identity)
        first, brought = self._first.setdefault(identity, (settings, went_on))
        before, self._shown = self._shown, (identity, settings)
        if before is None or before[0] != identity or before[1] == settings:
            return
        self._let_go_on(identity, brought if settings == first else settings)

    @property
    def _speaker(self) -> DetectorIdentity | None:
        """Whose answer is in hand, or awaited; None where that is not known."""
        detection, asked = self._session.review.detection, self._cards.asked
        if detection is not None:
            return detection.identity
        return asked.identity if asked is not None else None

    def _on_study_changed(self) -> None:
        self._fault, self._first, self._shown = "", {}, None
        self._held = None
        self._runner.drop()
        self._examine()

    def _on_review_changed(self) -> None:
        detection, speaker = self._session.review.detection, self._speaker
        if detection is not None:
            self._follow(detection)
        shipped = None if speaker is None else self._cards.shipped(speaker)
        if detection is not None:
            self._panel.sliders.show_settings(detection.settings, shipped=shipped)
        elif speaker is not None and shipped is not None:
            settings = self._changed.get(speaker, shipped)
            self._panel.sliders.show_settings(settings, shipped=shipped)
        self.withheld_changed.emit(self._withheld(shipped))
        self._show_state()

    def _withheld(self, shipped: DetectionSettings | None) -> int:
        """How many findings would be shown as shipped, and are not."""
        review = self._session.review
        detection = review.detection
        if detection is None or shipped is None or review.predictions_hidden:
            return 0
        if detection.settings == shipped:
            return 0
        candidates = detection.candidates
        shown = select(candidates, detection.settings)
        return sum(each not in shown for each in select(candidates, shipped))

    # Answers

    def _on_detected(self, detection: Detection) -> None:
        self._cards.learn(detection)
        self._held = detection
        if detection.teeth:
            self.held.emit()
        else:
            self.bring_in()

    def _on_failed(self, message: str) -> None:
        self._fault = message
        self.reported.emit(message)

    def _on_cancelled(self) -> None:
        self._fault = f"Cancelled. {self._again} runs the detector again."

    def _show_state(self) -> None:
        self._panel.show_whose(self._whose())
        self._panel.show_state(self._state(), busy=self.busy)
        self.state_changed.emit()
        awaited = self.awaited
        if awaited != self._announced_awaited:
            self._announced_awaited = awaited
            self.awaited_changed.emit(awaited)

    def _state(self) -> str:
        if self.busy:
            return self._runner.stage
        if self._fault:
            return self._fault
        if not self._choice.known:
            return "Looking for detectors …"
        if not self._choice.names:
            return NO_DETECTOR
        review = self._session.review
        if self._session.study is None or review.detection is None:
            return "Ready."
        if review.predictions_hidden:
            key = self._keys.get("mark_read") or "Review > Mark as read"
            return f"Done; hidden until you have read the radiograph ({key})."
        is_asked = self._cards.is_asked(review.detection.identity)
        words = found(review.detection, named=not is_asked)
        return words + numbered(review, lacks_teeth=self.lacks_teeth)

    def _whose(self) -> str:
        """Whose answer is in hand, where that is another detector than is asked."""
        detection = self._session.review.detection
        if detection is None or self._cards.is_asked(detection.identity):
            return ""
        asked, lack = self._choice.name, self._cards.lack(detection.identity)
        words = whose(detection.identity.name, asked=asked, lack=lack)
        if self.busy or not asked:
            return words
        return f"{words} {self._again} asks {asked}."

    @property
    def _again(self) -> str:
        """What a reader presses or chooses to have the detector run again."""
        return self._keys.get("detect") or "Detector > Run again"
