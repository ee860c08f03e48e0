"""The line at the bottom: what is open, how it is shown, whether it is saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from dentalviewer.enhancement import Window
from dentalviewer.radiograph import Radiograph


class StatusLine(QStatusBar):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._file = _named("Radiograph")
        self._zoom = _named("Zoom")
        self._window = _named("Window and level")
        self._saved = _named("Saved")
        self._detector = _named("Detector")
        for label in (self._file, self._zoom, self._window):
            self.addWidget(label)
        for label in (self._detector, self._saved):
            self.addPermanentWidget(label)

    def show_radiograph(self, radiograph: Radiograph | None) -> None:
        if radiograph is None:
            for label in (self._file, self._zoom, self._window, self._saved):
                label.clear()
            return
        self._file.setText(
            f"{radiograph.path.name}   {radiograph.size}   {radiograph.bits} bit"
        )
        self._file.setToolTip(str(radiograph.path))

    def show_view(self, scale: float, window: Window) -> None:
        """`scale` is in pixels of the screen for one of the radiograph."""
        self._zoom.setText(f"{scale:.0%}")
        self._window.setText(f"W {window.width:.0f}  L {window.level:.0f}")

    def show_saved(self, text: str, path: Path | None) -> None:
        self._saved.setText(text)
        self._saved.setToolTip(f"The review is saved in {path}" if path else "")

    def show_detector(self, text: str) -> None:
        self._detector.setText(text)


def _named(name: str) -> QLabel:
    label = QLabel()
    label.setAccessibleName(name)
    return label
