"""What the reader prefers: held, changed from the menus, kept for the next time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from dentalviewer.gui.preferences.preferences import (
    Preferences,
    load_preferences,
    save_preferences,
)
from dentalviewer.gui.widgets.palette import apply_theme

_SWITCHES = ("keep_view", "keep_drawing", "tooth_numbers")


class PreferencesDesk(QObject):
    """`changed` follows every change; it is saved by then."""

    changed = Signal()

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._current = load_preferences(settings)
        self._actions: Mapping[str, QAction] = {}

    @property
    def current(self) -> Preferences:
        return self._current

    def use(self, preferences: Preferences) -> None:
        """Prefer these from now on."""
        if preferences.theme != self._current.theme:
            apply_theme(_application(), dark=preferences.theme == "dark")
        self._current = preferences
        save_preferences(self._settings, preferences)
        self._show()
        self.changed.emit()

    def change(self, **changes: Any) -> None:
        """As `use`, for some of the fields of the preferences."""
        self.use(replace(self._current, **changes))

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' switches do, by the action's id."""
        return {
            "light_theme": self._change_theme,
            **dict.fromkeys(_SWITCHES, self._keep_switches),
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self._actions = actions
        self._show()

    def _show(self) -> None:
        if self._actions:
            light = self._current.theme == "light"
            self._actions["light_theme"].setChecked(light)
            for name in _SWITCHES:
                self._actions[name].setChecked(getattr(self._current, name))

    def _change_theme(self) -> None:
        light = self._actions["light_theme"].isChecked()
        self.change(theme="light" if light else "dark")

    def _keep_switches(self) -> None:
        self.change(**{name: self._actions[name].isChecked() for name in _SWITCHES})


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
