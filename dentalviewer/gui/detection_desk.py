"""Has each radiograph examined by the chosen detector, and brings in the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from dentalviewer.detector import Detection, DetectionSettings, DetectorCatalogue
from dentalviewer.gui.background import Background
from dentalviewer.gui.detection_runner import DetectionRunner
from dentalviewer.gui.detector_panel import DetectorPanel
from dentalviewer.gui.review_desk import ReviewDesk
from dentalviewer.gui.session import ReviewSession
from dentalviewer.labels import display_name
from dentalviewer.review import Review, Sides
from dentalviewer.tooth_assignment import doubt_about, numbered_teeth
from dentalviewer.worklist.predictions import PredictionStore

NO_DETECTOR = (
    "No detector is installed. Viewing, annotating and reporting work without one."
)


@dataclass(frozen=True, slots=True)
class _Description:
    """A detector's name and its model card, as Markdown."""

    name: str
    card: str


class DetectionDesk(QObject):
    """Stands between the review and the detector's panel.

    Settings that the reader changed go on to the next radiograph, until "As shipped".
    """

    reported = Signal(str)
    state_changed = Signal()
    described = Signal(str, str)

    def __init__(
        self,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        session: ReviewSession,
        desk: ReviewDesk,
        panel: DetectorPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._session = session
        self._desk = desk
        self._panel = panel
        self._names: tuple[str, ...] | None = None
        self._name = ""
        self._chosen = False
        self._changed: DetectionSettings | None = None
        self._fault = ""
        self._runner = DetectionRunner(catalogue, store, self)
        self._runner.detected.connect(self._on_detected)
        self._runner.failed.connect(self._on_failed)
        self._runner.teeth_failed.connect(self.reported)
        self._runner.cancelled.connect(self._on_cancelled)
        self._runner.state_changed.connect(self._show_state)
        self._clerk = Background("catalogue", self)
        self._clerk.answered.connect(self._on_clerk_answered)
        self._clerk.failed.connect(self._on_clerk_failed)
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)
        panel.sliders.changed.connect(self._on_settings_changed)
        panel.detector_chosen.connect(self.choose)
        panel.run_requested.connect(self.run)
        panel.cancel_requested.connect(self.cancel)

    @property
    def busy(self) -> bool:
        return self._runner.busy

    @property
    def ready(self) -> bool:
        """Whether there is nothing more to come on this radiograph."""
        if self._names is None or self.busy or self._session.study is None:
            return False
        answered = self._session.review.detection is not None
        return answered or bool(self._fault) or not self._names

    @property
    def name(self) -> str:
        return self._name

    @property
    def names(self) -> tuple[str, ...]:
        """The detectors to choose from; none before they are known."""
        return self._names or ()

    @property
    def chosen(self) -> bool:
        """Whether the reader chose this detector, rather than getting the first."""
        return self._chosen

    @property
    def state(self) -> str:
        """How the detector's work on this radiograph stands, in words."""
        return self._state()

    def begin(self, preferred: str) -> None:
        """Learn which detectors there are; a radiograph already open is examined."""
        self._name = preferred
        self._panel.show_state("Looking for detectors …", busy=False)
        self._clerk.request(self._catalogue.names)

    def run(self) -> None:
        """Examine the radiograph in hand, anew if it was examined before."""
        detection = self._session.review.detection
        self._run(anew=detection is not None)

    def _run(self, *, anew: bool) -> None:
        study = self._session.study
        if study is None or not self._name or not self._names:
            return
        self._fault = ""
        self._runner.run(self._name, study.radiograph, anew=anew)

    def cancel(self) -> None:
        self._runner.cancel()

    def choose(self, name: str) -> None:
        """Ask another detector from now on; its own thresholds apply again."""
        if name == self._name or name not in (self._names or ()):
            return
        self._name = name
        self._chosen = True
        self._changed = None
        self._panel.show_detectors(self.names, name)
        self._run(anew=False)
        self._show_state()

    def use_names(self, names: tuple[str, ...]) -> None:
        """Which detectors there are now; the one in use stays, if it is there."""
        self._names = names
        if self._name not in names:
            if self._name:
                instead = f" {names[0]} is used instead." if names else ""
                self.reported.emit(
                    f"The detector {self._name} is not installed any more.{instead}"
                )
            self._name = names[0] if names else ""
        self._panel.show_detectors(names, self._name)
        self._show_state()

    def describe(self) -> None:
        """Ask for the model card; `described` follows with name and Markdown."""
        name = self._name
        if name:
            self._clerk.request(
                lambda: _Description(name, self._catalogue.describe(name))
            )
        else:
            self.reported.emit(NO_DETECTOR)

    def stop(self) -> None:
        self._clerk.stop()
        self._runner.stop()

    # What the reader changed

    def _on_settings_changed(self, settings: DetectionSettings) -> None:
        self._changed = settings
        self._desk.set_settings(settings)
        self._show_state()

    def _on_study_changed(self) -> None:
        self._fault = ""
        self._runner.drop()
        if self._session.study is not None and self._session.review.detection is None:
            self.run()

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

    def _on_clerk_answered(self, answer: tuple[str, ...] | _Description) -> None:
        if isinstance(answer, _Description):
            self.described.emit(answer.name, answer.card)
            return
        self.use_names(answer)
        if self._session.study is not None and self._session.review.detection is None:
            self.run()
        self._show_state()

    def _on_clerk_failed(self, error: Exception) -> None:
        if self._names is None:
            self._names = ()
            self._panel.show_detectors((), "")
        self.reported.emit(str(error))
        self._show_state()

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

    def _state(self) -> str:
        if self._runner.busy:
            return self._runner.stage
        if self._fault:
            return self._fault
        if self._names is None:
            return "Looking for detectors …"
        if not self._names:
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
