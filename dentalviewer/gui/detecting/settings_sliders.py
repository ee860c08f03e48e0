"""Above which scores predictions are shown, how much they may overlap, and how many."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QSlider, QSpinBox

from dentalviewer.detector import DetectionSettings
from dentalviewer.gui.canvas.display_panel import with_value_label
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.gui.widgets.parts import muted, quiet_button, slider
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.phrases import percent

LEAST_THRESHOLD = 5


class SettingsSliders(QObject):
    """Rows of a form. They apply at once, without running the network."""

    changed = Signal(DetectionSettings)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = DetectionSettings()
        self._shipped: DetectionSettings | None = None
        self.thresholds = {
            label: slider("", LEAST_THRESHOLD, 99) for label in KNOWN_LABELS
        }
        self._names = {label: QLabel() for label in KNOWN_LABELS}
        self._values = {label: QLabel() for label in KNOWN_LABELS}
        self.overlap = slider("Overlap allowed between findings", 5, 70)
        self._overlap_value = QLabel()
        self.most = QSpinBox(minimum=1, maximum=300)
        self.most.setAccessibleName("Most findings shown")
        self._reset = quiet_button("As shipped")
        for each in (*self.thresholds.values(), self.overlap):
            each.valueChanged.connect(self._on_changed)
        self.most.valueChanged.connect(self._on_changed)
        self._reset.clicked.connect(self.reset)
        self.name_classes()

    def name_classes(self) -> None:
        """As they are called in the window now."""
        for label, each in self.thresholds.items():
            self._names[label].setText(class_name(label))
            each.setAccessibleName(f"Show {class_name(label)} above")

    @property
    def settings(self) -> DetectionSettings:
        return self._settings

    def add_rows(self, form: QFormLayout) -> None:
        form.addRow(muted("Show findings above"))
        for label, each in self.thresholds.items():
            row = with_value_label(each, self._values[label])
            form.addRow(self._names[label], row)
        overlap = with_value_label(self.overlap, self._overlap_value)
        form.addRow("overlap (IoU)", overlap)
        form.addRow("most findings", self.most)
        form.addRow("", self._reset)

    def show_settings(
        self, settings: DetectionSettings, *, shipped: DetectionSettings | None
    ) -> None:
        """`shipped` is None where it is not known how the detector is shipped."""
        self._settings, self._shipped = settings, shipped
        self._reset.setEnabled(shipped is not None)
        self._reset.setToolTip("" if shipped else "Its detector is not installed.")
        for label, each in self.thresholds.items():
            _set_silently(each, round(settings.threshold(label) * 100))
            self._values[label].setText(percent(settings.threshold(label)))
        _set_silently(self.overlap, round(settings.nms_iou * 100))
        self._overlap_value.setText(f"{settings.nms_iou:.2f}")
        _set_silently(self.most, settings.max_findings)

    def reset(self) -> None:
        """Back to what the model card says."""
        if self._shipped is not None:
            self._announce(self._shipped)

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

    def _announce(self, settings: DetectionSettings) -> None:
        if settings != self._settings:
            self.show_settings(settings, shipped=self._shipped)
            self.changed.emit(settings)


def _set_silently(widget: QSlider | QSpinBox, value: int) -> None:
    widget.blockSignals(True)
    widget.setValue(value)
    widget.blockSignals(False)
