"""The entries of the menus that open something: from a dialog, or next in the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dentalviewer.gui.opening.file_dialogs import (
    ask_for_annotations,
    ask_for_folder,
    ask_for_radiographs,
)
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.opening.recent import RecentlyOpened
from dentalviewer.gui.worklist.worklist_desk import WorklistDesk
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel


class FileCommands:
    def __init__(
        self,
        open_all: Callable[[Sequence[Path]], None],
        opening: OpeningDesk,
        worklist: WorklistDesk,
        panel: WorklistPanel,
        recent: RecentlyOpened,
        window: QWidget,
    ) -> None:
        """`open_all` takes whatever a reader may choose."""
        self._open_all = open_all
        self._opening = opening
        self._worklist = worklist
        self._panel = panel
        self._recent = recent
        self._window = window

    def commands(self) -> dict[str, Callable[[], object]]:
        """What they do, by the action's id."""
        opening, worklist = self._opening, self._worklist
        return {
            "open": self._open_radiographs,
            "open_folder": self._open_folder,
            "open_recent": self._recent.pop_up,
            "open_annotations": self._open_annotations,
            "sample": opening.open_samples,
            "reopen_radiograph": opening.reopen,
            "previous_radiograph": lambda: self._go(-1),
            "next_radiograph": lambda: self._go(1),
            "previous_undone": lambda: worklist.open_undone(-1),
            "next_undone": lambda: worklist.open_undone(1),
            "finish": worklist.finish,
            "search": self._panel.begin_search,
            "look_again": worklist.look_again,
        }

    @property
    def _folder(self) -> Path | None:
        """Where a dialog begins: beside what is open."""
        current = self._opening.current
        return current.parent if current is not None else None

    def _open_radiographs(self) -> None:
        self._open_all(ask_for_radiographs(self._window, self._folder))

    def _open_folder(self) -> None:
        folder = ask_for_folder(self._window, self._folder)
        if folder is not None:
            self._open_all([folder])

    def _open_annotations(self) -> None:
        files = ask_for_annotations(self._window, self._folder)
        if files:
            self._opening.annotations.add(files)

    def _go(self, step: int) -> None:
        path = self._panel.neighbour(step)
        if path is not None:
            self._opening.open_radiograph(path)
