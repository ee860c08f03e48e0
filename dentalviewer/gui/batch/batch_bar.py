"""A slim bar under the worklist: how far the detector is, and to stop it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from dentalviewer.gui.widgets.parts import muted, quiet_button


@dataclass(frozen=True, slots=True)
class BatchState:
    """What the bar shows. `share`, 0 to 1, is None where nothing is under way;
    `begin` is the text of the button that starts, empty where there is nothing to do.
    """

    words: str
    share: float | None = None
    begin: str = ""
    paused: bool = False
    failures: int = 0


class BatchBar(QFrame):
    """Tells which button was pressed; what that means is decided elsewhere."""

    begun = Signal()
    paused = Signal()
    resumed = Signal()
    cancelled = Signal()
    failures_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("batchBar")
        self.setAccessibleName("Examining radiographs")
        self.words = muted()
        self.words.setMinimumWidth(1)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Radiographs examined")
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.begin = quiet_button("")
        self.pause = quiet_button(
            "Pause", "Radiographs already being examined are finished first"
        )
        self.resume = quiet_button("Resume")
        self.cancel = quiet_button("Cancel", "Results so far are kept")
        self.failures = quiet_button("", "Which radiographs, and why")
        self._arrange()
        self.begin.clicked.connect(lambda: self.begun.emit())
        self.pause.clicked.connect(lambda: self.paused.emit())
        self.resume.clicked.connect(lambda: self.resumed.emit())
        self.cancel.clicked.connect(lambda: self.cancelled.emit())
        self.failures.clicked.connect(lambda: self.failures_wanted.emit())
        self.hide()

    def show_state(self, state: BatchState) -> None:
        running = state.share is not None
        self.words.setText(state.words)
        self.progress.setVisible(running)
        if state.share is not None:
            self.progress.setValue(round(1000 * state.share))
        self.begin.setText(state.begin)
        self.begin.setVisible(bool(state.begin) and not running)
        self.pause.setVisible(running and not state.paused)
        self.resume.setVisible(running and state.paused)
        self.cancel.setVisible(running)
        self.failures.setText(f"{state.failures:,} failed …")
        self.failures.setVisible(state.failures > 0)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.begin, self.pause, self.resume, self.cancel, self.failures):
            button.setObjectName("slim")
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addWidget(self.progress)
        column.addLayout(buttons)
