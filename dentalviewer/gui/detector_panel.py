"""Which detector, above which score, and how its work is going."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.detector import DetectionSettings
from dentalviewer.gui.display_panel import with_value_label
from dentalviewer.gui.parts import muted, quiet_button, slider
from dentalviewer.labels import KNOWN_LABELS, display_name

LEAST_THRESHOLD = 5
NO_DETECTOR = "no detector installed"


class DetectorPanel(QWidget):
    """Announces changed settings; they apply at once, without running the network."""

    settings_changed = Signal(DetectionSettings)
    detector_chosen = Signal(str)
    run_requested = Signal()
    cancel_requested = Signal()
    add_requested = Signal()
    remove_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = DetectionSettings()
        self._shipped = DetectionSettings()
        self._choice = QComboBox()
        self._choice.setAccessibleName("Detector")
        self._state = muted()
        self._progress = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self._progress.setFixedHeight(6)
        self._run = quiet_button("Run again", "F5")
        self._cancel = quiet_button("Cancel", "Ctrl+.")
        self.thresholds: dict[str, QSlider] = {}
        self._values: dict[str, QLabel] = {}
        form = QFormLayout()
        form.addRow("Detector", self._choice)
        self._own: tuple[str, ...] = ()
        self.add_button = quiet_button("Add…", "Add a detector from its folder")
        self.remove_button = quiet_button("Remove…")
        shelf = QHBoxLayout()
        shelf.addWidget(self.add_button)
        shelf.addWidget(self.remove_button)
        form.addRow("", shelf)
        for label in KNOWN_LABELS:
            threshold = slider(f"Show {display_name(label)} above", LEAST_THRESHOLD, 99)
            threshold.valueChanged.connect(self._on_changed)
            self.thresholds[label] = threshold
            self._values[label] = QLabel()
            form.addRow(
                display_name(label), with_value_label(threshold, self._values[label])
            )
        self.overlap = slider("Overlap allowed between findings", 5, 70)
        self.overlap.valueChanged.connect(self._on_changed)
        self._overlap_value = QLabel()
        self.most = QSpinBox(minimum=1, maximum=300)
        self.most.setAccessibleName("Most findings shown")
        self.most.valueChanged.connect(self._on_changed)
        form.addRow(
            "overlap (IoU)", with_value_label(self.overlap, self._overlap_value)
        )
        form.addRow("most findings", self.most)
        self._reset = quiet_button("As shipped")
        form.addRow("", self._reset)
        above = muted("Show findings above")
        form.insertRow(2, above)
        buttons = QHBoxLayout()
        buttons.addWidget(self._run)
        buttons.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._state)
        layout.addWidget(self._progress)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self._choice.textActivated.connect(self.detector_chosen)
        self._choice.currentTextChanged.connect(lambda _: self._show_removable())
        self.add_button.clicked.connect(self.add_requested)
        self.remove_button.clicked.connect(
            lambda: self.remove_requested.emit(self._choice.currentText())
        )
        self._run.clicked.connect(self.run_requested)
        self._cancel.clicked.connect(self.cancel_requested)
        self._reset.clicked.connect(self.reset)
        self.show_settings(self._settings, shipped=self._settings)
        self.show_detectors((), "")
        self.show_state("", busy=False)

    @property
    def settings(self) -> DetectionSettings:
        return self._settings

    def show_detectors(self, names: tuple[str, ...], current: str) -> None:
        self._choice.clear()
        self._choice.addItems(list(names) or [NO_DETECTOR])
        self._choice.setEnabled(bool(names))
        self._run.setEnabled(bool(names))
        if current:
            self._choice.setCurrentText(current)

    def show_own(self, names: tuple[str, ...]) -> None:
        """Which of the detectors the user may remove."""
        self._own = names
        self._show_removable()

    def open_choice(self) -> None:
        """Show which detectors there are to choose from."""
        self._choice.setFocus()
        self._choice.showPopup()

    def _show_removable(self) -> None:
        own = self._choice.currentText() in self._own
        self.remove_button.setEnabled(own)
        self.remove_button.setToolTip(
            "" if own else "Only what you have added or trained can be removed."
        )

    def show_settings(
        self, settings: DetectionSettings, *, shipped: DetectionSettings
    ) -> None:
        self._settings, self._shipped = settings, shipped
        for label, each in self.thresholds.items():
            _set_silently(each, round(settings.threshold(label) * 100))
            self._values[label].setText(f"{settings.threshold(label):.0%}")
        _set_silently(self.overlap, round(settings.nms_iou * 100))
        self._overlap_value.setText(f"{settings.nms_iou:.2f}")
        _set_silently(self.most, settings.max_findings)

    def show_state(self, text: str, *, busy: bool) -> None:
        self._state.setText(text)
        self._progress.setVisible(busy)
        self._cancel.setEnabled(busy)

    def _on_changed(self) -> None:
        thresholds = dict(self._settings.thresholds)
        for label, each in self.thresholds.items():
            # Only what was moved: a shipped 0.437 stays exactly that.
            if each.value() != round(self._settings.threshold(label) * 100):
                thresholds[label] = each.value() / 100
        overlap = self._settings.nms_iou
        if self.overlap.value() != round(overlap * 100):
            overlap = self.overlap.value() / 100
        self._announce(
            replace(
                self._settings,
                thresholds=thresholds,
                nms_iou=overlap,
                max_findings=self.most.value(),
            )
        )

    def reset(self) -> None:
        """Back to what the model card says."""
        self._announce(self._shipped)

    def _announce(self, settings: DetectionSettings) -> None:
        if settings != self._settings:
            self.show_settings(settings, shipped=self._shipped)
            self.settings_changed.emit(settings)


def _set_silently(widget: QSlider | QSpinBox, value: int) -> None:
    widget.blockSignals(True)
    widget.setValue(value)
    widget.blockSignals(False)
