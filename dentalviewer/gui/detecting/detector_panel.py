"""Which detector, above which score, and how its work is going."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.detecting.settings_sliders import SettingsSliders
from dentalviewer.gui.widgets.parts import muted, quiet_button

NO_DETECTOR = "no detector installed"


class DetectorPanel(QWidget):
    """Announces which detector is wanted, and what of it; `sliders` how it is shown."""

    detector_chosen = Signal(str)
    run_requested = Signal()
    cancel_requested = Signal()
    add_requested = Signal()
    remove_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own: tuple[str, ...] = ()
        self._choice = QComboBox()
        self._choice.setAccessibleName("Detector")
        self.add_button = quiet_button("Add…", "Add a detector from its folder")
        self.remove_button = quiet_button("Remove…")
        self.sliders = SettingsSliders(self)
        self._whose = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._state = muted()
        self._progress = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self._progress.setFixedHeight(6)
        self._run = quiet_button("Run again")
        self._cancel = quiet_button("Cancel")
        self._lay_out()
        self._connect()
        self.sliders.show_settings(self.sliders.settings, shipped=self.sliders.settings)
        self.show_detectors((), "")
        self.show_whose("")
        self.show_state("", busy=False)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Detector", self._choice)
        form.addRow("", _side_by_side(self.add_button, self.remove_button))
        form.addRow(self._whose)
        self.sliders.add_rows(form)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._state)
        layout.addWidget(self._progress)
        layout.addLayout(_side_by_side(self._run, self._cancel))
        layout.addStretch(1)

    def _connect(self) -> None:
        self._choice.textActivated.connect(self.detector_chosen)
        self._choice.currentTextChanged.connect(lambda _: self._show_removable())
        self.add_button.clicked.connect(self.add_requested)
        self.remove_button.clicked.connect(
            lambda: self.remove_requested.emit(self._choice.currentText())
        )
        self._run.clicked.connect(self.run_requested)
        self._cancel.clicked.connect(self.cancel_requested)

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

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Name the keys of actions, by the actions' ids, on the buttons for them."""
        self._run.setToolTip(keys["detect"])
        self._cancel.setToolTip(keys["cancel_detection"])

    def show_whose(self, text: str) -> None:
        """Whose answer the thresholds are about, if not that of the one in the box."""
        self._whose.setText(text)
        self._whose.setVisible(bool(text))

    def show_state(self, text: str, *, busy: bool) -> None:
        self._state.setText(text)
        self._progress.setVisible(busy)
        self._cancel.setEnabled(busy)


def _side_by_side(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
