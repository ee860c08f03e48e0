"""Shows what was opened, or why it cannot be, and where the keyboard is then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.opening.opening import Opened
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.preferences.preferences_desk import PreferencesDesk
from dentalviewer.gui.reviewing.class_choice import ClassChoice
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.widgets.palette import use_classes
from dentalviewer.gui.window.arrangement import Arrangement
from dentalviewer.gui.window.message_bar import MessageBar
from dentalviewer.gui.window.status_desk import StatusDesk
from dentalviewer.gui.window.view_desk import ViewDesk
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel


class RadiographInSight(QObject):
    """`shown` follows once a radiograph is in sight."""

    shown = Signal()

    def __init__(
        self,
        opening: OpeningDesk,
        view: ViewDesk,
        canvas: Canvas,
        worklist: WorklistPanel,
        classes: ClassChoice,
        desk: ReviewDesk,
        preferences: PreferencesDesk,
        arrangement: Arrangement,
        bar: MessageBar,
        status: StatusDesk,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._opening = opening
        self._view = view
        self._canvas = canvas
        self._worklist = worklist
        self._classes = classes
        self._desk = desk
        self._preferences = preferences
        self._arrangement = arrangement
        self._bar = bar
        self._status = status
        self._window = window
        opening.opened.connect(self._on_opened)
        opening.failed.connect(self._on_failed)
        desk.selection_changed.connect(self._on_selection_changed)
        self._show_title()

    def _on_opened(self, opened: Opened) -> None:
        self._bar.clear()
        settings = opened.class_settings
        if use_classes(settings.colors, settings.names):
            self._classes.renew()
        self._worklist.show_classes()
        same_part = self._preferences.current.keep_view
        self._view.show_radiograph(opened.image, same_part=same_part)
        self._status.show_opened(opened)
        self._show_title()
        self._arrangement.show_radiograph()
        # Who goes through the list goes on there.
        if not self._worklist.view.hasFocus():
            self._canvas.setFocus()
        self.shown.emit()

    def _on_failed(self, path: Path, message: str) -> None:
        self._bar.clear()
        self._view.show_message(f"{path.name} cannot be shown")
        self._status.show_nothing()
        self._arrangement.show_radiograph()
        self._bar.show_message(message)
        self._show_title()

    def _on_selection_changed(self) -> None:
        """Who goes to a finding decides it, by the keys of the radiograph."""
        if self._desk.selection.ids and self._worklist.view.hasFocus():
            self._canvas.setFocus()

    def _show_title(self) -> None:
        current = self._opening.current
        name = "dentalviewer"
        self._window.setWindowTitle(f"{current.name} – {name}" if current else name)
