"""What the reader prefers, put in force in every part of the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject

from dentalviewer.dentition import Notation
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.preferences.preferences_desk import PreferencesDesk
from dentalviewer.gui.window.commands import Commands
from dentalviewer.gui.worklist.worklist_desk import WorklistDesk


class NamesTeeth(Protocol):
    """A part of the window where teeth are written."""

    def set_notation(self, notation: Notation) -> None: ...


class PreferencesInForce(QObject):
    """From the start on, and after every change of them; the detector that the reader
    chooses is preferred from then on.
    """

    def __init__(
        self,
        preferences: PreferencesDesk,
        commands: Commands,
        canvas: Canvas,
        naming_teeth: Sequence[NamesTeeth],
        worklist: WorklistDesk,
        detectors: DetectorChoice,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._commands = commands
        self._canvas = canvas
        self._naming_teeth = naming_teeth
        self._worklist = worklist
        self._detectors = detectors
        self._put_in_force()
        preferences.changed.connect(self._on_preferences_changed)
        detectors.changed.connect(self._on_detectors_changed)

    def _put_in_force(self) -> None:
        preferred = self._preferences.current
        for part in self._naming_teeth:
            part.set_notation(preferred.tooth_notation)
        self._canvas.see_teeth(preferred.tooth_numbers)
        self._commands.use_preferences(preferred)

    def _on_preferences_changed(self) -> None:
        self._worklist.use_preferences()
        self._put_in_force()

    def _on_detectors_changed(self) -> None:
        name, preferred = self._detectors.name, self._preferences.current.detector
        chosen = self._detectors.chosen
        if name and name != preferred and (chosen or preferred):
            # Of one that is gone it is said now, and not at every start.
            self._preferences.change(detector=name if chosen else "")
