"""How the radiograph is shown: window and level, presets, inversion, CLAHE, opacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.enhancement import Enhancement, Window
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.gui.widgets.parts import slider, without_mnemonic
from dentalviewer.labels import KNOWN_LABELS

# Level and width as fractions of the full window.
_PRESETS = {
    "Full range": (0.5, 1.0),
    "Bone": (0.45, 0.6),
    "Metal": (0.8, 0.45),
    "Soft, bright": (0.35, 0.8),
}
_STEPS = 1000


class DisplayPanel(QWidget):
    """Nothing here touches the file, the boxes or what the detector sees."""

    enhancement_changed = Signal(Enhancement)
    opacity_changed = Signal(float)
    hidden_labels_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = Window(127.5, 255.0)
        self._enhancement = Enhancement()
        self._level = slider("Level", 0, _STEPS)
        self._width = slider("Window", 0, _STEPS)
        self._preset = QComboBox()
        self._preset.addItems([*_PRESETS, "Custom"])
        self._inverted = QCheckBox("&Invert")
        self._clahe = QCheckBox("Local contrast (C&LAHE)")
        reset = QPushButton("Reset display")
        self._opacity = slider("Opacity of boxes", 10, 100)
        self._opacity.setValue(100)
        self.label_switches: dict[str, QCheckBox] = {}
        self._classes = QVBoxLayout()
        self.show_labels(KNOWN_LABELS)
        form = QFormLayout()
        form.addRow("Preset", self._preset)
        form.addRow("Level", self._level)
        form.addRow("Window", self._width)
        form.addRow("", self._inverted)
        form.addRow("", self._clahe)
        form.addRow("", reset)
        form.addRow("Box opacity", self._opacity)
        form.addRow("Show", self._classes)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addStretch(1)
        self._level.valueChanged.connect(self._on_sliders)
        self._width.valueChanged.connect(self._on_sliders)
        self._preset.activated.connect(self._on_preset)
        self._inverted.toggled.connect(self._on_switches)
        self._clahe.toggled.connect(self._on_switches)
        reset.clicked.connect(self.reset)
        self._opacity.valueChanged.connect(
            lambda value: self.opacity_changed.emit(value / 100)
        )

    @property
    def enhancement(self) -> Enhancement:
        return self._enhancement

    @property
    def window_level(self) -> Window:
        return self._enhancement.window or self._full

    @property
    def full_window(self) -> Window:
        return self._full

    @property
    def hidden_labels(self) -> frozenset[str]:
        """Classes not to be shown."""
        switches = self.label_switches.items()
        return frozenset(label for label, box in switches if not box.isChecked())

    def show_labels(self, labels: Sequence[str]) -> None:
        """Have a switch for each of these classes; what is hidden stays so."""
        for label in set(self.label_switches) - set(labels):
            self.label_switches.pop(label).deleteLater()
        for label in labels:
            if label not in self.label_switches:
                box = QCheckBox()
                box.setChecked(True)
                box.toggled.connect(self._on_labels)
                self.label_switches[label] = box
                self._classes.addWidget(box)
            words = without_mnemonic(class_name(label))
            self.label_switches[label].setText(words)

    def hide_label(self, label: str, *, hidden: bool = True) -> None:
        if label in self.label_switches:
            self.label_switches[label].setChecked(not hidden)

    def show_all_labels(self) -> None:
        for box in self.label_switches.values():
            box.setChecked(True)

    def set_full_window(self, full: Window, *, keep: bool = False) -> None:
        """Begin with another radiograph; inversion and CLAHE are kept, the window too
        where the grey values have the same range, or as its share of them with `keep`.
        """
        if full != self._full:
            window = self._enhancement.window
            kept = _carried_over(window, self._full, full) if window and keep else None
            self._full = full
            self._enhancement = replace(self._enhancement, window=kept)
        self._show()

    def set_window(self, window: Window) -> None:
        self._change(replace(self._enhancement, window=window))

    def toggle_inverted(self) -> None:
        self._inverted.toggle()

    def toggle_clahe(self) -> None:
        self._clahe.toggle()

    def reset(self) -> None:
        self._change(Enhancement())

    def _change(self, enhancement: Enhancement) -> None:
        if enhancement != self._enhancement:
            self._enhancement = enhancement
            self.enhancement_changed.emit(enhancement)
        self._show()

    def _show(self) -> None:
        window = self.window_level
        values = {
            self._level: (window.level - self._full.black) / self._full.width,
            self._width: window.width / self._full.width,
        }
        for each, value in values.items():
            each.blockSignals(True)
            each.setValue(round(value * _STEPS))
            each.blockSignals(False)
        for switch, on in (
            (self._inverted, self._enhancement.inverted),
            (self._clahe, self._enhancement.clahe),
        ):
            switch.blockSignals(True)
            switch.setChecked(on)
            switch.blockSignals(False)
        named = (self._window_of(name) == window for name in _PRESETS)
        index = next((i for i, same in enumerate(named) if same), len(_PRESETS))
        self._preset.setCurrentIndex(index)

    def _window_of(self, preset: str) -> Window:
        level, width = _PRESETS[preset]
        return Window(
            self._full.black + level * self._full.width, width * self._full.width
        )

    def _on_sliders(self) -> None:
        level = self._full.black + self._level.value() / _STEPS * self._full.width
        width = max(self._width.value(), 1) / _STEPS * self._full.width
        self.set_window(Window(level, width))

    def _on_preset(self, index: int) -> None:
        if index < len(_PRESETS):
            self.set_window(self._window_of(self._preset.itemText(index)))

    def _on_switches(self) -> None:
        self._change(
            replace(
                self._enhancement,
                inverted=self._inverted.isChecked(),
                clahe=self._clahe.isChecked(),
            )
        )

    def _on_labels(self) -> None:
        self.hidden_labels_changed.emit(self.hidden_labels)


def _carried_over(window: Window, before: Window, after: Window) -> Window:
    share = after.width / before.width
    level = after.black + (window.level - before.black) * share
    return Window(level, window.width * share)


def with_value_label(slider: QSlider, label: QLabel) -> QHBoxLayout:
    """A slider with its value written at its right."""
    row = QHBoxLayout()
    row.addWidget(slider, 1)
    label.setMinimumWidth(44)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    row.addWidget(label)
    return row
