"""Has each radiograph examined by the chosen detector, and brings in the answer."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import Detection, DetectionSettings, DetectorCatalogue
from dentalviewer.gui.detecting.detection_runner import DetectionRunner
from dentalviewer.gui.detecting.detector_choice import NO_DETECTOR, DetectorChoice
from dentalviewer.gui.detecting.detector_panel import DetectorPanel
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.labels import display_name
from dentalviewer.review import Review, Sides
from dentalviewer.tooth_assignment import doubt_about, numbered_teeth
from dentalviewer.worklist.predictions import PredictionStore


class DetectionDesk(QObject):
    """Stands between the review and the detector's panel.

    Settings that the reader changed go on to the next radiograph, until "As shipped".
    """

    reported = Signal(str)
    state_changed = Signal()
    awaited_changed = Signal(bool)

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
        self._changed: DetectionSettings | None = None
        self._fault = ""
        self._announced_awaited = False
        self._runner = DetectionRunner(catalogue, store, self)
        self._runner.detected.connect(self._on_detected)
        self._runner.failed.connect(self._on_failed)
        self._runner.teeth_failed.connect(self.reported)
        self._runner.cancelled.connect(self._on_cancelled)
        self._runner.state_changed.connect(self._show_state)
        choice.listed.connect(self._examine)
        choice.switched.connect(self._on_switched)
        choice.changed.connect(self._show_state)
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)
        panel.sliders.changed.connect(self._on_settings_changed)
        panel.run_requested.connect(self.run)
        panel.cancel_requested.connect(self.cancel)

    @property
    def busy(self) -> bool:
        return self._runner.busy

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
        self._fault = ""
        self._runner.run(choice.name, study.radiograph, anew=anew)

    def cancel(self) -> None:
        self._runner.cancel()

    def stop(self) -> None:
        self._runner.stop()

    def _examine(self) -> None:
        """The radiograph in hand, if it has not been examined."""
        if self._session.study is not None and self._session.review.detection is None:
            self.run()

    # What the reader changed

    def _on_switched(self) -> None:
        # Its own thresholds apply again.
        self._changed = None
        self._run(anew=False)

    def _on_settings_changed(self, settings: DetectionSettings) -> None:
        self._changed = settings
        self._desk.set_settings(settings)
        self._show_state()

    def _on_study_changed(self) -> None:
        self._fault = ""
        self._runner.drop()
        self._examine()

    def _on_review_changed(self) -> None:
        detection = self._session.review.detection
        if detection is not None:
            shipped = self._runner.shipped_settings or self._opened_settings()
            self._panel.sliders.show_settings(detection.settings, shipped=shipped)
        self._show_state()

    def _opened_settings(self) -> DetectionSettings:
        opened = self._session.opened.detection
        return opened.settings if opened is not None else DetectionSettings()

    # Answers

    def _on_detected(self, detection: Detection) -> None:
        if self._changed is not None:
            detection = replace(detection, settings=self._changed)
        self._session.propose(detection)
        if detection.tooth_detector is not None:
            doubt = doubt_about(detection.teeth)
            if doubt:
                self.reported.emit(doubt)

    def _on_failed(self, message: str) -> None:
        self._fault = message
        self.reported.emit(message)

    def _on_cancelled(self) -> None:
        self._fault = "Cancelled. F5 runs the detector again."

    def _show_state(self) -> None:
        self._panel.show_state(self._state(), busy=self._runner.busy)
        self.state_changed.emit()
        awaited = self.awaited
        if awaited != self._announced_awaited:
            self._announced_awaited = awaited
            self.awaited_changed.emit(awaited)

    def _state(self) -> str:
        if self._runner.busy:
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
            return "Done; hidden until you have read the radiograph (Space)."
        return _found(review.detection, _numbered(review))


def _found(detection: Detection, numbered: str) -> str:
    """What was found, or that nothing was, and above which threshold."""
    count = len(detection.predictions)
    if count:
        words = f"{count} finding{'' if count == 1 else 's'} above the thresholds."
        return words + numbered
    limits = ", ".join(
        f"{display_name(label)} {threshold:.0%}"
        for label, threshold in detection.settings.thresholds.items()
    )
    limits = limits or f"{detection.settings.default_threshold:.0%}"
    return f"Nothing found above the thresholds ({limits}).{numbered}"


def _numbered(review: Review) -> str:
    """How many teeth were numbered; empty where no detector of teeth was asked."""
    if review.detection is None or review.detection.tooth_detector is None:
        return ""
    if review.sides is Sides.DOUBTFUL:
        return " No tooth is numbered: the radiograph may be mirrored."
    count = sum(tooth.tooth is not None for tooth in numbered_teeth(review))
    return f" {count} {'tooth' if count == 1 else 'teeth'} numbered."
