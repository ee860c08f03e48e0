"""What is done with the radiographs that are selected in the worklist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication

from dentalviewer.gui.batch.batch_desk import BatchDesk
from dentalviewer.gui.widgets.file_manager import show_in_folder
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel


class SelectedRadiographs(QObject):
    told = Signal(str)

    def __init__(
        self,
        panel: WorklistPanel,
        batch: BatchDesk,
        export: Callable[[Sequence[Path]], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._batch = batch
        self._export = export
        self._actions: Mapping[str, QAction] = {}
        panel.view.copied.connect(self._copy_names)
        panel.view.selection_changed.connect(self._update)
        batch.changed.connect(self._update)

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        panel = self._panel
        return {
            "examine_selected": lambda: self._batch.examine(panel.selected),
            "export_selected": lambda: self._export(panel.selected),
            "show_in_folder": lambda: show_in_folder(panel.selected[0]),
            "copy_names": self._copy_names,
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Keep these entries of the menus as they can be chosen."""
        self._actions = actions
        self._update()

    def _copy_names(self) -> None:
        """One to a line, as the list has them."""
        names = [self._panel.model.name(path) for path in self._panel.selected]
        QGuiApplication.clipboard().setText("\n".join(names))
        many = f"{len(names):,} names were copied."
        self.told.emit("1 name was copied." if len(names) == 1 else many)

    def _update(self) -> None:
        if not self._actions:
            return
        selected = self._panel.selected
        for name in ("export_selected", "copy_names"):
            self._actions[name].setEnabled(bool(selected))
        examinable = bool(selected) and self._batch.may_examine
        self._actions["examine_selected"].setEnabled(examinable)
        one_folder = len({path.parent for path in selected}) == 1
        self._actions["show_in_folder"].setEnabled(one_folder)
