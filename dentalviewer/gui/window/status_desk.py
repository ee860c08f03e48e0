"""Keeps the line at the bottom true: what is open, how it is seen, what is saved."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.canvas.display_panel import DisplayPanel
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.opening.opening import Opened
from dentalviewer.gui.reviewing.autosave import Autosave
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.window.status_line import StatusLine
from dentalviewer.gui.window.view_desk import ViewDesk

# What is done sooner is not worth a word.
PATIENCE_MS = 300


class StatusDesk(QObject):
    def __init__(
        self,
        line: StatusLine,
        session: ReviewSession,
        autosave: Autosave,
        view: ViewDesk,
        canvas: Canvas,
        display: DisplayPanel,
        detection: DetectionDesk,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._line = line
        self._autosave = autosave
        self._canvas = canvas
        self._display = display
        self._detection = detection
        session.edited.connect(self._show_saved)
        autosave.saved.connect(self._show_saved)
        autosave.failed.connect(lambda _: self._show_saved())
        canvas.view_changed.connect(self._show_view)
        view.view_changed.connect(self._show_view)
        self._what = ""
        self._is_busy: Callable[[], bool] = bool
        self._waited = QTimer(self, interval=PATIENCE_MS)
        self._waited.timeout.connect(self._on_waited)
        detection.state_changed.connect(lambda: line.show_detector(detection.state))

    def show_opened(self, opened: Opened) -> None:
        """The radiograph that is shown now."""
        self._line.show_radiograph(opened.radiograph)
        self._line.show_saved(
            "Saved" if opened.saved is not None else "", opened.review_file
        )
        self._show_view()

    def show_nothing(self) -> None:
        """No radiograph can be shown."""
        self._line.show_radiograph(None)

    def tell_while(self, is_busy: Callable[[], bool], what: str) -> None:
        """Say what is being waited for, once that has taken a while, until it ends."""
        self._is_busy, self._what = is_busy, what
        self._waited.start()

    def _on_waited(self) -> None:
        if self._is_busy():
            self._line.showMessage(self._what)
            return
        self._waited.stop()
        self._line.clearMessage()

    def _show_view(self) -> None:
        if self._canvas.has_radiograph:
            scale = self._canvas.viewport.scale * self._canvas.devicePixelRatioF()
            self._line.show_view(scale, self._display.window_level)

    def _show_saved(self) -> None:
        text = "Saving …" if self._autosave.unsaved else "Saved"
        if self._autosave.failing:
            text = "Not saved"
        self._line.show_saved(text, self._autosave.path)
