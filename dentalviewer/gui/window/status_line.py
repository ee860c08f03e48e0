"""The line at the bottom: what is open, how it is shown, whether it is saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from dentalviewer.enhancement import Window
from dentalviewer.phrases import percent
from dentalviewer.radiograph import Radiograph

# As in the style of the status bar.
PADDING = 8
# For the name of a radiograph and what it is; most need less.
ROOM_FOR_FILE = 320


class YieldingLabel(QLabel):
    """Cut short where there is no room, so that no text makes the window wider."""

    def __init__(self, least: int = 0) -> None:
        super().__init__()
        self._least = least

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(self._least, whole.width()), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self.rect().adjusted(PADDING, 0, -PADDING, 0)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, area.width()
        )
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(area, align, text)


class StatusLine(QStatusBar):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._file = _named("Radiograph", YieldingLabel(ROOM_FOR_FILE))
        self._zoom = _named("Zoom", QLabel())
        self._window = _named("Window and level", QLabel())
        self._saved = _named("Saved", QLabel())
        self._detector = _named("Detector", YieldingLabel())
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
        self._zoom.setText(percent(scale))
        self._window.setText(f"W {window.width:.0f}  L {window.level:.0f}")

    def show_saved(self, text: str, path: Path | None) -> None:
        self._saved.setText(text)
        self._saved.setToolTip(f"The review is saved in {path}" if path else "")

    def show_detector(self, text: str) -> None:
        """A line of it; all of it where the pointer rests."""
        self._detector.setText(text.partition("\n")[0])
        self._detector.setToolTip(text)


def _named(name: str, label: QLabel) -> QLabel:
    # File names are text, never markup.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    return label
