"""The radiographs that were opened together."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget


class FolderList(QListWidget):
    """Shows names; tells which radiograph is wanted. Hidden while there is only one."""

    radiograph_chosen = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Radiographs")
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._paths: tuple[Path, ...] = ()
        self._current: Path | None = None
        self.itemClicked.connect(self._on_clicked)
        self.hide()

    @property
    def paths(self) -> tuple[Path, ...]:
        return self._paths

    def show_paths(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self.clear()
        for path in paths:
            item = QListWidgetItem(path.name)
            item.setToolTip(str(path))
            self.addItem(item)
        self.setVisible(len(paths) > 1)

    def mark_current(self, path: Path | None) -> None:
        self._current = path
        self.setCurrentRow(self._paths.index(path) if path in self._paths else -1)

    def neighbour(self, step: int) -> Path | None:
        """The radiograph `step` places on, None beyond the ends."""
        if self._current not in self._paths:
            return None
        index = self._paths.index(self._current) + step
        return self._paths[index] if 0 <= index < len(self._paths) else None

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.radiograph_chosen.emit(self._paths[self.row(item)])
